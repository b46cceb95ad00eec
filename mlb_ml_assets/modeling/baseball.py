"""The blind models: baseball only, no price of any day.

Belongs here: the win probability by L2 logistic regression on shrunk differences, and both sides' runs by Poisson
regression.
Does not: market memory, prices, the joint distribution that turns runs into lines (run_model.py).
"""

from collections.abc import Mapping
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.modeling.config import EstimatorConfig
from mlb_ml_assets.modeling.design import innings_share, runs_matrix, win_matrix
from mlb_ml_assets.modeling.linear import LogisticRegression, PoissonRegression

Floats = NDArray[np.float64]


class Baseball:
    """Win logit and expected runs of both sides at one stage."""

    def __init__(self, stage: str, config: EstimatorConfig) -> None:
        self.stage = stage
        self.win = LogisticRegression(config.win_penalty)
        self.runs = PoissonRegression(config.runs_penalty)

    def fit(self, frame: pd.DataFrame) -> Self:
        """Learn from finished games: features, home_win, home_score, away_score, scheduled_innings.

        A second fit starts from the first one's coefficients.
        """
        decided = frame[frame.home_win.notna()]
        self.win.fit(win_matrix(decided, self.stage).values, decided.home_win.to_numpy(np.float64))
        sides = [runs_matrix(decided, self.stage, side).values for side in ("home", "away")]
        scored = np.concatenate([decided.home_score.to_numpy(np.float64), decided.away_score.to_numpy(np.float64)])
        self.runs.fit(np.vstack(sides), scored, offset=np.tile(np.log(innings_share(decided)), 2))
        return self

    def home_logit(self, frame: pd.DataFrame) -> Floats:
        """Logit of the home side's win probability."""
        return self.win.decision_function(win_matrix(frame, self.stage).values)

    def expected_runs(self, frame: pd.DataFrame) -> tuple[Floats, Floats]:
        """Home and away runs over the scheduled innings."""
        share = np.log(innings_share(frame))
        home, away = (
            self.runs.predict(runs_matrix(frame, self.stage, side).values, offset=share) for side in ("home", "away")
        )
        return home, away

    def arrays(self) -> dict[str, Floats]:
        """Everything learnt."""
        return {f"{name}.{key}": value for name, part in self._parts() for key, value in part.arrays().items()}

    def load_arrays(self, arrays: Mapping[str, Floats]) -> Self:
        """The inverse of `arrays`."""
        for name, part in self._parts():
            part.load_arrays({key: arrays[f"{name}.{key}"] for key in ("coef", "intercept", "mean", "scale")})
        return self

    def _parts(self) -> list[tuple[str, LogisticRegression | PoissonRegression]]:
        return [("win", self.win), ("runs", self.runs)]
