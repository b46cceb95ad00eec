"""One database with its schemas, on the embedded server or a given one.

Belongs here: `ensure_database`: start the embedded server where absent, create what is missing in it.
Not here: what tables look like (sql/migrations), MLflow's and Dagster's own tables (they make them themselves).
"""

from contextlib import suppress

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets.stack.errors import StackError
from mlb_ml_assets.stack.gateway import read_service_token
from mlb_ml_assets.stack.processes import LOOPBACK
from mlb_ml_assets.warehouse.connection import DatabaseUnreachable, connect
from mlb_ml_assets.warehouse.logins import allow_embedded_logins, allow_reader
from mlb_ml_assets.warehouse.migrations import migrate
from mlb_ml_assets.warehouse.settings import EMBEDDED_OWNER, DatabaseSettings
from mlb_ml_assets.warehouse.sql import migrations_folder

# Instead of the password that is made at the first use.
_READER_VARIABLE = "MLB_ML_READER_PASSWORD"
# dagster and mlflow fail with "no schema has been selected to create in" where theirs is missing.
SCHEMAS = ("raw_data", "staging", "curated", "dagster", "mlflow", "mlb_ml")


class SchemaMissing(StackError, PermissionError):
    """A given database lacks a schema that we may not create."""


class WrongEncoding(StackError, ValueError):
    """A given database cannot store every text."""


class SchemaIgnored(StackError, RuntimeError):
    """A session does not create tables in the schema that it was given."""


class NotMigrated(StackError, RuntimeError):
    """A given database lacks migrations."""


def ensure_database(settings: DatabaseSettings | None = None, *, migrated: bool = True) -> DatabaseSettings:
    """Create or find the project's database with its schemas; safe from many processes at once.

    Args:
        settings: which database; by default that of the environment.
        migrated: also have our tables up to date. The embedded database is migrated here; a given one is not: when to
            change its tables is its owner's decision, `mlb-ml migrate`.

    Raises:
        EmbeddedServerError: the embedded server does not start.
        MigrationError: a migration of the embedded database fails.
        NotMigrated: a given database lacks migrations.
        SchemaMissing: a given database lacks a schema, and our role may not create it.
        WrongEncoding: a given database is not encoded in UTF-8.
        DatabaseUnreachable: a given server does not answer or refuses us.
    """
    settings = find_database(settings)
    # A service of the embedded server logs in as a role that sets nothing up.
    owner = settings.log_in_as(EMBEDDED_OWNER)
    with connect(owner.dsn, "mlb_ml:setup", autocommit=True) as connection:
        _require_utf8(connection)
        _create_schemas(connection)
        waiting = sum(1 for _ in migrations_folder().glob("*.sql")) - _applied(connection)
    if migrated and waiting > 0:
        if not settings.embedded:
            raise NotMigrated(
                f"database {settings.database} at {settings.host} lacks {waiting} of our migrations: run mlb-ml migrate"
            )
        migrate(owner.dsn)
    if migrated and settings.embedded:
        with connect(owner.dsn, "mlb_ml:logins", autocommit=True) as connection:
            allow_embedded_logins(connection)
    return settings


def find_database(settings: DatabaseSettings | None = None) -> DatabaseSettings:
    """Start the embedded server where the database is ours, and change nothing in a given one.

    Args:
        settings: which database; by default what the environment names.

    Raises:
        EmbeddedServerError: the embedded server does not start.
    """
    settings = settings or DatabaseSettings.from_environment()
    if settings.embedded:
        EmbeddedServer(settings.home).start(reader_port=settings.port if settings.opens_reader_port else None)
        _create_database(settings.log_in_as(EMBEDDED_OWNER))
    return settings


def open_to_readers(settings: DatabaseSettings) -> bool:
    """Let `mlb_reader` log in through the port for readers, with the password in `run/reader.token` of the home.

    Returns:
        False where the running server was started without that port: it opens at the next start.

    Raises:
        TokenError: others could read the password's file.
        LockNotAcquired: another process changes logins for minutes.
    """
    ensure_database(settings)
    password = read_service_token("reader", _READER_VARIABLE, settings.home)
    with connect(settings.dsn, "mlb_ml:logins", autocommit=True) as connection:
        allow_reader(connection, password)
        listening = connection.execute("SELECT current_setting('listen_addresses')").fetchone()
    return listening == (LOOPBACK,) and settings.server_port == settings.port


def require_schema_of_its_own(settings: DatabaseSettings, schema: str) -> None:
    """Refuse sessions in which a program that creates tables without naming a schema would create them elsewhere.

    Dagster and MLflow name their schema in the startup options of their connections, which some poolers drop.

    Raises:
        SchemaIgnored: the session creates in another schema.
        DatabaseUnreachable: the server does not answer, or refuses the options.
    """
    dsn = make_conninfo(settings.dsn, options=f"-c search_path={schema}")
    try:
        with psycopg.connect(dsn, autocommit=True) as connection:
            found = connection.execute("SELECT current_schema()").fetchone()
    except psycopg.OperationalError as error:
        raise DatabaseUnreachable(f"no session with search_path {schema}: {error}".strip()) from error
    if found != (schema,):
        raise SchemaIgnored(
            f"sessions of database {settings.database} at {settings.server_host}:{settings.server_port} ignore "
            f"search_path: tables of schema {schema} would be created in {found[0] if found else None}. Connect to the "
            "server itself, not to a pooler that drops startup options"
        )


def _applied(connection: psycopg.Connection) -> int:
    if connection.execute("SELECT to_regclass('mlb_ml.migration_checksums')").fetchone() == (None,):
        return 0
    row = connection.execute("SELECT count(*) FROM mlb_ml.migration_checksums").fetchone()
    return int(row[0]) if row else 0


def _require_utf8(connection: psycopg.Connection) -> None:
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise WrongEncoding(
            f"database {connection.info.dbname} has encoding {encoding}, which cannot store every name: have "
            "one created with ENCODING 'UTF8' TEMPLATE template0"
        )


def _create_database(settings: DatabaseSettings) -> None:
    with connect(settings.dsn_of("postgres"), "mlb_ml:setup", autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (settings.database,)).fetchone()
        if there:
            return
        # Another process may be faster.
        with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(settings.database)))


def _create_schemas(connection: psycopg.Connection) -> None:
    there = {name for (name,) in connection.execute("SELECT nspname FROM pg_namespace").fetchall()}
    for name in SCHEMAS:
        if name in there:
            continue
        # IF NOT EXISTS looks before it creates: of two processes at once, one may fail.
        try:
            with suppress(psycopg.errors.UniqueViolation):
                connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(name)))
        except psycopg.errors.InsufficientPrivilege as error:
            raise SchemaMissing(
                f"database {connection.info.dbname} has no schema {name}, which {connection.info.user} may not create: "
                f"have its owner run CREATE SCHEMA {name} AUTHORIZATION {connection.info.user}"
            ) from error
