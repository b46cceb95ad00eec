"""What can go wrong between a source and us, on demand and by chance.

Belongs here: the kinds of fault, when one strikes, and what it does to a body.
Not here: sending (server.py), the healthy body (payloads.py).
"""

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from itertools import groupby
from threading import Lock
from typing import Any


class Fault(StrEnum):
    """One way for a response to go wrong."""

    FORBIDDEN = "forbidden"
    TOO_MANY_REQUESTS = "too many requests"
    SERVER_ERROR = "server error"
    SLOW_BODY = "slow body"
    CUT_BODY = "cut body"
    BROKEN_GZIP = "broken gzip"
    CHANGED_LAYOUT = "changed layout"
    DUPLICATED = "duplicated"
    REORDERED = "reordered"


# Under these the client still gets everything that the healthy body says.
HARMLESS = frozenset({Fault.SLOW_BODY, Fault.DUPLICATED, Fault.REORDERED})
STATUS = {Fault.FORBIDDEN: 403, Fault.TOO_MANY_REQUESTS: 429, Fault.SERVER_ERROR: 500}
# Lists whose order means nothing and whose entries may come twice. Innings and batting orders are not among them.
_LOOSE_LISTS = frozenset({"games", "data", "books", "bookmakers", "moneyline", "spread", "total", "history"})
_RENAMED = {
    b'"games":': b'"matches":',
    b'"dates":': b'"slates":',
    b'"data":': b'"items":',
    b'"event":': b'"fullgame":',
    b'"gameData":': b'"gameInfo2":',
    b"sp-table": b"st-table",
    b'"bookmakers":': b'"makers":',
}


@dataclass
class Faults:
    """Which faults strike.

    Attributes:
        rates: share of requests struck by each fault, by chance (seeded). Empty: none.
        slow_seconds: how long a slow body takes.
        retry_after: Retry-After of a 429, in seconds.
        clock_skew: how far the vendor's own stamps (Date header, last_update) run ahead.
        seed: of the chance.
    """

    rates: dict[Fault, float] = field(default_factory=dict)
    slow_seconds: float = 0.3
    retry_after: int = 1
    clock_skew: timedelta = timedelta(0)
    seed: int = 9

    def __post_init__(self) -> None:
        """Set up the queue and the dice."""
        self._queue: list[tuple[str, Fault]] = []
        self._random = random.Random(self.seed)
        self._lock = Lock()

    def once(self, fault: Fault, *, path: str = "", times: int = 1) -> None:
        """Strike the next `times` requests whose path contains `path`."""
        with self._lock:
            self._queue += [(path, fault)] * times

    def everything(self, rate: float) -> None:
        """Let every kind of fault strike this share of requests."""
        self.rates = dict.fromkeys(Fault, rate)

    def none(self) -> None:
        """From now on all is well."""
        with self._lock:
            self._queue.clear()
        self.rates, self.clock_skew = {}, timedelta(0)

    def strike(self, path: str) -> Fault | None:
        """The fault of this request, if any."""
        with self._lock:
            for place, (part, fault) in enumerate(self._queue):
                if part in path:
                    del self._queue[place]
                    return fault
            dice = self._random.random()
            for fault, rate in self.rates.items():
                dice -= rate
                if dice < 0:
                    return fault
        return None

    def shuffle(self, items: list[Any]) -> None:
        """Reorder a list by the seeded chance."""
        with self._lock:
            self._random.shuffle(items)


def spoil(fault: Fault | None, body: bytes, faults: Faults) -> bytes:
    """The body under a fault of content; other faults leave it as it is."""
    if fault is Fault.CHANGED_LAYOUT:
        for old, new in _RENAMED.items():
            body = body.replace(old, new)
        return b'{"events":' + body + b"}" if body[:1] == b"[" else body
    if fault not in (Fault.DUPLICATED, Fault.REORDERED):
        return body
    if body[:1] not in (b"{", b"["):
        head, start, rows = body.partition(b"<tbody>")
        rows, end, tail = rows.partition(b"</tbody>")
        return head + start + rows * (1 + (fault is Fault.DUPLICATED)) + end + tail
    content = _rearranged(json.loads(body), "games", fault, faults)
    return json.dumps(content, separators=(",", ":")).encode()


def _rearranged(content: Any, name: str, fault: Fault, faults: Faults) -> Any:
    if isinstance(content, Mapping):
        return {key: _rearranged(value, key, fault, faults) for key, value in content.items()}
    if not isinstance(content, list):
        return content
    items = [_rearranged(item, "", fault, faults) for item in content]
    if name not in _LOOSE_LISTS:
        return items
    if fault is Fault.DUPLICATED:
        return [item for item in items for _ in range(2)]
    # Of several changes with one stamp the last counts: they keep their order among themselves.
    groups = [list(group) for _, group in groupby(items, key=_stamp)]
    faults.shuffle(groups)
    return [item for group in groups for item in group]


def _stamp(item: Any) -> Any:
    return item.get("updated_at", id(item)) if isinstance(item, Mapping) else id(item)
