"""The backtest's verdict: on the same games, was the model better than the market, and how sure is that?

Belongs here: which forecasts meet on which games, per market and stage, and the JSON of the conclusions.
Not here: the replay (modeling/walk_forward.py), single scores (scores.py), bets (bets.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.logit import expit, logit
from mlb_ml_assets.domain.markets import MARKET_KEYS, MONEYLINE, SPREAD, TOTAL, Market
from mlb_ml_assets.domain.models import LINEUP, STAGES
from mlb_ml_assets.evaluation.alarms import Alarm, too_good_totals, too_good_wins
from mlb_ml_assets.evaluation.bets import THRESHOLDS, Bets, bets_at_decision, placebo_sides, summarize_bets
from mlb_ml_assets.evaluation.clustered import Estimate, calibration_line, finite_or_none, paired
from mlb_ml_assets.evaluation.outside_forecasts import outside_probabilities
from mlb_ml_assets.evaluation.scores import NothingToScore, auc, brier, crps, explained, log_loss
from mlb_ml_assets.modeling.config import ModelConfig
from mlb_ml_assets.modeling.design import column, market_total
from mlb_ml_assets.modeling.run_grid import grid_for, solve
from mlb_ml_assets.modeling.run_model import rules_of
from mlb_ml_assets.modeling.stage_model import VARIANTS, shape_of

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ARCHIVE_NOTE = "archives hold no price between open and close: the lineup stage anchors on the open"


def verdict(
    predictions: pd.DataFrame,
    outside: pd.DataFrame | None = None,
    place_bets: Bets = bets_at_decision,
    config: ModelConfig | None = None,
) -> dict[str, Any]:
    """Scores, paired differences, calibration, moves, bets and alarms by market and stage.

    Args:
        predictions: rows of walk_forward (or stored predictions with the same columns).
        outside: forecasts of other people and programs (rows of curated.outside_forecasts). Those made by a decision's
            as_of are scored on the same games; where a market's pairs are of another score, theirs are of log loss.
        place_bets: both sides of each priced game (`SIDE_COLUMNS`); the archive's own price by default.
        config: for the constants that turn prices into expected totals.

    Returns:
        `{"from", "to", "markets": {market: {stage: {...}}}, "notes"}`; every number plain, NaN as None.
        A market or stage without a scored game has `{"n": 0}`.

    Raises:
        NothingToScore: no prediction has a result.
    """
    config = config or ModelConfig()
    rows = predictions[predictions.home_score.notna() & predictions.away_score.notna()]
    if not len(rows):
        raise NothingToScore(f"none of {len(predictions)} predictions has a result")
    sections: dict[str, dict[str, Any]] = {market: {} for market in MARKET_KEYS}
    for stage in STAGES:
        part = rows[rows.stage == stage]
        if not len(part):
            continue
        for scored in (_moneyline(part), _total(part, config), _spread(part)):
            others = {} if outside is None else _outside(part, scored, outside)
            sections[scored.market.key][stage] = _section(part, scored, others, place_bets)
    return {
        "from": str(rows.game_date.min())[:10],
        "to": str(rows.game_date.max())[:10],
        "markets": sections,
        "notes": [ARCHIVE_NOTE] if _anchors_on_the_open(rows) else [],
    }


def _anchors_on_the_open(rows: pd.DataFrame) -> bool:
    hours = column(rows[rows.stage == LINEUP], "market_hours_to_start")
    return bool(len(hours)) and bool((~(hours < 12.0)).any())


@dataclass(frozen=True)
class _Scored:
    """One market of a stage, laid out for the scores that all markets share; arrays run over all rows.

    Attributes:
        market: the market.
        outcome: 1 where the first side won at the line of the forecasts, 0 where it lost, NaN for a push.
        forecasts: probabilities of the first side by forecaster, the market's own included.
        references: those of `forecasts` that the others are compared with.
        lines: the line at which outcome and forecasts are, None for the moneyline.
        compared: losses that are compared in pairs; the log loss of the forecasts if empty.
        calibrated: names of the forecasts whose calibration is shown; all if empty.
        measures: what only this market has.
    """

    market: Market
    outcome: Floats
    forecasts: Mapping[str, Floats]
    references: tuple[str, ...]
    lines: Floats | None = None
    compared: Mapping[str, Floats] = field(default_factory=dict)
    calibrated: tuple[str, ...] = ()
    measures: dict[str, Any] = field(default_factory=dict)


def _outside(rows: pd.DataFrame, scored: _Scored, outside: pd.DataFrame) -> Mapping[str, Floats]:
    decisions = rows[["game_id", "as_of"]]
    return outside_probabilities(outside, scored.market.key, decisions, scored.lines)


def _section(rows: pd.DataFrame, scored: _Scored, outside: Mapping[str, Floats], place_bets: Bets) -> dict[str, Any]:
    """Mean scores, paired differences, calibration and bets on the games that all our forecasts and the market's have.

    Where other losses than the log loss are compared, games without a decided bet count for them too. `outside` are
    forecasts of others, each on whichever of the decided games it has.
    """
    decided = _all_finite(*scored.forecasts.values(), scored.outcome)
    common = _all_finite(*scored.compared.values()) if scored.compared else decided
    out: dict[str, Any] = {"n": int(common.sum())}
    if not common.any():
        return out
    decided &= common
    days, y = rows.game_date.to_numpy(), scored.outcome
    chances = {**scored.forecasts, **outside}
    losses = {name: log_loss(p, y) for name, p in chances.items()}
    if decided.any():
        known = {name: decided & np.isfinite(p) for name, p in chances.items()}
        out["log_loss"] = {name: _mean(losses[name][kept]) for name, kept in known.items()}
        out["brier"] = {name: _mean(brier(chances[name][kept], y[kept])) for name, kept in known.items()}
        out["auc"] = {name: finite_or_none(auc(chances[name][kept], y[kept])) for name, kept in known.items()}
        out["calibration"] = {
            name: calibration_line(chances[name][decided], y[decided], days[decided]).to_dict()
            for name in ((*scored.calibrated, *outside) if scored.calibrated else chances)
        }

    compared = dict(scored.compared) or {name: losses[name] for name in scored.forecasts}
    single = common & (rows.doubleheader == "N").to_numpy()
    found, others = _pairs(compared, scored, days, common), _outside_pairs(losses, scored, outside, days, decided)
    out["paired"] = _plain_pairs(scored, found, others)
    out["games_needed"] = {pair: estimate.needed for pair, estimate in (found | others).items()}
    found, others = (
        _pairs(compared, scored, days, single),
        _outside_pairs(losses, scored, outside, days, decided & single),
    )
    out["no_doubleheaders"] = {"n": int(single.sum()), "paired": _plain_pairs(scored, found, others)}
    return out | scored.measures | _betting(rows, scored.market, place_bets)


def _moneyline(rows: pd.DataFrame) -> _Scored:
    won = column(rows, "home_win")
    now, close = column(rows, "market_home_logit"), column(rows, "close_home_logit")
    forecasts = {variant: column(rows, f"{variant}_{MONEYLINE.target}") for variant in VARIANTS}
    forecasts |= {"open": expit(now), "close": expit(close)}
    alarms = too_good_wins(forecasts, won, rows.season.to_numpy(np.int64))
    return _Scored(
        MONEYLINE,
        won,
        forecasts,
        ("open", "close"),
        measures={
            "anchor_weight": _by_season(rows, "anchor_weight"),
            "move_r2": finite_or_none(explained(close - now, logit(forecasts["anchored"]) - now)),
            "alarms": _plain(alarms),
        },
    )


def _total(rows: pd.DataFrame, config: ModelConfig) -> _Scored:
    """Totals are compared by the CRPS of their expected runs; log loss and calibration are of the bet at the line."""
    runs = column(rows, "home_score") + column(rows, "away_score")
    forecasts = {variant: column(rows, f"{variant}_{TOTAL.target}") for variant in VARIANTS}
    forecasts |= {"open": column(rows, "market_total_over_probability"), "close": column(rows, "close_over_at_line")}
    means = {name: column(rows, f"{name}_expected_total") for name in forecasts}
    common = _all_finite(*means.values(), runs)
    compared = {name: np.full(len(rows), np.nan) for name in means}
    for name, mean in means.items():
        compared[name][common] = total_crps(rows[common], mean[common], runs[common])
    now, close = (
        market_total(rows, prefix, config.memory.runs_per_over_probability) for prefix in ("market_", "close_")
    )
    expected_move = column(rows, "expected_close_total_number") - now
    nine = column(rows, "scheduled_innings") != 7
    series = {name: np.where(nine, mean, np.nan) for name, mean in means.items()}
    at = column(rows, "market_total_line")
    return _Scored(
        TOTAL,
        _outcome(runs - at),
        forecasts,
        ("open", "close"),
        lines=at,
        compared=compared,
        calibrated=(*VARIANTS, "open"),
        measures={
            "crps": {name: _mean(loss) for name, loss in compared.items()},
            "anchor_weight": _by_season(rows, "anchor_weight_total"),
            "move_r2": finite_or_none(explained(close - now, expected_move)),
            "alarms": _plain(too_good_totals(series, runs, rows.season.to_numpy(np.int64))),
        },
    )


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


def _spread(rows: pd.DataFrame) -> _Scored:
    margin = column(rows, "home_score") - column(rows, "away_score")
    line, opening_line = column(rows, "close_spread_line"), column(rows, "market_spread_line")
    covered = _outcome(margin + line)
    forecasts = {variant: column(rows, f"{variant}_close_spread") for variant in VARIANTS}
    forecasts["joint"] = column(rows, "close_joint_spread")
    references: tuple[str, ...] = ("close",)
    opening = np.where(opening_line == line, column(rows, "market_spread_home_probability"), np.nan)
    if np.isfinite(opening).any():
        forecasts["open"] = opening
        references = ("open", "close")
    forecasts["close"] = column(rows, "close_spread_home_probability")
    # The closing line is chosen by the close: at it, forecasts made earlier look overconfident by selection. The
    # calibration shown first is at the stored line.
    days = rows.game_date.to_numpy()
    decided = _all_finite(*forecasts.values(), covered)
    covered_stored = _outcome(margin + column(rows, "spread_line"))
    return _Scored(
        SPREAD,
        covered,
        forecasts,
        references,
        lines=line,
        measures={
            "calibration_at_close_line": {
                name: calibration_line(p[decided], covered[decided], days[decided]).to_dict()
                for name, p in forecasts.items()
            },
            "calibration": {
                variant: calibration_line(column(rows, f"{variant}_{SPREAD.target}"), covered_stored, days).to_dict()
                for variant in VARIANTS
            },
        },
    )


def _all_finite(*arrays: Floats) -> Mask:
    return np.asarray(np.isfinite(np.column_stack(arrays)).all(axis=1))


def _outcome(beyond: Floats) -> Floats:
    """1 above the line, 0 below, NaN on it or where it is unknown."""
    return np.where(beyond == 0, np.nan, np.where(np.isfinite(beyond), beyond > 0, np.nan))


def _pairs(
    losses: Mapping[str, Floats], scored: _Scored, days: NDArray[np.datetime64], kept: Mask
) -> dict[str, Estimate]:
    """Ours (and the joint, for run lines) against each reference, and the market's close against its open."""
    ours = [name for name in losses if name not in scored.references]
    return {
        f"{name}-{reference}": paired(losses[name][kept], losses[reference][kept], days[kept])
        for name in (*ours, "close")
        for reference in scored.references
        if name != reference and name in losses
    }


def _outside_pairs(
    losses: Mapping[str, Floats],
    scored: _Scored,
    outside: Mapping[str, Floats],
    days: NDArray[np.datetime64],
    kept: Mask,
) -> dict[str, Estimate]:
    """Ours and the close against each forecaster of `outside`, and each of these against the market's references."""
    ours = [name for name in scored.forecasts if name not in scored.references]
    wanted = [(name, other) for other in outside for name in (*ours, "close")]
    wanted += [(other, reference) for other in outside for reference in scored.references]
    return {f"{name}-{other}": paired(losses[name][kept], losses[other][kept], days[kept]) for name, other in wanted}


def _plain_pairs(
    scored: _Scored, found: Mapping[str, Estimate], others: Mapping[str, Estimate]
) -> dict[str, dict[str, Any]]:
    """Pairs for JSON; those of outside forecasters name their score where it is not the market's."""
    score = {"score": "log_loss"} if scored.compared else {}
    return {pair: estimate.to_dict() for pair, estimate in found.items()} | {
        pair: estimate.to_dict() | score for pair, estimate in others.items()
    }


def _betting(rows: pd.DataFrame, market: Market, place_bets: Bets) -> dict[str, Any]:
    bets = place_bets(rows, market.key)
    if not len(bets):
        return {"bets": [], "placebo": None}
    return {
        "bets": [
            {"ev_min": threshold, **summarize_bets(bets[bets["expected_value"] >= threshold]).to_dict()}
            for threshold in THRESHOLDS
        ],
        "placebo": summarize_bets(placebo_sides(bets)).to_dict(),
    }


def _by_season(rows: pd.DataFrame, name: str) -> dict[str, float | None]:
    means = rows.groupby("season")[name].mean()
    return {str(season): finite_or_none(value) for season, value in means.items()}


def _mean(loss: Floats) -> float | None:
    known = loss[np.isfinite(loss)]
    return float(known.mean()) if known.size else None


def _plain(alarms: list[Alarm]) -> list[dict[str, object]]:
    return [alarm.to_dict() for alarm in alarms]
