"""The market's lines of each game, without the margin.

Belongs here: building curated.market_lines of some days from archives and live quotes.
Not here: choosing a price to bet at (betting/, from each book's quote), other ways to remove margins (pricing/).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.sources.rows import Rejected
from mlb_ml_assets.warehouse.connection import require_transaction
from mlb_ml_assets.warehouse.locks import lock_partition
from mlb_ml_assets.warehouse.month_removal import games_without_their_quotes
from mlb_ml_assets.warehouse.quarantine import write_quarantine
from mlb_ml_assets.warehouse.queries import Parameters, read_dicts, run_query
from mlb_ml_assets.warehouse.quote_months import months_of_days
from mlb_ml_assets.warehouse.settings import read_decision_rule, read_sharp_operators
from mlb_ml_assets.warehouse.sql import query
from mlb_ml_assets.warehouse.stamped_prices import build_stamped_prices


@dataclass(frozen=True)
class BuiltLines:
    """What one build did.

    Attributes:
        report: for the asset's metadata: lines, changed, removed, lines by stage and market, refused quotes by reason.
        games: whose lines are new, other than before, or gone.
    """

    report: dict[str, int | float | str]
    games: frozenset[int]


def build_market_lines(
    connection: psycopg.Connection[Any], from_day: date, to_day: date, games: Collection[int] | None = None
) -> BuiltLines:
    """One line per game, stage (open, lineup, close) and market of these days, both included.

    With each operator's close and the stamped prices of logs of changes.

    The caller's transaction commits. Run again, the same quotes give the same rows; a line without quotes is deleted.
    Games of which retention has removed quotes keep their lines as they are.

    Args:
        connection: in a transaction.
        from_day: official date.
        to_day: official date.
        games: only the lines of these games are built, and only theirs deleted; None means all.

    Raises:
        WriteRefused: no transaction is open.
    """
    require_transaction(connection)
    lock_partition(connection, "curated.market_lines", "lines")
    # Logs of changes are imported, and an import builds whole days.
    has_logs = games is None
    # What is not there to be read is no reason to delete a line.
    kept = games_without_their_quotes(connection, from_day, to_day, games)
    if kept:
        games = _other_games(connection, from_day, to_day, games, kept)
    days: dict[str, object] = {
        "from_day": from_day, "to_day": to_day, "games": None if games is None else sorted(games)
    }  # fmt: skip
    connection.execute(query("incoming_lines"))
    days |= months_of_days(connection, from_day, to_day, games)
    run_query(connection, "archive_lines", days)
    rule = read_decision_rule()
    waits = {"opening_books": rule.books, "opening_wait": rule.wait, "reaction": rule.reaction, "now": present()}
    run_query(connection, "incoming_openings", {**days, **waits})
    stages, sharp = read_line_stages(connection, {**days, **waits}), sorted(read_sharp_operators())
    if stages:
        run_query(connection, "live_lines", {**days, **waits, **stages, "sharp_operators": sharp})
    impossible = _quarantine_impossible(connection)
    run_query(connection, "merge_game_openings", days)
    run_query(connection, "write_missing_closes", days)
    run_query(connection, "merge_operator_closes", days)
    (references,) = run_query(connection, "merge_reference_closes", days).fetchone() or (0,)
    stamped = build_stamped_prices(connection, days) if has_logs else 0
    merged = connection.execute(query("merge_market_lines"), days).fetchone()
    assert merged is not None
    *counts, games = merged
    report: dict[str, int | float | str] = dict(zip(("lines", "lines_changed", "lines_removed"), counts, strict=True))
    if sharp:
        report["reference closes"] = references
        # A name that was misspelled is one that no source lists.
        unlisted = run_query(connection, "unlisted_operators", {"operators": sharp}).fetchall()
        if unlisted:
            report["sharp books that no source lists"] = ", ".join(name for (name,) in unlisted)
    if stamped:
        report["prices at fixed hours before first pitch"] = stamped
    if impossible:
        report["quotes that are no prices"] = impossible
    if kept:
        report["games whose quotes the archive tier alone has: lines kept"] = len(kept)
    return BuiltLines(report | dict(connection.execute(query("incoming_line_counts")).fetchall()), frozenset(games))


def read_line_stages(connection: psycopg.Connection[Any], parameters: Parameters) -> dict[str, list[Any]]:
    """The rows of line_stages.sql as arrays, for live_lines.sql; empty where no game has a price.

    Args:
        connection: in the transaction that has filled incoming_openings.
        parameters: of line_stages.sql.
    """
    rows = run_query(connection, "line_stages", parameters).fetchall()
    names = ("game_ids", "stages", "instants", "captured_by")
    return dict(zip(names, map(list, zip(*rows, strict=True)), strict=False))


def _other_games(
    connection: psycopg.Connection[Any], from_day: date, to_day: date, games: Collection[int] | None, kept: set[int]
) -> set[int]:
    """The games of the days, of `games` where given, without `kept`."""
    days = {"from_day": from_day, "to_day": to_day}
    found = connection.execute(
        "SELECT id FROM curated.resolved_games WHERE game_date BETWEEN %(from_day)s AND %(to_day)s", days
    )
    return {game for (game,) in found if games is None or game in games} - kept


def _quarantine_impossible(connection: psycopg.Connection[Any]) -> int:
    """Put quotes between -100 and 100 in quarantine; how many there are.

    Tables of ours refuse them. The odds that other programs write are kept as they are, and are not priced.
    """
    quotes = read_dicts(connection, "impossible_quotes")
    for quote in quotes:
        source, day = quote.pop("source"), quote.pop("game_date")
        record = {**quote, "quoted_at": quote["quoted_at"].isoformat()}
        detail = (
            f"odds {quote['odds']} of {quote['book_id']}, {quote['market_type']} {quote['side']}: not an American price"
        )
        write_quarantine(
            connection, source, [Rejected("impossible price", detail, record, quote["source_game_id"], day)]
        )
    return len(quotes)
