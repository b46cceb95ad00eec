"""Prices, sightings and splits of live sources into staging.

Belongs here: turning observed prices into rows of price changes that do not depend on the order of the payloads.
Not here: facts about games (live_facts.py), payloads (payloads.py), commits, the source's lock (live_rows.py).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql

from mlb_ml_assets.sources.catalogue import source_of
from mlb_ml_assets.sources.rows import Quote, Sighting, Split
from mlb_ml_assets.sources.spec import SOURCE_QUOTES
from mlb_ml_assets.warehouse.contract import can_write, require_fit
from mlb_ml_assets.warehouse.queries import run_query
from mlb_ml_assets.warehouse.quote_months import months_of_listed_days, months_of_listings
from mlb_ml_assets.warehouse.sql import query

QUOTE_COLUMNS = (
    "source VARCHAR(30)", "source_game_id VARCHAR(100)", "book_id VARCHAR(60)", "market_type VARCHAR(20)",
    "side VARCHAR(10)", "updated_at TIMESTAMPTZ", "odds INTEGER", "line_value NUMERIC(4, 1)", "stamped BOOLEAN",
    "captured_at TIMESTAMPTZ", "position INTEGER", "line_status VARCHAR(50)", "market_id BIGINT", "outcome_id BIGINT",
    "payload_id BIGINT",
)  # fmt: skip
SIGHTING_COLUMNS = (
    "source VARCHAR(30)", "source_game_id VARCHAR(100)", "book_id VARCHAR(60)", "market_type VARCHAR(20)",
    "seen_at TIMESTAMPTZ", "captured_at TIMESTAMPTZ",
)  # fmt: skip
RUN_COLUMNS = (
    "source VARCHAR(30)", "source_game_id VARCHAR(100)", "book_id VARCHAR(60)", "market_type VARCHAR(20)",
    "first_captured_at TIMESTAMPTZ", "last_captured_at TIMESTAMPTZ", "seen_at TIMESTAMPTZ",
)  # fmt: skip
LISTING_COLUMNS = ("source VARCHAR(30)", "source_game_id VARCHAR(100)", "captured_at TIMESTAMPTZ")
SPLIT_COLUMNS = (
    "source VARCHAR(30)", "source_game_id VARCHAR(100)", "book_id VARCHAR(60)", "market_type VARCHAR(20)",
    "captured_at TIMESTAMPTZ", "updated_at TIMESTAMPTZ", "tickets_home_or_over NUMERIC(5, 2)",
    "tickets_away_or_under NUMERIC(5, 2)", "money_home_or_over NUMERIC(5, 2)", "money_away_or_under NUMERIC(5, 2)",
    "ticket_count BIGINT", "payload_id BIGINT",
)  # fmt: skip


@dataclass(frozen=True)
class QuoteTable:
    """How price changes are written to one table: names of queries, run in this order."""

    delete: str
    write: str
    afterwards: tuple[str, ...] = ()
    is_adopted: bool = False


QUOTE_TABLES = {
    SOURCE_QUOTES: QuoteTable("delete_source_quotes", "write_source_quotes"),
    "staging.action_network_odds_historical": QuoteTable(
        "delete_action_network_odds", "write_action_network_odds", ("mark_current_odds",), is_adopted=True
    ),
}


def copy_incoming(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    """A temporary table of the transaction with these rows."""
    name = sql.Identifier(table)
    definition = sql.SQL(", ").join(sql.SQL(column) for column in columns)
    connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(name))
    connection.execute(sql.SQL("CREATE TEMPORARY TABLE {} ({}) ON COMMIT DROP").format(name, definition))
    with connection.cursor() as cursor, cursor.copy(sql.SQL("COPY {} FROM STDIN").format(name)) as copy:
        for row in rows:
            copy.write_row(row)
    connection.execute(sql.SQL("ANALYZE {}").format(name))


def write_quotes(
    connection: psycopg.Connection[Any],
    source: str,
    quotes: Iterable[tuple[int, int, Quote]],
    table: str = SOURCE_QUOTES,
) -> tuple[int, int]:
    """Observed prices into a table of price changes; gives rows written and rows withdrawn.

    The rows afterwards are a function of all prices ever observed, in any order of arrival: an
    observation is a price change where its source stamped it as one, or where it differs from the one before it.

    Args:
        connection: inside a transaction that holds the source's lock.
        source: its name.
        quotes: payload id, position within the payload, quote.
        table: the source's `quotes_table`.
    """
    quotes = list(quotes)
    rows = [
        (
            source, q.source_game_id, q.book_id, q.market_type, q.side, q.updated_at, q.odds, q.line_value, q.stamped,
            q.captured_at, position, q.line_status, q.market_id, q.outcome_id, payload_id,
        )
        for payload_id, position, q in quotes
    ]  # fmt: skip
    if not rows:
        return 0, 0
    copy_incoming(connection, "incoming_quotes", QUOTE_COLUMNS, rows)
    connection.execute(query("observe_quotes"))
    connection.execute("DROP TABLE IF EXISTS decided_quotes")
    months = months_of_listings(connection, source, {quote.source_game_id for _, _, quote in quotes})
    run_query(connection, "decide_quote_changes", months)
    connection.execute("ANALYZE decided_quotes")
    target = QUOTE_TABLES[table]
    if target.is_adopted:
        require_fit(connection, table)
    withdrawn = run_query(connection, target.delete, months).rowcount
    written = connection.execute(query(target.write)).rowcount
    for name in target.afterwards:
        connection.execute(query(name))
    return written, withdrawn


def write_sightings(
    connection: psycopg.Connection[Any],
    source: str,
    sightings: Iterable[tuple[datetime, Sighting]],
    listings: Iterable[tuple[datetime, str]],
) -> None:
    """Record when markets were on offer, and which captures listed their games.

    The rows afterwards are a function of all captures ever written, in any order of arrival.

    Args:
        connection: inside a transaction that holds the source's lock.
        source: its name.
        sightings: capture instant of the payload, sighting.
        listings: capture instant of the payload, game whose markets it lists in full.
    """
    seen = [(source, s.source_game_id, s.book_id, s.market_type, s.seen_at, at) for at, s in sightings]
    listed = sorted({(source, game, at) for at, game in listings})
    if not seen and not listed:
        return
    copy_incoming(connection, "incoming_sightings", SIGHTING_COLUMNS, seen)
    copy_incoming(connection, "incoming_listings", LISTING_COLUMNS, listed)
    games = {row[1] for row in seen} | {game for _, game, _ in listed}
    ((is_late,),) = run_query(connection, "has_late_captures", months_of_listings(connection, source, games)).fetchall()
    run_query(connection, "write_boards")
    months = months_of_listings(connection, source, games)
    if is_late:
        copy_incoming(connection, "pieces", RUN_COLUMNS, ())
        run_query(connection, "split_sightings", months)
        connection.execute("INSERT INTO staging.market_sightings SELECT * FROM pieces")
    run_query(connection, "merge_sightings", months)


def write_splits(connection: psycopg.Connection[Any], source: str, splits: Iterable[tuple[int, Split]]) -> int:
    """Every split as captured, closing ones included; gives rows written."""
    rows = [
        (
            source, s.source_game_id, s.book_id, s.market_type, s.captured_at, s.updated_at, s.tickets_home_or_over,
            s.tickets_away_or_under, s.money_home_or_over, s.money_away_or_under, s.ticket_count, payload_id,
        )
        for payload_id, s in splits
    ]  # fmt: skip
    if not rows:
        return 0
    copy_incoming(connection, "incoming_splits", SPLIT_COLUMNS, rows)
    return connection.execute(query("write_source_splits")).rowcount


def promote_splits(connection: psycopg.Connection[Any], source: str, games: Iterable[str]) -> int:
    """Write the splits of these source games that the table can hold and does not have; gives rows written.

    None where the table does not fit: splits stay in staging.source_splits, and `mlb-ml contract` names the difference.
    """
    data_source = source_of(source).splits_name
    if data_source is None or not can_write(connection, "curated.unified_betting_splits"):
        return 0
    parameters = {"source": source, "data_source": data_source, "games": sorted(games)}
    return run_query(connection, "promote_splits", parameters).rowcount


def compact_observations(connection: psycopg.Connection[Any], first: date, last: date) -> int:
    """Delete observations inside runs of equal prices, of games of [first, last); the number of rows deleted.

    The rows of price changes stay as they are. Only a payload that comes in later still and was captured within such a
    run would now be placed by the run's ends.
    """
    months = months_of_listed_days(connection, first, last)
    return run_query(connection, "compact_quote_observations", {"first": first, "last": last, **months}).rowcount
