"""`mlb-ml backtest`: the walk-forward replay over stored features, and its verdict.

Belongs here: options, reading the stored frame and forecasts of others, printing, writing JSON and picture.
Not here: the replay (modeling/walk_forward.py), scores and their layout (evaluation/verdict.py).
"""

import json
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psycopg
from rich.console import Console
from rich.table import Table

from mlb_ml_assets.commands.printing import format_number, format_percent, wide_console
from mlb_ml_assets.commands.settled_bets import print_settled_bets
from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.evaluation.pictures import save_verdict_figure
from mlb_ml_assets.evaluation.verdict import verdict
from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.flows.unknown_weather import forget_weather
from mlb_ml_assets.modeling.walk_forward import walk_forward
from mlb_ml_assets.sources.outside_forecasts import published_at
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.feature_store import read_training
from mlb_ml_assets.warehouse.game_links import read_game_ids
from mlb_ml_assets.warehouse.month_store import month_store
from mlb_ml_assets.warehouse.outside_forecasts import read_outside_forecasts

DEPRECATED = (
    "--forecaster, --csv and --column are deprecated: `mlb-ml forecasts import FILE` stores forecasts, and every "
    "backtest then compares with them"
)
WITHOUT_WEATHER = "without weather: no temperature, wind or roof of any game was used"


class NothingToReplay(LookupError):
    """No stored features in the range."""


class BadForecasterFile(ValueError):
    """--csv cannot be read as another forecaster's probabilities."""


@dataclass(frozen=True)
class BacktestOptions:
    """What to replay and where to write it.

    Attributes:
        first: first official date.
        last: last official date.
        stage: only this one; None for all.
        forecaster: deprecated, see `forecasts import`: another forecaster to compare with; needs `csv` and `column`.
        csv: its file, with a game_id column.
        column: its column of home-win probabilities.
        json_file: where the scores go as JSON.
        plot: where the picture of the scores goes (PNG); the equity picture is written beside it.
        without_weather: replay as if nobody had known the weather of any game.
    """

    first: date
    last: date
    stage: str | None = None
    forecaster: str | None = None
    csv: Path | None = None
    column: str | None = None
    json_file: Path | None = None
    plot: Path | None = None
    without_weather: bool = False


@dataclass(frozen=True)
class Backtest:
    """A replay: its decisions, their scores by market and stage (evaluation/verdict.py), and its duration."""

    decisions: pd.DataFrame
    scores: dict[str, Any]
    seconds: float


def run_backtest(options: BacktestOptions) -> None:
    """Replay, print the verdict and the settled bets of the range, and save what the options name.

    Raises:
        NothingToReplay: no features are stored for the range.
        BadForecasterFile: the forecaster's file lacks game_id or the column, or holds no probability.
    """
    console = wide_console()
    if options.forecaster is not None:
        console.print(DEPRECATED, style="yellow", highlight=False)
    settings = ensure_database()
    with connect(settings.dsn, application_name="mlb_ml:backtest", autocommit=True) as connection:
        backtest = replay(connection, options)
        print_report(backtest, console)
        save(backtest, options)
        equity = options.plot and options.plot.with_name(f"{options.plot.stem}-equity{options.plot.suffix}")
        print_settled_bets(connection, options.first, options.last, console, equity)


def replay(connection: psycopg.Connection[Any], options: BacktestOptions) -> Backtest:
    """Replay the range month by month, each on what was known before it, and score the decisions.

    Raises:
        NothingToReplay: no features are stored for the range.
        BadForecasterFile: the forecaster's file lacks game_id or the column, or holds no probability.
    """
    first, last = options.first, options.last
    frame = read_training(connection, present(), last_day=last, store=month_store())
    if options.without_weather and len(frame):
        frame = forget_weather(connection, frame, last)
    frame["game_date"] = pd.to_datetime(frame["game_date"])
    frame = frame[~frame["suspended"].astype(bool)]
    if options.stage is not None:
        frame = frame[frame["stage"] == options.stage]
    if frame.empty or not (frame["game_date"] >= pd.Timestamp(first)).any():
        command = read_next_commands(connection).for_features(first, last)
        raise NothingToReplay(f"no features stored for {first} to {last}. Next: {command}")
    outside = read_outside_forecasts(connection, first, last)
    if options.forecaster is not None:
        ids = read_game_ids(connection, "history_bundle")
        named = _read_forecasts(options.forecaster, options.csv, options.column, ids, frame)
        outside = pd.concat([outside[outside["forecaster"] != options.forecaster], named], ignore_index=True)
    began = time.monotonic()
    decisions = walk_forward(frame.reset_index(drop=True), refit="month", first_season=first.year)
    decisions = decisions[decisions["game_date"].between(pd.Timestamp(first), pd.Timestamp(last))]
    scores = verdict(decisions, outside)
    if options.without_weather:
        scores["notes"].append(WITHOUT_WEATHER)
    return Backtest(decisions, scores, time.monotonic() - began)


def print_report(backtest: Backtest, console: Console) -> None:
    """Print the paired differences and the bets of each market and stage, then the notes."""
    console.print(f"{len(backtest.decisions):,} decisions replayed in {backtest.seconds:.0f} s\n")
    for market, stages in backtest.scores["markets"].items():
        for stage, scores in stages.items():
            if scores.get("n"):
                console.print(_paired_table(market, stage, scores))
                if scores.get("bets"):
                    console.print(_bets_table(market, stage, scores))
    for note in backtest.scores.get("notes", []):
        console.print(f"[dim]{note}[/dim]")


def save(backtest: Backtest, options: BacktestOptions) -> None:
    """Write the scores as JSON and as a picture, where the options name a file."""
    if options.json_file is not None:
        options.json_file.write_text(json.dumps(backtest.scores, indent=1))
    if options.plot is not None:
        save_verdict_figure(backtest.decisions, options.plot)


def _read_forecasts(
    forecaster: str, csv: Path | None, column: str | None, ids: dict[str, int], frame: pd.DataFrame
) -> pd.DataFrame:
    """The file's home-win probabilities as outside forecasts, made when a daily forecast is assumed to be."""
    if csv is None or column is None:
        raise BadForecasterFile("--forecaster needs --csv FILE and --column NAME")
    table = pd.read_csv(csv)
    for name in ("game_id", column):
        if name not in table:
            raise BadForecasterFile(f"{csv.name} has no column {name}: it has {', '.join(table.columns)}")
    probability = pd.to_numeric(table[column], errors="coerce")
    usable = probability.between(0, 1, inclusive="neither")
    if not usable.any():
        raise BadForecasterFile(f"{csv.name}, column {column}: no number between 0 and 1")
    rows = pd.DataFrame({"game_id": table["game_id"].map(ids), "home_win": probability})[usable].dropna()
    rows = rows.astype({"game_id": np.int64}).drop_duplicates("game_id")
    rows = rows.merge(frame[["game_id", "game_date"]].drop_duplicates("game_id"), on="game_id")
    made_at = pd.to_datetime([published_at(day.date()) for day in rows["game_date"]], utc=True)
    return rows.drop(columns="game_date").assign(
        forecaster=forecaster, made_at=made_at, over=np.nan, total_line=np.nan, cover=np.nan, spread_line=np.nan
    )


def _paired_table(market: str, stage: str, scores: dict[str, Any]) -> Table:
    table = Table(title=f"{market}, stage {stage}: {scores['n']:,} games", title_justify="left", header_style="bold")
    for name in ("Difference", "Mean", "SE", "Games", "Without doubleheaders", "SE"):
        table.add_column(name, justify="left" if name == "Difference" else "right")
    single = scores.get("no_doubleheaders", {}).get("paired", {})
    for name, estimate in scores.get("paired", {}).items():
        other = single.get(name, {})
        table.add_row(
            name,
            format_number(estimate.get("mean"), signed=True),
            format_number(estimate.get("se")),
            f"{estimate.get('n', 0):,}",
            format_number(other.get("mean"), signed=True),
            format_number(other.get("se")),
        )
    details = []
    if scores.get("move_r2") is not None:
        details.append(f"R2 of the open-to-close move {scores['move_r2']:.3f}")
    alarms = scores.get("alarms") or []
    details.append(f"alarms: {len(alarms)}" if alarms else "no alarm")
    table.caption = ", ".join(details)
    return table


def _bets_table(market: str, stage: str, scores: dict[str, Any]) -> Table:
    table = Table(title=f"{market}, stage {stage}: bets at the decision price", title_justify="left")
    for name in ("EV from", "Bets", "Claimed", "CLV", "SE", "ROI", "SE", "Beat close"):
        table.add_column(name, justify="right")
    rows = [*scores["bets"], {**(scores.get("placebo") or {}), "ev_min": None}]
    for row in rows:
        clv, roi = row.get("clv") or {}, row.get("roi") or {}
        table.add_row(
            "placebo" if row["ev_min"] is None else f"{row['ev_min']:.0%}",
            f"{row.get('n', 0):,}",
            format_percent(row.get("claimed_ev")),
            format_percent(clv.get("mean")),
            format_percent(clv.get("se")),
            format_percent(roi.get("mean")),
            format_percent(roi.get("se")),
            format_percent(row.get("beat_close")),
        )
    return table
