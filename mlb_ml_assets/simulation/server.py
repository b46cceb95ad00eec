"""The simulated league behind real HTTP, on loopback, with a clock and faults to set.

Belongs here: one server that answers at the paths of every source; a record of the prices it has published.
Not here: payloads (payloads.py), the kinds of fault (faults.py).
"""

import gzip
import hashlib
import time
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from mlb_ml_assets.simulation.faults import HARMLESS, STATUS, Fault, Faults, spoil
from mlb_ml_assets.simulation.league import League
from mlb_ml_assets.simulation.payloads import Answer, Answers

# event id, book id, market, side, stamp
PublishedKey = tuple[int, int, str, str, datetime]
# odds, line, status, whether in play
PublishedPrice = tuple[int, float | None, str, bool]
_SOURCES = (
    "MLB_STATS_API", "ACTION_NETWORK", "SPORTSBETTINGDIME", "VSIN", "THE_ODDS_API", "NATIONAL_WEATHER_SERVICE",
    "OPEN_METEO", "OPEN_METEO_PREVIOUS_RUNS",
)  # fmt: skip


class SourceServer:
    """Every source of one league at one loopback address.

    Use it as a context manager. `clock` is the instant at which the sources answer; move it freely. `faults` may be
    changed at any time. `published` has every price change of a complete response, by the key that staging
    gives it; of changes with one key the last of the response counts. `requests` logs (path, status, fault).
    """

    def __init__(self, league: League, clock: datetime, *, faults: Faults | None = None, port: int = 0) -> None:
        self.port = port
        self.answers = Answers(league)
        self.clock = clock
        self.faults = faults or Faults()
        self.published: dict[PublishedKey, PublishedPrice] = {}
        self.requests: list[tuple[str, int, Fault | None]] = []
        self._lock = Lock()
        self._http: ThreadingHTTPServer | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> str:
        """Listen on loopback, on a free port unless one was given; gives the address."""
        server = self

        class Handler(_Handler):
            source = server

        self._http = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self._http.daemon_threads = True
        Thread(target=self._http.serve_forever, args=(0.05,), name="simulated sources", daemon=True).start()
        return self.url

    def stop(self) -> None:
        """Stop listening; asking again is harmless."""
        if self._http is not None:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    @property
    def url(self) -> str:
        """Address without a slash at its end.

        Raises:
            RuntimeError: the server does not run.
        """
        if self._http is None:
            raise RuntimeError("the simulated sources are not running: use `with server:` or start()")
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def environment(self) -> dict[str, str]:
        """The variables under which every source client finds this server."""
        return source_variables(self.url)

    def advance(self, by: timedelta) -> datetime:
        """Move the clock; return the new instant."""
        self.clock += by
        return self.clock

    def record(self, answer: Answer) -> list[PublishedKey]:
        """Record the price changes of a response about to be sent whole; return those that are new."""
        new = []
        with self._lock:
            for event_id, change in answer.changes:
                key = (event_id, change.book_id, change.market, change.side, change.updated_at)
                if key not in self.published:
                    new.append(key)
                self.published[key] = (change.odds, change.line, change.status, change.is_live)
        return new

    def retract(self, keys: list[PublishedKey]) -> None:
        """Take back the price changes of a response that its client did not receive."""
        with self._lock:
            for key in keys:
                self.published.pop(key, None)

    def log(self, path: str, status: int, fault: Fault | None) -> None:
        """Record one request."""
        with self._lock:
            self.requests.append((path, status, fault))


def source_variables(url: str) -> dict[str, str]:
    """The variables under which every source client finds a league at this address."""
    return {f"MLB_ML_{source}_URL": url for source in _SOURCES} | {"MLB_ML_THE_ODDS_API_KEY": "simulated"}


class _Handler(BaseHTTPRequestHandler):
    source: SourceServer
    protocol_version = "HTTP/1.1"
    # Head and body are two writes; without this each kept connection waits 40 ms for an acknowledgement between them.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        server, faults = self.source, self.source.faults
        fault = faults.strike(parts.path)
        if fault in STATUS:
            self._refuse(fault)
            return
        answer = server.answers.answer(parts.path, dict(parse_qsl(parts.query)), server.clock, skew=faults.clock_skew)
        body = spoil(fault, answer.body, faults)
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        if answer.status == 200 and fault is None and self.headers.get("If-None-Match") == etag:
            server.log(self.path, 304, None)
            self._head(304, {"ETag": etag, "Content-Length": "0"})
            return
        headers = {"Content-Type": answer.content_type}
        if answer.status == 200:
            headers["ETag"] = etag
        if "gzip" in self.headers.get("Accept-Encoding", "") or fault is Fault.BROKEN_GZIP:
            body, headers["Content-Encoding"] = gzip.compress(body, 1, mtime=0), "gzip"
        if fault is Fault.BROKEN_GZIP:
            middle = len(body) // 2
            body = body[:middle] + b"\xff" * 16 + body[middle + 16 :]
        headers["Content-Length"] = str(len(body))
        if fault is Fault.CUT_BODY:
            body = body[: len(body) // 2]
        # On record before the last byte leaves: the client may look at the record as soon as it has that.
        server.log(self.path, answer.status, fault)
        self._head(answer.status, headers)
        new = server.record(answer) if fault is None or fault in HARMLESS else []
        if not self._send(body, fault):
            server.retract(new)

    def _refuse(self, fault: Fault) -> None:
        body = b'{"message":"' + fault.value.encode() + b'"}'
        headers = {"Content-Type": "application/json", "Content-Length": str(len(body))}
        if fault is Fault.TOO_MANY_REQUESTS:
            headers["Retry-After"] = str(self.source.faults.retry_after)
        self.source.log(self.path, STATUS[fault], fault)
        self._head(STATUS[fault], headers)
        self._send(body, fault)

    def _head(self, status: int, headers: dict[str, str]) -> None:
        self.send_response_only(status)
        self.send_header("Server", "simulated-league")
        self.send_header("Date", format_datetime(self.source.clock + self.source.faults.clock_skew, usegmt=True))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def _send(self, body: bytes, fault: Fault | None) -> bool:
        try:
            if fault is Fault.SLOW_BODY:
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                time.sleep(self.source.faults.slow_seconds)
                body = body[len(body) // 2 :]
            self.wfile.write(body)
            self.wfile.flush()
        except OSError:
            # The client went away: it did not get this response, so none of it counts as published.
            self.close_connection = True
            return False
        if fault is Fault.CUT_BODY:
            self.close_connection = True
        return True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's
        """Say nothing on stderr; requests are in `SourceServer.requests`."""
