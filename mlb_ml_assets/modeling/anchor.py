"""The anchor: today's price plus the move it is still expected to make before the close.

Belongs here: the weights fitted on past moves, their decay as first pitch approaches, the residual deviation.
Not here: the expectations it combines (memory_model.py, baseball.py), results.
"""

from collections.abc import Mapping
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.models import LINEUP
from mlb_ml_assets.modeling.config import AnchorConfig
from mlb_ml_assets.modeling.design import column
from mlb_ml_assets.modeling.linear import MAX_ABS_Z, RidgeRegression

Floats = NDArray[np.float64]

INPUTS = (
    "memory_less_price",
    "blind_less_price",
    "remembered_move",
    "price",
    "remembered_close_less_price",
    "remembered_residual",
)
# Moves quoted so late that under a fifth of the opening weight is left would only add noise when rescaled.
_MIN_DECAY_WEIGHT = 0.2


def hours_to_start(frame: pd.DataFrame) -> Floats:
    """Hours from the quote to the scheduled first pitch: column market_hours_to_start.

    An archived opening price counts from its opening, at either stage. NaN, or no such column: an opening price.
    """
    return column(frame, "market_hours_to_start")


class Anchor:
    """Expected move of one price (home logit, or total line) to the close, at one stage.

    `fit` is a ridge regression of (close - opening price) on the out-of-fold models less the price, and on the features
    of the stage (weather and lineups are news since the opening price); `move` scales it by the time left.

    Args:
        config: constants.
        width: number of inputs: those of INPUTS first, then features.
        stage: whose curve of time applies.

    Attributes:
        left_: share of the opening price's weight that is left at each of `config.hours`.
        stamped_prices_: prices of the last twelve hours that `left_` was learned from; 0: the curve of 2016.
    """

    def __init__(self, config: AnchorConfig, width: int, stage: str) -> None:
        self.config = config
        slopes = config.lineup_slopes if stage == LINEUP else config.open_slopes
        self.left_ = self._curve_of_2016 = np.array(slopes) / slopes[-1]
        self.stamped_prices_ = 0
        # Prices are never clipped to five deviations: the move must apply to the price actually quoted.
        bounds = np.where(np.arange(width) < len(INPUTS), np.inf, MAX_ABS_Z)
        penalty = np.where(np.arange(width) < len(INPUTS), config.input_penalty, config.penalty)
        self.moves = RidgeRegression(penalty, max_abs_z=bounds)

    def fit(self, inputs: Floats, moved: Floats, season: Floats, hours: Floats) -> Self:
        """Fit on past moves: inputs (n, width), the others (n,); rows without a move or a memory are left out.

        A move from a price taken nearer to first pitch is divided by its decay weight and weighted by the square of it.
        With fewer moves than `least_games` memory gets the first weight of the modeling study and the rest are 0.
        """
        self.left_, self.stamped_prices_ = self._curve_of_2016, 0
        usable = np.isfinite(moved) & np.isfinite(inputs[:, 0]) & (self.decay_weight(hours) > _MIN_DECAY_WEIGHT)
        if usable.sum() < self.config.least_games:
            self._fall_back(inputs.shape[1])
            return self
        self._fit_moves(inputs, moved, season, hours)
        if self._fit_curve(inputs, moved, hours):
            # Late prices were scaled by the curve of 2016.
            self._fit_moves(inputs, moved, season, hours)
            self._fit_curve(inputs, moved, hours)
        return self

    def _fit_moves(self, inputs: Floats, moved: Floats, season: Floats, hours: Floats) -> None:
        decay = self.decay_weight(hours)
        usable = np.isfinite(moved) & np.isfinite(inputs[:, 0]) & (decay > _MIN_DECAY_WEIGHT)
        age = season[usable].max() - season[usable]
        weights = np.exp(-age / self.config.season_memory) * decay[usable] ** 2
        target = moved[usable] / decay[usable]
        self.moves.fit(inputs[usable], target, weights)
        level = float(np.average(target, weights=weights))
        self.moves.intercept_ -= level * self.config.level_games / (self.config.level_games + float(weights.sum()))

    def _fit_curve(self, inputs: Floats, moved: Floats, hours: Floats) -> bool:
        """Learn `left_` from moves of prices with a stamp, pulled to the curve of 2016; False where there are none.

        The share never rises towards first pitch. Archives have no stamps, or those of the opening price, a day before.
        """
        knots, prior = np.array(self.config.hours), self._curve_of_2016
        stamped = np.isfinite(moved) & np.isfinite(inputs[:, 0]) & (hours <= knots[-2])
        self.stamped_prices_ = int(stamped.sum())
        if not stamped.any():
            return False
        expected = self.moves.predict(inputs[stamped])
        hats = np.column_stack([np.interp(hours[stamped], knots, unit) for unit in np.eye(len(knots))])
        design = hats * expected[:, None]
        held = self.config.curve_games / len(knots) * float((expected**2).mean())
        gram = design.T @ design + held * np.eye(len(knots))
        change = np.linalg.solve(gram, design.T @ (moved[stamped] - design @ prior))
        learned = np.clip(prior + change, 0.0, 1.0)
        learned[0], learned[-1] = prior[0], prior[-1]
        self.left_ = np.maximum.accumulate(learned)
        return True

    def move(self, inputs: Floats, hours: Floats) -> Floats:
        """Expected move from price to close; NaN without a price.

        Args:
            inputs: (n, width).
            hours: from quote to first pitch; NaN for an opening price.
        """
        return np.where(np.isfinite(inputs[:, 3]), self.moves.predict(inputs) * self.decay_weight(hours), np.nan)

    def decay_weight(self, hours: Floats) -> Floats:
        """Share of the opening price's weight that is left at `hours` before first pitch; 1 for an opening price."""
        return np.where(np.isfinite(hours), np.interp(hours, self.config.hours, self.left_), 1.0)

    def residual_share(self, hours: Floats) -> Floats:
        """Deviation of the close around the expectation, as a share of the opening price's."""
        left = np.interp(hours, self.config.hours, self.config.remaining) / self.config.remaining[-1]
        return np.where(np.isfinite(hours), left, 1.0)

    def weight(self, hours: Floats) -> Floats:
        """Weight on (memory - price) at each row's time: 0 is the price alone, 1 is memory alone."""
        return np.asarray(self.moves.slope_of_inputs()[0] * self.decay_weight(hours))

    def arrays(self) -> dict[str, Floats]:
        """All fitted values."""
        curve = {"left": self.left_, "stamped_prices": np.array([float(self.stamped_prices_)])}
        return {**self.moves.arrays(), **curve}

    def load_arrays(self, arrays: Mapping[str, Floats]) -> Self:
        """The inverse of `arrays`."""
        self.moves.load_arrays(arrays)
        self.left_, self.stamped_prices_ = np.asarray(arrays["left"], np.float64), int(arrays["stamped_prices"][0])
        return self

    def _fall_back(self, width: int) -> None:
        self.moves.standardizer_.mean_ = np.zeros(width)
        self.moves.standardizer_.scale_ = np.ones(width)
        self.moves.coef_ = np.where(np.arange(width) == 0, self.config.first_weight, 0.0)
        self.moves.intercept_ = 0.0
