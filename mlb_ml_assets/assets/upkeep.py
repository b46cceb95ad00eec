"""Upkeep in the graph: what the logs and tables of this installation take, and keeping it small.

Belongs here: the asset `housekeeping`, and how long logs are kept.
Not here: deleting (warehouse/upkeep.py), ticks (dagster.yaml purges them).
"""

from datetime import timedelta
from typing import Any

import dagster as dg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.resources.postgres import PostgresResource

# Long enough to look into a run of the last homestand, short enough for 50 runs a day.
KEPT_EVENTS = timedelta(days=60)
# Quotes that the sensor did not come for in a month are priced by `mlb-ml run`, not by it.
KEPT_ARRIVALS = timedelta(days=30)
KEPT_MLFLOW = timedelta(days=90)
# A payload recorded elsewhere may come in weeks late and still finds the prices it lies between. Each Monday passes
# over the five weeks before that, so that a month without upkeep is made up for.
KEPT_OBSERVATIONS = timedelta(days=30)
_COMPACTED = timedelta(weeks=5)
_LARGEST = 12


@dg.asset(key=["housekeeping"], group_name="upkeep", kinds={"postgres", "mlflow"}, owners=["team:operations"])
def housekeeping(postgres: PostgresResource) -> dg.MaterializeResult:
    """Old events, arrivals, repeated prices and MLflow's deleted runs go after their time; tables are vacuumed."""
    from mlb_ml_assets.registry.retention import drop_deleted_runs
    from mlb_ml_assets.registry.tracking import use_tracking_store
    from mlb_ml_assets.warehouse import upkeep as tables
    from mlb_ml_assets.warehouse.live_quotes import compact_observations

    now = present()
    old = (now - KEPT_OBSERVATIONS).date()
    with postgres.connect("upkeep") as connection:
        events = tables.drop_old_events(connection, now - KEPT_EVENTS)
        arrivals = tables.drop_old_arrivals(connection, now - KEPT_ARRIVALS)
        compacted = compact_observations(connection, old - _COMPACTED, old)
        vacuumed = tables.vacuum(connection)
        sizes = tables.table_sizes(connection)
    use_tracking_store()
    collected = drop_deleted_runs(KEPT_MLFLOW)
    metadata: dict[str, Any] = {
        "database, MB": round(sum(size.megabytes for size in sizes), 1),
        "Dagster's events, MB": round(sum(size.megabytes for size in sizes if size.name == "dagster.event_logs"), 1),
        "step events dropped": events,
        "arrivals dropped": arrivals,
        "repeated prices dropped": compacted,
        "MLflow's deleted runs": "collected" if collected else "kept by a server that is not ours",
        "tables vacuumed": len(vacuumed),
        "largest": dg.MetadataValue.table(
            [
                dg.TableRecord({"table": size.name, "rows": size.rows, "MB": round(size.megabytes, 1)})
                for size in sizes[:_LARGEST]
            ]
        ),
    }
    return dg.MaterializeResult(metadata=metadata)


ASSETS = (housekeeping,)
