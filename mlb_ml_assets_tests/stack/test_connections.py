"""The address that BI tools are given: it connects, reads, and holds no password.

Belongs here: the printed address, used by psycopg.
Not here: what the tables hold.
"""

import dataclasses
import re
from pathlib import Path

import psycopg
import pytest

from mlb_ml_assets.stack.connections import reading_address, show_connections
from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets.warehouse.settings import DatabaseSettings

SECRET = "pass@word:1"


def test_the_printed_address_of_the_embedded_server_reads_and_does_not_write(database_server, monkeypatch):
    """An address to be pieced together from a socket folder, a port and a user; or one that lets a dashboard write."""
    home = Path(database_server.home)
    for name in ("POSTGRES_HOST", "POSTGRES_DB", "POSTGRES_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLB_ML_HOME", str(home))
    lines = []
    show_connections(lines.append)
    address = re.search(r"postgresql://\S+", "\n".join(lines)).group()
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT current_database()").fetchone() == ("mlb_betting",)
        with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
            connection.execute("CREATE TABLE public.of_a_dashboard (a INTEGER)")
    assert EmbeddedServer(home).process() is not None


def test_the_address_of_a_given_server_holds_no_password(database_server):
    """What is printed is pasted into a chat."""
    given = dataclasses.replace(database_server, host="::1", port=6543, user="an analyst", password=SECRET)
    address = reading_address(given)
    assert SECRET not in address
    assert "pass" not in address
    assert psycopg.conninfo.conninfo_to_dict(address) == {
        "user": "an analyst", "host": "::1", "port": "6543", "dbname": given.database,
        "options": "-c default_transaction_read_only=on",
    }  # fmt: skip


def test_a_socket_folder_with_unusual_characters_is_quoted(tmp_path):
    """A home with a space or a percent sign gave an address that no program could read."""
    settings = DatabaseSettings.from_environment({"MLB_ML_HOME": str(tmp_path / "my 100% home")})
    found = psycopg.conninfo.conninfo_to_dict(reading_address(settings))
    assert found["host"] == settings.server_host
