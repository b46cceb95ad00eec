"""Exponentially decayed sums, from which every rate of this package is computed.

Belongs here: decayed sums per entity, read and added to in whole batches.
Not here: what is summed, priors.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Twenty-two years of days; a longer gap counts as that long.
LONGEST = 8000
UNKNOWN = 0  # index of an entity never seen: its sums are always zero


@lru_cache(maxsize=64)
def decay_table(time_constants: tuple[float, ...]) -> Floats:
    """exp(-gap/tau) for every gap in days (rows) and time constant in days (columns).

    A table, not exp() on the spot: vectorised exp may differ in the last bit with the length of its argument, and rows
    built one by one must equal rows built together.
    """
    gaps = np.arange(LONGEST + 1, dtype=np.float64)
    return np.exp(-gaps[:, None] / np.asarray(time_constants, dtype=np.float64)[None, :])


@dataclass
class DecayedSums:
    """One row of sums per entity; each column fades with its own time constant (days).

    Row 0 is the entity never seen. A row is decayed only when it is touched.
    """

    time_constants: tuple[float, ...]
    values: Floats
    last_day: Ints

    @classmethod
    def empty(cls, time_constants: tuple[float, ...], entities: int = 1) -> "DecayedSums":
        """Empty sums."""
        return cls(time_constants, np.zeros((entities, len(time_constants))), np.zeros(entities, dtype=np.int64))

    def grow(self, entities: int) -> None:
        """Make room for at least `entities` rows."""
        have = len(self.last_day)
        if entities > have:
            extra = max(entities, 2 * have) - have
            self.values = np.vstack([self.values, np.zeros((extra, self.values.shape[1]))])
            self.last_day = np.concatenate([self.last_day, np.zeros(extra, dtype=np.int64)])

    def read(self, entity: Ints, day: Ints | int) -> Floats:
        """Sums as of a day, one row per requested entity; nothing is changed."""
        gap = np.minimum(np.maximum(day - self.last_day[entity], 0), LONGEST)
        # Ten seasons call this 215,000 times: without clip() and indexing 60 rows take 6.8 us instead of 12.6.
        decayed: Floats = self.values.take(entity, axis=0) * decay_table(self.time_constants).take(gap, axis=0)
        return decayed

    def add(self, entity: Ints, day: int, amounts: Floats) -> None:
        """Decay the rows to `day` and add; an entity may appear more than once (doubleheaders)."""
        seen = entity != UNKNOWN
        if not seen.all():
            entity, amounts = entity[seen], amounts[seen]
        touched = np.unique(entity)
        self.values[touched] = self.read(touched, day)
        self.last_day[touched] = day
        np.add.at(self.values, entity, amounts)

    def scale(self, factor: float) -> None:
        """Multiply all sums by a factor (a winter)."""
        self.values *= factor

    def copy(self) -> "DecayedSums":
        """An independent copy."""
        return DecayedSums(self.time_constants, self.values.copy(), self.last_day.copy())


def shrunk(total: Floats, count: Floats, prior: Floats | float, weight: float) -> Floats:
    """A rate pulled towards a prior: (total + weight * prior) / (count + weight)."""
    return np.asarray((total + weight * prior) / (count + weight), dtype=np.float64)
