"""The games layer of the graph: who plays whom and when, and the market's prices.

Belongs here: the assets of curated.enhanced_games and curated.market_lines.
Not here: reading payloads (assets/sources.py), matching rules (identity/), SQL text.
"""

from functools import partial

import dagster as dg

from mlb_ml_assets.assets.partitions import days_of, game_days
from mlb_ml_assets.assets.report import run_metadata
from mlb_ml_assets.assets.table_schema import describe
from mlb_ml_assets.flows.pictures import movement_pictures
from mlb_ml_assets.resources.postgres import PostgresResource


@dg.asset(
    key=["curated", "enhanced_games"],
    deps=[dg.AssetKey(["staging", "source_games"])],
    partitions_def=game_days,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="curated",
    kinds={"postgres"},
    owners=["team:data"],
    metadata=describe("curated.enhanced_games"),
)
def enhanced_games(context: dg.AssetExecutionContext, postgres: PostgresResource) -> dg.MaterializeResult:
    """One row per game of the day, from every source that lists it; doubleheaders distinguished, moves followed."""
    from mlb_ml_assets.flows.foreign_results import take_over_results
    from mlb_ml_assets.flows.odds_identification import identify_odds
    from mlb_ml_assets.warehouse.games import build_enhanced_games

    days = days_of(context)
    with postgres.connect("enhanced_games") as connection, connection.transaction():
        taken = identify_odds(connection, days) | take_over_results(connection, days)
        report = build_enhanced_games(connection, days.first, days.last) | taken
    return dg.MaterializeResult(metadata=run_metadata(context, report, rows="games"))


@dg.asset(
    key=["curated", "market_lines"],
    deps=[
        enhanced_games,
        dg.AssetKey(["staging", "action_network_odds_historical"]),
        dg.AssetKey(["staging", "source_quotes"]),
    ],
    partitions_def=game_days,
    backfill_policy=dg.BackfillPolicy.single_run(),
    group_name="curated",
    kinds={"postgres"},
    owners=["team:data"],
    metadata=describe("curated.market_lines"),
)
def market_lines(context: dg.AssetExecutionContext, postgres: PostgresResource) -> dg.MaterializeResult:
    """The market's prices of each game at the open, at the decision and at the close, without the vig."""
    from mlb_ml_assets.warehouse.market_lines import build_market_lines

    days = days_of(context)
    with postgres.connect("market_lines") as connection:
        with connection.transaction():
            report = build_market_lines(connection, days.first, days.last).report
        metadata = run_metadata(context, report, pictures=partial(movement_pictures, connection))
    return dg.MaterializeResult(metadata=metadata)


ASSETS = (enhanced_games, market_lines)
