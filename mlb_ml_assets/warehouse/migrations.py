"""Migrations: the numbered SQL files of sql/migrations, each applied once.

Belongs here: order, lock, transaction and checksum of the files; yoyo keeps the ledger, in schema mlb_ml.
Not here: what the files say; comparing an existing database with what we need (warehouse/contract).
"""

import hashlib
import re
import socket
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
from yoyo.backends.core.postgresql import PostgresqlPsycopgBackend
from yoyo.connections import DatabaseURI
from yoyo.exceptions import BadMigration
from yoyo.migrations import Migration, MigrationList, read_migrations

from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.contract import create_missing, require_migratable
from mlb_ml_assets.warehouse.sql import migrations_folder

# Where it waits, the tables that are there already must be such that ours can stand on them.
ADOPTING = "0001_adopted_tables"
# One arbitrary number for all versions of this program: whoever migrates this database waits for the other.
ADVISORY_LOCK = 7_104_220_391
FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+")


class MigrationError(RuntimeError):
    """A migration cannot be applied; nothing of it and nothing after it was."""


@dataclass(frozen=True)
class MigrationState:
    """One file, and whether this database has it."""

    name: str
    applied: bool


class Ledger(PostgresqlPsycopgBackend):  # type: ignore[misc]
    """yoyo on our connection: an advisory lock instead of its lock table, file and mark in one transaction.

    yoyo's lock is a row, which a killed process leaves behind; and it marks a file in a second transaction, so that a
    kill between the two would run the file twice.
    """

    def __init__(self, connection: psycopg.Connection) -> None:
        self._ours = connection
        super().__init__(DatabaseURI("postgresql+psycopg", None, None, None, None, None, {}), "_yoyo_migration")

    def connect(self, dburi: DatabaseURI) -> psycopg.Connection:  # noqa: ARG002 (yoyo's signature)
        """Our connection instead of one from a URL, which could not carry a socket path."""
        return self._ours

    @contextmanager
    def lock(self, timeout: float = 0) -> Iterator[None]:  # noqa: ARG002 (yoyo's signature)
        """Nothing: `migrate` holds the advisory lock around everything."""
        yield

    def get_log_data(self, migration: Migration | None = None, operation: str = "apply") -> dict[str, Any]:
        """A log entry of yoyo, without its look-ups: a name server that hangs, a user without a name in a container."""
        return {
            "id": str(uuid.uuid4()),
            "migration_id": migration.id if migration else None,
            "migration_hash": migration.hash if migration else None,
            "username": self.connection.info.user,
            "hostname": socket.gethostname(),
            "created_at_utc": datetime.now(UTC).replace(tzinfo=None),
            "operation": operation,
        }

    def apply_one(self, migration: Migration, force: bool = False, mark: bool = True) -> None:  # noqa: ARG002, FBT001, FBT002
        """Run one file, mark it and store its checksum, all or nothing.

        Raises:
            MigrationError: naming the file and the server's reason.
        """
        text = Path(migration.path).read_text(encoding="utf-8")
        try:
            with self.transaction():
                # One string without parameters goes as it is: no splitting, which would cut function bodies.
                self.connection.execute(text)
                self.mark_one(migration)
                self.connection.execute(
                    "INSERT INTO mlb_ml.migration_checksums VALUES (%s, %s)",
                    (migration.id, checksum(text)),
                )
        except psycopg.Error as error:
            raise MigrationError(f"migration {migration.id} stopped, nothing of it was kept: {error}") from error


def checksum(text: str) -> str:
    """SHA-256 of a migration's text; a checkout with CRLF line ends counts as the same text."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()


def migrate(dsn: str, folder: Path | None = None) -> list[str]:
    """Bring the database up to date; the names of the files applied now, in order.

    Waits while another process migrates the same database. Each file is one transaction; the first error ends the run
    with all earlier files kept. Tables that are there already are adopted by 0001 as they are; where ours could not
    stand on them, nothing is touched. An adopted table that was moved aside since is created anew.

    Raises:
        ContractError: a table of another generation is in the way, or one that ours refer to has gone.
        MigrationError: a file failed, was changed after it was applied, has no number or another's number.
        DatabaseUnreachable: there is no database to migrate.
    """
    with _ledger(dsn) as ledger:
        migrations = _read(folder or migrations_folder())
        waiting = _waiting(ledger, migrations)
        if any(migration.id == ADOPTING for migration in waiting):
            require_migratable(ledger.connection)
        elif any(migration.id == ADOPTING for migration in migrations):
            create_missing(ledger.connection)
        for migration in waiting:
            ledger.apply_one(migration)
        return [migration.id for migration in waiting]


def migration_states(dsn: str, folder: Path | None = None) -> list[MigrationState]:
    """Every file in order, and whether this database has it; the ledger's checks included."""
    with _ledger(dsn) as ledger:
        migrations = _read(folder or migrations_folder())
        waiting = {migration.id for migration in _waiting(ledger, migrations)}
        return [MigrationState(migration.id, migration.id not in waiting) for migration in migrations]


@contextmanager
def _ledger(dsn: str) -> Iterator[Ledger]:
    with connect(dsn, "mlb_ml:migrate", autocommit=True) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (ADVISORY_LOCK,))
        connection.execute("CREATE SCHEMA IF NOT EXISTS mlb_ml")
        # What a file creates without naming a schema lands here, never in public.
        connection.execute("SET search_path = mlb_ml")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS mlb_ml.migration_checksums"
            " (migration_id VARCHAR(255) PRIMARY KEY, sha256 CHAR(64) NOT NULL)"
        )
        ledger = Ledger(connection)
        ledger.ensure_internal_schema_updated()
        yield ledger


def _read(folder: Path) -> MigrationList:
    numbers: dict[str, str] = {}
    for path in sorted(folder.glob("*.sql")):
        match = FILE_NAME.fullmatch(path.stem)
        if match is None:
            raise MigrationError(f"{path.name}: a migration is named NNNN_words.sql, lower case")
        other = numbers.setdefault(match[1], path.name)
        if other != path.name:
            raise MigrationError(f"{path.name} has the number of {other}: give it the next free one")
    try:
        # yoyo takes the source for a pattern: the folder's own name must not read as one.
        migrations = read_migrations(re.sub(r"([*?[])", r"[\1]", str(folder)))
        for migration in migrations:
            migration.load()
    except BadMigration as error:
        raise MigrationError(f"{folder}: {error}") from error
    return migrations


def _waiting(ledger: Ledger, migrations: MigrationList) -> list[Any]:
    applied = set(ledger.get_applied_migration_hashes())
    sums = dict(ledger.connection.execute("SELECT migration_id, sha256 FROM mlb_ml.migration_checksums"))
    for migration in migrations:
        stored = sums.get(migration.id)
        if migration.hash in applied and stored != checksum(Path(migration.path).read_text(encoding="utf-8")):
            raise MigrationError(
                f"migration {migration.id} was changed after this database applied it "
                f"(stored checksum {(stored or 'none')[:12]}): restore the file, and put the change into a new one"
            )
    waiting = list(ledger.to_apply(migrations))
    done = [migration.id for migration in migrations if migration.hash in applied]
    if waiting and done and min(migration.id for migration in waiting) < max(done):
        late = min(migration.id for migration in waiting)
        raise MigrationError(f"migration {late} is new but numbered before {max(done)}, which is applied: renumber it")
    return sorted(waiting, key=lambda migration: migration.id)
