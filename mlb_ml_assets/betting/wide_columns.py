"""Recommendations as the betting columns of curated.ml_predictions.

Belongs here: one wide row per game and stage, rounded and bounded so that every CHECK and width of that table holds.
Not here: write it, or fill the columns that are not about bets (names, runs, timing).
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.betting.stake_limits import DATABASE_CAP, StakeLimits
from mlb_ml_assets.domain.markets import FIRST_SIDES, MARKETS

# DECIMAL(8,4); an expected value can only reach it by a broken price.
_LARGEST_VALUE = 9999.0
# Standard deviation of the bankroll's change over one game's bets. A full 2% bet at even money is .02.
RISK_BOUNDS = (0.0075, 0.015)


def wide_columns(recommendations: pd.DataFrame, limits: StakeLimits | None = None) -> pd.DataFrame:
    """The betting columns of curated.ml_predictions, one row a game and stage.

    Of each market the row holds the side with the higher expected value (the more probable one where there is no
    price). *_probability is of over / home / home cover given no push; *_binary is 1 from .5 on; *_confidence is the
    probability of the side it names, .50 to 1.00; *_kelly_fraction is full Kelly on the slate (on its own for a bet
    that did not reach it), at most .25; *_recommended_bet_size the stake in percent of bankroll; *_min_odds the lowest
    American price with positive EV. risk_level grades the standard deviation of the bankroll's change over the game's
    bets: low below .75%, high from 1.5%, NULL without a bet. confidence_threshold_met: some bet is recommended.

    Args:
        recommendations: rows of `recommend`, both sides of each market.
        limits: where max_bet_recommendation is taken from; default `StakeLimits()`.

    Returns:
        game_id, stage and the columns above; whole numbers as nullable integers, unknown as NA.
    """
    limits = limits or StakeLimits()
    keys = ["game_id", "stage"]
    heads = recommendations[keys].drop_duplicates().reset_index(drop=True)
    row = np.asarray(recommendations.groupby(keys, sort=False).ngroup(), dtype=np.int64)
    values: dict[str, NDArray[np.float64]] = {
        name: np.asarray(recommendations[name].astype(np.float64), dtype=np.float64)
        for name in ("final_probability", "expected_value", "kelly_slate", "kelly_single", "stake", "break_even_odds")
    }

    def in_wide_rows(name: str, places: NDArray[np.int64]) -> NDArray[np.float64]:
        """Values of these rows, each in the wide row of its game and stage."""
        wide_values = np.full(len(heads), np.nan)
        wide_values[row[places]] = values[name][places]
        return wide_values

    is_first = recommendations["side"].isin(FIRST_SIDES).to_numpy()
    wide: dict[str, object] = {name: heads[name] for name in keys}
    for market in MARKETS:
        target, prefix = market.wide_names
        rows = (recommendations["market_type"] == market.key).to_numpy()
        probability = in_wide_rows("final_probability", np.flatnonzero(rows & is_first)).round(4)
        wide[f"{target}_probability"] = probability
        wide[f"{target}_binary"] = _whole(np.where(np.isnan(probability), np.nan, probability >= 0.5))
        wide[f"{target}_confidence"] = np.maximum(probability, 1 - probability).round(2)
        chosen = _chosen_side(values, row, np.flatnonzero(rows))
        value = in_wide_rows("expected_value", chosen)
        wide[f"{prefix}_expected_value"] = value.clip(-_LARGEST_VALUE, _LARGEST_VALUE).round(4)
        slate, single = in_wide_rows("kelly_slate", chosen), in_wide_rows("kelly_single", chosen)
        wide[f"{prefix}_kelly_fraction"] = np.where(np.isnan(slate), single, slate).clip(0, DATABASE_CAP).round(4)
        wide[f"{prefix}_recommended_bet_size"] = (100 * in_wide_rows("stake", chosen)).round(2)
        wide[f"{prefix}_min_odds"] = _whole(in_wide_rows("break_even_odds", chosen))
    wide["max_bet_recommendation"] = round(100 * min(limits.per_bet, DATABASE_CAP), 2)
    pairs = pd.MultiIndex.from_frame(heads)
    wide["risk_level"] = _risk_level(recommendations).reindex(pairs).to_numpy()
    wide["confidence_threshold_met"] = np.bincount(row, values["stake"] > 0, len(heads)) > 0
    return pd.DataFrame(wide)


def _whole(numbers: NDArray[np.float64]) -> pd.Series:
    """Whole numbers as nullable integers; NaN becomes NA."""
    return pd.Series(numbers).astype("Int64")


def _chosen_side(
    values: dict[str, NDArray[np.float64]], row: NDArray[np.int64], places: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Of each wide row a bet if there is one, else the better value, else (no price) the more probable side."""
    bet, value = values["stake"][places] > 0, np.nan_to_num(values["expected_value"][places], nan=-np.inf)
    # The last key leads; ties keep the order of the rows.
    order = places[np.lexsort((-values["final_probability"][places], -value, ~bet))]
    _, first = np.unique(row[order], return_index=True)
    return order[first]


def _risk_level(recommendations: pd.DataFrame) -> pd.Series:
    bets = recommendations[recommendations["stake"] > 0]
    push = bets["push_probability"].to_numpy(np.float64)
    win = bets["final_probability"].to_numpy(np.float64) * (1 - push)
    net = bets["decimal_odds"].to_numpy(np.float64) - 1
    mean = win * net - (1 - win - push)
    variance: NDArray[np.float64] = bets["stake"].to_numpy(np.float64) ** 2 * (
        win * net**2 + (1 - win - push) - mean**2
    )
    deviation = pd.Series(variance, index=bets.index).groupby([bets["game_id"], bets["stage"]]).sum() ** 0.5
    low, high = RISK_BOUNDS
    grades = np.select([deviation < low, deviation < high], ["low", "medium"], default="high")
    return pd.Series(grades, index=deviation.index, dtype=object)
