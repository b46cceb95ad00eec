"""The anchor: today's price plus the move it is still expected to make before the close.

Belongs here: the weights fitted on past moves, the residual deviation, and how both fall as first pitch approaches.
Not here: the expectations it combines (memory_model.py, baseball.py), results.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.time_rules import PRICE_HOURS
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
# An opening price is this old, or has no stamp: archives' openings are of noon on the day before.
OPENING_HOURS = 25.0
KNOTS: Floats = np.array([0.0, *PRICE_HOURS, OPENING_HOURS])
# Moves quoted so late that under a fifth of the opening weight is left would only add noise when rescaled.
_MIN_DECAY_WEIGHT = 0.2
_WEIGHT_LIMITS = (0.05, 0.95)


@dataclass(frozen=True)
class Moves:
    """Prices of finished games and how far they moved to the close.

    Attributes:
        inputs: (n, width), those of INPUTS first.
        moved: (n,) close less price; NaN where either is missing.
        season: (n,).
        hours: (n,) from the quote to the scheduled first pitch; NaN: an opening price.
    """

    inputs: Floats
    moved: Floats
    season: Floats
    hours: Floats

    @classmethod
    def joined(cls, *parts: "Moves") -> "Moves":
        """The rows of several."""
        columns = zip(*((part.inputs, part.moved, part.season, part.hours) for part in parts), strict=True)
        return cls(*(np.concatenate(column) for column in columns))

    def take(self, rows: NDArray[np.bool_]) -> "Moves":
        """Some of the rows."""
        return Moves(self.inputs[rows], self.moved[rows], self.season[rows], self.hours[rows])

    def known(self) -> "Moves":
        """The rows with a move and a memory."""
        return self.take(np.isfinite(self.moved) & np.isfinite(self.inputs[:, 0]))


def hours_to_start(frame: pd.DataFrame) -> Floats:
    """Hours from the quote to the scheduled first pitch: column market_hours_to_start.

    An archived opening price counts from its opening, at either stage. NaN, or no such column: an opening price.
    """
    return column(frame, "market_hours_to_start")


def even_news(weight: float) -> Floats:
    """Share of an opening price's weight that is left at KNOTS if news came at an even rate.

    The price is a random walk to the close, so that the variance of what is left of it falls in proportion to the time.
    Its weight against an expectation of fixed precision is signal extraction: V t / (V t + N), which is `weight` at
    t = 1 (Kalman 1960; the normal mean of DeGroot, Optimal Statistical Decisions, 9.5).
    """
    time = KNOTS / OPENING_HOURS
    return np.asarray(time / (weight * time + 1.0 - weight))


class Anchor:
    """Expected move of one price (home logit, or total line) to the close, at one stage.

    `fit` is a ridge regression of (close - opening price) on the out-of-fold models less the price, and on the features
    of the stage (weather and lineups are news since the opening price); `move` scales it by the time left.

    Args:
        config: constants.
        width: number of inputs: those of INPUTS first, then features.

    Attributes:
        left_: share of the opening price's weight that is left at KNOTS.
        residual_: deviation of the close around the expectation at KNOTS, as a share of the opening price's.
        curve_season_: latest season with enough stamped prices, whose curves `left_` and `residual_` are; None: there
            was none yet, and they are those of `even_news`.
        stamped_prices_: prices of that season between opening and first pitch.
    """

    def __init__(self, config: AnchorConfig, width: int) -> None:
        self.config = config
        self.left_: Floats = KNOTS
        self.curve_season_: int | None = None
        self._assume_even_news(config.first_weight)
        # Prices are never clipped to five deviations: the move must apply to the price actually quoted.
        bounds = np.where(np.arange(width) < len(INPUTS), np.inf, MAX_ABS_Z)
        penalty = np.where(np.arange(width) < len(INPUTS), config.input_penalty, config.penalty)
        self.moves = RidgeRegression(penalty, max_abs_z=bounds)

    def fit(self, prices: Moves, stamped: Moves) -> Self:
        """Fit on past moves; rows without a move or a memory are left out.

        A move from a price taken nearer to first pitch is divided by its decay weight and weighted by the square of it.
        With fewer moves than `least_games` memory gets the first weight of the modeling study and the rest are 0.

        Args:
            prices: at the decisions of past games.
            stamped: of the same games between opening and first pitch, with their own book's close.
        """
        self._assume_even_news(self.config.first_weight)
        prices, stamped = prices.known(), stamped.known()
        is_late = prices.hours <= PRICE_HOURS[-1]
        if np.sum(self.decay_weight(prices.hours) > _MIN_DECAY_WEIGHT) < self.config.least_games:
            self._fall_back(prices.inputs.shape[1])
            return self
        late = Moves.joined(prices.take(is_late), stamped)
        opening = prices.take(~is_late)
        self._fit_moves(prices)
        self._fit_curves(opening, late)
        if is_late.sum() >= self.config.least_games:
            # Late decisions were scaled by a curve of another weight.
            self._fit_moves(prices)
            self._fit_curves(opening, late)
        return self

    def _fit_moves(self, prices: Moves) -> None:
        decay = self.decay_weight(prices.hours)
        usable = decay > _MIN_DECAY_WEIGHT
        age = prices.season[usable].max() - prices.season[usable]
        weights = np.exp(-age / self.config.season_memory) * decay[usable] ** 2
        target = prices.moved[usable] / decay[usable]
        self.moves.fit(prices.inputs[usable], target, weights)
        level = float(np.average(target, weights=weights))
        self.moves.intercept_ -= level * self.config.level_games / (self.config.level_games + float(weights.sum()))

    def _fit_curves(self, opening: Moves, late: Moves) -> None:
        """Learn `left_` and `residual_` season by season, each pulled to those of the season before."""
        slopes = dict(zip(INPUTS, self.moves.slope_of_inputs(), strict=False))
        less_price = [slope for name, slope in slopes.items() if name.endswith("_less_price")]
        self._assume_even_news(float(np.clip(sum(less_price) - slopes["price"], *_WEIGHT_LIMITS)))
        for season in np.unique(late.season):
            now = late.take(late.season == season)
            # One game of an archive was played hours after its assumed opening.
            if len(now.moved) >= self.config.least_games:
                self._learn_season(now, opening.take(opening.season <= season))

    def _learn_season(self, late: Moves, opening: Moves) -> None:
        season = late.season[0]
        self.curve_season_, self.stamped_prices_ = int(season), len(late.moved)
        expected = self.moves.predict(late.inputs)
        hats = np.column_stack([np.interp(late.hours, KNOTS, unit) for unit in np.eye(len(KNOTS))])
        off = late.moved - expected * self.decay_weight(late.hours)
        # An opening price has all of its weight, a price at first pitch none.
        design = expected[:, None] * hats[:, 1:-1]
        held = self.config.knot_prices * float((expected**2).mean())
        change = np.linalg.solve(design.T @ design + held * np.eye(design.shape[1]), design.T @ off)
        self.left_[1:-1] = np.clip(self.left_[1:-1] + change, 0.0, 1.0)
        # The share never rises towards first pitch.
        self.left_ = np.maximum.accumulate(self.left_)
        if len(opening.moved) < self.config.least_games:
            # Nothing to take a share of.
            return
        weights = np.exp(-(season - opening.season) / self.config.season_memory)
        of_opening = np.average((opening.moved - self.moves.predict(opening.inputs)) ** 2, weights=weights)
        off = late.moved - expected * self.decay_weight(late.hours)
        seen, prior = hats.sum(axis=0), self.config.knot_prices
        squares = (hats.T @ off**2 / of_opening + prior * self.residual_**2) / (seen + prior)
        squares[-1] = 1.0
        self._set_residual(np.sqrt(np.maximum.accumulate(np.minimum(squares, 1.0))))

    def _set_residual(self, shares: Floats) -> None:
        # Nearer than the last knot nothing is measured: a price at first pitch is as uncertain as one hour before.
        self.residual_ = np.concatenate([shares[1:2], shares[1:]])

    def _assume_even_news(self, weight: float) -> None:
        self.left_ = even_news(weight)
        # What is left of the variance, V t N / (V t + N), falls as the weight does.
        self._set_residual(np.sqrt(self.left_))
        self.curve_season_, self.stamped_prices_ = None, 0

    def move(self, inputs: Floats, hours: Floats) -> Floats:
        """Expected move from price to close; NaN without a price.

        Args:
            inputs: (n, width).
            hours: from quote to first pitch; NaN for an opening price.
        """
        return np.where(np.isfinite(inputs[:, 3]), self.moves.predict(inputs) * self.decay_weight(hours), np.nan)

    def decay_weight(self, hours: Floats) -> Floats:
        """Share of the opening price's weight that is left at `hours` before first pitch; 1 for an opening price."""
        return np.where(np.isfinite(hours), np.interp(hours, KNOTS, self.left_), 1.0)

    def residual_share(self, hours: Floats) -> Floats:
        """Deviation of the close around the expectation, as a share of the opening price's."""
        return np.where(np.isfinite(hours), np.interp(hours, KNOTS, self.residual_), 1.0)

    def weight(self, hours: Floats) -> Floats:
        """Weight on (memory - price) at each row's time: 0 is the price alone, 1 is memory alone."""
        return np.asarray(self.moves.slope_of_inputs()[0] * self.decay_weight(hours))

    def arrays(self) -> dict[str, Floats]:
        """All fitted values; a curve without a season has NaN for it."""
        season = np.nan if self.curve_season_ is None else self.curve_season_
        curves = {"left": self.left_, "residual": self.residual_, "curve": np.array([season, self.stamped_prices_])}
        return {**self.moves.arrays(), **curves}

    def load_arrays(self, arrays: Mapping[str, Floats]) -> Self:
        """The inverse of `arrays`."""
        self.moves.load_arrays(arrays)
        self.left_, self.residual_ = (np.asarray(arrays[name], np.float64) for name in ("left", "residual"))
        season, prices = arrays["curve"]
        self.curve_season_ = int(season) if np.isfinite(season) else None
        self.stamped_prices_ = int(prices)
        return self

    def _fall_back(self, width: int) -> None:
        self.moves.standardizer_.mean_ = np.zeros(width)
        self.moves.standardizer_.scale_ = np.ones(width)
        self.moves.coef_ = np.where(np.arange(width) == 0, self.config.first_weight, 0.0)
        self.moves.intercept_ = 0.0
