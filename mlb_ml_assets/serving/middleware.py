"""Plain ASGI middlewares, one job each, around every route.

Belongs here: request ids, HEAD, response headers, body size, unhandled errors.
Not here: authorization (gate.py), measurement (process.py), compression (Starlette's GZipMiddleware).

`app.py` adds them in order; each passes what is not HTTP through.
"""

import logging
import re
import secrets
import traceback

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mlb_ml_assets.serving.problems import Problem

_log = logging.getLogger("mlb_ml.api")
_USABLE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
# Pages load nothing from other hosts, run nothing inline, and cannot be framed.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
_SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(), camera=(), microphone=(), payment=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Without Cache-Control a shared proxy may store a response and serve it to others.
_DEFAULT_CACHE_CONTROL = "private, no-cache"


class RequestIdMiddleware:
    """Gives every request an id, the client's own X-Request-ID if it is usable, and returns it in the response."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _USABLE_ID.fullmatch(given) else secrets.token_hex(8)
        scope["request_id"] = request_id

        async def send_with_id(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        await self.app(scope, receive, send_with_id)


class HeadMiddleware:
    """Answers HEAD as GET without the body; a stream ends after its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return
        is_complete = False

        async def send_headers(message: Message) -> None:
            nonlocal is_complete
            if is_complete:
                return
            if message["type"] == "http.response.body":
                is_complete, message = True, {"type": "http.response.body"}
            # Routing is over; the server reads here that the body of the declared length does not come.
            scope["method"] = "HEAD"
            await send(message)

        # The same scope object: routing stores the route in it, which the metrics read.
        scope["method"] = "GET"
        await self.app(scope, receive, send_headers)


class ResponseHeadersMiddleware:
    """Adds security headers and Cache-Control where a response has none of its own; drops `Server`."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Cache-Control", _DEFAULT_CACHE_CONTROL)
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                del headers["Server"]
            await send(message)

        await self.app(scope, receive, send_with_headers if scope["type"] == "http" else send)


class ErrorMiddleware:
    """Turns an unhandled exception into a 500 problem; the log has the details under the request id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        is_started = False

        async def send_and_note(message: Message) -> None:
            nonlocal is_started
            is_started = is_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, send_and_note)
        except Problem as problem:
            if is_started:
                raise
            await problem.response(scope["request_id"])(scope, receive, send)
        except Exception as error:
            _log.error("request %s failed\n%s", scope["request_id"], _describe(error))
            if is_started:
                raise
            failed = Problem(500, "internal-error", "the server failed; its log has the details under this request id")
            await failed.response(scope["request_id"])(scope, receive, send)


class BodyLimitMiddleware:
    """Refuses a request body above a size: before reading it if its length is declared, else while it is read."""

    def __init__(self, app: ASGIApp, max_bytes: int) -> None:
        self.app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "")
        if declared.isdigit() and int(declared) > self._max_bytes:
            raise self._problem()
        received = 0

        async def receive_limited() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            return {"type": "http.disconnect"} if received > self._max_bytes else message

        async def send_unless_too_large(message: Message) -> None:
            # The application answers to a client that disconnected; ours is the true reason.
            if received <= self._max_bytes:
                await send(message)

        await self.app(scope, receive_limited, send_unless_too_large)
        if received > self._max_bytes:
            raise self._problem()

    def _problem(self) -> Problem:
        return Problem(413, "body-too-large", f"a request body may have {self._max_bytes} bytes at most")


def _describe(error: BaseException) -> str:
    """Place and kind of a failure; messages of other libraries are left out because they may repeat an address."""
    frames = "".join(traceback.format_tb(error.__traceback__)[-6:])
    message = str(error) if type(error).__module__.startswith("mlb_ml_assets.") else ""
    return f"{frames}{type(error).__module__}.{type(error).__qualname__} {message}".rstrip()
