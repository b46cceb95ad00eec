"""From final probabilities and the quotes of all books to recommended bets.

Belongs here: one row per forecast market and side with price, value, stake and, where there is no bet, the reason.
Not here: judge single quotes (acceptable_quotes.py), size bets (slate.py), map into the wide table (wide_columns.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import NormalDist

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.betting import betting_rules as reason
from mlb_ml_assets.betting.acceptable_quotes import best_acceptable, judge_quotes
from mlb_ml_assets.betting.betting_rules import BettingRules
from mlb_ml_assets.betting.errors import BettingError
from mlb_ml_assets.betting.expected_value import Outcomes, decimal_for_value, expected_value
from mlb_ml_assets.betting.kelly import kelly_single
from mlb_ml_assets.betting.slate import size_slate
from mlb_ml_assets.betting.stake_limits import StakeLimits
from mlb_ml_assets.domain.markets import market_of
from mlb_ml_assets.domain.time_rules import CUTOFF_BEFORE_START
from mlb_ml_assets.pricing.odds import worst_american_at_least

FloatArray = NDArray[np.float64]
# Not scipy's: importing it for one function costs a third of a second on every run.
_NORMAL = NormalDist()
# A stage and ids of its games to P(home runs, away runs) of those that have one: a slate's are made together.
RunDistributions = Callable[[str, Sequence[int]], Mapping[int, FloatArray]]
FORECAST_COLUMNS = (
    "game_id",
    "stage",
    "slate",
    "as_of",
    "market_type",
    "line_value",
    "final_probability",
    "push_probability",
)
# Probabilities of home or over that are 1 - p for the other side; low and high change places.
_COMPLEMENTED_COLUMNS = (
    "blind_probability",
    "memory_probability",
    "model_probability",
    "market_probability",
    "expected_close_probability",
)
_CARRIED = ("home_starter_id", "away_starter_id", "minutes_to_start", "scratched", "input_ages")
_FLOATS = (
    *_COMPLEMENTED_COLUMNS,
    "probability_low",
    "probability_high",
    "probability_sd",
    "input_age_sd",
    "minutes_to_start",
)
RECOMMENDATION_COLUMNS = (
    *("game_id", "stage", "slate", "market_type", "side", "book", "archive_price", "odds", "line_value", "quoted_at"),
    *("blind_probability", "memory_probability", "model_probability", "market_probability", "final_probability"),
    *("probability_low", "probability_high", "push_probability", "expected_close_probability"),
    *("expected_value", "minimum_odds", "kelly_single", "kelly_slate", "kelly_fractional", "kelly_steps", "stake"),
    *("no_bet_reason", "home_starter_id", "away_starter_id", "decided_at"),
    # Not columns of curated.ml_recommendations: for the wide row and for reports.
    *("break_even_odds", "confidence", "decimal_odds", "operator"),
)


class IncompleteForecast(BettingError):
    """A frame of forecasts that lacks a column, or holds a market twice; the message names it."""


@dataclass(frozen=True)
class BettingPolicy:
    """Rules and limits together: everything a recommendation depends on beside forecasts and quotes."""

    rules: BettingRules = field(default_factory=BettingRules)
    limits: StakeLimits = field(default_factory=StakeLimits)


def recommend(
    forecasts: pd.DataFrame,
    quotes: pd.DataFrame,
    run_distributions: Mapping[tuple[str, int], FloatArray] | RunDistributions,
    policy: BettingPolicy | None = None,
    committed: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Recommended bets of any number of slates: one row a game, stage, market and side.

    Args:
        forecasts: one row a game, stage and market with `FORECAST_COLUMNS`: slate names what is sized together (a date
            and stage), as_of is the decision instant, line_value the home side's run line or the total, the final
            probability that of home or over given no push. Optional: the other probabilities of
            curated.ml_recommendations (of home or over), probability_sd (standard error of the final one),
            input_age_sd (what the age of its inputs adds to that), input_ages (days by group of facts),
            home_starter_id and away_starter_id (as listed now), minutes_to_start (scheduled start minus as_of), and
            scratched (a listed starter was withdrawn after the forecast's inputs were read).
        quotes: those in effect at as_of, see `judge_quotes`.
        run_distributions: P(home runs, away runs) by (stage, game_id), or a function of a stage and ids of games,
            called only for games with several bets to size.
        policy: rules and limits; default `BettingPolicy()`.
        committed: stakes placed by earlier decisions that share the caps: slate, game_id, book, stake.

    Returns:
        `RECOMMENDATION_COLUMNS`, in the order of the forecasts, first side (home, over) before second. Probabilities,
        line_value (the side's own line) and confidence (chance that the true EV is positive) are of the side.
        minimum_odds is the lowest whole American price that still meets the value threshold, break_even_odds the lowest
        with positive EV; whole prices are nullable integers. stake > 0 if and only if no_bet_reason is None.

    Raises:
        IncompleteForecast: a missing column or a market twice.
        IncompleteQuotes: as `judge_quotes`.
    """
    policy = policy or BettingPolicy()
    return place_stakes(value_sides(forecasts, quotes, policy), run_distributions, policy, committed)


def value_sides(forecasts: pd.DataFrame, quotes: pd.DataFrame, policy: BettingPolicy) -> pd.DataFrame:
    """Both sides of every forecast with their best acceptable price, its value, and why none may be bet.

    Of any number of slates and stages at once; nothing here depends on other bets. Arguments and errors as `recommend`.

    Returns:
        What `place_stakes` takes: the forecasts' columns, complemented for the second side, and the price's.
    """
    _check(forecasts)
    rows = _sides(forecasts)
    decisions = forecasts.rename(columns={"line_value": "market_line"})
    judged = best_acceptable(judge_quotes(quotes, decisions, policy.rules))
    rows = rows.merge(judged, on=["game_id", "stage", "market_type", "side"], how="left")
    rows["archive_price"] = rows.pop("archive").eq(other=True)
    # Without a market probability in the forecast, the taken book's fair probability is the market's.
    rows["market_probability"] = rows["market_probability"].fillna(rows.pop("fair_probability").astype(np.float64))
    rows["probability_sd"] = _probability_sd(rows, policy.limits)
    _value(rows, policy)
    _refuse(rows, policy.rules)
    return rows


def place_stakes(
    valued: pd.DataFrame,
    run_distributions: Mapping[tuple[str, int], FloatArray] | RunDistributions,
    policy: BettingPolicy,
    committed: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Size the bets among valued sides, each slate beside what is committed; arguments and result as `recommend`."""
    rows = valued.reset_index(drop=True)
    _size(rows, _as_function(run_distributions), policy.limits, committed)
    for column in ("odds", "minimum_odds", "break_even_odds"):
        rows[column] = rows[column].astype(np.float64).astype("Int64")
    return rows[list(RECOMMENDATION_COLUMNS)]


def _as_function(run_distributions: Mapping[tuple[str, int], FloatArray] | RunDistributions) -> RunDistributions:
    if not isinstance(run_distributions, Mapping):
        return run_distributions
    return lambda stage, games: {
        game: run_distributions[stage, game] for game in games if (stage, game) in run_distributions
    }


def _check(forecasts: pd.DataFrame) -> None:
    missing = [column for column in FORECAST_COLUMNS if column not in forecasts]
    if missing:
        raise IncompleteForecast(f"forecasts lack the columns {missing}")
    twice = forecasts.duplicated(["game_id", "stage", "market_type"])
    if twice.any():
        row = forecasts[twice].iloc[0]
        raise IncompleteForecast(f"two forecasts for game {row['game_id']} {row['stage']} {row['market_type']}")


def _sides(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Every forecast twice: for home or over as it is, for away or under complemented."""
    first = forecasts.reset_index(drop=True).copy()
    for column in (*_FLOATS, *_CARRIED):
        if column not in first:
            first[column] = np.nan if column in _FLOATS else None
    markets = [market_of(key) for key in first["market_type"]]
    rows = first.iloc[np.repeat(np.arange(len(first)), 2)].reset_index(drop=True)
    rows["side"] = [side for market in markets for side in (market.first_side, market.second_side)]
    is_second = np.arange(len(rows)) % 2 == 1
    for column in ("final_probability", *_COMPLEMENTED_COLUMNS):
        values = rows[column].to_numpy(np.float64, na_value=np.nan)
        rows[column] = np.where(is_second, 1 - values, values)
    low, high = (rows[f"probability_{end}"].to_numpy(np.float64, na_value=np.nan) for end in ("low", "high"))
    rows["probability_low"], rows["probability_high"] = (
        np.where(is_second, 1 - high, low),
        np.where(is_second, 1 - low, high),
    )
    is_negated = np.repeat(np.array([market.is_line_negated for market in markets], dtype=bool), 2)
    rows["line_value"] = rows["line_value"].mask(is_negated & is_second, -rows["line_value"])
    return rows


def _probability_sd(rows: pd.DataFrame, limits: StakeLimits) -> pd.Series:
    """The standard error with what old inputs add; as given, NaN included, where they add nothing."""
    given, added = rows["probability_sd"].astype(np.float64), rows["input_age_sd"].astype(np.float64)
    return given.where(~(added > 0), np.hypot(given.fillna(limits.assumed_probability_sd), added))


def _value(rows: pd.DataFrame, policy: BettingPolicy) -> None:
    outcomes = Outcomes.given_no_push(rows["final_probability"], rows["push_probability"])
    price = rows["decimal_odds"].to_numpy(np.float64)
    rows["expected_value"] = expected_value(outcomes, price)
    rows["kelly_single"] = np.where(np.isnan(price), np.nan, kelly_single(outcomes, price))
    for column, value in (("minimum_odds", policy.rules.minimum_expected_value), ("break_even_odds", 0.0)):
        needed = decimal_for_value(outcomes, value)
        # A price that an integer column cannot hold is no price that any book shows.
        rows[column] = worst_american_at_least(np.where(needed < 1e7, needed, np.nan))
    deviation = rows["probability_sd"].astype(np.float64).fillna(policy.limits.assumed_probability_sd)
    edge = price * rows["final_probability"].to_numpy(np.float64) - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        certain = np.where(edge > 0, np.inf, -np.inf)
        scores = np.where(deviation > 0, edge / (price * deviation), certain)
    rows["confidence"] = np.where(np.isnan(price), np.nan, [_NORMAL.cdf(score) for score in scores])
    rows["win_probability"] = outcomes.win


def _refuse(rows: pd.DataFrame, rules: BettingRules) -> None:
    """The first reason that applies to each side, None where a bet may be sized."""
    value, confidence = rows["expected_value"], rows["confidence"]
    key = ["game_id", "stage", "market_type"]
    # Both sides have value at once only where two books contradict each other; the better one is taken.
    best = value.groupby([rows[column] for column in key]).rank(method="first", ascending=False) == 1
    minutes = rows["minutes_to_start"].astype(np.float64)
    checks = [
        (rows["final_probability"].isna() | rows["push_probability"].isna(), reason.NO_FORECAST),
        (minutes < CUTOFF_BEFORE_START / timedelta(minutes=1), reason.TOO_LATE),
        (rows["scratched"].eq(other=True), reason.SCRATCHED),
        (rows["input_ages"].map(lambda ages: _is_stale(ages, rules.most_input_days)).astype(bool), reason.STALE_INPUTS),
        (rows["odds"].isna() & rows["quote_reason"].isna(), reason.NO_PRICE),
        (rows["quote_reason"].notna(), "quote"),
        (~(value >= rules.minimum_expected_value), reason.BELOW_VALUE),
        (~(confidence >= rules.minimum_confidence), reason.BELOW_CONFIDENCE),
        (~best, reason.OTHER_SIDE),
    ]
    found = np.select([np.asarray(applies) for applies, _ in checks], [word for _, word in checks], default="")
    given = pd.Series(found, index=rows.index, dtype=object)
    given = given.where(given != "quote", rows["quote_reason"])
    rows["no_bet_reason"] = given.where(given != "", None)


def _is_stale(ages: object, most_days: Mapping[str, int]) -> bool:
    """Whether a group of facts is older than its limit; one without an age never had a fact, for the model neither."""
    if not isinstance(ages, Mapping):
        return False
    return any(age is not None and age > most_days.get(group, np.inf) for group, age in ages.items())


def _size(
    rows: pd.DataFrame, run_distributions: RunDistributions, limits: StakeLimits, committed: pd.DataFrame | None
) -> None:
    rows["kelly_slate"], rows["kelly_fractional"], rows["stake"] = np.nan, np.nan, 0.0
    # One object for all that are not sized, so that it is encoded once.
    rows["kelly_steps"] = pd.Series([{}] * len(rows), index=rows.index, dtype=object)
    rows["decided_at"] = rows["as_of"]
    candidates = rows[rows["no_bet_reason"].isna()]
    placed = {} if committed is None else dict(iter(committed.groupby("slate")))
    parts = []
    for slate, bets in candidates.groupby("slate", sort=False):
        repeated = bets["game_id"][bets["game_id"].duplicated()].unique()
        known = run_distributions(str(bets["stage"].iloc[0]), repeated.tolist()) if len(repeated) else {}
        parts.append(size_slate(bets, known, limits, placed.get(slate)))
    if parts:
        sized = pd.concat(parts)
        for name in ("kelly_slate", "kelly_fractional", "stake", "kelly_steps"):
            rows.loc[sized.index, name] = sized[name]
    unplaced = rows.index.isin(candidates.index) & (rows["stake"] <= 0)
    rows.loc[unplaced, "no_bet_reason"] = rows.loc[unplaced, "kelly_steps"].map(_why_no_stake)


def _why_no_stake(steps: dict[str, object]) -> str:
    after, dependence = steps["after"], str(steps["dependence"])
    assert isinstance(after, dict)
    if dependence == "not on the slate":
        return reason.BEST_OF_GAME_ONLY
    if after["kelly_slate"] <= 0:
        return reason.NOT_ON_SLATE
    return reason.LIMITS_USED if after["bet_cap"] > 0 >= after["database_cap"] else reason.TOO_SMALL
