"""Upkeep in the graph: what the logs and tables of this installation take, and keeping it small.

Belongs here: the assets `housekeeping` and `archived_months`.
Not here: what is dropped when (flows/upkeep.py), which months are closed (flows/archive.py).
"""

import dagster as dg

from mlb_ml_assets.assets.table_schema import describe
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
            "months of quotes given a partition": report.months.made,
            "quotes moved to their month": report.months.rows_moved,
            "months left to the next pass": report.months.left,
            "tables vacuumed": len(report.tables_vacuumed),
            "largest": dg.MetadataValue.table(
                [
                    dg.TableRecord({"table": size.name, "rows": size.rows, "MB": round(size.megabytes, 1)})
                    for size in report.sizes[:_LARGEST]
                ]
            ),
        }
    )


@dg.asset(
    key=["curated", "archived_months"],
    group_name="upkeep",
    kinds={"postgres", "parquet"},
    owners=["team:operations"],
    metadata=describe("curated.archived_months"),
)
def archived_months(postgres: PostgresResource) -> dg.MaterializeResult:
    """Writes closed months of quotes, features, predictions and bets to the archive tier, again where they changed.

    Where MLB_ML_KEEP_QUOTE_MONTHS is set, older months of quotes leave PostgreSQL afterwards.
    """
    from mlb_ml_assets.flows.archive import archive_months
    from mlb_ml_assets.flows.retention import RemovalReport, remove_old_months
    from mlb_ml_assets.warehouse.month_store import month_store
    from mlb_ml_assets.warehouse.settings import SettingsError, read_kept_quote_months

    store, kept = month_store(), read_kept_quote_months()
    if store is None and kept is not None:
        raise SettingsError("MLB_ML_KEEP_QUOTE_MONTHS removes nothing while MLB_ML_ARCHIVE is off: unset one of them")
    if store is None:
        return dg.MaterializeResult(metadata={"place": "MLB_ML_ARCHIVE=off: nothing is written"})
    with postgres.connect("archive") as connection:
        report = archive_months(connection, store)
        removal = RemovalReport(0, 0, ()) if kept is None else remove_old_months(connection, store, kept)
    return dg.MaterializeResult(
        metadata={
            "place": store.address,
            "months written": report.months_written,
            "files deleted": report.files_deleted,
            "months": report.months,
            "dagster/row_count": report.rows,
            "MB": round(report.megabytes, 1),
            "months removed from PostgreSQL": removal.months,
            **(
                {"months that stay": dg.MetadataValue.md("\n".join(f"- {why}" for why in removal.left))}
                if removal.left
                else {}
            ),
        }
    )


ASSETS = (housekeeping, archived_months)
