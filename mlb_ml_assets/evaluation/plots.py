"""Pictures of a replay: reliability, paired difference over time, closing line value by threshold.

Belongs here: figures from the replay's rows and from bets already placed.
Not here: scores themselves (scores.py), where pictures are kept (registry/, cli).
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlb_ml_assets.evaluation.backtest_bets import Bets, bets_at_decision, summarise
from mlb_ml_assets.evaluation.market_comparison import log_loss
from mlb_ml_assets.evaluation.scores import reliability
from mlb_ml_assets.modeling.design import column

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"blind": "tab:green", "memory": "tab:orange", "anchored": "tab:blue", "close": "black"}
CLV_THRESHOLDS: Sequence[float] = (0.0, 0.01, 0.02, 0.03, 0.04, 0.05)


def verdict_figure(predictions: pd.DataFrame, place_bets: Bets = bets_at_decision) -> "Figure":
    """Three panels of the moneyline for each stage present: reliability, running difference to the close, CLV.

    Args:
        predictions: rows of walk_forward, outcomes included.
        place_bets: as in verdict.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = predictions[predictions.home_win.notna()]
    stages = [stage for stage in ("open", "lineup") if (rows.stage == stage).any()]
    figure = Figure(figsize=(15, 4.5 * len(stages)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(stages), 3, squeeze=False)
    for row, stage in zip(axes, stages, strict=True):
        part = rows[rows.stage == stage].sort_values("game_date", kind="stable")
        _reliability(row[0], part, stage)
        _running_difference(row[1], part, stage)
        _closing_line_value(row[2], place_bets(part, "moneyline"), stage)
    return figure


def save_verdict_figure(predictions: pd.DataFrame, file: Path, place_bets: Bets = bets_at_decision) -> None:
    """Write verdict_figure to `file`; its suffix says the format."""
    figure = verdict_figure(predictions, place_bets)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110)


def _reliability(axis: "Axes", rows: pd.DataFrame, stage: str) -> None:
    won = column(rows, "home_win")
    for name in ("blind", "memory", "anchored"):
        table = reliability(column(rows, f"{name}_home_ml"), won)
        error: Any = [table.share - table.low, table.high - table.share]
        axis.errorbar(table.forecast, table.share, error, fmt="o-", ms=3, lw=1, label=name, color=COLOURS[name])
    axis.plot([0.25, 0.75], [0.25, 0.75], color="grey", lw=0.8)
    axis.set(title=f"{stage}: reliability", xlabel="forecast of a home win", ylabel="share won (95%)")
    axis.legend(fontsize=8)


def _running_difference(axis: "Axes", rows: pd.DataFrame, stage: str) -> None:
    won = column(rows, "home_win")
    market = {
        "open": 0.5 * (1.0 + np.tanh(0.5 * column(rows, "market_home_logit"))),
        "close": 0.5 * (1.0 + np.tanh(0.5 * column(rows, "close_home_logit"))),
    }
    reference = log_loss(market["open"], won)
    for name in ("blind", "memory", "anchored", "close"):
        forecast = market["close"] if name == "close" else column(rows, f"{name}_home_ml")
        difference = log_loss(forecast, won) - reference
        known = np.isfinite(difference)
        axis.plot(rows.game_date[known], np.cumsum(difference[known]), lw=1, label=name, color=COLOURS[name])
    axis.axhline(0.0, color="grey", lw=0.8)
    axis.set(title=f"{stage}: log loss less the decision price, summed", ylabel="nats (down is better)")
    axis.legend(fontsize=8)


def _closing_line_value(axis: "Axes", bets: pd.DataFrame, stage: str) -> None:
    axis.set(title=f"{stage}: closing line value by claimed EV", xlabel="least EV", ylabel="CLV (95%)")
    axis.axhline(0.0, color="grey", lw=0.8)
    if not len(bets):
        axis.text(0.5, 0.5, "no bets: no decision prices", ha="center", transform=axis.transAxes)
        return
    found = pd.DataFrame(summarise(bets, CLV_THRESHOLDS))
    value = [entry["mean"] if entry["mean"] is not None else np.nan for entry in found.clv]
    spread = [1.96 * entry["se"] if entry["se"] is not None else np.nan for entry in found.clv]
    axis.errorbar(found.ev_min, value, spread, fmt="o-", ms=3, color=COLOURS["anchored"])
    for at, height, count in zip(found.ev_min, value, found.n, strict=True):
        axis.annotate(f"n {count}", (at, height), textcoords="offset points", xytext=(4, 6), fontsize=7)
