"""`mlb-ml ingest`: one source, once, or payloads recorded earlier.

Belongs here: choosing among network, files and quarantine, and showing the report.
Not here: fetching, parsing, writing (flows/ingest.py).
"""

from datetime import date, datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.domain.text import escape_controls
from mlb_ml_assets.flows.ingest import IngestReport, ingest, retry_quarantine
from mlb_ml_assets.flows.next_command import NextCommands, read_next_commands
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import connect


class BadInstant(ValueError):
    """--captured-at is no ISO instant with a zone."""


def ingest_source(
    source: str, day: date | None, from_files: list[Path], captured_at: str | None, *, retry: bool
) -> IngestReport:
    """Ingest and print what came of it.

    Raises:
        BadInstant: the capture instant cannot be read.
        IngestFailed: a payload changed its shape, or the source gave none.
    """
    instant = _instant(captured_at)
    settings = ensure_database()
    with connect(settings.dsn, application_name=f"mlb_ml:ingest:{source}", autocommit=True) as connection:
        if retry:
            report = retry_quarantine(connection, source)
        else:
            report = ingest(connection, source, day, from_files=from_files, captured_at=instant)
        commands = read_next_commands(connection)
    console = Console()
    console.print(report_table(report))
    report.raise_if_stopped()
    console.print(f"Next: {_next_command(report, day or today(), commands)}", highlight=False, soft_wrap=True)
    return report


def _next_command(report: IngestReport, day: date, commands: NextCommands) -> str:
    """Odds of games that no schedule lists need the schedule; a day with games is run."""
    if report.unmapped and not report.linked:
        return f"mlb-ml ingest mlb_stats_api --date {day}"
    return commands.for_features(day, day) if commands.holdings.has_models else commands.overall


def report_table(report: IngestReport) -> Table:
    """What came in, what is new, and what was held back, with the reasons."""
    table = Table(title=report.source, show_header=False)
    table.add_column("what")
    table.add_column("count", justify="right")
    for name, count in (
        ("payloads", report.payloads),
        ("unchanged", report.unchanged),
        ("games", report.written.games),
        ("facts", report.written.facts),
        ("quotes", report.written.quotes),
        ("splits", report.written.splits),
        ("linked", report.linked),
        ("splits promoted", report.splits_promoted),
        ("released", report.released),
    ):
        table.add_row(name, f"{count:,}")
    for title, counts in (
        ("quarantined", report.rejected),
        ("left out", report.left_out),
        ("unmapped", report.unmapped),
    ):
        for reason, count in counts.most_common():
            table.add_row(escape(f"{title}: {reason}"), f"{count:,}")
    for envelope, count in report.skipped.envelopes.items():
        table.add_row(escape(f"unwrapped: {envelope}"), f"{count:,}")
    for name, why in report.skipped.files:
        table.add_row(escape(f"skipped: {escape_controls(name)}"), escape(why))
    return table


def _instant(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInstant(f"--captured-at {text!r}: an ISO instant is needed, like 2024-06-15T17:45:00Z") from error
    if instant.tzinfo is None:
        raise BadInstant(f"--captured-at {text!r} has no zone: write 2024-06-15T17:45:00Z or …+02:00")
    return instant
