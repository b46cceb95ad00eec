"""Logins of services that need less than the pipeline: the Prediction API and the MLflow server.

Belongs here: letting their roles log in, and MLflow's rights on its schema.
Not here: the roles' rights on our tables (sql/migrations/0012), the settings of a connection (settings.py).
"""

import os
from collections.abc import Mapping
from typing import Any, Final

import psycopg
from psycopg import sql

from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.settings import API_ROLE, read_secret

MLFLOW_ROLE: Final = "mlb_mlflow"
# The variable with the password of each login, or with _FILE the file that holds it.
PASSWORD_VARIABLES: Final = {API_ROLE: "MLB_ML_API_PASSWORD", MLFLOW_ROLE: "MLB_ML_MLFLOW_PASSWORD"}
_MLFLOW_SCHEMA = "mlflow"


class LoginRefused(WarehouseError, PermissionError):
    """A role cannot be given a login: it is missing, has no password, or is not ours to change."""


def allow_logins(connection: psycopg.Connection[Any], environment: Mapping[str, str] | None = None) -> list[str]:
    """Let the roles of API and MLflow log in with the passwords of the environment.

    MLflow's role gets rows of schema mlflow, to read and write, and no right to create or drop a table there.

    Returns:
        The roles.

    Raises:
        LoginRefused: a password is not set, or our role may not change roles.
        SettingsError: a password's file cannot be read.
    """
    environment = os.environ if environment is None else environment
    passwords = {role: read_secret(environment, variable) for role, variable in PASSWORD_VARIABLES.items()}
    missing = [PASSWORD_VARIABLES[role] for role, password in passwords.items() if not password]
    if missing:
        raise LoginRefused(f"{' and '.join(missing)} must be set, or with _FILE name a file")
    for role, password in passwords.items():
        allow_login(connection, role, password)
    _grant_rows_of_mlflow(connection)
    return list(passwords)


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


def _grant_rows_of_mlflow(connection: psycopg.Connection[Any]) -> None:
    role, schema = sql.Identifier(MLFLOW_ROLE), sql.Identifier(_MLFLOW_SCHEMA)
    for statement in (
        "GRANT USAGE ON SCHEMA {schema} TO {role}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}",
        # Tables of later versions.
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}",
        "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT USAGE, SELECT ON SEQUENCES TO {role}",
    ):
        connection.execute(sql.SQL(statement).format(schema=schema, role=role))
