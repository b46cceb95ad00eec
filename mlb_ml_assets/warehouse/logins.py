"""Logins of programs, each with the rights that it needs: the Prediction API, MLflow, Dagster's processes, readers.

Belongs here: letting their roles log in, the rights of MLflow and Dagster on their schemas, the role of readers.
Not here: the roles' rights on our tables (sql/migrations/0012, 0080), the settings of a connection (settings.py).
"""

import os
from collections.abc import Iterable, Mapping
from typing import Any, Final

import psycopg
from psycopg import sql

from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.locks import Lock, hold_lock
from mlb_ml_assets.warehouse.settings import API_ROLE, READER_ROLE, read_secret

MLFLOW_ROLE: Final = "mlb_mlflow"
# Dagster's web server and daemon.
DAGSTER_ROLE: Final = "mlb_dagster"
# Dagster's code server and its runs: mlb_pipeline and mlb_dagster together.
CODE_ROLE: Final = "mlb_code"
# The variable with the password of each login, or with _FILE the file that holds it.
PASSWORD_VARIABLES: Final = {
    API_ROLE: "MLB_ML_API_PASSWORD",
    MLFLOW_ROLE: "MLB_ML_MLFLOW_PASSWORD",
    DAGSTER_ROLE: "MLB_ML_DAGSTER_PASSWORD",
    CODE_ROLE: "MLB_ML_CODE_PASSWORD",
}
# Whose tables the program itself creates, and who then reads and writes their rows.
_SCHEMAS: Final = {MLFLOW_ROLE: "mlflow", DAGSTER_ROLE: "dagster"}
_READ_SCHEMAS: Final = ("staging", "curated")
# Whose tables the runs analyze and vacuum.
_MAINTAINED_SCHEMAS: Final = ("raw_data", "staging", "staging_months", "curated", "dagster")
# The first version whose ANALYZE can be granted; before it a table's owner alone may, and autovacuum does it.
_MAINTAIN_FROM = 170000


class LoginRefused(WarehouseError, PermissionError):
    """A role cannot be given a login: it is missing, has no password, or is not ours to change."""


def allow_logins(connection: psycopg.Connection[Any], environment: Mapping[str, str] | None = None) -> list[str]:
    """Let each role whose password is in the environment log in.

    MLflow's and Dagster's roles read and write the rows of their schemas, and create or drop no table there.

    Returns:
        The roles that may log in.

    Raises:
        LoginRefused: no password is set, or our role may not change roles.
        SettingsError: a password's file cannot be read.
    """
    environment = os.environ if environment is None else environment
    read = {role: read_secret(environment, variable) for role, variable in PASSWORD_VARIABLES.items()}
    passwords = {role: password for role, password in read.items() if password}
    if not passwords:
        raise LoginRefused(f"none of {', '.join(PASSWORD_VARIABLES.values())} is set, nor names a file with _FILE")
    for role, password in passwords.items():
        allow_login(connection, role, password)
    _grant_rights(connection, passwords)
    return list(passwords)


def allow_embedded_logins(connection: psycopg.Connection[Any]) -> None:
    """Let every service log in to the embedded server, without a password: it trusts those who reach its socket.

    Safe from many processes at once; where all of it was done before, nothing is written.

    Args:
        connection: of the server's owner, in autocommit mode.

    Raises:
        LoginRefused: a role is missing.
        LockNotAcquired: another process changes logins for minutes.
    """
    if _may_log_in(connection):
        return
    with hold_lock(connection, Lock.LOGINS), connection.transaction():
        for role in PASSWORD_VARIABLES:
            allow_login(connection, role)
        _grant_rights(connection, PASSWORD_VARIABLES)


def _may_log_in(connection: psycopg.Connection[Any]) -> bool:
    """Whether every role has its login, and those of Dagster and MLflow their rights on this database."""
    names, schemas = zip(*_SCHEMAS.items(), strict=True)
    row = connection.execute(
        "SELECT (SELECT count(*) FROM pg_roles WHERE rolcanlogin AND rolname = ANY(%s)),"
        " (SELECT count(*) FROM unnest(%s::text[], %s::text[]) AS wanted (name, schema)"
        " JOIN pg_roles AS r ON r.rolname = wanted.name JOIN pg_namespace AS n ON n.nspname = wanted.schema"
        " WHERE has_schema_privilege(r.oid, n.oid, 'USAGE'))",
        (list(PASSWORD_VARIABLES), list(names), list(schemas)),
    ).fetchone()
    return row == (len(PASSWORD_VARIABLES), len(_SCHEMAS))


def _grant_rights(connection: psycopg.Connection[Any], roles: Iterable[str]) -> None:
    roles = set(roles)
    for role, schema in _SCHEMAS.items():
        # Dagster's rights reach its code server through its role.
        if role in roles or (role == DAGSTER_ROLE and CODE_ROLE in roles):
            _grant_rows(connection, role, schema)
    if CODE_ROLE in roles and connection.info.server_version >= _MAINTAIN_FROM:
        _grant_analyze(connection)


def allow_login(connection: psycopg.Connection[Any], role: str, password: str = "") -> None:
    """Let a role log in; without a password where the server trusts those who reach its socket.

    Raises:
        LoginRefused: the role is missing, or not ours to change.
    """
    statement = sql.SQL("ALTER ROLE {} LOGIN").format(sql.Identifier(role))
    if password:
        # Hashed here: the server's log may keep statements.
        verifier = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        statement += sql.SQL(" PASSWORD {}").format(sql.Literal(verifier))
    try:
        connection.execute(statement)
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedObject) as error:
        raise LoginRefused(
            f"role {role} was not given a login: {str(error).strip()}. No backup holds roles: "
            f"have CREATE ROLE {role} run before one is restored"
        ) from error


def allow_reader(connection: psycopg.Connection[Any], password: str) -> None:
    """Let dashboards and notebooks log in as `mlb_reader`: rows of staging and curated, read only, ten sessions.

    Args:
        connection: of a superuser, in autocommit mode.
        password: replaces an earlier one.
    """
    role = sql.Identifier(READER_ROLE)
    with hold_lock(connection, Lock.LOGINS), connection.transaction():
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (READER_ROLE,)).fetchone() is None:
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN CONNECTION LIMIT 10").format(role))
        # A courtesy to careless tools: a session may change it, and has no right to write all the same.
        connection.execute(sql.SQL("ALTER ROLE {} SET default_transaction_read_only = on").format(role))
        for schema in map(sql.Identifier, _READ_SCHEMAS):
            for statement in (
                "GRANT USAGE ON SCHEMA {schema} TO {role}",
                "GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}",
                # Tables of later versions.
                "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {role}",
            ):
                connection.execute(sql.SQL(statement).format(schema=schema, role=role))
        allow_login(connection, READER_ROLE, password)


def _grant_rows(connection: psycopg.Connection[Any], role: str, schema: str) -> None:
    for statement in (
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        # Tables of later versions.
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    ):
        connection.execute(sql.SQL(statement).format(schema=sql.Identifier(schema), role=sql.Identifier(role)))


def _grant_analyze(connection: psycopg.Connection[Any]) -> None:
    """Runs analyze what they have written; without the right PostgreSQL passes over it with a warning."""
    for schema in map(sql.Identifier, _MAINTAINED_SCHEMAS):
        for statement in (
            "GRANT MAINTAIN ON ALL TABLES IN SCHEMA {schema} TO {role}",
            "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT MAINTAIN ON TABLES TO {role}",
        ):
            connection.execute(sql.SQL(statement).format(schema=schema, role=sql.Identifier(CODE_ROLE)))
