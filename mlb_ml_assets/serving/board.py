"""The slate of a day as a table for a terminal and as JSON.

Belongs here: grouping the stored rows by game and showing them.
Not here: queries (warehouse/board.py), probabilities and stakes (stored with the prediction).
"""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.domain.markets import MARKETS, SPREAD, market_of
from mlb_ml_assets.domain.text import escape_controls

if TYPE_CHECKING:
    from mlb_ml_assets.flows.exposure import Exposure


def group_by_game(rows: Iterable[dict[str, Any]]) -> list[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """Each game with its recommendation rows; a game without a prediction has none."""
    games = []
    for _, group in groupby(rows, key=itemgetter("game_id")):
        lines = list(group)
        games.append((lines[0], [line for line in lines if line["market_type"] is not None]))
    return games


def select_side(lines: list[dict[str, Any]]) -> dict[str, Any]:
    """The side of a market with the higher expected value; without prices, the likelier one."""
    return max(lines, key=lambda line: (_or_lowest(line["expected_value"]), line["final_probability"]))


def board_table(day: date, rows: list[dict[str, Any]], *, note: str = "") -> Table:
    """One line per game and market: probabilities of the selected side, best price, EV, stake."""
    table = Table(title=f"Slate of {day:%A, %d %B %Y}", caption=note or None, header_style="bold", pad_edge=False)
    for name, justify in (
        ("ET", "left"), ("Game", "left"), ("Pick", "left"), ("Model", "right"), ("Market", "right"),
        ("Final", "right"), ("Best price", "left"), ("EV", "right"), ("Stake", "right"), ("No bet", "left"),
    ):  # fmt: skip
        table.add_column(name, justify=justify, no_wrap=True)
    for game, lines in group_by_game(rows):
        start = game["start"].astimezone(EASTERN)
        clock = "TBD" if game["start_assumed"] else f"{start:%H:%M}"
        double = f" ({game['game_number']})" if game["game_number"] and game["game_number"] > 1 else ""
        title = f"{game['away_team']} @ {game['home_team']}{double}"
        if not lines:
            table.add_row(clock, title, "", "", "", "", "", "", "", _why_no_prediction(game), end_section=True)
        for market in MARKETS:
            sides = [line for line in lines if line["market_type"] == market.key]
            if not sides:
                continue
            table.add_row(clock, title, *_cells(select_side(sides)), end_section=market is MARKETS[-1])
            clock = title = ""
    return table


def board_json(day: date, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The slate as plain JSON values: probabilities 0..1, stakes as fractions of bankroll, instants ISO in UTC."""
    game_fields = (
        "game_id", "game_pk", "game_date", "start", "start_assumed", "game_number", "away_team", "home_team",
        "game_status", "home_score", "away_score", "home_pitcher_name", "away_pitcher_name", "prediction_id",
        "model_name", "model_version", "prediction_timestamp", "risk_level", "confidence_threshold_met",
    )  # fmt: skip
    games = []
    for game, lines in group_by_game(rows):
        entry = {name: _plain(game[name]) for name in game_fields}
        entry["markets"] = [
            {name: _plain(value) for name, value in line.items() if name not in game_fields} for line in lines
        ]
        games.append(entry)
    return {"date": day.isoformat(), "games": games}


def at_risk_table(day: date, exposure: "Exposure") -> Table:
    """The unsettled bets of all decisions: price taken, value and price now, and whether each is still advised."""
    sums = ", ".join(f"{escape_controls(name)} {share:.2%}" for name, share in exposure.by_operator.items())
    caption = f"{exposure.total:.2%} of the bankroll at risk, {exposure.withdrawn:.2%} of it withdrawn; {sums}"
    table = Table(title=f"At risk on {day}", caption=Text(caption), header_style="bold", pad_edge=False)
    for name, justify in (
        ("Game", "left"), ("Stage", "left"), ("Bet", "left"), ("Taken", "left"), ("EV then", "right"),
        ("EV now", "right"), ("Price now", "left"), ("Stake", "right"), ("Advice", "left"),
    ):  # fmt: skip
        table.add_column(name, justify=justify, no_wrap=True)
    for bet in exposure.bets:
        now = bet.availability if bet.odds_now is None else f"{bet.odds_now:+d} {bet.availability}"
        table.add_row(
            bet.title,
            bet.stage,
            _pick(bet.market_type, bet.side, bet.line_value),
            Text(f"{bet.odds:+d} {escape_controls(bet.book_name)}"),
            _signed_percent(bet.value_then),
            _signed_percent(bet.value_now),
            now,
            f"{bet.stake:.2%}",
            Text("withdrawn", style="bold red") if bet.is_withdrawn else "",
        )
    return table


def at_risk_json(exposure: "Exposure") -> dict[str, Any]:
    """The bets at risk as plain JSON values, with the exposure by game, day and operator; fractions of bankroll."""
    return {
        "total": exposure.total,
        "withdrawn": exposure.withdrawn,
        "by_game": exposure.by_game,
        "by_day": exposure.by_day,
        "by_operator": exposure.by_operator,
        "bets": [{name: _plain(value) for name, value in vars(bet).items()} for bet in exposure.bets],
    }


def _cells(line: dict[str, Any]) -> list[str | Text]:
    stake = line["stake"] or 0.0
    reason = (line["no_bet_reason"] or "") if stake == 0 else ""
    return [
        _pick(line["market_type"], line["side"], line["line_value"]),
        _percent(line["model_probability"]),
        _percent(line["market_probability"]),
        _percent(line["final_probability"]),
        "" if line["odds"] is None else Text(f"{line['odds']:+d} {escape_controls(line['book_name'] or '')}"),
        "" if line["expected_value"] is None else Text(f"{line['expected_value']:+.1%}", style=_shade(line)),
        Text(f"{stake:.2%}", style="bold green") if stake > 0 else "",
        Text(reason, style="dim"),
    ]


def _pick(market_type: str, side: str, line: float | Decimal | None) -> str:
    market = market_of(market_type)
    number = "" if line is None else f" {line:+.1f}" if market is SPREAD else f" {line:.1f}"
    return f"{market.abbreviation} {side}{number}"


def _signed_percent(value: float | None) -> str:
    return "" if value is None else f"{value:+.1%}"


def _why_no_prediction(game: dict[str, Any]) -> Text:
    status = game["game_status"]
    return Text(status if status != "scheduled" else "no prediction yet", style="dim")


def _shade(line: dict[str, Any]) -> str:
    return "green" if line["expected_value"] > 0 else "dim"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:.1%}"


def _or_lowest(value: float | None) -> float:
    return float("-inf") if value is None else value


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value
