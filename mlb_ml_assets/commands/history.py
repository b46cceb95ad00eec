"""`mlb-ml history fetch | import | export`: archives in, a bundle out, with progress and a closing table.

Belongs here: progress, the closing table.
Not here: fetching (flows/history_fetch.py); reading, matching, writing (flows/history_import.py).
"""

from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.flows.history_fetch import (
    FetchReport,
    NoSeasonPublished,
    fetch_history,
    ingest_box_scores,
    seasons_without_archive,
)
from mlb_ml_assets.flows.history_import import export_history, import_history
from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.sources import chadwick, retrosheet_csv
from mlb_ml_assets.sources.downloads import Download, seasons_of
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


def fetch_archives(
    seasons: str,
    *,
    mirror: str | None = None,
    folder: Path | None = None,
    box_scores: bool = True,
    console: Console | None = None,
) -> FetchReport:
    """Fetch and import real seasons; a second call fetches only what is new.

    Args:
        seasons: years and ranges, such as 2010-2018.
        mirror: address that serves the publishers' paths.
        folder: archives that are already here; nothing is fetched.
        box_scores: whether seasons without an archive are read from MLB, game by game.
        console: where progress and the closing table go.

    Raises:
        NotASeason: `seasons` cannot be read.
        NoSeasonPublished: no archive of any season exists, and box scores are not wanted or not to be had.
    """
    console, years = console or Console(), seasons_of(seasons)
    mirror = mirror and mirror.rstrip("/")
    settings = ensure_database()
    console.print(f"{retrosheet_csv.NOTICE}\n{chadwick.NOTICE}", style="dim", highlight=False, soft_wrap=True)
    steps = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    transfers = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), *steps[2:])
    with (
        connect(settings.dsn, application_name="mlb_ml:history", autocommit=True) as connection,
        Progress(*transfers, console=console, transient=True) as transfer,
        Progress(*steps, console=console, transient=True) as progress,
    ):
        transfer_bar = transfer.add_task("archives", total=None)
        bar = progress.add_task("", total=None)

        def on_bytes(file: Download, done: int, total: int | None) -> None:
            transfer.update(transfer_bar, description=file.name, completed=done, total=total)

        def on_step(step: str, number: int, count: int) -> None:
            progress.update(bar, description=step, completed=number - 1, total=count)

        try:
            report = fetch_history(
                connection, years, settings.home, mirror=mirror, folder=folder, on_bytes=on_bytes, on_step=on_step
            )
        except NoSeasonPublished:
            if folder is not None or not box_scores:
                raise
            report = FetchReport()
        if box_scores and folder is None:
            for season in seasons_without_archive(report, years, today()):
                ingest_box_scores(connection, season, report, on_step=on_step)
    with connect(settings.dsn, application_name="mlb_ml:history") as connection:
        _print_report(console, report, read_next_commands(connection).overall)
    return report


def _print_report(console: Console, report: FetchReport, next_command: str) -> None:
    if report.imported is not None:
        console.print(report.imported.render(), highlight=False, soft_wrap=True)
    lines = [f"files        {len(report.fetched):>7,}  fetched, {len(report.cached):,} were here already"]
    lines += [f"left out     {count:>7,}  {reason}" for reason, count in sorted(report.left_out.items()) if count]
    lines += [f"missing               {reason}" for _, reason in sorted(report.missing.items())]
    lines += [f"box scores   {count:>7,}  games of {season} from MLB" for season, count in report.box_scores.items()]
    lines.append(f"Next: {next_command}")
    console.print("\n".join(lines), highlight=False, soft_wrap=True)


def export_archive(folder: Path) -> None:
    """Write what the database holds as a history bundle."""
    settings = ensure_database()
    with connect(settings.dsn, application_name="mlb_ml:history", autocommit=True) as connection:
        for name, rows in export_history(connection, folder).items():
            print(f"{folder / name}: {rows:,} rows")
