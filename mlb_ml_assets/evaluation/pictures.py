"""Pictures of forecasts and bets: small ones for the UI, larger ones for MLflow and the command line.

Belongs here: drawing, at the size of where it is looked at.
Not here: reading rows (flows/pictures.py), scores (scores.py), the charts of the pages (serving/charts/).
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.logit import expit
from mlb_ml_assets.domain.markets import MONEYLINE
from mlb_ml_assets.domain.models import STAGES
from mlb_ml_assets.evaluation.bankroll import falls
from mlb_ml_assets.evaluation.bets import Bets, bets_at_decision, results_by_threshold
from mlb_ml_assets.evaluation.scores import Z_LEVEL, log_loss, reliability
from mlb_ml_assets.modeling.design import column
from mlb_ml_assets.modeling.stage_model import VARIANTS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Floats = NDArray[np.float64]
COLORS = {
    "blind": "tab:green", "memory": "tab:orange", "anchored": "tab:blue", "final": "tab:blue", "close": "black"
}  # fmt: skip
_LABELED_FEATURES = 12
# Lines that never compound are drawn dashed.
_FLAT_LINES = ("flat", "placebo")


@dataclass(frozen=True)
class Size:
    """Inches and dots: an event of Dagster's keeps its picture for ever, a file of MLflow's costs nothing."""

    width: float
    height: float
    dpi: int


SMALL = Size(4.6, 2.9, 85)
LARGE = Size(8.0, 5.0, 110)


def reliability_picture(games: pd.DataFrame, size: Size) -> bytes:
    """Forecast against outcome, in tenths of equal count with 95% intervals; the close beside it.

    Args:
        games: decided moneylines of one stage: outcome, final_probability, closing_probability.
        size: SMALL or LARGE.
    """
    figure, axes = _figure(size)
    forecasts = {"final": column(games, "final_probability"), "close": column(games, "closing_probability")}
    _draw_reliability(axes, forecasts, column(games, "outcome"))
    axes.set(title=f"reliability, home wins, {len(games):,} games")
    return _png(figure, axes)


def difference_picture(games: pd.DataFrame, size: Size) -> bytes:
    """Log loss less the close's on the same games, summed over time; down is better.

    Args:
        games: decided moneylines of one stage: game_date, outcome, the forecasters' probabilities, closing_probability.
        size: SMALL or LARGE.
    """
    figure, axes = _figure(size)
    forecasts = {name: column(games, f"{name}_probability") for name in ("blind", "memory", "final")}
    _draw_running_difference(
        axes, games["game_date"], forecasts, column(games, "closing_probability"), column(games, "outcome")
    )
    axes.set(title="log loss less the close, summed")
    _days(axes)
    return _png(figure, axes)


def equity_picture(lines: pd.DataFrame, title: str, size: Size = LARGE) -> bytes:
    """The bankroll on a logarithmic scale, with the drawdown of the first line.

    Args:
        lines: as `equity_lines`; compounding lines are drawn solid, flat and placebo dashed.
        title: what was played back.
        size: SMALL or LARGE.
    """
    figure, axes = _figure(size)
    for name in lines.columns:
        style = "--" if name in _FLAT_LINES else "-"
        axes.plot(lines.index, lines[name].clip(lower=1e-3), style, lw=1.2, label=name)
    below = falls(lines.iloc[:, 0].to_numpy(np.float64))
    axes.fill_between(lines.index, np.maximum(1 - below, 1e-3), 1, color="tab:red", alpha=0.25, lw=0, label="drawdown")
    axes.axhline(1, color="grey", lw=0.8)
    axes.set(title=f"{title}, max drawdown {below.max():.1%}", ylabel="bankroll (start = 1)", yscale="log")
    _days(axes)
    return _png(figure, axes)


def verdict_figure(predictions: pd.DataFrame, place_bets: Bets = bets_at_decision) -> "Figure":
    """Three panels of the moneyline for each stage present: reliability, running difference to the price, CLV.

    Args:
        predictions: rows of walk_forward, outcomes included.
        place_bets: as in verdict.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    rows = predictions[predictions.home_win.notna()]
    stages = [stage for stage in STAGES if (rows.stage == stage).any()]
    figure = Figure(figsize=(15, 4.5 * len(stages)), layout="constrained")
    FigureCanvasAgg(figure)
    for panels, stage in zip(figure.subplots(len(stages), 3, squeeze=False), stages, strict=True):
        part = rows[rows.stage == stage]
        won = column(part, "home_win")
        forecasts = {name: column(part, f"{name}_{MONEYLINE.target}") for name in VARIANTS}
        _draw_reliability(panels[0], forecasts, won)
        panels[0].set(title=f"{stage}: reliability, home wins")
        forecasts["close"] = expit(column(part, "close_home_logit"))
        price = expit(column(part, "market_home_logit"))
        _draw_running_difference(panels[1], part["game_date"], forecasts, price, won)
        panels[1].set(title=f"{stage}: log loss less the decision price, summed")
        _draw_closing_line_value(panels[2], place_bets(part, MONEYLINE.key))
        panels[2].set(title=f"{stage}: closing line value by claimed EV")
        for panel in panels[:2]:
            panel.legend(fontsize=8)
    return figure


def save_verdict_figure(predictions: pd.DataFrame, file: Path, place_bets: Bets = bets_at_decision) -> None:
    """Write verdict_figure to `file`; its suffix decides the format."""
    figure = verdict_figure(predictions, place_bets)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=110)


def _draw_reliability(axes: "Axes", forecasts: Mapping[str, Floats], outcome: Floats) -> None:
    for name, probability in forecasts.items():
        table = reliability(probability, outcome)
        if table.empty:
            continue
        error: Any = np.abs(np.vstack([table["share"] - table["low"], table["high"] - table["share"]]))
        axes.errorbar(table["forecast"], table["share"], error, fmt="o-", ms=3, lw=1, label=name, color=COLORS[name])
    axes.plot([0.25, 0.75], [0.25, 0.75], color="grey", lw=0.8)
    axes.set(xlabel="forecast", ylabel="share won (95%)")


def _draw_running_difference(
    axes: "Axes", days: pd.Series, forecasts: Mapping[str, Floats], reference: Floats, outcome: Floats
) -> None:
    """Log loss less the reference's, summed by day; down is better."""
    base = log_loss(reference, outcome)
    for name, probability in forecasts.items():
        difference = pd.Series(log_loss(probability, outcome) - base, index=days.to_numpy())
        summed = difference.dropna().groupby(level=0).sum().cumsum()
        axes.plot(summed.index, summed.to_numpy(), lw=1, label=name, color=COLORS[name])
    axes.axhline(0, color="grey", lw=0.8)
    axes.set(ylabel="nats (down is better)")


def _draw_closing_line_value(axes: "Axes", bets: pd.DataFrame) -> None:
    axes.axhline(0.0, color="grey", lw=0.8)
    axes.set(xlabel="minimum EV", ylabel="CLV (95%)")
    if not len(bets):
        axes.text(0.5, 0.5, "no bets: no decision prices", ha="center", transform=axes.transAxes)
        return
    table = results_by_threshold(bets, by=())
    axes.errorbar(table.threshold, table.clv, Z_LEVEL * table.clv_se, fmt="o-", ms=3, color=COLORS["anchored"])
    for at, height, count in zip(table.threshold, table.clv, table.bets, strict=True):
        axes.annotate(f"n {count}", (at, height), textcoords="offset points", xytext=(4, 6), fontsize=7)


def coverage_picture(coverage: pd.DataFrame, size: Size) -> bytes:
    """Share of known values, sources down and days across; white is unknown.

    Args:
        coverage: 0..1, one row a group of features, one column a day.
        size: SMALL or LARGE.
    """
    figure, axes = _figure(size)
    image = axes.imshow(coverage.to_numpy(np.float64), aspect="auto", vmin=0, vmax=1, cmap="Greens")
    axes.set_yticks(range(len(coverage)), [str(name) for name in coverage.index], fontsize=6)
    step = max(1, len(coverage.columns) // 6)
    labels = [f"{day:%d %b}" for day in coverage.columns]
    axes.set_xticks(range(0, len(labels), step), labels[::step], fontsize=6)
    figure.colorbar(image)
    axes.set_title("share of known inputs", fontsize=8)
    return _png(figure)


def importance_picture(importance: Mapping[str, float], size: Size, title: str) -> bytes:
    """The largest standardized coefficients, largest on top."""
    figure, axes = _figure(size)
    largest = sorted(importance.items(), key=lambda item: abs(item[1]))[-_LABELED_FEATURES:]
    axes.barh([name for name, _ in largest], [abs(value) for _, value in largest], color="tab:blue")
    axes.set_title(title, fontsize=8)
    axes.tick_params(axis="y", labelsize=6)
    return _png(figure)


def movement_picture(quotes: pd.DataFrame, size: Size, title: str) -> bytes:
    """Break-even probability of the home price at each book, up to the present; the spread between books is the market.

    Args:
        quotes: book_name, at, until, probability (1 / decimal odds of home); NaT in until while it can be bet.
        size: SMALL or LARGE.
        title: the game.
    """
    figure, axes = _figure(size)
    for book, rows in quotes.groupby("book_name"):
        # A gap where the book took no bets: a price without a value, until the next one.
        ends = rows.loc[rows["until"].notna() & (rows["until"] != rows["at"].shift(-1)), ["until"]]
        drawn = pd.concat([rows, ends.rename(columns={"until": "at"})]).sort_values("at", kind="stable")
        axes.step(drawn["at"].to_numpy(), drawn["probability"].to_numpy(), where="post", lw=0.9, label=book)
    axes.set(title=title, ylabel="home, with margin")
    _days(axes, "%d %H:%M")
    return _png(figure, axes)


def _figure(size: Size) -> tuple["Figure", Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size.width, size.height), dpi=size.dpi, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.tick_params(labelsize=6)
    return figure, axes


def _days(axes: Any, form: str = "%d %b") -> None:
    from matplotlib.dates import AutoDateLocator, DateFormatter

    axes.xaxis.set_major_locator(AutoDateLocator(maxticks=6))  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_formatter(DateFormatter(form))  # type: ignore[no-untyped-call]


def _png(figure: "Figure", legend_of: Any = None) -> bytes:
    if legend_of is not None:
        for text in (legend_of.title, legend_of.xaxis.label, legend_of.yaxis.label):
            text.set_fontsize(8)
        if legend_of.get_legend_handles_labels()[0]:
            legend_of.legend(fontsize=6)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return _with_fewer_colors(buffer.getvalue())


def _with_fewer_colors(png: bytes) -> bytes:
    """The picture with 48 colors: a third of the bytes, and nothing that the eye misses in a chart."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as picture:
        buffer = io.BytesIO()
        picture.convert("RGB").quantize(48, dither=Image.Dither.NONE).save(buffer, format="png", optimize=True)
    return buffer.getvalue()
