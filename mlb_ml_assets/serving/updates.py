"""Changes of the days that open event streams watch.

Belongs here: one task that compares the versions of watched days, hands changes out, and ends streams of revoked keys.
Not here: the wire format (routes/stream.py), reading slates (slate.py).

Days are compared by digests of their rows and not by a cursor over ids or stamps: ids are assigned at insert and not
at commit, so that a cursor would skip a slow transaction.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date

from mlb_ml_assets.serving.database import DatabaseBusy, DatabaseGone, NotMigrated
from mlb_ml_assets.serving.slate import DaySlate, Slates


@dataclass(frozen=True)
class Change:
    """A new state of a day. `game_ids`: the games that differ; `full` where the previous state is unknown."""

    slate: DaySlate
    game_ids: frozenset[int]
    full: bool = False


class TooManyStreams(RuntimeError):
    """No further stream is opened."""


class StreamSlots:
    """Counts open streams, in total and by key. A slot is taken before anything is awaited, so that none is lost."""

    def __init__(self, total: int, per_key: int, report: Callable[[int], None]) -> None:
        self._total = total
        self._per_key = per_key
        self._report = report
        self._open: Counter[str | None] = Counter()

    @contextmanager
    def take(self, key_id: str | None) -> Iterator[None]:
        """One slot for the length of the block.

        Raises:
            TooManyStreams: the server or the key has as many open as it may.
        """
        if self._open.total() >= self._total:
            raise TooManyStreams(f"this server keeps {self._total} streams open and all are in use")
        if key_id is not None and self._open[key_id] >= self._per_key:
            raise TooManyStreams(f"key {key_id} may keep {self._per_key} streams open and all are in use")
        self._count(key_id, 1)
        try:
            yield
        finally:
            self._count(key_id, -1)

    def _count(self, key_id: str | None, step: int) -> None:
        self._open[key_id] += step
        if not self._open[key_id]:
            del self._open[key_id]
        self._report(self._open.total())


@dataclass(eq=False)
class Subscription:
    """One stream's queue of changes; None in it ends the stream."""

    key_id: str | None
    queue: asyncio.Queue[Change | None] = field(default_factory=lambda: asyncio.Queue(maxsize=8))

    async def changes(self) -> AsyncIterator[Change]:
        """Changes as they happen, until the stream is ended."""
        while (change := await self.queue.get()) is not None:
            yield change

    def put(self, change: Change) -> None:
        """Queue a change; for a reader that is too slow one full state replaces what it has not read."""
        if self.queue.full():
            self._clear()
            change = Change(change.slate, frozenset(change.slate.games), full=True)
        self.queue.put_nowait(change)

    def end(self) -> None:
        """End the stream now; unread changes are dropped."""
        self._clear()
        self.queue.put_nowait(None)

    def _clear(self) -> None:
        while not self.queue.empty():
            self.queue.get_nowait()


@dataclass
class _Watched:
    day: date
    known: DaySlate
    subscriptions: set[Subscription] = field(default_factory=set)


class Updates:
    """Hands changes of watched days to their subscriptions. Lives in one event loop.

    Args:
        slates: days as last read.
        slots: how many streams may be open.
        every: seconds between two comparisons.
        is_key_valid: whether a key is neither revoked nor expired.
    """

    def __init__(
        self, slates: Slates, slots: StreamSlots, *, every: float, is_key_valid: Callable[[str], Awaitable[bool]]
    ) -> None:
        self._slates = slates
        self._slots = slots
        self._every = every
        self._is_key_valid = is_key_valid
        self._watched: dict[date, _Watched] = {}
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watch(self, day: date, seen: str | None, key_id: str | None = None) -> AsyncIterator[Subscription]:
        """Changes of a day from now on; first the whole day, if `seen` is not its present version.

        Raises:
            TooManyStreams: the server or the key has as many open as it may.
        """
        with self._slots.take(key_id):
            slate = await self._slates.of(day)
            watched = self._watched.setdefault(day, _Watched(day, slate))
            subscription = Subscription(key_id)
            if seen != watched.known.version:
                subscription.put(Change(watched.known, frozenset(watched.known.games), full=True))
            watched.subscriptions.add(subscription)
            if self._task is None or self._task.done():
                self._task = asyncio.create_task(self._compare(), name="slate updates")
            try:
                yield subscription
            finally:
                watched.subscriptions.discard(subscription)
                if not watched.subscriptions and self._watched.get(day) is watched:
                    del self._watched[day]

    def stop(self) -> None:
        """End the comparing task."""
        if self._task is not None:
            self._task.cancel()

    async def _compare(self) -> None:
        while self._watched:
            await asyncio.sleep(self._every)
            try:
                await self._end_streams_of_revoked_keys()
                for watched in list(self._watched.values()):
                    slate = await self._slates.of(watched.day)
                    if slate.version != watched.known.version:
                        self._hand_out(watched, slate)
            except (DatabaseGone, DatabaseBusy, NotMigrated):
                # Streams stay open; the first successful comparison reports what was missed.
                continue

    async def _end_streams_of_revoked_keys(self) -> None:
        subscriptions = [each for watched in self._watched.values() for each in watched.subscriptions]
        for key_id in {each.key_id for each in subscriptions} - {None}:
            assert key_id is not None
            if not await self._is_key_valid(key_id):
                for subscription in subscriptions:
                    if subscription.key_id == key_id:
                        subscription.end()

    def _hand_out(self, watched: _Watched, slate: DaySlate) -> None:
        before = watched.known.games
        changed = {game for game, digest in slate.games.items() if before.get(game) != digest}
        changed |= before.keys() - slate.games.keys()
        watched.known = slate
        for subscription in watched.subscriptions:
            subscription.put(Change(slate, frozenset(changed)))
