"""The anchor: today's price plus the move it is still expected to make before the close.

Belongs here: the weights fitted on past moves, their decay as first pitch approaches, the residual deviation.
Not here: the expectations it combines (memory_model.py, baseball.py), results.
"""

from collections.abc import Mapping
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.modeling.config import AnchorConfig
from mlb_ml_assets.modeling.design import column
from mlb_ml_assets.modeling.linear import MAX_ABS_Z, RidgeRegression

Floats = NDArray[np.float64]

INPUTS = ("memory_less_price", "blind_less_price", "remembered_move", "price")
# Moves quoted so late that under a fifth of the opening weight is left would only add noise when rescaled.
_MIN_DECAY_WEIGHT = 0.2


def hours_to_start(frame: pd.DataFrame) -> Floats:
    """Hours from the quote to the scheduled first pitch: column market_hours_to_start.

    An archived opening price counts from its opening, at either stage. NaN, or no such column: an opening price.
    """
    return column(frame, "market_hours_to_start")


class Anchor:
    """Expected move of one price (home logit, or total line) to the close.

    `fit` is a ridge regression of (close - opening price) on the out-of-fold models less the price, and on the features
    of the stage (weather and lineups are news since the opening price); `move` scales it by the time left.

    Args:
        config: constants.
        width: number of inputs: those of INPUTS first, then features.
    """

    def __init__(self, config: AnchorConfig, width: int) -> None:
        self.config = config
        # Prices are never clipped to five deviations: the move must apply to the price actually quoted.
        bounds = np.where(np.arange(width) < len(INPUTS), np.inf, MAX_ABS_Z)
        self.moves = RidgeRegression(config.penalty, max_abs_z=bounds)

    def fit(self, inputs: Floats, moved: Floats, season: Floats, hours: Floats) -> Self:
        """Fit on past moves: inputs (n, width), the others (n,); rows without a move or a memory are left out.

        A move from a price taken nearer to first pitch is divided by its decay weight and weighted by the square of it.
        With fewer moves than `least_games` memory gets the first weight of the modeling study and the rest are 0.
        """
        decay = self.decay_weight(hours)
        usable = np.isfinite(moved) & np.isfinite(inputs[:, 0]) & (decay > _MIN_DECAY_WEIGHT)
        if usable.sum() < self.config.least_games:
            self._fall_back(inputs.shape[1])
            return self
        age = season[usable].max() - season[usable]
        weights = np.exp(-age / self.config.season_memory) * decay[usable] ** 2
        target = moved[usable] / decay[usable]
        self.moves.fit(inputs[usable], target, weights)
        level = float(np.average(target, weights=weights))
        self.moves.intercept_ -= level * self.config.level_games / (self.config.level_games + float(weights.sum()))
        return self

    def move(self, inputs: Floats, hours: Floats) -> Floats:
        """Expected move from price to close; NaN without a price.

        Args:
            inputs: (n, width).
            hours: from quote to first pitch; NaN for an opening price.
        """
        return np.where(np.isfinite(inputs[:, 3]), self.moves.predict(inputs) * self.decay_weight(hours), np.nan)

    def decay_weight(self, hours: Floats) -> Floats:
        """Share of the opening price's weight that is left at `hours` before first pitch; 1 for an opening price."""
        left = np.interp(hours, self.config.hours, self.config.slopes) / self.config.slopes[-1]
        return np.where(np.isfinite(hours), left, 1.0)

    def residual_share(self, hours: Floats) -> Floats:
        """Deviation of the close around the expectation, as a share of the opening price's."""
        left = np.interp(hours, self.config.hours, self.config.remaining) / self.config.remaining[-1]
        return np.where(np.isfinite(hours), left, 1.0)

    def weight(self, hours: Floats) -> Floats:
        """Weight on (memory - price) at each row's time: 0 is the price alone, 1 is memory alone."""
        return np.asarray(self.moves.slope_of_inputs()[0] * self.decay_weight(hours))

    def arrays(self) -> dict[str, Floats]:
        """All fitted values."""
        return self.moves.arrays()

    def load_arrays(self, arrays: Mapping[str, Floats]) -> Self:
        """The inverse of `arrays`."""
        self.moves.load_arrays(arrays)
        return self

    def _fall_back(self, width: int) -> None:
        self.moves.standardizer_.mean_ = np.zeros(width)
        self.moves.standardizer_.scale_ = np.ones(width)
        self.moves.coef_ = np.where(np.arange(width) == 0, self.config.first_weight, 0.0)
        self.moves.intercept_ = 0.0
