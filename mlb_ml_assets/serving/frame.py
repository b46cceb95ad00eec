"""What every request passes through, whatever it asks: an id, limits, safe headers, measurement, a caught crash.

Belongs here: plain ASGI around the whole application.
Not here: who may call (gate.py), what is answered.
"""

import logging
import re
import secrets
import time
import traceback
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mlb_ml_assets.serving.metrics import Metrics
from mlb_ml_assets.serving.problems import Problem

_log = logging.getLogger("mlb_ml.api")
_PREFIX = "/api/v1"
_USABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Nothing of a page may come from elsewhere, nothing inline may run, nobody may frame it.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"same-origin"),
    (b"permissions-policy", b"geolocation=(), camera=(), microphone=(), payment=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
# Without a word of ours a proxy may keep an answer as long as it likes, and give it to others.
_UNLESS_TOLD = (b"cache-control", b"private, no-cache")


class _TooLarge(Exception):
    """The body turned out longer than it may be."""


class Frame:
    """ASGI middleware around everything."""

    def __init__(self, app: ASGIApp, metrics: Metrics, max_body_bytes: int) -> None:
        self.app = app
        self._metrics = metrics
        self._limit = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        identity = _request_id(scope)
        scope["request_id"] = identity
        begun = time.perf_counter()
        status = 500
        started = False
        # HEAD is GET without a body, for whoever watches whether we answer; a stream ends with its headers.
        headers_only = scope["method"] == "HEAD"
        if headers_only:
            scope = {**scope, "method": "GET"}
        ended = False

        async def send_framed(message: Message) -> None:
            nonlocal status, started, ended
            if ended:
                return
            if headers_only and message["type"] == "http.response.body":
                ended, message = True, {"type": "http.response.body"}
            if message["type"] == "http.response.start":
                started = True
                status = message["status"]
                headers = [pair for pair in message["headers"] if pair[0].lower() != b"server"]
                if not any(name.lower() == b"cache-control" for name, _ in headers):
                    headers.append(_UNLESS_TOLD)
                message["headers"] = [*headers, *_HEADERS, (b"x-request-id", identity.encode())]
            await send(message)

        try:
            self._check_declared_length(scope)
            await self.app(scope, self._limited(receive), send_framed)
        except _TooLarge:
            if not started:
                problem = Problem(413, "body-too-large", f"a request body may have {self._limit} bytes at most")
                await problem.response(identity)(scope, receive, send_framed)
        except Exception as error:
            _log.error("request %s failed\n%s", identity, _trace(error))
            if started:
                raise
            problem = Problem(
                500, "internal-error", "this is a fault of the server; its log has it under the request id"
            )
            await problem.response(identity)(scope, receive, send_framed)
        finally:
            self._note(scope, status, time.perf_counter() - begun, identity)

    def _check_declared_length(self, scope: Scope) -> None:
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit() and int(value) > self._limit:
                raise _TooLarge

    def _limited(self, receive: Receive) -> Receive:
        seen = 0

        async def receive_limited() -> Message:
            nonlocal seen
            message = await receive()
            if message["type"] == "http.request":
                seen += len(message.get("body", b""))
                if seen > self._limit:
                    raise _TooLarge
            return message

        return receive_limited

    def _note(self, scope: Scope, status: int, seconds: float, identity: str) -> None:
        # The route's template and never the address itself: a query may hold anything.
        template = str(getattr(scope.get("route"), "path", "")) or "(no route)"
        # FastAPI names a route of an included router by its own part only.
        if scope["path"].startswith(_PREFIX) and template.startswith("/") and not template.startswith(_PREFIX):
            template = _PREFIX + template
        self._metrics.request(scope["method"], template, status, seconds)
        level = logging.WARNING if status >= 500 else logging.DEBUG
        _log.log(level, "%s %s %d %.1f ms %s", scope["method"], template, status, 1000 * seconds, identity)


def _trace(error: BaseException) -> str:
    """Where it failed and of which kind; messages of other libraries stay out, as they may repeat an address."""
    frames = "".join(traceback.format_tb(error.__traceback__)[-6:])
    told = str(error) if type(error).__module__.startswith("mlb_ml_assets.") else ""
    return f"{frames}{type(error).__module__}.{type(error).__qualname__} {told}".rstrip()


def _request_id(scope: dict[str, Any] | Scope) -> str:
    for name, value in scope["headers"]:
        if name == b"x-request-id":
            text = value.decode("latin-1")
            if _USABLE_ID.fullmatch(text):
                return str(text)
    return secrets.token_hex(8)
