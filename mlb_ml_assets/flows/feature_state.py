"""The state that a build of features starts from, and the one that it leaves for the next build.

Belongs here: reading and writing checkpoints of feature sweep and market memory around a range of decisions; what a
process that stays keeps of them.
Not here: the states themselves (features/state.py, modeling/market_memory.py), SQL.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.features.facts import COLUMNS, GameHistory, empty_frame
from mlb_ml_assets.features.knowable import batch_instant, day_of
from mlb_ml_assets.features.state import SweepState
from mlb_ml_assets.features.sweep import advance
from mlb_ml_assets.features.warm_up import warm_up
from mlb_ml_assets.flows.kept_features import KeptFeatures
from mlb_ml_assets.modeling.market_memory import MemoryState, advance_memory
from mlb_ml_assets.warehouse.earlier_lines import read_earlier_seasons
from mlb_ml_assets.warehouse.feature_checkpoints import (
    Checkpoint,
    has_checkpoint,
    last_complete_day,
    read_checkpoint,
    read_earliest_state_day,
    write_checkpoint,
)
from mlb_ml_assets.warehouse.history import read_history, read_market_history


@dataclass(frozen=True)
class Start:
    """A history to build from, and the states at its beginning; None where nothing came before the first game."""

    history: GameHistory
    sweep: SweepState | None = None
    memory: MemoryState | None = None

    @property
    def day(self) -> date:
        """The last day inside the states."""
        return date.min if self.sweep is None else day_of(self.sweep.day)


@dataclass
class KeptState:
    """What a process that stays keeps between two builds of the same days.

    Their start, the decisions built, features that a price leaves as they are, and the days whose ratings are stored.

    It holds as long as nothing but market lines changed in the database, which its owner finds out, and as long as
    every build with it was committed: after a rollback, or where facts changed, begin with a new one.
    """

    days: DayRange
    feature_version: str = ""
    start: Start | None = None
    built: set[tuple[int, str, int]] = field(default_factory=set)
    features: KeptFeatures = field(default_factory=KeptFeatures)
    rated: set[int] = field(default_factory=set)

    def read_start(self, connection: psycopg.Connection[Any], feature_version: str) -> Start:
        """`read_start` of the days, from memory where it was read before; market lines are always read."""
        first, last = self.days.first, self.days.last
        if self.start is None or self.feature_version != feature_version or self._is_too_late(connection):
            self.start, self.feature_version = read_start(connection, first, last, feature_version), feature_version
            self.built.clear()
            self.features = KeptFeatures()
            self.rated.clear()
            return self.start
        since = None if self.start.sweep is None else self.start.day
        lines = read_market_history(connection, through=last, since=since)
        return replace(self.start, history=self.start.history.with_market_lines(lines))

    def select_new(self, requests: pd.DataFrame) -> pd.DataFrame:
        """The requests that were not built before; their features cannot have changed."""
        is_new = [key not in self.built for key in _decision_keys(requests)]
        return requests[is_new].reset_index(drop=True)

    def add(self, requests: pd.DataFrame, rated: Iterable[int]) -> None:
        """These requests are built, and the ratings of players after these days (numbers) stored."""
        self.built.update(_decision_keys(requests))
        self.rated.update(rated)

    def _is_too_late(self, connection: psycopg.Connection[Any]) -> bool:
        """Whether a price from before the start arrived since."""
        assert self.start is not None
        return self.start.day > read_earliest_state_day(connection, self.days.first, self.days.last)


def _decision_keys(requests: pd.DataFrame) -> list[tuple[int, str, int]]:
    instants = pd.DatetimeIndex(requests["as_of"]).as_unit("ns").asi8.tolist()
    return list(zip(requests["game_id"].tolist(), requests["stage"].tolist(), instants, strict=True))


def read_start(connection: psycopg.Connection[Any], first: date, last: date, feature_version: str) -> Start:
    """The newest state that precedes every decision about the games of [first, last], and the facts after it.

    The first decision falls at noon on the day before a game in archives, and may fall days before live. Without a
    stored state the sweep begins with the first game, its players rated by the lines of earlier seasons.
    """
    needed = read_earliest_state_day(connection, first, last)
    checkpoint = read_checkpoint(connection, needed, _state_instant(last), feature_version)
    if checkpoint is None:
        players = _rate_earlier_seasons(connection)
        return Start(GameHistory(**read_history(connection, through=last)), players)
    return Start(
        GameHistory(**read_history(connection, through=last, since=checkpoint.day)),
        SweepState.from_bytes(checkpoint.sweep),
        MemoryState.from_bytes(checkpoint.memory),
    )


def _rate_earlier_seasons(connection: psycopg.Connection[Any]) -> SweepState | None:
    state = None
    for lines in read_earlier_seasons(connection):
        state = warm_up(GameHistory(**{name: lines.get(name, empty_frame(name)) for name in COLUMNS}), state)
    return state


def write_next_start(
    connection: psycopg.Connection[Any], start: Start, last: date, feature_version: str, features: pd.DataFrame
) -> bool:
    """Store the state from which a later build of `last`, or of the day after it, can start; True if it is new.

    That is the state before the earliest decision about `last`, or before the first day with a late fact, since a state
    that lacks a late fact cannot be started from. `features` are those of the games after the start.
    """
    needed = read_earliest_state_day(connection, last, last)
    # The usual case of a day priced again: the start was chosen among states without late facts.
    if start.day >= needed:
        return False
    day = last_complete_day(connection, needed, _state_instant(last))
    if start.day >= day or has_checkpoint(connection, day, feature_version):
        return False
    memory = advance_memory(start.history, day, state=start.memory, features=features)
    if memory.entered_through > pd.Timestamp(batch_instant(day)):
        # A close of these days entered late: the state would not be the one of its morning.
        return False
    sweep = advance(start.history, day, checkpoint=start.sweep)
    return write_checkpoint(connection, Checkpoint(day, sweep.to_bytes(), memory.to_bytes()), feature_version)


def _state_instant(last: date) -> datetime:
    # Every decision about `last` falls before this morning.
    return batch_instant(last + timedelta(days=1))
