"""Where a build of features starts, and what it leaves for the next.

Belongs here: finding, making and keeping the checkpoint of sweep and market memory before a range of decisions.
Not here: the states themselves (features/state.py, modeling/market_memory.py), SQL.
"""

import json
import zlib
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.features.facts import GameHistory
from mlb_ml_assets.features.knowable import batch_instant, day_of
from mlb_ml_assets.features.state import SweepState
from mlb_ml_assets.features.sweep import advance
from mlb_ml_assets.modeling.market_memory import MemoryState, walk
from mlb_ml_assets.warehouse.decision_days import earliest_state_day
from mlb_ml_assets.warehouse.feature_checkpoints import (
    is_kept,
    last_whole_day,
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
    decisions earlier than a checkpoint allows start from an older one.
    """
    needed = earliest_state_day(connection, first, last)
    found = read_checkpoint(connection, needed, batch_instant(last + timedelta(days=1)), feature_version)
    kept = None if found is None else read_memory(connection, found[0], feature_version)
    if found is None or kept is None:
        return Start(GameHistory(**read_history(connection, through=last)), None, None)
    day, sweep = found
    history = GameHistory(**read_history(connection, through=last, since=day))
    return Start(history, sweep, MemoryState.from_dict(json.loads(zlib.decompress(kept))))


def keep_state(connection: psycopg.Connection[Any], start: Start, last: date, feature_version: str) -> bool:
    """Keep the state that a later build about `last`, or about the day after it, can start from.

    That is the state before the earliest decision about `last`, or before the first day about which something came
    late: with a late fact inside, a state is no start. One that is kept already, or lies before the start, stands.
    """
    needed = earliest_state_day(connection, last, last)
    begun = date.min if start.sweep is None else day_of(start.sweep.day)
    # The usual case of a day priced again: the start was chosen among states without late facts.
    if begun >= needed:
        return False
    day = last_whole_day(connection, needed, batch_instant(last + timedelta(days=1)))
    if begun >= day or is_kept(connection, day, feature_version):
        return False
    sweep = advance(start.history, day, checkpoint=start.sweep)
    lines = start.history.market_lines
    played = start.history.games.loc[start.history.games["game_date"].dt.date <= day, "game_id"]
    until = replace(start.history, market_lines=lines[lines["game_id"].isin(played)])
    _, memory = walk(until, _NO_REQUESTS, state=start.memory)
    if memory.entered_through > pd.Timestamp(batch_instant(day)):
        return False
    written = write_checkpoint(connection, sweep, day, feature_version)
    write_memory(connection, zlib.compress(json.dumps(memory.to_dict()).encode()), day, feature_version)
    return written
