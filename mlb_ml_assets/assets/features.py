"""The features layer of the graph: what was known at each decision.

Belongs here: the asset of curated.ml_feature_vectors.
Not here: features (features/), market memory (modeling/), the flow of one build (flows/features.py).
"""

from functools import partial

import dagster as dg

from mlb_ml_assets.assets.games import market_lines
from mlb_ml_assets.assets.partitions import days_of, game_days
from mlb_ml_assets.assets.report import run_metadata
from mlb_ml_assets.assets.table_schema import describe
from mlb_ml_assets.flows.pictures import coverage_pictures
from mlb_ml_assets.resources.postgres import PostgresResource


@dg.asset(
    key=["curated", "ml_feature_vectors"],
    deps=[market_lines],
    partitions_def=game_days,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="features",
    kinds={"postgres", "numpy"},
    owners=["team:modeling"],
    metadata=describe("curated.ml_feature_vectors", features=True),
)
def ml_feature_vectors(context: dg.AssetExecutionContext, postgres: PostgresResource) -> dg.MaterializeResult:
    """What was known about each game at each of its decisions: one vector per game, stage and instant."""
    from mlb_ml_assets.flows.features import build_vectors

    with postgres.connect("ml_feature_vectors") as connection:
        report = build_vectors(connection, days_of(context))
        metadata = run_metadata(context, report, rows="vectors", pictures=partial(coverage_pictures, connection))
    return dg.MaterializeResult(metadata=metadata)


ASSETS = (ml_feature_vectors,)
