"""The odds sensor's poll: by snapshot difference, beside an id cursor, which would lose rows.

Belongs here: time of a poll behind a long log, and rows lost to transactions that commit out of order.
Does not: the poll (warehouse/arrivals.py).
"""

from mlb_ml_assets.bench.figures import Figure, median_seconds
from mlb_ml_assets.bench.scratch import Scratch
from mlb_ml_assets.warehouse.arrivals import poll_arrivals

NEW_ROWS = 5_000
_MOST_LOGGED = 10_000_000


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
            "CREATE TABLE mlb_ml.cursor_log (id BIGSERIAL PRIMARY KEY, source_game_id TEXT, quotes INTEGER)"
        )
        connection.execute(
            "INSERT INTO mlb_ml.cursor_log (source_game_id, quotes)"
            " SELECT source_game_id, quotes FROM staging.quote_arrivals"
        )
        connection.execute("VACUUM (ANALYZE) staging.quote_arrivals, mlb_ml.cursor_log")
        before = poll_arrivals(connection, None).snapshot
        for table in ("staging.quote_arrivals (source, source_game_id, quotes, newest_update)",):
            writer.execute(
                f"INSERT INTO {table} SELECT 'action_network', (100000 + n %% 1000)::TEXT, 1, NOW()"  # noqa: S608 # nosec B608
                " FROM GENERATE_SERIES(1, %s::INTEGER) AS n",  # type: ignore[arg-type]
                (NEW_ROWS,),
            )
        last = connection.execute("SELECT MAX(id) FROM mlb_ml.cursor_log").fetchone()
        writer.execute(
            "INSERT INTO mlb_ml.cursor_log (source_game_id, quotes)"
            " SELECT (100000 + n %% 1000)::TEXT, 1 FROM GENERATE_SERIES(1, %s::INTEGER) AS n",
            (NEW_ROWS,),
        )
        # The cursor names the same days as the poll does, so that only the way to the new rows differs.
        by_cursor = (
            "SELECT COALESCE(e.game_date, s.game_date), SUM(c.quotes) FROM mlb_ml.cursor_log AS c"
            " LEFT JOIN staging.source_games AS s ON s.source = 'action_network'"
            " AND s.source_game_id = c.source_game_id"
            " LEFT JOIN curated.game_identity AS i ON i.source = 'action_network'"
            " AND i.source_game_id = c.source_game_id"
            " LEFT JOIN curated.enhanced_games AS e ON e.id = i.game_id WHERE c.id > %s GROUP BY 1"
        )
        ours = median_seconds(lambda: poll_arrivals(connection, before), 9)
        limit = median_seconds(lambda: connection.execute(by_cursor, last).fetchall(), 9)
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
