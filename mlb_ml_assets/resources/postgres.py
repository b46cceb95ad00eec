"""Connections to the warehouse database, for assets, sensors and checks.

Belongs here: the one PostgreSQL resource.
Does not: queries (warehouse/), where the server is (warehouse/settings.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg
import psycopg
from pydantic import Field

from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings


class PostgresResource(dg.ConfigurableResource):
    """One connection per unit of work; writes stand in `with connection.transaction()` blocks, whole or not at all.

    The address comes from the environment (POSTGRES_HOST and its companions, or the embedded server) at the time of the
    run, so that definitions load without any of it.
    """

    statement_timeout_seconds: int = Field(
        default=600, description="A statement that takes longer is cancelled: a season's build takes seconds."
    )

    @contextmanager
    def connect(self, purpose: str = "asset") -> Iterator[psycopg.Connection]:
        """A connection named after its purpose in pg_stat_activity."""
        settings = DatabaseSettings.from_environment()
        with connect(settings.dsn, application_name=f"mlb_ml:{purpose}", autocommit=True) as connection:
            connection.execute(
                "SELECT set_config('statement_timeout', %s, FALSE)", (f"{self.statement_timeout_seconds}s",)
            )
            yield connection
