"""Runs by half-inning: the rates of a game, the exact distribution that they imply, and one draw from it.

Belongs here: the law that the league obeys, and its truth (win, run line and total probabilities) computed from it.
Not here: box scores (box_scores.py), prices (market.py).

Runs of a half-inning are negative binomial with one variance ratio, so that sums over innings stay negative binomial
and the truth needs no simulation. A ninth inning that the home side does not need is not played, a walk-off ends the
game, and extra innings start with a runner on second, as in MLB since 2020.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.simulation.circumstance import Circumstance
from mlb_ml_assets.simulation.config import SimulationConfig, Stream
from mlb_ml_assets.simulation.roster import Roster

Array = NDArray[np.float64]

# Runs and their variance ratio as in MLB 2010-21: 4.47 and 4.34 a side, 2.12 and 2.28 over games (some of it is between
# games and comes from skill), 53.6 % home wins.
_LOG_RATE, _HOME_EDGE, VARIANCE_RATIO = np.log(0.487), 0.046, 2.24
# Share of each inning that a starter pitches, on average; the rest is the bullpen's.
_STARTER_INNINGS = np.array([1.0, 1.0, 1.0, 0.98, 0.9, 0.65, 0.35, 0.12, 0.03])
# Extra half-innings with a runner on second: the visitors win a little more than half (.526 since 2020).
_EXTRA_MEAN, _EXTRA_RATIO = (1.03, 1.12), 1.5
# Margin of a walk-off, if the bat had more in it: mostly the winning run alone.
WALK_OFF_MARGIN = np.array([0.80, 0.10, 0.06, 0.04])
_GRID, _EXTRA_GRID = 34, 16
MAX_INNINGS = 24


@dataclass(frozen=True)
class Truth:
    """What is true of each game before it begins, pushes included.

    Attributes:
        home_win: probability that the home side wins.
        margin: probabilities of home minus away runs; column k is margin k - `zero_margin`.
        total: probabilities of total runs; column k is k runs.
    """

    home_win: Array
    margin: Array
    total: Array
    zero_margin: int

    def home_covers(self, line: float) -> Array:
        """Probability that home runs plus `line` (±1.5) exceed away runs."""
        margins = np.arange(self.margin.shape[1]) - self.zero_margin
        return np.asarray(self.margin[:, margins + line > 0].sum(axis=1))

    def over(self, line: Array) -> tuple[Array, Array]:
        """Probability of over given no push, and of a push, at each game's number."""
        runs = np.arange(self.total.shape[1])
        push = np.where(runs == line[:, None], self.total, 0).sum(axis=1)
        over = np.where(runs > line[:, None], self.total, 0).sum(axis=1)
        return over / (1 - push), push


@dataclass(frozen=True)
class LineScores:
    """Runs by inning, shape (games, MAX_INNINGS), -1 where a half-inning was not played."""

    home: NDArray[np.int16]
    away: NDArray[np.int16]
    walk_off: NDArray[np.bool_]

    @property
    def home_score(self) -> NDArray[np.int64]:
        """Final runs of the home side."""
        return np.asarray(np.maximum(self.home, 0).sum(axis=1))

    @property
    def away_score(self) -> NDArray[np.int64]:
        """Final runs of the away side."""
        return np.asarray(np.maximum(self.away, 0).sum(axis=1))

    @property
    def innings(self) -> NDArray[np.int64]:
        """Innings played."""
        return np.asarray((self.away >= 0).sum(axis=1))


def half_inning_rates(
    roster: Roster, schedule: pd.DataFrame, facts: Circumstance, starter_skill: Array | None = None
) -> Array:
    """Expected runs by half-inning of regulation, shape (games, side batting: home away, 9)."""
    pitched = facts.starter_skill if starter_skill is None else starter_skill
    # Axis 1 is the side at bat, which faces the other side's pitching.
    starter, bullpen = pitched[:, ::-1], facts.bullpen_skill[:, ::-1]
    pitching = starter[:, :, None] * _STARTER_INNINGS + bullpen[:, :, None] * (1 - _STARTER_INNINGS)
    wind = facts.table["wind_direction"].str.split().str[0].map({"Out": 1.0, "In": -1.0}).fillna(0.0).to_numpy()
    weather = (
        0.0025 * (facts.table["temperature"].to_numpy() - 70) + 0.005 * wind * facts.table["wind_speed"].to_numpy()
    )
    scene = roster.park[schedule["home"].to_numpy()] + weather
    edge = np.array([_HOME_EDGE, -_HOME_EDGE])
    return np.asarray(np.exp(_LOG_RATE + edge[:, None] + (scene[:, None] + facts.offense)[:, :, None] - pitching))


def true_outcomes(rates: Array) -> Truth:
    """The exact distribution of final scores that `rates` imply."""
    home8: Array = _runs(rates[:, 0, :8].sum(axis=1))
    ninth = _runs(rates[:, 0, 8])
    home9, away9 = _runs(rates[:, 0].sum(axis=1)), _runs(rates[:, 1].sum(axis=1))
    home, away = np.indices((_GRID, _GRID))
    joint = np.where(home > away, home8[:, :, None], home9[:, :, None]) * away9[:, None, :]
    joint[:, home[0:_GRID, 0], home[0:_GRID, 0]] = 0.0
    for runs in range(_GRID - 5):
        behind = home8[:, : runs + 1]
        # swing[:, j]: probability that the home ninth ends j ahead, had it been played out.
        swing = np.stack(
            [(behind * ninth[:, j : runs + j + 1][:, ::-1]).sum(axis=1) for j in range(1, _GRID - runs)], axis=1
        )
        for margin, share in _walk_offs(swing):
            joint[:, runs + margin, runs] += share * away9[:, runs]
    tie = home9 * away9
    for (home_extra, away_extra), chance in np.ndenumerate(_extra_innings()):
        if chance > 1e-9:
            for runs in range(_GRID - max(home_extra, away_extra)):
                joint[:, runs + home_extra, runs + away_extra] += chance * tie[:, runs]
    joint /= joint.sum(axis=(1, 2), keepdims=True)
    return _truth(joint)


def _truth(joint: Array) -> Truth:
    games = len(joint)
    margin, total = np.zeros((games, 2 * _GRID - 1)), np.zeros((games, 2 * _GRID - 1))
    for away in range(_GRID):
        margin[:, _GRID - 1 - away : 2 * _GRID - 1 - away] += joint[:, :, away]
        total[:, away : away + _GRID] += joint[:, :, away]
    return Truth(home_win=margin[:, _GRID:].sum(axis=1), margin=margin, total=total, zero_margin=_GRID - 1)


def _runs(mean: Array, ratio: float = VARIANCE_RATIO, grid: int = _GRID) -> Array:
    """Negative binomial probabilities of 0..grid-1 runs, by the usual recursion."""
    size, stay = np.atleast_1d(mean) / (ratio - 1), 1 - 1 / ratio
    pmf = np.empty((len(size), grid))
    pmf[:, 0] = (1 - stay) ** size
    for runs in range(1, grid):
        pmf[:, runs] = pmf[:, runs - 1] * (size + runs - 1) / runs * stay
    return pmf


def _walk_offs(swing: Array) -> list[tuple[int, Array]]:
    """Probability of each walk-off margin, from those of the lead that full play would have given (1, 2, …)."""
    at_least = swing[..., ::-1].cumsum(axis=-1)[..., ::-1]
    longest = min(len(WALK_OFF_MARGIN), swing.shape[-1])
    return [
        (
            margin,
            swing[..., margin - 1] * WALK_OFF_MARGIN[margin - 1 :].sum()
            + (at_least[..., margin - 1] - swing[..., margin - 1]) * WALK_OFF_MARGIN[margin - 1],
        )
        for margin in range(1, longest + 1)
    ]


def _extra_innings() -> Array:
    """Joint probabilities of home and away runs in extra innings, shape (_EXTRA_GRID, _EXTRA_GRID)."""
    home, away = (_runs(np.array([mean]), _EXTRA_RATIO, _EXTRA_GRID)[0] for mean in _EXTRA_MEAN)
    inning, level = np.zeros((_EXTRA_GRID, _EXTRA_GRID)), np.zeros(_EXTRA_GRID)
    for runs in range(_EXTRA_GRID - 4):
        inning[:runs, runs] = home[:runs] * away[runs]
        level[runs] = home[runs] * away[runs]
        for margin, share in _walk_offs(home[runs + 1 :]):
            inning[runs + margin, runs] += share * away[runs]
    inning, level = inning / (inning.sum() + level.sum()), level / (inning.sum() + level.sum())
    outcome, still_level = np.zeros_like(inning), np.eye(1, _EXTRA_GRID)[0]
    for _ in range(12):
        for runs, share in enumerate(still_level):
            room = _EXTRA_GRID - runs
            outcome[runs:, runs:] += share * inning[:room, :room]
        still_level = np.convolve(still_level, level)[:_EXTRA_GRID]
    return np.asarray(outcome / outcome.sum())


def play(config: SimulationConfig, rates: Array) -> LineScores:
    """One draw of every game from the same law."""
    random = config.stream(Stream.INNINGS)
    games = len(rates)
    runs = random.negative_binomial(rates / (VARIANCE_RATIO - 1), 1 / VARIANCE_RATIO)
    home = np.full((games, MAX_INNINGS), -1, dtype=np.int16)
    away = home.copy()
    home[:, :9], away[:, :9] = runs[:, 0], runs[:, 1]
    lead = home[:, :8].sum(axis=1) - away[:, :9].sum(axis=1)
    home[lead > 0, 8] = -1
    walk_off = np.zeros(games, dtype=bool)
    caps = random.choice(len(WALK_OFF_MARGIN), p=WALK_OFF_MARGIN, size=games) + 1
    _end_on_winning_run(home[:, 8], -lead, caps, walk_off)
    level = np.flatnonzero(home[:, :9].sum(axis=1) == away[:, :9].sum(axis=1))
    level = level[lead[level] <= 0]
    for inning in range(9, MAX_INNINGS):
        for half, mean in ((home, _EXTRA_MEAN[0]), (away, _EXTRA_MEAN[1])):
            half[level, inning] = random.negative_binomial(mean / (_EXTRA_RATIO - 1), 1 / _EXTRA_RATIO, len(level))
        bottom, ended = home[level, inning], walk_off[level]
        _end_on_winning_run(bottom, away[level, inning], caps[level], ended)
        home[level, inning], walk_off[level] = bottom, ended
        level = level[home[level, inning] == away[level, inning]]
    if len(level):
        raise AssertionError(f"{len(level)} games still level after {MAX_INNINGS} innings")
    return LineScores(home=home, away=away, walk_off=walk_off)


def _end_on_winning_run(
    bottom: NDArray[np.int16], needed: NDArray[np.integer], caps: NDArray[np.integer], walk_off: NDArray[np.bool_]
) -> None:
    """Cut bottoms that went past the winning run, in place: `needed` runs tie, one more wins."""
    won = (bottom > needed) & (bottom >= 0)
    bottom[won] = np.minimum(bottom[won], (needed + caps)[won])
    walk_off |= won
