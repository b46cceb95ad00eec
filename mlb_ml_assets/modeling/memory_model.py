"""The memory models: the expected close from past closes and baseball, without a price of today.

Belongs here: ridge regressions of (close - market memory) on baseball, for the home logit and for the total.
Not here: the filters (market_memory.py), today's price (anchor.py).
"""

from collections.abc import Mapping
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.modeling.config import EstimatorConfig, MemoryConfig
from mlb_ml_assets.modeling.design import (
    StageInputs,
    closing_line_prior,
    closing_total_prior,
    column,
    innings_share,
    market_total,
)
from mlb_ml_assets.modeling.linear import RidgeRegression

Floats = NDArray[np.float64]
# Games with a close; about a week and a half of a season.
MIN_GAMES = 150


class MemoryModel:
    """Expected closing logit and price-adjusted closing total at one stage.

    Fitting closes instead of results gives the same log loss with half the standard error of the paired difference
    (study 6): a close is a far less noisy target than a result.
    """

    def __init__(self, stage: str, estimators: EstimatorConfig, memory: MemoryConfig) -> None:
        self.stage = stage
        self.season_memory = estimators.season_memory
        self.runs_per_probability = memory.runs_per_over_probability
        self.win = RidgeRegression(estimators.memory_win_penalty)
        self.total = RidgeRegression(estimators.memory_total_penalty)

    def fit(self, inputs: StageInputs) -> Self:
        """Fit on games with a close and a memory: matrices, memory_ and close_ columns, season.

        Without closes (fewer games than `MIN_GAMES`) there is nothing to remember: predictions are NaN.
        """
        facts = inputs.facts
        weights = self._weights(facts)
        win_gap = column(facts, "close_home_logit") - closing_line_prior(facts, self.stage)[0]
        _fit_or_blank(self.win, inputs.memory_win.values, win_gap, weights)
        _fit_or_blank(self.total, inputs.memory_total.values, self._total_gap(facts), weights)
        return self

    def home_logit(self, inputs: StageInputs) -> Floats:
        """Expected closing logit of the home side; NaN without market memory."""
        return closing_line_prior(inputs.facts, self.stage)[0] + self.win.predict(inputs.memory_win.values)

    def total_number(self, inputs: StageInputs) -> Floats:
        """Expected price-adjusted closing total, in runs over the scheduled innings."""
        correction = self.total.predict(inputs.memory_total.values) * innings_share(inputs.facts)
        return closing_total_prior(inputs.facts)[0] + correction

    def arrays(self) -> dict[str, Floats]:
        """All fitted values."""
        parts = (("win", self.win), ("total", self.total))
        return {f"{name}.{key}": value for name, part in parts for key, value in part.arrays().items()}

    def load_arrays(self, arrays: Mapping[str, Floats]) -> Self:
        """The inverse of `arrays`."""
        for name, part in (("win", self.win), ("total", self.total)):
            part.load_arrays({key: arrays[f"{name}.{key}"] for key in ("coef", "intercept", "mean", "scale")})
        return self

    def _total_gap(self, facts: pd.DataFrame) -> Floats:
        close = market_total(facts, "close_", self.runs_per_probability)
        return (close - closing_total_prior(facts)[0]) / innings_share(facts)

    def _weights(self, facts: pd.DataFrame) -> Floats:
        season = column(facts, "season")
        return np.asarray(np.exp((season - np.nanmax(season)) / self.season_memory))


def _fit_or_blank(model: RidgeRegression, values: Floats, gap: Floats, weights: Floats) -> None:
    usable = np.isfinite(gap)
    if usable.sum() < MIN_GAMES:
        model.load_arrays(
            {
                "coef": np.full(values.shape[1], np.nan),
                "intercept": np.array([np.nan]),
                "mean": np.zeros(values.shape[1]),
                "scale": np.ones(values.shape[1]),
            }
        )
        return
    model.fit(values if usable.all() else values[usable], gap[usable], weights[usable])
