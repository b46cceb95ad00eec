"""The state that the odds sensor keeps between ticks, as its cursor.

Belongs here: the pure state machine: days waiting, days running, failures, and what to request next.
Not here: the database, Dagster.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from typing import Literal

RunState = Literal["going", "succeeded", "failed", "cancelled", "unknown"]

# A failed day is retried twice; after that the next new quote of the day starts over.
TRIES = 3


@dataclass(frozen=True)
class Going:
    """A requested run of a day: its key, and the number of quotes that it was requested for."""

    run_key: str
    quotes: int


@dataclass(frozen=True)
class OddsState:
    """The sensor's memory. Days are ISO dates.

    Attributes:
        snapshot: the database snapshot of the last poll.
        due_through: ISO instant up to which decisions that come due by waiting were looked for.
        waiting: new quotes by day without a requested run.
        going: the requested run of each day.
        tries: failed tries in a row.
        given_up: quotes of days that failed TRIES times.
    """

    snapshot: str | None = None
    due_through: str | None = None
    waiting: Mapping[str, int] = field(default_factory=dict)
    going: Mapping[str, Going] = field(default_factory=dict)
    tries: Mapping[str, int] = field(default_factory=dict)
    given_up: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def from_cursor(cls, cursor: str | None) -> "OddsState":
        """The state in a cursor; an empty cursor is a fresh start."""
        if not cursor:
            return cls()
        plain = json.loads(cursor)
        going = {day: Going(**run) for day, run in plain.pop("going", {}).items()}
        plain.pop("version", None)
        return cls(**plain, going=going)

    def to_cursor(self) -> str:
        """The state as JSON."""
        return json.dumps({"version": 1, **asdict(self)}, sort_keys=True)


@dataclass(frozen=True)
class Decision:
    """The next state, and the runs to request: run key by day, oldest day first."""

    state: OddsState
    requests: Mapping[str, str]


def settle_runs(state: OddsState, run_state: Callable[[str], RunState]) -> OddsState:
    """Take finished runs out of `going`: a success is dropped, a failure waits again until its tries are used up.

    A run that a person canceled is not restarted.
    """
    waiting, tries, given_up, going = dict(state.waiting), dict(state.tries), dict(state.given_up), {}
    for day, run in state.going.items():
        outcome = run_state(run.run_key)
        if outcome == "going":
            going[day] = run
        elif outcome == "succeeded":
            tries.pop(day, None)
        else:
            tries[day] = tries.get(day, 0) + 1
            target = waiting if tries[day] < TRIES and outcome != "cancelled" else given_up
            target[day] = target.get(day, 0) + run.quotes
    return replace(state, waiting=waiting, going=going, tries=tries, given_up=given_up)


def add_arrivals(state: OddsState, snapshot: str, quotes_by_day: Mapping[date, int], latest: date) -> OddsState:
    """Add new quotes to their day. A day that had been given up gets a fresh set of tries.

    Games of tomorrow are priced with today's partition, the latest there is, so their days count as `latest`.
    """
    waiting, tries, given_up = dict(state.waiting), dict(state.tries), dict(state.given_up)
    for day, quotes in quotes_by_day.items():
        key = min(day, latest).isoformat()
        waiting[key] = waiting.get(key, 0) + quotes + given_up.pop(key, 0)
        if key not in state.given_up:
            continue
        tries.pop(key, None)
    return replace(state, snapshot=snapshot, waiting=waiting, tries=tries, given_up=given_up)


def next_requests(state: OddsState, tick: str, most: int) -> Decision:
    """Request at most `most` waiting days, latest first, never a day that is running.

    The run key names the day, the snapshot that brought the quotes and the try: a repeated evaluation of a tick then
    starts no second run, and a retry is not mistaken for one.
    """
    ready = [day for day in sorted(state.waiting, reverse=True) if day not in state.going][:most]
    requests, waiting, going = {}, dict(state.waiting), dict(state.going)
    for day in sorted(ready):
        run_key = f"odds:{day}:{tick}:{state.tries.get(day, 0)}"
        requests[day] = run_key
        going[day] = Going(run_key, waiting.pop(day))
    return Decision(replace(state, waiting=waiting, going=going), requests)
