"""The odds sensor's poll: by snapshot difference, beside an id cursor, which would lose rows.

Belongs here: time of a poll behind a long log, and rows lost to transactions that commit out of order.
Not here: the poll (warehouse/arrivals.py).
"""

import re

from benchmarks.figures import Figure, side_by_side
from benchmarks.scratch import Scratch
from mlb_ml_assets.warehouse.arrivals import poll_arrivals
from mlb_ml_assets.warehouse.sql import query

NEW_ROWS = 5_000
_MOST_LOGGED = 10_000_000
_BY_SNAPSHOT = re.compile(r"FROM staging\.quote_arrivals\n.*?GROUP", re.DOTALL)


def measure(scratch: Scratch) -> list[Figure]:
    """A poll with 5,000 new entries behind a log as long as the odds table is to be."""
    logged = min(scratch.rows, _MOST_LOGGED)
    with scratch.connect() as connection, scratch.connect() as writer:
        connection.execute("TRUNCATE staging.quote_arrivals")
        connection.execute(
            "INSERT INTO staging.quote_arrivals (source, source_game_id, quotes, newest_update)"
            " SELECT 'action_network', (100000 + n %% 1000)::TEXT, 1, NOW()"
            " FROM GENERATE_SERIES(1, %s::INTEGER) AS n",
            (logged,),
        )
        connection.execute(
            "CREATE TABLE mlb_ml.cursor_log"
            " (id BIGSERIAL PRIMARY KEY, source VARCHAR(30), source_game_id VARCHAR(255), quotes INTEGER)"
        )
        connection.execute(
            "INSERT INTO mlb_ml.cursor_log (source, source_game_id, quotes)"
            " SELECT source, source_game_id, quotes FROM staging.quote_arrivals"
        )
        connection.execute("VACUUM (ANALYZE) staging.quote_arrivals, mlb_ml.cursor_log")
        before = poll_arrivals(connection, None).snapshot
        writer.execute(
            "INSERT INTO staging.quote_arrivals (source, source_game_id, quotes, newest_update)"
            " SELECT 'action_network', (100000 + n %% 1000)::TEXT, 1, NOW()"
            " FROM GENERATE_SERIES(1, %s::INTEGER) AS n",
            (NEW_ROWS,),
        )
        (last,) = connection.execute("SELECT MAX(id) FROM mlb_ml.cursor_log").fetchone() or (0,)
        writer.execute(
            "INSERT INTO mlb_ml.cursor_log (source, source_game_id, quotes)"
            " SELECT 'action_network', (100000 + n %% 1000)::TEXT, 1 FROM GENERATE_SERIES(1, %s::INTEGER) AS n",
            (NEW_ROWS,),
        )
        # The same statement but for how new rows are found: by an id, which loses the slow transaction.
        by_cursor = _BY_SNAPSHOT.sub(
            "FROM mlb_ml.cursor_log\n    WHERE id > %(since)s\n    GROUP", query("new_quotes_by_day")
        )
        assert "cursor_log" in by_cursor
        ours, limit = side_by_side(
            lambda: poll_arrivals(connection, before),
            lambda: connection.execute(by_cursor, {"since": last}).fetchall(),  # type: ignore[call-overload]
            20,
        )
        found = poll_arrivals(connection, before)
        seen = sum(found.quotes_by_day.values()) + found.unmapped
        lost = _lost(scratch)
        connection.execute("DROP TABLE mlb_ml.cursor_log")
    return [
        Figure("sensor", f"a poll, {NEW_ROWS:,} new of {logged / 1e6:.0f}M logged", "ms", 1e3 * ours, 1e3 * limit,
            "id cursor", 3, 1, note=f"{seen:,} of {NEW_ROWS:,} seen"),
        Figure("sensor", "rows lost to a slow transaction", "rows", lost, None, "", 0, 0),
    ]  # fmt: skip


def _lost(scratch: Scratch) -> float:
    """One writer opens first and commits last: how many of its rows no poll gives."""
    insert = (
        "INSERT INTO staging.quote_arrivals (source, source_game_id, quotes, newest_update)"
        " SELECT 'bench', 'slow', 1, NOW() FROM GENERATE_SERIES(1, 3)"
    )
    with scratch.connect() as slow, scratch.connect() as quick, scratch.connect() as poller:
        first = poll_arrivals(poller, None).snapshot
        with slow.transaction():
            slow.execute(insert)
            quick.execute(insert)
            second = poll_arrivals(poller, first)
        third = poll_arrivals(poller, second.snapshot)
    return 6.0 - second.unmapped - third.unmapped
