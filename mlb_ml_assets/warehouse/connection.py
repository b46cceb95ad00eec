"""Connections to the database.

Belongs here: opening one connection, with what every session of ours needs.
Not here: settings, pools, transactions (the caller's `with connection.transaction()`).
"""

from typing import Any

import psycopg
from psycopg.pq import TransactionStatus

from mlb_ml_assets.warehouse.errors import WarehouseError, WriteRefused


def session_parameters(application_name: str) -> dict[str, Any]:
    """Connection parameters of every session, in a pool or not; instants are returned in UTC."""
    return {"application_name": application_name[:63], "options": "-c TimeZone=UTC"}


class DatabaseUnreachable(WarehouseError, ConnectionError):
    """The server does not answer, or refuses us."""


def connect(dsn: str, application_name: str = "mlb_ml", *, autocommit: bool = False) -> psycopg.Connection:
    """One connection; instants come back in UTC whatever the server's time zone.

    Args:
        dsn: libpq connection string.
        application_name: who we are in pg_stat_activity.
        autocommit: a statement outside `with connection.transaction()` stands alone. Without it a first SELECT opens
            a transaction that lasts until the connection's own block ends, also around later transaction() blocks.

    Raises:
        DatabaseUnreachable: with the address (never the password) and the server's reason.
    """
    try:
        return psycopg.connect(dsn, autocommit=autocommit, **session_parameters(application_name))
    except psycopg.OperationalError as error:
        parts = psycopg.conninfo.conninfo_to_dict(dsn)
        address = f"{parts.get('dbname')} at {parts.get('host')}:{parts.get('port', 5432)} as {parts.get('user')}"
        raise DatabaseUnreachable(f"no connection to database {address}: {error}".strip()) from error


def require_transaction(connection: psycopg.Connection[Any]) -> None:
    """Refuse a connection on which every statement would be committed by itself.

    Raises:
        WriteRefused: no transaction is open.
    """
    if connection.autocommit and connection.info.transaction_status == TransactionStatus.IDLE:
        raise WriteRefused("no transaction is open: a lock or a half-written partition would not last; use partition()")
