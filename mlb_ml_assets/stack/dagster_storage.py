"""Dagster's storage in schema dagster of the project's database.

Belongs here: the class that dagster.yaml names, its log of events.
Not here: the instance's other settings (dagster.yaml).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click
from dagster import DagsterEventType, EventLogEntry
from dagster._config.config_schema import UserConfigSchema
from dagster._core.storage.event_log.schema import SqlEventLogStorageTable
from dagster._serdes import ConfigurableClassData
from dagster_postgres import PostgresEventLogStorage
from dagster_postgres.storage import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_engine
from sqlalchemy.exc import DBAPIError

from mlb_ml_assets.stack.database import ensure_database, require_schema_of_its_own
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.locks import Lock, hold_lock
from mlb_ml_assets.warehouse.settings import DatabaseSettings

# Threads of a daemon or webserver that ask at once; all but one connection are closed after use.
_MORE_CONNECTIONS = 20


class EventLog(PostgresEventLogStorage):
    """Dagster's log of events, which stores the partitions that a run plans in one statement.

    Dagster's own batches a run's materializations, but stores its plan event by event: an INSERT, a NOTIFY and two
    transactions for each partition and asset, 3.4 s a season of 214 days.
    """

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of a run in their order, what it plans to materialize first."""
        planned = [event for event in events if _is_planned(event)]
        if planned:
            insert = self.prepare_insert_event_batch(planned).returning(SqlEventLogStorageTable.c.id)
            with self._connect() as connection:
                ids = [row.id for row in connection.execute(insert)]
            # Of an asset, Dagster keeps the newest event.
            newest = {
                event.get_dagster_event().asset_key: (event, event_id)
                for event, event_id in zip(planned, ids, strict=True)
            }
            for event, event_id in newest.values():
                self.store_asset_event(event, event_id)
        super().store_event_batch([event for event in events if not _is_planned(event)])


def _is_planned(event: EventLogEntry) -> bool:
    return event.dagster_event_type is DagsterEventType.ASSET_MATERIALIZATION_PLANNED


class ProjectStorage(DagsterPostgresStorage):
    """PostgreSQL storage that finds its database as the rest of the project does.

    Plain `dagster dev` works with nothing set: the embedded server is started where it is absent. What is missing is
    one sentence instead of a traceback.
    """

    def __init__(self, postgres_url: str, inst_data: ConfigurableClassData | None = None) -> None:
        """As Dagster makes it, but with one connection held between events instead of a new one for each."""
        super().__init__(postgres_url=postgres_url, inst_data=inst_data)
        self._event_log_storage = EventLog(postgres_url)
        # Connecting was a seventh of a slate's run. Asked before each use whether it still lives, so that a restart of
        # the server is healed as it is without a pool.
        engine = create_pg_engine(
            postgres_url, isolation_level="AUTOCOMMIT", pool_size=1, max_overflow=_MORE_CONNECTIONS, pool_pre_ping=True
        )
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = engine  # noqa: SLF001 (Dagster has no setting for it: dagster#33935)

    @classmethod
    def config_type(cls) -> UserConfigSchema:
        """Nothing to configure: it is all in the environment."""
        return {}

    @classmethod
    def from_config_value(
        cls,
        inst_data: ConfigurableClassData | None,
        config_value: Any,  # noqa: ARG003 (Dagster's signature; empty)
    ) -> "ProjectStorage":
        """Start or find the database, and Dagster's tables in it."""
        try:
            settings = ensure_database()
            require_schema_of_its_own(settings, "dagster")
            with _one_at_a_time(settings):
                return cls(postgres_url=settings.sqlalchemy_url("dagster"), inst_data=inst_data)
        except DBAPIError as error:
            raise click.ClickException(f"Dagster's tables in schema dagster: {str(error.orig).strip()}") from error
        except Exception as error:
            if not type(error).__module__.startswith("mlb_ml_assets."):
                raise
            raise click.ClickException(str(error)) from error


@contextmanager
def _one_at_a_time(settings: DatabaseSettings) -> Iterator[None]:
    # Webserver, daemon and code server start together; on an empty schema each would create the same tables.
    with (
        connect(settings.dsn, "mlb_ml:dagster_storage", autocommit=True) as connection,
        hold_lock(connection, Lock.DAGSTER_STORAGE),
    ):
        yield
