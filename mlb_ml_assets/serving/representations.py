"""Answers kept as bytes: with an ETag, compressed once, sent as 304 where the caller has them.

Belongs here: one answer's bytes and headers, and a cache that asks the database whether it is still right.
Not here: what is in an answer.
"""

import asyncio
import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

Value = TypeVar("Value")
# A caller that comes while an answer is being checked gets the one before, up to this age.
_STANDS_SECONDS = 2.0
# Below this, compressing costs more than it saves.
_WORTH_COMPRESSING = 1200


@dataclass
class Representation:
    """One answer: its bytes, media type and strong ETag."""

    body: bytes
    media_type: str
    etag: str = ""
    cache_control: str = "private, no-cache"
    headers: dict[str, str] = field(default_factory=dict)
    _zipped: bytes | None = None

    def __post_init__(self) -> None:
        self.etag = self.etag or f'"{hashlib.sha256(self.body).hexdigest()[:20]}"'

    def response(self, request: Request) -> Response:
        """The answer to this request: 304, compressed or plain."""
        zipped = len(self.body) > _WORTH_COMPRESSING and "gzip" in request.headers.get("accept-encoding", "")
        # One ETag per encoding: a strong validator promises the same bytes.
        etag = f'{self.etag[:-1]}-z"' if zipped else self.etag
        headers = {"ETag": etag, "Cache-Control": self.cache_control, "Vary": "Accept-Encoding", **self.headers}
        if _matches(request.headers.get("if-none-match", ""), etag):
            return Response(status_code=304, headers=headers)
        if not zipped:
            return Response(self.body, media_type=self.media_type, headers=headers)
        if self._zipped is None:
            self._zipped = gzip.compress(self.body, 5, mtime=0)
        return Response(self._zipped, media_type=self.media_type, headers={**headers, "Content-Encoding": "gzip"})


def _matches(given: str, etag: str) -> bool:
    told = [each.strip().removeprefix("W/") for each in given.split(",")]
    return etag in told or "*" in told


@dataclass
class _Entry(Generic[Value]):
    value: Value
    checked_at: float
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class Checked(Generic[Value]):
    """A few values by key, each compared with its origin at most every `every` seconds.

    `load(key, held)` runs in a thread and returns `held` itself where it is still right. While one request checks, the
    others take what is there; nobody waits behind a rebuild.
    """

    def __init__(
        self,
        load: Callable[[str, Value | None], Value],
        *,
        every: float,
        room: int = 64,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._load = load
        self._every = every
        self._room = room
        self._now = now
        self._entries: OrderedDict[str, _Entry[Value]] = OrderedDict()
        self._making: dict[str, asyncio.Lock] = {}

    async def get(self, key: str) -> Value:
        """The value of `key`, right as of `every` seconds ago."""
        entry = self._entries.get(key)
        if entry is None:
            return await self._make(key)
        self._entries.move_to_end(key)
        age = self._now() - entry.checked_at
        if age <= self._every or (entry.lock.locked() and age <= _STANDS_SECONDS):
            return entry.value
        async with entry.lock:
            if self._now() - entry.checked_at > self._every:
                entry.value = await run_in_threadpool(self._load, key, entry.value)
                entry.checked_at = self._now()
        return entry.value

    async def _make(self, key: str) -> Value:
        try:
            async with self._making.setdefault(key, asyncio.Lock()):
                entry = self._entries.get(key)
                if entry is None:
                    value = await run_in_threadpool(self._load, key, None)
                    entry = self._entries[key] = _Entry(value, self._now())
                    while len(self._entries) > self._room:
                        self._entries.popitem(last=False)
        finally:
            self._making.pop(key, None)
        return entry.value
