"""How a model did in a window: rows for curated.ml_model_performance.

Belongs here: every column of that table that predictions and settled bets can honestly fill.
Not here: the comparison with the market in detail (market_comparison.py), windows and writing (flows/performance.py).
"""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.markets import TOTAL, Market
from mlb_ml_assets.evaluation.bankroll import drawdown
from mlb_ml_assets.evaluation.clustered import paired
from mlb_ml_assets.evaluation.scores import auc, log_loss

FloatArray = NDArray[np.float64]
# Amounts in the table are in the currency of a bankroll of this size at the window's start, not compounded.
NOTIONAL_BANKROLL = 10_000.0
_MARKET_COLUMNS = ("close_probability", "market_probability")
# Below this many bets a correlation or a ratio of returns says nothing.
_FEW_BETS = 20
_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
# The first ten weeks of a season, in which team strength is known worst; the opening line's loss peaks in April.
_EARLY_MONTHS = (3, 4, 5)


def performance_columns(
    games: pd.DataFrame,
    sides: pd.DataFrame,
    market: Market,
    *,
    top_features: Mapping[str, float] | None = None,
) -> dict[str, object] | None:
    """Columns of curated.ml_model_performance for one model, target and window; None where no game was predicted.

    Accuracy, precision, recall, F1, AUC and log loss are of the final probability against outcomes that were decided
    (pushes and voids left out), the forecast being 1 from .5 on. Bets are settled sides with a stake; half wins count
    as won and half losses as lost. Amounts are in units of a bankroll of 10,000 at the start of the window. sharpe and
    sortino are of daily profit, not annualised. Drawdown is of the uncompounded line. kelly_theoretical_roi is the
    stake-weighted EV at bet time, kelly_actual_roi the return on those stakes, in percent; kelly_sizing_effectiveness
    the correlation of stake and return per unit. average_closing_line_value is EV at the close in percent of stake.
    benchmark_accuracy is the market's on the same games (the close, else the price at decision), benchmark_roi that of
    a flat bet on its favorite, statistical_significance the two-sided p of the paired log-loss difference to that
    market, days clustered. feature_stability_score is not measured.

    Args:
        games: one row a predicted game: game_id, game_date (datetime64), probability, outcome (1, 0, NaN), and
            market_probability, close_probability where known.
        sides: of `settled_sides`: game_date, stake, result, profit, expected_value, market_probability (of the side),
            clv_expected_value, unit_return; overround where known.
        market: the target's market.
        top_features: name -> weight, from the model.
    """
    if games.empty:
        return None
    row: dict[str, object] = {"total_predictions": len(games), "total_games_evaluated": int(games["outcome"].count())}
    row.update(_classification(games))
    row.update(_betting(sides))
    row.update(_benchmark(games, sides))
    row.update(_breakdowns(games, market))
    row["top_features"] = dict(top_features or {})
    row["feature_stability_score"] = None
    return row


def _rounded(value: float, digits: int, largest: float = np.inf) -> float | None:
    """None for what is unknown or wider than the column."""
    return round(float(value), digits) if np.isfinite(value) and abs(value) <= largest else None


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _classification(games: pd.DataFrame) -> dict[str, object]:
    y, p = games["outcome"].to_numpy(np.float64), games["probability"].to_numpy(np.float64)
    kept = ~(np.isnan(y) | np.isnan(p))
    y, p = y[kept], p[kept]
    predicted = p >= 0.5
    hit = predicted == (y == 1)
    true_positive = float((predicted & (y == 1)).sum())
    precision, recall = _ratio(true_positive, float(predicted.sum())), _ratio(true_positive, float(y.sum()))
    confidence = np.maximum(p, 1 - p)
    spread = y.size > 2 and np.ptp(confidence) > 0 and 0 < hit.mean() < 1
    correlation = float(np.corrcoef(confidence, hit)[0, 1]) if spread else float("nan")
    accuracy = float(hit.mean()) if y.size else float("nan")
    return {
        "accuracy": _rounded(accuracy, 4),
        "precision_score": _rounded(precision, 4),
        "recall_score": _rounded(recall, 4),
        "f1_score": _rounded(_ratio(2 * precision * recall, precision + recall), 4),
        "roc_auc": _rounded(auc(p, y), 4),
        "log_loss": _rounded(float(log_loss(p, y).mean()) if y.size else float("nan"), 6, 99.0),
        "confidence_accuracy_correlation": _rounded(correlation, 4),
        "overconfidence_bias": _rounded(float(confidence.mean()) - accuracy if y.size else float("nan"), 4),
    }


def _betting(sides: pd.DataFrame) -> dict[str, object]:
    bets = sides[sides["stake"].to_numpy() > 0]
    count = len(bets)
    won = int(bets["result"].isin(["win", "half_win"]).sum())
    lost = int(bets["result"].isin(["loss", "half_loss"]).sum())
    stake, profit = bets["stake"].to_numpy(np.float64), bets["profit"].to_numpy(np.float64)
    wagered, net = float(stake.sum()), float(profit.sum())
    hit_rate = (Decimal(won) / Decimal(count)).quantize(Decimal("0.0001"), ROUND_HALF_UP) if count else None
    row: dict[str, object] = {
        "total_bets_made": count,
        "winning_bets": won,
        "losing_bets": lost,
        "push_bets": count - won - lost,
        "hit_rate": hit_rate,
        "total_amount_wagered": round(NOTIONAL_BANKROLL * wagered, 2),
        "total_amount_won": round(NOTIONAL_BANKROLL * float(profit[profit > 0].sum()), 2),
        "net_profit_loss": round(NOTIONAL_BANKROLL * net, 2),
        "roi_percentage": _rounded(100 * _ratio(net, wagered), 2, 9999.99),
        "kelly_actual_roi": _rounded(100 * _ratio(net, wagered), 2, 999.99),
    }
    value = bets["expected_value"].to_numpy(np.float64)
    row["kelly_theoretical_roi"] = _rounded(100 * _ratio(float((stake * value).sum()), wagered), 2, 999.99)
    row["kelly_sizing_effectiveness"] = _rounded(_correlation(stake, bets["unit_return"].to_numpy(np.float64)), 2)
    sizes = [stake.mean(), np.median(stake), stake.max(), stake.min()] if count else [np.nan] * 4
    for name, size in zip(("average", "median", "largest", "smallest"), sizes, strict=True):
        row[f"{name}_bet_size"] = _rounded(100 * float(size), 2, 999.99)
    row.update(_risk(bets["game_date"].to_numpy(), profit))
    clv = bets["clv_expected_value"].to_numpy(np.float64)
    clv = clv[~np.isnan(clv)]
    row["average_closing_line_value"] = _rounded(100 * float(clv.mean()), 2, 9999.99) if clv.size else None
    row["positive_clv_rate"] = _rounded(float((clv > 0).mean()), 4) if clv.size else None
    overround = bets["overround"].to_numpy(np.float64) if "overround" in bets else np.full(count, np.nan)
    hold = overround / (1 + overround)
    row["average_hold_percentage"] = _rounded(100 * float(np.nanmean(hold)), 2) if (~np.isnan(hold)).any() else None
    return row


def _correlation(stake: FloatArray, net: FloatArray) -> float:
    if stake.size < _FEW_BETS or np.ptp(stake) == 0 or np.ptp(net) == 0:
        return float("nan")
    return float(np.corrcoef(stake, net)[0, 1])


def _risk(day: NDArray[np.generic], profit: FloatArray) -> dict[str, object]:
    """Of daily profit in units of the window's first bankroll."""
    names = ("sharpe_ratio", "sortino_ratio", "max_drawdown_amount", "max_drawdown_pct")
    if profit.size == 0:
        return dict.fromkeys(names)
    days, codes = np.unique(day, return_inverse=True)
    daily = np.bincount(codes, weights=profit)
    worst = drawdown(pd.Series(1 + np.cumsum(daily), index=days))
    deviation = float(daily.std(ddof=1)) if daily.size > 1 else float("nan")
    downside = float(np.sqrt((np.minimum(daily, 0) ** 2).mean()))
    return {
        "sharpe_ratio": _rounded(_ratio(float(daily.mean()), deviation), 3, 999.999),
        "sortino_ratio": _rounded(_ratio(float(daily.mean()), downside), 3, 999.999),
        "max_drawdown_amount": round(NOTIONAL_BANKROLL * worst.amount, 2),
        "max_drawdown_pct": _rounded(100 * worst.share, 2, 999.99),
    }


def _benchmark(games: pd.DataFrame, sides: pd.DataFrame) -> dict[str, object]:
    y = games["outcome"].to_numpy(np.float64)
    unknown = np.full(len(games), np.nan)
    known = {name: games[name].to_numpy(np.float64) if name in games else unknown for name in _MARKET_COLUMNS}
    market = np.where(np.isnan(known["close_probability"]), known["market_probability"], known["close_probability"])
    both = ~(np.isnan(y) | np.isnan(market))
    hit = (market >= 0.5) == (y == 1)
    difference = paired(log_loss(games["probability"], y), log_loss(market, y), games["game_date"].to_numpy())
    net = sides["unit_return"].to_numpy(np.float64)[sides["market_probability"].to_numpy(np.float64) >= 0.5]
    return {
        "benchmark_accuracy": _rounded(float(hit[both].mean()), 4) if both.any() else None,
        "benchmark_roi": _rounded(100 * float(net.mean()), 2, 999.99) if net.size else None,
        "statistical_significance": _rounded(difference.p_value, 4),
    }


def _breakdowns(games: pd.DataFrame, market: Market) -> dict[str, dict[str, object]]:
    """Accuracy and number of decided games by group; groups without a game are left out.

    The side a forecast names is home or over from .5 on; it is a favorite where the market at decision gives it at
    least .5. Sides of the market other than the target's own stay empty.

    Args:
        games: game_date (datetime64), probability, outcome, market_probability where known.
        market: the target's market.
    """
    y, p = games["outcome"].to_numpy(np.float64), games["probability"].to_numpy(np.float64)
    kept = ~(np.isnan(y) | np.isnan(p))
    y, p = y[kept], p[kept]
    first = p >= 0.5
    hit = first == (y == 1)
    total = market == TOTAL
    fair = games["market_probability"].to_numpy(np.float64)[kept] if "market_probability" in games else p * np.nan
    favorite = np.where(first, fair, 1 - fair) >= 0.5
    priced = ~np.isnan(fair)
    day = games["game_date"].to_numpy("datetime64[D]")[kept]
    month = (day.astype("datetime64[M]").astype(np.int64) % 12) + 1
    year_month = day.astype("datetime64[M]").astype(str)
    weekday = (day.astype(np.int64) + 3) % 7
    sides = _by_group(first.astype(np.intp), hit, ("under", "over") if total else ("away", "home"))
    return {
        "favorite_vs_underdog_accuracy": _by_group(
            favorite[priced].astype(np.intp), hit[priced], ("underdog", "favorite")
        ),
        "home_vs_away_accuracy": {} if total else sides,
        "over_vs_under_accuracy": sides if total else {},
        "performance_by_month": _by_name(year_month, hit),
        "performance_by_day_of_week": _by_group(weekday.astype(np.intp), hit, _WEEKDAYS),
        "early_season_vs_late_season": _by_group(
            np.isin(month, _EARLY_MONTHS).astype(np.intp), hit, ("from June", "to May")
        ),
    }


def _by_group(codes: NDArray[np.intp], hit: NDArray[np.bool_], names: Sequence[str]) -> dict[str, object]:
    games = np.bincount(codes, minlength=len(names))
    hits = np.bincount(codes, weights=hit.astype(np.float64), minlength=len(names))
    return {
        name: {"games": int(count), "accuracy": round(float(right / count), 4)}
        for name, count, right in zip(names, games, hits, strict=True)
        if count
    }


def _by_name(names: NDArray[np.str_], hit: NDArray[np.bool_]) -> dict[str, object]:
    known, codes = np.unique(names, return_inverse=True)
    return _by_group(codes, hit, known.tolist())
