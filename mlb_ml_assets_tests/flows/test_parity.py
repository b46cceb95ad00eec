"""What is served is what was built.

Belongs here: stored features against features built from nothing, in both of their tables.
Not here: formulas (features/).
"""

import json
from dataclasses import fields
from datetime import date

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.features.declarations import FEATURE_COLUMNS
from mlb_ml_assets.features.facts import GameHistory
from mlb_ml_assets.features.sweep import build_features
from mlb_ml_assets.flows.features import merge_memory
from mlb_ml_assets.flows.prediction_rows import select_final_probability
from mlb_ml_assets.flows.unknown_weather import WEATHER_COLUMNS, forget_weather
from mlb_ml_assets.modeling.market_memory import remember
from mlb_ml_assets.registry.game_model_runs import load_game_model
from mlb_ml_assets.warehouse.decision_inputs import read_inputs
from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
from mlb_ml_assets.warehouse.feature_store import read_features, read_training
from mlb_ml_assets.warehouse.history import read_history
from mlb_ml_assets_tests.chain import one, rows_of

DAYS = (date(2024, 4, 28), date(2024, 5, 2))
KEYS = ["game_id", "stage", "as_of"]


@pytest.fixture
def stored(played):
    with played.connect() as connection:
        yield connection, read_features(connection, *DAYS, current_feature_version(connection))


def test_stored_features_equal_features_built_from_the_first_game_on(stored):
    """Checkpoints, ranges and the 32 bits of the store must not move what a model sees."""
    connection, kept = stored
    history = GameHistory(**read_history(connection))
    assert {field.name for field in fields(GameHistory)} == set(vars(history))
    # Memory needs the features of the games whose closes it holds: all of them, as they were decided.
    asked = read_features(connection, date.min, DAYS[1], current_feature_version(connection))
    requests = asked[[*KEYS, "price_stage"]]
    baseball = build_features(history, requests)
    everything = merge_memory(baseball, remember(history, requests, features=baseball))
    built = everything.tail(len(kept)).reset_index(drop=True)
    pd.testing.assert_frame_equal(built[KEYS], kept[KEYS], check_dtype=False)
    names = [name for name in FEATURE_COLUMNS if name in kept]
    assert len(names) > 100
    np.testing.assert_array_equal(built[names].to_numpy(np.float32), kept[names].to_numpy(np.float32))
    assert (pd.to_datetime(built["known_at"]) == pd.to_datetime(kept["known_at"])).all()


def test_rows_that_forget_the_weather_differ_in_totals_alone(played):
    """Observed weather flatters every total of an archive; scores without it must differ by nothing else."""
    with played.connect() as connection:
        rows = read_training(connection, present(), last_day=DAYS[1])
        blank = forget_weather(connection, rows, DAYS[1])
    assert rows["temperature"].notna().any()
    assert blank[list(WEATHER_COLUMNS)].isna().all(axis=None)
    totals = [f"memory_{name}" for name in ("baseball_total", "residual_total", "residual_total_variance")]
    same = [name for name in rows.columns if name not in {*WEATHER_COLUMNS, *totals}]
    pd.testing.assert_frame_equal(blank[same], rows[same])
    lineup, moved = (rows["stage"] == "lineup").to_numpy(), (blank[totals[1]] - rows[totals[1]]).abs()
    assert moved[lineup].max() > 0.0
    assert moved[~lineup].max() == 0.0


def test_a_vector_holds_what_the_wide_table_holds(stored):
    """An explanation reads the vector, training the wide table: two truths would explain another model."""
    connection, kept = stored
    vectors = rows_of(
        connection,
        "SELECT v.game_id, split_part(v.feature_version, '-', 2), v.feature_cutoff_time, "
        "v.temporal_features, v.market_features, v.team_features, v.betting_splits_features, v.derived_features, "
        "v.missing_feature_count, v.total_feature_count FROM curated.ml_feature_vectors v "
        "JOIN curated.enhanced_games g ON g.id = v.game_id WHERE g.game_date BETWEEN %s AND %s",
        *DAYS,
    )
    wide = kept.set_index(KEYS)
    assert len(vectors) == len(wide) > 100
    for game, stage, as_of, *groups, missing, total in vectors:
        values = {}
        for group in groups:
            values |= json.loads(group) if isinstance(group, str) else group
        row = wide.loc[(game, stage, pd.Timestamp(as_of))]
        known = [name for name in values if name in wide.columns]
        assert len(known) > 50
        vector = np.array([np.nan if values[name] is None else values[name] for name in known], dtype=np.float32)
        np.testing.assert_array_equal(vector, row[known].to_numpy(np.float32))
        assert total == len(values)
        assert missing == sum(value is None for value in values.values())


def test_a_stored_prediction_is_the_models_word_on_the_stored_row(played):
    """Serving reads rows; what it reads must be what the model of that version predicts for that vector."""
    with played.connect() as connection:
        inputs = read_inputs(connection, date(2024, 5, 3), date(2024, 5, 4))
        uri, artifacts = one(
            connection, "SELECT model_uri, artifact_uri FROM curated.game_models WHERE model_version = '2024-05'"
        )
        predicted = load_game_model(uri, artifacts, None).predict(inputs)
        stored = dict(
            connection.execute(
                "SELECT feature_vector_id, home_ml_probability FROM curated.ml_predictions "
                "WHERE feature_vector_id = ANY(%s)",
                (inputs["feature_vector_id"].astype(int).tolist(),),
            ).fetchall()
        )
    expected = dict(
        zip(
            inputs["feature_vector_id"].astype(int),
            select_final_probability(predicted, "home_ml").round(4),
            strict=True,
        )
    )
    assert {key: float(value) for key, value in stored.items()} == pytest.approx(expected)
