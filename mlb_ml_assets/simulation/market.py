"""What the market believes of each game from the first quote to first pitch.

Belongs here: the error of the betting market around the truth, as a path in time, and the numbers it deals in.
Not here: margins and rounding (books.py), price changes of single books (repricing.py).

The error starts with the sd of `open_error`, ends with that of `close_error`, and reverts to zero on the way, so that
moves are towards the truth on average and the closing price is the better one.
"""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.logit import expit, logit
from mlb_ml_assets.domain.odds import FloatArray
from mlb_ml_assets.simulation.circumstance import Circumstance
from mlb_ml_assets.simulation.config import SimulationConfig, Stream
from mlb_ml_assets.simulation.innings import Truth, half_inning_rates, true_outcomes
from mlb_ml_assets.simulation.roster import Roster

# Hours before the start at which the market's belief is drawn; between two of them it is interpolated.
HOURS = np.array([*range(25, 0, -1), 0.0])
OPENING = timedelta(hours=25)
# Logit of over per run of error (runs of a game have sd 4.45), logit of covering per logit of winning.
TOTAL_SLOPE, SPREAD_SLOPE = 0.36, 0.95
_STEP_MEMORY = 0.97
_LINES = np.arange(5.5, 15.0, 0.5)
# A number moves when the price at the old one would be further from even than this.
_LINE_PATIENCE = 0.045


@dataclass(frozen=True)
class Market:
    """The market's belief, axis 1 by HOURS (first quote to first pitch).

    Attributes:
        home_logit: logit of its fair home win probability.
        total_line: the number it deals.
        over_logit: logit of over (given no push) at that number.
        spread_line: the home side's usual run line, -1.5 or 1.5, one a game.
        covers: logit of the home side truly covering -1.5 and 1.5, shape (games, 2).
        home_error: home_logit minus the truth's.
    """

    home_logit: FloatArray
    total_line: FloatArray
    over_logit: FloatArray
    spread_line: FloatArray
    covers: FloatArray
    home_error: FloatArray

    def spread_logit(self, row: int | slice, line: float) -> FloatArray:
        """Logit, by HOURS, of the home side covering `line` (±1.5) in the games at `row`."""
        true = self.covers[row, 0 if line < 0 else 1]
        return np.asarray(np.expand_dims(true, -1) + SPREAD_SLOPE * self.home_error[row])


def draw_market(
    config: SimulationConfig, roster: Roster, games: pd.DataFrame, facts: Circumstance, truth: Truth
) -> Market:
    """Draw the belief of the market for every game."""
    random = config.stream(Stream.MARKET)
    true_logit = logit(truth.home_win)
    error = _error_path(random, len(games), config.open_error, config.close_error)
    runs_error = _error_path(random, len(games), config.total_open_error, config.total_close_error)
    error -= _planted(config, facts)[:, None] * (HOURS / HOURS[0])
    error += _unaware_of_scratches(roster, games, facts, true_logit)
    home_logit = true_logit[:, None] + error
    line, over_logit = _numbers(truth, runs_error)
    spread_line = np.where(home_logit[:, 0] >= 0, -1.5, 1.5)
    return Market(
        home_logit=home_logit,
        total_line=line,
        over_logit=over_logit,
        spread_line=spread_line,
        covers=logit(np.stack([truth.home_covers(-1.5), truth.home_covers(1.5)], axis=1)),
        home_error=error,
    )


def _error_path(random: np.random.Generator, games: int, opening: float, closing: float) -> FloatArray:
    """Errors whose variance falls linearly in time, each a shrunken copy of the one before plus news."""
    variance = closing**2 + (opening**2 - closing**2) * HOURS / HOURS[0]
    draws = random.standard_normal((games, len(HOURS)))
    path = np.empty_like(draws)
    path[:, 0] = draws[:, 0]
    for step in range(1, len(HOURS)):
        path[:, step] = _STEP_MEMORY * path[:, step - 1] + np.sqrt(1 - _STEP_MEMORY**2) * draws[:, step]
    return np.asarray(path * np.sqrt(np.maximum(variance, 0)))


def _planted(config: SimulationConfig, facts: Circumstance) -> FloatArray:
    """Logits by which the opening price ignores the difference between the probable starters."""
    difference = facts.probable_skill[:, 0] - facts.probable_skill[:, 1]
    # dp/dlogit = p(1-p), about .243 over games.
    return np.asarray(config.planted_edge_points / 100 / 0.243 * difference / difference.std())


def _unaware_of_scratches(
    roster: Roster, games: pd.DataFrame, facts: Circumstance, true_logit: FloatArray
) -> FloatArray:
    """Until a scratch is announced the market prices the probable starter."""
    error = np.zeros((len(games), len(HOURS)))
    rows = np.flatnonzero(facts.table["scratched_at"].notna())
    if not len(rows):
        return error
    before = true_outcomes(half_inning_rates(roster, games, facts, facts.probable_skill)[rows]).home_win
    notice = (games["market_start"] - facts.table["scratched_at"]).dt.total_seconds().to_numpy()[rows] / 3600
    error[rows] = np.where(notice[:, None] < HOURS, (logit(before) - true_logit[rows])[:, None], 0.0)
    return error


def _numbers(truth: Truth, runs_error: FloatArray) -> tuple[FloatArray, FloatArray]:
    """The number dealt at each instant, with its over logit: it stays until the price strays too far from even."""
    games = len(runs_error)
    over_at = np.stack([logit(truth.over(np.full(games, line))[0]) for line in _LINES], axis=1)
    chosen = np.argmin(np.abs(over_at + TOTAL_SLOPE * runs_error[:, :1]), axis=1)
    numbers, overs = np.empty_like(runs_error), np.empty_like(runs_error)
    every = np.arange(games)
    for step in range(runs_error.shape[1]):
        belief = over_at + TOTAL_SLOPE * runs_error[:, step : step + 1]
        stray = np.abs(expit(belief[every, chosen]) - 0.5) > _LINE_PATIENCE
        chosen = np.where(stray, np.argmin(np.abs(belief), axis=1), chosen)
        numbers[:, step], overs[:, step] = _LINES[chosen], belief[every, chosen]
    return numbers, overs
