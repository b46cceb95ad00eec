"""The addresses that BI tools are given: they connect, read, and hold no password.

Belongs here: the printed addresses, used by psycopg; the port for readers.
Not here: what the tables hold.
"""

import dataclasses
import re
import socket
from pathlib import Path

import psycopg
import pytest

from mlb_ml_assets.stack.connections import reading_address, show_connections
from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets.stack.processes import PortInUse
from mlb_ml_assets.stack.services import down
from mlb_ml_assets.warehouse.settings import DatabaseSettings
from mlb_ml_assets_tests.stack.own_servers import SMALL

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


@pytest.fixture
def reader_port(monkeypatch, server) -> int:
    """A free port, chosen for readers of this test's own server."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for name in ("POSTGRES_HOST", "POSTGRES_DB", "POSTGRES_PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("MLB_ML_HOME", str(server.home))
    monkeypatch.setenv("MLB_ML_READER_PORT", str(port))
    return port


def test_readers_reach_the_embedded_server_by_host_and_port_and_write_nothing(server, reader_port, monkeypatch):
    """A dashboard got the owner's rights over TCP without a password; or its port stayed open after `down`."""
    monkeypatch.delenv("MLB_ML_READER_PORT")
    server.start(SMALL)
    lines = []
    show_connections(lines.append)
    assert not server.process().net_connections("inet")
    assert "closed" in "\n".join(lines)

    monkeypatch.setenv("MLB_ML_READER_PORT", str(reader_port))
    show_connections(lines.append)
    assert "mlb-ml down, then mlb-ml status --connections" in lines[-3], "the running server has no port yet"
    down(say=lines.append)
    server.start(SMALL, reader_port=reader_port)
    lines.clear()
    show_connections(lines.append)

    token = (server.home / "run" / "reader.token").read_text()
    assert token not in "\n".join(lines)
    address = re.search(r"postgresql://mlb_reader@\S+", "\n".join(lines)).group()
    listening = [each.laddr for each in server.process().net_connections("inet") if each.status == "LISTEN"]
    assert listening == [("127.0.0.1", reader_port)]
    with psycopg.connect(address, password=token, autocommit=True) as reader:
        assert reader.execute("SELECT count(*) FROM curated.ml_predictions").fetchone() == (0,)
        reader.execute("SET default_transaction_read_only = off")
        for statement in (
            "DELETE FROM curated.ml_predictions",
            "CREATE TABLE public.of_a_dashboard (a INTEGER)",
            "SELECT * FROM mlb_ml.api_keys",
            "SELECT * FROM raw_data.payload_receipts",
            "SELECT lo_import('/etc/hostname')",
            "SET ROLE postgres",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(statement)
    for user, password in (("mlb_reader", "another"), ("mlb_reader", ""), ("postgres", token), ("mlb_api", token)):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(address, user=user, password=password)

    down(say=lines.append)
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", reader_port)) != 0


def test_a_port_for_readers_that_another_program_has_is_named(server, reader_port):
    """The server would not start at all, with an address already in use in a log that nobody reads."""
    with socket.create_server(("127.0.0.1", reader_port)), pytest.raises(PortInUse, match="MLB_ML_READER_PORT"):
        show_connections(print)
