"""Small pictures for the UI and larger ones for MLflow: drawn from rows that were read anyway.

Belongs here: drawing, at the size of where it is looked at.
Not here: reading rows (report.py), scores (evaluation/scores.py).
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from mlb_ml_assets.evaluation.market_comparison import log_loss
from mlb_ml_assets.evaluation.scores import reliability

if TYPE_CHECKING:
    from matplotlib.figure import Figure

COLOURS = {"blind": "tab:green", "memory": "tab:orange", "final": "tab:blue", "close": "black"}
_SERIES = {"blind": "blind_probability", "memory": "memory_probability", "final": "final_probability"}
_LABELLED_FEATURES = 12


@dataclass(frozen=True)
class Size:
    """Inches and dots: an event of Dagster's keeps its picture for ever, a file of MLflow's costs nothing."""

    width: float
    height: float
    dpi: int


SMALL = Size(4.6, 2.9, 85)
LARGE = Size(8.0, 5.0, 110)


def reliability_picture(games: pd.DataFrame, size: Size) -> bytes:
    """Forecast against what happened, in tenths of equal count with 95 % intervals; the close beside it.

    Args:
        games: decided moneylines of one stage: outcome, final_probability, closing_probability.
        size: SMALL or LARGE.
    """
    figure, axes = _figure(size)
    outcome = games["outcome"].to_numpy(np.float64)
    for name, column in (("final", "final_probability"), ("close", "closing_probability")):
        table = reliability(games[column].to_numpy(np.float64), outcome)
        if table.empty:
            continue
        error = np.abs(np.vstack([table["share"] - table["low"], table["high"] - table["share"]]))
        axes.errorbar(table["forecast"], table["share"], error, fmt="o-", ms=3, lw=1, label=name, color=COLOURS[name])
    axes.plot([0.25, 0.75], [0.25, 0.75], color="grey", lw=0.8)
    axes.set(title=f"reliability, home wins, {len(games):,} games", xlabel="forecast", ylabel="won")
    return _png(figure, axes)


def difference_picture(games: pd.DataFrame, size: Size) -> bytes:
    """Log loss less the close's on the same games, summed over time; down is better.

    Args:
        games: decided moneylines of one stage: game_date, outcome, the forecasters' probabilities, closing_probability.
        size: SMALL or LARGE.
    """
    figure, axes = _figure(size)
    games = games.sort_values("game_date")
    outcome = games["outcome"].to_numpy(np.float64)
    close = log_loss(games["closing_probability"].to_numpy(np.float64), outcome)
    for name, column in _SERIES.items():
        difference = log_loss(games[column].to_numpy(np.float64), outcome) - close
        by_day = pd.Series(difference, index=games["game_date"].to_numpy()).dropna().groupby(level=0).sum().cumsum()
        axes.plot(by_day.index, by_day.to_numpy(), lw=1, label=name, color=COLOURS[name])
    axes.axhline(0, color="grey", lw=0.8)
    axes.set(title="log loss less the close, summed", ylabel="nats (down is better)")
    _days(axes)
    return _png(figure, axes)


def equity_picture(bets: pd.DataFrame, size: Size) -> bytes:
    """The bankroll under the recorded stakes, and how far it stands below its highest.

    Args:
        bets: settled bets: game_date, profit (share of the day's bankroll).
        size: SMALL or LARGE.
    """
    figure, axes = _figure(size)
    equity = (1 + bets.groupby("game_date")["profit"].sum().sort_index()).cumprod()
    below = equity / equity.cummax().clip(lower=1) - 1
    axes.plot(equity.index, equity.to_numpy(), lw=1, label="bankroll", color="tab:blue")
    axes.fill_between(equity.index, 1 + below.to_numpy(), 1, color="tab:red", alpha=0.25, lw=0, label="drawdown")
    axes.axhline(1, color="grey", lw=0.8)
    axes.set(title=f"bankroll under {len(bets):,} bets, worst drawdown {below.min():.1%}", ylabel="start = 1")
    _days(axes)
    return _png(figure, axes)


def coverage_picture(coverage: pd.DataFrame, size: Size) -> bytes:
    """Share of known values, sources downwards and days across; white is unknown.

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
    """The largest standardised coefficients, largest on top."""
    figure, axes = _figure(size)
    largest = sorted(importance.items(), key=lambda item: abs(item[1]))[-_LABELLED_FEATURES:]
    axes.barh([name for name, _ in largest], [abs(value) for _, value in largest], color="tab:blue")
    axes.set_title(title, fontsize=8)
    axes.tick_params(axis="y", labelsize=6)
    return _png(figure)


def movement_picture(quotes: pd.DataFrame, size: Size, title: str) -> bytes:
    """Break-even probability of the home price at each book, up to the present; the spread between books is the market.

    Args:
        quotes: book_name, updated_at, probability (1 / decimal odds of home).
        size: SMALL or LARGE.
        title: the game.
    """
    figure, axes = _figure(size)
    for book, rows in quotes.groupby("book_name"):
        axes.step(rows["updated_at"].to_numpy(), rows["probability"].to_numpy(), where="post", lw=0.9, label=book)
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
    return _fewer_colours(buffer.getvalue())


def _fewer_colours(png: bytes) -> bytes:
    """The picture with 48 colours: a third of the bytes, and nothing that the eye misses in a chart."""
    from PIL import Image

    with Image.open(io.BytesIO(png)) as picture:
        buffer = io.BytesIO()
        picture.convert("RGB").quantize(48, dither=Image.Dither.NONE).save(buffer, format="png", optimize=True)
    return buffer.getvalue()
