"""The predictions layer of the graph: probabilities, then stakes.

Belongs here: the assets of curated.ml_predictions and curated.ml_recommendations.
Not here: predicting (modeling/), deciding (betting/), the flows (flows/predictions.py, flows/recommendations.py).
"""

import dagster as dg

from mlb_ml_assets.assets.features import ml_feature_vectors
from mlb_ml_assets.assets.model import game_model
from mlb_ml_assets.assets.partitions import days_of, game_days
from mlb_ml_assets.assets.report import run_metadata
from mlb_ml_assets.assets.table_schema import describe
from mlb_ml_assets.resources.postgres import PostgresResource


@dg.asset(
    key=["curated", "ml_predictions"],
    deps=[
        ml_feature_vectors,
        dg.AssetDep(
            game_model, partition_mapping=dg.TimeWindowPartitionMapping(allow_nonexistent_upstream_partitions=True)
        ),
    ],
    partitions_def=game_days,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="predictions",
    kinds={"postgres"},
    owners=["team:modeling"],
    metadata=describe("curated.ml_predictions"),
)
def ml_predictions(context: dg.AssetExecutionContext, postgres: PostgresResource) -> dg.MaterializeResult:
    """One row per game, stage and data instant, by the champion of then or the newest model with an earlier cutoff."""
    from mlb_ml_assets.flows.predictions import predict_days

    with postgres.connect("ml_predictions") as connection:
        report = predict_days(connection, days_of(context))
    return dg.MaterializeResult(metadata=run_metadata(context, report, rows="predictions"))


@dg.asset(
    key=["curated", "ml_recommendations"],
    deps=[ml_predictions],
    partitions_def=game_days,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="predictions",
    kinds={"postgres"},
    owners=["team:betting"],
    metadata=describe("curated.ml_recommendations"),
)
def ml_recommendations(context: dg.AssetExecutionContext, postgres: PostgresResource) -> dg.MaterializeResult:
    """Each side of each market: best bettable price, expected value, every step of its stake, or why it has none."""
    from mlb_ml_assets.flows.recommendations import recommend_days

    with postgres.connect("ml_recommendations") as connection:
        report = recommend_days(connection, days_of(context))
    return dg.MaterializeResult(metadata=run_metadata(context, report, rows="recommendations"))


ASSETS = (ml_predictions, ml_recommendations)
