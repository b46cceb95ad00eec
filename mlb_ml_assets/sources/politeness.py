"""Not asking too often, and not asking a source that is down.

Belongs here: the turn of each host in this process, the circuit breaker of each source.
Not here: requests themselves (http.py).
"""

from collections.abc import Callable
from threading import Lock
from time import monotonic

from mlb_ml_assets.sources.reading import SourceError

_turns: dict[str, float] = {}
_lock = Lock()


def wait_for_turn(host: str, interval: float, pause: Callable[[float], None]) -> None:
    """Wait until `interval` seconds after the last request of this process to `host`; turns are given in order."""
    with _lock:
        now = monotonic()
        turn = max(_turns.get(host, 0.0), now)
        _turns[host] = turn + interval
    if turn > now:
        pause(turn - now)


class CircuitOpen(SourceError, ConnectionError):
    """A source failed several times in a row and is left alone until the named time has passed."""


class CircuitBreaker:
    """Opens after `failures` failed requests in a row, for `cooldown` seconds; then one request may try."""

    def __init__(self, failures: int, cooldown: float, clock: Callable[[], float] = monotonic) -> None:
        self.failures = failures
        self.cooldown = cooldown
        self._clock = clock
        self._failed = 0
        self._open_until = 0.0

    def check(self, source: str, endpoint: str) -> None:
        """Let the request pass, or not.

        Raises:
            CircuitOpen: still cooling down.
        """
        left = self._open_until - self._clock()
        if left > 0:
            raise CircuitOpen(
                f"{source}: {endpoint} not requested: {self._failed} failures in a row, next try in {left:.0f} s"
            )

    def failed(self, *, for_seconds: float | None = None) -> None:
        """Count a failure. `for_seconds`: the source named the time to come back (Retry-After)."""
        self._failed += 1
        if for_seconds is not None:
            self._open_until = max(self._open_until, self._clock() + for_seconds)
        if self._failed >= self.failures:
            self._open_until = max(self._open_until, self._clock() + self.cooldown)

    def succeeded(self) -> None:
        """Forget past failures."""
        self._failed = 0
        self._open_until = 0.0
