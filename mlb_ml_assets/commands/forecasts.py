"""`mlb-ml forecasts import`: forecasts of others, and what became of each row.

Belongs here: the closing lines.
Not here: reading and storing (flows/forecast_import.py).
"""

from pathlib import Path

from mlb_ml_assets.flows.forecast_import import import_forecasts
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import connect


def import_forecast_file(path: Path) -> None:
    """Import a file of forecasts and print what was stored and what was set aside."""
    settings = ensure_database()
    with connect(settings.dsn, application_name="mlb_ml:forecasts", autocommit=True) as connection:
        report = import_forecasts(connection, path)
    written = report.written
    print(
        f"{report.name}: {report.rows_read:,} rows read, {written.inserted:,} new, {written.updated:,} changed, "
        f"{written.unchanged:,} unchanged"
    )
    for forecaster, count in sorted(report.forecasters.items()):
        print(f"forecaster   {count:>7,}  {forecaster}")
    for reason, count in sorted(report.reasons.items()):
        example = next(one.detail for one in report.rejected if one.reason == reason)
        print(f"set aside    {count:>7,}  {reason}: {example}")
    if report.forecasters:
        print("Next: mlb-ml backtest compares with them; mlb-ml run --select score brings the track record up to date.")
