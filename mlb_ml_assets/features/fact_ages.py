"""How old the newest facts are that a decision's features rest on, by group.

Belongs here: the day of each club's newest fact, kept with the state, and its age at a decision.
Not here: limits (domain/input_ages.py), comparisons of known-at with as-of (knowable.py).
"""

from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.input_ages import INPUT_GROUPS, season_bounds
from mlb_ml_assets.features.decay import Floats, Ints
from mlb_ml_assets.features.knowable import state_days, utc_array

# The tables whose rows are the facts of a group, and the column that every row of theirs has.
_TABLES: Final = {
    "results": ("results", 0),
    "starters": ("starter_lines", 1),
    "bullpen": ("bullpen_lines", 0),
    "batting": ("team_lines", 0),
    "lineups": ("lineups", 0),
    "players": ("batter_lines", 0),
}
# Closes enter market memory, not the state of the sweep: their age is added beside memory's columns.
STATE_GROUPS: Final = tuple(group.name for group in INPUT_GROUPS if group.name in _TABLES)
_FIRST_YEAR, _LAST_YEAR = 1970, 2100


def count_season_days(after: Ints, through: Ints) -> Floats:
    """Days of the season in (after, through], both as day numbers; 0 where `through` is not later."""
    counted = _days_of_seasons()
    last = len(counted) - 1
    passed = counted[np.clip(through, 0, last)] - counted[np.clip(after, 0, last)]
    return np.asarray(np.maximum(passed, 0), dtype=np.float64)


def known_groups(tables: dict[str, NDArray[Any]], games: Ints, sides: Ints) -> NDArray[np.bool_]:
    """Which groups have a fact about each side row of some finished games: shape (sides, STATE_GROUPS)."""
    known = np.zeros((len(sides), len(STATE_GROUPS)), dtype=bool)
    for place, group in enumerate(STATE_GROUPS):
        table, column = _TABLES[group]
        rows = tables[table][np.repeat(games, 2) if group == "results" else sides]
        # A table without a line in the whole history has no columns at all.
        known[:, place] = np.isfinite(rows[:, column]) if rows.shape[1] else False
    return known


def fact_ages(newest: Ints, through: int) -> Floats:
    """Ages by side row and group: days of the season from the newest fact to `through`; NaN where there is none.

    Args:
        newest: day of the newest fact, (sides, STATE_GROUPS).
        through: the last day whose results the decision may use.
    """
    ages = count_season_days(newest, np.full(newest.shape, through, dtype=np.int64))
    return np.where(newest < 0, np.nan, ages)


def age_of_closes(newest: "pd.Series[pd.Timestamp]", as_of: "pd.Series[pd.Timestamp]") -> Floats:
    """The age of the newest close in market memory at each decision; NaN where no close has entered yet.

    Args:
        newest: when the newest close entered, `memory_known_at`; NaT where none has.
        as_of: of the decisions, same order.
    """
    ages = np.full(len(newest), np.nan)
    entered = newest.notna().to_numpy()
    through, last = (state_days(utc_array(stamps[entered], "age")) for stamps in (as_of, newest))
    ages[entered] = count_season_days(last, through)
    return ages


@lru_cache(maxsize=1)
def _days_of_seasons() -> Ints:
    """Days of the season up to each day number, that day included."""
    inside = np.zeros(np.datetime64(f"{_LAST_YEAR + 1}-01-01").astype(int), dtype=np.int64)
    for year in range(_FIRST_YEAR, _LAST_YEAR + 1):
        first, last = (int(np.datetime64(day, "D").astype(np.int64)) for day in season_bounds(year))
        inside[first : last + 1] = 1
    return np.cumsum(inside)
