"""One kept HTTP client per source: polite, patient, and clear about what went wrong.

Belongs here: timeouts, retries, Retry-After, ETag, rate limit, circuit breaker, size limit, base addresses.
Not here: what a payload means (the source's module), storing it (warehouse/payloads.py).
"""

import logging
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from time import monotonic, sleep
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlencode, urlsplit

import httpcore
import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt
from tenacity.wait import wait_exponential_jitter

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.sources.politeness import CircuitBreaker, wait_for_turn
from mlb_ml_assets.sources.reading import SourceError
from mlb_ml_assets.sources.redirects import foreign_redirect
from mlb_ml_assets.sources.rows import Payload

Recall = Callable[[str], tuple[str, bytes] | None]
# A source that demands a longer wait is requested again tomorrow, by the schedule.
_LONGEST_RETRY_AFTER = 24 * 3600.0


class SourceUnavailable(SourceError, ConnectionError):
    """A source gave no usable answer. `retryable`: the same request may succeed later by itself."""

    retryable = True

    def __init__(self, source: str, endpoint: str, why: str, *, retry_after: float | None = None) -> None:
        self.source = source
        self.endpoint = endpoint
        self.retry_after = retry_after
        super().__init__(f"{source}: {endpoint}: {why}")


class SourceRefused(SourceUnavailable):
    """401, 403, or another answer that asking again will not change."""

    retryable = False


class SourceNotFound(SourceRefused):
    """404 or 410: the source has no such thing."""


class SourceBusy(SourceUnavailable):
    """429 or 503: requested too often, or down for a while."""


class SourceDown(SourceUnavailable):
    """A 5xx answer, no connection, or no answer in time."""


class BodyBroken(SourceUnavailable):
    """The body was cut, does not decompress, or ends before it should."""


class BodyTooLarge(SourceUnavailable):
    """More bytes than any real payload of this source has."""

    retryable = False


@dataclass(frozen=True)
class Limits:
    """How one source is requested. Seconds and bytes; `interval`: between two requests to one host."""

    interval: float = 1.0
    connect_timeout: float = 10.0
    read_timeout: float = 20.0
    total_timeout: float = 90.0
    attempts: int = 4
    longest_wait: float = 60.0
    # The largest real payload seen is a season's schedule of 3.2 MB.
    largest_body: int = 64 * 1024 * 1024


def user_agent() -> str:
    """Who we are: project and version; MLB_ML_USER_AGENT replaces it where other terms were agreed with a source."""
    try:
        number = version("mlb-ml-assets")
    except PackageNotFoundError:
        number = "0"
    return os.environ.get("MLB_ML_USER_AGENT") or f"mlb-ml-assets/{number} (python-httpx)"


def base_url(source: str, default: str) -> str:
    """The source's address: MLB_ML_<SOURCE>_URL, e.g. MLB_ML_MLB_STATS_API_URL, or the public one."""
    return (os.environ.get(f"MLB_ML_{source.upper()}_URL") or default).rstrip("/")


class SourceClient:
    """A kept connection to one source. Thread-safe only in as far as httpx.Client is: use one per thread."""

    def __init__(
        self,
        source: str,
        default_url: str,
        *,
        limits: Limits | None = None,
        recall: Recall | None = None,
        pause: Callable[[float], None] = sleep,
    ) -> None:
        """Open a client.

        Args:
            source: name in tables and in the address variable.
            default_url: public address, without a slash at its end.
            limits: how to ask.
            recall: for an endpoint, the ETag and body we already have, so that an unchanged payload is not sent again.
            pause: waits so many seconds; tests pass their own.
        """
        self.source = source
        self.url = base_url(source, default_url)
        self.limits = limits or Limits()
        self.breaker = CircuitBreaker(failures=5, cooldown=300.0)
        # At INFO httpx logs whole addresses, and in them the keys of secret_params.
        logging.getLogger("httpx").setLevel(logging.WARNING)
        self._recall = recall or (lambda _endpoint: None)
        self._pause = pause
        self._client = httpx.Client(
            timeout=httpx.Timeout(self.limits.read_timeout, connect=self.limits.connect_timeout),
            headers={"User-Agent": user_agent(), "Accept-Encoding": "gzip"},
            follow_redirects=True,
            event_hooks={"response": [self._refuse_redirect]},
        )
        for transport in (self._client._transport, *self._client._mounts.values()):  # noqa: SLF001 (as below)
            pool = getattr(transport, "_pool", None)
            if pool is not None:
                # httpx times each read and has no limit for all of them: a header line every second goes on for ever.
                pool._network_backend = _TimedBackend(pool._network_backend, self._seconds_left)  # noqa: SLF001
        self._deadline = float("inf")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the connections back."""
        self._client.close()

    def get(
        self,
        path: str,
        params: Mapping[str, str] | None = None,
        *,
        secret_params: Mapping[str, str] | None = None,
    ) -> Payload:
        """One payload. `secret_params` (keys) are sent, and appear in no endpoint, message or table.

        Raises:
            SourceUnavailable: see its subclasses; after all attempts where trying again made sense.
            CircuitOpen: the source failed too often lately and is left alone for a while.
        """
        query = urlencode(sorted((params or {}).items()))
        endpoint = f"{path}?{query}" if query else path
        self.breaker.check(self.source, endpoint)
        retrying = Retrying(
            stop=stop_after_attempt(self.limits.attempts),
            wait=self._wait,
            retry=retry_if_exception(lambda error: isinstance(error, SourceUnavailable) and error.retryable),
            sleep=self._pause,
            reraise=True,
        )
        try:
            payload = retrying(self._once, endpoint, path, {**(params or {}), **(secret_params or {})})
        except SourceNotFound:
            raise
        except SourceUnavailable as error:
            self.breaker.failed(for_seconds=error.retry_after)
            raise
        self.breaker.succeeded()
        return payload

    def _seconds_left(self) -> float:
        return self._deadline - monotonic()

    def _refuse_redirect(self, response: httpx.Response) -> None:
        if (place := foreign_redirect(response)) is not None:
            path = response.request.url.path
            raise SourceRefused(self.source, path, f"leads to {place}: set {self._variable} to it")

    @property
    def _variable(self) -> str:
        return f"MLB_ML_{self.source.upper()}_URL"

    def _wait(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        wanted = getattr(error, "retry_after", None)
        if wanted is not None:
            return float(min(wanted, self.limits.longest_wait))
        return wait_exponential_jitter(initial=1, max=self.limits.longest_wait, jitter=1)(state)

    def _once(self, endpoint: str, path: str, params: Mapping[str, str]) -> Payload:
        address = urlsplit(self.url)
        # A server on this machine is a simulated league: nobody to be polite to.
        interval = 0.0 if address.hostname in ("127.0.0.1", "::1", "localhost") else self.limits.interval
        wait_for_turn(address.netloc, interval, self._pause)
        known = self._recall(endpoint)
        headers = {"If-None-Match": known[0]} if known else {}
        self._deadline = monotonic() + self.limits.total_timeout
        try:
            with self._client.stream("GET", self.url + path, params=dict(params), headers=headers) as response:
                captured_at = present()
                if response.status_code == 304 and known:
                    return Payload(self.source, endpoint, 304, known[1], captured_at, _kept(response.headers))
                self._refuse(endpoint, response)
                body = b"".join(self._body(endpoint, response))
                return Payload(self.source, endpoint, response.status_code, body, captured_at, _kept(response.headers))
        except httpx.RemoteProtocolError as error:
            raise BodyBroken(self.source, endpoint, f"the answer was cut: {error}") from error
        except httpx.HTTPError as error:
            if self._seconds_left() <= 0:
                raise self._too_slow(endpoint) from error
            raise SourceDown(self.source, endpoint, f"{type(error).__name__}: {error}") from error

    def _too_slow(self, endpoint: str) -> SourceDown:
        return SourceDown(self.source, endpoint, f"answer not complete after {self.limits.total_timeout:.0f} s")

    def _refuse(self, endpoint: str, response: httpx.Response) -> None:
        status = response.status_code
        if status in (429, 503):
            raise SourceBusy(self.source, endpoint, f"answered {status}", retry_after=_retry_after(response.headers))
        if status >= 500:
            raise SourceDown(self.source, endpoint, f"answered {status}")
        if status in (404, 410):
            raise SourceNotFound(self.source, endpoint, f"answered {status}")
        if status != 200:
            raise SourceRefused(self.source, endpoint, f"answered {status}; it may not want this client")

    def _body(self, endpoint: str, response: httpx.Response) -> Iterator[bytes]:
        """Decoded body in pieces. Our own gunzip, because httpx takes a gzip stream without its end for a whole one."""
        coding = response.headers.get("content-encoding", "identity").lower()
        if coding not in ("identity", "gzip", "x-gzip"):
            raise BodyBroken(self.source, endpoint, f"content-encoding {coding!r} was not requested")
        unzip = _Gunzip() if "gzip" in coding else None
        taken = 0
        for raw in response.iter_raw():
            try:
                room = self.limits.largest_body - taken + 1
                piece = unzip.decompress(raw, room) if unzip else raw
            except zlib.error as error:
                raise BodyBroken(self.source, endpoint, f"does not decompress: {error}") from error
            taken += len(piece)
            if taken > self.limits.largest_body:
                raise BodyTooLarge(self.source, endpoint, f"body over {self.limits.largest_body} bytes")
            if self._seconds_left() < 0:
                raise self._too_slow(endpoint)
            yield piece
        if unzip and not unzip.is_whole:
            raise BodyBroken(self.source, endpoint, f"gzip body ends early, after {taken} decoded bytes")


class _Gunzip:
    """A gzip stream of one or more members, as RFC 1952 allows; bytes after the last are an error."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)

    @property
    def is_whole(self) -> bool:
        """Whether the last member has ended."""
        return self._member.eof

    def decompress(self, raw: bytes, room: int) -> bytes:
        """The next bytes, at most `room`."""
        plain = b""
        while raw and len(plain) < room:
            if self._member.eof:
                self._member = zlib.decompressobj(wbits=31)
            plain += self._member.decompress(raw, room - len(plain))
            raw = self._member.unused_data if self._member.eof else b""
        return plain


class _TimedBackend(httpcore.NetworkBackend):
    """Connections whose every read ends at the request's own deadline, headers included."""

    def __init__(self, backend: httpcore.NetworkBackend, seconds_left: Callable[[], float]) -> None:
        self._backend, self._seconds_left = backend, seconds_left

    def connect_tcp(self, *arguments: Any, **named: Any) -> httpcore.NetworkStream:
        return _TimedStream(self._backend.connect_tcp(*arguments, **named), self._seconds_left)


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, seconds_left: Callable[[], float]) -> None:
        self._stream, self._seconds_left = stream, seconds_left

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        left = self._seconds_left()
        if left <= 0:
            raise httpcore.ReadTimeout("no whole answer in the time of a request")
        return self._stream.read(max_bytes, left if timeout is None else min(timeout, left))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(self, *arguments: Any, **named: Any) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(*arguments, **named), self._seconds_left)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _kept(headers: httpx.Headers) -> dict[str, str]:
    return {name: headers[name] for name in ("etag", "last-modified", "date", "content-type") if name in headers}


def _retry_after(headers: httpx.Headers) -> float | None:
    value = headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), _LONGEST_RETRY_AFTER)
    try:
        stamp = parsedate_to_datetime(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max((stamp.astimezone(UTC) - datetime.now(UTC)).total_seconds(), 0.0), _LONGEST_RETRY_AFTER)
