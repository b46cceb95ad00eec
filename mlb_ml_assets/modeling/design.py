"""From a feature frame to the matrices of each estimator.

Belongs here: which columns enter which model and how (difference, sum, own and opposing side), and the market columns.
Not here: definitions of features (features/), fitting, penalties.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.models import LINEUP
from mlb_ml_assets.features.declarations import GAME_FEATURES, run_features, win_features
from mlb_ml_assets.features.knowable import batch_instants, day_numbers
from mlb_ml_assets.features.stamped_prices import CLOSE_HOURS, stamped_column
from mlb_ml_assets.modeling.run_rules import INNINGS, playable

Floats = NDArray[np.float64]

# Calendar facts that a linear model must not extrapolate from, or that the run rules already contain.
NOT_LINEAR = ("season", "scheduled_innings", "automatic_runner", "postseason", "second_game")


class FrameIncomplete(ValueError):
    """A training or prediction frame lacks a column that cannot be absent."""


@dataclass(frozen=True)
class Matrix:
    """Named columns of floats; NaN where a value is not known."""

    values: Floats
    names: tuple[str, ...]


def require(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Raise FrameIncomplete naming the first absent column."""
    for column in columns:
        if column not in frame.columns:
            raise FrameIncomplete(f"column {column} is missing from a frame with {len(frame.columns)} columns")


def column(frame: pd.DataFrame, name: str) -> Floats:
    """A column as floats, all NaN where the frame has none: an absent feature is never zero."""
    if name not in frame.columns:
        return np.full(len(frame), np.nan)
    return frame[name].to_numpy(dtype=np.float64, na_value=np.nan)


def block(frame: pd.DataFrame, names: Sequence[str]) -> Floats:
    """Several columns as (n, k) floats, NaN where the frame lacks one; faster than one lookup each."""
    return frame.reindex(columns=list(names)).to_numpy(dtype=np.float64, na_value=np.nan)


def _side(frame: pd.DataFrame, side: str, names: Sequence[str]) -> Floats:
    return block(frame, [f"{side}_{name}" for name in names])


def _game_level(stage: str) -> tuple[str, ...]:
    return tuple(
        feature.name for feature in GAME_FEATURES if stage in feature.stages and feature.name not in NOT_LINEAR
    )


def known_at(frame: pd.DataFrame) -> pd.Series:
    """When each row's result became known: `result_known_at`, never before 06:00 Eastern the day after."""
    morning = pd.Series(batch_instants(day_numbers(frame.game_date)), index=frame.index)
    if "result_known_at" not in frame.columns:
        return morning
    stamped = frame.result_known_at
    return morning.where(~(stamped > morning), stamped)


def learnable(frame: pd.DataFrame) -> NDArray[np.bool_]:
    """Rows with a result to learn from.

    Suspended games carry their original date and another day's pitchers. Games of other than 7 or 9 scheduled innings
    are left out.
    """
    finished = np.isfinite(column(frame, "home_score")) & np.isfinite(column(frame, "away_score"))
    if "suspended" in frame.columns:
        finished &= ~frame.suspended.astype(bool).to_numpy()
    finished &= playable(column(frame, "scheduled_innings"))
    return np.asarray(finished)


def win_matrix(frame: pd.DataFrame, stage: str) -> Matrix:
    """Home minus away of the features that help to predict the winner.

    With every pair instead, the out-of-fold lineup loss of 2016-18 is .0004 (blind) and .0001 (anchored) higher.
    """
    names = win_features(stage)
    values = _side(frame, "home", names) - _side(frame, "away", names)
    return Matrix(values, tuple(f"{name}_difference" for name in names))


def total_matrix(frame: pd.DataFrame, stage: str) -> Matrix:
    """Home plus away of every side feature that bears on runs, and the features of the game itself."""
    names = run_features(stage, "own") + run_features(stage, "opposing") + run_features(stage, "both")
    games = _game_level(stage)
    values = np.column_stack([_side(frame, "home", names) + _side(frame, "away", names), block(frame, games)])
    return Matrix(values, tuple(f"{name}_sum" for name in names) + games)


def runs_matrix(frame: pd.DataFrame, stage: str, side: str) -> Matrix:
    """One side's runs: its own offense, the other side's pitching and defense, the game, and home field."""
    other = "away" if side == "home" else "home"
    own = run_features(stage, "own") + run_features(stage, "both")
    against = run_features(stage, "opposing") + run_features(stage, "both")
    games = _game_level(stage)
    values = np.column_stack(
        [
            _side(frame, side, own),
            _side(frame, other, against),
            block(frame, games),
            np.full(len(frame), 1.0 if side == "home" else 0.0),
        ]
    )
    names = tuple(f"own_{name}" for name in own) + tuple(f"opposing_{name}" for name in against)
    return Matrix(values, (*names, *games, "at_home"))


def innings_share(frame: pd.DataFrame) -> Floats:
    """Scheduled innings as a share of nine; unknown or unsupported innings count as nine."""
    innings = column(frame, "scheduled_innings")
    return np.where(np.isin(innings, INNINGS), innings, 9.0) / 9.0


def closing_line_memory(frame: pd.DataFrame, stage: str) -> tuple[Floats, Floats]:
    """Home logit that past closes of teams and starters imply, and its variance.

    At stage lineup with the batters, where all are known.
    """
    logit, variance = column(frame, "memory_home_logit"), column(frame, "memory_home_variance")
    if stage == LINEUP:
        with_batters = column(frame, "memory_lineup_home_logit")
        known = np.isfinite(with_batters)
        logit = np.where(known, with_batters, logit)
        variance = np.where(known, column(frame, "memory_lineup_home_variance"), variance)
    return logit, variance


def closing_line_prior(frame: pd.DataFrame, stage: str) -> tuple[Floats, Floats]:
    """Home logit of the close expected without today's price, and its variance.

    What baseball makes of the close, plus what teams and starters added to it; without stored features of past games,
    the memory of closes alone.
    """
    logit, variance = closing_line_memory(frame, stage)
    expected = column(frame, "memory_baseball_logit") + column(frame, "memory_residual_logit")
    known = np.isfinite(expected)
    return np.where(known, expected, logit), np.where(known, column(frame, "memory_residual_variance"), variance)


def closing_total_prior(frame: pd.DataFrame) -> tuple[Floats, Floats]:
    """Price-adjusted closing total expected from past closes, and its variance, over the scheduled innings."""
    total, variance = column(frame, "memory_total"), column(frame, "memory_total_variance")
    expected = column(frame, "memory_baseball_total") + column(frame, "memory_residual_total")
    known = np.isfinite(expected)
    return np.where(known, expected, total), np.where(known, column(frame, "memory_residual_total_variance"), variance)


def market_total(frame: pd.DataFrame, prefix: str, runs_per_probability: float) -> Floats:
    """A total's line shifted to the median that its price implies; `prefix` is market_ or close_."""
    line, price = column(frame, f"{prefix}total_line"), column(frame, f"{prefix}total_over_probability")
    return adjust_total(line, price, runs_per_probability)


def adjust_total(line: Floats, over_probability: Floats, runs_per_probability: float) -> Floats:
    """The median of runs that a total's line and price imply."""
    return line + runs_per_probability * (over_probability - 0.5)


@dataclass(frozen=True)
class StageInputs:
    """Every matrix of one stage's rows, built once and sliced by folds and months.

    Attributes:
        facts: the columns that are not model inputs (season, outcomes, prices, memory), positional index.
        win, memory_win: differences; differences and the variance of the memory.
        total, memory_total: sums and the game; these and the variance of the memory.
        home_runs, away_runs: as runs_matrix.
    """

    stage: str
    facts: pd.DataFrame
    win: Matrix
    memory_win: Matrix
    total: Matrix
    memory_total: Matrix
    home_runs: Matrix
    away_runs: Matrix

    @classmethod
    def of(cls, frame: pd.DataFrame, stage: str) -> "StageInputs":
        """Build from rows of one stage."""
        win, total = win_matrix(frame, stage), total_matrix(frame, stage)
        _, variance = closing_line_prior(frame, stage)
        moves = ("memory_move_logit", "memory_total_move")
        kept = [name for name in frame.columns if name.startswith(FACTS)]
        return cls(
            stage,
            frame[kept].reset_index(drop=True),
            win,
            _append_columns(win, {"memory_home_variance": variance, moves[0]: column(frame, moves[0])}),
            total,
            _append_columns(
                total, {"memory_total_variance": closing_total_prior(frame)[1], moves[1]: column(frame, moves[1])}
            ),
            runs_matrix(frame, stage, "home"),
            runs_matrix(frame, stage, "away"),
        )

    def take(self, rows: NDArray[np.bool_] | NDArray[np.int64]) -> "StageInputs":
        """Some of the rows, by mask or position."""
        at = np.flatnonzero(rows) if rows.dtype == bool else rows
        # Seasons in order are a slice, and a slice copies nothing.
        in_order = len(at) > 0 and at[-1] - at[0] + 1 == len(at) and bool((np.diff(at) == 1).all())
        cut = slice(int(at[0]), int(at[-1]) + 1) if in_order else at
        parts = [
            Matrix(held.values[cut], held.names)
            for held in (self.win, self.memory_win, self.total, self.memory_total, self.home_runs, self.away_runs)
        ]
        return StageInputs(self.stage, self.facts.iloc[cut].reset_index(drop=True), *parts)

    def quoted(self, hours: int) -> "StageInputs":
        """The rows at what a book quoted `hours` before the scheduled start, and at that book's close."""
        names = ("home_logit", "total_line", "total_over_probability")
        market = {f"market_{name}": column(self.facts, stamped_column(name, hours)) for name in names}
        close = {f"close_{name}": column(self.facts, stamped_column(name, CLOSE_HOURS)) for name in names}
        return replace(self, facts=self.facts.assign(**market, **close, market_hours_to_start=float(hours)))

    def names(self) -> list[tuple[str, tuple[str, ...]]]:
        """Column names of each matrix; both sides' runs have the same."""
        return [
            ("win", self.win.names),
            ("memory_win", self.memory_win.names),
            ("total", self.total.names),
            ("memory_total", self.memory_total.names),
            ("runs", self.home_runs.names),
        ]

    def __len__(self) -> int:
        return len(self.facts)


FACTS = (
    "season",
    "scheduled_innings",
    "market_",
    "close_",
    "stamped_",
    "memory_",
    "home_score",
    "away_score",
    "home_win",
    "game_date",
    "as_of",
    "result_known_at",
)


def _append_columns(matrix: Matrix, more: Mapping[str, Floats]) -> Matrix:
    return Matrix(np.column_stack([matrix.values, *more.values()]), (*matrix.names, *more))
