"""Effects of each player on his team's batting and on the opponents', estimated from who was in the lineup.

Belongs here: a diagonal Kalman filter over batting and fielding effects of players, its offseason, and reading it.
Not here: statistics of a player's own plate appearances, the lineup itself (lineups.py).

Model: linear weights per plate appearance beyond expectation = mean batting effect of the nine who bat + mean fielding
effect of the nine who field + noise. Effects follow a random walk by day and regress to the mean over a winter.
"""

import numpy as np

from mlb_ml_assets.features.batch import DayBatch
from mlb_ml_assets.features.config import PlayerConstants
from mlb_ml_assets.features.decay import UNKNOWN, Floats, Ints
from mlb_ml_assets.features.state import SweepState

_NINE = 9
_LEAST_VARIANCE = 1e-8
_LONGEST_DRIFT = 200  # days; a longer absence adds no more variance


def mean_effects(state: SweepState, lineup: Ints) -> tuple[Floats, Floats]:
    """(batting, fielding) means over nine players, one per row; positive fielding lets the other side hit more."""
    return _mean(state.arrays["batting_effect"], lineup), _mean(state.arrays["fielding_effect"], lineup)


def update_player_effects(state: SweepState, batch: DayBatch, residual: Floats, constants: PlayerConstants) -> None:
    """Update the effects of batters and fielders by a day's batting beyond expectation.

    `residual`: linear weights per plate appearance beyond expectation, by side row; NaN where there is no box score.
    """
    known = np.isfinite(residual) & (batch.lineup != UNKNOWN).all(axis=1)
    rows = np.flatnonzero(known & known[batch.opponent])
    if not len(rows):
        return
    batters, fielders = batch.lineup[rows], batch.lineup[batch.opponent[rows]]
    _drift(state, np.unique(batters), batch.day, constants)
    arrays = state.arrays
    sides = (
        (batters, arrays["batting_effect"], arrays["batting_variance"]),
        (fielders, arrays["fielding_effect"], arrays["fielding_variance"]),
    )
    surprise = residual[rows].copy()
    spread = np.full(len(rows), constants.noise**2)
    for nine, effect, variance in sides:
        surprise -= _mean(effect, nine)
        spread += _mean(variance, nine) / _NINE
    for nine, effect, variance in sides:
        gain = variance[nine] / _NINE / spread[:, None]
        less = gain * variance[nine] / _NINE
        np.add.at(effect, nine, gain * surprise[:, None])
        np.subtract.at(variance, nine, less)
        np.maximum(variance, _LEAST_VARIANCE, out=variance)


def regress_player_effects(state: SweepState, constants: PlayerConstants) -> None:
    """One winter: regress effects to the mean and widen their variances."""
    known = slice(1, len(state.index["batter"]) + 1)
    keep = constants.season_retention
    for name, mean in (("batting", constants.new_batting), ("fielding", constants.new_fielding)):
        effect, variance = state.arrays[f"{name}_effect"], state.arrays[f"{name}_variance"]
        effect[known] = mean + keep * (effect[known] - mean)
        variance[known] = keep**2 * variance[known] + constants.season_drift**2


def _drift(state: SweepState, players: Ints, day: int, constants: PlayerConstants) -> None:
    last = state.arrays["effect_day"]
    days = np.where(last[players] > 0, np.minimum(day - last[players], _LONGEST_DRIFT), 0)
    for name in ("batting_variance", "fielding_variance"):
        state.arrays[name][players] += constants.daily_drift * days
    last[players] = day


def _mean(values: Floats, nine: Ints) -> Floats:
    # One slot after the other: numpy's own sum may add in another order for one row than for thirty.
    total = np.zeros(len(nine))
    for slot in range(_NINE):
        total = total + values[nine[:, slot]]
    return np.asarray(total / _NINE, dtype=np.float64)
