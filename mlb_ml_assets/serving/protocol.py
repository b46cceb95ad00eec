"""uvicorn's HTTP/1.1 protocol with a time limit for unfinished requests.

Belongs here: closing connections that do not complete a request.
Not here: sizes of headers (uvicorn's own limit) and bodies (middleware.py), slow readers of a response.

uvicorn limits only idle connections that completed a request before. One that sends nothing, or a header line now and
then, would occupy a file descriptor without end.
"""

import asyncio
from collections import OrderedDict
from typing import Any, ClassVar

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class LimitedH11Protocol(H11Protocol):
    """One connection: closed if a request is incomplete for `request_seconds`, or is one of too many incomplete ones.

    `with_limits` returns the class for one server; uvicorn constructs protocols itself and passes no settings.
    """

    request_seconds: ClassVar[float] = 10.0
    max_unfinished: ClassVar[int] = 128
    _unfinished: ClassVar[OrderedDict["LimitedH11Protocol", None]] = OrderedDict()
    _deadline: asyncio.TimerHandle | None = None

    @classmethod
    def with_limits(cls, request_seconds: float, max_unfinished: int) -> type["LimitedH11Protocol"]:
        """A protocol class with these limits and its own list of unfinished connections."""
        return type(cls.__name__, (cls,), {
            "request_seconds": request_seconds, "max_unfinished": max_unfinished, "_unfinished": OrderedDict(),
        })  # fmt: skip

    def connection_made(self, transport: Any) -> None:
        """A client connected: its first request is due."""
        super().connection_made(transport)
        self._expect_request()
        if len(self._unfinished) > self.max_unfinished:
            next(iter(self._unfinished)).abandon()

    def data_received(self, data: bytes) -> None:
        """Data came: the request it belongs to is complete, or is due."""
        super().data_received(data)
        if self.conn.their_state in {h11.IDLE, h11.SEND_BODY}:
            self._expect_request()
        else:
            self._stop_waiting()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._stop_waiting()
        super().connection_lost(exc)

    def _expect_request(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.request_seconds, self.abandon)
            self._unfinished[self] = None

    def _stop_waiting(self) -> None:
        self._unfinished.pop(self, None)
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def abandon(self) -> None:
        """Close the connection without a response."""
        self._stop_waiting()
        # abort and not close: a client that reads nothing would keep the buffers alive.
        self.transport.abort()
