"""One database with its schemas, whoever runs the server.

Belongs here: `ensure_database`: start the embedded server where absent, create database and schemas where missing.
Does not: tables (warehouse/migrations), MLflow's and Dagster's own tables (they make them themselves).
"""

import psycopg
from psycopg import sql

from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings

# dagster and mlflow fail with "no schema has been selected to create in" where theirs is missing.
SCHEMAS = ("raw_data", "staging", "curated", "dagster", "mlflow", "mlb_ml")


def ensure_database(settings: DatabaseSettings | None = None) -> DatabaseSettings:
    """Have the project's database there and answering, with its schemas; safe from many processes at once.

    A server that was given is never started, and its database is not created: that is its owner's decision.

    Raises:
        EmbeddedServerError: the embedded server does not start.
        DatabaseUnreachable: the given server does not answer or refuses us.
    """
    settings = settings or DatabaseSettings.from_environment()
    if settings.embedded:
        EmbeddedServer(settings.home).start()
        _create_database(settings)
    with connect(settings.dsn, "mlb_ml:setup", autocommit=True) as connection:
        _create_schemas(connection)
    return settings


def _create_database(settings: DatabaseSettings) -> None:
    with connect(settings.dsn_of("postgres"), "mlb_ml:setup", autocommit=True) as connection:
        there = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (settings.database,)).fetchone()
        if there:
            return
        try:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(settings.database)))
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            pass  # another process was faster


def _create_schemas(connection: psycopg.Connection) -> None:
    there = {name for (name,) in connection.execute("SELECT nspname FROM pg_namespace").fetchall()}
    for name in SCHEMAS:
        if name in there:
            continue
        try:
            connection.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(sql.Identifier(name)))
        except psycopg.errors.UniqueViolation:
            pass  # IF NOT EXISTS looks before it creates: two processes at once
