"""The contract of /api/v1: responses as existing clients read them, built from our own.

Belongs here: the models of /api/v1, and their translation from the responses of /api/v2.
Not here: addresses (routes/v1.py), how a prediction is found or computed (on_demand.py).

Clients validate strictly: these fields, these types, nothing else. Whatever is new goes to /api/v2.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from mlb_ml_assets.betting.betting_rules import BettingRules
from mlb_ml_assets.domain.markets import MARKETS, TARGETS, Side, Target
from mlb_ml_assets.pricing.odds import american_to_decimal
from mlb_ml_assets.serving.answers import PredictionResponse, Recommendation

Level = Literal["low", "medium", "high"]
MODEL_TYPE = "market_anchored_ridge"
_HIGH_CONFIDENCE, _MEDIUM_CONFIDENCE = 0.8, 0.6
_REVERSED: dict[Level, Level] = {"low": "high", "medium": "medium", "high": "low"}
# Of the table's numeric columns those where less is better; all others rank from the largest.
_LOWER_IS_BETTER = {"log_loss", "max_drawdown_amount", "max_drawdown_pct", "overconfidence_bias"}


class ContractModel(BaseModel):
    """Exactly these fields."""

    model_config = ConfigDict(protected_namespaces=(), extra="forbid")


class TargetRecommendation(ContractModel):
    """The recommended side of one target, or the side that comes nearest to a bet."""

    expected_value: float | None = Field(description="Net profit per unit staked.")
    kelly_fraction: float | None = Field(description="Kelly of the bet alone, fraction of bankroll.")
    recommended_bet_size: float = Field(description="Stake, fraction of bankroll.")
    confidence_required: float | None = Field(
        description="The probability at which the price meets the value threshold."
    )
    side: Side
    book: str | None
    odds: int | None
    line_value: float | None
    no_bet_reason: str | None


class BettingRecommendations(ContractModel):
    """Recommendations by target, and as a list of targets to bet."""

    recommended_bets: list[Target]
    confidence_level: Level
    risk_level: Level
    total_over: TargetRecommendation | None = None
    home_ml: TargetRecommendation | None = None
    home_spread: TargetRecommendation | None = None


class ContractPrediction(ContractModel):
    """The newest usable prediction of a game."""

    game_id: str = Field(description="Our id, curated.enhanced_games.id, as text.")
    model_name: str
    model_version: str
    prediction_timestamp: datetime
    total_over_probability: float | None = None
    total_over_binary: int | None = None
    total_over_confidence: float | None = None
    home_ml_probability: float | None = None
    home_ml_binary: int | None = None
    home_ml_confidence: float | None = None
    home_spread_probability: float | None = None
    home_spread_binary: int | None = None
    home_spread_confidence: float | None = None
    betting_recommendations: BettingRecommendations | None = None
    explanation: dict[str, Any] | None = None
    confidence_threshold_met: bool
    risk_level: Level | None = Field(
        None, description="low from a highest confidence of .8, medium from .6, else high."
    )


class ContractModelInfo(ContractModel):
    """One version of a model."""

    model_name: str
    model_version: str
    model_type: str
    is_active: bool = Field(description="Whether it predicts now.")
    created_at: datetime
    recent_accuracy: float | None = Field(None, description="Moneyline accuracy of the newest scored window, 0..1.")
    recent_roi: float | None = Field(None, description="Percent, in the same window.")
    total_predictions: int | None = None
    description: str | None = None
    target_variable: str | None = None
    feature_version: str | None = None


_INTEGERS = (
    "total_predictions", "total_games_evaluated", "total_bets_made", "winning_bets", "losing_bets", "push_bets",
)  # fmt: skip
_NUMBERS = (
    "roi_percentage", "win_rate", "accuracy", "precision_score", "recall_score", "f1_score", "roc_auc", "log_loss",
    "hit_rate", "total_amount_wagered", "total_amount_won", "net_profit_loss", "sharpe_ratio", "sortino_ratio",
    "max_drawdown_amount", "max_drawdown_pct", "kelly_theoretical_roi", "kelly_actual_roi",
    "kelly_sizing_effectiveness", "average_bet_size", "median_bet_size", "largest_bet_size", "smallest_bet_size",
    "average_closing_line_value", "positive_clv_rate", "average_hold_percentage", "confidence_accuracy_correlation",
    "overconfidence_bias", "feature_stability_score", "benchmark_accuracy", "benchmark_roi",
    "statistical_significance",
)  # fmt: skip
METRICS = (*_NUMBERS, *_INTEGERS)


class _LeaderboardKey(ContractModel):
    """One model version and target in its newest window, with the numeric columns of curated.ml_model_performance."""

    rank: int
    model_name: str
    model_version: str
    prediction_type: Target
    evaluation_period_start: date
    evaluation_period_end: date


LeaderboardRow = create_model(
    "LeaderboardRow",
    __base__=_LeaderboardKey,
    __doc__=_LeaderboardKey.__doc__,
    **dict.fromkeys(_INTEGERS, (int | None, None)),  # type: ignore[call-overload]
    **dict.fromkeys(_NUMBERS, (float | None, None)),
)


def to_contract(prediction: PredictionResponse) -> ContractPrediction:
    """A prediction in the form of the contract."""
    fields = prediction.model_dump(include=set(ContractPrediction.model_fields) - {"betting_recommendations"})
    confidences = [each for target in TARGETS if (each := getattr(prediction, f"{target}_confidence")) is not None]
    risk = _risk(max(confidences)) if confidences else None
    bets = prediction.betting_recommendations
    return ContractPrediction(
        **fields | {"game_id": str(prediction.game_id), "risk_level": risk},
        betting_recommendations=_by_target(bets, risk) if bets and risk is not None else None,
    )


def rank_windows(rows: Sequence[dict[str, Any]], metric: str, limit: int) -> list[Any]:
    """Leaderboard rows, best by one of `METRICS` first; rows without it come last."""
    sign = 1 if metric in _LOWER_IS_BETTER else -1
    ordered = sorted(
        rows,
        key=lambda row: (row[metric] is None, sign * float(row[metric] or 0), row["model_name"], row["model_version"]),
    )
    return [
        LeaderboardRow.model_validate({**{name: _plain(value) for name, value in row.items()}, "rank": rank})
        for rank, row in enumerate(ordered[:limit], start=1)
    ]


def _by_target(bets: list[Recommendation], risk: Level) -> BettingRecommendations:
    chosen = {}
    for market in MARKETS:
        sides = [bet for bet in bets if bet.market_type == market.key]
        if sides:
            chosen[market.target] = max(sides, key=_preference)
    return BettingRecommendations(
        recommended_bets=[target for target, bet in chosen.items() if bet.stake > 0],
        confidence_level=_REVERSED[risk],
        risk_level=risk,
        **{target: _to_target_recommendation(bet) for target, bet in chosen.items()},
    )


def _preference(bet: Recommendation) -> tuple[float, float, float]:
    value = float("-inf") if bet.expected_value is None else bet.expected_value
    return bet.stake, value, bet.final_probability


def _to_target_recommendation(bet: Recommendation) -> TargetRecommendation:
    required = None
    if bet.odds is not None:
        required = (1 + BettingRules().minimum_expected_value) / float(american_to_decimal(float(bet.odds)))
    return TargetRecommendation(
        expected_value=bet.expected_value,
        kelly_fraction=bet.kelly_single,
        recommended_bet_size=bet.stake,
        confidence_required=None if required is None else round(min(required, 1.0), 6),
        side=bet.side,
        book=bet.book,
        odds=bet.odds,
        line_value=bet.line_value,
        no_bet_reason=bet.no_bet_reason,
    )


def _risk(confidence: float) -> Level:
    return "low" if confidence >= _HIGH_CONFIDENCE else "medium" if confidence >= _MEDIUM_CONFIDENCE else "high"


def _plain(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value
