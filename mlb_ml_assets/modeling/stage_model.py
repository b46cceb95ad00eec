"""Everything learnt for one stage: blind, memory, anchors, run model, intervals.

Belongs here: one fit and one prediction of a stage, from a frame to the prediction columns.
Not here: two stages and files (game_model.py), months (walk_forward.py), explanations (explanation.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.modeling.anchor import Anchor, hours_to_start
from mlb_ml_assets.modeling.baseball import Baseball
from mlb_ml_assets.modeling.calibration import conformal_quantile
from mlb_ml_assets.modeling.config import ModelConfig
from mlb_ml_assets.modeling.design import StageInputs, column, innings_share, market_total, require
from mlb_ml_assets.modeling.linear import NotEnoughGames
from mlb_ml_assets.modeling.memory_model import MemoryModel
from mlb_ml_assets.modeling.out_of_fold import fitted_anchors, total_inputs, win_inputs
from mlb_ml_assets.modeling.run_distribution import RunShape
from mlb_ml_assets.modeling.run_model import LOGIT_PER_RUN, LineShifts, Prices, RunModel
from mlb_ml_assets.modeling.run_rules import playable

Floats = NDArray[np.float64]

VARIANTS = ("blind", "memory", "anchored")
TARGETS = ("home_ml", "total_over", "home_spread")
TRAINING_COLUMNS = ("season", "home_win", "home_score", "away_score")


@dataclass(frozen=True)
class Expectation:
    """Win logits and expected total runs of n games by variant.

    `mean` of anchored is the runs that today's price of the total stands for under the joint distribution, and the
    expected move; `standing` is without the move, `over_left` what the joint still misses of that price, in logit.
    """

    logit: dict[str, Floats]
    mean: dict[str, Floats]
    number: dict[str, Floats]
    move: Floats
    shift: Floats
    standing: Floats
    over_left: Floats


def best_of(variants: Mapping[str, Floats]) -> Floats:
    """Anchored where a price stands, else memory, else blind."""
    memory_or_blind = np.where(np.isfinite(variants["memory"]), variants["memory"], variants["blind"])
    return np.where(np.isfinite(variants["anchored"]), variants["anchored"], memory_or_blind)


def shape_of(predictions: pd.DataFrame) -> list[tuple[RunShape, NDArray[np.bool_]]]:
    """The run shapes that predictions were made with, each with its rows (home_dispersion, away_dispersion)."""
    home, away = column(predictions, "home_dispersion"), column(predictions, "away_dispersion")
    pairs, codes = np.unique(np.column_stack([home, away]), axis=0, return_inverse=True)
    return [
        (RunShape(home_dispersion=float(pair[0]), away_dispersion=float(pair[1])), codes.ravel() == place)
        for place, pair in enumerate(pairs)
    ]


def _days_before_last(facts: pd.DataFrame) -> Floats:
    """Days from each game to the last one; whole years where the frame has no dates."""
    if "game_date" not in facts.columns:
        season = column(facts, "season")
        return np.asarray(365.0 * (season.max() - season))
    return np.asarray((facts.game_date.max() - facts.game_date).dt.total_seconds() / 86400.0, dtype=np.float64)


class StageModel:
    """Fit on training rows of one stage; predict rows of the same stage."""

    def __init__(self, stage: str, config: ModelConfig) -> None:
        self.stage, self.config = stage, config
        self.baseball = Baseball(stage, config.estimators)
        self.memory = MemoryModel(stage, config.estimators, config.memory)
        empty = StageInputs.of(pd.DataFrame({"season": [0]}), stage)
        nothing = np.zeros(1)
        wins, totals = win_inputs(nothing, nothing, empty), total_inputs(nothing, nothing, empty, 0.0)
        self.win_anchor = Anchor(config.anchor, len(wins.names))
        self.total_anchor = Anchor(config.anchor, len(totals.names))
        self.runs = RunModel(config.runs)
        # Deviation and conformal half-width of (close - expectation): anchored logit, anchored number, memory logit,
        # memory number.
        first = np.array(config.first_errors)
        self.errors_: Floats = np.vstack([first, 1.645 * first])

    def fit(self, inputs: StageInputs, made: pd.DataFrame) -> Self:
        """Learn from rows whose results were known, and their out-of-fold predictions (same order).

        Raises:
            NotEnoughGames: fewer finished games than `least_training_games`.
            FrameIncomplete: an outcome column is missing.
        """
        frame = inputs.facts
        require(frame, TRAINING_COLUMNS)
        finished = int(frame.home_win.notna().sum())
        if finished < self.config.least_training_games:
            raise NotEnoughGames(
                f"stage {self.stage}: {finished} finished games, {self.config.least_training_games} are needed"
            )
        self.baseball.fit(inputs)
        self.memory.fit(inputs)
        self.win_anchor, self.total_anchor = fitted_anchors(inputs, made, self.config)
        self._fit_runs(frame, made)
        self._fit_errors(frame, made)
        return self

    def _fit_runs(self, frame: pd.DataFrame, made: pd.DataFrame) -> None:
        share = innings_share(frame)
        runs = column(frame, "home_score") + column(frame, "away_score")
        margin = column(frame, "home_score") - column(frame, "away_score")
        close = market_total(frame, "close_", self.config.memory.runs_per_over_probability)
        self.runs.fit_numbers(close, made.blind_total.to_numpy(), runs, share)
        expected = self.runs.mean_from_number(made.anchored_number.to_numpy(), share)
        self.runs.fit_dispersion(expected / share, np.where(share == 1.0, runs, np.nan))
        self.runs.fit_spread(made.cover_gives.to_numpy(), made.cover_takes.to_numpy(), margin)
        line = column(frame, "close_total_line")
        went_over = np.where(np.isfinite(line) & (runs != line), runs > line, np.nan).astype(np.float64)
        self.runs.fit_over(made.close_over.to_numpy(), went_over)

    def _fit_errors(self, frame: pd.DataFrame, made: pd.DataFrame) -> None:
        share, left = innings_share(frame), self.win_anchor.unsaid(hours_to_start(frame))
        logit = column(frame, "close_home_logit")
        runs_per_probability = self.config.memory.runs_per_over_probability
        number = market_total(frame, "close_", runs_per_probability)
        off = [
            (logit - made.anchored_logit.to_numpy()) / left,
            (number - made.anchored_number.to_numpy()) / share / left,
            logit - made.memory_logit.to_numpy(),
            (number - made.memory_number.to_numpy()) / share,
        ]
        # The interval is of the close's chance at today's line, where a price says more than in the adjusted number.
        runs_per_chance = 4.0 / LOGIT_PER_RUN
        expected = made.anchored_number.to_numpy() - market_total(frame, "market_", runs_per_probability)
        told = [market_total(frame, prefix, runs_per_chance) for prefix in ("close_", "market_")]
        at_line = [off[0], (told[0] - told[1] - expected) / share / left, *off[2:]]
        recent = np.exp(-_days_before_last(frame) / self.config.interval_days)
        for place, residuals in enumerate(off):
            known = np.isfinite(residuals)
            if known.sum() >= self.config.anchor.least_games:
                squares = np.average(residuals[known] ** 2, weights=recent[known])
                self.errors_[0, place] = float(np.sqrt(squares))
                self.errors_[1, place] = conformal_quantile(at_line[place], self.config.interval_coverage, recent)

    def expect(self, inputs: StageInputs) -> Expectation:
        """Logits, numbers and means of every variant."""
        frame = inputs.facts
        share, hours = innings_share(frame), hours_to_start(frame)
        runs_per_probability = self.config.memory.runs_per_over_probability
        blind_logit = self.baseball.home_logit(inputs)
        blind_total = np.sum(self.baseball.expected_runs(inputs), axis=0)
        memory_logit, memory_number = self.memory.home_logit(inputs), self.memory.total_number(inputs)
        move = self.win_anchor.move(win_inputs(memory_logit, blind_logit, inputs).values, hours)
        shift = share * self.total_anchor.move(
            total_inputs(memory_number, blind_total, inputs, runs_per_probability).values, hours
        )
        number = market_total(frame, "market_", runs_per_probability)
        logit = {
            "blind": blind_logit,
            "memory": memory_logit,
            "anchored": column(frame, "market_home_logit") + move,
        }
        line, over = column(frame, "market_total_line"), column(frame, "market_total_over_probability")
        usual = self.runs.mean_from_number(number, share)
        standing, over_left = self.runs.mean_at_price(frame, best_of(logit), usual, line, over)
        return Expectation(
            logit=logit,
            mean={
                "blind": self.runs.mean_from_blind(blind_total, share),
                "memory": self.runs.mean_from_number(memory_number, share),
                "anchored": standing + self.runs.number_[1] * shift,
            },
            number={"blind": blind_total, "memory": memory_number, "anchored": number + shift},
            move=move,
            shift=shift,
            standing=standing,
            over_left=over_left,
        )

    def predict(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Prediction columns for each row, same index (see GameModel.predict)."""
        inputs = StageInputs.of(frame, self.stage)
        expected = self.expect(inputs)
        total_line = column(frame, "market_total_line")
        quoted = column(frame, "market_spread_line")
        spread_line = np.where(np.isfinite(quoted), quoted, self.config.runs.usual_spread)
        out: dict[str, Floats] = {}
        shifts = self.shifts(frame, expected, total_line, spread_line)
        # The best there is: anchored where a price stands, else memory, else blind.
        best_logit, best_mean = best_of(expected.logit), best_of(expected.mean)
        best = self.runs.price(frame, best_logit, best_mean, total_line, spread_line, shifts)
        for variant in VARIANTS:
            anchored = variant == "anchored"
            # A line needs moneyline and total: where one is not priced, the next best expectation serves.
            logit = best_logit if anchored else expected.logit[variant]
            mean = {**expected.mean, "anchored": expected.mean[variant]}
            prices = best if anchored else self.runs.price(frame, logit, best_of(mean), total_line, spread_line)
            known = np.isfinite(expected.logit[variant])
            out[f"{variant}_home_ml"] = np.where(known, prices.home_win, np.nan)
            out[f"{variant}_total_over"] = np.where(np.isfinite(expected.mean[variant]), prices.over, np.nan)
            out[f"{variant}_home_spread"] = np.where(known, prices.home_cover, np.nan)
            out[f"{variant}_expected_total"] = expected.mean[variant]
        out["push_total_over"], out["push_home_spread"] = best.over_push, best.home_cover_push
        out["total_line"], out["spread_line"] = total_line, spread_line
        out["expected_home_runs"], out["expected_away_runs"] = best.home_runs, best.away_runs
        out["expected_total"] = best_mean
        out["home_rate"], out["away_rate"] = best.home_rate, best.away_rate
        shape = self.runs.shape()
        out["home_dispersion"] = np.full(len(frame), shape.home_dispersion)
        out["away_dispersion"] = np.full(len(frame), shape.away_dispersion)
        out["anchor_weight"] = self.win_anchor.weight(hours_to_start(frame))
        out["anchor_weight_total"] = self.total_anchor.weight(hours_to_start(frame))
        out |= self._uncertainty(frame, expected, best, (total_line, spread_line, shifts))
        # Innings that no rule knows: nothing is said of that game, and its neighbours are priced.
        playable_rows = playable(column(frame, "scheduled_innings"))
        out = {name: np.where(playable_rows, values, np.nan) for name, values in out.items()}
        flags = {"spread_line_quoted": np.isfinite(quoted), "playable": playable_rows}
        return pd.DataFrame({**out, **flags}, index=frame.index)

    def shifts(self, frame: pd.DataFrame, expected: Expectation, total_line: Floats, spread_line: Floats) -> LineShifts:
        """What makes the joint agree with prices that stand at these lines, were none of them to move."""
        price = column(frame, "market_home_logit")
        standing = np.where(np.isfinite(expected.standing), expected.standing, best_of(expected.mean))
        quoted = column(frame, "market_spread_line")
        cover = np.where(spread_line == quoted, column(frame, "market_spread_home_probability"), np.nan)
        return LineShifts(
            np.where(total_line == column(frame, "market_total_line"), expected.over_left, np.nan),
            self.runs.cover_left(frame, price, standing, spread_line, cover),
        )

    def _uncertainty(
        self,
        frame: pd.DataFrame,
        expected: Expectation,
        best: Prices,
        lines: tuple[Floats, Floats, LineShifts],
    ) -> dict[str, Floats]:
        """Expected close with its deviation, and the interval that should hold the close's fair probability."""
        hours, share = hours_to_start(frame), innings_share(frame)
        left = self.win_anchor.unsaid(hours)
        priced_win = np.isfinite(expected.logit["anchored"])
        priced_total = np.isfinite(expected.number["anchored"])
        deviation, width = self.errors_
        win_sd = np.where(priced_win, deviation[0] * left, deviation[2])
        win_width = np.where(priced_win, width[0] * left, width[2])
        number_sd = share * np.where(priced_total, deviation[1] * left, deviation[3])
        number_width = share * np.where(priced_total, width[1] * left, width[3])
        slope = self.runs.number_[1]
        logit, mean = best_of(expected.logit), best_of(expected.mean)
        one = self.runs.price(frame, logit + win_sd, mean + slope * number_sd, *lines)
        low = self.runs.price(frame, logit - win_width, mean - slope * number_width, *lines)
        high = self.runs.price(frame, logit + win_width, mean + slope * number_width, *lines)
        out: dict[str, Floats] = {}
        for target, name in (("home_ml", "home_win"), ("total_over", "over"), ("home_spread", "home_cover")):
            out[f"{target}_low"], out[f"{target}_high"] = getattr(low, name), getattr(high, name)
            out[f"expected_close_{target}"] = getattr(best, name)
            out[f"expected_close_{target}_sd"] = getattr(one, name) - getattr(best, name)
        number = np.where(priced_total, expected.number["anchored"], expected.number["memory"])
        out["expected_close_total_number"], out["expected_close_total_number_sd"] = number, number_sd
        return out

    def arrays(self) -> dict[str, Floats]:
        """Everything learnt."""
        parts = [(name, part.arrays()) for name, part in self._parts()]
        return {
            "errors": self.errors_,
            **{f"{name}/{key}": array for name, held in parts for key, array in held.items()},
        }

    def load_arrays(self, arrays: Mapping[str, Floats]) -> Self:
        """The inverse of `arrays`."""
        self.errors_ = np.asarray(arrays["errors"], np.float64)
        for name, part in self._parts():
            prefix = f"{name}/"
            part.load_arrays({key[len(prefix) :]: array for key, array in arrays.items() if key.startswith(prefix)})
        return self

    def _parts(self) -> list[tuple[str, Baseball | MemoryModel | Anchor | RunModel]]:
        return [
            ("baseball", self.baseball),
            ("memory", self.memory),
            ("win_anchor", self.win_anchor),
            ("total_anchor", self.total_anchor),
            ("runs", self.runs),
        ]
