"""Response models about models and their performance.

Belongs here: pydantic models of /models and /performance.
Not here: predictions and bets (answers.py).
"""

from datetime import date, datetime
from typing import ClassVar, Literal

from pydantic import Field

from mlb_ml_assets.domain.markets import Target
from mlb_ml_assets.domain.models import Stage
from mlb_ml_assets.serving.answers import Answer

Alias = Literal["champion", "newest"]


class ActiveModel(Answer):
    """A model that predicts now."""

    tables: ClassVar[tuple[str, ...]] = ("curated.game_models", "curated.ml_predictions")

    model_name: str
    stage: Stage
    model_version: str
    alias: Alias = Field(description="newest: no model was promoted yet.")
    model_registry: Literal["ok", "empty", "unreachable", "unknown"]
    registered_version: int | None = None
    cutoff: datetime | None = Field(None, description="Training data was known by this instant.")
    trained_at: datetime | None = None
    training_games: int | None = None
    feature_version: str | None = None
    mlflow_experiment_id: str | None = None
    mlflow_run_id: str | None = None


class ModelVersion(Answer):
    """One trained month."""

    tables: ClassVar[tuple[str, ...]] = ("curated.game_models",)

    model_version: str
    month: date
    cutoff: datetime
    trained_at: datetime
    training_games: int
    curve_season: int | None = None
    curve_prices: int | None = None
    feature_version: str
    registered_version: int | None = None
    mlflow_experiment_id: str
    mlflow_run_id: str
    predictions: int


class Model(Answer):
    """A model with its trained months, newest first."""

    tables: ClassVar[tuple[str, ...]] = ("curated.ml_predictions",)

    model_name: str
    stage: Stage | None = None
    predictions: int
    newest_prediction: datetime | None = None
    newest_version: str | None = None
    versions: list[ModelVersion] = Field(description="Empty for models of other programs.")


class Window(Answer):
    """Performance of a model in a window; the end is exclusive."""

    tables: ClassVar[tuple[str, ...]] = ("curated.ml_model_performance", "curated.market_comparison")

    model_name: str
    model_version: str
    prediction_type: Target
    evaluation_period_start: date
    evaluation_period_end: date
    total_predictions: int
    total_games_evaluated: int
    accuracy: float | None = None
    precision_score: float | None = None
    recall_score: float | None = None
    f1_score: float | None = None
    roc_auc: float | None = None
    log_loss: float | None = None
    difference_to_close: float | None = Field(
        None, description="Log loss minus that of the close on the same games, nats; negative is better than the close."
    )
    difference_to_close_se: float | None = Field(None, description="Its standard error, clustered by day.")
    compared_games: int | None = Field(None, description="Games with a close, on which the difference rests.")
    games_needed: int | None = Field(None, description="Games needed for a difference of this size to be significant.")
    total_bets_made: int | None = None
    winning_bets: int | None = None
    losing_bets: int | None = None
    push_bets: int | None = None
    hit_rate: float | None = None
    roi_percentage: float | None = None
    max_drawdown_pct: float | None = None
    sharpe_ratio: float | None = None
    average_closing_line_value: float | None = None
    positive_clv_rate: float | None = None


class Standing(Answer):
    """A forecaster over all its walk-forward seasons, against the close on the same games."""

    tables: ClassVar[tuple[str, ...]] = ("curated.market_comparison",)

    rank: int
    model_name: str
    prediction_type: Target
    forecaster: str
    score: Literal["log_loss", "crps"]
    evaluation_period_start: date
    evaluation_period_end: date
    windows: int
    games: int
    forecaster_score: float
    close_score: float
    difference_to_close: float
    difference_to_close_se: float | None = None
    bets: int | None = None
    clv_mean: float | None = None


class Comparison(Answer):
    """A paired difference on the same games: forecaster minus reference, negative is better; se clustered by day."""

    tables: ClassVar[tuple[str, ...]] = ("curated.market_comparison",)

    model_name: str
    model_version: str
    prediction_type: Target
    evaluation_period_start: date
    evaluation_period_end: date
    forecaster: str
    reference: str
    score: Literal["log_loss", "crps"]
    games: int
    forecaster_score: float
    reference_score: float
    difference: float
    difference_se: float | None = None
    games_needed: int | None = None
    calibration_slope: float | None = None
    calibration_slope_se: float | None = None
    calibration_intercept: float | None = None
    calibration_intercept_se: float | None = None
    bets: int
    clv_mean: float | None = None
    clv_se: float | None = None
    clv_slope: float | None = None
    clv_slope_se: float | None = None


class CalibrationBin(Answer):
    """Games whose probability fell into [low, high)."""

    forecaster: Literal["final", "close"]
    low: float
    high: float
    games: int
    mean_probability: float
    share_true: float


class BettingDay(Answer):
    """A day's bets; stakes and profit are fractions of bankroll."""

    date: date
    bets: int
    won: int
    lost: int
    returned: int = Field(description="Pushes and voids.")
    open: int = Field(description="Unsettled.")
    staked: float
    settled_stake: float = Field(description="Stakes of the bets that have a result.")
    profit: float
    expected_profit: float | None = None
    bankroll: float = Field(description="After this day; starts at 1, stakes in proportion to the bankroll.")
    clv_mean: float | None = Field(None, description="Mean expected value of the taken prices at the no-vig close.")
    with_close: int = Field(description="Bets with a close.")
    with_sharp_close: int = Field(description="Of these, bets whose close is that of MLB_ML_SHARP_BOOKS.")
    own_clv_mean: float | None = Field(None, description="The same at the close of the operator of each taken price.")
    with_own_close: int = Field(description="Bets whose operator has a close.")
    archive_price: bool
