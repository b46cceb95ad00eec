"""Prices in: the write paths beside a raw COPY of the same rows into the same table.

Belongs here: plain upsert, the live path with its observations, the re-run, and both at the full size of the table.
Not here: parsing (payloads.py).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

import psycopg

from benchmarks.figures import Figure, seconds_of
from benchmarks.odds_table import BOOKS
from benchmarks.scratch import Scratch
from mlb_ml_assets.sources import action_network
from mlb_ml_assets.sources.rows import Quote
from mlb_ml_assets.warehouse.live_quotes import write_quotes
from mlb_ml_assets.warehouse.partition_write import Target, upsert

ROWS = 30_000
TURNS = 6
ODDS = "staging.action_network_odds_historical"
_COLUMNS = (
    "external_game_id", "sportsbook_external_id", "market_type", "side", "odds", "line_value", "updated_at",
    "data_collection_time", "line_status",
)  # fmt: skip
_TARGET = Target(
    ODDS,
    keys=("external_game_id", "sportsbook_external_id", "market_type", "side", "updated_at"),
    columns=_COLUMNS,
)
_SIDES = (
    ("moneyline", "home", None), ("moneyline", "away", None), ("total", "over", 8.5), ("total", "under", 8.5),
    ("spread", "home", -1.5), ("spread", "away", 1.5),
)  # fmt: skip
_BEGIN = datetime(2024, 4, 1, 12, tzinfo=UTC)


class _RolledBack(Exception):
    """Ends a measured transaction without keeping it."""


def measure(scratch: Scratch) -> list[Figure]:
    """Rows a second of each write path, into the empty table and into the full one."""
    figures = []
    rates: dict[str, float] = {}
    for size in ("empty", "full"):
        if size == "full":
            scratch.grow(scratch.rows)
        where = "an empty table" if size == "empty" else f"{scratch.rows_now / 1e6:.0f}M rows"
        with scratch.connect() as connection:
            raw, plain, again, live, live_raw = _rates(connection)
        figures.append(
            Figure(
                "ingest", f"idempotent upsert into {where}", "rows/s", plain, raw, "raw COPY, same table", 0.45, 0.65,
                more_is_better=True,
            )
        )  # fmt: skip
        figures.append(
            Figure("ingest", f"the same batch again, {where}", "rows/s", again, plain, "first time", 0.83, 1.0,
                more_is_better=True)
        )  # fmt: skip
        figures.append(
            Figure(
                "ingest", f"live quotes, {where}", "rows/s", live, live_raw, "raw COPY, both tables",
                more_is_better=True,
                note="observations kept, changes decided, arrivals logged: what makes late payloads harmless",
            )
        )  # fmt: skip
        if size == "full":
            for name, rate in (("idempotent upsert", plain), ("live quotes", live)):
                figures.append(
                    Figure("ingest", f"{name}, {where} / empty", "rows/s", rate, rates[name], "empty table", 0.5, 0.8,
                        more_is_better=True)
                )  # fmt: skip
        rates |= {"idempotent upsert": plain, "live quotes": live}
    return figures


def _rates(connection: psycopg.Connection[Any]) -> tuple[float, float, float, float, float]:
    """Rows a second: raw COPY, ours, ours again, live quotes, raw COPY of both their tables."""
    rows = list(_rows(7_000_000))
    quotes = [(1, place, quote) for place, quote in enumerate(made_quotes(8_000_000))]
    text = "".join("\t".join(_text(value) for value in row) + "\n" for row in rows).encode()

    def undone(*works: Callable[[], object]) -> list[float]:
        spans: list[float] = []
        with suppress(_RolledBack), connection.transaction():
            spans += [seconds_of(work) for work in works]
            raise _RolledBack
        return spans

    def raw() -> list[float]:
        return undone(lambda: _raw(connection, text))

    def ours() -> list[float]:
        return undone(lambda: _upsert(connection, rows), lambda: _upsert(connection, rows))

    def live() -> list[float]:
        return undone(lambda: write_quotes(connection, "action_network", quotes, action_network.SPEC.quotes_table))

    def live_raw() -> list[float]:
        return undone(lambda: (_raw(connection, text), _raw_observations(connection, rows)))

    spans: dict[Callable[[], list[float]], list[list[float]]] = {raw: [], ours: [], live: [], live_raw: []}
    for pair in ((raw, ours), (live, live_raw)):
        # What a rolled-back turn leaves behind is the same for both, because they take turns.
        for turn in range(TURNS):
            for work in pair if turn % 2 == 0 else reversed(pair):
                spans[work].append(work())
    raw_rate, (plain, again), live_rate, live_raw_rate = (
        [ROWS / median(turn[place] for turn in spans[work]) for place in range(len(spans[work][0]))]
        for work in (raw, ours, live, live_raw)
    )
    return raw_rate[0], plain, again, live_rate[0], live_raw_rate[0]


def _upsert(connection: psycopg.Connection[Any], rows: Sequence[tuple[Any, ...]]) -> None:
    upsert(connection, _TARGET, rows, update=())


def _raw(connection: psycopg.Connection[Any], text: bytes) -> None:
    statement = f"COPY {ODDS} ({', '.join(_COLUMNS)}) FROM STDIN"
    with connection.cursor().copy(statement) as copy:  # type: ignore[call-overload]
        copy.write(text)


def _raw_observations(connection: psycopg.Connection[Any], rows: Sequence[tuple[Any, ...]]) -> None:
    with connection.cursor().copy(
        "COPY staging.quote_observations (source, source_game_id, book_id, market_type, side, odds, line_value,"
        " updated_at, stamped, captured_at, position) FROM STDIN"
    ) as copy:
        copy.write(
            "".join(
                "\t".join(_text(value) for value in ("action_network", *row[:7], True, row[7], 0)) + "\n"
                for row in rows
            ).encode()
        )


def _rows(first_game: int) -> Iterator[tuple[Any, ...]]:
    for quote in made_quotes(first_game):
        yield (
            quote.source_game_id, quote.book_id, quote.market_type, quote.side, quote.odds, quote.line_value,
            quote.updated_at, quote.captured_at, quote.line_status,
        )  # fmt: skip


def made_quotes(first_game: int) -> Iterator[Quote]:
    """Rows of whole games, 25 changes a side, each book on its own second."""
    changes = 25
    for number in range(ROWS):
        game, rest = divmod(number, len(BOOKS) * len(_SIDES) * changes)
        book, rest = divmod(rest, len(_SIDES) * changes)
        side, change = divmod(rest, changes)
        market, which, line = _SIDES[side]
        at = _BEGIN + timedelta(hours=game % 200, minutes=9 * change, seconds=book)
        yield Quote(
            str(first_game + game), BOOKS[book], market, which, -110 - (number * 7) % 40, line, at,
            at + timedelta(seconds=30), stamped=True, line_status="normal",
        )  # fmt: skip


def _text(value: object) -> str:
    if value is None:
        return "\\N"
    return value.isoformat() if isinstance(value, datetime) else str(value)
