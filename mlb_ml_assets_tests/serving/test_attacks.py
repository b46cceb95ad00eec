"""The API under attack, over real sockets with the options of the real server.

Belongs here: unfinished requests, sizes of headers, trusted proxies, stream slots, streams of revoked keys.
Not here: keys and rates (test_security.py), load (docs/api.md has measurements).
"""

import asyncio
import itertools
import socket
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date

import httpx
import pytest
import uvicorn
from starlette.requests import Request
from starlette.responses import PlainTextResponse

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.serving.__main__ import server_options
from mlb_ml_assets.serving.app import build_app
from mlb_ml_assets.serving.database import ReadDatabase
from mlb_ml_assets.serving.protocol import LimitedProtocol
from mlb_ml_assets.serving.settings import ServingSettings
from mlb_ml_assets.serving.updates import StreamSlots, TooManyStreams, Updates
from mlb_ml_assets.warehouse.api_keys import revoke_key
from mlb_ml_assets_tests.conftest import free_ports
from mlb_ml_assets_tests.serving.conftest import SilentRegistry, key_of, settings_for
from mlb_ml_assets_tests.serving.slate_rows import DAY

_GET = b"GET / HTTP/1.1\r\nHost: testserver\r\n"
_STREAM = f"/api/v2/stream?date={DAY}&games=false"


async def _show_client(scope, receive, send) -> None:
    request = Request(scope, receive)
    await request.body()
    await PlainTextResponse(request.client.host)(scope, receive, send)


@contextmanager
def _server(app=_show_client, **changes: object) -> Iterator[int]:
    """The port of an application served with the options of `python -m mlb_ml_assets.serving`."""
    (port,) = free_ports(1)
    settings = replace(ServingSettings(port=port), **changes)  # type: ignore[arg-type]
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", **server_options(settings)))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.01)
        yield port
    finally:
        server.should_exit = True
        thread.join(20)


def _connect(port: int, *parts: bytes) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    for part in parts:
        connection.sendall(part)
    return connection


def _read_all(connection: socket.socket) -> bytes:
    """Everything until the server closes; a reset counts as closed."""
    received = b""
    try:
        while part := connection.recv(65536):
            received += part
    except ConnectionError:
        pass
    return received


@pytest.mark.parametrize(
    "start",
    [b"", b"GET / HT", _GET, _GET + b"X-Slow: 1\r\n", b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{"],
)
def test_an_unfinished_request_is_closed(start):
    """300 connections that sent nothing, or a header line now and then, kept every file descriptor."""
    with _server(request_seconds=0.3) as port:
        assert _read_all(_connect(port, start)) == b""
        assert httpx.get(f"http://127.0.0.1:{port}/", trust_env=False).status_code == 200


def test_a_client_that_completes_its_requests_is_not_closed():
    """The limit must not end a kept-alive connection between two requests, or a request in two packets."""
    with _server(request_seconds=2.0) as port:
        connection = _connect(port)
        for _ in range(2):
            connection.sendall(_GET)
            connection.sendall(b"\r\n")
            assert connection.recv(65536).startswith(b"HTTP/1.1 200")
            time.sleep(3)


def test_the_oldest_of_too_many_unfinished_requests_is_closed():
    """More connections than file descriptors made the API unreachable before any deadline passed."""
    with _server(request_seconds=60.0, max_unfinished=4) as port:
        connections = [_connect(port, _GET) for _ in range(6)]
        assert [_read_all(each) for each in connections[:2]] == [b"", b""]
        connections[5].sendall(b"\r\n")
        assert connections[5].recv(65536).startswith(b"HTTP/1.1 200")


def _small_reader(port: int, buffer: int) -> socket.socket:
    """A connection that takes no more than this of a response until it is read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    connection.connect(("127.0.0.1", port))
    return connection


async def _answer_at_length(scope, receive, send) -> None:
    await PlainTextResponse(b"a" * 16_000_000)(scope, receive, send)


@pytest.mark.parametrize("header", [b"", b"Connection: close\r\n"], ids=["kept alive", "closed"])
def test_a_response_that_is_not_read_is_given_up(header, monkeypatch):
    """A client that asks and never reads kept its file descriptor and the response in memory for ever."""
    abandon, is_abandoned = LimitedProtocol.abandon, threading.Event()

    def abandon_and_tell(protocol: LimitedProtocol) -> None:
        abandon(protocol)
        is_abandoned.set()

    monkeypatch.setattr(LimitedProtocol, "abandon", abandon_and_tell)
    with _server(_answer_at_length, write_seconds=0.3) as port:
        connection = _small_reader(port, 4096)
        connection.sendall(_GET + header + b"\r\n")
        assert is_abandoned.wait(20)
        assert len(_read_all(connection)) < 16_000_000


def test_a_response_that_is_read_slowly_is_read_whole():
    """The limit is for clients that read nothing: a phone at the edge of its network gets its page."""
    with _server(_answer_at_length, write_seconds=1.0) as port:
        connection = _small_reader(port, 65536)
        connection.sendall(_GET + b"Connection: close\r\n\r\n")
        received = 0
        while part := connection.recv(1 << 17):
            received += len(part)
            time.sleep(0.02)
        assert received > 16_000_000


@pytest.mark.parametrize(
    "start", [b"GET / HTTP/1.1\r\nX: ", b"GET /", _GET + b"X: 1\r\n" * 9000], ids=["header", "url", "lines"]
)
def test_a_header_without_end_is_refused(start):
    """httptools read it into memory at 9 MB/s: 900 MiB, and other requests waited for seconds."""
    with _server() as port:
        connection = _connect(port)
        endless = itertools.chain([start], itertools.repeat(b"a" * 65536, 10_000))
        with pytest.raises(ConnectionError):
            deque(map(connection.sendall, endless), maxlen=0)


@pytest.mark.parametrize(
    "request_line_and_header",
    [
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: 1\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: a\x00b\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ],
)
def test_a_request_that_two_servers_read_differently_is_refused(request_line_and_header):
    """Where a proxy sees one request and we see two, the second is somebody else's."""
    with _server(request_seconds=2.0) as port:
        answer = _read_all(_connect(port, request_line_and_header))
    assert answer.startswith(b"HTTP/1.1 400") or answer == b""
    assert answer.count(b"HTTP/1.1") <= 1


def test_many_requests_in_one_packet_are_all_answered():
    """The limits must not take a client that sends ahead for one that sends without end."""
    with _server(request_seconds=2.0) as port:
        connection = _connect(port, (_GET + b"\r\n") * 50)
        received = b""
        while received.count(b"HTTP/1.1 200") < 50:
            received += connection.recv(65536)


def test_only_a_trusted_proxy_names_the_client():
    """Behind a proxy all clients shared one bucket of failures; without one, anybody could choose an address."""
    forwarded = {"X-Forwarded-For": "203.0.113.7"}
    for proxies, expected in (((), "127.0.0.1"), (("10.0.0.0/8",), "127.0.0.1"), (("127.0.0.0/8",), "203.0.113.7")):
        with _server(trusted_proxies=proxies) as port:
            address = f"http://127.0.0.1:{port}/"
            assert httpx.get(address, headers=forwarded, trust_env=False).text == expected, proxies
    settings = ServingSettings.from_environment({"MLB_ML_API_TRUSTED_PROXIES": "10.0.0.1, 192.168.0.0/16"})
    assert settings.trusted_proxies == ("10.0.0.1", "192.168.0.0/16")


class _SlowSlates:
    """Slates whose reading lets every other request run first."""

    async def of(self, day: date) -> object:
        await asyncio.sleep(0.01)
        return type("Slate", (), {"version": "1", "games": {}})()


def test_streams_are_counted_exactly():
    """250 streams that opened at once: 240 of 100, because the check and the count had an await between them."""
    counts: list[int] = []

    async def open_many() -> list[object]:
        async def is_valid(key_id: str) -> bool:
            return True

        slots = StreamSlots(100, 20, counts.append)
        updates = Updates(_SlowSlates(), slots, every=60, is_key_valid=is_valid)  # type: ignore[arg-type]
        release = asyncio.Event()

        async def open_one(key_id: str | None) -> None:
            async with updates.watch(DAY, None, key_id):
                await release.wait()

        keyed = [asyncio.create_task(open_one("abcd1234")) for _ in range(30)]
        others = [asyncio.create_task(open_one(None)) for _ in range(220)]
        await asyncio.sleep(0.2)
        release.set()
        results = await asyncio.gather(*keyed, *others, return_exceptions=True)
        updates.stop()
        return results

    results = asyncio.run(open_many())
    refused = [isinstance(each, TooManyStreams) for each in results]
    assert refused[:30].count(False) == 20, "of one key"
    assert refused.count(False) == 100, "in total"
    assert max(counts) == 100
    assert counts[-1] == 0


@contextmanager
def _api(served, **changes: object) -> Iterator[httpx.Client]:
    """A client of the API that requires keys."""
    settings = settings_for(require_keys=True, allowed_hosts=(), **changes)
    database = ReadDatabase(4, 5000, dsn=lambda: served.database.dsn)
    app = build_app(settings, database=database, registry=SilentRegistry())
    with _server(app) as port, httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as client:
        yield client
    database.close()


def test_the_stream_of_a_revoked_key_ends_and_others_go_on(served):
    """A revoked key still received game data and heartbeats 39 s later."""
    kept, revoked = ({"X-API-Key": key_of(served.database)} for _ in range(2))
    with (
        _api(served) as client,
        client.stream("GET", _STREAM, headers=kept) as other,
        client.stream("GET", _STREAM, headers=revoked) as ended,
    ):
        going_on, lines = other.iter_lines(), ended.iter_lines()
        assert next(going_on).startswith("retry")
        assert next(lines).startswith("retry")
        with served.database.connect() as connection:
            revoke_key(connection, revoked["X-API-Key"].split("_")[1], present())
        for line in lines:
            assert not line.startswith(":"), "a heartbeat after 15 s: the stream goes on"
        assert "streams 1.0" in client.get("/metrics", headers=kept).text
        assert client.get(_STREAM, headers=revoked).status_code == 401


def test_a_key_may_not_take_every_stream(served):
    """One client that held all slots left none for the page."""
    first, second = ({"X-API-Key": key_of(served.database)} for _ in range(2))
    with _api(served, max_streams_per_key=1) as client, client.stream("GET", _STREAM, headers=first) as one:
        assert one.status_code == 200
        refused = client.get(_STREAM, headers=first)
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:mlb-ml:problem:too-many-streams")
        assert "Retry-After" in refused.headers
        with client.stream("GET", _STREAM, headers=second) as two:
            assert two.status_code == 200
