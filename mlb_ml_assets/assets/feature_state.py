"""Where a build of features starts, and what it leaves for the next.

Belongs here: finding, making and keeping the checkpoint of sweep and market memory before a range of decisions.
Does not: the states themselves (features/state.py, modeling/market_memory.py), SQL.
"""

import json
import zlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.features.facts import GameHistory
from mlb_ml_assets.features.knowable import batch_instant
from mlb_ml_assets.features.state import SweepState
from mlb_ml_assets.features.sweep import advance
from mlb_ml_assets.modeling.market_memory import MemoryState, walk
from mlb_ml_assets.warehouse.decision_days import earliest_state_day
from mlb_ml_assets.warehouse.feature_checkpoints import (
    is_kept,
    read_checkpoint,
    read_memory,
    write_checkpoint,
    write_memory,
)
from mlb_ml_assets.warehouse.history import read_history

_NO_REQUESTS = pd.DataFrame(
    {"game_id": pd.Series(dtype="int64"), "stage": pd.Series(dtype="object"), "as_of": pd.DatetimeIndex([], tz="UTC")}
)


@dataclass(frozen=True)
class Start:
    """A history to build from, and the states at its beginning; both None where it begins with the first game."""

    history: GameHistory
    sweep: SweepState | None
    memory: MemoryState | None


def start_before(connection: psycopg.Connection[Any], first: date, last: date, feature_version: str) -> Start:
    """The newest state that no decision about the games of [first, last] precedes, with the facts after it.

    An opening price comes at noon on the day before a game at the earliest in archives, and may come days before live;
    decisions earlier than a checkpoint allows start from an older one. A checkpoint is made for the day that is needed
    where only an older one is there, so that the next day's build starts a day later.
    """
    needed = earliest_state_day(connection, first, last)
    found = read_checkpoint(connection, needed, batch_instant(last + timedelta(days=1)), feature_version)
    kept = None if found is None else read_memory(connection, found[0], feature_version)
    if found is None or kept is None:
        return Start(GameHistory(**read_history(connection, through=last)), None, None)
    day, sweep = found
    history = GameHistory(**read_history(connection, through=last, since=day))
    return Start(history, sweep, MemoryState.from_dict(json.loads(zlib.decompress(kept))))


def keep_state(connection: psycopg.Connection[Any], start: Start, day: date, feature_version: str) -> bool:
    """Keep the state after the results of `day`, unless it is kept already or lies before the start."""
    if is_kept(connection, day, feature_version):
        return False
    if start.sweep is not None and date.fromordinal(date(1970, 1, 1).toordinal() + start.sweep.day) >= day:
        return False
    sweep = advance(start.history, day, checkpoint=start.sweep)
    entered = pd.Timestamp(batch_instant(day))
    lines = start.history.market_lines
    played = start.history.games.loc[start.history.games["game_date"].dt.date <= day, "game_id"]
    until = replace(start.history, market_lines=lines[lines["game_id"].isin(played)])
    _, memory = walk(until, _NO_REQUESTS, state=start.memory)
    if memory.entered_through > entered:
        return False
    written = write_checkpoint(connection, sweep, day, feature_version)
    write_memory(connection, zlib.compress(json.dumps(memory.to_dict()).encode()), day, feature_version)
    return written
