"""A diagonal Kalman filter over sparse weighted sums, updated a batch at a time.

Belongs here: the arithmetic of the filter and its serializable state, independent of what a member is.
Not here: which closes enter and when (market_memory.py), constants (config.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True)
class Block:
    """One kind of state (teams, starters, …): its prior, its drift by day and its drift between seasons.

    `keep` multiplies the deviation from zero when a season begins; `season_variance` is added then.
    `daily_variance` is added per day to every member that has been observed; an unobserved one stays at its prior.
    Variances are in squared units of what is observed.
    """

    prior_mean: float
    prior_variance: float
    daily_variance: float
    keep: float
    season_variance: float
    fixed: bool = False


@dataclass
class FilterState:
    """Means and variances of every known member, in the order of `members` (block name, key).

    The filter has advanced to `season` and `through_day` (days since 1970-01-01).
    """

    members: list[tuple[str, str]] = field(default_factory=list)
    mean: Floats = field(default_factory=lambda: np.zeros(0))
    variance: Floats = field(default_factory=lambda: np.zeros(0))
    season: int = 0
    through_day: int = 0

    def to_dict(self) -> dict[str, object]:
        """Plain lists and numbers, ready for JSON."""
        return {
            "members": [list(member) for member in self.members],
            "mean": self.mean.tolist(),
            "variance": self.variance.tolist(),
            "season": self.season,
            "through_day": self.through_day,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> "FilterState":
        """The inverse of to_dict."""
        members = values["members"]
        mean, variance = values["mean"], values["variance"]
        season, through = values["season"], values["through_day"]
        assert isinstance(members, Sequence)
        assert isinstance(season, int)
        assert isinstance(through, int)
        return cls(
            members=[(str(block), str(key)) for block, key in members],
            mean=np.asarray(mean, dtype=np.float64),
            variance=np.asarray(variance, dtype=np.float64),
            season=season,
            through_day=through,
        )


class DiagonalFilter:
    """Observations are weighted sums of members plus noise; the posterior covariance is kept diagonal.

    For a single observation the update is the textbook one (gain = variance / innovation variance). A batch is absorbed
    in precision form, so that members shared by several observations of one batch (the home edge, a doubleheader's
    teams) are updated by all of them and the order inside a batch does not matter.

    Args:
        blocks: the kinds of state by name.
        members: every (block, key) that may ever appear; column indices of `absorb` and `expect` refer to this list.
            Members of a block with `fixed` set represent the unknown and are never updated.
        noise_variance: variance of an observation around its sum.
    """

    def __init__(self, blocks: Mapping[str, Block], members: Sequence[tuple[str, str]], noise_variance: float) -> None:
        self.members = list(members)
        self.noise_variance = noise_variance
        of = [blocks[name] for name, _ in self.members]
        self._prior_mean = np.array([block.prior_mean for block in of])
        self._prior_variance = np.array([block.prior_variance for block in of])
        self._daily = np.array([block.daily_variance for block in of])
        self._keep = np.array([block.keep for block in of])
        self._season_variance = np.array([block.season_variance for block in of])
        self._fixed = np.flatnonzero([block.fixed for block in of])
        self.mean = self._prior_mean.copy()
        self.variance = self._prior_variance.copy()
        self.seen = np.zeros(len(of), dtype=bool)
        self.season = 0
        self.through_day = 0
        self._precision = np.zeros(len(of))
        self._pull = np.zeros(len(of))

    def restore(self, state: FilterState) -> None:
        """Load a stored state; members it lacks stay at their prior."""
        position = {member: index for index, member in enumerate(self.members)}
        rows = np.array([position.get(member, -1) for member in state.members], dtype=np.int64)
        known = rows >= 0
        self.mean[rows[known]] = state.mean[known]
        self.variance[rows[known]] = state.variance[known]
        self.seen[rows[known]] = True
        self.season, self.through_day = state.season, state.through_day

    def state(self) -> FilterState:
        """The state of all observed members."""
        rows = np.flatnonzero(self.seen)
        return FilterState(
            members=[self.members[row] for row in rows],
            mean=self.mean[rows].copy(),
            variance=self.variance[rows].copy(),
            season=self.season,
            through_day=self.through_day,
        )

    def enter_season(self, season: int) -> None:
        """Shrink means and widen variances once per winter; no effect for a season already entered."""
        for _ in range(season - self.season if self.season else 0):
            self.mean[self.seen] *= self._keep[self.seen]
            widened = self.variance[self.seen] * self._keep[self.seen] ** 2
            self.variance[self.seen] = widened + self._season_variance[self.seen]
            # The winter is covered by season_variance; its days must not count as drift, too.
            self.through_day = 0
        self.season = max(self.season, season)

    def walk_to(self, day: int) -> None:
        """Widen the variances of observed members by the days since the last batch."""
        days = day - self.through_day if self.through_day else 0
        if days > 0:
            self.variance += (days * self._daily) * self.seen
        self.through_day = max(self.through_day, day)

    def absorb(self, columns: Ints, weights: Floats, observed: Floats) -> None:
        """Update on a batch: row i observed sum(weights * mean[columns[i]]) plus noise.

        Args:
            columns: (n, k) member indices.
            weights: (k,) or (n, k); +1 and -1 for sides, today's wind for what a park makes of it.
            observed: (n,) values.
        """
        variance = self.variance[columns]
        surprise = observed - (self.mean[columns] * weights).sum(axis=1)
        shares = variance * weights**2
        others = 1.0 / (shares.sum(axis=1)[:, None] - shares + self.noise_variance)
        np.add.at(self._precision, columns, others * weights**2)
        np.add.at(self._pull, columns, others * surprise[:, None] * weights)
        # Multiplied, not divided: what is fixed has a variance of zero.
        posterior = variance / (1.0 + variance * self._precision[columns])
        self.mean[columns] += posterior * self._pull[columns]
        self.variance[columns] = posterior
        self.seen[columns] = True
        self.mean[self._fixed] = self._prior_mean[self._fixed]
        self.variance[self._fixed] = self._prior_variance[self._fixed]
        self.seen[self._fixed] = False
        self._precision[columns] = 0.0
        self._pull[columns] = 0.0

    def expect(self, columns: Ints, weights: Floats) -> tuple[Floats, Floats]:
        """Mean and variance (without observation noise) of the weighted sums of `columns`, each (n,)."""
        # Row sums, not a matrix product, whose last digit depends on how many games are computed together.
        return (self.mean[columns] * weights).sum(axis=1), (self.variance[columns] * weights**2).sum(axis=1)
