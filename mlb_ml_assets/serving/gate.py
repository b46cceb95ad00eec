"""Which requests are admitted: host name, API key, rate.

Belongs here: plain ASGI in front of every route; refusals.
Not here: keys themselves (api_keys.py), sizes and headers (middleware.py).
"""

import base64
import binascii
import logging
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from mlb_ml_assets.serving.api_keys import KeyRing
from mlb_ml_assets.serving.database import DatabaseBusy, DatabaseGone, NotMigrated
from mlb_ml_assets.serving.pages.rendering import respond
from mlb_ml_assets.serving.problems import Problem, unavailable
from mlb_ml_assets.serving.process import Metrics
from mlb_ml_assets.serving.settings import ServingSettings
from mlb_ml_assets.warehouse.api_keys import ApiKeyRow

_log = logging.getLogger("mlb_ml.api")
# Probes carry no key, and learn only up or down.
_OPEN = {f"{prefix}/health{part}" for prefix in ("", "/api/v1", "/api/v2") for part in ("", "/ready", "/live")}
_MAX_BUCKETS = 10_000


@dataclass
class _Bucket:
    tokens: float
    filled_at: float


class RateLimit:
    """Token buckets: `per_minute` on average, a sixth of it (at least 5) at once."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, name: str, per_minute: int) -> float:
        """Take a token and return 0, or return the seconds until there is one."""
        capacity, rate, now = max(5.0, per_minute / 6), per_minute / 60, self._now()
        bucket = self._buckets.setdefault(name, _Bucket(capacity, now))
        self._buckets.move_to_end(name)
        if len(self._buckets) > _MAX_BUCKETS:
            self._buckets.popitem(last=False)
        bucket.tokens = min(capacity, bucket.tokens + (now - bucket.filled_at) * rate)
        bucket.filled_at = now
        if bucket.tokens < 1:
            return (1 - bucket.tokens) / rate
        bucket.tokens -= 1
        return 0.0


class Gate:
    """ASGI middleware that admits a request or answers with the reason for the refusal."""

    def __init__(self, app: ASGIApp, settings: ServingSettings, keys: KeyRing, metrics: Metrics) -> None:
        self.app = app
        self._settings = settings
        self._keys = keys
        self._metrics = metrics
        self._rates = RateLimit()
        self._hosts = {host.strip("[]").lower() for host in settings.allowed_hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] == "http":
            try:
                await self._admit(scope)
            except Problem as problem:
                self._metrics.refused.labels(problem.kind).inc()
                await respond(Request(scope), problem)(scope, receive, send)
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
        per_minute = row.requests_per_minute or self._settings.requests_per_minute
        wait = self._rates.take(f"key {row.key_id}", per_minute)
        if wait > 0:
            raise _too_many(f"key {row.key_id} may send {per_minute} requests a minute", wait)
        scope["api_key_id"] = row.key_id

    def _check_host(self, host: str) -> None:
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if self._hosts and name.strip("[]").lower() not in self._hosts:
            raise Problem(
                421, "unknown-host",
                "this server does not serve that host name; MLB_ML_API_ALLOWED_HOSTS adds further ones",
            )  # fmt: skip

    async def _owner(self, key: str | None, client: str) -> ApiKeyRow:
        if key is None:
            raise _no_key("send an API key: as X-API-Key, as a bearer token, or as the password of a browser login")
        try:
            row = await self._keys.find(key)
        except (DatabaseGone, DatabaseBusy, NotMigrated) as error:
            raise unavailable(
                "database-unavailable", "the key cannot be checked: the database does not answer"
            ) from error
        if row is not None:
            return row
        # Only refused keys are counted, after the check: a valid key is never locked out by failures of others.
        wait = self._rates.take(f"failures {client}", self._settings.failures_per_minute)
        if wait > 0:
            raise _too_many("too many invalid keys from this address", wait)
        _log.warning("refused a key from %s", client)
        raise _no_key("this key is not valid: it was mistyped, has expired or was revoked")


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
