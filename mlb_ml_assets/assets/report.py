"""The metadata of a materialization beside its counts: rows of the partition, pictures, links.

Belongs here: when a picture is worth its bytes, and the forms that the UI shows.
Not here: drawing (evaluation/pictures.py), what is declared once for a table (table_schema.py).
"""

import base64
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import dagster as dg

if TYPE_CHECKING:
    import psycopg

Pictures = Mapping[str, bytes]
# Base64 in the event log, kept forever: a season of daily runs with three pictures is 15 MB.
MAX_PICTURE = 30_000


def run_metadata(
    context: dg.AssetExecutionContext,
    report: Mapping[str, Any],
    *,
    rows: str | None = None,
    pictures: Callable[[date], Pictures] | None = None,
) -> dict[str, Any]:
    """A report as metadata, with the partition's row count and its pictures if the run covers one day.

    A range in one run repeats its metadata on every partition: a count would be wrong, and pictures would multiply.

    Args:
        context: of the asset's run.
        report: numbers and texts.
        rows: the entry that counts the rows of the partition.
        pictures: draws for the day of the run; not called in runs of the odds sensor, which wait for stakes.
    """
    metadata = dict(report)
    window = context.partition_time_window
    if window.end.date() - window.start.date() > timedelta(days=1):
        return metadata
    if rows is not None and isinstance(report.get(rows), int):
        metadata["dagster/partition_row_count"] = report[rows]
    if pictures is not None and "dagster/sensor_name" not in context.run.tags:
        metadata |= as_markdown_images(pictures(window.start.date()))
    return metadata


def as_markdown_images(pictures: Pictures) -> dict[str, dg.MarkdownMetadataValue]:
    """PNG pictures as markdown; those too large for the event log are left out, MLflow has them."""
    metadata = {}
    for name, png in pictures.items():
        text = base64.b64encode(png).decode()
        if len(text) <= MAX_PICTURE:
            metadata[name] = dg.MetadataValue.md(f"![{name}](data:image/png;base64,{text})")
    return metadata


def mlflow_links(connection: "psycopg.Connection[Any]", month: date) -> dict[str, Any]:
    """The MLflow run of a month's newest model: its page if a server is configured, else its id."""
    from mlb_ml_assets.warehouse.game_models import read_models_of_month
    from mlb_ml_assets.warehouse.settings import DatabaseSettings

    models = read_models_of_month(connection, month)
    if not models:
        return {}
    newest, address = models[-1], DatabaseSettings.from_environment().mlflow_tracking_uri
    if not address.startswith(("http://", "https://")):
        return {"MLflow run": newest.mlflow_run_id}
    page = f"{address.rstrip('/')}/#/experiments/{newest.mlflow_experiment_id}/runs/{newest.mlflow_run_id}"
    return {"MLflow run": dg.MetadataValue.url(page)}
