"""Predictions for past seasons by models fitted on earlier seasons only.

Belongs here: the season-by-season pass on which the anchor, the run model's calibration and the intervals
are fitted; which of its seasons need not be predicted again.
Not here: the models themselves, months (walk_forward.py).
"""

import hashlib
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.time_rules import PRICE_HOURS
from mlb_ml_assets.features.stamped_prices import CLOSE_HOURS, stamped_column
from mlb_ml_assets.modeling.anchor import INPUTS, Anchor, Moves, hours_to_start
from mlb_ml_assets.modeling.baseball import Baseball
from mlb_ml_assets.modeling.config import ModelConfig
from mlb_ml_assets.modeling.design import (
    Matrix,
    StageInputs,
    closing_line_memory,
    column,
    innings_share,
    known_at,
    market_total,
)
from mlb_ml_assets.modeling.memory_model import MemoryModel
from mlb_ml_assets.modeling.run_grid import grid_for, solve, spread_probabilities, total_probabilities
from mlb_ml_assets.modeling.run_model import HOME_GIVES, HOME_TAKES, RunModel, rules_of

Floats = NDArray[np.float64]

FOLDED = ("blind_logit", "blind_total", "memory_logit", "memory_number", "anchored_logit", "anchored_number")
OUT_OF_FOLD = (*FOLDED, "cover_gives", "cover_takes", "close_over")

_STAMPED_CLOSES = [stamped_column(name, CLOSE_HOURS) for name in ("home_logit", "total_line")]
LEAGUE_MEANS = ("league_runs", "league_home_wins")


# Part of every digest: a fold of another layout is made again.
_LAYOUT = b"2"


@dataclass(frozen=True)
class Fold:
    """One season of one stage, predicted by models fitted on earlier seasons only.

    Attributes:
        digest: SHA-256 (hex) of the recipe and of every row up to the season's last: a fold of another digest differs.
        models_digest: the same of the rows that its models were fitted on, which a season under way does not change.
        predictions: (n, len(FOLDED)), in the order of the season's rows.
        models: of `SeasonModels.arrays`.
    """

    digest: str
    models_digest: str
    predictions: Floats
    models: Mapping[str, Floats]

    def to_bytes(self) -> bytes:
        """All but the digest."""
        buffer = io.BytesIO()
        about = {"predictions": self.predictions, "models_digest": np.array(self.models_digest)}
        np.savez_compressed(buffer, allow_pickle=False, **about, **self.models)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, digest: str, content: bytes) -> "Fold":
        """The inverse of `to_bytes`."""
        with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
            parts = dict(arrays)
        models_digest = str(parts.pop("models_digest", ""))
        return cls(digest, models_digest, parts.pop("predictions"), parts)


@dataclass
class KnownFolds:
    """The folds of one stage that earlier trainings made, so that a month fits no season before its own.

    Attributes:
        recipe: changes exactly when the same rows would give other folds.
        row_hashes: (n,) of the rows of `out_of_fold`, every column included.
        kept: by season.
        made: those that `out_of_fold` had to make, by season.
    """

    recipe: str
    row_hashes: NDArray[np.uint64]
    kept: Mapping[int, Fold]
    made: dict[int, Fold] = field(default_factory=dict)

    def digest_of(self, rows: NDArray[np.bool_]) -> str:
        """Of these rows and the recipe."""
        hashes = np.ascontiguousarray(self.row_hashes[rows])
        return hashlib.sha256(_LAYOUT + self.recipe.encode() + hashes.tobytes()).hexdigest()


class SeasonModels:
    """What predicts a season of one stage in a fold: blind, memory and anchored.

    Fitted season by season; each fit of the blind model starts from the coefficients of the season before.
    """

    def __init__(self, stage: str, config: ModelConfig) -> None:
        self.config = config
        self.baseball = Baseball(stage, config)
        self.memory = MemoryModel(stage, config.estimators, config.memory)
        self.anchors: tuple[Anchor, Anchor] | None = None

    def fit(self, past: StageInputs, past_out: pd.DataFrame) -> Self:
        """Fit on earlier seasons and their own out-of-fold predictions, same order."""
        self.baseball.fit(past)
        self.memory.fit(past)
        self.anchors = fit_anchors(past, past_out, self.config)
        return self

    def predict(self, current: StageInputs) -> Floats:
        """FOLDED of a season's rows."""
        assert self.anchors is not None
        win, total = self.anchors
        runs_per_probability = self.config.memory.runs_per_over_probability
        blind_logit, blind_total = self.baseball.home_logit(current), self.baseball.total(current)
        memory_logit, memory_number = self.memory.home_logit(current), self.memory.total_number(current)
        hours = hours_to_start(current.facts)
        move = win.move(win_inputs(memory_logit, blind_logit, current).values, hours)
        shift = total.move(total_inputs(memory_number, blind_total, current, runs_per_probability).values, hours)
        anchored_logit = column(current.facts, "market_home_logit") + move
        number = market_total(current.facts, "market_", runs_per_probability)
        anchored_number = number + shift * innings_share(current.facts)
        return np.column_stack([blind_logit, blind_total, memory_logit, memory_number, anchored_logit, anchored_number])

    def arrays(self) -> dict[str, Floats]:
        """All fitted values, by part and name."""
        assert self.anchors is not None
        parts = [self.baseball.arrays(), self.memory.arrays(), *(anchor.arrays() for anchor in self.anchors)]
        return {f"{name}/{key}": array for name, part in zip(_PARTS, parts, strict=True) for key, array in part.items()}

    def load_arrays(self, arrays: Mapping[str, Floats]) -> Self:
        """The inverse of `arrays`."""
        held: dict[str, dict[str, Floats]] = {name: {} for name in _PARTS}
        for path, array in arrays.items():
            name, key = path.split("/")
            held[name][key] = array
        self.baseball.load_arrays(held["baseball"])
        self.memory.load_arrays(held["memory"])
        win, total = (
            Anchor(self.config.anchor, len(held[name]["coef"])).load_arrays(held[name]) for name in _PARTS[2:]
        )
        self.anchors = win, total
        return self


_PARTS = ("baseball", "memory", "win_anchor", "total_anchor")


def win_inputs(memory_logit: Floats, blind_logit: Floats, inputs: StageInputs) -> Matrix:
    """Inputs of the moneyline anchor: anchor.INPUTS and every difference."""
    facts = inputs.facts
    price = column(facts, "market_home_logit")
    first = [
        memory_logit - price,
        blind_logit - price,
        column(facts, "memory_move_logit"),
        price,
        closing_line_memory(facts, inputs.stage)[0] - price,
        column(facts, "memory_residual_logit"),
    ]
    names = (*INPUTS, *inputs.win.names)
    return Matrix(np.column_stack([*first, inputs.win.values]), names)


def total_inputs(
    memory_number: Floats, blind_total: Floats, inputs: StageInputs, runs_per_probability: float
) -> Matrix:
    """Inputs of the total anchor: anchor.INPUTS in runs of nine innings, and every sum.

    League means are blanked: with two seasons they identify the season, and totals of 2011 were expected to fall by .09
    runs because those of 2010 had (they did not move; bets on it lost .7% to the close).
    """
    facts = inputs.facts
    share = innings_share(facts)
    price = market_total(facts, "market_", runs_per_probability) / share
    move = column(facts, "memory_total_move") / share
    first = [
        memory_number / share - price,
        blind_total / share - price,
        move,
        price,
        column(facts, "memory_total") / share - price,
        column(facts, "memory_residual_total") / share,
    ]
    names = inputs.memory_total.names
    kept = np.where(np.isin(names, LEAGUE_MEANS), 0.0, inputs.memory_total.values)
    return Matrix(np.column_stack([*first, kept]), (*INPUTS, *names))


def moved_logit(frame: pd.DataFrame) -> Floats:
    """Move of the home logit from the decision price to the close."""
    return column(frame, "close_home_logit") - column(frame, "market_home_logit")


def moved_number(frame: pd.DataFrame, runs_per_probability: float) -> Floats:
    """Move of the price-adjusted total, in runs of nine innings."""
    close = market_total(frame, "close_", runs_per_probability)
    return (close - market_total(frame, "market_", runs_per_probability)) / innings_share(frame)


def out_of_fold(inputs: StageInputs, config: ModelConfig, known: KnownFolds | None = None) -> pd.DataFrame:
    """For each row, predictions by models fitted on strictly earlier seasons only.

    Args:
        config: every constant.
        inputs: training rows of one stage, any order; a season's predictions depend only on earlier seasons.
        known: folds that need not be made again; gets those that were. The result is the same to the last bit.

    Returns:
        OUT_OF_FOLD columns by position; NaN for seasons with too few games before them.
    """
    out = pd.DataFrame(np.nan, index=inputs.facts.index, columns=list(OUT_OF_FOLD), dtype=np.float64)
    seasons = inputs.facts.season.to_numpy()
    models = SeasonModels(inputs.stage, config)
    learned, decided = _instants(inputs.facts)
    for season in np.unique(seasons)[1:]:
        now = seasons == season
        # A result of last season that became known after this season's first decision must not enter its fold.
        before = (seasons < season) & (learned <= decided[now].min())
        if inputs.facts.home_win[before].notna().sum() < config.least_training_games:
            continue
        kept = known.kept.get(int(season)) if known else None
        models_digest = known.digest_of(before) if known else ""
        if kept is not None and kept.models_digest == models_digest:
            models.load_arrays(kept.models)
        else:
            models.fit(inputs.take(before), out[before])
        digest = known.digest_of(seasons <= season) if known else ""
        if kept is not None and kept.digest == digest:
            predictions = kept.predictions
        else:
            predictions = models.predict(inputs.take(now))
            if known:
                known.made[int(season)] = Fold(digest, models_digest, predictions, models.arrays())
        out.loc[now, list(FOLDED)] = predictions
    out[["cover_gives", "cover_takes", "close_over"]] = _market_probabilities(inputs.facts, config)
    return out


def _instants(facts: pd.DataFrame) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
    """When each row's result became known and when it was decided, UTC; all equal where the frame has no stamps."""
    if not {"as_of", "game_date"} <= set(facts.columns):
        never = np.zeros(len(facts), dtype="datetime64[ns]")
        return never, never
    pair = (known_at(facts), facts.as_of)
    known, decided = (pd.DatetimeIndex(stamps).tz_convert(None).to_numpy("datetime64[ns]") for stamps in pair)
    return known, decided


def fit_anchors(inputs: StageInputs, predicted: pd.DataFrame, config: ModelConfig) -> tuple[Anchor, Anchor]:
    """Fit the anchors of moneyline and total on the out-of-fold predictions of `inputs`, same order."""
    wins, totals = _moves(inputs, predicted, config)
    has_log = np.isfinite(inputs.facts.reindex(columns=_STAMPED_CLOSES).to_numpy(np.float64)).any(axis=1)
    logged, of_logged = inputs.take(has_log), predicted[has_log]
    late = [_moves(logged.quoted(hours), of_logged, config) for hours in PRICE_HOURS]
    late_wins, late_totals = (Moves.joined(*moves) for moves in zip(*late, strict=True))
    return (
        Anchor(config.anchor, wins.inputs.shape[1]).fit(wins, late_wins),
        Anchor(config.anchor, totals.inputs.shape[1]).fit(totals, late_totals),
    )


def _moves(inputs: StageInputs, predicted: pd.DataFrame, config: ModelConfig) -> tuple[Moves, Moves]:
    """Moves of moneyline and total from the rows' prices, beside their out-of-fold predictions."""
    runs_per_probability = config.memory.runs_per_over_probability
    facts, season, hours = inputs.facts, column(inputs.facts, "season"), hours_to_start(inputs.facts)
    wins = win_inputs(predicted.memory_logit.to_numpy(), predicted.blind_logit.to_numpy(), inputs).values
    totals = total_inputs(
        predicted.memory_number.to_numpy(), predicted.blind_total.to_numpy(), inputs, runs_per_probability
    ).values
    return (
        Moves(wins, moved_logit(facts), season, hours),
        Moves(totals, moved_number(facts, runs_per_probability), season, hours),
    )


def _market_probabilities(frame: pd.DataFrame, config: ModelConfig) -> Floats:
    """Covers at -1.5 and +1.5 and the over at the closing line from closing moneyline and total, before calibration."""
    neutral = RunModel(config.runs)
    number = market_total(frame, "close_", config.memory.runs_per_over_probability)
    mean = neutral.mean_from_number(number, innings_share(frame))
    logit = column(frame, "close_home_logit")
    line = column(frame, "close_total_line")
    out = np.full((len(frame), 3), np.nan)
    for rules, rows in rules_of(frame):
        grid = grid_for(rules, neutral.shape())
        rates = solve(grid, logit[rows], mean[rows])
        for place, spread in enumerate((HOME_GIVES, HOME_TAKES)):
            out[rows, place] = spread_probabilities(grid, rates, np.full(int(rows.sum()), spread)).given_no_push
        out[rows, 2] = total_probabilities(grid, rates, line[rows]).given_no_push
    return out
