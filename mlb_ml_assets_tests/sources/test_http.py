"""What a source may do to us over HTTP, done by a small server on loopback.

Belongs here: retries, limits, broken bodies, ETag, circuit breaker.
Not here: what payloads mean.
"""

import gzip
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from mlb_ml_assets.sources import politeness
from mlb_ml_assets.sources.http import (
    BodyBroken,
    BodyTooLarge,
    Limits,
    SourceBusy,
    SourceClient,
    SourceDown,
    SourceNotFound,
    SourceRefused,
    SourceUnavailable,
)
from mlb_ml_assets.sources.politeness import CircuitBreaker, CircuitOpen

Answer = Callable[[BaseHTTPRequestHandler], None]


class Source:
    """A server that gives its answers in turn, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = []
        self.requests: list[BaseHTTPRequestHandler] = []
        self.waits: list[float] = []

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(handler) -> None:  # noqa: N805
                self.requests.append(handler)
                answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
                answer(handler)

            def log_message(handler, *_: object) -> None:  # noqa: N805
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def client(self, monkeypatch: pytest.MonkeyPatch, **options) -> SourceClient:
        monkeypatch.setenv("MLB_ML_SOME_FEED_URL", f"http://127.0.0.1:{self.server.server_port}")
        limits = {"interval": 0.0, "read_timeout": 0.5, "connect_timeout": 0.5, **options.pop("limits", {})}
        return SourceClient(
            "some_feed", "http://nowhere.invalid", limits=Limits(**limits), pause=self.waits.append, **options
        )


def answer(status: int = 200, body: bytes = b"{}", *, length: int | None = None, **headers: str) -> Answer:
    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", str(len(body) if length is None else length))
        handler.end_headers()
        handler.wfile.write(body)
        if length is not None:
            handler.close_connection = True

    return give


@pytest.fixture
def source() -> Iterator[Source]:
    one = Source()
    yield one
    one.server.shutdown()
    one.server.server_close()


def test_a_payload_carries_what_was_asked_when_and_by_whom(source, monkeypatch):
    """A payload without its endpoint and instant cannot be dated later; an anonymous client is a rude one."""
    source.answers = [answer(body=b'{"a": 1}', ETag='"x"')]
    payload = source.client(monkeypatch).get("/v1/odds", {"b": "2", "a": "1"})
    assert (payload.endpoint, payload.status, payload.body) == ("/v1/odds?a=1&b=2", 200, b'{"a": 1}')
    assert payload.captured_at.tzinfo is not None
    assert payload.headers["etag"] == '"x"'
    assert source.requests[0].headers["User-Agent"].startswith("mlb-ml-assets/")


def test_a_key_is_sent_and_appears_nowhere(source, monkeypatch):
    """Endpoints are stored and messages are logged; a key in either is a leak."""
    source.answers = [answer(403)]
    with pytest.raises(SourceRefused) as refused:
        source.client(monkeypatch).get("/v4/odds", secret_params={"apiKey": "s3cret"})
    assert "apiKey=s3cret" in source.requests[0].path
    assert "s3cret" not in str(refused.value)


def test_a_key_is_not_logged_even_where_all_is_logged(source, monkeypatch, caplog):
    """httpx logs each address at INFO: with `logging.basicConfig(level=INFO)` the key was in the log."""
    source.answers = [answer()]
    with caplog.at_level("INFO"):
        source.client(monkeypatch).get("/x", secret_params={"apiKey": "planted-key"})
    assert "planted-key" not in caplog.text


@pytest.mark.parametrize(
    ("status", "error", "tries"), [(403, SourceRefused, 1), (404, SourceNotFound, 1), (500, SourceDown, 4)]
)
def test_only_what_may_pass_is_asked_again(status, error, tries, source, monkeypatch):
    """Asking a 403 four times is how addresses get blocked."""
    source.answers = [answer(status)]
    with pytest.raises(error):
        source.client(monkeypatch).get("/x")
    assert len(source.requests) == tries


def test_a_source_that_recovers_within_the_attempts_is_no_failure(source, monkeypatch):
    """One 500 in the night must not lose a slate."""
    source.answers = [answer(500), answer(502), answer(body=b"[1]")]
    assert source.client(monkeypatch).get("/x").body == b"[1]"
    assert all(wait > 0 for wait in source.waits)
    assert len(source.waits) == 2


def test_retry_after_is_obeyed(source, monkeypatch):
    """The source says when; our own schedule would be too early."""
    source.answers = [answer(429, Retry_After="7"), answer()]
    source.client(monkeypatch).get("/x")
    assert source.waits == [7.0]


def test_a_long_retry_after_leaves_the_source_alone(source, monkeypatch):
    """After the attempts are used up, not even the next request may go out before the named time."""
    source.answers = [answer(429, Retry_After="3600")]
    client = source.client(monkeypatch)
    with pytest.raises(SourceBusy):
        client.get("/x")
    with pytest.raises(CircuitOpen, match=r"next try in 3[56]\d\d s"):
        client.get("/y")
    assert len(source.requests) == 4


def test_an_unchanged_payload_is_not_sent_twice(source, monkeypatch):
    """304 gives the body that we have."""
    source.answers = [answer(304, b"")]
    client = source.client(monkeypatch, recall=lambda endpoint: ('"x"', b"[1]") if endpoint == "/x" else None)
    payload = client.get("/x")
    assert (payload.status, payload.body) == (304, b"[1]")
    assert source.requests[0].headers["If-None-Match"] == '"x"'


def test_a_gzip_body_is_decoded(source, monkeypatch):
    source.answers = [answer(body=gzip.compress(b"[1]" * 1000), Content_Encoding="gzip")]
    assert source.client(monkeypatch).get("/x").body == b"[1]" * 1000


@pytest.mark.parametrize("cut", [5, 30, -8, -1])
def test_a_gzip_body_without_its_end_is_no_body(cut, source, monkeypatch):
    """The HTTP library decodes what there is and says nothing: half a slate would pass for the whole."""
    body = gzip.compress(bytes(range(256)) * 8)
    source.answers = [answer(body=body[:cut], Content_Encoding="gzip")]
    with pytest.raises(BodyBroken):
        source.client(monkeypatch, limits={"attempts": 1}).get("/x")


def test_a_garbled_gzip_body_is_named(source, monkeypatch):
    source.answers = [answer(body=b"no gzip at all", Content_Encoding="gzip")]
    with pytest.raises(BodyBroken, match="does not decompress"):
        source.client(monkeypatch, limits={"attempts": 1}).get("/x")


def test_a_cut_body_is_named(source, monkeypatch):
    """Fewer bytes than Content-Length promised."""
    source.answers = [answer(body=b'{"games": [', length=4000)]
    with pytest.raises(BodyBroken, match="cut"):
        source.client(monkeypatch, limits={"attempts": 1}).get("/x")


def test_a_gzip_bomb_is_stopped_before_it_fills_memory(source, monkeypatch):
    """10 MB of zeros are 10 kB on the wire."""
    source.answers = [answer(body=gzip.compress(bytes(10_000_000)), Content_Encoding="gzip")]
    with pytest.raises(BodyTooLarge):
        source.client(monkeypatch, limits={"largest_body": 100_000}).get("/x")
    assert len(source.requests) == 1


def test_a_body_that_drips_is_given_up(source, monkeypatch):
    """A byte now and then keeps every read timeout from firing."""
    from time import sleep

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.send_header("Content-Length", "1000")
        handler.end_headers()
        for _ in range(20):
            try:
                handler.wfile.write(b"x")
                handler.wfile.flush()
            except OSError:
                return
            sleep(0.05)

    source.answers = [drip]
    with pytest.raises(SourceDown, match="not complete after"):
        source.client(monkeypatch, limits={"attempts": 1, "total_timeout": 0.2}).get("/x")


def test_headers_that_drip_are_given_up(source, monkeypatch):
    """A header line now and then kept a run for ever: the clock started with the body."""
    from time import monotonic, sleep

    def drip(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        for number in range(100):
            try:
                handler.wfile.write(f"X-{number}: x\r\n".encode())
                handler.wfile.flush()
            except OSError:
                return
            sleep(0.05)

    source.answers = [drip]
    began = monotonic()
    with pytest.raises(SourceDown, match="not complete after"):
        source.client(monkeypatch, limits={"attempts": 1, "total_timeout": 0.3}).get("/x")
    assert monotonic() - began < 4  # the whole answer would take five seconds


@pytest.mark.parametrize(
    "place",
    [
        "http://localhost:9/x",
        "http://127.0.0.1:9/latest/meta-data",
        "http://10.0.0.1/x",
        "//evil.example/x",
        "ftp://127.0.0.1/x",
    ],
)
def test_a_redirect_to_another_host_is_not_followed(place, source, monkeypatch):
    """A source, or its impostor, made us read from this machine and its network, and kept the answer."""
    source.answers = [answer(302, Location=place)]
    with pytest.raises(SourceUnavailable):
        source.client(monkeypatch, limits={"attempts": 1}).get("/x")
    assert len(source.requests) == 1


def test_a_redirect_within_the_host_is_followed(source, monkeypatch):
    """Sources move their pages."""
    source.answers = [answer(301, Location="/new"), answer(body=b'{"moved": 1}')]
    assert source.client(monkeypatch).get("/old").body == b'{"moved": 1}'


@pytest.mark.parametrize("value", ["\u00b2", "-5", "nan", "1e9", "Thu, 01 Jan 99999 00:00:00 GMT", "9" * 400])
def test_an_odd_retry_after_is_no_traceback(value, source, monkeypatch):
    """A superscript two is a digit to Python and no number."""

    def give(handler: BaseHTTPRequestHandler) -> None:
        handler.wfile.write(
            b"HTTP/1.1 429 Busy\r\nRetry-After: " + value.encode("latin-1") + b"\r\nContent-Length: 0\r\n\r\n"
        )

    source.answers = [give]
    with pytest.raises(SourceBusy) as refused:
        source.client(monkeypatch, limits={"attempts": 1}).get("/x")
    assert refused.value.retry_after is None or 0 <= refused.value.retry_after <= 24 * 3600


def test_every_member_of_a_gzip_body_is_read(source, monkeypatch):
    """Proxies concatenate; the second half of a slate was dropped without a word."""
    body = gzip.compress(b'{"a": ') + gzip.compress(b"1}")
    source.answers = [answer(body=body, Content_Encoding="gzip")]
    assert source.client(monkeypatch).get("/x").body == b'{"a": 1}'
    source.answers = [answer(body=gzip.compress(b"{}") + b"junk", Content_Encoding="gzip")]
    with pytest.raises(BodyBroken):
        source.client(monkeypatch, limits={"attempts": 1}).get("/x")


def test_a_silent_source_times_out(source, monkeypatch):
    from time import sleep

    source.answers = [lambda handler: sleep(1.0)]
    with pytest.raises(SourceDown, match="Timeout"):
        source.client(monkeypatch, limits={"attempts": 1, "read_timeout": 0.1}).get("/x")


def test_a_source_that_keeps_failing_is_left_alone(source, monkeypatch):
    """Five failures in a row open the circuit: no sixth request goes out."""
    source.answers = [answer(500)]
    client = source.client(monkeypatch, limits={"attempts": 1})
    for _ in range(5):
        with pytest.raises(SourceDown):
            client.get("/x")
    with pytest.raises(CircuitOpen, match="5 failures in a row"):
        client.get("/x")
    assert len(source.requests) == 5


def test_a_circuit_lets_one_request_try_after_its_time():
    """Open for ever would need a restart."""
    now = [0.0]
    breaker = CircuitBreaker(failures=2, cooldown=60.0, clock=lambda: now[0])
    breaker.failed()
    breaker.check("s", "/x")
    breaker.failed()
    with pytest.raises(CircuitOpen):
        breaker.check("s", "/x")
    now[0] = 61.0
    breaker.check("s", "/x")
    breaker.succeeded()
    breaker.failed()
    breaker.check("s", "/x")


def test_requests_to_one_host_keep_their_distance(monkeypatch):
    """Two clients of one host share its turns; another host does not wait."""
    monkeypatch.setattr(politeness, "_turns", {})
    monkeypatch.setattr(politeness, "monotonic", lambda: 100.0)
    waits: list[float] = []
    for host in ("a", "a", "a", "b"):
        politeness.wait_for_turn(host, 2.0, waits.append)
    assert waits == [2.0, 4.0]
