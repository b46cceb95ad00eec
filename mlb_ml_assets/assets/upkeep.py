"""Upkeep in the graph: what the logs and tables of this installation take, and keeping it small.

Belongs here: the asset `housekeeping`.
Not here: what is dropped when (flows/upkeep.py).
"""

import dagster as dg

from mlb_ml_assets.resources.postgres import PostgresResource

_LARGEST = 12


@dg.asset(key=["housekeeping"], group_name="upkeep", kinds={"postgres", "mlflow"}, owners=["team:operations"])
def housekeeping(postgres: PostgresResource) -> dg.MaterializeResult:
    """Drops old events, arrivals, repeated prices and MLflow's deleted runs; vacuums and measures the tables."""
    from mlb_ml_assets.flows.upkeep import run_upkeep

    with postgres.connect("upkeep") as connection:
        report = run_upkeep(connection)
    return dg.MaterializeResult(
        metadata={
            "database, MB": report.megabytes(),
            "Dagster's events, MB": report.megabytes("dagster.event_logs"),
            "step events dropped": report.events_dropped,
            "arrivals dropped": report.arrivals_dropped,
            "repeated prices dropped": report.prices_dropped,
            "MLflow's deleted runs": "collected" if report.mlflow_collected else "kept: the server is not ours",
            "tables vacuumed": len(report.tables_vacuumed),
            "largest": dg.MetadataValue.table(
                [
                    dg.TableRecord({"table": size.name, "rows": size.rows, "MB": round(size.megabytes, 1)})
                    for size in report.sizes[:_LARGEST]
                ]
            ),
        }
    )


ASSETS = (housekeeping,)
