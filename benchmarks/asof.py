"""One day's prices as of their decisions, and how the cost grows with the tables and with the seasons.

Belongs here: time and pages of a day's metrics, quotes and market lines at a small and at the full size; seasons.
Not here: the queries (sql/queries).
"""

from datetime import date, timedelta
from typing import Any

import pandas as pd
import psycopg

from benchmarks.figures import Figure, median_seconds, seconds_of, side_by_side
from benchmarks.odds_table import FIRST_SEASON, GAMES_PER_SEASON, ROWS_PER_GAME
from benchmarks.scratch import Scratch
from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.markets import MARKET_KEYS
from mlb_ml_assets.warehouse.market_lines import build_market_lines, read_line_stages
from mlb_ml_assets.warehouse.queries import VOCABULARY
from mlb_ml_assets.warehouse.quote_metrics import read_quote_metrics
from mlb_ml_assets.warehouse.settings import read_decision_rule, read_sharp_operators
from mlb_ml_assets.warehouse.sql import query

DAY = date(FIRST_SEASON, 4, 4)
WEEK = 7
SMALL_ROWS = 3_000_000
GAMES_PER_PART = 400
# Every quote of the day's games before first pitch, by the covering index alone: nothing that answers reads less.
_SCAN = """
SELECT COUNT(*), MAX(h.odds), MAX(h.line_value)
FROM curated.enhanced_games AS e
JOIN staging.action_network_odds_historical AS h ON h.external_game_id = e.action_network_game_id::TEXT
WHERE e.game_date = %(day)s AND h.updated_at < e.game_datetime
"""


def measure(scratch: Scratch) -> list[Figure]:
    """A day's cost at a tenth of the size (at most 3M rows) and at full size; a season, and all of them beside one."""
    with scratch.smaller(min(scratch.rows // 10, SMALL_ROWS)) as small, small.connect() as connection:
        pages_before = _pages(connection)
    scratch.grow(scratch.rows)
    size = f"{scratch.rows_now / 1e6:.0f}M rows"
    with scratch.connect() as connection:
        requests = day_requests(connection)
        scan = median_seconds(lambda: connection.execute(_SCAN, {"day": DAY}).fetchall(), 15)
        metrics = median_seconds(lambda: read_quote_metrics(connection, requests), 15)
        decisions = {**_parameters(), **_decisions(connection)}
        quotes = median_seconds(lambda: connection.execute(query("decision_quotes"), decisions).fetchall(), 15)
        lines = median_seconds(lambda: _lines(connection, DAY, DAY), 9)
        week, day = side_by_side(
            lambda: _lines(connection, DAY, DAY + timedelta(days=WEEK - 1)), lambda: _lines(connection, DAY, DAY)
        )
        large = _pages(connection)
        seasons = _seasons(connection, scratch)
    note = f"bare index-only scan of the same games: {1e3 * scan:.1f} ms"
    figures = [
        Figure("as-of", f"a day's metrics of every book and side, {size}", "ms", 1e3 * metrics, None, "", 50, 16,
            note=f"opening, as-of, close, changes, moves, velocities of 720 prices; {note}"),
        Figure("as-of", f"a day's prices at its decisions, {size}", "ms", 1e3 * quotes, None, "", 50, 16, note=note),
        Figure("as-of", f"a day's open, lineup and closing lines, {size}", "ms", 1e3 * lines, None, "", 50, 16,
            note="first prices, standing prices of every book at three instants, consensus, written"),
        Figure("as-of", "a week's lines / a day's", "ms", 1e3 * week, 1e3 * day, "one day", 1.2 * WEEK, WEEK),
        *seasons,
    ]  # fmt: skip
    before = f"{small.rows_now / 1e6:.1f}M"
    figures += [
        Figure("as-of", f"pages of {name}, {size} / {before}", "pages", large[name], pages, before, 1.1, 1.0)
        for name, pages in pages_before.items()
    ]
    return figures


def _seasons(connection: psycopg.Connection[Any], scratch: Scratch) -> list[Figure]:
    """The metrics of one season and of all: one season before, and one after all of them, for the machine's load."""
    count = scratch.rows_now // (ROWS_PER_GAME * GAMES_PER_SEASON)
    if count < 2:
        return []

    def build(first: int, last: int) -> float:
        return seconds_of(
            lambda: [
                read_quote_metrics(connection, part)
                for season in range(first, last + 1)
                for part in season_parts(connection, FIRST_SEASON + season)
            ]
        )

    before, together, after = build(0, 0), build(0, count - 1), build(count - 1, count - 1)
    one = (before + after) / 2
    return [
        Figure("as-of", "a season's metrics", "s", one, None, "", note=f"{GAMES_PER_SEASON:,} games, 400 at a time"),
        Figure("as-of", f"{count} seasons' metrics / one's", "s", together, one, "one season", 15 / 12 * count, count),
    ]  # fmt: skip


def day_requests(connection: psycopg.Connection[Any]) -> pd.DataFrame:
    """The games of DAY, an hour after their start: everything has closed."""
    return _requests(connection, DAY, DAY)


def season_parts(connection: psycopg.Connection[Any], season: int = FIRST_SEASON) -> list[pd.DataFrame]:
    """The same of a season, so many at a time."""
    requests = _requests(connection, date(season, 1, 1), date(season, 12, 31))
    return [requests.iloc[start : start + GAMES_PER_PART] for start in range(0, len(requests), GAMES_PER_PART)]


def _requests(connection: psycopg.Connection[Any], first: date, last: date) -> pd.DataFrame:
    rows = connection.execute(
        "SELECT id, game_datetime + INTERVAL '1 hour' FROM curated.enhanced_games"
        " WHERE game_date BETWEEN %s AND %s ORDER BY game_date, id",
        (first, last),
    ).fetchall()
    return pd.DataFrame(rows, columns=["game_id", "as_of"])


def _decisions(connection: psycopg.Connection[Any]) -> dict[str, Any]:
    games = connection.execute(
        "SELECT id, game_datetime - INTERVAL '60 minutes' FROM curated.enhanced_games WHERE game_date = %s", (DAY,)
    ).fetchall()
    return {
        "game_ids": [game for game, _ in games],
        "stages": ["lineup"] * len(games),
        "instants": [at for _, at in games],
        "captured_by": [at - read_decision_rule().reaction for _, at in games],
        "recorded": [],
    }


def _lines(connection: psycopg.Connection[Any], first: date, last: date) -> None:
    with connection.transaction(force_rollback=True):
        build_market_lines(connection, first, last)


def _parameters() -> dict[str, Any]:
    """What every query may name: the product's vocabulary, the rule of decisions, and the present."""
    rule = read_decision_rule()
    return {
        **VOCABULARY, "opening_books": rule.books, "opening_wait": rule.wait, "reaction": rule.reaction,
        "now": present(), "sharp_operators": sorted(read_sharp_operators()),
    }  # fmt: skip


def _pages(connection: psycopg.Connection[Any]) -> dict[str, float]:
    """Pages touched, which machine noise does not change."""
    requests = day_requests(connection)
    every = {
        "game_ids": requests["game_id"].tolist(),
        "instants": requests["as_of"].tolist(),
        "markets": list(MARKET_KEYS),
    }
    found = {}
    for name, parameters in (
        ("quote_metrics", every),
        ("decision_quotes", _decisions(connection)),
        ("incoming_openings", {"from_day": DAY, "to_day": DAY, "games": None}),
        ("live_lines", {"from_day": DAY, "to_day": DAY, "games": None}),
    ):
        with connection.transaction(force_rollback=True):
            connection.execute(query("incoming_lines"))
            stages = {}
            if name == "live_lines":
                connection.execute(query("incoming_openings"), {**_parameters(), **parameters})
                stages = read_line_stages(connection, {**_parameters(), **parameters})
            statement = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) " + query(name)
            # Twice: what the first one finds out about the tables, it finds out for good.
            for _ in range(2):
                ((plan,),) = connection.execute(statement, {**_parameters(), **parameters, **stages}).fetchall()  # type: ignore[call-overload]
        found[name] = float(plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"])
    return found
