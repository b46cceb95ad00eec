"""The blind models: baseball only, no price of the day.

Belongs here: the win probability from shrunk differences and the total from shrunk sums, each on outcomes and on past
closes; both sides' runs by Poisson regression.
Not here: market memory, prices, the joint distribution that turns runs into lines (run_model.py).
"""

from collections.abc import Mapping
from typing import Self

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.features.declarations import win_shrinkages
from mlb_ml_assets.modeling.config import EstimatorConfig, ModelConfig
from mlb_ml_assets.modeling.design import StageInputs, column, innings_share, market_total
from mlb_ml_assets.modeling.linear import LinearRegressor, LogisticRegression, PoissonRegression, RidgeRegression

Floats = NDArray[np.float64]


class Baseball:
    """Win logit and expected runs of both sides at one stage.

    The win logit is a mix of two linear models of the same differences: of outcomes, and of past closing logits
    (distillation). Closes of the past are no price of the day: a season's model has seen none of its own games. Without
    past closes the model of outcomes is used alone (`has_closes` is False).
    """

    def __init__(self, stage: str, model: ModelConfig) -> None:
        self.stage, config = stage, model.estimators
        self.config, self.runs_per_probability = config, model.memory.runs_per_over_probability
        self.closing_runs = (model.runs.number_intercept, model.runs.number_slope)
        self.win = LogisticRegression(_penalties(stage, config, config.win_penalty, config.win_runs_factor))
        self.close = RidgeRegression(_penalties(stage, config, config.close_penalty, config.close_runs_factor))
        self.runs = PoissonRegression(config.runs_penalty)
        self.number = RidgeRegression(config.close_total_penalty)
        self.has_closes = self.has_numbers = False

    def fit(self, inputs: StageInputs) -> Self:
        """Fit on finished games: matrices, home_win, home_score, away_score, close_home_logit, scheduled_innings.

        A second fit starts from the coefficients of the first.
        """
        won = column(inputs.facts, "home_win")
        decided = inputs.take(np.isfinite(won))
        self.win.fit(decided.win.values, won[np.isfinite(won)])
        self._fit_closes(inputs)
        self._fit_numbers(inputs)
        sides = np.vstack([decided.home_runs.values, decided.away_runs.values])
        scored = np.concatenate([column(decided.facts, "home_score"), column(decided.facts, "away_score")])
        self.runs.fit(sides, scored, offset=np.tile(np.log(innings_share(decided.facts)), 2))
        return self

    def _fit_closes(self, inputs: StageInputs) -> None:
        close, season = column(inputs.facts, "close_home_logit"), column(inputs.facts, "season")
        usable = np.isfinite(close)
        self.has_closes = int(usable.sum()) >= self.config.least_closes
        if self.has_closes:
            weights = np.exp((season[usable] - season[usable].max()) / self.config.season_memory)
            self.close.fit(inputs.win.values[usable], close[usable], weights)

    def _fit_numbers(self, inputs: StageInputs) -> None:
        close = market_total(inputs.facts, "close_", self.runs_per_probability) / innings_share(inputs.facts)
        season, usable = column(inputs.facts, "season"), np.isfinite(close)
        self.has_numbers = int(usable.sum()) >= self.config.least_closes
        if self.has_numbers:
            weights = np.exp((season[usable] - season[usable].max()) / self.config.season_memory)
            self.number.fit(inputs.total.values[usable], close[usable], weights)

    def home_logit(self, inputs: StageInputs) -> Floats:
        """Logit of the home side's win probability."""
        values = inputs.win.values
        outcomes = self.win.decision_function(values)
        if not self.has_closes:
            return outcomes
        weight = self.config.close_weight
        return (1.0 - weight) * outcomes + weight * self.close.decision_function(values)

    def win_contributions(self, values: Floats) -> tuple[Floats, float]:
        """(n, k) terms of the win logit by column, and its constant."""
        terms, constant = self.win.contributions(values), self.win.intercept_
        if not self.has_closes:
            return terms, constant
        weight = self.config.close_weight
        mixed = (1.0 - weight) * terms + weight * self.close.contributions(values)
        return mixed, (1.0 - weight) * constant + weight * self.close.intercept_

    def win_importance(self) -> Floats:
        """|coefficient| on standardized differences of the win logit."""
        weight = self.config.close_weight if self.has_closes else 0.0
        closes = self.close.coef_ if self.has_closes else 0.0
        return np.abs((1.0 - weight) * self.win.coef_ + weight * closes)

    def expected_runs(self, inputs: StageInputs) -> tuple[Floats, Floats]:
        """Home and away runs over the scheduled innings."""
        share = np.log(innings_share(inputs.facts))
        return (
            self.runs.predict(inputs.home_runs.values, offset=share),
            self.runs.predict(inputs.away_runs.values, offset=share),
        )

    def total(self, inputs: StageInputs) -> Floats:
        """Expected runs of both sides over the scheduled innings.

        A mix as for the win logit; a closing total is taken for expected runs as `closing_runs` says.
        """
        outcomes = np.sum(self.expected_runs(inputs), axis=0)
        if not self.has_numbers:
            return np.asarray(outcomes)
        intercept, slope = self.closing_runs
        runs = (intercept + slope * self.number.predict(inputs.total.values)) * innings_share(inputs.facts)
        weight = self.config.close_weight
        return np.asarray((1.0 - weight) * outcomes + weight * runs)

    def arrays(self) -> dict[str, Floats]:
        """All fitted values."""
        return {f"{name}.{key}": value for name, part in self._parts() for key, value in part.arrays().items()}

    def load_arrays(self, arrays: Mapping[str, Floats]) -> Self:
        """The inverse of `arrays`."""
        self.has_closes, self.has_numbers = "close.coef" in arrays, "number.coef" in arrays
        for name, part in self._parts():
            part.load_arrays({key: arrays[f"{name}.{key}"] for key in ("coef", "intercept", "mean", "scale")})
        return self

    def _parts(self) -> list[tuple[str, LinearRegressor]]:
        parts: list[tuple[str, LinearRegressor, bool]] = [
            ("win", self.win, True),
            ("close", self.close, self.has_closes),
            ("runs", self.runs, True),
            ("number", self.number, self.has_numbers),
        ]
        return [(name, part) for name, part, is_fitted in parts if is_fitted]


def _penalties(stage: str, config: EstimatorConfig, penalty: float, runs_factor: float) -> Floats:
    factors = {"runs": runs_factor, "player": config.player_factor, "team": config.team_factor}
    return penalty * np.array([factors[shrinkage] for shrinkage in win_shrinkages(stage)])
