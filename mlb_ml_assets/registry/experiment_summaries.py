"""Summaries of MLflow's experiments, and our performance metrics logged to its runs.

Belongs here: one summary per experiment, and metrics written back to the month runs.
Not here: our tables (warehouse/experiments.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import mlflow

from mlb_ml_assets.registry.experiments import EXPERIMENT_NAMES

# Paired log loss against the close, the score that compares months of different seasons.
RANKING_METRIC = "paired_log_loss_to_close"


@dataclass(frozen=True)
class ExperimentSummary:
    """One MLflow experiment: one prediction target."""

    prediction_target: str
    mlflow_experiment_id: str
    experiment_name: str
    lifecycle_stage: str
    status: str
    total_runs: int
    best_run_id: str | None
    best_accuracy: float | None
    best_roi: float | None
    feature_version: str | None
    training_period_start: date | None
    training_period_end: date | None


def summarize_experiments() -> list[ExperimentSummary]:
    """One summary for each target whose experiment exists under its name, including deleted ones.

    The best run is the one with the lowest paired log loss against the close, not the highest accuracy.
    """
    import mlflow

    client = mlflow.MlflowClient()
    summaries = []
    for target, name in EXPERIMENT_NAMES.items():
        experiment = client.get_experiment_by_name(name)
        if experiment is None:
            continue
        runs = [
            run
            for run in _all_runs(client, experiment.experiment_id)
            if run.data.tags.get("prediction_target") == target
        ]
        ranked = [run for run in runs if RANKING_METRIC in run.data.metrics]
        best = min(ranked, key=lambda run: run.data.metrics[RANKING_METRIC], default=None)
        newest = max(runs, key=lambda run: run.info.start_time, default=None)
        params = {} if newest is None else newest.data.params
        summaries.append(
            ExperimentSummary(
                prediction_target=target,
                mlflow_experiment_id=experiment.experiment_id,
                experiment_name=experiment.name,
                lifecycle_stage=experiment.lifecycle_stage,
                status="active" if experiment.lifecycle_stage == "active" else "archived",
                total_runs=len(runs),
                best_run_id=None if best is None else best.info.run_id,
                best_accuracy=None if best is None else best.data.metrics.get("accuracy"),
                best_roi=None if best is None else best.data.metrics.get("roi_percentage"),
                feature_version=params.get("feature_version"),
                training_period_start=_day(params.get("training_from")),
                training_period_end=_day(params.get("training_to")),
            )
        )
    return summaries


def write_back(metrics: Mapping[str, Mapping[str, float]]) -> int:
    """Log metrics to runs by run id, where they differ from the stored ones; runs that are gone are skipped.

    Returns:
        The number of metrics written.
    """
    import mlflow
    from mlflow.exceptions import MlflowException

    client = mlflow.MlflowClient()
    written = 0
    for run_id, values in metrics.items():
        try:
            run = client.get_run(run_id)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            continue
        if run.info.lifecycle_stage == "deleted":
            continue
        for name, value in values.items():
            if run.data.metrics.get(name) != value:
                client.log_metric(run_id, name, value)
                written += 1
    return written


def _all_runs(client: "mlflow.MlflowClient", experiment_id: str) -> Sequence["mlflow.entities.Run"]:
    runs: list[mlflow.entities.Run] = []
    token = None
    while True:
        page = client.search_runs([experiment_id], max_results=1000, page_token=token)
        runs += page
        token = page.token
        if not token:
            return runs


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
