"""The page of a day: the slate.

Belongs here: / and the lines of its template.
Not here: the JSON of a day (routes/slates.py), one game in depth (game_page.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from mlb_ml_assets.domain.clock import present, today
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.domain.markets import MARKETS, SPREAD, TOTAL, Market, market_of
from mlb_ml_assets.flows.exposure import BetAtRisk, Exposure, read_exposure
from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.serving.board import group_by_game, select_side
from mlb_ml_assets.serving.charts.small import probability_strip, sparkline
from mlb_ml_assets.serving.pages.questions import Bankroll, read_bankroll, read_day, read_stage
from mlb_ml_assets.serving.pages.rendering import HTML, render
from mlb_ml_assets.serving.price_paths import Bet, Path
from mlb_ml_assets.serving.representations import Representation
from mlb_ml_assets.serving.services import Served, Services
from mlb_ml_assets.serving.slate import DaySlate
from mlb_ml_assets.warehouse.api_reads import Connection, Row, has_odds, neighbour_days

router = APIRouter()
# The smallest vertical range of a sparkline, in probability and in runs: lesser movements look flat.
_MIN_SPAN = 0.04
_MIN_TOTAL_SPAN = 1.0
_KEPT_PAGES = 64
# Ages on the page are rendered again at least this often.
_PAGE_SECONDS = 15
# Stakes of these days before and after are added up beside those of the day: the evening before, tomorrow's openers.
_DAYS_AROUND = timedelta(days=2)


@dataclass(frozen=True)
class MarketLine:
    """One market of a game as one line: the side with the higher expected value, or the likelier one."""

    market: str
    pick: str
    row: Row
    strip: Markup
    spark: Markup
    moved: str
    amount: float
    other: Row | None


@dataclass(frozen=True)
class BoardGame:
    """A game with its lines; without a prediction `why` has the reason."""

    row: Row
    lines: list[MarketLine]
    why: str = ""

    @property
    def has_bet(self) -> bool:
        """Whether any line has a stake."""
        return any(line.row["stake"] > 0 for line in self.lines)


@dataclass
class Totals:
    """Sums of a day; stakes, expected value and profit as fractions of bankroll."""

    games: int = 0
    predicted: int = 0
    bets: int = 0
    staked: float = 0.0
    expected: float = 0.0
    settled: int = 0
    won: int = 0
    lost: int = 0
    profit: float = 0.0
    newest_prediction: datetime | None = None
    newest_quote: datetime | None = None


@dataclass(frozen=True)
class AtRiskLine:
    """A stake at risk, and its side as people write it."""

    bet: BetAtRisk
    pick: str


@dataclass(frozen=True)
class AtRisk:
    """The stakes at risk on a day, fractions of bankroll; `sums`: titles, and shares by name."""

    total: float
    withdrawn: float
    bets: tuple[BetAtRisk, ...]
    lines: list[AtRiskLine]
    sums: list[tuple[str, dict[str, float]]]


@dataclass(frozen=True)
class View:
    """Options of the page."""

    bankroll: Bankroll
    stage: str | None
    only_bets: bool

    def address(self, day: date) -> str:
        """The address of another day with the same options."""
        parameters = {
            "date": day,
            "bankroll": self.bankroll.typed,
            "stage": self.stage,
            "bets": "1" if self.only_bets else None,
        }
        return "/?" + urlencode({name: value for name, value in parameters.items() if value is not None})


@router.get("/")
async def board(request: Request, services: Served) -> Response:
    """The slate of ?date=, by default of today or the last predicted day, for the bankroll of ?bankroll=."""
    query = request.query_params
    day = read_day(query.get("date")) or await services.slates.day_to_show(today()) or today()
    bankroll = read_bankroll(query.get("bankroll"))
    only_bets = query.get("bets") == "1"
    stage = read_stage(query.get("stage"))
    slate = await services.slates.of(day, stage)
    pages: dict[Any, Representation] = request.app.state.__dict__.setdefault("board_pages", {})
    key = (slate.version, day, stage, bankroll, only_bets, int(present().timestamp()) // _PAGE_SECONDS)
    page = pages.get(key)
    if page is None:
        paths = await services.slates.movement(slate)
        body = await run_in_threadpool(_rendered, services, slate, paths, View(bankroll, stage, only_bets))
        while len(pages) >= _KEPT_PAGES:
            pages.pop(next(iter(pages)), None)
        page = pages[key] = Representation(body, HTML)
    return page.response(request)


def _rendered(services: Services, slate: DaySlate, paths: Mapping[Bet, Path], view: View) -> bytes:
    day, around = DayRange(slate.day, slate.day), DayRange(slate.day - _DAYS_AROUND, slate.day + _DAYS_AROUND)

    def unit(connection: Connection) -> tuple[tuple[date | None, date | None], bool, Exposure]:
        return neighbour_days(connection, slate.day), has_odds(connection), read_exposure(connection, around, day)

    (previous_day, next_day), priced, exposure = services.read(unit)
    is_empty = not (slate.rows or previous_day or next_day)
    # Read where it is shown: a page of a database with games and odds does without.
    commands = services.read(read_next_commands) if is_empty or not priced else None
    games = build_games(slate.rows, paths, view.bankroll.amount)
    return render(
        "board.html",
        section="board",
        day=slate.day,
        today=today(),
        previous_day=previous_day,
        next_day=next_day,
        games=[game for game in games if game.has_bet] if view.only_bets else games,
        totals=sum_games(games),
        view=view,
        bankroll=view.bankroll,
        version=slate.version,
        has_odds=priced,
        at_risk=lay_out_exposure(exposure, slate.day),
        now=present(),
        next_command=commands.overall if commands else "",
        next_for_odds=commands.for_odds(slate.day, slate.day) if commands else "",
    )


def build_games(rows: list[Row], paths: Mapping[Bet, Path], bankroll: float) -> list[BoardGame]:
    """The lines of a day, from the rows of its board and the paths of its prices."""
    games = []
    for game, rows_of_game in group_by_game(rows):
        lines = [
            _build_line(game, market, sides, paths, bankroll)
            for market in MARKETS
            if (sides := [row for row in rows_of_game if row["market_type"] == market.key])
        ]
        games.append(BoardGame(game, lines, "" if lines else _why(game)))
    return games


def lay_out_exposure(around: Exposure, day: date) -> AtRisk:
    """The bets at risk on the day's games, and the sums of the days around it.

    Args:
        around: of the day and its neighbors.
        day: official date.
    """
    of_day = around.of_day(day)
    lines = [AtRiskLine(bet, describe_pick(vars(bet), vars(bet))) for bet in of_day.bets]
    sums = [("operator", of_day.by_operator), ("game", of_day.by_game)]
    if len(around.by_day) > 1:
        sums.append(("day", dict(sorted(around.by_day.items()))))
    return AtRisk(of_day.total, of_day.withdrawn, of_day.bets, lines, sums)


def sum_games(games: list[BoardGame]) -> Totals:
    """The sums over games of a day."""
    totals = Totals(games=len(games))
    for game in games:
        totals.predicted += bool(game.lines)
        totals.newest_prediction = _latest(totals.newest_prediction, game.row["prediction_timestamp"])
        for line in game.lines:
            sides = [line.row] if line.other is None else [line.row, line.other]
            for row in sides:
                totals.newest_quote = _latest(totals.newest_quote, row["quoted_at"])
                if not row["stake"]:
                    continue
                totals.bets += 1
                totals.staked += row["stake"]
                totals.expected += row["stake"] * (row["expected_value"] or 0.0)
                if row["result"] is not None:
                    totals.settled += 1
                    totals.won += row["result"] in {"win", "half_win"}
                    totals.lost += row["result"] in {"loss", "half_loss"}
                    totals.profit += row["profit"] or 0.0
    return totals


def describe_pick(row: Row, game: Row) -> str:
    """A side as people write it: PHI, Over 8.5, ATL +1.5."""
    side, line = row["side"], row["line_value"]
    if market_of(row["market_type"]) is TOTAL:
        return f"{side.capitalize()} {float(line):g}"
    team = game[f"{side}_team"]
    return team if line is None else f"{team} {float(line):+g}".replace("-", "−")


def _build_line(game: Row, market: Market, sides: list[Row], paths: Mapping[Bet, Path], bankroll: float) -> MarketLine:
    shown = select_side(sides)
    other = next((row for row in sides if row["side"] != shown["side"]), None)
    line = _market_line(shown) if market is SPREAD else None
    points = paths.get(Bet(game["game_id"], market.key, line), ())
    if market is not TOTAL and shown["side"] != market.first_side:
        points = tuple((at, 1 - value) for at, value in points)
    moved = points[-1][1] - points[0][1] if len(points) > 1 else 0.0
    words = f"{moved:+.1f} runs" if market is TOTAL else f"{100 * moved:+.1f} percentage points"
    pick = describe_pick(shown, game)
    min_span = _MIN_TOTAL_SPAN if market is TOTAL else _MIN_SPAN
    return MarketLine(
        market=market.key,
        pick=pick,
        row=shown,
        strip=probability_strip(
            shown["final_probability"],
            shown["market_probability"],
            shown["model_probability"],
            (shown["probability_low"], shown["probability_high"]),
        ),
        spark=sparkline(points, f"{pick}: moved {words} since the first quote", min_span),
        moved=words if len(points) > 1 else "",
        amount=bankroll * (shown["stake"] or 0.0),
        other=other,
    )


def _market_line(row: Row) -> float | None:
    if row["line_value"] is None:
        return None
    market = market_of(row["market_type"])
    is_negated = market.is_line_negated and row["side"] == market.second_side
    return -float(row["line_value"]) if is_negated else float(row["line_value"])


def _why(game: Row) -> str:
    status = game["game_status"]
    return f"{status}, no prediction" if status not in {None, "scheduled"} else "no prediction yet"


def _latest(first: datetime | None, second: datetime | None) -> datetime | None:
    known = [stamp for stamp in (first, second) if stamp is not None]
    return max(known) if known else None
