"""The code location: the table of contents of the graph.

Belongs here: the list of assets, jobs, schedules, sensors, checks and resources.
Not here: anything else.
"""

from collections.abc import Mapping

import dagster as dg

from mlb_ml_assets.assets import champion, features, games, model, performance, predictions, upkeep
from mlb_ml_assets.assets.sources import source_assets
from mlb_ml_assets.assets.table_schema import with_code_links
from mlb_ml_assets.automation.alert_sensors import ALERT_SENSORS
from mlb_ml_assets.automation.checks import DAY_CHECKS
from mlb_ml_assets.automation.jobs import JOBS
from mlb_ml_assets.automation.odds_sensor import new_odds
from mlb_ml_assets.automation.schedules import SCHEDULES
from mlb_ml_assets.automation.season_checks import SEASON_CHECKS
from mlb_ml_assets.resources.mlflow import mlflow_session
from mlb_ml_assets.resources.postgres import PostgresResource


def build_definitions(*, resources: Mapping[str, object] | None = None) -> dg.Definitions:
    """The whole graph; `resources` replaces any of its resources by name."""
    return dg.Definitions(
        assets=with_code_links(
            [
                *source_assets(),
                *games.ASSETS,
                *features.ASSETS,
                *model.ASSETS,
                *champion.ASSETS,
                *predictions.ASSETS,
                *performance.ASSETS,
                *upkeep.ASSETS,
            ]
        ),
        asset_checks=[*DAY_CHECKS, *SEASON_CHECKS],
        jobs=JOBS,
        schedules=SCHEDULES,
        sensors=[new_odds, *ALERT_SENSORS],
        resources={"postgres": PostgresResource(), "mlflow": mlflow_session, **(resources or {})},
        executor=dg.in_process_executor,
    )


defs = build_definitions()
