"""Fitting beside numpy alone.

Belongs here: the shrunk estimators on a made-up matrix of twelve seasons, beside bare algebra.
Not here: which columns and penalties (modeling/design.py, modeling/config.py).
"""

import numpy as np
from threadpoolctl import threadpool_limits

from benchmarks.figures import Figure, side_by_side
from benchmarks.scratch import Scratch
from mlb_ml_assets.modeling.linear import LogisticRegression, RidgeRegression

GAMES, COLUMNS = 29_000, 60
_NEWTON_STEPS = 5


def measure(scratch: Scratch) -> list[Figure]:  # noqa: ARG001 - needs no database
    """Seconds of a fit at 12 seasons, and growth from one season."""
    chance = np.random.default_rng(5)
    x = chance.normal(size=(GAMES, COLUMNS))
    linear = x @ chance.normal(0, 0.1, COLUMNS)
    won = (chance.random(GAMES) < 1 / (1 + np.exp(-linear))).astype(float)
    runs = linear + chance.normal(size=GAMES)
    penalty = np.eye(COLUMNS)

    def normal_equations() -> None:
        np.linalg.solve(x.T @ x + penalty, x.T @ runs)

    def newton() -> None:
        weights = np.zeros(COLUMNS)
        for _ in range(_NEWTON_STEPS):
            mean = 1 / (1 + np.exp(-(x @ weights)))
            curved = x * (mean * (1 - mean))[:, None]
            weights = weights + np.linalg.solve(x.T @ curved + penalty, x.T @ (won - mean) - weights)

    season = GAMES // 12
    # One thread of BLAS each: two would fight with whatever else runs on the machine.
    with threadpool_limits(1):
        ridge, bare_ridge = side_by_side(lambda: RidgeRegression(1.0).fit(x, runs), normal_equations, 10)
        logistic, bare_logistic = side_by_side(lambda: LogisticRegression(1.0).fit(x, won), newton, 6)
        twelve, one = side_by_side(
            lambda: LogisticRegression(1.0).fit(x, won),
            lambda: LogisticRegression(1.0).fit(x[:season], won[:season]),
            10,
        )
    size = f"{GAMES:,} games of {COLUMNS}"
    return [
        Figure("model", f"ridge, {size}", "ms", 1e3 * ridge, 1e3 * bare_ridge, "numpy: normal equations",
            note="standardised, missing values filled, held inside five deviations"),
        Figure("model", f"logistic, {size}", "ms", 1e3 * logistic, 1e3 * bare_logistic,
            f"numpy: {_NEWTON_STEPS} Newton steps"),
        Figure("model", "logistic, twelve seasons / one", "ms", 1e3 * twelve, 1e3 * one, "one season", 15, 12),
    ]  # fmt: skip
