"""A database of the benchmarks' own, on the server that the project uses.

Belongs here: creating mlb_bench with all migrations, filling its odds table once, dropping it afterwards.
Not here: measuring.
"""

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import sql

from benchmarks.odds_table import grow_odds_table
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.stack.environment import environment
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.migrations import migrate
from mlb_ml_assets.warehouse.settings import DatabaseSettings

NAME = "mlb_bench"
SCALES = {"100K": 100_000, "1M": 1_000_000, "3M": 3_000_000, "10M": 10_000_000, "35M": 35_000_000}


class UnknownScale(ValueError):
    """--scale names an unknown size."""


@dataclasses.dataclass
class Scratch:
    """The benchmarks' database; `rows` is how many odds rows it is to hold at full size."""

    settings: DatabaseSettings
    rows: int
    rows_now: int = 0
    build_seconds: float = 0.0

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        """One connection in autocommit mode."""
        with connect(self.settings.dsn, "mlb_ml:bench", autocommit=True) as connection:
            yield connection

    def environment(self) -> dict[str, str]:
        """Variables that make another process use this database."""
        settings = self.settings
        return {
            "POSTGRES_HOST": settings.server_host,
            "POSTGRES_PORT": str(settings.port),
            "POSTGRES_DB": settings.database,
            "POSTGRES_USER": settings.user,
            "POSTGRES_PASSWORD": settings.password,
            "DAGSTER_EVENT_BATCH_SIZE": "1000",
        }

    @contextmanager
    def entered(self) -> Iterator[None]:
        """This process works on the benchmarks' database while it lasts."""
        with environment(self.environment()):
            yield

    def grow(self, rows: int) -> None:
        """Have the odds table hold about `rows` rows; it never shrinks."""
        if rows > self.rows_now:
            self.build_seconds += grow_odds_table(self.settings.dsn, self.rows_now, rows)
            self.rows_now = rows

    @contextmanager
    def smaller(self, rows: int) -> Iterator["Scratch"]:
        """Another database, of about `rows` rows, to compare growth with while this one may hold all."""
        with _database(f"{NAME}_small", rows) as other:
            other.grow(rows)
            yield other


def rows_of(scale: str) -> int:
    """Rows of a scale by its name.

    Raises:
        UnknownScale: the scale is unknown.
    """
    if scale.upper() not in SCALES:
        raise UnknownScale(f"--scale {scale!r}: choose among {', '.join(SCALES)}")
    return SCALES[scale.upper()]


@contextmanager
def scratch_database(scale: str) -> Iterator[Scratch]:
    """The benchmarks' database with all migrations and no rows; dropped at the end in any case.

    Raises:
        UnknownScale: the scale is unknown.
    """
    with _database(NAME, rows_of(scale)) as scratch:
        yield scratch


@contextmanager
def _database(name: str, rows: int) -> Iterator[Scratch]:
    server = ensure_database()
    maintenance = server.dsn_of("postgres")
    settings = dataclasses.replace(server, database=name)
    _drop(maintenance, name)
    with connect(maintenance, "mlb_ml:bench", autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        ensure_database(settings, migrated=False)
        migrate(settings.dsn)
        yield Scratch(settings, rows)
    finally:
        _drop(maintenance, name)


def _drop(maintenance: str, name: str) -> None:
    with connect(maintenance, "mlb_ml:bench", autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
