"""Sessions: what each sets for itself, and a pooler that would take it away again.

Belongs here: connect against settings of databases and roles, transaction and session pooling.
Not here: addresses and passwords (test_settings.py).
"""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from queue import LifoQueue

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from mlb_ml_assets.warehouse.connection import SESSION_SETTINGS, TransactionPooling, connect
from mlb_ml_assets.warehouse.contract import check_contract
from mlb_ml_assets.warehouse.migrations import migrate

HOSTILE = {
    "DateStyle": "'German, DMY'",
    "IntervalStyle": "'iso_8601'",
    "extra_float_digits": "-10",
    "quote_all_identifiers": "on",
    "bytea_output": "'escape'",
    "TimeZone": "'Asia/Tokyo'",
    "transform_null_equals": "on",
    "search_path": "pg_catalog",
    "random_page_cost": "4",
}

# Authenticated; encoding; a key of the pooler's own, as every pooler hands one out; ready.
GREETING = (
    (b"R", struct.pack("!i", 0)),
    (b"S", b"client_encoding\0UTF8\0"),
    (b"K", struct.pack("!ii", 1, 2)),
    (b"Z", b"I"),
)


@pytest.fixture
def hostile_database(empty_database):
    """A database whose defaults are not those that anything of ours relies on."""
    with psycopg.connect(empty_database.dsn, autocommit=True) as connection:
        for name, value in HOSTILE.items():
            connection.execute(f"ALTER DATABASE {empty_database.name} SET {name} = {value}")
    return empty_database


def test_a_session_sets_what_it_relies_on(hostile_database):
    """DateStyle German turned every date of a run into an exception, extra_float_digits into other stored rows."""
    with connect(hostile_database.dsn) as connection:
        found = {
            name: connection.execute("SELECT current_setting(%s)", [name]).fetchone()[0] for name in SESSION_SETTINGS
        }
        assert found == SESSION_SETTINGS
        row = connection.execute("SELECT '2024-07-04 12:00+00'::timestamptz, 0.1::float8 + 0.2::float8").fetchone()
    assert row == (datetime(2024, 7, 4, 12, tzinfo=UTC), 0.1 + 0.2)


def test_a_database_with_other_defaults_is_migrated_and_fits(hostile_database):
    """quote_all_identifiers changes the catalog's own texts, and sound tables were refused."""
    migrate(hostile_database.dsn)
    with connect(hostile_database.dsn, autocommit=True) as connection:
        assert check_contract(connection).fits
        strays = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace"
        ).fetchall()
    assert strays == []


@pytest.mark.parametrize("autocommit", [True, False])
def test_a_new_session_has_no_open_transaction(empty_database, autocommit):
    """A setting made inside a transaction that the caller rolls back would be lost with it."""
    with connect(empty_database.dsn, autocommit=autocommit) as connection:
        assert connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        assert connection.autocommit is autocommit


def test_transaction_pooling_is_refused_before_anything_is_created(empty_database):
    """Behind it, Dagster's tables went to public and 65 of MLflow's to mlb_ml, and the command reported success."""
    with (
        pooler(empty_database.dsn, sessions=False) as pooled,
        pytest.raises(TransactionPooling, match="session pooling"),
    ):
        migrate(pooled)
    with empty_database.connect() as connection:
        assert connection.execute("SELECT to_regnamespace('mlb_ml'), to_regnamespace('curated')").fetchone() == (
            None,
            None,
        )


def test_session_pooling_works(empty_database):
    """A pooler that keeps a server connection for each client changes nothing but the connecting."""
    with pooler(empty_database.dsn, sessions=True) as pooled:
        migrate(pooled)
        with connect(pooled, autocommit=True) as connection:
            assert check_contract(connection).fits
            assert connection.execute("SHOW TimeZone").fetchone() == ("UTC",)


@contextmanager
def pooler(dsn: str, *, sessions: bool) -> Iterator[str]:
    """A pooler as pgbouncer is one, in a few lines; the address to use instead of `dsn`.

    It drops the startup options of its clients, as ignore_startup_parameters does. Each client gets a server connection
    for its session, or for a transaction only and the one that was free last first.
    """
    parts = conninfo_to_dict(dsn)
    folder, port = parts["host"], parts["port"]
    idle: LifoQueue[socket.socket] = LifoQueue()
    listener = socket.create_server(("127.0.0.1", 0))
    opened: list[socket.socket] = []

    def server() -> socket.socket:
        if not sessions and not idle.empty():
            return idle.get()
        upstream = socket.socket(socket.AF_UNIX)
        upstream.connect(f"{folder}/.s.PGSQL.{port}")
        opened.append(upstream)
        names = f"user\0{parts['user']}\0database\0{parts['dbname']}\0\0".encode()
        upstream.sendall(struct.pack("!ii", len(names) + 8, 196608) + names)
        while _message(upstream)[0] != b"Z":
            pass
        return upstream

    def serve(client: socket.socket) -> None:
        try:
            _read_startup(client)
            for kind, body in GREETING:
                _send(client, kind, body)
            upstream = None
            while True:
                kind, body = _message(client)
                if kind == b"X":
                    return
                upstream = upstream or server()
                _send(upstream, kind, body)
                # Answers come after a query, a sync, and the end of what the client copies in.
                while kind in {b"Q", b"S", b"c", b"f"}:
                    answer, content = _message(upstream)
                    if answer == b"Z" and content == b"I" and not sessions:
                        idle.put(upstream)
                        upstream = None
                    _send(client, answer, content)
                    if answer in {b"G", b"W", b"Z"}:
                        break
        except OSError:
            return
        finally:
            client.close()

    def accept() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            opened.append(client)
            threading.Thread(target=serve, args=(client,), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield make_conninfo(dsn, host="127.0.0.1", port=listener.getsockname()[1], sslmode="disable")
    finally:
        listener.close()
        for each in opened:
            each.close()


def _send(stream: socket.socket, kind: bytes, body: bytes) -> None:
    stream.sendall(kind + struct.pack("!i", len(body) + 4) + body)


def _read_startup(client: socket.socket) -> None:
    (length,) = struct.unpack("!i", _exactly(client, 4))
    _exactly(client, length - 4)


def _message(stream: socket.socket) -> tuple[bytes, bytes]:
    kind = _exactly(stream, 1)
    (length,) = struct.unpack("!i", _exactly(stream, 4))
    return kind, _exactly(stream, length - 4)


def _exactly(stream: socket.socket, count: int) -> bytes:
    data = b""
    while len(data) < count:
        part = stream.recv(count - len(data))
        if not part:
            raise OSError("closed")
        data += part
    return data
