"""`mlb-ml history import | export`: archives in, a bundle out, with progress and a closing table.

Belongs here: progress, the closing table.
Not here: reading, matching, writing (flows/history_import.py).
"""

from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from mlb_ml_assets.flows.history_import import export_history, import_history
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import connect


def import_archives(paths: list[Path], console: Console | None = None) -> None:
    """Import every archive among the paths; a second import changes nothing."""
    console = console or Console()
    settings = ensure_database()
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with (
        connect(settings.dsn, application_name="mlb_ml:history", autocommit=True) as connection,
        Progress(*columns, console=console, transient=True) as progress,
    ):
        bar = progress.add_task("reading", total=None)
        report = import_history(
            connection,
            paths,
            lambda step, number, steps: progress.update(bar, description=step, completed=number - 1, total=steps),
        )
    console.print(report.render(), highlight=False, soft_wrap=True)


def export_archive(folder: Path) -> None:
    """Write what the database holds as a history bundle."""
    settings = ensure_database()
    with connect(settings.dsn, application_name="mlb_ml:history", autocommit=True) as connection:
        for name, rows in export_history(connection, folder).items():
            print(f"{folder / name}: {rows:,} rows")
