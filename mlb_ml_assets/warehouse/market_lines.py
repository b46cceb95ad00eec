"""The market's lines of each game, without the margin.

Belongs here: building curated.market_lines of some days from archives and live quotes.
Not here: choosing a price to bet at (betting/, from each book's quote), other ways to remove margins (pricing/).
"""

from datetime import date
from typing import Any

import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.warehouse.connection import require_transaction
from mlb_ml_assets.warehouse.locks import lock_partition
from mlb_ml_assets.warehouse.queries import run_query
from mlb_ml_assets.warehouse.settings import read_decision_rule
from mlb_ml_assets.warehouse.sql import query


def build_market_lines(
    connection: psycopg.Connection[Any], from_day: date, to_day: date
) -> dict[str, int | float | str]:
    """One line per game, stage (open, lineup, close) and market of these days, both included.

    The caller's transaction commits. Run again, the same quotes give the same rows; a line without quotes is deleted.

    Returns:
        Counts for the asset's metadata: lines, changed, removed, lines by stage and market, refused quotes by reason.

    Raises:
        WriteRefused: no transaction is open.
    """
    require_transaction(connection)
    lock_partition(connection, "curated.market_lines", "lines")
    days: dict[str, object] = {"from_day": from_day, "to_day": to_day}
    connection.execute(query("incoming_lines"))
    connection.execute(query("archive_lines"), days)
    rule = read_decision_rule()
    waits = {"opening_books": rule.books, "opening_wait": rule.wait, "reaction": rule.reaction, "now": present()}
    run_query(connection, "incoming_openings", {**days, **waits})
    run_query(connection, "live_lines", {**days, **waits})
    run_query(connection, "merge_game_openings", days)
    run_query(connection, "write_missing_closes", days)
    counts = connection.execute(query("merge_market_lines"), days).fetchone()
    assert counts is not None
    totals = dict(zip(("lines", "lines_changed", "lines_removed"), counts, strict=True))
    return totals | dict(connection.execute(query("incoming_line_counts")).fetchall())
