"""The joint distribution of home and away runs of one game.

Belongs here: from run rates to the probability of every final score: a leading home team does not bat in the last
inning, walk-offs end it, extra innings leave no tie.
Not here: tables over many games (run_grid.py), rules by season (run_rules.py), where rates come from.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.modeling.run_rules import WALK_OFF_MARGIN, RunRules

Floats = NDArray[np.float64]

# 40 runs by one side: probability under 1e-7 at the highest rate used.
MAX_RUNS = 41
# Batting rates run from half a run to sixteen a side; no closing price has implied less than 1.9 or more than 10.
LOWEST_RATE, HIGHEST_RATE = 0.8, 16.0


@dataclass(frozen=True)
class RunShape:
    """Spread of runs around their rate.

    Attributes:
        away_dispersion: negative binomial r of nine away innings (study: 3.4).
        home_dispersion: of eight home innings (study: 3.5).
        last_dispersion: of one inning (.45: 2009-15 ninths of sides five or more behind: mean .465, variance .929).
        last_inning: rate of the home side's last inning over an ordinary one: closers pitch it and teams play for
            one run (.80 lowers one-run home wins of 2009-13 from .189 to the observed .180 of games).
    """

    away_dispersion: float = 3.4
    home_dispersion: float = 3.5
    last_dispersion: float = 0.45
    last_inning: float = 0.80


def negative_binomial(mean: Floats, dispersion: float, size: int = MAX_RUNS) -> Floats:
    """Probabilities of 0 … size - 1 for each mean: shape (len(mean), size); the tail is truncated.

    NB2: variance = mean + mean² / dispersion.
    """
    rate = np.asarray(mean, dtype=np.float64)[:, None]
    ratio = rate / (rate + dispersion)
    out = np.empty((rate.shape[0], size))
    out[:, 0] = ((1.0 - ratio) ** dispersion)[:, 0]
    for runs in range(1, size):
        out[:, runs] = out[:, runs - 1] * ratio[:, 0] * (dispersion + runs - 1) / runs
    return out


@lru_cache(maxsize=16)
def extra_innings(rules: RunRules) -> tuple[tuple[int, int, float], ...]:
    """Distribution of a tie over extra-inning outcomes: (home extra runs, away extra runs, share), summing to 1."""
    endings = rules.endings
    outcomes = [
        (lost + margin, lost, endings.home_wins * share * with_runs)
        for margin, share in enumerate(endings.home_margin, start=1)
        for lost, with_runs in enumerate(endings.loser_runs_home_win)
    ] + [
        (lost, lost + margin, (1.0 - endings.home_wins) * share * with_runs)
        for margin, share in enumerate(endings.away_margin, start=1)
        for lost, with_runs in enumerate(endings.loser_runs_away_win)
    ]
    everything = sum(share for _, _, share in outcomes)
    return tuple((home, away, share / everything) for home, away, share in outcomes)


def home_given_away(home_rate: Floats, rules: RunRules, shape: RunShape) -> Floats:
    """P(home runs | away runs) after regulation, ties included: shape (n, MAX_RUNS away, MAX_RUNS home).

    Args:
        home_rate: runs the home side would score in nine full innings, (n,).
        rules: innings scheduled.
        shape: spread of runs.
    """
    rate = np.asarray(home_rate, dtype=np.float64)
    before = negative_binomial(rate * (rules.innings - 1) / 9.0, shape.home_dispersion * (rules.innings - 1) / 8.0)
    last = negative_binomial(rate * shape.last_inning / 9.0, shape.last_dispersion)
    # Runs as if the last inning were always completed: an upper bound for a team that comes to bat.
    batted = np.zeros_like(before)
    for scored in range(MAX_RUNS):
        batted[:, scored:] += before[:, scored : scored + 1] * last[:, : MAX_RUNS - scored]
    # A home team ahead after the top of the last inning does not bat; one that never leads has batted to the end.
    ahead = np.arange(MAX_RUNS) > np.arange(MAX_RUNS)[:, None]
    out = np.where(ahead, before[:, None, :], batted[:, None, :])
    # Came to bat tied or behind and would have taken the lead; negative values are rounding beyond 40 runs.
    walked_off = np.maximum(np.cumsum(before, axis=1) - np.cumsum(batted, axis=1), 0.0)
    for margin, share in enumerate(WALK_OFF_MARGIN, start=1):
        level = np.arange(MAX_RUNS - margin)
        out[:, level, level + margin] += share * walked_off[:, : MAX_RUNS - margin]
    return out


def away_runs(away_rate: Floats, rules: RunRules, shape: RunShape) -> Floats:
    """Probabilities of the away side's runs in regulation: (n, MAX_RUNS)."""
    rate = np.asarray(away_rate, dtype=np.float64)
    return negative_binomial(rate * rules.innings / 9.0, shape.away_dispersion * rules.innings / 9.0)


def joint_pmf(home_rate: Floats, away_rate: Floats, rules: RunRules, shape: RunShape | None = None) -> Floats:
    """Probability of every final score: shape (n, home runs, away runs), each summing to 1, no ties.

    Rates are runs per nine full innings, n of each; the returned means differ a little from them because the home side
    often does not bat in its last inning and because of extra innings.
    """
    shape = shape or RunShape()
    home = home_given_away(home_rate, rules, shape)
    joint = (away_runs(away_rate, rules, shape)[:, :, None] * home).transpose(0, 2, 1)
    level = np.arange(MAX_RUNS)
    tied = joint[:, level, level].copy()
    joint[:, level, level] = 0.0
    for extra_home, extra_away, share in extra_innings(rules):
        reach = MAX_RUNS - max(extra_home, extra_away)
        at = level[:reach]
        joint[:, at + extra_home, at + extra_away] += share * tied[:, :reach]
    return np.asarray(joint / joint.sum(axis=(1, 2))[:, None, None])
