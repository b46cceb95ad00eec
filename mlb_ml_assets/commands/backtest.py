"""`mlb-ml backtest`: the walk-forward replay over stored features, and its verdict.

Belongs here: reading the stored frame, another forecaster's file, printing, writing JSON and picture.
Not here: the replay (modeling/walk_forward.py), scores and their layout (evaluation/verdict.py).
"""

import json
import time
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
from rich.table import Table

from mlb_ml_assets.commands.console import wide_console
from mlb_ml_assets.commands.settled_bets import print_settled_bets
from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.evaluation.plots import save_verdict_figure
from mlb_ml_assets.evaluation.verdict import verdict
from mlb_ml_assets.modeling.walk_forward import walk_forward
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.feature_store import read_training
from mlb_ml_assets.warehouse.source_ids import game_ids_of_source


class NothingToReplay(LookupError):
    """No stored features in the range."""


class BadForecasterFile(ValueError):
    """--csv cannot be read as another forecaster's probabilities."""


def run_backtest(
    first: date,
    last: date,
    *,
    stage: str | None,
    json_file: Path | None,
    forecaster: str | None,
    csv: Path | None,
    column: str | None,
    plot: Path | None,
) -> None:
    """Replay [first, last] and print the verdict.

    Raises:
        NothingToReplay: no features are stored for the range.
        BadForecasterFile: the forecaster's file lacks game_id or the column, or holds no probability.
    """
    console = wide_console()
    settings = ensure_database()
    with connect(settings.dsn, application_name="mlb_ml:backtest", autocommit=True) as connection:
        frame = read_training(connection, present(), last_day=last)
        others = {}
        if forecaster is not None:
            others[forecaster] = _forecasts(csv, column, game_ids_of_source(connection, "history_bundle"))
    frame["game_date"] = pd.to_datetime(frame["game_date"])
    frame = frame[~frame["suspended"].astype(bool)].reset_index(drop=True)
    if stage is not None:
        frame = frame[frame["stage"] == stage].reset_index(drop=True)
    if frame.empty or not (frame["game_date"] >= pd.Timestamp(first)).any():
        raise NothingToReplay(
            f"no features stored for {first} to {last}: `mlb-ml run --from {first} --to {last}` first"
        )
    began = time.monotonic()
    replayed = walk_forward(frame, refit="month", first_season=first.year)
    replayed = replayed[replayed["game_date"].between(pd.Timestamp(first), pd.Timestamp(last))]
    said = verdict(replayed, others)
    console.print(f"{len(replayed):,} decisions replayed in {time.monotonic() - began:.0f} s\n")
    for market, stages in said["markets"].items():
        for name, scores in stages.items():
            if scores.get("n"):
                console.print(_paired_table(market, name, scores))
                if scores.get("bets"):
                    console.print(_bets_table(market, name, scores))
    for note in said.get("notes", []):
        console.print(f"[dim]{note}[/dim]")
    if json_file is not None:
        json_file.write_text(json.dumps(said, indent=1))
    if plot is not None:
        save_verdict_figure(replayed, plot)
    with connect(settings.dsn, application_name="mlb_ml:backtest", autocommit=True) as connection:
        picture = None if plot is None else plot.with_name(f"{plot.stem}-equity{plot.suffix}")
        print_settled_bets(connection, first, last, console, picture)


def _forecasts(csv: Path | None, column: str | None, ids: dict[str, int]) -> pd.Series:
    if csv is None or column is None:
        raise BadForecasterFile("--forecaster needs --csv FILE and --column NAME")
    table = pd.read_csv(csv)
    for name in ("game_id", column):
        if name not in table:
            raise BadForecasterFile(f"{csv.name} has no column {name}: it has {', '.join(table.columns)}")
    probability = pd.to_numeric(table[column], errors="coerce")
    if not probability.between(0, 1).any():
        raise BadForecasterFile(f"{csv.name}, column {column}: no number between 0 and 1")
    forecasts = pd.Series(probability.to_numpy(), index=table["game_id"].map(ids))
    forecasts = forecasts[forecasts.index.notna()]
    return forecasts.groupby(forecasts.index.astype(int)).first()


def _paired_table(market: str, stage: str, scores: dict[str, Any]) -> Table:
    table = Table(title=f"{market}, stage {stage}: {scores['n']:,} games", title_justify="left", header_style="bold")
    for name in ("Difference", "Mean", "SE", "Games", "Without double-headers", "SE"):
        table.add_column(name, justify="left" if name == "Difference" else "right")
    single = scores.get("no_doubleheaders", {}).get("paired", {})
    for name, estimate in scores.get("paired", {}).items():
        other = single.get(name, {})
        table.add_row(
            name,
            _signed(estimate.get("mean")),
            _plain(estimate.get("se")),
            f"{estimate.get('n', 0):,}",
            _signed(other.get("mean")),
            _plain(other.get("se")),
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
            _percent(row.get("claimed_ev")),
            _percent(clv.get("mean")),
            _percent(clv.get("se")),
            _percent(roi.get("mean")),
            _percent(roi.get("se")),
            _percent(row.get("beat_close")),
        )
    return table


def _signed(value: float | None) -> str:
    return "" if value is None else f"{value:+.4f}"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _percent(value: float | None) -> str:
    return "" if value is None else f"{value:+.1%}"
