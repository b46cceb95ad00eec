"""SplitVault's table of DraftKings' betting splits (handle and bets by team, half-hourly), as recorded in August 2026.

Belongs here: its rows, whose stamps are in Adelaide's time.
Not here: first pitches, which it does not give; naming the book of its prices, which it does not either.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.domain.markets import SIDES_OF_MARKET
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, Quote, Split, pair, reading_payload
from mlb_ml_assets.sources.spec import SourceSpec

SOURCE = "splitvault"
# 76 % of its moneylines equal DraftKings' within 20 minutes; the table itself names no book.
BOOK = "unnamed"
CLOCK = ZoneInfo("Australia/Adelaide")
COLUMNS = {"date", "sport", "away_team", "home_team", "team", "updated_at", "money", "money_handle", "money_bets"}


def quote_stamps(content: object) -> Mapping[str, Sequence[datetime]]:
    """The stamps of the table's rows, as one book's."""
    if not isinstance(content, bytes):
        return {}
    return {BOOK: [_stamp(row) for _, row in reading.csv_table(content).rows if row.get("updated_at")]}


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Games, splits and moneylines of every snapshot in the table; each row is captured at its own stamp.

    Raises:
        PayloadShapeError: a column is missing.
    """
    del endpoint
    with reading_payload(SOURCE):
        table = reading.csv_table(body)
        table.require(COLUMNS)
        parsed = Parsed(SOURCE, captured_at)
        snapshots: dict[tuple[str, str, str, str], list[Mapping[str, str]]] = defaultdict(list)
        for _, row in table.rows:
            if row.get("sport") != "MLB":
                parsed.left_out["other sport"] += 1
            else:
                key = (
                    row.get("date", ""),
                    row.get("away_team", ""),
                    row.get("home_team", ""),
                    row.get("updated_at", ""),
                )
                snapshots[key].append(row)
        for (day, away, home, _), rows in snapshots.items():
            try:
                _add_game(parsed, day, away, home, rows)
            except BadField as error:
                parsed.reject(error, [dict(row) for row in rows])
        parsed.books.append(Book(BOOK, "Unnamed (SplitVault)", "archive", bettable=False, parent=None))
        parsed.sight_two_sided()
        return parsed.checked_table(table)


def _stamp(row: Mapping[str, str]) -> datetime:
    return reading.instant(row, "updated_at", CLOCK)


def _add_game(parsed: Parsed, day: str, away: str, home: str, rows: list[Mapping[str, str]]) -> None:
    sides = {row.get("team", ""): row for row in rows}
    if len(rows) != 2 or set(sides) != {home, away}:
        raise BadField("team", sorted(sides), "not one row of each team: a doubleheader, or half a game")
    game_date, stamp = reading.as_day(day, "date"), _stamp(rows[0])
    game = SourceGame(
        source_game_id=f"{day} {_plain(away)} @ {_plain(home)}",
        game_date=game_date,
        season=game_date.year,
        home_team=home,
        away_team=away,
        scheduled_start=None,
        status="scheduled",
        captured_at=stamp,
    )
    parsed.games.append(game)
    for market_type, prefix in (("moneyline", "money"), ("spread", "spread"), ("total", "total")):
        # The visitor's row carries over, as on the page that the table is made from.
        order = (sides[away], sides[home]) if market_type == "total" else (sides[home], sides[away])
        tickets = pair(*(_percent(row, f"{prefix}_bets") for row in order))
        money = pair(*(_percent(row, f"{prefix}_handle") for row in order))
        if tickets[0] is None and money[0] is None:
            parsed.left_out["split without data"] += 1
        else:
            parsed.splits.append(Split(game.source_game_id, BOOK, market_type, stamp, stamp, *tickets, *money))
        if market_type == "moneyline" and all(row.get("money") for row in order):
            odds = [reading.american_of_decimal(reading.number(row, "money"), "money") for row in order]
            parsed.quotes += [
                Quote(game.source_game_id, BOOK, market_type, side, price, None, stamp, stamp)
                for side, price in zip(SIDES_OF_MARKET[market_type], odds, strict=True)
            ]


def _plain(team: str) -> str:
    """A team's name without its case and stops: the tables write both "St. Louis" and "ST Louis"."""
    return reading.clean(team, "team", 40).casefold().replace(".", "")


def _percent(row: Mapping[str, str], field: str) -> float | None:
    value = row.get(field)
    return None if not value else round(100.0 * reading.as_number(value, field), 2)


SPEC = SourceSpec(SOURCE, "splits", parse, quote_stamps=quote_stamps)
