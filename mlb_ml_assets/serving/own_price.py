"""A client's own price: its value and its stake, for the API and for the form of the game page.

Belongs here: from a probability and a price to `KellyAnswer`; the probability of a stored prediction at any line.
Not here: formulas (betting/), stakes of a whole slate (stored with the recommendations).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.betting.betting_rules import BettingRules
from mlb_ml_assets.betting.expected_value import Outcomes, decimal_for_value, expected_value
from mlb_ml_assets.betting.kelly import growth_single, kelly_single, uncertainty_factor
from mlb_ml_assets.betting.line_outcomes import side_outcomes_at_line
from mlb_ml_assets.betting.stake_limits import StakeLimits
from mlb_ml_assets.domain.markets import market_of
from mlb_ml_assets.flows.run_distributions import StoredRuns, run_distributions
from mlb_ml_assets.pricing.odds import decimal_to_american, worst_american_at_least
from mlb_ml_assets.serving.answers import KellyAnswer
from mlb_ml_assets.serving.predictions import as_object
from mlb_ml_assets.serving.problems import Problem, unusable
from mlb_ml_assets.warehouse.api_reads import Connection, Row, predictions_of_games, recommendations_of

Floats = NDArray[np.float64]
_LARGEST_PRICE = 2**31


@dataclass(frozen=True)
class OutcomeProbabilities:
    """Probability of a win given no push, probability of a push, and their source in words."""

    probability: float
    push: float
    source: str


def value_price(
    given: OutcomeProbabilities,
    decimal_odds: float,
    bankroll: float,
    *,
    kelly_fraction: float | None = None,
    probability_sd: float | None = None,
    max_stake: float | None = None,
) -> KellyAnswer:
    """Value and stake of one price, sized on its own and not as part of a slate.

    Args:
        given: probabilities of the bet.
        decimal_odds: the price, above 1.
        bankroll: in any unit of money.
        kelly_fraction: share of the shrunk Kelly stake; by default the pipeline's.
        probability_sd: standard error of the probability; by default the pipeline's.
        max_stake: cap, fraction of bankroll; by default the pipeline's.
    """
    limits, rules = StakeLimits(), BettingRules()
    fraction = limits.kelly_fraction if kelly_fraction is None else kelly_fraction
    deviation = limits.assumed_probability_sd if probability_sd is None else probability_sd
    cap = limits.per_bet if max_stake is None else max_stake
    outcomes = Outcomes.given_no_push(given.probability, given.push)
    value = float(expected_value(outcomes, decimal_odds))
    kelly = float(kelly_single(outcomes, decimal_odds))
    factor = float(uncertainty_factor(given.probability, deviation, decimal_odds))
    stake = min(kelly * factor * fraction, cap)
    if value < rules.minimum_expected_value:
        advice = "no bet: the value is below the threshold" if value > 0 else "no bet: the price is too low"
    elif stake < limits.minimum_stake:
        advice = "no bet: the stake would be below the minimum"
    else:
        advice = "bet"
    return KellyAnswer(
        probability=given.probability,
        probability_source=given.source,
        push_probability=given.push,
        decimal_odds=decimal_odds,
        american_odds=round(float(decimal_to_american(decimal_odds)), 2),
        expected_value=value,
        break_even_odds=_whole(decimal_for_value(outcomes, 0.0)),
        minimum_odds=_whole(decimal_for_value(outcomes, rules.minimum_expected_value)),
        kelly=kelly,
        uncertainty_factor=factor,
        kelly_fraction=fraction,
        stake=stake,
        stake_amount=round(stake * bankroll, 2),
        expected_growth=float(growth_single(outcomes, decimal_odds, min(stake, 0.999))),
        advice=advice,
    )


def read_probabilities_at_line(
    connection: Connection, game_id: int, market: str, side: str, line: float | None
) -> OutcomeProbabilities:
    """The final probability of a game's newest prediction for one side, at the predicted line or at another.

    Another line is priced under the prediction's own distribution of runs, tilted until it agrees with the final
    probability at the predicted line.

    Raises:
        Problem: 409 without a prediction of this market, 422 for a line that cannot be priced.
    """
    prediction = predictions_of_games(connection, [game_id]).get(game_id)
    rows = (
        recommendations_of(connection, [prediction["prediction_id"]])[prediction["prediction_id"]] if prediction else []
    )
    row = next((each for each in rows if each["market_type"] == market and each["side"] == side), None)
    if prediction is None or row is None:
        raise Problem(
            409, "no-prediction", f"game {game_id} has no stored prediction of {market} {side}: send a probability"
        )
    own = None if row["line_value"] is None else float(row["line_value"])
    source = f"{prediction['model_name']} {prediction['model_version']}"
    if not market_of(market).has_line or line is None or line == own:
        return OutcomeProbabilities(row["final_probability"], row["push_probability"], f"stored prediction of {source}")
    assert own is not None
    runs = run_distribution(prediction)
    if runs is None:
        raise unusable(
            "body.line_value", f"only {own:+g} can be priced: the prediction has no distribution of runs", line
        )
    win, push = side_outcomes_at_line(market_of(market), side, runs, own, row["final_probability"], line)
    if not 0 < win + push < 1 + 1e-9 or push >= 1:
        raise unusable("body.line_value", "no score reaches this line", line)
    return OutcomeProbabilities(
        min(win / (1 - push), 1.0), push, f"distribution of runs of {source}, from {own:+g} to {line:+g}"
    )


def run_distribution(prediction: Row) -> Floats | None:
    """P(home runs = i, away runs = j) behind a stored prediction, or None if it has no rates."""
    runs = as_object(prediction["prediction_explanation"]).get("runs") or {}
    stored = StoredRuns(prediction["season"], prediction["season_type"], prediction["scheduled_innings"], runs)
    return run_distributions({"game": stored}).get("game")


def _whole(needed: Any) -> int | None:
    price = float(needed)
    if not np.isfinite(price):
        return None
    american = worst_american_at_least(price)
    return american if abs(american) < _LARGEST_PRICE else None
