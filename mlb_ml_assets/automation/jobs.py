"""The jobs, one per kind of partition: a Dagster run cannot mix days and months.

Belongs here: which assets form a job.
Does not: when it runs (automation/schedules.py), how (assets/).
"""

import dagster as dg

from mlb_ml_assets.assets.partitions import game_days
from mlb_ml_assets.resources.mlflow import end_mlflow_on_run_finished

PREPARED = ("curated/enhanced_games", "curated/market_lines", "curated/ml_feature_vectors")
TRAINED = ("game_model", "curated/ml_experiments")
PREDICTED = ("curated/ml_predictions", "curated/ml_recommendations")
SCORED = ("curated/ml_model_performance",)

prepare = dg.define_asset_job(
    "prepare",
    selection=dg.AssetSelection.assets(*PREPARED),
    partitions_def=game_days,
    description="Games, prices and features of days.",
)
train = dg.define_asset_job(
    "train",
    selection=dg.AssetSelection.assets(*TRAINED),
    hooks={end_mlflow_on_run_finished},
    description="Models of months, in MLflow.",
)
predict = dg.define_asset_job(
    "predict",
    selection=dg.AssetSelection.assets(*PREDICTED),
    partitions_def=game_days,
    description="Predictions and recommendations of days.",
)
score = dg.define_asset_job(
    "score",
    selection=dg.AssetSelection.assets(*SCORED),
    partitions_def=game_days,
    description="Settlement and performance of days.",
)
JOBS = (prepare, train, predict, score)
