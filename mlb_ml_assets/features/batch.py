"""One day's games as arrays by side, with ids already mapped to places in the state.

Belongs here: the input of every update.
Not here: updates of the state, features.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.features.decay import Floats, Ints


@dataclass(frozen=True)
class DayBatch:
    """Finished games of one day. Side arrays are interleaved: row 2g is the home side of game g, 2g + 1 the away side.

    Lines are NaN where unknown (no box score, say); places are 0 for unknown ids.
    """

    day: int
    neutral: NDArray[np.bool_]  # (games,)
    park: Ints  # (games,)
    umpire: Ints  # (games,)
    score: Floats  # (2 games,)
    batted_innings: Floats  # (2 games,)
    team: Ints  # (2 games,)
    starter: Ints  # (2 games,)
    starter_hand: NDArray[np.str_]  # (2 games,) L, R or empty
    starter_line: Floats  # (2 games, STARTER_COLUMNS without player)
    bullpen_line: Floats  # (2 games, BULLPEN_COLUMNS)
    team_line: Floats  # (2 games, TEAM_COLUMNS)
    lineup: Ints  # (2 games, 9)

    @property
    def opponent(self) -> Ints:
        """Row of the other side, for each side row."""
        return np.arange(len(self.team)) ^ 1

    @property
    def by_side_park(self) -> Ints:
        """The park of each side row."""
        return np.repeat(self.park, 2)


def total(values: Floats) -> float:
    """A sum over rows, ignoring NaN."""
    return float(np.nansum(values))
