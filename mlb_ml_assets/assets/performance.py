"""The performance layer of the graph: bets settled, models scored against the market.

Belongs here: the asset of curated.ml_model_performance.
Not here: rules of settlement and scores (betting/, modeling/), the flow (flows/performance.py).
"""

from functools import partial

import dagster as dg

from mlb_ml_assets.assets.games import market_lines
from mlb_ml_assets.assets.partitions import days_of, game_days
from mlb_ml_assets.assets.predictions import ml_recommendations
from mlb_ml_assets.assets.report import run_metadata
from mlb_ml_assets.assets.table_schema import describe
from mlb_ml_assets.flows.pictures import season_pictures
from mlb_ml_assets.resources.postgres import PostgresResource


@dg.asset(
    key=["curated", "ml_model_performance"],
    deps=[ml_recommendations, market_lines],
    partitions_def=game_days,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="performance",
    kinds={"postgres"},
    owners=["team:betting"],
    metadata=describe("curated.ml_model_performance"),
)
def ml_model_performance(context: dg.AssetExecutionContext, postgres: PostgresResource) -> dg.MaterializeResult:
    """Settled bets of the days, and scores of every window that they touch, on the same games as open and close."""
    from mlb_ml_assets.flows.performance import score_days

    with postgres.connect("ml_model_performance") as connection:
        report = score_days(connection, days_of(context))
        metadata = run_metadata(context, report, rows="performance_rows", pictures=partial(season_pictures, connection))
    return dg.MaterializeResult(metadata=metadata)


ASSETS = (ml_model_performance,)
