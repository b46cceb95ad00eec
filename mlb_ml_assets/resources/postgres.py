"""Connections to the warehouse database, for assets, sensors and checks.

Belongs here: the one PostgreSQL resource, and which errors of it are worth another try.
Does not: queries (warehouse/), where the server is (warehouse/settings.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import psycopg
from pydantic import Field

from mlb_ml_assets.warehouse.connection import DatabaseUnreachable, connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings

TRANSIENT = (
    DatabaseUnreachable,
    psycopg.errors.AdminShutdown,
    psycopg.errors.CannotConnectNow,
    psycopg.errors.ConnectionException,
    psycopg.errors.CrashShutdown,
    psycopg.errors.DeadlockDetected,
    psycopg.errors.SerializationFailure,
    psycopg.errors.TooManyConnections,
)
# A restart of PostgreSQL takes seconds; `mlb-ml up` starts a dead embedded server again within two.
RETRIES = 3
SECONDS_BETWEEN = 5


class PostgresResource(dg.ConfigurableResource):
    """One connection per unit of work; writes stand in `with connection.transaction()` blocks, whole or not at all.

    The address comes from the environment (POSTGRES_HOST and its companions, or the embedded server) at the time of the
    run, so that definitions load without any of it.
    """

    statement_timeout_seconds: int = Field(
        default=600, description="A statement that takes longer is cancelled: a season's build takes seconds."
    )

    @contextmanager
    def connect(self, purpose: str = "asset", *, once: bool = False) -> Iterator[psycopg.Connection]:
        """A connection named after its purpose in pg_stat_activity.

        Args:
            purpose: shown as application_name.
            once: leave a transient error as it is, for ticks, which come again anyway.

        Raises:
            RetryRequested: the server went away, was full, or chose us as the victim of a deadlock; the step is run
                again. Any other error would come again too, and is not retried.
        """
        settings = DatabaseSettings.from_environment()
        try:
            with connect(settings.dsn, application_name=f"mlb_ml:{purpose}", autocommit=True) as connection:
                connection.execute(
                    "SELECT set_config('statement_timeout', %s, FALSE)", (f"{self.statement_timeout_seconds}s",)
                )
                yield connection
        except TRANSIENT as error:
            if once:
                raise
            raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=SECONDS_BETWEEN) from error
