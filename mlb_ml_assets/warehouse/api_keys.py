"""mlb_ml.api_keys: the hashed keys of the Prediction API.

Belongs here: writing, revoking and reading keys.
Not here: what a key looks like or how it is compared (serving/api_keys.py).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.sql import query


class UnknownKey(WarehouseError, LookupError):
    """No valid key has this id."""


@dataclass(frozen=True)
class ApiKeyRow:
    """One key as stored: its hash, never the key itself."""

    key_id: str
    label: str
    key_sha256: bytes
    requests_per_minute: int | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


def write_key(
    connection: psycopg.Connection[Any],
    key_id: str,
    label: str,
    key_sha256: bytes,
    *,
    requests_per_minute: int | None = None,
    expires_at: datetime | None = None,
) -> None:
    """Add a key; the others stay valid."""
    connection.execute(
        query("api_key_store"),
        {
            "key_id": key_id,
            "label": label,
            "key_sha256": key_sha256,
            "requests_per_minute": requests_per_minute,
            "expires_at": expires_at,
        },
    )


def revoke_key(connection: psycopg.Connection[Any], key_id: str, now: datetime) -> ApiKeyRow:
    """Revoke a key; running APIs refuse it within seconds.

    Raises:
        UnknownKey: no such key, or it was revoked before.
    """
    with connection.cursor(row_factory=class_row(ApiKeyRow)) as cursor:
        row = cursor.execute(query("api_key_revoke"), {"key_id": key_id, "now": now}).fetchone()
    if row is None:
        raise UnknownKey(f"no valid key has the id {key_id!r}: `mlb-ml api-key list` shows them")
    return row


def read_keys(connection: psycopg.Connection[Any]) -> list[ApiKeyRow]:
    """Every key ever made, oldest first."""
    with connection.cursor(row_factory=class_row(ApiKeyRow)) as cursor:
        return cursor.execute(query("api_keys")).fetchall()
