"""Calibrators and intervals, fitted on predictions made strictly earlier than the games they serve.

Belongs here: Platt and temperature calibration shrunk towards the identity; conformal quantiles.
Not here: which predictions are out of fold (out_of_fold.py, walk_forward.py).
"""

from collections.abc import Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.domain.logit import expit
from mlb_ml_assets.modeling.linear import NotEnoughGames

Floats = NDArray[np.float64]


class LogitCalibrator:
    """logit p' = a + b logit p (Platt 1999), by maximum likelihood with a pull towards a = 0, b = 1.

    Args:
        prior_games: weight of the prior in games; a fit on a few hundred games hardly moves.
        intercept: whether a may differ from 0; without it this is temperature scaling.
    """

    def __init__(self, prior_games: float = 0.0, *, intercept: bool = True) -> None:
        self.prior_games = prior_games
        self.intercept = intercept
        self.intercept_, self.slope_ = 0.0, 1.0

    def fit(self, logit: Floats, y: Floats) -> Self:
        """Newton's method on finite rows; fewer than 20 raise NotEnoughGames."""
        usable = np.isfinite(logit) & np.isfinite(y)
        score, won = logit[usable], y[usable]
        if len(score) < 20:
            raise NotEnoughGames(f"calibration got {len(score)} games, at least 20 are needed")
        design = np.column_stack([np.full(len(score), 1.0 if self.intercept else 0.0), score])
        # A game at 50% carries information .25 on the intercept and .25 var(logit) on the slope.
        pull = self.prior_games * 0.25 * np.array([1.0, max(float(np.var(score)), 1e-4)]) + 1e-9
        beta, prior = np.array([0.0, 1.0]), np.array([0.0, 1.0])
        for _ in range(25):
            mean = expit(design @ beta)
            gradient = design.T @ (mean - won) + pull * (beta - prior)
            hessian = (design * (mean * (1 - mean))[:, None]).T @ design + np.diag(pull)
            step = np.linalg.solve(hessian, gradient)
            beta = beta - step
            if np.abs(step).max() < 1e-9:
                break
        self.intercept_, self.slope_ = float(beta[0]), float(beta[1])
        return self

    def transform(self, logit: Floats) -> Floats:
        """Calibrated logits; NaN stays NaN."""
        return self.intercept_ + self.slope_ * logit

    def parameters(self) -> Floats:
        """(intercept, slope)."""
        return np.array([self.intercept_, self.slope_])

    def load_parameters(self, parameters: Sequence[float] | Floats) -> Self:
        """The inverse of `parameters`."""
        self.intercept_, self.slope_ = float(parameters[0]), float(parameters[1])
        return self


def conformal_quantile(residuals: Floats, coverage: float, weights: Floats | None = None) -> float:
    """The half-width that contains `coverage` of past absolute residuals, with split conformal's finite-sample step.

    Unweighted: the ceil((n + 1) coverage)-th smallest (Vovk, Gammerman and Shafer 2005). With weights (recent seasons
    count more where moves drift) the smallest residual whose share of all weight, one more of the largest weight added
    for the game to come, reaches `coverage` (Barber et al. 2023). NaN without residuals.
    """
    known = np.isfinite(residuals)
    if not known.any():
        return float("nan")
    given = np.ones(int(known.sum())) if weights is None else weights[known]
    order = np.argsort(np.abs(residuals[known]), kind="stable")
    reached = np.cumsum(given[order]) / (given.sum() + given.max())
    place = int(np.searchsorted(reached, coverage - 1e-12))
    return float(np.abs(residuals[known])[order][min(place, len(order) - 1)])


def shrunk_line(x: Floats, y: Floats, prior: tuple[float, float], prior_games: float) -> tuple[float, float]:
    """Intercept and slope of y on x by least squares, pulled towards `prior` with the weight of `prior_games`.

    The prior acts at the mean of x, so that the level adapts quickly and the slope slowly.
    """
    usable = np.isfinite(x) & np.isfinite(y)
    if not usable.any():
        return prior
    known, off = x[usable], y[usable] - prior[0] - prior[1] * x[usable]
    center = float(known.mean())
    level = float(off.sum() / (len(off) + prior_games))
    spread = float(((known - center) ** 2).sum())
    # 1.1 is a typical variance of totals in runs squared: prior games weigh as much on the slope as real ones.
    slope = float(((known - center) * (off - off.mean())).sum() / (spread + prior_games * 1.1))
    return prior[0] + level - slope * center, prior[1] + slope
