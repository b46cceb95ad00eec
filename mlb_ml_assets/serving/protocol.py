"""uvicorn's HTTP/1.1 protocol with limits on headers, on the time to complete a request and to read its response.

Belongs here: closing connections that do not complete a request, whose header does not end, or that read nothing.
Not here: sizes of bodies (middleware.py).

uvicorn limits only idle connections that completed a request before, and over httptools no header. One that sends
nothing, or a header line now and then, would occupy a file descriptor without end; one that sends a header for ever,
all memory; one that reads nothing keeps its response. Over h11, which limits headers, a kept slate costs .70 ms of CPU
instead of .51.
"""

import asyncio
from collections import OrderedDict
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_LEAST_BYTES_A_SECOND = 1024


class LimitedProtocol(HttpToolsProtocol):
    """One connection: closed if a request is incomplete for `request_seconds`, or is one of too many incomplete ones.

    It is closed, too, if less than a kibibyte a second of a waiting response is read for `write_seconds`.

    A header may have `max_header_bytes`, and what came with them in one read (at most 256 KiB). `with_limits` returns
    the class for one server; uvicorn constructs protocols itself and passes no settings.
    """

    request_seconds: ClassVar[float] = 10.0
    write_seconds: ClassVar[float] = 30.0
    max_unfinished: ClassVar[int] = 128
    max_header_bytes: ClassVar[int] = 32 * 1024
    _unfinished: ClassVar[OrderedDict["LimitedProtocol", None]] = OrderedDict()
    _deadline: asyncio.TimerHandle | None = None
    _next_look: asyncio.TimerHandle | None = None
    # Since the last complete request; before the first byte of one, its header is due.
    _received = 0
    _is_in_header = True
    _is_complete = False

    @classmethod
    def with_limits(
        cls, *, request_seconds: float, write_seconds: float, max_unfinished: int, max_header_bytes: int
    ) -> type["LimitedProtocol"]:
        """A protocol class with these limits and its own list of unfinished connections."""
        return type(cls.__name__, (cls,), {
            "request_seconds": request_seconds, "write_seconds": write_seconds, "max_unfinished": max_unfinished,
            "max_header_bytes": max_header_bytes, "_unfinished": OrderedDict(),
        })  # fmt: skip

    def connection_made(self, transport: Any) -> None:
        """A client connected: its first request is due."""
        super().connection_made(transport)
        self._expect_request()
        if len(self._unfinished) > self.max_unfinished:
            next(iter(self._unfinished)).abandon()

    def data_received(self, data: bytes) -> None:
        """Data came: the request it belongs to is complete, is due, or is refused."""
        self._received += len(data)
        super().data_received(data)
        if self._is_complete or self.transport.is_closing():
            self._stop_waiting()
        elif self._is_in_header and self._received > self.max_header_bytes:
            self.abandon()
        else:
            self._expect_request()

    def on_message_begin(self) -> None:
        """The first byte of a request came."""
        self._is_in_header, self._is_complete = True, False
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The header is whole."""
        self._is_in_header = False
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request is whole."""
        self._is_complete, self._received = True, 0
        super().on_message_complete()

    def pause_writing(self) -> None:
        """More of a response waits for its reader than the transport holds."""
        super().pause_writing()
        self._watch_reader()

    def on_response_complete(self) -> None:
        """The response is written; its end may still wait for its reader."""
        super().on_response_complete()
        self._watch_reader()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is closed."""
        self._stop_waiting()
        if self._next_look is not None:
            self._next_look.cancel()
        super().connection_lost(exc)

    def _expect_request(self) -> None:
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.request_seconds, self.abandon)
            self._unfinished[self] = None

    def _watch_reader(self) -> None:
        waiting = self.transport.get_write_buffer_size()
        if waiting and self._next_look is None:
            self._next_look = self.loop.call_later(self.write_seconds, self._look_after_reader, waiting)

    def _look_after_reader(self, before: int) -> None:
        self._next_look = None
        waiting = self.transport.get_write_buffer_size()
        # Nothing is added to a buffer that is this full: what is missing was read.
        if waiting and before - waiting < _LEAST_BYTES_A_SECOND * self.write_seconds:
            self.abandon()
        else:
            self._watch_reader()

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
