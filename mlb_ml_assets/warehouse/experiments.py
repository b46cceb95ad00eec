"""curated.ml_experiments: the MLflow experiments in the columns of the adopted table, one target each.

Belongs here: writing summaries, reading the performance that goes back to MLflow.
Not here: MLflow itself (registry/).
"""

from collections.abc import Sequence
from typing import Any, Protocol

import pandas as pd
import psycopg

from mlb_ml_assets.warehouse.partition_write import Target, Written, upsert
from mlb_ml_assets.warehouse.queries import run_query

_EXPERIMENTS = Target("curated.ml_experiments", keys=("mlflow_experiment_id",), touch=("last_updated",))
MODEL_TYPE = "market_anchored_joint_runs"


class Summary(Protocol):
    """The fields that a summary must have; registry.experiment_summaries.ExperimentSummary does."""

    prediction_target: str
    mlflow_experiment_id: str
    experiment_name: str


def write_experiments(connection: psycopg.Connection[Any], summaries: Sequence[Summary]) -> Written:
    """Upsert by MLflow experiment id; the row of an experiment deleted from MLflow is kept."""
    frame = pd.DataFrame([summary.__dict__ for summary in summaries])
    if frame.empty:
        return Written()
    frame = frame.assign(
        model_type=MODEL_TYPE,
        model_category="interpretable",
        experiment_description="One run a model month below the Dagster session that trained it.",
        best_accuracy=pd.to_numeric(frame["best_accuracy"]).round(4),
        best_roi=pd.to_numeric(frame["best_roi"]).round(2),
    )
    return upsert(connection, _EXPERIMENTS, frame)


def read_run_metrics(connection: psycopg.Connection[Any]) -> dict[str, dict[str, float]]:
    """Performance of each model month, by the MLflow run of its target."""
    metrics: dict[str, dict[str, float]] = {}
    for run_id, name, value in run_query(connection, "performance_by_mlflow_run"):
        metrics.setdefault(run_id, {})[name] = float(value)
    return metrics
