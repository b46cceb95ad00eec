"""Heavily shrunk linear estimators with the scikit-learn interface, in closed form or by Newton's method.

Belongs here: standardization, ridge, L2 logistic and Poisson regression; exact contributions; plain-array state.
Not here: the choice of columns (design.py) and penalties (config.py).

Why not scikit-learn: a refit starts from last month's coefficients (one Hessian instead of five), row sums give
the same digits for a game served alone, and serving needs no SciPy.

Fits go through the rows in blocks that stay in the processor's cache: a month's fit takes half the time, and no copy
of the matrix is made.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.domain.logit import expit, logit

Floats = NDArray[np.float64]

# A column that hardly varies in training is left out: a rare new value divided by its deviation would be huge.
MIN_STD = 1e-9
# Standardized values are clipped to five deviations: one mistyped wind must not price a game.
MAX_ABS_Z = 5.0
# 1,024 rows of 80 columns are 640 KB.
_BLOCK_ROWS = 1024
# A Hessian is made anew after a longer step, or after one that is not much shorter than the one before.
_KEPT_STEP, _KEPT_SHRINKAGE = 0.05, 0.2


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
        weights = np.ones(len(X)) if sample_weight is None else sample_weight
        columns = _known_columns(X)
        count, total, squares = np.zeros((3, len(columns)))
        for rows in _blocks(len(X)):
            known, added = _sums_of_known(_take(X[rows], columns), weights[rows])
            count += known
            total += added
        count = np.maximum(count, 1e-12)
        mean = total / count
        for rows in _blocks(len(X)):
            spread = _take(X[rows], columns) - mean
            squares += _sums_of_known(np.square(spread, out=spread), weights[rows])[1]
        deviation = np.sqrt(squares / count)
        usable = deviation > MIN_STD
        self.mean_, self.scale_ = np.zeros((2, X.shape[1]))
        self.mean_[columns] = mean
        self.scale_[columns] = np.where(usable, 1.0 / np.where(usable, deviation, 1.0), 0.0)
        return self

    def take(self, columns: NDArray[np.int64]) -> "Standardizer":
        """That of some of the columns."""
        bounds = self.max_abs_z
        taken = Standardizer(bounds if isinstance(bounds, float) else bounds[columns])
        taken.mean_, taken.scale_ = self.mean_[columns], self.scale_[columns]
        return taken

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
        score = np.empty(len(X))
        for rows in _blocks(len(X)):
            # Row sums, not a matrix product: a game served alone must equal the same game in a backfill to the digit.
            score[rows] = np.ascontiguousarray(self.contributions(X[rows])).sum(axis=1)
        return score + self.intercept_

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

    def _standardize(self, X: Floats, y: Floats, sample_weight: Floats | None) -> Floats:  # noqa: N803
        """Fit the standardizer; the weights (n,)."""
        if len(X) <= 20:
            raise NotEnoughGames(f"{type(self).__name__} got {len(X)} games, more than 20 are needed")
        if not np.isfinite(y).all():
            raise ValueError(f"{type(self).__name__}: {int((~np.isfinite(y)).sum())} targets are not finite")
        weights = np.ones(len(X)) if sample_weight is None else np.asarray(sample_weight, np.float64)
        self.standardizer_.fit(X, weights)
        return weights

    def _usable(self) -> tuple[NDArray[np.int64], Standardizer]:
        """The columns that vary in training, which alone get a coefficient, and their standardizer."""
        columns = np.flatnonzero(self.standardizer_.scale_)
        return columns, self.standardizer_.take(columns)


class RidgeRegression(LinearRegressor):
    """Least squares with penalty × |coef|² on standardized columns (scikit-learn's alpha)."""

    def fit(self, X: Floats, y: Floats, sample_weight: Floats | None = None) -> Self:  # noqa: N803
        """Closed form."""
        weights = self._standardize(X, y, sample_weight)
        columns, standardizer = self._usable()
        level, roots, width = float(np.average(y, weights=weights)), np.sqrt(weights), len(columns)
        total, gram, right = np.zeros(width), np.zeros((width, width)), np.zeros(width)
        for rows in _blocks(len(X)):
            standard = standardizer.transform(_take(X[rows], columns))
            total += weights[rows] @ standard
            standard *= roots[rows, None]
            gram += standard.T @ standard
            right += (roots[rows] * (y[rows] - level)) @ standard
        # Of columns less their mean; the weighted targets less their level add up to 0.
        center = total / weights.sum()
        gram -= np.outer(center, total)
        gram[np.diag_indices_from(gram)] += np.broadcast_to(self.penalty, X.shape[1])[columns]
        coef = np.linalg.solve(gram, right)
        self.coef_ = np.zeros(X.shape[1])
        self.coef_[columns] = coef
        self.intercept_ = level - float(center @ coef)
        return self

    def predict(self, X: Floats) -> Floats:  # noqa: N803
        """Expected values (n,)."""
        return self.decision_function(X)


class _NewtonRegressor(LinearRegressor, ABC):
    """Maximum penalised likelihood of a canonical-link model: loss + penalty / 2 × |coef|².

    The Hessian is kept while steps shrink fast enough without a new one: a step with the kept one costs a tenth. It
    converges linearly, by a factor of .2 or better: after a step of 1e-9 the start no longer matters, so a month
    fitted after another equals the same month fitted alone.
    """

    tolerance = 1e-9
    max_steps = 50

    @abstractmethod
    def _mean(self, score: Floats) -> Floats: ...

    @abstractmethod
    def _curvature(self, mean: Floats) -> Floats: ...

    @abstractmethod
    def _start(self, y: Floats, weights: Floats, offset: Floats) -> float: ...

    def _newton(self, X: Floats, y: Floats, sample_weight: Floats | None, offset: Floats) -> Self:  # noqa: N803
        before = self.slope_of_inputs() if len(self.coef_) == X.shape[1] else None
        weights = self._standardize(X, y, sample_weight)
        columns, standardizer = self._usable()
        width = len(columns) + 1
        design = np.ones((len(X), width))
        for rows in _blocks(len(X)):
            design[rows, :-1] = standardizer.transform(_take(X[rows], columns))
        ridge = np.append(np.broadcast_to(self.penalty, X.shape[1])[columns], 1e-9)
        beta = np.zeros(width)
        beta[-1] = self._start(y, weights, offset)
        if before is not None:
            # A refit on a few more games starts from the last coefficients.
            beta[:-1] = before[columns] / standardizer.scale_
        inverse, size = None, np.inf
        for _ in range(self.max_steps):
            gradient, hessian = ridge * beta, np.diag(ridge)
            for rows in _blocks(len(X)):
                part = design[rows]
                mean = self._mean(part @ beta + offset[rows])
                gradient += (weights[rows] * (mean - y[rows])) @ part
                if inverse is None:
                    curved = part * np.sqrt(weights[rows] * self._curvature(mean))[:, None]
                    hessian += curved.T @ curved
            if inverse is None:
                inverse = np.linalg.inv(hessian)
            step = inverse @ gradient
            beta -= step
            last, size = size, float(np.abs(step).max())
            if size < self.tolerance:
                break
            if size > min(_KEPT_STEP, _KEPT_SHRINKAGE * last):
                inverse = None
        self.coef_, self.intercept_ = np.zeros(X.shape[1]), float(beta[-1])
        self.coef_[columns] = beta[:-1]
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


def _blocks(count: int) -> Iterator[slice]:
    for first in range(0, count, _BLOCK_ROWS):
        yield slice(first, first + _BLOCK_ROWS)


def _known_columns(X: Floats) -> NDArray[np.int64]:  # noqa: N803
    """Those with a value: without an archive of players, three in five columns have none."""
    known = np.any(np.isfinite(X[-_BLOCK_ROWS:]), axis=0)
    for place in np.flatnonzero(~known):
        known[place] = np.isfinite(X[:, place]).any()
    return np.flatnonzero(known)


def _take(block: Floats, columns: NDArray[np.int64]) -> Floats:
    """Some columns of a block of rows."""
    # Matrices lie in memory column by column.
    return block if len(columns) == block.shape[1] else block.T[columns].T


def _sums_of_known(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """The weight of the known values of each of (n, k) columns, and their weighted sum."""
    count, total = np.full(values.shape[1], weights.sum()), weights @ values
    # Most blocks have few columns with a missing value, which their sum shows.
    for place in np.flatnonzero(~np.isfinite(total)):
        is_known = np.isfinite(values[:, place])
        count[place] = weights @ is_known
        total[place] = weights[is_known] @ values[is_known, place]
    return count, total
