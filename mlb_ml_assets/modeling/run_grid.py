"""Prices of every market from two numbers per game, by a table computed once.

Belongs here: the grid of joint distributions over run rates, its inversion to (win probability, expected total), and
win, run-line, total and push probabilities read from it.
Not here: the distribution itself (run_distribution.py), calibration to past seasons (run_model.py).
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.domain.logit import logit
from mlb_ml_assets.modeling.run_distribution import (
    HIGHEST_RATE,
    LOWEST_RATE,
    MAX_RUNS,
    RunShape,
    away_runs,
    extra_innings,
    home_given_away,
)
from mlb_ml_assets.modeling.run_rules import RunRules

Floats = NDArray[np.float64]

POINTS = 61
# Home runs minus away runs runs from -(MAX_RUNS - 1); this is the column of margin 0.
EVEN = MAX_RUNS - 1


@dataclass(frozen=True)
class LineProbabilities:
    """Probability of the home or over side given no push, and the probability of a push."""

    given_no_push: Floats
    push: Floats


class RunGrid:
    """Joint distributions on a log-spaced grid of (away rate, home rate), reduced to margins and totals.

    61 points per side, .05 apart in log rate; the error of bilinear interpolation is under 1e-4 in probability.
    """

    def __init__(self, rules: RunRules, shape: RunShape) -> None:
        self.rules, self.shape = rules, shape
        self.log_rates = np.linspace(np.log(LOWEST_RATE), np.log(HIGHEST_RATE), POINTS)
        rates = np.exp(self.log_rates)
        margin_given, total_given, home_given = _fold(home_given_away(rates, rules, shape), rules)
        away = away_runs(rates, rules, shape)
        self.margin_pmf = _normalize(np.einsum("ia,jam->ijm", away, margin_given, optimize=True))
        self.total_pmf = _normalize(np.einsum("ia,jat->ijt", away, total_given, optimize=True))
        self.total_mean = self.total_pmf @ np.arange(2 * MAX_RUNS - 1)
        self.home_mean = np.einsum("ia,ja->ij", away, home_given)
        self.margin_below = np.cumsum(self.margin_pmf, axis=2)
        self.total_below = np.cumsum(self.total_pmf, axis=2)
        home_wins = self.margin_pmf[:, :, EVEN + 1 :].sum(axis=2)
        self.home_logit = logit(home_wins)


def _normalize(pmf: Floats) -> Floats:
    return np.asarray(pmf / pmf.sum(axis=-1, keepdims=True))


def _fold(home: Floats, rules: RunRules) -> tuple[Floats, Floats, Floats]:
    """Margins, totals and mean home runs given the away side's regulation runs, extra innings played out.

    Args:
        home: P(home runs | away runs) after regulation, (n, away, home).
        rules: how extra innings end.

    Returns:
        (n, away, margin), (n, away, total), (n, away).
    """
    count, reach = home.shape[0], 2 * MAX_RUNS - 1
    margins, totals = np.zeros((count, MAX_RUNS, reach)), np.zeros((count, MAX_RUNS, reach))
    level = np.arange(MAX_RUNS)
    tied = home[:, level, level].copy()
    decided = home.copy()
    decided[:, level, level] = 0.0
    mean = decided @ level + tied * level
    for away in range(MAX_RUNS):
        margins[:, away, EVEN - away : EVEN - away + MAX_RUNS] = decided[:, away]
        totals[:, away, away : away + MAX_RUNS] = decided[:, away]
    for extra_home, extra_away, share in extra_innings(rules):
        margins[:, :, EVEN + extra_home - extra_away] += share * tied
        at = np.minimum(2 * level + extra_home + extra_away, reach - 1)
        totals[:, level, at] += share * tied
        mean += share * extra_home * tied
    return margins, totals, mean


@lru_cache(maxsize=16)
def grid_for(rules: RunRules, shape: RunShape) -> RunGrid:
    """The grid of these rules, cached."""
    return RunGrid(rules, shape)


@dataclass(frozen=True)
class Rates:
    """The positions of n games on a grid: lower corner of the cell, weights of its four corners, and the rates."""

    home: Floats
    away: Floats
    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    weights: Floats

    def read(self, table: Floats) -> Floats:
        """Bilinear values of a (POINTS, POINTS, …) table at the n places."""
        shape = (-1,) + (1,) * (table.ndim - 2)
        corners = [(0, 0), (0, 1), (1, 0), (1, 1)]
        parts = [
            self.weights[:, k].reshape(shape) * table[self.rows + down, self.columns + right]
            for k, (down, right) in enumerate(corners)
        ]
        return np.asarray(sum(parts))

    def read_column(self, table: Floats, column: NDArray[np.int64]) -> Floats:
        """As `read`, one column of the last axis per place; columns beyond the axis read its ends."""
        held = np.clip(column, 0, table.shape[2] - 1)
        corners = [(0, 0), (0, 1), (1, 0), (1, 1)]
        parts = [
            self.weights[:, k] * table[self.rows + down, self.columns + right, held]
            for k, (down, right) in enumerate(corners)
        ]
        return np.asarray(sum(parts))


def place(grid: RunGrid, log_away: Floats, log_home: Floats) -> Rates:
    """The cell and weights of each pair of log rates, clipped to the grid."""
    step = grid.log_rates[1] - grid.log_rates[0]
    down = np.clip((log_away - grid.log_rates[0]) / step, 0.0, POINTS - 1.000001)
    right = np.clip((log_home - grid.log_rates[0]) / step, 0.0, POINTS - 1.000001)
    rows, columns = down.astype(np.int64), right.astype(np.int64)
    below, over = down - rows, right - columns
    weights = np.column_stack([(1 - below) * (1 - over), (1 - below) * over, below * (1 - over), below * over])
    return Rates(np.exp(log_home), np.exp(log_away), rows, columns, weights)


def solve(grid: RunGrid, home_logit: Floats, total_mean: Floats) -> Rates:
    """The rates at which the home side wins with `home_logit` and `total_mean` runs are expected.

    Newton on the grid's bilinear surface of (home logit, log mean); its cells are nearly linear, so eight steps leave
    an error under 1e-6. NaN in, NaN rates out (weights NaN).
    """
    want_logit, want_total = np.asarray(home_logit, np.float64), np.log(np.asarray(total_mean, np.float64))
    missing = ~(np.isfinite(want_logit) & np.isfinite(want_total))
    want_logit, want_total = np.where(missing, 0.0, want_logit), np.where(missing, np.log(8.5), want_total)
    log_mean = np.log(grid.total_mean)
    middle = want_total - np.log(2.0) - np.log(grid.rules.innings / 9.0)
    log_away, log_home = middle - 0.25 * want_logit, middle + 0.25 * want_logit
    step = grid.log_rates[1] - grid.log_rates[0]
    low, high = grid.log_rates[0], grid.log_rates[-1]
    for _ in range(8):
        at = place(grid, log_away, log_home)
        off_logit = at.read(grid.home_logit) - want_logit
        off_total = at.read(log_mean) - want_total
        slopes = []
        for table in (grid.home_logit, log_mean):
            here = [table[at.rows + down, at.columns + right] for down, right in ((0, 0), (0, 1), (1, 0), (1, 1))]
            right_weight = at.weights[:, 1] + at.weights[:, 3]
            down_weight = at.weights[:, 2] + at.weights[:, 3]
            by_away = ((1 - right_weight) * (here[2] - here[0]) + right_weight * (here[3] - here[1])) / step
            by_home = ((1 - down_weight) * (here[1] - here[0]) + down_weight * (here[3] - here[2])) / step
            slopes.append((by_away, by_home))
        (a, b), (c, d) = slopes
        determinant = a * d - b * c
        log_away = np.clip(log_away - (d * off_logit - b * off_total) / determinant, low, high)
        log_home = np.clip(log_home - (a * off_total - c * off_logit) / determinant, low, high)
    placed = place(grid, log_away, log_home)
    placed.weights[missing] = np.nan
    placed.home[missing] = np.nan
    placed.away[missing] = np.nan
    return placed


def total_probabilities(grid: RunGrid, rates: Rates, line: Floats) -> LineProbabilities:
    """Over given no push, and push, of a total at each game's own line; NaN where the line is."""
    return _at_line(grid.total_below, rates, np.asarray(line, np.float64), 0)


def spread_probabilities(grid: RunGrid, rates: Rates, line: Floats) -> LineProbabilities:
    """Home covering given no push, and push, at each game's home run line (-1.5: wins by two or more)."""
    return _at_line(grid.margin_below, rates, -np.asarray(line, np.float64), EVEN)


def _at_line(below: Floats, rates: Rates, line: Floats, zero: int) -> LineProbabilities:
    missing = ~np.isfinite(line)
    held = np.where(missing, 0.0, line)
    whole = np.floor(held)
    at_most = rates.read_column(below, (whole + zero).astype(np.int64))
    over = 1.0 - at_most
    push = at_most - rates.read_column(below, (whole + zero - 1).astype(np.int64))
    push = np.where((held == whole) & ~missing, np.clip(push, 0.0, 1.0), 0.0)
    over, push = np.where(missing, np.nan, over), np.where(missing, np.nan, push)
    return LineProbabilities(over / (1.0 - push), push)
