"""What changed on the days that somebody watches.

Belongs here: one watcher for all event streams: a day's version compared every few seconds, changes handed out.
Not here: the wire format (routes/stream.py), reading slates (slate.py).

Compared by digests of rows and not by a cursor over ids or stamps: ids are handed out at insert and not at commit, so
that a cursor would pass a slow transaction by for good.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date

from mlb_ml_assets.serving.database import DatabaseBusy, DatabaseGone, NotMigrated
from mlb_ml_assets.serving.slate import DaySlate, Slates


@dataclass(frozen=True)
class Change:
    """A new state of a day. `game_ids`: the games that differ; `full` where the state before is not known."""

    slate: DaySlate
    game_ids: frozenset[int]
    full: bool = False


@dataclass
class _Watched:
    day: date
    known: DaySlate
    queues: set[asyncio.Queue[Change]] = field(default_factory=set)


class TooManyStreams(RuntimeError):
    """No further stream is opened."""


class Updates:
    """Hands changes of watched days to their watchers. Lives in one event loop."""

    def __init__(self, slates: Slates, *, every: float, room: int, count: Callable[[int], None]) -> None:
        self._slates = slates
        self._every = every
        self._room = room
        self._count = count
        self._watched: dict[date, _Watched] = {}
        self._task: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def watch(self, day: date, seen: str | None) -> AsyncIterator[asyncio.Queue[Change]]:
        """Changes of a day from now on; the whole day first, where `seen` is not its present version.

        Raises:
            TooManyStreams: as many as allowed are open.
        """
        if sum(len(each.queues) for each in self._watched.values()) >= self._room:
            raise TooManyStreams
        slate = await self._slates.of(day)
        watched = self._watched.setdefault(day, _Watched(day, slate))
        queue: asyncio.Queue[Change] = asyncio.Queue(maxsize=8)
        if seen != watched.known.version:
            queue.put_nowait(Change(watched.known, frozenset(watched.known.games), full=True))
        watched.queues.add(queue)
        self._told()
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._compare(), name="slate updates")
        try:
            yield queue
        finally:
            watched.queues.discard(queue)
            if not watched.queues:
                self._watched.pop(day, None)
            self._told()

    def stop(self) -> None:
        """End the watcher."""
        if self._task is not None:
            self._task.cancel()

    def _told(self) -> None:
        self._count(sum(len(each.queues) for each in self._watched.values()))

    async def _compare(self) -> None:
        while self._watched:
            await asyncio.sleep(self._every)
            for watched in list(self._watched.values()):
                try:
                    slate = await self._slates.of(watched.day)
                except (DatabaseGone, DatabaseBusy, NotMigrated):
                    # Streams stay open; the first good comparison tells what was missed.
                    continue
                if slate.version != watched.known.version:
                    self._hand_out(watched, slate)

    def _hand_out(self, watched: _Watched, slate: DaySlate) -> None:
        before = watched.known.games
        changed = {game for game, digest in slate.games.items() if before.get(game) != digest}
        changed |= before.keys() - slate.games.keys()
        watched.known = slate
        for queue in watched.queues:
            if queue.full():
                # Too slow a reader: what it has not read is covered by one full state.
                while not queue.empty():
                    queue.get_nowait()
                queue.put_nowait(Change(slate, frozenset(slate.games), full=True))
            else:
                queue.put_nowait(Change(slate, frozenset(changed)))
