"""The model layer of the graph: months of models, and the experiments that hold them.

Belongs here: the assets game_model and curated.ml_experiments.
Not here: fitting (modeling/), MLflow calls (registry/), one month's training (flows/training.py).
"""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import dagster as dg

from mlb_ml_assets.assets.features import ml_feature_vectors
from mlb_ml_assets.assets.partitions import model_months, months_of
from mlb_ml_assets.assets.report import as_markdown_images, mlflow_links
from mlb_ml_assets.assets.table_schema import describe
from mlb_ml_assets.flows.pictures import importance_pictures
from mlb_ml_assets.resources.postgres import PostgresResource

if TYPE_CHECKING:
    from mlb_ml_assets.flows.training import TrainingReport

# Lineage only: a month's model reads all earlier days in SQL; Dagster has no "all history before" mapping.
_MONTH_BEFORE = dg.TimeWindowPartitionMapping(
    start_offset=-1, end_offset=-1, allow_nonexistent_upstream_partitions=True
)
_WAIT_FOR_SCORES: ContextVar[Callable[[], None] | None] = ContextVar("wait_for_scores", default=None)


@contextmanager
def scores_complete_after(wait: Callable[[], None] | None) -> Iterator[None]:
    """Months trained in this block log the scores of past seasons after `wait`: another process makes them; or None."""
    token = _WAIT_FOR_SCORES.set(wait)
    try:
        yield
    finally:
        _WAIT_FOR_SCORES.reset(token)


@dg.asset(
    key=["game_model"],
    deps=[dg.AssetDep(ml_feature_vectors, partition_mapping=_MONTH_BEFORE)],
    partitions_def=model_months,
    backfill_policy=dg.BackfillPolicy.single_run(),
    # dagster-mlflow's resource is untyped, and Dagster refuses to mix typed and untyped requirements.
    required_resource_keys={"mlflow", "postgres"},
    group_name="model",
    kinds={"mlflow", "numpy"},
    owners=["team:modeling"],
    metadata=describe("curated.game_models"),
)
def game_model(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    """The model of each month, trained on what was known at noon Eastern two days before the month began."""
    from mlb_ml_assets.flows.training import MlflowRuns, train_months
    from mlb_ml_assets.registry.tracking import use_tracking_store
    from mlb_ml_assets.resources.mlflow import session_run

    experiment_ids = use_tracking_store()
    postgres: PostgresResource = context.resources.postgres
    with session_run(context.resources.mlflow) as session, postgres.connect("game_model", once=True) as connection:
        runs = MlflowRuns(experiment_ids, session, context.run.run_id)
        report = train_months(connection, months_of(context), runs, wait_for_scores=_WAIT_FOR_SCORES.get())
        newest = max(months_of(context))
        links = mlflow_links(connection, newest)
        pictures = as_markdown_images(importance_pictures(connection, newest)) if report.trained else {}
    return dg.MaterializeResult(
        metadata={**_training_metadata(report), **links, **pictures}, data_version=dg.DataVersion(report.digest())
    )


def _training_metadata(report: "TrainingReport") -> dict[str, Any]:
    rows = [
        dg.TableRecord({"month": month, "outcome": outcome.description, "games": outcome.games})
        for month, outcome in sorted(report.months.items())
    ]
    return {
        "models": len(report.trained) + len(report.kept),
        "trained": len(report.trained),
        "unchanged": len(report.kept),
        "months without a model": len(report.refused),
        **{f"no model: {why}": months for why, months in Counter(report.refused.values()).most_common(8)},
        "months": dg.MetadataValue.table(rows[-20:]) if rows else "none",
    }


@dg.asset(
    key=["curated", "ml_experiments"],
    deps=[dg.AssetDep(game_model)],
    group_name="model",
    kinds={"postgres", "mlflow"},
    owners=["team:modeling"],
    metadata=describe("curated.ml_experiments"),
)
def ml_experiments(postgres: PostgresResource) -> dg.MaterializeResult:
    """MLflow's experiments, one per target, with their best run; each month's performance is logged to its run."""
    from mlb_ml_assets.flows.experiments import exchange_with_mlflow

    with postgres.connect("ml_experiments") as connection:
        report = exchange_with_mlflow(connection)
    return dg.MaterializeResult(metadata=dict(report))


ASSETS = (game_model, ml_experiments)
