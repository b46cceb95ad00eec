"""MLflow's experiments and our performance tables, brought up to date with each other.

Belongs here: the two directions and their order.
Not here: MLflow calls (registry/experiment_summaries.py), the table (warehouse/experiments.py).
"""

from typing import Any

import psycopg

from mlb_ml_assets.registry.experiment_summaries import summarize_experiments, write_back
from mlb_ml_assets.registry.tracking import use_tracking_store
from mlb_ml_assets.warehouse.experiments import read_run_metrics, write_experiments


def exchange_with_mlflow(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """Log each month's performance onto its MLflow run, then summarize the experiments in curated.ml_experiments."""
    use_tracking_store()
    metrics_logged = write_back(read_run_metrics(connection))
    summaries = summarize_experiments()
    with connection.transaction():
        written = write_experiments(connection, summaries)
    return {
        "experiments": len(summaries),
        "rows changed": written.inserted + written.updated,
        "metrics logged to MLflow": metrics_logged,
    }
