"""One day's games as the state sees them: arrays by side, ids already turned into places in the state.

Belongs here: the shape that the updates share.
Not here: change state, compute features.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.features.decay import Floats, Ints


@dataclass(frozen=True)
class DayBatch:
    """Finished games of one day. Side arrays are interleaved: row 2g is the home side of game g, 2g + 1 the away side.

    Lines are NaN where the day has none (no box score, say); places are 0 for ids that are not known.
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
    """A sum over rows, skipping what is not known."""
    return float(np.nansum(values))
