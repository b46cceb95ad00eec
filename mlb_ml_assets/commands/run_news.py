"""What the runs of `mlb-ml up` ended with, in its terminal: why one failed, and each zero with its reasons.

Belongs here: which runs have ended since the last look, and their lines.
Not here: the wording of failures (steps.py) and zeros (zeros.py), alerts to chats (automation/alerts.py).
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import dagster as dg
import psycopg
from dagster_postgres.utils import DagsterPostgresException
from sqlalchemy.exc import DBAPIError

from mlb_ml_assets.assets.run_partitions import read_partitions
from mlb_ml_assets.commands.steps import Step, StepResult, failure_text, reported
from mlb_ml_assets.commands.zeros import EXPLAINED, explain_zeros
from mlb_ml_assets.flows.next_command import NextCommands, read_next_commands
from mlb_ml_assets.stack.environment import dagster_instance
from mlb_ml_assets.warehouse.connection import DatabaseUnreachable, connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings

SECONDS_BETWEEN_LOOKS = 5.0
_ENDED = [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.SUCCESS]
_MOST_AT_ONCE = 50


class RunNews:
    """Reads what runs ended with: each run once, and a line only where it was not read before."""

    def __init__(self, instance: dg.DagsterInstance, read_commands: Callable[[], NextCommands]) -> None:
        self._instance = instance
        self._read_commands = read_commands
        self._since = datetime.now(UTC)
        self._seen: set[str] = set()

    def read(self) -> list[str]:
        """The lines of the runs that ended since the last look, oldest first."""
        filters = dg.RunsFilter(statuses=_ENDED, updated_after=self._since)
        records = self._instance.get_run_records(
            filters, limit=_MOST_AT_ONCE, order_by="update_timestamp", ascending=True
        )
        lines = []
        for record in records:
            lines += self._lines_of(record.dagster_run)
            self._since = max(self._since, record.update_timestamp.astimezone(UTC))
        new = [line for line in dict.fromkeys(lines) if line not in self._seen]
        self._seen.update(new)
        return new

    def _lines_of(self, run: dg.DagsterRun) -> list[str]:
        logged = self._instance.all_logs(run.run_id)
        events = [entry.dagster_event for entry in logged if entry.dagster_event is not None]
        step = _step_of(run)
        if run.status is dg.DagsterRunStatus.FAILURE:
            return [f"run failed: {failure_text(step, run.run_id, events)}"]
        # Only jobs over days and months promise rows; a run of single assets by hand promises what it selects.
        if step.job not in EXPLAINED or not step.first_key:
            return []
        result = StepResult(step, run.run_id, 0.0, reported(events))
        return [str(zero) for zero in explain_zeros([result], self._read_commands())]


def follow_runs(stopped: threading.Event, say: Callable[[str], None]) -> None:
    """Say what each run ended with until `stopped` is set; while the database is away there is no news."""
    settings = DatabaseSettings.from_environment()

    def read_commands() -> NextCommands:
        with connect(settings.dsn, application_name="mlb_ml:news") as connection:
            return read_next_commands(connection)

    with dagster_instance() as instance:
        news = RunNews(instance, read_commands)
        while not stopped.wait(SECONDS_BETWEEN_LOOKS):
            try:
                lines = news.read()
            except (DagsterPostgresException, DBAPIError, DatabaseUnreachable, psycopg.OperationalError):
                continue
            for line in lines:
                say(line)


def _step_of(run: dg.DagsterRun) -> Step:
    first, last = read_partitions(run.tags) or ("", "")
    return Step(run.job_name, int(first[:4] or 0), first, last)
