"""Tickets and money in stored vectors.

Belongs here: which vectors hold them.
Not here: the shares themselves (warehouse/test_quote_metrics.py), other groups (warehouse/test_feature_store.py).
"""

from datetime import timedelta

import numpy as np
import pandas as pd

from mlb_ml_assets.features.declarations import FEATURE_COLUMNS
from mlb_ml_assets.flows.features import _write_vectors
from mlb_ml_assets.warehouse.feature_vectors import write_feature_vectors
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets_tests.warehouse.game_rows import DAY, START, insert, record


def test_a_vector_holds_the_splits_known_then_and_one_without_any_keeps_its_hash(database):
    """A vector that changes because a later source brought tickets is refused, and stops the day's run."""
    with database.connect() as connection, connection.transaction():
        record(connection, "1")
        record(connection, "odds-1", source="the_odds_api")
        build_enhanced_games(connection, DAY, DAY)
        (game,) = connection.execute("SELECT id FROM curated.enhanced_games").fetchone()
        vectors = pd.DataFrame(
            {"game_id": [game, game], "stage": ["open", "lineup"],
             "as_of": pd.to_datetime([START - timedelta(hours=20), START - timedelta(hours=1)])}
        )  # fmt: skip
        vectors = pd.concat([vectors, pd.DataFrame(np.nan, index=vectors.index, columns=list(FEATURE_COLUMNS))], axis=1)
        write_feature_vectors(connection, vectors.iloc[:1], "1.0")
        insert(
            connection, "staging.source_splits", source="the_odds_api", source_game_id="odds-1", book_id="alpha",
            market_type="moneyline", captured_at=START - timedelta(hours=5), tickets_home_or_over=60,
            tickets_away_or_under=40, money_home_or_over=72.5, money_away_or_under=27.5,
        )  # fmt: skip
        written = _write_vectors(connection, vectors, "1.0").set_index("stage")
        stored = dict(
            connection.execute(
                "SELECT split_part(feature_version, '-', 2), betting_splits_features FROM curated.ml_feature_vectors"
            ).fetchall()
        )
    assert written["fresh"].to_dict() == {"open": False, "lineup": True}
    assert stored["open"] == {}
    assert stored["lineup"]["splits_money_gap_home"] == 12.5
    assert stored["lineup"]["splits_tickets_home"] == 60
    assert stored["lineup"]["splits_money_over"] is None
