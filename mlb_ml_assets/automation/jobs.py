"""The jobs, each over one kind of partition: a Dagster run cannot mix days and months.

Belongs here: which assets form a job.
Does not: when it runs (schedules.py, odds_sensor.py), how (assets/).
"""

import dagster as dg

from mlb_ml_assets.assets.partitions import game_days, model_months
from mlb_ml_assets.resources.mlflow import end_mlflow_on_run_finished

_GAMES = ("curated/enhanced_games", "curated/market_lines", "curated/ml_feature_vectors")
_BETS = ("curated/ml_predictions", "curated/ml_recommendations")


def _range(*keys: str) -> dg.AssetSelection:
    """Assets without their checks: a range of past days is not stopped by one old price; the day's job is."""
    return dg.AssetSelection.assets(*keys).without_checks()


prepare = dg.define_asset_job(
    "prepare",
    selection=_range(*_GAMES),
    partitions_def=game_days,
    description="Games, prices and features of days.",
)
train = dg.define_asset_job(
    "train",
    selection=dg.AssetSelection.assets("game_model"),
    partitions_def=model_months,
    hooks={end_mlflow_on_run_finished},
    description="Models of months, in MLflow.",
)
predict = dg.define_asset_job(
    "predict",
    selection=_range(*_BETS),
    partitions_def=game_days,
    description="Predictions and recommendations of days.",
)
score = dg.define_asset_job(
    "score",
    selection=_range("curated/ml_model_performance"),
    partitions_def=game_days,
    description="Settlement and performance of days.",
)
slate = dg.define_asset_job(
    "slate",
    selection=dg.AssetSelection.assets(*_GAMES, *_BETS),
    partitions_def=game_days,
    description="A day from its newest quotes to its stakes: prepare and predict in one run.",
)
experiments = dg.define_asset_job(
    "experiments",
    selection=dg.AssetSelection.assets("curated/ml_experiments"),
    description="MLflow's experiments and our performance tables, told to each other.",
)

JOBS = (prepare, train, predict, score, slate, experiments)
