"""`mlb-ml api-key create | revoke | list`: keys for clients of the API.

Belongs here: the three commands and their output.
Not here: creating a key (serving/api_keys.py), storing it (warehouse/api_keys.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import typer

app = typer.Typer(no_args_is_help=True, help="Keys of the Prediction API; only their hashes are stored.")


@contextmanager
def _database() -> Iterator[psycopg.Connection]:
    from mlb_ml_assets.stack.database import ensure_database
    from mlb_ml_assets.warehouse.connection import connect

    with connect(ensure_database().dsn, application_name="mlb_ml:api_key", autocommit=True) as connection:
        yield connection


@app.command()
def create(label: str, days: int | None = None, requests_per_minute: int | None = None) -> None:
    """Create a key for LABEL and print it; it cannot be shown again."""
    from mlb_ml_assets.serving.api_keys import create_key

    with _database() as connection:
        print(create_key(connection, label, days=days, requests_per_minute=requests_per_minute).key)


@app.command()
def revoke(key_id: str) -> None:
    """Revoke the key with this id."""
    from mlb_ml_assets.domain.clock import present
    from mlb_ml_assets.warehouse.api_keys import revoke_key

    with _database() as connection:
        row = revoke_key(connection, key_id, present())
    print(f"revoked {row.key_id} ({row.label})")


@app.command("list")
def show() -> None:
    """List every key: id, label, creation day, expiry."""
    from mlb_ml_assets.warehouse.api_keys import read_keys

    with _database() as connection:
        rows = read_keys(connection)
    if not rows:
        print("No key yet. Next: mlb-ml api-key create reader")
    for row in rows:
        end = "without expiry" if row.expires_at is None else f"valid until {row.expires_at:%Y-%m-%d}"
        state = end if row.revoked_at is None else f"revoked {row.revoked_at:%Y-%m-%d}"
        print(f"{row.key_id}  {row.label}  created {row.created_at:%Y-%m-%d}, {state}")
