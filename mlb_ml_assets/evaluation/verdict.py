"""The backtest's verdict: on the same games, was the model better than the market, and how sure is that?

Belongs here: which forecasts meet on which games, per market and stage, and the JSON that says so.
Not here: the replay (walk_forward.py), single scores (scores.py), bets' arithmetic (backtest_bets.py).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.models import STAGES
from mlb_ml_assets.evaluation.alarms import too_good_totals, too_good_wins
from mlb_ml_assets.evaluation.backtest_bets import Bets, bets_at_decision, placebo, summarise
from mlb_ml_assets.evaluation.market_comparison import log_loss
from mlb_ml_assets.evaluation.scores import (
    Estimate,
    NothingToScore,
    auc,
    brier,
    calibration,
    crps,
    explained,
    games_still_needed,
    paired,
)
from mlb_ml_assets.modeling.config import ModelConfig
from mlb_ml_assets.modeling.design import column, market_total
from mlb_ml_assets.modeling.run_grid import grid_for, solve
from mlb_ml_assets.modeling.run_model import rules_of
from mlb_ml_assets.modeling.stage_model import VARIANTS, shape_of

Floats = NDArray[np.float64]

MARKETS = ("moneyline", "total", "spread")
ARCHIVE_NOTE = "archives hold no price between open and close: the lineup stage anchors on the open"


def verdict(
    predictions: pd.DataFrame,
    forecasters: Mapping[str, pd.Series] | None = None,
    place_bets: Bets = bets_at_decision,
    config: ModelConfig | None = None,
) -> dict[str, Any]:
    """Scores, paired differences, calibration, moves, bets and alarms by market and stage.

    Args:
        predictions: rows of walk_forward (or stored predictions with the same columns).
        forecasters: other forecasts of the home win probability by name, indexed by game_id.
        place_bets: both sides of each priced game with ev, clv and profit; the archive's own price by default.
        config: for the constants that turn prices into numbers.

    Returns:
        `{"from", "to", "markets": {market: {stage: {...}}}, "notes"}`; every number plain, NaN as None.
        A market or stage without a scored game has `{"n": 0}`.
    """
    config = config or ModelConfig()
    rows = predictions[predictions.home_score.notna() & predictions.away_score.notna()]
    if not len(rows):
        raise NothingToScore(f"none of {len(predictions)} predictions has a result")
    others = dict(forecasters or {})
    sections: dict[str, dict[str, Any]] = {market: {} for market in MARKETS}
    for stage in STAGES:
        part = rows[rows.stage == stage]
        if not len(part):
            continue
        sections["moneyline"][stage] = _moneyline(part, others, place_bets)
        sections["total"][stage] = _total(part, place_bets, config)
        sections["spread"][stage] = _spread(part, place_bets)
    return {
        "from": str(rows.game_date.min())[:10],
        "to": str(rows.game_date.max())[:10],
        "markets": sections,
        "notes": [ARCHIVE_NOTE] if _anchors_on_the_open(rows) else [],
    }


def _anchors_on_the_open(rows: pd.DataFrame) -> bool:
    hours = column(rows[rows.stage == "lineup"], "market_hours_to_start")
    return bool(len(hours)) and bool((~(hours < 12.0)).any())


def _expit(logit: Floats) -> Floats:
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * logit)))


def _moneyline(rows: pd.DataFrame, others: Mapping[str, pd.Series], place_bets: Bets) -> dict[str, Any]:
    won = column(rows, "home_win")
    market = {
        "open": _expit(column(rows, "market_home_logit")),
        "close": _expit(column(rows, "close_home_logit")),
    }
    forecasts = {variant: column(rows, f"{variant}_home_ml") for variant in VARIANTS} | market
    outside = {name: rows.game_id.map(forecast).to_numpy(np.float64) for name, forecast in others.items()}
    out = _binary(rows, won, forecasts, tuple(market), outside)
    if not out["n"]:
        return out
    moved = column(rows, "close_home_logit") - column(rows, "market_home_logit")
    anchored = column(rows, "anchored_home_ml")
    expected = np.log(anchored) - np.log1p(-anchored) - column(rows, "market_home_logit")
    out["anchor_weight"] = _by_season(rows, "anchor_weight")
    out["move_r2"] = _plain(explained(moved, expected))
    out |= _betting(rows, "moneyline", place_bets)
    seasons = rows.season.to_numpy(np.int64)
    out["alarms"] = [alarm.to_dict() for alarm in too_good_wins(forecasts, won, seasons)]
    return out


def _total(rows: pd.DataFrame, place_bets: Bets, config: ModelConfig) -> dict[str, Any]:
    runs = column(rows, "home_score") + column(rows, "away_score")
    line = column(rows, "market_total_line")
    over = np.where(runs == line, np.nan, np.where(np.isfinite(line), runs > line, np.nan))
    means = {variant: column(rows, f"{variant}_expected_total") for variant in VARIANTS}
    means |= {name: column(rows, f"{name}_expected_total") for name in ("open", "close")}
    common = np.isfinite(np.column_stack([*means.values(), runs])).all(axis=1)
    out: dict[str, Any] = {"n": int(common.sum())}
    if not common.any():
        return out
    held, days = rows.iloc[np.flatnonzero(common)], rows.game_date.to_numpy()[common]
    losses = {name: total_crps(held, mean[common], runs[common]) for name, mean in means.items()}
    out["crps"] = {name: float(loss.mean()) for name, loss in losses.items()}
    chances = {variant: column(rows, f"{variant}_total_over") for variant in VARIANTS}
    chances["open"] = column(rows, "market_total_over_probability")
    chances["close"] = column(rows, "close_over_at_line")
    decided = common & np.isfinite(np.column_stack([*chances.values(), over])).all(axis=1)
    if decided.any():
        day = rows.game_date.to_numpy()[decided]
        out["log_loss"] = {name: float(log_loss(p[decided], over[decided]).mean()) for name, p in chances.items()}
        out["brier"] = {name: float(brier(p[decided], over[decided]).mean()) for name, p in chances.items()}
        out["auc"] = {name: _plain(auc(p[decided], over[decided])) for name, p in chances.items()}
        out["calibration"] = {
            name: calibration(chances[name][decided], over[decided], day) for name in (*VARIANTS, "open")
        }
    single = (held.doubleheader == "N").to_numpy()
    out["paired"], needed = _pairs(losses, ("open", "close"), days, np.ones(len(held), dtype=bool))
    out["games_needed"] = needed
    out["no_doubleheaders"] = {"n": int(single.sum()), "paired": _pairs(losses, ("open", "close"), days, single)[0]}
    out["anchor_weight"] = _by_season(rows, "anchor_weight_total")
    numbers = [market_total(rows, prefix, config.memory.runs_per_over_probability) for prefix in ("market_", "close_")]
    out["move_r2"] = _plain(
        explained(numbers[1] - numbers[0], column(rows, "expected_close_total_number") - numbers[0])
    )
    out |= _betting(rows, "total", place_bets)
    nine = column(rows, "scheduled_innings") != 7
    series = {name: np.where(nine, mean, np.nan) for name, mean in means.items()}
    out["alarms"] = [alarm.to_dict() for alarm in too_good_totals(series, runs, rows.season.to_numpy(np.int64))]
    return out


def total_crps(rows: pd.DataFrame, mean: Floats, runs: Floats) -> Floats:
    """CRPS of each game's total under the joint distribution with this expected total and the model's spread."""
    out = np.full(len(rows), np.nan)
    logit = np.zeros(len(rows))
    for shape, shaped in shape_of(rows):
        for rules, at in rules_of(rows):
            both = shaped & at
            if both.any():
                grid = grid_for(rules, shape)
                # Which side scores them hardly changes the total's spread: even sides serve all forecasts alike.
                rates = solve(grid, logit[both], mean[both])
                out[both] = crps(rates.read(grid.total_pmf), runs[both].astype(np.int64))
    return out


def _spread(rows: pd.DataFrame, place_bets: Bets) -> dict[str, Any]:
    margin = column(rows, "home_score") - column(rows, "away_score")
    line = column(rows, "close_spread_line")
    covered = np.where(margin + line == 0, np.nan, np.where(np.isfinite(line), margin + line > 0, np.nan))
    forecasts = {variant: column(rows, f"{variant}_close_spread") for variant in VARIANTS}
    forecasts["joint"] = column(rows, "close_joint_spread")
    references: tuple[str, ...] = ("close",)
    opening = column(rows, "market_spread_home_probability")
    if (np.isfinite(opening) & (column(rows, "market_spread_line") == line)).any():
        forecasts["open"] = np.where(column(rows, "market_spread_line") == line, opening, np.nan)
        references = ("open", "close")
    forecasts["close"] = column(rows, "close_spread_home_probability")
    out = _binary(rows, covered, forecasts, references, {})
    if out["n"]:
        # The closing line is chosen by the close: at it, forecasts made earlier look overconfident by selection.
        stored = column(rows, "spread_line")
        made_good = np.where(margin + stored == 0, np.nan, margin + stored > 0).astype(np.float64)
        out["calibration_at_close_line"] = out["calibration"]
        out["calibration"] = {
            variant: calibration(column(rows, f"{variant}_home_spread"), made_good, rows.game_date.to_numpy())
            for variant in VARIANTS
        }
    return out | _betting(rows, "spread", place_bets) if out["n"] else out


def _binary(
    rows: pd.DataFrame,
    y: Floats,
    forecasts: Mapping[str, Floats],
    references: tuple[str, ...],
    outside: Mapping[str, Floats],
) -> dict[str, Any]:
    """n, mean scores, paired differences and calibration on the games that all our forecasts and the market's have."""
    common = np.isfinite(np.column_stack([*forecasts.values(), y])).all(axis=1)
    out: dict[str, Any] = {"n": int(common.sum())}
    if not common.any():
        return out
    won, days = y[common], rows.game_date.to_numpy()[common]
    chances = {name: forecast[common] for name, forecast in {**forecasts, **outside}.items()}
    losses = {name: log_loss(p, won) for name, p in chances.items()}
    known = {name: np.isfinite(p) for name, p in chances.items()}
    out["log_loss"] = {name: _mean(loss) for name, loss in losses.items()}
    out["brier"] = {name: _mean(brier(p, won)) for name, p in chances.items()}
    out["auc"] = {name: _plain(auc(p[known[name]], won[known[name]])) for name, p in chances.items()}
    against = (*references, *outside)
    single = (rows.doubleheader.to_numpy() == "N")[common]
    out["paired"], out["games_needed"] = _pairs(losses, against, days, np.ones(len(won), dtype=bool))
    out["no_doubleheaders"] = {"n": int(single.sum()), "paired": _pairs(losses, against, days, single)[0]}
    out["calibration"] = {name: calibration(p, won, days) for name, p in chances.items()}
    return out


def _pairs(
    losses: Mapping[str, Floats], references: tuple[str, ...], days: NDArray[np.datetime64], kept: NDArray[np.bool_]
) -> tuple[dict[str, Any], dict[str, int | None]]:
    """Ours (and the joint, for run lines) against each reference, and the market's close against its open."""
    found: dict[str, Estimate] = {}
    mine = [name for name in losses if name not in references]
    for name in [*mine, "close"]:
        for reference in references:
            if name != reference and name in losses:
                estimate = paired(losses[name][kept], losses[reference][kept], days[kept])
                found[f"{name}-{reference}"] = estimate
    return (
        {key: estimate.to_dict() for key, estimate in found.items()},
        {key: games_still_needed(estimate) for key, estimate in found.items()},
    )


def _betting(rows: pd.DataFrame, market: str, place_bets: Bets) -> dict[str, Any]:
    bets = place_bets(rows, market)
    if not len(bets):
        return {"bets": [], "placebo": None}
    return {"bets": summarise(bets), "placebo": placebo(bets)}


def _by_season(rows: pd.DataFrame, name: str) -> dict[str, float | None]:
    means = rows.groupby("season")[name].mean()
    return {str(season): _plain(value) for season, value in means.items()}


def _mean(loss: Floats) -> float | None:
    known = loss[np.isfinite(loss)]
    return float(known.mean()) if len(known) else None


def _plain(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
