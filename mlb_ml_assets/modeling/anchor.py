"""The anchor: today's price plus what we expect it still to move.

Belongs here: the weights learnt on past moves, how they fall as first pitch comes near, and what is left unsaid then.
Not here: the expectations it leans on (memory_model.py, baseball.py), results.
"""

from collections.abc import Mapping
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.modeling.config import AnchorConfig
from mlb_ml_assets.modeling.design import column
from mlb_ml_assets.modeling.linear import FURTHEST, RidgeRegression

Floats = NDArray[np.float64]

INPUTS = ("memory_less_price", "blind_less_price", "remembered_move", "price")


def hours_to_start(frame: pd.DataFrame) -> Floats:
    """Hours from when the price stood to the scheduled first pitch: column market_hours_to_start.

    An archive's price stood when it opened, whatever the stage it is used at. NaN, or no such column: an opening price.
    """
    return column(frame, "market_hours_to_start")


class Anchor:
    """Expected move of one price (home logit, or total number) to the close.

    `fit` is a ridge on (close - opening price) from the out-of-fold models less price, and from what the stage knows
    (weather and line-ups are news since the opening price); `move` scales it by the time left.

    Args:
        config: constants.
        width: number of inputs: those of INPUTS first, then features.
    """

    def __init__(self, config: AnchorConfig, width: int) -> None:
        self.config = config
        # Prices are never held back to five deviations: a move must be read off the price that stands.
        bounds = np.where(np.arange(width) < len(INPUTS), np.inf, FURTHEST)
        self.moves = RidgeRegression(config.penalty, furthest=bounds)

    def fit(self, inputs: Floats, moved: Floats, season: Floats, hours: Floats) -> Self:
        """Learn from past moves: inputs (n, width), the others (n,); rows without a move or a memory are left out.

        A price taken nearer to first pitch tells of the opening weight through its fade: its move is divided by it and
        counts by its square. With fewer moves than `least_games` the weight on memory is the study's first one and the
        rest are 0.
        """
        fade = self.fade(hours)
        # An hour before the game (.03) the division would only raise noise.
        usable = np.isfinite(moved) & np.isfinite(inputs[:, 0]) & (fade > 0.2)
        if usable.sum() < self.config.least_games:
            self._fall_back(inputs.shape[1])
            return self
        age = season[usable].max() - season[usable]
        weights = np.exp(-age / self.config.season_memory) * fade[usable] ** 2
        target = moved[usable] / fade[usable]
        self.moves.fit(inputs[usable], target, weights)
        level = float(np.average(target, weights=weights))
        self.moves.intercept_ -= level * self.config.level_games / (self.config.level_games + float(weights.sum()))
        return self

    def move(self, inputs: Floats, hours: Floats) -> Floats:
        """Expected move from price to close; NaN where there is no price.

        Args:
            inputs: (n, width).
            hours: from price to first pitch; NaN for an opening price.
        """
        return np.where(np.isfinite(inputs[:, 3]), self.moves.predict(inputs) * self.fade(hours), np.nan)

    def fade(self, hours: Floats) -> Floats:
        """Share of the opening price's weight that is left, by hours to first pitch; 1 for an opening price."""
        left = np.interp(hours, self.config.hours, self.config.slopes) / self.config.slopes[-1]
        return np.where(np.isfinite(hours), left, 1.0)

    def unsaid(self, hours: Floats) -> Floats:
        """Deviation of the close around the expectation, as a share of the opening price's."""
        left = np.interp(hours, self.config.hours, self.config.remaining) / self.config.remaining[-1]
        return np.where(np.isfinite(hours), left, 1.0)

    def weight(self, hours: Floats) -> Floats:
        """Weight on (memory - price) at each row's time: 0 is the price alone, 1 is memory alone."""
        return np.asarray(self.moves.slope_of_inputs()[0] * self.fade(hours))

    def arrays(self) -> dict[str, Floats]:
        """Everything learnt."""
        return self.moves.arrays()

    def load_arrays(self, arrays: Mapping[str, Floats]) -> Self:
        """The inverse of `arrays`."""
        self.moves.load_arrays(arrays)
        return self

    def _fall_back(self, width: int) -> None:
        self.moves.standardiser_.mean_ = np.zeros(width)
        self.moves.standardiser_.scale_ = np.ones(width)
        self.moves.coef_ = np.where(np.arange(width) == 0, self.config.first_weight, 0.0)
        self.moves.intercept_ = 0.0
