"""What a game's listings, in the order of their capture, say about its state.

Belongs here: folding the listings of one game of one source into states; when a doubleheader's second game starts.
Not here: reading a listing (sources/), storing states (warehouse/live_facts.py), starts by rule (schedule_rules.py).

A state is a function of all listings ever captured, in whatever order they were read: MLB lists a moved game under its
old day for ever, and a page of yesterday read after one of today must not move it back.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from mlb_ml_assets.identity.schedule_rules import SECOND_GAME_AFTER

# `current`: where the game is. `moved`: left behind under the old day, with the new day known. `resumed`: where a
# suspended game is continued.
Role = Literal["current", "moved", "resumed"]
_ROLES: tuple[Role, ...] = ("moved", "current", "resumed")
BEGUN = ("live", "final")
# What a state keeps where a newer listing does not say it.
_KEPT = ("season_type", "away_rotation", "park_id", "venue_name", "day_night")
# What a continuation says about the game that it continues.
_OF_RESUMPTION = ("status", "status_detail")
# All 36 split doubleheaders of 2024-25 are listed at least two hours apart, all 21 on one ticket five minutes.
LISTED_APART = timedelta(hours=2)
# The shortest nine innings of this century took 1 h 15; the usual game is known to be over after about 3 h.
SHORTEST_GAME, USUAL_GAME = timedelta(hours=1, minutes=15), timedelta(hours=3)


@dataclass(frozen=True)
class Listing:
    """A game as one payload listed it. `content`: the columns of staging.source_games, with `listed_start` and
    `moved_from` (a day) beside them; instants and days as such.
    """

    captured_at: datetime
    role: Role
    content: Mapping[str, Any]


@dataclass(frozen=True)
class State:
    """A game's state from `known_at` on."""

    known_at: datetime
    content: dict[str, Any]


def fold(listings: Iterable[Listing]) -> list[State]:
    """The state after each instant at which the game was listed, oldest first; the last is the present one."""
    states: list[State] = []
    state: dict[str, Any] | None = None
    held = list(listings)
    at_once = Counter(listing.captured_at for listing in held)
    for listing in sorted(held, key=lambda one: _order(one, is_alone=at_once[one.captured_at] == 1)):
        state = _next(state, listing)
        if states and states[-1].known_at == listing.captured_at:
            states.pop()
        states.append(State(listing.captured_at, state))
    return states


def _order(listing: Listing, *, is_alone: bool) -> tuple[datetime, int, bool, str]:
    # Of two listings at one instant the one that is further in the game counts, then the greater text; the text of a
    # listing alone at its instant, which nearly all are, would be half of the time of a fold.
    content = listing.content
    text = "" if is_alone else repr(sorted((key, str(value)) for key, value in content.items()))
    return listing.captured_at, _ROLES.index(listing.role), content["status"] == "final", text


def _next(state: dict[str, Any] | None, listing: Listing) -> dict[str, Any]:
    found = dict(listing.content)
    if state is None:
        return _bounded(found, listing.captured_at)
    if _is_old_news(state, listing):
        return state
    if listing.role == "moved":
        return {**state, **{key: value for key, value in found.items() if value is not None}}
    if listing.role == "resumed":
        return {**state, **{key: found[key] for key in _OF_RESUMPTION}}
    if found.get("park_id") is None:
        found["neutral_site"] = state["neutral_site"]
    found |= {key: state[key] for key in _KEPT if found.get(key) is None and key in state}
    if found["status"] in BEGUN and found["game_date"] == state["game_date"] and state["scheduled_start"] is not None:
        # What a game in progress lists may be its actual or its resumed first pitch; the schedule was announced before.
        found |= {key: state.get(key) for key in ("scheduled_start", "start_assumed", "listed_start")}
    return _bounded(found, listing.captured_at)


def _is_old_news(state: Mapping[str, Any], listing: Listing) -> bool:
    """Whether a listing describes a time before the state's, whenever it was captured."""
    found = listing.content
    # A result is not taken back, by a cached page or by the day that the game has left.
    if state["status"] == "final" and (found["status"] != "final" or listing.role != "current"):
        return True
    if listing.role == "moved":
        return bool(found["game_date"] == state["game_date"])
    if listing.role == "resumed":
        return found["status"] not in BEGUN and state["status"] == "suspended"
    # The day that the game has left may be listed without its new one.
    return bool(found["status"] == "postponed" and found["game_date"] == state.get("moved_from"))


def _bounded(state: dict[str, Any], known_at: datetime) -> dict[str, Any]:
    """A start by rule is not later than the result allows: no decision may come after it."""
    start = state["scheduled_start"]
    if state["status"] == "final" and state["start_assumed"] and start is not None and start > known_at - SHORTEST_GAME:
        return {**state, "scheduled_start": known_at - USUAL_GAME}
    return state


def second_game(states: Sequence[State], first: Sequence[State]) -> list[State]:
    """States of the second game of a doubleheader, given those of the first.

    It starts 3 h 30 after the first game unless its own listed start is an announced one: on one ticket it is listed
    five minutes after the first game, or with a placeholder. Its start moves when the first game's does.
    """
    if not states or not first:
        return list(states)
    instants = {state.known_at for state in states}
    instants |= {state.known_at for state in first if state.known_at > states[0].known_at}
    out: list[State] = []
    for at in sorted(instants):
        own = _at(states, at).content
        start = _at(first, at).content["scheduled_start"]
        out.append(State(at, _bounded(_second_start(own, start), at)))
    return out


def _at(states: Sequence[State], instant: datetime) -> State:
    """The state at an instant; the first one before that."""
    known = [state for state in states if state.known_at <= instant]
    return known[-1] if known else states[0]


def _second_start(second: dict[str, Any], first_start: datetime | None) -> dict[str, Any]:
    listed = second.get("listed_start")
    if first_start is None or second["doubleheader"] == "N":
        return second
    if listed is not None and listed - first_start >= LISTED_APART:
        return {**second, "scheduled_start": listed, "start_assumed": False}
    if second["start_assumed"]:
        return {**second, "scheduled_start": first_start + SECOND_GAME_AFTER}
    return second
