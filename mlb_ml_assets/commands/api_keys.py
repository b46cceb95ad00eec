"""`mlb-ml api-key create | revoke | list`: who may ask the API from elsewhere.

Belongs here: the three commands and what they print.
Not here: keys, hashes and their storage (serving/api_keys.py).
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
    """Make a key for LABEL and print it, once: it cannot be shown again."""
    from mlb_ml_assets.serving.api_keys import create_key

    with _database() as connection:
        print(create_key(connection, label, days=days, requests_per_minute=requests_per_minute).key)


@app.command()
def revoke(key_id: str) -> None:
    """End the key of this id."""
    from mlb_ml_assets.serving.api_keys import revoke_key

    with _database() as connection:
        row = revoke_key(connection, key_id)
    print(f"revoked {row.key_id} ({row.label})")


@app.command("list")
def show() -> None:
    """Every key ever made: id, label, when it was made, until when it holds."""
    from mlb_ml_assets.serving.api_keys import list_keys

    with _database() as connection:
        rows = list_keys(connection)
    for row in rows:
        end = "for ever" if row.expires_at is None else f"until {row.expires_at:%Y-%m-%d}"
        state = end if row.revoked_at is None else f"revoked {row.revoked_at:%Y-%m-%d}"
        print(f"{row.key_id}  {row.label}  made {row.created_at:%Y-%m-%d}, {state}")
