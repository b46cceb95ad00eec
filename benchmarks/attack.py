"""The Prediction API while it is attacked, and what its limits cost a request.

Belongs here: its latency beside an endless header, slow headers and idle connections; CPU a request beside uvicorn's
own protocol.
Not here: whether a limit holds (mlb_ml_assets_tests/serving/test_attacks.py).
"""

import http.client
import os
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

import psutil

from benchmarks.figures import Figure
from benchmarks.scratch import Scratch

HEALTH, SLATE = "/health/live", "/api/v1/slates/2001-01-01"
_START: Final = b"GET / HTTP/1.1\r\nHost: localhost\r\nX-Endless: "
# The rate that stopped the API for seconds when nothing bounded a header.
_FLOOD_BYTES_A_SECOND: Final = 9_000_000
_SLOW, _IDLE = 8, 300
_OURS: Final = "from mlb_ml_assets.serving.__main__ import main; main(['--port', '{port}'])"
_PLAIN: Final = (
    "import uvicorn; from mlb_ml_assets.serving.app import build_app; "
    "from mlb_ml_assets.serving.settings import ServingSettings; uvicorn.run("
    "build_app(ServingSettings.from_environment()), port={port}, http='httptools', ws='none', access_log=False, "
    "log_config=None)"
)


def measure(scratch: Scratch) -> list[Figure]:
    """99th percentiles in ms, quiet and attacked; CPU ms a request in turns of both."""
    # One client asks thousands of times: the rate that is meant for people would answer 429.
    environment = {**os.environ, **scratch.environment(), "MLB_ML_API_REQUESTS_PER_MINUTE": "1000000"}
    with _server(_OURS, environment) as (port, process), _server(_PLAIN, environment) as (plain_port, plain):
        quiet = _latencies(port)
        with _attackers(port):
            attacked = _latencies(port)
        ours: list[float] = []
        limit: list[float] = []
        for turn in range(6):
            for mine in (turn % 2 == 0, turn % 2 == 1):
                spent = _cpu_of_requests(*((port, process) if mine else (plain_port, plain)))
                (ours if mine else limit).append(spent)
    note = f"an endless header at 9 MB/s, {_SLOW} slow ones, {_IDLE} idle connections; quiet: {_p99(quiet):.1f} ms"
    own = "uvicorn's own protocol, without limits"
    return [
        Figure("attack", f"{HEALTH} attacked, p99", "ms", _p99(attacked), bar=50, note=note),
        Figure("attack", f"CPU of {SLATE}", "ms", statistics.median(ours), statistics.median(limit), own, bar=1.1),
    ]


@contextmanager
def _server(program: str, environment: Mapping[str, str]) -> Iterator[tuple[int, psutil.Process]]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    process = subprocess.Popen(  # noqa: S603 (programs of ours)
        [sys.executable, "-c", program.format(port=port)], env=environment, stderr=subprocess.DEVNULL
    )
    try:
        while not _is_up(port):
            if process.poll() is not None:
                raise RuntimeError(f"the API ended with exit code {process.returncode}")
            time.sleep(0.1)
        yield port, psutil.Process(process.pid)
    finally:
        process.terminate()
        process.wait(30)


def _is_up(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) == 0


def _ask(connection: http.client.HTTPConnection, path: str) -> None:
    connection.request("GET", path)
    answer = connection.getresponse()
    answer.read()
    if answer.status != http.client.OK:
        raise RuntimeError(f"{path} was answered with {answer.status}")


def _latencies(port: int, requests: int = 1000) -> list[float]:
    """Milliseconds of each of many requests, 50 a second, each on a connection of its own as a probe's is."""
    taken = []
    for _ in range(requests):
        began = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        _ask(connection, HEALTH)
        connection.close()
        taken.append(1e3 * (time.perf_counter() - began))
        time.sleep(max(0.0, 0.02 - taken[-1] / 1e3))
    return taken


def _cpu_of_requests(port: int, process: psutil.Process, requests: int = 1000) -> float:
    """CPU milliseconds of the server a request, on one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    for _ in range(50):
        _ask(connection, SLATE)
    before = process.cpu_times()
    for _ in range(requests):
        _ask(connection, SLATE)
    after = process.cpu_times()
    connection.close()
    return 1e3 * (after.user + after.system - before.user - before.system) / requests


def _p99(values: list[float]) -> float:
    return statistics.quantiles(values, n=100)[98]


@contextmanager
def _attackers(port: int) -> Iterator[None]:
    # A process of their own: threads of this one would delay the clock that measures.
    process = subprocess.Popen([sys.executable, "-m", "benchmarks.attack", str(port)])  # noqa: S603 (ditto)
    time.sleep(3.0)
    try:
        if process.poll() is not None:
            raise RuntimeError("the attackers ended before the measurement")
        yield
    finally:
        process.kill()
        process.wait()


def attack(port: int) -> None:
    """Send without end, and hold what is not closed; a connection that is closed is opened again."""
    chunk = b"a" * 65536
    idle = [_connect(port) for _ in range(_IDLE)]
    slow = [_connect(port, _START) for _ in range(_SLOW)]
    endless = _connect(port, _START)
    while True:
        began = time.perf_counter()
        endless = _send(endless, chunk, port)
        slow = [_send(each, b"a", port) for each in slow]
        # A twentieth of the idle ones in each round is enough to replace those that were closed.
        idle = [*idle[15:], *(_kept(each, port) for each in idle[:15])]
        time.sleep(max(0.0, len(chunk) / _FLOOD_BYTES_A_SECOND - (time.perf_counter() - began)))


def _connect(port: int, start: bytes = b"") -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port), timeout=30)
    connection.sendall(start)
    return connection


def _send(connection: socket.socket, data: bytes, port: int) -> socket.socket:
    with suppress(OSError):
        connection.sendall(data)
        return connection
    connection.close()
    return _connect(port, _START)


def _kept(connection: socket.socket, port: int) -> socket.socket:
    try:
        is_closed = connection.recv(1, socket.MSG_DONTWAIT) == b""
    except BlockingIOError:
        is_closed = False
    except OSError:
        is_closed = True
    if not is_closed:
        return connection
    connection.close()
    return _connect(port)


if __name__ == "__main__":
    attack(int(sys.argv[1]))
