"""Whether a month needs training, decided from its rows and the versions stored.

Belongs here: `plan_month`, without a database.
Not here: months trained in a played season (test_model_choice.py).
"""

from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd

from mlb_ml_assets.flows.training import Keep, Refuse, Train, TrainingSet, plan_month
from mlb_ml_assets.warehouse.game_models import GameModelRow

TRAINING = TrainingSet(
    month=date(2016, 5, 1),
    cutoff=datetime(2016, 4, 29, 16, tzinfo=UTC),
    rows=pd.DataFrame({"game_id": [1, 1, 2], "season": [2015, 2015, 2016]}),
    example=pd.DataFrame(),
    data_hash="data",
    config_hash="config",
)
STORED = GameModelRow(
    model_version="2016-05", month=TRAINING.month, cutoff=TRAINING.cutoff, mlflow_experiment_id="1", mlflow_run_id="a",
    target_runs={}, registered_version=1, model_uri="models:/a", feature_version="1.0", training_games=2,
    training_data_hash="data", config_hash="config", artifact_uri=None,
)  # fmt: skip


def test_a_month_without_a_prior_season_is_refused():
    """A model of April's own games alone would be trained on a month and trusted for a season."""
    first_season = replace(TRAINING, rows=TRAINING.rows[TRAINING.rows["season"] == 2016])
    assert plan_month(first_season, []) == Refuse(
        "1 finished games known before 2016-05, none of a prior season, which a model needs"
    )
    assert plan_month(replace(TRAINING, rows=TRAINING.rows[:0]), []) == Refuse(
        "0 finished games known before 2016-05, none of a prior season, which a model needs"
    )


def test_equal_data_and_configuration_keep_the_newest_version():
    """A re-run must not fill the registry with equal models; changed data or settings must not be ignored."""
    assert plan_month(TRAINING, [STORED]) == Keep("2016-05")
    assert plan_month(replace(TRAINING, data_hash="corrected"), [STORED]) == Train("2016-05.2")
    assert plan_month(replace(TRAINING, config_hash="tuned"), [STORED]) == Train("2016-05.2")


def test_only_the_newest_version_counts():
    """Data corrected and then corrected back needs a third version: the second one is in use."""
    second = replace(STORED, model_version="2016-05.2", training_data_hash="corrected")
    assert plan_month(TRAINING, [STORED, second]) == Train("2016-05.3")


def test_the_first_version_is_named_for_its_month():
    """Versions are public: curated.ml_predictions and MLflow carry them."""
    assert plan_month(TRAINING, []) == Train("2016-05")
