"""The honest replay: every game predicted by the newest model that could have existed when its decision fell.

Belongs here: cutoffs, which rows a month's model may learn from and serve, and the loop over months.
Does not: models (game_model.py), scores (scores.py, verdict.py), storage.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.features.knowable import EASTERN
from mlb_ml_assets.modeling.config import ModelConfig
from mlb_ml_assets.modeling.design import STAGES, column, innings_share, market_total, require
from mlb_ml_assets.modeling.game_model import GameModel
from mlb_ml_assets.modeling.out_of_fold import out_of_fold
from mlb_ml_assets.modeling.run_model import RunModel

Refit = Literal["month", "season"]
REPLAY_COLUMNS = ("game_id", "stage", "as_of", "season", "game_date", "home_win", "home_score", "away_score")


@dataclass(frozen=True)
class Turn:
    """One model of the replay: trained on `training` rows, serving `serving` rows (boolean masks)."""

    version: str
    cutoff: pd.Timestamp
    training: NDArray[np.bool_]
    serving: NDArray[np.bool_]


def cutoff_of(month: pd.Timestamp) -> pd.Timestamp:
    """Noon Eastern two days before the month begins, in UTC: what the model of that month may know."""
    noon = pd.Timestamp(month.year, month.month, 1, 12) - pd.Timedelta(days=2)
    return noon.tz_localize(EASTERN).tz_convert("UTC")


def known_at(frame: pd.DataFrame) -> pd.Series:
    """When each row's result could be learnt from: `result_known_at` if given, never before 06:00 Eastern the day after."""
    morning = (frame.game_date + pd.Timedelta(days=1, hours=6)).dt.tz_localize(EASTERN).dt.tz_convert("UTC")
    if "result_known_at" not in frame.columns:
        return morning
    stamped = frame.result_known_at
    return morning.where(~(stamped > morning), stamped)


def turns(frame: pd.DataFrame, refit: Refit, first_season: int) -> Iterator[Turn]:
    """The replay's models in order of time; a month whose model would serve no row is left out.

    With `refit` season the model of a season's first month serves it to the end.
    """
    learnt = known_at(frame)
    finished = frame.home_score.notna().to_numpy() & frame.away_score.notna().to_numpy()
    eastern = frame.game_date
    months = pd.PeriodIndex(eastern.dt.to_period("M").unique()).sort_values()
    starts = [month.to_timestamp() for month in months if month.year >= first_season]
    if refit == "season":
        starts = [start for i, start in enumerate(starts) if i == 0 or start.year != starts[i - 1].year]
    cutoffs = [cutoff_of(start) for start in starts]
    as_of = frame.as_of
    for place, (start, cutoff) in enumerate(zip(starts, cutoffs, strict=True)):
        until = cutoffs[place + 1] if place + 1 < len(cutoffs) else None
        serving = (as_of >= cutoff).to_numpy()
        if until is not None:
            serving &= (as_of < until).to_numpy()
        if serving.any():
            training = (learnt <= cutoff).to_numpy() & finished
            yield Turn(f"{start.year}-{start.month:02d}", cutoff, training, serving)


def walk_forward(
    frame: pd.DataFrame,
    config: ModelConfig | None = None,
    refit: Refit = "month",
    first_season: int = 2010,
) -> pd.DataFrame:
    """Predict every row from `first_season` on as it would have been predicted then.

    Args:
        frame: training frame of both stages (features, market_, close_, outcomes, as_of in UTC, game_date naive);
            optional result_known_at for results that came late. Seasons before `first_season` warm up.
        refit: a model a month, as in production, or one a season, quicker.

    Returns:
        One row per served row, in the frame's order with its index: model_version, every column of
        GameModel.predict, `open_expected_total` and `close_expected_total` (the market's numbers through the same
        month's run model), and the frame's market, close and outcome columns.
    """
    require(frame, REPLAY_COLUMNS)
    config = config or ModelConfig()
    rows = frame.reset_index(drop=True)
    made = {
        stage: out_of_fold(part, stage, config)
        for stage in STAGES
        if len(part := rows[(rows.stage == stage) & rows.home_score.notna()])
    }
    model = GameModel(config)
    parts = []
    for turn in turns(rows, refit, first_season):
        training = rows[turn.training]
        if training.home_win.notna().sum() < config.least_training_games:
            continue
        model.fit(training, made)
        serving = rows[turn.serving]
        predicted = model.predict(serving)
        predicted["model_version"] = turn.version
        parts.append(pd.concat([predicted, market_expectations(model, serving)], axis=1))
    if not parts:
        raise ValueError(f"no month from {first_season} on has a model and a game in {len(rows)} rows")
    out = pd.concat(parts).sort_index()
    carried = [name for name in rows.columns if name.startswith(CARRIED) and name not in out.columns]
    out = pd.concat([out, rows.loc[out.index, carried]], axis=1)
    out.index = frame.index[out.index]
    return out


CARRIED = (
    "market_",
    "close_",
    "as_of",
    "season",
    "game_date",
    "doubleheader",
    "scheduled_innings",
    "home_win",
    "home_score",
    "away_score",
)


def market_expectations(model: GameModel, frame: pd.DataFrame) -> pd.DataFrame:
    """The market's own numbers and moneylines through each stage's run model: what `open` and `close` would price.

    Returns:
        open_expected_total, close_expected_total, close_home_spread (the joint fed with closing moneyline and total, at
        the run line the prediction used).
    """
    columns = ["open_expected_total", "close_expected_total", "close_total_over", "close_joint_spread"]
    out = pd.DataFrame(np.nan, index=frame.index, columns=columns)
    runs_per_probability = model.config.memory.runs_per_over_probability
    for stage, held in model.stages.items():
        at = (frame.stage == stage).to_numpy()
        rows = frame[at]
        if not len(rows):
            continue
        share = innings_share(rows)
        runs: RunModel = held.runs
        for name, prefix in (("open", "market_"), ("close", "close_")):
            mean = runs.mean_from_number(market_total(rows, prefix, runs_per_probability), share)
            out.loc[at, f"{name}_expected_total"] = mean
        line = column(rows, "close_spread_line")
        prices = runs.price(
            rows,
            column(rows, "close_home_logit"),
            out.loc[at, "close_expected_total"].to_numpy(),
            column(rows, "close_total_line"),
            line,
        )
        out.loc[at, "close_joint_spread"] = prices.home_cover
    return out.drop(columns="close_total_over")
