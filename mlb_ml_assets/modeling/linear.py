"""Heavily shrunk linear estimators with the scikit-learn interface, in closed form or by Newton's method.

Belongs here: standardization, ridge, L2 logistic and Poisson regression; exact contributions; plain-array state.
Not here: the choice of columns (design.py) and penalties (config.py).

Why not scikit-learn: a refit starts from last month's coefficients (two Newton steps instead of five), row sums give
the same digits for a game served alone, and serving needs no SciPy.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.domain.logit import expit, logit

Floats = NDArray[np.float64]

# A column that hardly varies in training is left out: a rare new value divided by its deviation would be huge.
MIN_STD = 1e-9
# Standardized values are clipped to five deviations: one mistyped wind must not price a game.
MAX_ABS_Z = 5.0


class NotEnoughGames(ValueError):
    """Fewer games than a fit needs."""


class Standardizer:
    """Scales columns to mean 0 and deviation 1 over their known values; a missing value becomes 0, the mean.

    A column that is constant or never known gets weight 0. `max_abs_z` may differ by column.
    """

    def __init__(self, max_abs_z: float | Floats = MAX_ABS_Z) -> None:
        self.max_abs_z = max_abs_z
        self.mean_: Floats = np.zeros(0)
        self.scale_: Floats = np.zeros(0)

    def fit(self, X: Floats, sample_weight: Floats | None = None) -> Self:  # noqa: N803 (scikit-learn's name)
        """Estimate means and deviations of (n, k)."""
        known = np.isfinite(X)
        weights = np.ones(len(X)) if sample_weight is None else sample_weight
        complete = bool(known.all())
        filled = X if complete else np.where(known, X, 0.0)
        count = np.full(X.shape[1], weights.sum()) if complete else np.maximum(weights @ known, 1e-12)
        self.mean_ = (weights @ filled) / count
        spread = filled - self.mean_
        if not complete:
            spread[~known] = 0.0
        deviation = np.sqrt(np.einsum("i,ij,ij->j", weights, spread, spread) / count)
        usable = deviation > MIN_STD
        self.scale_ = np.where(usable, 1.0 / np.where(usable, deviation, 1.0), 0.0)
        return self

    def transform(self, X: Floats) -> Floats:  # noqa: N803
        """Standardized values, missing ones 0, clipped to ±max_abs_z."""
        standard = X - self.mean_
        standard *= self.scale_
        standard[~np.isfinite(standard)] = 0.0
        return np.clip(standard, -self.max_abs_z, self.max_abs_z, out=standard)


class LinearRegressor:
    """Base of the three regressions: standardized inputs, intercept, coefficients, contributions, state.

    `penalty` may differ by column.
    """

    def __init__(self, penalty: float | Floats, max_abs_z: float | Floats = MAX_ABS_Z) -> None:
        self.penalty = penalty
        self.max_abs_z = max_abs_z
        self.standardizer_ = Standardizer(max_abs_z)
        self.coef_: Floats = np.zeros(0)
        self.intercept_ = 0.0

    def get_params(self, deep: bool = True) -> dict[str, float | Floats]:  # noqa: ARG002, FBT001, FBT002 (scikit-learn's signature)
        """Constructor arguments by name."""
        return {"penalty": self.penalty, "max_abs_z": self.max_abs_z}

    def set_params(self, **params: float) -> Self:
        """Change constructor arguments by name."""
        for name, value in params.items():
            if name not in self.get_params():
                raise ValueError(f"{type(self).__name__} has no parameter {name!r}")
            setattr(self, name, value)
        return self

    def decision_function(self, X: Floats) -> Floats:  # noqa: N803
        """The linear score of (n, k) inputs."""
        # Row sums, not a matrix product: a game served alone must equal the same game in a backfill to the last digit.
        terms = np.ascontiguousarray(self.standardizer_.transform(X) * self.coef_)
        return np.asarray(terms.sum(axis=1) + self.intercept_)

    def contributions(self, X: Floats) -> Floats:  # noqa: N803
        """(n, k) terms whose row sums plus the intercept are `decision_function`, exactly."""
        return self.standardizer_.transform(X) * self.coef_

    def arrays(self) -> dict[str, Floats]:
        """All fitted values, as arrays."""
        return {
            "coef": self.coef_,
            "intercept": np.array([self.intercept_]),
            "mean": self.standardizer_.mean_,
            "scale": self.standardizer_.scale_,
        }

    def slope_of_inputs(self) -> Floats:
        """Coefficients per unit of each input as given, without standardization."""
        return self.coef_ * self.standardizer_.scale_

    def load_arrays(self, arrays: Mapping[str, Floats]) -> Self:
        """The inverse of `arrays`."""
        self.coef_ = np.asarray(arrays["coef"], np.float64)
        self.intercept_ = float(arrays["intercept"][0])
        self.standardizer_.mean_ = np.asarray(arrays["mean"], np.float64)
        self.standardizer_.scale_ = np.asarray(arrays["scale"], np.float64)
        return self

    def _prepare(self, X: Floats, y: Floats, sample_weight: Floats | None) -> tuple[Floats, Floats]:  # noqa: N803
        if len(X) <= 20:
            raise NotEnoughGames(f"{type(self).__name__} got {len(X)} games, more than 20 are needed")
        if not np.isfinite(y).all():
            raise ValueError(f"{type(self).__name__}: {int((~np.isfinite(y)).sum())} targets are not finite")
        weights = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, np.float64)
        self.standardizer_.fit(X, weights)
        return self.standardizer_.transform(X), weights


class RidgeRegression(LinearRegressor):
    """Least squares with penalty × |coef|² on standardized columns (scikit-learn's alpha)."""

    def fit(self, X: Floats, y: Floats, sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Closed form."""
        standard, weights = self._prepare(X, y, sample_weight)
        center = (weights @ standard) / weights.sum()
        level = float(np.average(y, weights=weights))
        left = (standard - center) * weights[:, None]
        gram = left.T @ (standard - center)
        self.coef_ = np.linalg.solve(gram + np.diag(np.broadcast_to(self.penalty, len(gram))), left.T @ (y - level))
        self.intercept_ = level - float(center @ self.coef_)
        return self

    def predict(self, X: Floats) -> Floats:  # noqa: N803
        """Expected values (n,)."""
        return self.decision_function(X)


class _NewtonRegressor(LinearRegressor, ABC):
    """Maximum penalised likelihood of a canonical-link model: loss + penalty / 2 × |coef|²."""

    tolerance = 1e-6
    max_steps = 30

    @abstractmethod
    def _mean(self, score: Floats) -> Floats: ...

    @abstractmethod
    def _curvature(self, mean: Floats) -> Floats: ...

    @abstractmethod
    def _start(self, y: Floats, weights: Floats, offset: Floats) -> float: ...

    def _newton(self, X: Floats, y: Floats, sample_weight: Floats | None, offset: Floats) -> Self:  # noqa: N803
        before = self.slope_of_inputs() if len(self.coef_) == X.shape[1] else None
        standard, weights = self._prepare(X, y, sample_weight)
        design = np.column_stack([standard, np.ones(len(standard))])
        ridge = np.append(np.broadcast_to(self.penalty, standard.shape[1]), 1e-9)
        beta = np.zeros(design.shape[1])
        beta[-1] = self._start(y, weights, offset)
        if before is not None:
            # A refit on a few more games starts from the last coefficients: two steps instead of five.
            scale = self.standardizer_.scale_
            beta[:-1] = np.where(scale > 0, before / np.where(scale > 0, scale, 1.0), 0.0)
        for _ in range(self.max_steps):
            mean = self._mean(design @ beta + offset)
            gradient = design.T @ (weights * (mean - y)) + ridge * beta
            hessian = design.T @ (design * (weights * self._curvature(mean))[:, None])
            hessian[np.diag_indices_from(hessian)] += ridge
            step = np.linalg.solve(hessian, gradient)
            beta -= step
            if np.abs(step).max() < self.tolerance:
                break
        self.coef_, self.intercept_ = beta[:-1], float(beta[-1])
        return self


class LogisticRegression(_NewtonRegressor):
    """L2 logistic regression; penalty = 1 / C of scikit-learn."""

    def fit(self, X: Floats, y: Floats, sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Newton's method from the base rate; y is 0 or 1."""
        return self._newton(X, np.asarray(y, np.float64), sample_weight, np.zeros(len(X)))

    def predict_proba(self, X: Floats) -> Floats:  # noqa: N803
        """(n, 2): probabilities of 0 and of 1."""
        one = self._mean(self.decision_function(X))
        return np.column_stack([1.0 - one, one])

    def predict(self, X: Floats) -> Floats:  # noqa: N803
        """The likelier class, 0 or 1."""
        return (self.decision_function(X) > 0).astype(np.float64)

    def _mean(self, score: Floats) -> Floats:
        return expit(score)

    def _curvature(self, mean: Floats) -> Floats:
        return mean * (1.0 - mean)

    def _start(self, y: Floats, weights: Floats, offset: Floats) -> float:
        return float(logit(np.average(y, weights=weights), clip=0.01) - np.average(offset, weights=weights))


class PoissonRegression(_NewtonRegressor):
    """L2 Poisson regression with log link; scikit-learn's alpha is penalty / total weight."""

    def fit(
        self,
        X: Floats,  # noqa: N803
        y: Floats,
        sample_weight: Floats | None = None,
        offset: Floats | None = None,
    ) -> Self:
        """Newton's method from the mean; `offset` is added to the log rate (log of the share of nine innings)."""
        added = np.zeros(len(X)) if offset is None else offset
        return self._newton(X, np.asarray(y, np.float64), sample_weight, added)

    def predict(self, X: Floats, offset: Floats | None = None) -> Floats:  # noqa: N803
        """Expected counts (n,)."""
        added = np.zeros(len(X)) if offset is None else offset
        return self._mean(self.decision_function(X) + added)

    def _mean(self, score: Floats) -> Floats:
        return np.asarray(np.exp(np.clip(score, -5.0, 5.0)))

    def _curvature(self, mean: Floats) -> Floats:
        return mean

    def _start(self, y: Floats, weights: Floats, offset: Floats) -> float:
        return float(np.log(np.average(y, weights=weights) / np.average(np.exp(offset), weights=weights)))
