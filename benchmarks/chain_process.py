"""Twelve seasons through the project's own jobs, in a process that did nothing else: its time and its memory.

Belongs here: running the jobs of some days with events kept in memory, and telling what that cost as JSON.
Not here: making the data (whole.py), which jobs there are (commands/materialize.py).
"""

import json
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from datetime import date
from typing import Any


def main(first: str, last: str) -> None:
    """Materialize the games of [first, last]; prints a line of JSON: seconds (by job, events, CPU), megabytes."""
    import dagster as dg

    from mlb_ml_assets.commands.materialize import execute, plan
    from mlb_ml_assets.definitions import build_definitions

    seconds: dict[str, float] = defaultdict(float)
    counts: dict[str, int] = {}
    began = time.monotonic()
    with dg.DagsterInstance.ephemeral() as instance:
        events = _timed(instance.event_log_storage, ("store_event", "store_event_batch"))
        steps = plan(date.fromisoformat(first), date.fromisoformat(last))
        for result in execute(steps, build_definitions(), instance, on_step=_say, beside=dg.DagsterInstance.ephemeral):
            seconds[result.step.job] += result.seconds
            for reported in result.metadata.values():
                for name, value in reported.items():
                    if name in {"games", "models", "predictions", "performance_rows"} and isinstance(value, int):
                        counts[name] = counts.get(name, 0) + value
    # Of ours and, as if each were as large as the largest, of the two beside it: all may be at their peaks at once.
    usages = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    results = {
        "seconds": time.monotonic() - began,
        "jobs": dict(seconds),
        "event_seconds": events[0],
        "cpu_seconds": sum(usage.ru_utime + usage.ru_stime for usage in usages),
        "peak_mb": sum(count * usage.ru_maxrss for count, usage in zip((1, 2), usages, strict=True)) / 1024,
        "counts": counts,
    }
    print(json.dumps(results))


def _say(step: Any) -> None:
    print(f"{step.season} {step.job}", file=sys.stderr, flush=True)


def _timed(storage: Any, names: tuple[str, ...]) -> list[float]:
    """Seconds spent in these methods from now on, as the one item of a list; one that calls another counts once."""
    spent, inside = [0.0], [0]

    def timed(method: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            inside[0] += 1
            try:
                return method(*args, **kwargs)
            finally:
                inside[0] -= 1
                if not inside[0]:
                    spent[0] += time.perf_counter() - began

        return call

    for name in names:
        if hasattr(storage, name):
            setattr(storage, name, timed(getattr(storage, name)))
    return spent


if __name__ == "__main__":
    main(*sys.argv[1:])
