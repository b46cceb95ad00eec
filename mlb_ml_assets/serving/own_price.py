"""A caller's own price: its value and its stake, for the API and for the form of the game page.

Belongs here: from a probability and a price to `KellyAnswer`; the probability of a stored prediction at any number.
Not here: formulas (betting/), the whole slate's stakes (stored with the recommendations).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.betting.betting_rules import BettingRules
from mlb_ml_assets.betting.closing_distribution import margin_distribution as margins_of
from mlb_ml_assets.betting.closing_distribution import outcome_at, tilted_to_close, total_distribution
from mlb_ml_assets.betting.expected_value import Outcomes, decimal_for_value, expected_value
from mlb_ml_assets.betting.kelly import growth_single, kelly_single, uncertainty_factor
from mlb_ml_assets.betting.stake_limits import StakeLimits
from mlb_ml_assets.modeling.run_distribution import RunShape, joint_pmf
from mlb_ml_assets.modeling.run_rules import UnplayableGame, rules_for
from mlb_ml_assets.pricing.odds import decimal_to_american, worst_american_at_least
from mlb_ml_assets.serving.answers import KellyAnswer
from mlb_ml_assets.serving.predictions import as_object
from mlb_ml_assets.serving.problems import Problem, unusable
from mlb_ml_assets.warehouse.api_reads import Connection, Row, predictions_of_games, recommendations_of

Floats = NDArray[np.float64]
_LARGEST_PRICE = 2**31


@dataclass(frozen=True)
class Chance:
    """How likely a bet is to win given no push, how likely to push, and where that comes from."""

    probability: float
    push: float
    source: str


def worth(
    chance: Chance,
    decimal_odds: float,
    bankroll: float,
    *,
    kelly_fraction: float | None = None,
    probability_sd: float | None = None,
    max_stake: float | None = None,
) -> KellyAnswer:
    """What a price is worth and how much of a bankroll it deserves, alone and not as part of a slate.

    Args:
        chance: of the bet.
        decimal_odds: the price, above 1.
        bankroll: in any unit of money.
        kelly_fraction: share of the shrunk Kelly stake; default as in the pipeline.
        probability_sd: standard error of the probability; default as in the pipeline.
        max_stake: cap, fraction of bankroll; default as in the pipeline.
    """
    limits, rules = StakeLimits(), BettingRules()
    fraction = limits.kelly_fraction if kelly_fraction is None else kelly_fraction
    deviation = limits.assumed_probability_sd if probability_sd is None else probability_sd
    cap = limits.per_bet if max_stake is None else max_stake
    outcomes = Outcomes.given_no_push(chance.probability, chance.push)
    value = float(expected_value(outcomes, decimal_odds))
    kelly = float(kelly_single(outcomes, decimal_odds))
    factor = float(uncertainty_factor(chance.probability, deviation, decimal_odds))
    stake = min(kelly * factor * fraction, cap)
    if value < rules.minimum_expected_value:
        advice = "no bet: the value is below the threshold" if value > 0 else "no bet: the price is too low"
    elif stake < limits.minimum_stake:
        advice = "no bet: the stake would be below the minimum"
    else:
        advice = "bet"
    return KellyAnswer(
        probability=chance.probability,
        probability_source=chance.source,
        push_probability=chance.push,
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


def stored_chance(connection: Connection, game_id: int, market: str, side: str, line: float | None) -> Chance:
    """The final probability of a game's newest prediction for one side, at the predicted number or at another.

    Another number is priced under the prediction's own distribution of runs, bent until it agrees with the final
    probability at the predicted number.

    Raises:
        Problem: 409 without a prediction or without a price of this market, 422 for a number that cannot be priced.
    """
    prediction = predictions_of_games(connection, [game_id]).get(game_id)
    rows = (
        recommendations_of(connection, [prediction["prediction_id"]])[prediction["prediction_id"]] if prediction else []
    )
    row = next((each for each in rows if each["market_type"] == market and each["side"] == side), None)
    if prediction is None or row is None:
        raise Problem(
            409, "no-prediction", f"game {game_id} has no stored prediction of {market} {side}: give a probability"
        )
    own = None if row["line_value"] is None else float(row["line_value"])
    said = f"{prediction['model_name']} {prediction['model_version']}"
    if market == "moneyline" or line is None or line == own:
        return Chance(row["final_probability"], row["push_probability"], f"stored prediction of {said}")
    assert own is not None
    runs = run_distribution(prediction)
    if runs is None:
        raise unusable(
            "body.line_value", f"only {own:+g} can be priced: the prediction has no distribution of runs", line
        )
    win, push = at_number(runs, market, side, own, row["final_probability"], line)
    if not 0 < win + push < 1 + 1e-9 or push >= 1:
        raise unusable("body.line_value", "no score reaches this number", line)
    return Chance(min(win / (1 - push), 1.0), push, f"distribution of runs of {said}, from {own:+g} to {line:+g}")


def run_distribution(prediction: Row) -> Floats | None:
    """P(home runs = i, away runs = j) behind a stored prediction; None where it keeps no rates."""
    runs = as_object(prediction["prediction_explanation"]).get("runs") or {}
    needed = ("home_rate", "away_rate", "home_dispersion", "away_dispersion")
    if any(runs.get(name) is None for name in needed):
        return None
    try:
        rules = rules_for(
            prediction["season"], prediction["season_type"] or "regular", prediction["scheduled_innings"] or 9
        )
    except UnplayableGame:
        return None
    shape = RunShape(away_dispersion=runs["away_dispersion"], home_dispersion=runs["home_dispersion"])
    return joint_pmf(np.array([runs["home_rate"]]), np.array([runs["away_rate"]]), rules, shape)[0]


def at_number(runs: Floats, market: str, side: str, own: float, final: float, line: float) -> tuple[float, float]:
    """Win and push probability of a side at its number `line`; at `own` it has `final`, given no push."""
    counted = total_distribution(runs) if market == "total" else margins_of(runs)
    largest = len(counted) - 1 if market == "total" else (len(counted) - 1) // 2
    support = np.arange(0 if market == "total" else -largest, largest + 1, dtype=np.float64)
    first = side in {"over", "home"}
    # Home -1.5 asks for a margin above 1.5; the away side's own number is the home side's with the other sign.
    sign = 1.0 if market == "total" else (-1.0 if first else 1.0)
    bent = tilted_to_close(counted[None, :], support, np.array([sign * own]), np.array([final if first else 1 - final]))
    wins, pushes = [], []
    for edge in (np.floor(sign * line * 2) / 2, np.ceil(sign * line * 2) / 2):
        win, push = outcome_at(bent, support, np.array([edge]))
        wins.append(float(np.ravel(win)[0]))
        pushes.append(float(np.ravel(push)[0]))
    won, pushed = float(np.mean(wins)), float(np.mean(pushes))
    return (won if first else 1 - won - pushed), pushed


def _whole(needed: Any) -> int | None:
    price = float(needed)
    if not np.isfinite(price):
        return None
    american = worst_american_at_least(price)
    return american if abs(american) < _LARGEST_PRICE else None
