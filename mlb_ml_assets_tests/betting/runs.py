"""A plain joint distribution of runs for tests.

Belongs here: two independent negative binomials whose ties are shared out as one-run games, near MLB's shape.
Not here: the run model; that is modeling/.
"""

from math import lgamma

import numpy as np


def negative_binomial(mean, dispersion, largest=30):
    k = np.arange(largest + 1)
    log_choose = np.array([lgamma(i + dispersion) - lgamma(dispersion) - lgamma(i + 1) for i in k])
    return np.exp(
        log_choose + dispersion * np.log(dispersion / (dispersion + mean)) + k * np.log(mean / (dispersion + mean))
    )


def run_distribution(home_mean=4.6, away_mean=4.3, largest=30):
    joint = np.outer(negative_binomial(home_mean, 4.0, largest), negative_binomial(away_mean, 3.5, largest))
    ties = np.diag(joint).copy()
    np.fill_diagonal(joint, 0.0)
    runs = np.arange(largest)
    joint[runs + 1, runs] += ties[:-1] / 2
    joint[runs, runs + 1] += ties[:-1] / 2
    return joint / joint.sum()


def market_probabilities(joint, market_type, side, line):
    """Unconditional win and push probability of a bet, by plain loops."""
    win = push = 0.0
    for home in range(joint.shape[0]):
        for away in range(joint.shape[1]):
            by = {"home": home - away, "away": away - home, "over": home + away, "under": -home - away}[side]
            by += {"moneyline": 0.0, "spread": line, "total": -line if side == "over" else line}[market_type]
            win += joint[home, away] * (by > 0)
            push += joint[home, away] * (by == 0)
    return win, push
