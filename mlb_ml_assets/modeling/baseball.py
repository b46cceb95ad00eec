"""The blind models: baseball only, no price of any day.

Belongs here: the win probability by L2 logistic regression on shrunk differences, and both sides' runs by Poisson
regression.
Not here: market memory, prices, the joint distribution that turns runs into lines (run_model.py).
"""

from collections.abc import Mapping
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.modeling.config import EstimatorConfig
from mlb_ml_assets.modeling.design import StageInputs, column, innings_share
from mlb_ml_assets.modeling.linear import LogisticRegression, PoissonRegression

Floats = NDArray[np.float64]


class Baseball:
    """Win logit and expected runs of both sides at one stage."""

    def __init__(self, stage: str, config: EstimatorConfig, tolerance: float = 1e-6) -> None:
        self.stage = stage
        self.win = LogisticRegression(config.win_penalty)
        self.runs = PoissonRegression(config.runs_penalty)
        # Newton's method converges quadratically: after a step of 1e-6 the start no longer matters, so a month fitted
        # after another equals the same month fitted alone.
        self.win.tolerance = self.runs.tolerance = tolerance

    def fit(self, inputs: StageInputs) -> Self:
        """Fit on finished games: matrices, home_win, home_score, away_score, scheduled_innings.

        A second fit starts from the coefficients of the first.
        """
        won = column(inputs.facts, "home_win")
        decided = inputs.take(np.isfinite(won))
        self.win.fit(decided.win.values, won[np.isfinite(won)])
        sides = np.vstack([decided.home_runs.values, decided.away_runs.values])
        scored = np.concatenate([column(decided.facts, "home_score"), column(decided.facts, "away_score")])
        self.runs.fit(sides, scored, offset=np.tile(np.log(innings_share(decided.facts)), 2))
        return self

    def home_logit(self, inputs: StageInputs) -> Floats:
        """Logit of the home side's win probability."""
        return self.win.decision_function(inputs.win.values)

    def expected_runs(self, inputs: StageInputs) -> tuple[Floats, Floats]:
        """Home and away runs over the scheduled innings."""
        share = np.log(innings_share(inputs.facts))
        return (
            self.runs.predict(inputs.home_runs.values, offset=share),
            self.runs.predict(inputs.away_runs.values, offset=share),
        )

    def arrays(self) -> dict[str, Floats]:
        """All fitted values."""
        return {f"{name}.{key}": value for name, part in self._parts() for key, value in part.arrays().items()}

    def load_arrays(self, arrays: Mapping[str, Floats]) -> Self:
        """The inverse of `arrays`."""
        for name, part in self._parts():
            part.load_arrays({key: arrays[f"{name}.{key}"] for key in ("coef", "intercept", "mean", "scale")})
        return self

    def _parts(self) -> list[tuple[str, LogisticRegression | PoissonRegression]]:
        return [("win", self.win), ("runs", self.runs)]
