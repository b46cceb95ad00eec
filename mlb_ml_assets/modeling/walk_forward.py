"""The walk-forward replay: every game is predicted by the newest model that existed at its decision time.

Belongs here: cutoffs, the rows that each month's model may learn from and serve, the loop over months.
Not here: models (game_model.py), scores (evaluation/), storage.
"""

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.domain.models import STAGES
from mlb_ml_assets.modeling.config import ModelConfig
from mlb_ml_assets.modeling.design import (
    StageInputs,
    column,
    innings_share,
    known_at,
    learnable,
    market_total,
    require,
)
from mlb_ml_assets.modeling.game_model import GameModel
from mlb_ml_assets.modeling.out_of_fold import Fold, KnownFolds, out_of_fold
from mlb_ml_assets.modeling.run_model import PriceResiduals
from mlb_ml_assets.modeling.stage_model import VARIANTS, StageModel

RefitPeriod = Literal["month", "season"]
REPLAY_COLUMNS = ("game_id", "stage", "as_of", "season", "game_date", "home_win", "home_score", "away_score")

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


@dataclass(frozen=True)
class Refit:
    """One model of the replay, trained on `training` rows and serving `serving` rows (boolean masks)."""

    version: str
    cutoff: pd.Timestamp
    training: NDArray[np.bool_]
    serving: NDArray[np.bool_]


def cutoff_of(month: pd.Timestamp) -> pd.Timestamp:
    """Noon Eastern two days before the month begins, in UTC: what the model of that month may know."""
    noon = pd.Timestamp(month.year, month.month, 1, 12) - pd.Timedelta(days=2)
    return noon.tz_localize(EASTERN).tz_convert("UTC")


def refits(frame: pd.DataFrame, refit: RefitPeriod, first_season: int) -> Iterator[Refit]:
    """Yield the models of the replay in time order, skipping months whose model would serve no row.

    With `refit="season"` the model of a season's first month serves the whole season.
    """
    learned = known_at(frame)
    finished = learnable(frame)
    months = pd.PeriodIndex(frame.game_date.dt.to_period("M").unique()).sort_values()
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
            training = (learned <= cutoff).to_numpy() & finished
            yield Refit(f"{start.year}-{start.month:02d}", cutoff, training, serving)


@dataclass(frozen=True)
class KeptFolds:
    """What earlier trainings left for the next one.

    Attributes:
        recipe: changes exactly when the same rows would give other folds.
        row_hashes: of each row of the trainer's frame, every column included.
        folds: by stage and season.
    """

    recipe: str
    row_hashes: NDArray[np.uint64]
    folds: Mapping[tuple[str, int], Fold]

    def of_stage(self, stage: str, rows: NDArray[np.bool_]) -> KnownFolds:
        """Those of one stage, whose rows are given as a mask of the frame."""
        kept = {season: fold for (held, season), fold in self.folds.items() if held == stage}
        return KnownFolds(self.recipe, self.row_hashes[rows], kept)


class Trainer:
    """Trains the models of many months from one frame, computing folds and matrices once.

    Equal to GameModel().fit(rows known at the cutoff) within 1e-9, because the fold of a season depends only on
    earlier seasons.

    Args:
        frame: training frame of both stages.
        config: every constant.
        kept: folds of earlier trainings; used where nothing that they depend on has changed.

    Attributes:
        made_folds: folds that were not among those kept, by stage and season.
    """

    def __init__(self, frame: pd.DataFrame, config: ModelConfig, kept: KeptFolds | None = None) -> None:
        self.config = config
        usable = learnable(frame)
        masks = {stage: usable & (frame.stage == stage).to_numpy() for stage in STAGES}
        by_stage = {stage: frame[mask] for stage, mask in masks.items() if mask.any()}
        self._learnt = {stage: known_at(rows) for stage, rows in by_stage.items()}
        self._inputs = {stage: StageInputs.of(rows, stage) for stage, rows in by_stage.items()}
        known = {} if kept is None else {stage: kept.of_stage(stage, masks[stage]) for stage in by_stage}
        self._folds = {stage: out_of_fold(inputs, config, known.get(stage)) for stage, inputs in self._inputs.items()}
        self.made_folds = {
            (stage, season): fold for stage, folds in known.items() for season, fold in folds.made.items()
        }
        self._latest = GameModel(config)

    def model_at(self, cutoff: pd.Timestamp) -> GameModel | None:
        """The model of a cutoff, or None where no stage has enough games.

        Called in time order, Newton's method starts from the previous month.
        """
        for stage, folds in self._folds.items():
            known = (self._learnt[stage] <= cutoff).to_numpy()
            part = self._inputs[stage].take(known)
            if np.isfinite(column(part.facts, "home_win")).sum() >= self.config.least_training_games:
                self._latest.fit_stage(part, folds.loc[known].reset_index(drop=True))
            else:
                # A stage fitted at a later cutoff would leak into this one.
                self._latest.stages.pop(stage, None)
                self._latest.facts.pop(stage, None)
        # The next call refits the latest in place.
        return deepcopy(self._latest) if self._latest.stages else None


def walk_forward(
    frame: pd.DataFrame,
    config: ModelConfig | None = None,
    refit: RefitPeriod = "month",
    first_season: int = 2010,
) -> pd.DataFrame:
    """Predict every row from `first_season` on as it would have been predicted at its decision time.

    Args:
        frame: training frame of both stages (features, market_, close_, outcomes, as_of in UTC, game_date naive);
            optional result_known_at for late results. Seasons before `first_season` only warm up.
        config: all constants; those of the modeling study by default.
        first_season: the first season served.
        refit: one model per month, as in production, or one per season, which is faster.

    Returns:
        One row per served row, in the frame's order with its index: model_version, every column of
        GameModel.predict and of market_expectations, and the frame's market, close and outcome columns.
    """
    require(frame, REPLAY_COLUMNS)
    config = config or ModelConfig()
    rows = frame.reset_index(drop=True)
    trainer = Trainer(rows, config)
    parts = []
    for fold in refits(rows, refit, first_season):
        model = trainer.model_at(fold.cutoff)
        if model is None:
            continue
        serving = rows[fold.serving]
        predicted = model.predict(serving)
        predicted["model_version"] = fold.version
        parts.append(pd.concat([predicted, market_expectations(model, serving)], axis=1))
    if not parts:
        raise ValueError(f"no month from {first_season} on has a model and a game in {len(rows)} rows")
    out = pd.concat(parts).sort_index()
    carried = [name for name in rows.columns if name.startswith(CARRIED) and name not in out.columns]
    out = pd.concat([out, rows.loc[out.index, carried]], axis=1)
    out.index = frame.index[out.index]
    return out


def market_expectations(model: GameModel, frame: pd.DataFrame) -> pd.DataFrame:
    """Price the closing lines by market and model through each stage's run model.

    Returns:
        `open_expected_total`, `close_expected_total`: expected runs implied by the market's totals.
        `close_joint_spread`: cover at the closing run line from closing moneyline and total.
        `{variant}_close_spread`: cover at the closing run line by the model (archives hold no opening run line).
        `close_over_at_line`, `close_push_at_line`: over given no push, and push, at the decision's total line under the
        closing distribution, shifted to agree with the closing price at the closing line.
    """
    parts = []
    for stage, held in model.stages.items():
        rows = frame[frame.stage == stage]
        if len(rows):
            parts.append(_stage_expectations(held, rows))
    return pd.concat(parts).reindex(frame.index)


def _stage_expectations(held: StageModel, rows: pd.DataFrame) -> pd.DataFrame:
    share, runs = innings_share(rows), held.runs
    runs_per_probability = held.config.memory.runs_per_over_probability
    out: dict[str, NDArray[np.float64]] = {}
    for name, prefix in (("open", "market_"), ("close", "close_")):
        number = market_total(rows, prefix, runs_per_probability)
        out[f"{name}_expected_total"] = runs.mean_from_number(number, share)
    logit, mean = column(rows, "close_home_logit"), out["close_expected_total"]
    close_line, spread_line = column(rows, "close_total_line"), column(rows, "close_spread_line")
    out["close_joint_spread"] = runs.price(rows, logit, mean, close_line, spread_line).home_cover
    expected = held.expect(StageInputs.of(rows, held.stage))
    for variant in VARIANTS:
        residuals = held.price_residuals(rows, expected, close_line, spread_line) if variant == "anchored" else None
        prices = runs.price(rows, expected.logit[variant], expected.mean[variant], close_line, spread_line, residuals)
        out[f"{variant}_close_spread"] = prices.home_cover
    over = column(rows, "close_total_over_probability")
    agreed, left = runs.mean_at_price(rows, logit, mean, close_line, over)
    here = PriceResiduals(left, np.full(len(rows), np.nan))
    at_line = runs.price(rows, logit, agreed, column(rows, "market_total_line"), spread_line, here)
    out["close_over_at_line"], out["close_push_at_line"] = at_line.over, at_line.over_push
    return pd.DataFrame(out, index=rows.index)
