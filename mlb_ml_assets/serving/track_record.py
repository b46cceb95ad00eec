"""Performance of forecasts and bets: bins, days, seasons.

Belongs here: aggregation of query results.
Not here: scores (evaluation/), drawing (charts/).
"""

from collections.abc import Sequence
from datetime import date
from math import floor, sqrt

import pandas as pd

from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.evaluation.bankroll import drawdown
from mlb_ml_assets.serving.performance_answers import BettingDay, CalibrationBin
from mlb_ml_assets.warehouse.api_reads import Connection, Row, bets_by_day, calibration_bins

FIRST_DAY, LAST_DAY = date(1876, 1, 1), date(2100, 1, 1)
_FINE = 0.025


def calibration(
    connection: Connection, stage: str, market: str, from_day: date, to_day: date, width: float = 0.05
) -> list[CalibrationBin]:
    """Bins of `width` (a multiple of .025) for the final probability and the close, each over all of its games."""
    rows = calibration_bins(connection, GAME_MODEL.name_of(stage), market, from_day, to_day)
    merged: dict[tuple[str, int], list[Row]] = {}
    step = round(width / _FINE)
    for row in rows:
        merged.setdefault((row["forecaster"], floor(row["bin"] / step)), []).append(row)
    bins = []
    for (forecaster, position), parts in sorted(merged.items()):
        games = sum(part["games"] for part in parts)
        bins.append(
            CalibrationBin.model_validate(
                {
                    "forecaster": forecaster,
                    "low": round(position * width, 6),
                    "high": round(min((position + 1) * width, 1.0), 6),
                    "games": games,
                    "mean_probability": sum(part["games"] * part["mean_probability"] for part in parts) / games,
                    "share_true": sum(part["games"] * part["share_true"] for part in parts) / games,
                }
            )
        )
    return bins


def betting_days(connection: Connection, stage: str, from_day: date, to_day: date) -> list[BettingDay]:
    """Bets of each day and the bankroll after it: bets of one day share a bankroll, days compound."""
    bankroll = 1.0
    days = []
    for row in bets_by_day(connection, stage, from_day, to_day):
        bankroll = max(bankroll * (1 + row["profit"]), 0.0)
        means = {
            "clv_mean": row["clv_sum"] / row["with_close"] if row["with_close"] else None,
            "own_clv_mean": row["own_clv_sum"] / row["with_own_close"] if row["with_own_close"] else None,
        }
        days.append(BettingDay.model_validate({**row, "bankroll": bankroll, **means}))
    return days


def by_season(days: Sequence[BettingDay]) -> list[Row]:
    """Bets of each season: counts, stakes, return, and closing line value with its error clustered by day."""
    seasons: dict[int, list[BettingDay]] = {}
    for day in days:
        seasons.setdefault(day.date.year, []).append(day)
    return [_summarize(str(season), part) for season, part in sorted(seasons.items())]


def summarize(days: Sequence[BettingDay]) -> Row | None:
    """The same over all seasons, or None without a bet."""
    return _summarize("all", list(days)) if days else None


def _summarize(name: str, days: list[BettingDay]) -> Row:
    staked = sum(day.staked for day in days)
    settled = sum(day.settled_stake for day in days)
    profit = sum(day.profit for day in days)
    priced = sum(day.with_close for day in days)
    total = sum((day.clv_mean or 0.0) * day.with_close for day in days)
    mean = total / priced if priced else None
    error = None
    if mean is not None and len(days) > 1:
        # Bets of one day share its news: a day is one cluster.
        error = sqrt(sum((((day.clv_mean or 0.0) - mean) * day.with_close) ** 2 for day in days)) / priced
    own_priced = sum(day.with_own_close for day in days)
    own_total = sum((day.own_clv_mean or 0.0) * day.with_own_close for day in days)
    return {
        "season": name,
        "days": len(days),
        "bets": sum(day.bets for day in days),
        "won": sum(day.won for day in days),
        "lost": sum(day.lost for day in days),
        "returned": sum(day.returned for day in days),
        "open": sum(day.open for day in days),
        "staked": staked,
        "profit": profit,
        # An open bet has no return yet; counted as zero it would pull the return towards it.
        "roi": profit / settled if settled else None,
        "clv_mean": mean,
        "clv_se": error,
        "with_close": priced,
        "with_sharp_close": sum(day.with_sharp_close for day in days),
        "own_clv_mean": own_total / own_priced if own_priced else None,
        "with_own_close": own_priced,
        "archive_price": any(day.archive_price for day in days),
        "bankroll": days[-1].bankroll,
    }


def max_drawdown(days: Sequence[BettingDay]) -> float:
    """The largest drawdown of the bankroll, as a share of its peak."""
    index = pd.DatetimeIndex([day.date for day in days])
    return drawdown(pd.Series([day.bankroll for day in days], index=index)).share
