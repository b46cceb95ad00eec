"""What had been announced about each game when it was asked for: starters, line-ups, weather, umpire.

Belongs here: for each request, the latest announcement knowable at its instant.
Not here: results (records.py), numbers made of the announcements (assembly.py).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.features.decay import Floats, Ints
from mlb_ml_assets.features.facts import BATTING_ORDER, SIDES, GameHistory
from mlb_ml_assets.features.knowable import Instants, is_known, utc_array
from mlb_ml_assets.features.records import Codes

# Retrosheet words and MLB's, both as printed: which way the wind blows seen from home plate.
_WIND = {
    "tocf": 1.0, "tolf": 1.0, "torf": 1.0, "out to cf": 1.0, "out to lf": 1.0, "out to rf": 1.0,
    "fromcf": -1.0, "fromlf": -1.0, "fromrf": -1.0, "in from cf": -1.0, "in from lf": -1.0, "in from rf": -1.0,
    "ltor": 0.0, "rtol": 0.0, "l to r": 0.0, "r to l": 0.0, "none": 0.0, "calm": 0.0, "varies": 0.0,
}  # fmt: skip


@dataclass(frozen=True)
class Announced:
    """One row per request. Side arrays are interleaved as in the records; -1 and NaN are not announced."""

    starter: Ints  # (2 requests,)
    lineup: Ints  # (2 requests, 9)
    umpire: Ints  # (requests,)
    temperature: Floats  # degrees Fahrenheit
    wind_out: Floats  # miles an hour, out positive, in negative, 0 under a roof
    roof_closed: Floats  # 0 or 1
    known_at: NDArray[np.int64]  # latest known-at of what is used, nanoseconds UTC; 0 for nothing


def announced(history: GameHistory, requests: pd.DataFrame, codes: dict[str, Codes]) -> Announced:
    """The latest announcements at each request's `as_of`; of the `open` stage only the starters."""
    as_of = utc_array(requests["as_of"], "requests.as_of")
    games = requests["game_id"].to_numpy(dtype=np.int64)
    carded = (requests["stage"] == "lineup").to_numpy()
    by_side = np.repeat(games, 2), np.tile([0, 1], len(games)), np.repeat(as_of, 2)
    starter_row = _latest(history.probables, *by_side)
    lineup_row = np.where(np.repeat(carded, 2), _latest(history.lineups, *by_side), -1)
    condition_row = np.where(carded, _latest(history.conditions, games, np.zeros_like(games), as_of), -1)
    conditions = history.conditions
    speed, direction = _numbers(conditions["wind_speed_mph"]), _wind_sign(conditions["wind_direction"])
    roof = _numbers(conditions["roof_closed"])
    # Calm needs no direction; a closed roof needs neither.
    wind = np.where((roof == 1) | (speed == 0), 0.0, speed * direction)
    lineup_codes = np.column_stack([codes["batter"].encode(history.lineups[slot]) for slot in BATTING_ORDER])
    stamps = np.maximum.reduce(
        [
            _stamps(history.probables, starter_row).reshape(-1, 2).max(axis=1),
            _stamps(history.lineups, lineup_row).reshape(-1, 2).max(axis=1),
            _stamps(history.conditions, condition_row),
        ]
    )
    return Announced(
        starter=_take(codes["pitcher"].encode(history.probables["player_id"]), starter_row, -1),
        lineup=_take(lineup_codes, lineup_row, -1),
        umpire=_take(codes["umpire"].encode(conditions["umpire_id"]), condition_row, -1),
        temperature=_take(_numbers(conditions["temperature_fahrenheit"]), condition_row, np.nan),
        wind_out=_take(wind, condition_row, np.nan),
        roof_closed=_take(roof, condition_row, np.nan),
        known_at=stamps,
    )


def _latest(frame: pd.DataFrame, games: Ints, sides: Ints, as_of: Instants) -> Ints:
    """Row of the latest fact knowable for each (game, side, instant); -1 where there is none."""
    if frame.empty:
        return np.full(len(games), -1, dtype=np.int64)
    side = (frame["side"] == SIDES[1]).to_numpy(dtype=np.int64) if "side" in frame.columns else np.int64(0)
    key = frame["game_id"].to_numpy(dtype=np.int64) * 2 + side
    stamp = utc_array(frame["known_at"], "known_at")
    order = np.lexsort((stamp, key))
    key, stamp = key[order], stamp[order]
    wanted = games * 2 + sides
    first, end = np.searchsorted(key, wanted, "left"), np.searchsorted(key, wanted, "right")
    found = np.full(len(games), -1, dtype=np.int64)
    # Stamps ascend within a key: the last of its rows that is known wins.
    for version in range(int((end - first).max(initial=0))):
        row = np.minimum(first + version, len(key) - 1)
        known = (first + version < end) & is_known(stamp[row], as_of)
        found[known] = order[row[known]]
    return found


def _take(values: NDArray[Any], rows: Ints, missing: float) -> NDArray[Any]:
    if len(values) == 0:
        return np.full((len(rows), *values.shape[1:]), missing, dtype=values.dtype)
    taken = values[rows]
    taken[rows < 0] = missing
    return taken


def _stamps(frame: pd.DataFrame, rows: Ints) -> NDArray[np.int64]:
    stamps = utc_array(frame["known_at"], "known_at").astype(np.int64)
    return np.asarray(_take(stamps, rows, 0), dtype=np.int64)


def _numbers(column: "pd.Series[float]") -> Floats:
    return pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)


def _wind_sign(directions: "pd.Series[str]") -> Floats:
    return np.asarray(directions.astype("string").str.lower().map(_WIND), dtype=np.float64)
