"""Looking some games up by their ids costs what these games cost, in a table of any size.

Belongs here: pages read by queries that start from ids of games.
Not here: their answers (serving/, flows/).
"""

import re
from datetime import timedelta
from typing import ClassVar

import pandas as pd
import psycopg
import pytest

from mlb_ml_assets.warehouse import api_reads
from mlb_ml_assets.warehouse.quote_metrics import read_market_metrics
from mlb_ml_assets.warehouse.recommendations import read_bet_terms
from mlb_ml_assets_tests.warehouse.game_rows import DAY, START

# Query files of one statement that EXPLAIN takes.
EXPLAINED = re.compile(r"-- (\w+)\.sql:[^\n]*\n(?:--[^\n]*\n)*(?:WITH|SELECT)\b[^;]*;\s*", re.DOTALL)
GAMES = 20_000


class CountingCursor(psycopg.Cursor):
    """Explains each query file that it runs, and keeps the pages that it read."""

    pages: ClassVar[dict[str, int]] = {}

    def execute(self, statement, parameters=None, **options):
        found = EXPLAINED.fullmatch(statement) if isinstance(statement, str) else None
        if found is not None:
            explained = psycopg.Cursor(self.connection).execute(
                f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}", parameters
            )
            (plan,) = explained.fetchone()[0]
            self.pages[found[1]] = sum(plan["Plan"][f"Shared {kind} Blocks"] for kind in ("Hit", "Read"))
        return super().execute(statement, parameters, **options)


@pytest.fixture
def games(database):
    """A connection that counts, to twenty thousand games of as many days, each with a line and a prediction."""
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO curated.enhanced_games (home_team, away_team, game_date, game_datetime, season) "
            "SELECT 'PIT', 'NYM', %s::DATE - n, %s::TIMESTAMPTZ - n * INTERVAL '1 day', 2024 "
            "FROM generate_series(1, %s) AS n",
            (DAY, START, GAMES),
        )
        connection.execute(
            "INSERT INTO curated.game_details (game_id, neutral_site, doubleheader, scheduled_innings, start_assumed, "
            "suspended, home_bats_first) SELECT id, FALSE, 'N', 9, FALSE, FALSE, FALSE FROM curated.enhanced_games"
        )
        connection.execute(
            "INSERT INTO curated.ml_predictions (game_id, model_name, model_version, feature_version, "
            "home_ml_probability, prediction_timestamp, market_close_time, time_to_game_minutes) "
            "SELECT id, 'mlb_game_model_open', '2024-06', '2.0', .5, game_datetime - INTERVAL '5 hours', "
            "game_datetime, 300 FROM curated.enhanced_games"
        )
        connection.execute("ANALYZE")
        CountingCursor.pages.clear()
        connection.cursor_factory = CountingCursor
        yield connection


def test_games_are_looked_up_by_index(games):
    """Joined as a whole, the view of games was read through for each answer about a day's games."""
    found = games.execute("SELECT game_id, id FROM curated.ml_predictions ORDER BY game_id DESC LIMIT 15").fetchall()
    ids, predictions = map(list, zip(*found, strict=True))
    decisions = pd.DataFrame({"game_id": ids, "stage": "open", "as_of": START - timedelta(days=GAMES)})
    api_reads.market_lines_of(games, ids)
    api_reads.predictions_of_ids(games, predictions)
    api_reads.recommendations_of(games, predictions)
    read_bet_terms(games, decisions)
    read_market_metrics(games, decisions)
    counted = CountingCursor.pages
    assert {"api_market_lines", "api_predictions", "api_recommendations", "bet_terms", "split_shares"} <= set(counted)
    assert max(counted.values()) < 200, counted
