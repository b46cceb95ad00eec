"""One day's prices as of their decisions, and how the cost grows with the tables.

Belongs here: time and pages of a day's quotes and market lines at a tenth and at the full size, beside a bare scan.
Does not: the queries (sql/queries).
"""

from datetime import date, timedelta
from typing import Any

import psycopg

from mlb_ml_assets.bench.figures import Figure, median_seconds, seconds_of
from mlb_ml_assets.bench.odds_table import FIRST_SEASON
from mlb_ml_assets.bench.scratch import Scratch
from mlb_ml_assets.warehouse.market_lines import build_market_lines
from mlb_ml_assets.warehouse.sql import query

DAY = date(FIRST_SEASON, 4, 4)
WEEK = 7
# Every quote of the day's games before first pitch, by the covering index alone: nothing that answers reads less.
_SCAN = """
SELECT COUNT(*), MAX(h.odds), MAX(h.line_value)
FROM curated.enhanced_games AS e
JOIN staging.action_network_odds_historical AS h ON h.external_game_id = e.action_network_game_id::TEXT
WHERE e.game_date = %(day)s AND h.updated_at < e.game_datetime
"""


def measure(scratch: Scratch) -> list[Figure]:
    """A day's cost at a tenth of the size and at full size; a week and a season beside the day."""
    scratch.grow(max(scratch.rows // 10, scratch.rows_now))
    with scratch.connect() as connection:
        small_rows, small = scratch.rows_now, _pages(connection)
    scratch.grow(scratch.rows)
    size = f"{scratch.rows_now / 1e6:.0f}M rows"
    with scratch.connect() as connection:
        scan = median_seconds(lambda: connection.execute(_SCAN, {"day": DAY}).fetchall(), 9)
        asked = _decisions(connection)
        quotes = median_seconds(lambda: connection.execute(query("decision_quotes"), asked).fetchall(), 9)
        lines = median_seconds(lambda: _lines(connection, DAY, DAY), 5)
        week = seconds_of(lambda: _lines(connection, DAY, DAY + timedelta(days=WEEK - 1)))
        large = _pages(connection)
    figures = [
        Figure("as-of", f"a day's prices at its decisions, {size}", "ms", 1e3 * quotes, None, "", 50, 16,
            note=f"bare index-only scan of the same games: {1e3 * scan:.1f} ms"),
        Figure("as-of", f"a day's open, line-up and closing lines, {size}", "ms", 1e3 * lines, None, "", 50, 16,
            note="first prices, standing prices of every book at three instants, consensus, written"),
        Figure("as-of", "a week's lines / a day's", "ms", 1e3 * week, 1e3 * lines, "one day", 1.2 * WEEK, WEEK),
    ]  # fmt: skip
    if small_rows < scratch.rows_now:
        before = f"{small_rows / 1e6:.1f}M"
        figures += [
            Figure("as-of", f"pages of {name}, {size} / {before}", "pages", large[name], pages, before, 1.1, 1.0)
            for name, pages in small.items()
        ]
    return figures


def _decisions(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    games = connection.execute(
        "SELECT id, game_datetime - INTERVAL '60 minutes' FROM curated.enhanced_games WHERE game_date = %s", (DAY,)
    ).fetchall()
    return {
        "game_ids": [game for game, _ in games],
        "stages": ["lineup"] * len(games),
        "instants": [at for _, at in games],
    }


def _lines(connection: psycopg.Connection[Any], first: date, last: date) -> None:
    with connection.transaction(force_rollback=True):
        build_market_lines(connection, first, last)


def _pages(connection: psycopg.Connection[Any]) -> dict[str, float]:
    """Pages touched, which machine noise does not change."""
    found = {}
    for name, parameters in (
        ("decision_quotes", _decisions(connection)),
        ("live_lines", {"from_day": DAY, "to_day": DAY}),
    ):
        with connection.transaction(force_rollback=True):
            connection.execute(query("incoming_lines"))
            statement = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + query(name)
            ((plan,),) = connection.execute(statement, parameters).fetchall()  # type: ignore[call-overload]
        found[name] = float(plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"])
    return found
