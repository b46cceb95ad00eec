"""The memory models: where the close will be, from past closes and baseball, with no price of today.

Belongs here: ridge regressions of (close - market memory) on baseball, for the home logit and for the total.
Does not: the filters (market_memory.py), today's price (anchor.py).
"""

from collections.abc import Mapping
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.modeling.config import EstimatorConfig, MemoryConfig
from mlb_ml_assets.modeling.design import (
    Matrix,
    column,
    innings_share,
    market_total,
    remembered_logit,
    total_matrix,
    win_matrix,
)
from mlb_ml_assets.modeling.linear import RidgeRegression

Floats = NDArray[np.float64]


class MemoryModel:
    """Expected closing logit and closing total (price-adjusted number) at one stage.

    Learning from closes instead of results gives the same log loss with half the standard error of the paired difference
    (study 6): a close is a far less noisy target than a result.
    """

    def __init__(self, stage: str, estimators: EstimatorConfig, memory: MemoryConfig) -> None:
        self.stage = stage
        self.season_memory = estimators.season_memory
        self.runs_per_probability = memory.runs_per_over_probability
        self.win = RidgeRegression(estimators.memory_win_penalty)
        self.total = RidgeRegression(estimators.memory_total_penalty)

    def fit(self, frame: pd.DataFrame) -> Self:
        """Learn from games with a close and a memory: features, memory_ and close_ columns, season."""
        remembered, _ = remembered_logit(frame, self.stage)
        gap = column(frame, "close_home_logit") - remembered
        usable = np.isfinite(gap)
        matrix = self.win_inputs(frame).values
        weights = self._weights(frame)
        self.win.fit(matrix[usable], gap[usable], weights[usable])
        gap = self._total_gap(frame)
        usable = np.isfinite(gap)
        self.total.fit(self.total_inputs(frame).values[usable], gap[usable], weights[usable])
        return self

    def home_logit(self, frame: pd.DataFrame) -> Floats:
        """Expected closing logit of the home side; NaN where market memory has nothing."""
        return remembered_logit(frame, self.stage)[0] + self.win.predict(self.win_inputs(frame).values)

    def total_number(self, frame: pd.DataFrame) -> Floats:
        """Expected closing number, price-adjusted, in runs over the scheduled innings."""
        correction = self.total.predict(self.total_inputs(frame).values) * innings_share(frame)
        return column(frame, "memory_total") + correction

    def win_inputs(self, frame: pd.DataFrame) -> Matrix:
        """Differences, and how sure the memory is."""
        base = win_matrix(frame, self.stage)
        _, variance = remembered_logit(frame, self.stage)
        return Matrix(
            np.column_stack([base.values, variance, column(frame, "memory_move_logit")]),
            (*base.names, "memory_home_variance", "memory_move_logit"),
        )

    def total_inputs(self, frame: pd.DataFrame) -> Matrix:
        """Sums, the game, and how sure the memory is."""
        base = total_matrix(frame, self.stage)
        return Matrix(
            np.column_stack([base.values, column(frame, "memory_total_variance"), column(frame, "memory_total_move")]),
            (*base.names, "memory_total_variance", "memory_total_move"),
        )

    def arrays(self) -> dict[str, Floats]:
        """Everything learnt."""
        parts = (("win", self.win), ("total", self.total))
        return {f"{name}.{key}": value for name, part in parts for key, value in part.arrays().items()}

    def load_arrays(self, arrays: Mapping[str, Floats]) -> Self:
        """The inverse of `arrays`."""
        for name, part in (("win", self.win), ("total", self.total)):
            part.load_arrays({key: arrays[f"{name}.{key}"] for key in ("coef", "intercept", "mean", "scale")})
        return self

    def _total_gap(self, frame: pd.DataFrame) -> Floats:
        close = market_total(frame, "close_", self.runs_per_probability)
        return (close - column(frame, "memory_total")) / innings_share(frame)

    def _weights(self, frame: pd.DataFrame) -> Floats:
        season = column(frame, "season")
        return np.asarray(np.exp((season - np.nanmax(season)) / self.season_memory))
