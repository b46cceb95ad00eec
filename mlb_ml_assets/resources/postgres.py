"""Connections to the warehouse database, for assets, sensors and checks.

Belongs here: the one PostgreSQL resource, and which errors of it are worth another try.
Not here: queries (warehouse/), where the server is (warehouse/settings.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import dagster as dg
from pydantic import Field

if TYPE_CHECKING:
    import psycopg

# A restart of PostgreSQL takes seconds; `mlb-ml up` starts a dead embedded server again within two.
RETRIES = 3
SECONDS_BETWEEN = 5


def transient_errors() -> tuple[type[Exception], ...]:
    """Errors unrelated to the data: the server is stopping, starting or full, or broke a deadlock at our cost."""
    from psycopg import errors

    from mlb_ml_assets.warehouse.connection import DatabaseUnreachable

    return (
        DatabaseUnreachable,
        errors.AdminShutdown,
        errors.CannotConnectNow,
        errors.ConnectionException,
        errors.CrashShutdown,
        errors.DeadlockDetected,
        errors.SerializationFailure,
        errors.TooManyConnections,
    )


class PostgresResource(dg.ConfigurableResource):
    """One connection per unit of work; writes happen in `with connection.transaction()` blocks, whole or not at all.

    The address comes from the environment (POSTGRES_HOST and its companions, or the embedded server) at the time of the
    run, so that definitions load without any of it.
    """

    statement_timeout_seconds: int = Field(
        default=600, description="A statement that takes longer is canceled: a season's build takes seconds."
    )

    @contextmanager
    def connect(self, purpose: str = "asset", *, once: bool = False) -> Iterator["psycopg.Connection"]:
        """A connection named after its purpose in pg_stat_activity.

        Args:
            purpose: shown as application_name.
            once: raise a transient error unchanged, for ticks, which are repeated anyway.

        Raises:
            RetryRequested: the server went away, was full, or broke a deadlock at our cost; Dagster runs the step
                again. Any other error would recur, and is not retried.
        """
        # psycopg is a seventh of what loading the code location costs, in every process, and not needed to load it.
        from mlb_ml_assets.warehouse.connection import connect
        from mlb_ml_assets.warehouse.settings import DatabaseSettings

        settings = DatabaseSettings.from_environment()
        try:
            with connect(settings.dsn, application_name=f"mlb_ml:{purpose}", autocommit=True) as connection:
                connection.execute(
                    "SELECT set_config('statement_timeout', %s, FALSE)", (f"{self.statement_timeout_seconds}s",)
                )
                yield connection
        except transient_errors() as error:
            if once:
                raise
            raise dg.RetryRequested(max_retries=RETRIES, seconds_to_wait=SECONDS_BETWEEN) from error
