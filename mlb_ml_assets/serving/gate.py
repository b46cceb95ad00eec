"""Who may come in: the host name, the key, the rate.

Belongs here: plain ASGI in front of every route; refusals.
Not here: keys themselves (api_keys.py), anything after the decision.
"""

import base64
import binascii
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from mlb_ml_assets.serving.api_keys import KeyChecker
from mlb_ml_assets.serving.database import DatabaseBusy, DatabaseGone, NotMigrated
from mlb_ml_assets.serving.metrics import Metrics
from mlb_ml_assets.serving.problems import Problem, unavailable
from mlb_ml_assets.serving.settings import ServingSettings
from mlb_ml_assets.warehouse.api_keys import ApiKeyRow

_log = logging.getLogger("mlb_ml.api")
# A probe of the machine has no key, and learns nothing but up or down.
_OPEN = {f"{prefix}/health{part}" for prefix in ("", "/api/v1") for part in ("", "/ready", "/live")}
_MOST_BUCKETS = 10_000


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class RateLimit:
    """Token buckets: `per_minute` on average, a sixth of it (at least 5) at once."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._buckets: dict[str, _Bucket] = {}

    def wait(self, name: str, per_minute: int, *, spend: bool = True) -> float:
        """Seconds until `name` may go on; 0 takes a token unless `spend` is False."""
        room, rate, now = max(5.0, per_minute / 6), per_minute / 60, self._now()
        bucket = self._buckets.get(name)
        if bucket is None:
            if len(self._buckets) >= _MOST_BUCKETS:
                self._buckets.clear()
            bucket = self._buckets[name] = _Bucket(room, now)
        bucket.tokens = min(room, bucket.tokens + (now - bucket.filled_at) * rate)
        bucket.filled_at = now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / rate
        bucket.tokens -= spend
        return 0.0


class Gate:
    """ASGI middleware that lets a request through or answers with the reason why not."""

    def __init__(
        self,
        app: ASGIApp,
        settings: ServingSettings,
        keys: KeyChecker,
        metrics: Metrics,
        refuse: Callable[[Problem, Scope], Callable[[Scope, Receive, Send], Awaitable[None]]],
    ) -> None:
        self.app = app
        self._settings = settings
        self._keys = keys
        self._metrics = metrics
        self._refuse = refuse
        self._rates = RateLimit()
        self._hosts = {host.strip("[]").lower() for host in settings.allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            await self._admit(scope)
        except Problem as problem:
            self._metrics.refused.labels(problem.kind).inc()
            await self._refuse(problem, scope)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _admit(self, scope: Scope) -> None:
        headers = Headers(scope=scope)
        path = scope["path"]
        self._check_host(headers.get("host", ""))
        if not self._settings.require_keys or path in _OPEN or path.startswith("/static/"):
            return
        client = scope["client"][0] if scope.get("client") else "unknown"
        row = await self._owner(given_key(headers), client)
        allowed = row.requests_per_minute or self._settings.requests_per_minute
        wait = self._rates.wait(f"key {row.key_id}", allowed)
        if wait > 0:
            raise _too_many(f"key {row.key_id} has {allowed} requests a minute", wait)

    def _check_host(self, host: str) -> None:
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if self._hosts and name.strip("[]").lower() not in self._hosts:
            raise Problem(
                421, "unknown-host",
                "this server does not answer to that host name; MLB_ML_API_ALLOWED_HOSTS lists further ones",
            )  # fmt: skip

    async def _owner(self, key: str | None, client: str) -> ApiKeyRow:
        if key is None:
            raise _no_key("an API key is needed: X-API-Key, Authorization: Bearer, or as the password of a browser")
        row = self._keys.remembered(key)
        if row is not None:
            return row
        failures = f"failures {client}"
        wait = self._rates.wait(failures, self._settings.failures_per_minute, spend=False)
        if wait > 0:
            raise _too_many("too many refused keys from this address", wait)
        try:
            row = await run_in_threadpool(self._keys.check, key)
        except (DatabaseGone, DatabaseBusy, NotMigrated) as error:
            raise unavailable(
                "database-unavailable", "the key cannot be checked: the database does not answer"
            ) from error
        if row is None:
            self._rates.wait(failures, self._settings.failures_per_minute)
            _log.warning("refused a key from %s", client)
            raise _no_key("this key is not valid: it was mistyped, has expired or was revoked")
        return row


def given_key(headers: Headers) -> str | None:
    """The key of a request: X-API-Key, a bearer token, or the password of HTTP Basic, which browsers can send."""
    direct = headers.get("x-api-key")
    if direct is not None:
        return direct.strip()
    scheme, _, value = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).decode().partition(":")[2]
        except (binascii.Error, UnicodeDecodeError):
            return ""
    return None


def _no_key(detail: str) -> Problem:
    return Problem(401, "api-key-needed", detail, headers={"WWW-Authenticate": 'Basic realm="mlb-ml", charset="UTF-8"'})


def _too_many(detail: str, wait: float) -> Problem:
    return Problem(429, "too-many-requests", detail, headers={"Retry-After": str(int(wait) + 1)})
