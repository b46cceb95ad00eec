"""All constants of the game model, in one frozen tree.

Belongs here: hyperparameters and where they were measured; conversion to and from a plain dict for MLflow and JSON.
Not here: fitted values (GameModel), anything that depends on the rows of a data set.
"""

# ruff: noqa: RUF009 (Block and RunShape are frozen: shared defaults cannot change)
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, is_dataclass
from typing import Any, cast, get_type_hints

from mlb_ml_assets.modeling.kalman import Block
from mlb_ml_assets.modeling.run_distribution import RunShape


class UnknownSetting(ValueError):
    """A setting that does not exist."""


@dataclass(frozen=True)
class MemoryConfig:
    """Market memory: priors and drifts of the Kalman filters over past closes (logits; totals in runs of nine innings).

    Moneyline constants: modelling study 6, tuned there on 2012-18 RMSE to the close (.124 with results through the day
    before). Total and move constants were chosen here on 2010-15 RMSE to the close and to the move.
    """

    # Closes on baseball: penalties per column by its shrinkage, and what a run is worth before any close (2010-12).
    regression_penalty: float = 40.0
    runs_factor: float = 0.125
    player_factor: float = 0.5
    total_regression_penalty: float = 150.0
    logit_per_player_run: float = 0.37
    # What teams and starters add to it (player study 3, tuned there on 2011-13).
    residual_noise_variance: float = 0.075**2
    residual_edge: Block = Block(0.0, 0.05**2, 1e-6, 1.0, 0.0)
    residual_team: Block = Block(0.0, 0.10**2, 4e-5, 0.3, 0.0)
    residual_starter: Block = Block(0.0, 0.06**2, 1e-5, 0.45, 0.0)
    residual_total_noise_variance: float = 0.35**2
    residual_total_level: Block = Block(0.0, 0.3**2, 2e-4, 1.0, 0.15**2)
    residual_total_team: Block = Block(0.0, 0.20**2, 1e-4, 0.4, 0.05**2)
    residual_total_starter: Block = Block(0.0, 0.15**2, 1e-4, 0.5, 0.0)
    residual_total_park: Block = Block(0.0, 0.60**2, 1e-4, 1.0, 0.15**2)
    # Per ten miles an hour of wind out, and per ten degrees Fahrenheit.
    park_wind: Block = Block(0.0, 0.40**2, 1e-5, 1.0, 0.05**2)
    park_temperature: Block = Block(0.0, 0.15**2, 1e-5, 1.0, 0.03**2)
    home_noise_variance: float = 0.14**2
    home_edge: Block = Block(0.12, 0.05**2, 1e-6, 1.0, 0.0)
    home_team: Block = Block(0.0, 0.20**2, 3e-4, 0.6, 0.10**2)
    home_starter: Block = Block(-0.15, 0.12**2, 2e-4, 0.8, 0.05**2)
    # With nine batters in the sum the team's own state has less to explain.
    lineup_team: Block = Block(0.0, 0.20**2, 2e-4, 0.6, 0.10**2)
    lineup_batter: Block = Block(-0.01, 0.02**2, 1e-6, 0.9, 0.015**2)
    move_noise_variance: float = 0.12**2
    move_edge: Block = Block(0.0, 0.02**2, 1e-6, 1.0, 0.0)
    move_team: Block = Block(0.0, 0.03**2, 1e-5, 0.6, 0.02**2)
    move_starter: Block = Block(0.0, 0.04**2, 1e-5, 0.8, 0.01**2)
    total_noise_variance: float = 0.50**2
    total_level: Block = Block(8.6, 0.5**2, 1e-4, 1.0, 0.15**2)
    total_team: Block = Block(0.0, 0.30**2, 3e-4, 0.6, 0.15**2)
    total_starter: Block = Block(0.15, 0.30**2, 5e-4, 0.8, 0.10**2)
    total_park: Block = Block(0.0, 0.80**2, 2e-4, 1.0, 0.20**2)
    total_move_noise_variance: float = 0.40**2
    total_move_level: Block = Block(0.0, 0.10**2, 1e-5, 1.0, 0.02**2)
    total_move_team: Block = Block(0.0, 0.08**2, 1e-4, 0.6, 0.04**2)
    total_move_starter: Block = Block(0.0, 0.08**2, 1e-4, 0.8, 0.03**2)
    total_move_park: Block = Block(0.0, 0.08**2, 1e-4, 0.8, 0.03**2)
    # Runs by which the median moves per unit of over probability (study 6).
    runs_per_over_probability: float = 8.0
    # A seven-inning total against a nine-inning one: 6.92 / 8.65 at the close of 2020-21 (numbers.md 5).
    seven_inning_share: float = 0.80


@dataclass(frozen=True)
class EstimatorConfig:
    """Penalties on standardized columns and the decay of seasons."""

    # Of the winner model on outcomes, per unit of a column's factor; scikit-learn's C = .001.
    win_penalty: float = 1000.0
    # Of the winner model on past closes, whose target is far less noisy.
    close_penalty: float = 10.0
    # Of closing totals on sums (player study 4).
    close_total_penalty: float = 150.0
    # Factors of a column's penalty by its shrinkage: rated players and team sums in both models, expected runs in each.
    player_factor: float = 2.0
    team_factor: float = 4.0
    win_runs_factor: float = 0.01
    close_runs_factor: float = 0.5
    # Weight of the model of closes in the blind logit; the model of outcomes has the rest (.4 and .6: player study).
    close_weight: float = 0.6
    # Ridge on (closing logit - market memory), seasons weighted exp(-age / 5). Study 6: alpha 300 with every feature.
    # With the few that predict the winner, 100 is .00004 better on 2012-15, where it was chosen, and .00001 on 2016-18.
    memory_win_penalty: float = 100.0
    memory_total_penalty: float = 300.0
    season_memory: float = 5.0
    # A season's closes; with fewer the model of outcomes is used alone.
    least_closes: int = 800
    # scikit-learn's Poisson alpha .3 at 30,000 sides.
    runs_penalty: float = 9000.0


@dataclass(frozen=True)
class AnchorConfig:
    """How far today's price is expected to move towards memory and baseball.

    The weights are fitted on past moves from open to close. For prices in between they shrink along a curve of time
    that is learned from stamped prices (anchor.py).
    """

    # Ridge on the move itself, over the four of anchor.INPUTS and every feature of the stage, seasons decayed as in
    # EstimatorConfig. With the four alone R2 is .305 and .426 (open and lineup) instead of .319 and .453, of totals
    # .306 instead of .354.
    penalty: float = 200.0
    input_penalty: float = 50.0
    season_memory: float = 5.0
    # Weight in games of a prior mean move of zero: by season the mean move of totals was -.09 to +.01.
    level_games: float = 5000.0
    # Before any out-of-fold move is available: the study's first weight, 2013.
    first_weight: float = 0.26
    least_games: int = 400
    # Weight of the curve before a season's own, in prices at each knot of time: an eighth of a season's games.
    knot_prices: float = 300.0


@dataclass(frozen=True)
class RunConfig:
    """The joint run distribution."""

    shape: RunShape = RunShape()
    # Spread of totals around their expectation: r of a negative binomial on past out-of-sample residuals; the first
    # season has none, and without the fallback CRPS lost .003 (study 7.4).
    fallback_dispersion: float = 7.8
    least_games: int = 1500
    # E[total] = .455 + .998 x closing number over 27,982 games (numbers.md 3.3).
    number_intercept: float = 0.455
    number_slope: float = 0.998
    # Prior games on that regression and on the run-line calibration: a few hundred games hardly determine a slope.
    prior_games: float = 2000.0
    usual_spread: float = -1.5
    # The run environment of the last weeks, and the games that weigh against it. 60 days and 310 games follow faster
    # and cost .0005 CRPS of the blind total on 2013-18: noise.
    level_days: float = 90.0
    level_games: float = 900.0
    # Prior games on the slope of an over made without a price.
    slope_prior_games: float = 500.0


@dataclass(frozen=True)
class ModelConfig:
    """The whole configuration. Hashable; equal configurations train equal models on equal rows."""

    memory: MemoryConfig = MemoryConfig()
    estimators: EstimatorConfig = EstimatorConfig()
    anchor: AnchorConfig = AnchorConfig()
    runs: RunConfig = RunConfig()
    # Share of closes that the interval around each probability should contain.
    interval_coverage: float = 0.90
    # Days after which a residual counts e times less: overnight moves grew from 2011 to 2017. With 180 the intervals of
    # 2011-18 contained .895 to .902 of closes on average, by season .88 to .92; decay by 1.5 seasons gave .886 to .897.
    interval_days: float = 180.0
    # Deviations of (close - expectation) before any residual is out of fold: anchored logit and total, memory logit
    # and total (RMSE to the close 2012-18 of open prices and of market memory alone).
    first_errors: tuple[float, float, float, float] = (0.129, 0.435, 0.128, 0.489)
    # A season, if a short one (2020 had 898 games); the first one only warms up.
    least_training_games: int = 850

    def to_dict(self) -> dict[str, Any]:
        """Nested plain values."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "ModelConfig":
        """The inverse of to_dict; missing settings keep their default.

        Raises:
            UnknownSetting: a name that does not exist.
        """
        return cast("ModelConfig", _build(cls, values, ""))

    def flat(self) -> dict[str, float | int | str]:
        """Dotted names and printable values, for an experiment tracker's parameter table."""
        return dict(_flatten(self.to_dict(), ""))


def _build(kind: type, values: Mapping[str, Any], path: str) -> object:
    hints = get_type_hints(kind)
    names = {entry.name for entry in fields(kind)}
    for name in values:
        if name not in names:
            raise UnknownSetting(f"{path}{name} is not a setting; known settings: {', '.join(sorted(names))}")
    arguments: dict[str, Any] = {}
    for name, value in values.items():
        if is_dataclass(hints[name]) and isinstance(value, Mapping):
            arguments[name] = _build(cast("type", hints[name]), value, f"{path}{name}.")
        else:
            arguments[name] = tuple(value) if isinstance(value, list) else value
    return kind(**arguments)


def _flatten(values: Mapping[str, Any], path: str) -> list[tuple[str, float | int | str]]:
    out: list[tuple[str, float | int | str]] = []
    for name, value in values.items():
        if isinstance(value, Mapping):
            out.extend(_flatten(value, f"{path}{name}."))
        else:
            out.append((f"{path}{name}", ",".join(map(str, value)) if isinstance(value, list | tuple) else value))
    return out
