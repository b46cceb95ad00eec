"""How a model did in a window: rows for curated.ml_model_performance.

Belongs here: every column of that table that predictions and settled bets can honestly fill.
Not here: compare with the market in detail (market_comparison.py), choose windows, write.
"""

from collections.abc import Mapping
from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.betting.bankroll import unit_return
from mlb_ml_assets.evaluation.clustered import clustered_mean
from mlb_ml_assets.evaluation.market_comparison import log_loss
from mlb_ml_assets.evaluation.performance_breakdowns import accuracy_breakdowns

FloatArray = NDArray[np.float64]
# Amounts in the table are in the currency of a bankroll of this size at the window's start, not compounded.
NOTIONAL_BANKROLL = 10_000.0
# Below this many bets a correlation or a ratio of returns says nothing.
_FEW_BETS = 20


def performance_columns(
    games: pd.DataFrame,
    recommendations: pd.DataFrame,
    *,
    top_features: Mapping[str, float] | None = None,
) -> dict[str, object] | None:
    """Columns of curated.ml_model_performance for one model, target and window; None where no game was predicted.

    Accuracy, precision, recall, F1, AUC and log loss are of the final probability against outcomes that were decided
    (pushes and voids left out), the forecast being 1 from .5 on. Bets are rows with a stake and a result; voids are not
    bets, half wins count as won and half losses as lost. Amounts are in units of a bankroll of 10,000 at the start of
    the window. sharpe and sortino are of daily profit, not annualised. Drawdown is of the uncompounded line.
    kelly_theoretical_roi is the stake-weighted EV at bet time, kelly_actual_roi what came of it, in percent;
    kelly_sizing_effectiveness the correlation of stake and return per unit. average_closing_line_value is EV at the
    close in percent of stake. benchmark_accuracy is the market's on the same games (the close, else the price at
    decision), benchmark_roi that of a flat bet on its favourite, statistical_significance the two-sided p of the paired
    log-loss difference to that market, days clustered. feature_stability_score is not measured.

    Args:
        games: one row a predicted game: game_id, game_date (datetime64), probability, outcome (1, 0, NaN), and
            market_probability, close_probability where known.
        recommendations: rows of both sides of the target's market: game_id, game_date, side, stake, decimal_odds,
            result, profit, expected_value, market_probability (of the side), clv_expected_value; overround where known.
        top_features: name -> weight, from the model.
    """
    if games.empty:
        return None
    row: dict[str, object] = {"total_predictions": len(games), "total_games_evaluated": int(games["outcome"].count())}
    row.update(_classification(games))
    row.update(_betting(recommendations))
    row.update(_benchmark(games, recommendations))
    row.update(accuracy_breakdowns(games, recommendations))
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
    said = p >= 0.5
    hit = said == (y == 1)
    true_positive = float((said & (y == 1)).sum())
    precision, recall = _ratio(true_positive, float(said.sum())), _ratio(true_positive, float(y.sum()))
    confidence = np.maximum(p, 1 - p)
    spread = y.size > 2 and np.ptp(confidence) > 0 and 0 < hit.mean() < 1
    correlation = float(np.corrcoef(confidence, hit)[0, 1]) if spread else float("nan")
    accuracy = float(hit.mean()) if y.size else float("nan")
    return {
        "accuracy": _rounded(accuracy, 4),
        "precision_score": _rounded(precision, 4),
        "recall_score": _rounded(recall, 4),
        "f1_score": _rounded(_ratio(2 * precision * recall, precision + recall), 4),
        "roc_auc": _rounded(area_under_curve(p, y), 4),
        "log_loss": _rounded(float(log_loss(p, y).mean()) if y.size else float("nan"), 6, 99.0),
        "confidence_accuracy_correlation": _rounded(correlation, 4),
        "overconfidence_bias": _rounded(float(confidence.mean()) - accuracy if y.size else float("nan"), 4),
    }


def area_under_curve(probability: FloatArray, outcome: FloatArray) -> float:
    """Chance that a game that came true was given more than one that did not, ties half; NaN with one class only."""
    positives = float(outcome.sum())
    negatives = outcome.size - positives
    if positives == 0 or negatives == 0:
        return float("nan")
    _, place, counts = np.unique(probability, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[place]
    return float((ranks[outcome == 1].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def _betting(recommendations: pd.DataFrame) -> dict[str, object]:
    bets = recommendations[
        (recommendations["stake"] > 0) & recommendations["result"].notna() & (recommendations["result"] != "void")
    ]
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
    row["kelly_sizing_effectiveness"] = _rounded(
        _correlation(stake, unit_return(bets["result"], bets["decimal_odds"])), 2
    )
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
    _, codes = np.unique(day, return_inverse=True)
    daily = np.bincount(codes, weights=profit)
    line = np.concatenate([[1.0], 1 + np.cumsum(daily)])
    peaks = np.maximum.accumulate(line)
    deviation = float(daily.std(ddof=1)) if daily.size > 1 else float("nan")
    downside = float(np.sqrt((np.minimum(daily, 0) ** 2).mean()))
    return {
        "sharpe_ratio": _rounded(_ratio(float(daily.mean()), deviation), 3, 999.999),
        "sortino_ratio": _rounded(_ratio(float(daily.mean()), downside), 3, 999.999),
        "max_drawdown_amount": round(NOTIONAL_BANKROLL * float((peaks - line).max()), 2),
        "max_drawdown_pct": _rounded(100 * float((1 - line / peaks).max()), 2, 999.99),
    }


def _benchmark(games: pd.DataFrame, recommendations: pd.DataFrame) -> dict[str, object]:
    y = games["outcome"].to_numpy(np.float64)
    unknown = np.full(len(games), np.nan)
    known = {name: games[name].to_numpy(np.float64) if name in games else unknown for name in _MARKET}
    market = np.where(np.isnan(known["close_probability"]), known["market_probability"], known["close_probability"])
    both = ~(np.isnan(y) | np.isnan(market))
    hit = (market >= 0.5) == (y == 1)
    difference = clustered_mean(log_loss(games["probability"], y) - log_loss(market, y), games["game_date"].to_numpy())
    favourite = recommendations[
        (recommendations["market_probability"] >= 0.5)
        & recommendations["result"].notna()
        & (recommendations["result"] != "void")
        & recommendations["decimal_odds"].notna()
    ]
    net = unit_return(favourite["result"], favourite["decimal_odds"])
    return {
        "benchmark_accuracy": _rounded(float(hit[both].mean()), 4) if both.any() else None,
        "benchmark_roi": _rounded(100 * float(net.mean()), 2, 999.99) if net.size else None,
        "statistical_significance": _rounded(difference.p_value, 4),
    }


_MARKET = ("close_probability", "market_probability")
