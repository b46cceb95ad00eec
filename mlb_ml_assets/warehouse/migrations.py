"""Migrations: the numbered SQL files of sql/migrations, each applied once.

Belongs here: order, lock, transaction, checksum and ledger of the files.
Not here: what the files say; comparing an existing database with what we need (warehouse/contract).
"""

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.contract import create_missing, require_migratable
from mlb_ml_assets.warehouse.contract.shape import ADOPTING
from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.locks import MAX_WAIT_SECONDS, Lock, hold_lock
from mlb_ml_assets.warehouse.sql import migrations_folder

# Two generations of the earlier system have a table of the name that this file gives a view: 0053 renames it, and where
# the table exists the file creates the view under that name at once. Its text stays the one that databases recorded.
GAMES_VIEW = "0026_games_of_other_programs"
TAKEN, FREE = "VIEW curated.games ", "VIEW curated.resolved_games "
FILE_NAME = re.compile(r"(\d{4})_[a-z0-9_]+")
# Table and columns of yoyo-migrations, which kept the ledger of databases made before: they go on with theirs.
_LEDGER = """
    CREATE TABLE IF NOT EXISTS mlb_ml._yoyo_migration
        (migration_hash VARCHAR(64) PRIMARY KEY, migration_id VARCHAR(255), applied_at_utc TIMESTAMP);
    CREATE TABLE IF NOT EXISTS mlb_ml.migration_checksums
        (migration_id VARCHAR(255) PRIMARY KEY, sha256 CHAR(64) NOT NULL)
"""


class MigrationError(WarehouseError, RuntimeError):
    """A migration cannot be applied; nothing of it and nothing after it was."""


@dataclass(frozen=True)
class Migration:
    """One file: its name without suffix, and its text."""

    name: str
    text: str


def migrate(dsn: str, folder: Path | None = None, max_wait_seconds: float = MAX_WAIT_SECONDS) -> list[str]:
    """Bring the database up to date; the names of the files applied now, in order.

    Waits while another process migrates the same database. Each file is one transaction; the first error ends the run
    with all earlier files kept. Tables that exist already are adopted by 0001 as they are; where they do not fit,
    nothing is touched. An adopted table that was moved aside since is created anew.

    Raises:
        ContractError: a table of another generation is in the way, or one that ours refer to is missing.
        MigrationError: a file failed, was changed after it was applied, has no number or another's number.
        LockNotAcquired: another process migrates this database for longer than `max_wait_seconds`.
        DatabaseUnreachable: the database does not answer.
    """
    migrations = read_migrations(folder or migrations_folder())
    with _ledger(dsn, max_wait_seconds) as connection:
        pending = _pending(connection, migrations)
        if any(migration.name == ADOPTING for migration in pending):
            require_migratable(connection)
        elif any(migration.name == ADOPTING for migration in migrations):
            create_missing(connection)
        for migration in pending:
            _apply(connection, migration)
    return [migration.name for migration in pending]


def read_migrations(folder: Path) -> list[Migration]:
    """The files of a folder in the order of their numbers.

    Raises:
        MigrationError: a file has no number, or two have the same.
    """
    migrations: dict[str, Migration] = {}
    for path in sorted(folder.glob("*.sql")):
        match = FILE_NAME.fullmatch(path.stem)
        if match is None:
            raise MigrationError(f"{path.name}: a migration is named NNNN_words.sql, lower case")
        other = migrations.setdefault(match[1], Migration(path.stem, path.read_text(encoding="utf-8")))
        if other.name != path.stem:
            raise MigrationError(f"{path.name} has the number of {other.name}.sql: give it the next free one")
    return list(migrations.values())


def checksum(text: str) -> str:
    """SHA-256 of a migration's text; a checkout with CRLF line ends counts as the same text."""
    return hashlib.sha256(text.replace("\r\n", "\n").encode()).hexdigest()


@contextmanager
def _ledger(dsn: str, max_wait_seconds: float) -> Iterator[psycopg.Connection[Any]]:
    """A connection that alone may migrate, to a database that has the ledger's tables."""
    with (
        connect(dsn, "mlb_ml:migrate", autocommit=True) as connection,
        hold_lock(connection, Lock.MIGRATIONS, max_wait_seconds),
    ):
        connection.execute("CREATE SCHEMA IF NOT EXISTS mlb_ml")
        # What a file creates without naming a schema is created here, never in public.
        connection.execute("SET search_path = mlb_ml")
        _require_schema(connection)
        connection.execute(_LEDGER)
        yield connection


def _require_schema(connection: psycopg.Connection[Any]) -> None:
    row = connection.execute("SELECT current_schema()").fetchone()
    if row != ("mlb_ml",):
        raise MigrationError(
            f"nothing is migrated: this session creates in schema {row[0] if row else None} instead of mlb_ml, "
            "so a pooler or proxy in between drops its settings: connect to the server itself"
        )


def _pending(connection: psycopg.Connection[Any], migrations: list[Migration]) -> list[Migration]:
    """Those that the ledger does not list, in order, after checking those that it does."""
    applied = {name for (name,) in connection.execute("SELECT migration_id FROM mlb_ml._yoyo_migration")}
    checksums = dict(connection.execute("SELECT migration_id, sha256 FROM mlb_ml.migration_checksums").fetchall())
    for migration in migrations:
        stored = checksums.get(migration.name)
        if migration.name in applied and stored != checksum(migration.text):
            raise MigrationError(
                f"migration {migration.name} was changed after this database applied it "
                f"(stored checksum {(stored or 'none')[:12]}): restore the file, and put the change into a new one"
            )
    pending = [migration for migration in migrations if migration.name not in applied]
    newest = max((migration.name for migration in migrations if migration.name in applied), default="")
    if pending and pending[0].name < newest:
        raise MigrationError(
            f"migration {pending[0].name} is new but numbered before {newest}, which is applied: renumber it"
        )
    return pending


def _apply(connection: psycopg.Connection[Any], migration: Migration) -> None:
    """Run one file and record it, all or nothing."""
    try:
        with connection.transaction():
            # One string without parameters is sent as it is: splitting at semicolons would cut function bodies.
            connection.execute(_text_for(connection, migration))
            connection.execute(
                "INSERT INTO mlb_ml._yoyo_migration (migration_hash, migration_id, applied_at_utc) "
                "VALUES (%s, %s, now() AT TIME ZONE 'UTC')",
                (hashlib.sha256(migration.name.encode()).hexdigest(), migration.name),
            )
            connection.execute(
                "INSERT INTO mlb_ml.migration_checksums (migration_id, sha256) VALUES (%s, %s)",
                (migration.name, checksum(migration.text)),
            )
    except psycopg.Error as error:
        raise MigrationError(f"migration {migration.name} failed, nothing of it was kept: {error}") from error


def _text_for(connection: psycopg.Connection[Any], migration: Migration) -> str:
    """The file's text, with the view of games under its later name where another program's table has the first."""
    if migration.name != GAMES_VIEW:
        return migration.text
    row = connection.execute("SELECT to_regclass('curated.games') IS NOT NULL").fetchone()
    return migration.text.replace(TAKEN, FREE) if row == (True,) else migration.text
