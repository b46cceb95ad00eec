"""Which games got new quotes since the last poll, and which first decisions came due: what a pricing waits for.

Belongs here: the poll by snapshot difference, clearing what every poller has seen, decisions whose wait ended.
Not here: what is done about it (automation/).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from mlb_ml_assets.warehouse.queries import run_query
from mlb_ml_assets.warehouse.sql import query


@dataclass(frozen=True)
class Arrivals:
    """New quotes by official game date, and the snapshot to give to the next poll.

    `unmapped` are new quotes of games that are not yet known: they come again once their game is.
    """

    snapshot: str
    quotes_by_day: dict[date, int]
    unmapped: int


def poll_arrivals(connection: psycopg.Connection[Any], since: str | None) -> Arrivals:
    """Quotes committed since the snapshot `since`, whatever the order in which their transactions committed.

    A row is new exactly when the earlier snapshot could not see its transaction. Neither an id cursor (loses the slow
    transaction) nor a horizon of running transactions (stalls behind any long one) has that property.

    Args:
        connection: reads only.
        since: `snapshot` of the poll before, or None: only take the snapshot.
    """
    if since is None:
        return Arrivals(str(_one(connection.execute("SELECT pg_current_snapshot()::TEXT"))), {}, 0)
    rows = run_query(connection, "new_quotes_by_day", {"since": since}).fetchall()
    by_day = {day: count for _, day, count in rows if day is not None}
    return Arrivals(rows[0][0], by_day, sum(count or 0 for _, day, count in rows if day is None))


def clear_arrivals(connection: psycopg.Connection[Any], seen: str) -> int:
    """Delete what the poller whose last snapshot is `seen` will never read again; the number of rows.

    That includes rows of the database that this one was restored from, whose transactions lie beyond the present ones.
    """
    return connection.execute(query("delete_seen_arrivals"), {"seen": seen}).rowcount


def read_due_decisions(connection: psycopg.Connection[Any], since: datetime, until: datetime) -> dict[date, int]:
    """First decisions by official date that came due in (since, until], by waiting, without a new quote."""
    return dict(run_query(connection, "due_decisions", {"since": since, "until": until}).fetchall())


def _one(cursor: psycopg.Cursor[Any]) -> Any:
    row = cursor.fetchone()
    assert row is not None
    return row[0]
