"""The model of one stage: blind, memory, anchors, run model, intervals.

Belongs here: fit and prediction of a stage, from a frame to the prediction columns.
Not here: two stages and files (game_model.py), months (walk_forward.py), explanations (explanation.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from statistics import NormalDist
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.markets import TARGETS, TOTAL
from mlb_ml_assets.modeling.anchor import Anchor, hours_to_start
from mlb_ml_assets.modeling.baseball import Baseball
from mlb_ml_assets.modeling.calibration import conformal_quantile
from mlb_ml_assets.modeling.config import ModelConfig
from mlb_ml_assets.modeling.design import StageInputs, column, innings_share, market_total, require
from mlb_ml_assets.modeling.linear import NotEnoughGames
from mlb_ml_assets.modeling.memory_model import MemoryModel
from mlb_ml_assets.modeling.out_of_fold import fit_anchors, total_inputs, win_inputs
from mlb_ml_assets.modeling.run_distribution import RunShape
from mlb_ml_assets.modeling.run_model import LOGIT_PER_RUN, PriceResiduals, Prices, RunModel
from mlb_ml_assets.modeling.run_rules import playable
from mlb_ml_assets.modeling.stale_inputs import added_deviation

Floats = NDArray[np.float64]

VARIANTS = ("blind", "memory", "anchored")
TRAINING_COLUMNS = ("season", "home_win", "home_score", "away_score")


@dataclass(frozen=True)
class Expectation:
    """Win logits and expected total runs of n games by variant.

    Attributes:
        logit: home win logit.
        mean: expected runs; of anchored, the runs that today's price of the total implies under the joint distribution,
            plus the expected move.
        number: the total on the market's scale, price-adjusted.
        move, shift: expected remaining move of the home logit, and of the total in runs.
        unmoved_mean: anchored `mean` without the move.
        over_residual: logit by which the joint distribution still misses the price of the total.
    """

    logit: dict[str, Floats]
    mean: dict[str, Floats]
    number: dict[str, Floats]
    move: Floats
    shift: Floats
    unmoved_mean: Floats
    over_residual: Floats


@dataclass(frozen=True)
class VariantPrices:
    """One variant's probabilities of the first sides, given no push, and its expected total runs."""

    probabilities: dict[str, Floats]
    expected_total: Floats

    @classmethod
    def of(cls, prices: Prices, logit: Floats, mean: Floats) -> "VariantPrices":
        """Prices of a variant; NaN where its own win logit, or for the total its own mean, is missing."""
        has_own = {target: np.isfinite(mean if target == TOTAL.target else logit) for target in TARGETS}
        by_target = prices.by_target()
        return cls({name: np.where(has_own[name], by_target[name], np.nan) for name in TARGETS}, mean)


@dataclass(frozen=True)
class CloseForecast:
    """The expected close: prices at both ends of its interval and one deviation up, and its price-adjusted total.

    `age_share` is the part of that deviation which the age of the inputs adds (in quadrature): of the logit, and of
    the total.
    """

    low: Prices
    high: Prices
    one_sd_up: Prices
    total: Floats
    total_sd: Floats
    age_share: tuple[Floats, Floats]


@dataclass(frozen=True)
class StagePrediction:
    """Everything predicted for n games of one stage; columns in `to_frame`."""

    variants: dict[str, VariantPrices]
    best: Prices
    expected_total: Floats
    total_line: Floats
    spread_line: Floats
    is_spread_quoted: NDArray[np.bool_]
    close: CloseForecast
    shape: RunShape
    anchor_weight: Floats
    anchor_weight_total: Floats
    is_playable: NDArray[np.bool_]

    def to_frame(self, index: pd.Index) -> pd.DataFrame:
        """The columns of GameModel.predict; rows of games that cannot be played are NaN."""
        count = len(index)
        columns = {
            **self._variant_columns(),
            "push_total_over": self.best.over_push,
            "push_home_spread": self.best.home_cover_push,
            "total_line": self.total_line,
            "spread_line": self.spread_line,
            "expected_home_runs": self.best.home_runs,
            "expected_away_runs": self.best.away_runs,
            "expected_total": self.expected_total,
            "home_rate": self.best.home_rate,
            "away_rate": self.best.away_rate,
            "home_dispersion": np.full(count, self.shape.home_dispersion),
            "away_dispersion": np.full(count, self.shape.away_dispersion),
            "anchor_weight": self.anchor_weight,
            "anchor_weight_total": self.anchor_weight_total,
            **self._close_columns(),
        }
        blanked = {name: np.where(self.is_playable, values, np.nan) for name, values in columns.items()}
        flags = {"spread_line_quoted": self.is_spread_quoted, "playable": self.is_playable}
        return pd.DataFrame({**blanked, **flags}, index=index)

    def _variant_columns(self) -> dict[str, Floats]:
        out: dict[str, Floats] = {}
        for variant, prices in self.variants.items():
            out |= {f"{variant}_{target}": values for target, values in prices.probabilities.items()}
            out[f"{variant}_expected_total"] = prices.expected_total
        return out

    def _close_columns(self) -> dict[str, Floats]:
        out: dict[str, Floats] = {}
        best, one_sd_up = self.best.by_target(), self.close.one_sd_up.by_target()
        low, high = self.close.low.by_target(), self.close.high.by_target()
        for target in TARGETS:
            out[f"{target}_low"], out[f"{target}_high"] = low[target], high[target]
            out[f"expected_close_{target}"] = best[target]
            deviation = one_sd_up[target] - best[target]
            out[f"expected_close_{target}_sd"] = deviation
            out[f"{target}_input_age_sd"] = np.abs(deviation) * self.close.age_share[target == TOTAL.target]
        out["expected_close_total_number"], out["expected_close_total_number_sd"] = (
            self.close.total,
            self.close.total_sd,
        )
        return out


def first_available(variants: Mapping[str, Floats]) -> Floats:
    """Anchored where there is a price, else memory, else blind."""
    memory_or_blind = np.where(np.isfinite(variants["memory"]), variants["memory"], variants["blind"])
    return np.where(np.isfinite(variants["anchored"]), variants["anchored"], memory_or_blind)


def shape_of(predictions: pd.DataFrame) -> list[tuple[RunShape, NDArray[np.bool_]]]:
    """The run shapes of predictions (home_dispersion, away_dispersion), each with the mask of its rows."""
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
    """Fits training rows of one stage and predicts rows of the same stage."""

    def __init__(self, stage: str, config: ModelConfig) -> None:
        self.stage, self.config = stage, config
        self.baseball = Baseball(stage, config)
        self.memory = MemoryModel(stage, config.estimators, config.memory)
        empty = StageInputs.of(pd.DataFrame({"season": [0]}), stage)
        nothing = np.zeros(1)
        wins, totals = win_inputs(nothing, nothing, empty), total_inputs(nothing, nothing, empty, 0.0)
        self.win_anchor = Anchor(config.anchor, len(wins.names))
        self.total_anchor = Anchor(config.anchor, len(totals.names))
        self.runs = RunModel(config.runs)
        # Deviation and conformal half-width of (close - expectation): anchored logit, anchored total, memory logit,
        # memory total.
        first = np.array(config.first_errors)
        self.errors_: Floats = np.vstack([first, 1.645 * first])

    def fit(self, inputs: StageInputs, out_of_fold: pd.DataFrame) -> Self:
        """Fit on rows whose results were known, and on their out-of-fold predictions (same order).

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
        self.win_anchor, self.total_anchor = fit_anchors(inputs, out_of_fold, self.config)
        self._fit_runs(frame, out_of_fold)
        self._fit_errors(frame, out_of_fold)
        return self

    def _fit_runs(self, frame: pd.DataFrame, out_of_fold: pd.DataFrame) -> None:
        share = innings_share(frame)
        runs = column(frame, "home_score") + column(frame, "away_score")
        margin = column(frame, "home_score") - column(frame, "away_score")
        close = market_total(frame, "close_", self.config.memory.runs_per_over_probability)
        self.runs.fit_numbers(close, out_of_fold.blind_total.to_numpy(), runs, share, _days_before_last(frame))
        means = {
            "blind": self.runs.mean_from_blind(out_of_fold.blind_total.to_numpy(), share),
            "memory": self.runs.mean_from_number(out_of_fold.memory_number.to_numpy(), share),
        }
        self.runs.fit_over_slopes(means, column(frame, "market_total_line"), runs, share)
        expected = self.runs.mean_from_number(out_of_fold.anchored_number.to_numpy(), share)
        self.runs.fit_dispersion(expected / share, np.where(share == 1.0, runs, np.nan))
        self.runs.fit_spread(out_of_fold.cover_gives.to_numpy(), out_of_fold.cover_takes.to_numpy(), margin)
        line = column(frame, "close_total_line")
        went_over = np.where(np.isfinite(line) & (runs != line), runs > line, np.nan).astype(np.float64)
        self.runs.fit_over(out_of_fold.close_over.to_numpy(), went_over)

    def _fit_errors(self, frame: pd.DataFrame, out_of_fold: pd.DataFrame) -> None:
        share, win_left, total_left = innings_share(frame), *self._residual_shares(frame)
        logit = column(frame, "close_home_logit")
        runs_per_probability = self.config.memory.runs_per_over_probability
        number = market_total(frame, "close_", runs_per_probability)
        off = [
            (logit - out_of_fold.anchored_logit.to_numpy()) / win_left,
            (number - out_of_fold.anchored_number.to_numpy()) / share / total_left,
            logit - out_of_fold.memory_logit.to_numpy(),
            (number - out_of_fold.memory_number.to_numpy()) / share,
        ]
        # The interval is of the closing probability at today's line, where a price shifts the line further than the
        # adjusted total does.
        runs_per_price = 4.0 / LOGIT_PER_RUN
        expected = out_of_fold.anchored_number.to_numpy() - market_total(frame, "market_", runs_per_probability)
        totals = [market_total(frame, prefix, runs_per_price) for prefix in ("close_", "market_")]
        at_line = [off[0], (totals[0] - totals[1] - expected) / share / total_left, *off[2:]]
        recent = np.exp(-_days_before_last(frame) / self.config.interval_days)
        for place, residuals in enumerate(off):
            known = np.isfinite(residuals)
            if known.sum() >= self.config.anchor.least_games:
                squares = np.average(residuals[known] ** 2, weights=recent[known])
                self.errors_[0, place] = float(np.sqrt(squares))
                self.errors_[1, place] = conformal_quantile(at_line[place], self.config.interval_coverage, recent)

    def _residual_shares(self, frame: pd.DataFrame) -> tuple[Floats, Floats]:
        """What is left of the deviation around an opening price's expected close: of the logit, and of the total."""
        hours = hours_to_start(frame)
        return self.win_anchor.residual_share(hours), self.total_anchor.residual_share(hours)

    def expect(self, inputs: StageInputs) -> Expectation:
        """Logits, totals and means of every variant."""
        frame = inputs.facts
        share, hours = innings_share(frame), hours_to_start(frame)
        runs_per_probability = self.config.memory.runs_per_over_probability
        blind_logit = self.baseball.home_logit(inputs)
        blind_total = self.baseball.total(inputs)
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
        unmoved_mean, over_residual = self.runs.mean_at_price(frame, first_available(logit), usual, line, over)
        return Expectation(
            logit=logit,
            mean={
                "blind": self.runs.mean_from_blind(blind_total, share),
                "memory": self.runs.mean_from_number(memory_number, share),
                "anchored": unmoved_mean + self.runs.number_[1] * shift,
            },
            number={"blind": blind_total, "memory": memory_number, "anchored": number + shift},
            move=move,
            shift=shift,
            unmoved_mean=unmoved_mean,
            over_residual=over_residual,
        )

    def predict(self, frame: pd.DataFrame, expected: Expectation | None = None) -> pd.DataFrame:
        """Prediction columns for each row, same index (see GameModel.predict); `expected` where it was made before."""
        return self._predict(frame, expected or self.expect(StageInputs.of(frame, self.stage))).to_frame(frame.index)

    def _predict(self, frame: pd.DataFrame, expected: Expectation) -> StagePrediction:
        hours, quoted_spread = hours_to_start(frame), column(frame, "market_spread_line")
        total_line = column(frame, "market_total_line")
        spread_line = np.where(np.isfinite(quoted_spread), quoted_spread, self.config.runs.usual_spread)
        lines = (total_line, spread_line, self.price_residuals(frame, expected, total_line, spread_line))
        expected_total = first_available(expected.mean)
        best = self.runs.price(frame, first_available(expected.logit), expected_total, *lines)
        return StagePrediction(
            variants={
                "blind": self._variant("blind", frame, expected, total_line, spread_line),
                "memory": self._variant("memory", frame, expected, total_line, spread_line),
                "anchored": replace(
                    VariantPrices.of(best, expected.logit["anchored"], expected.mean["anchored"]),
                    expected_total=self.runs.mean_from_number(expected.number["anchored"], innings_share(frame)),
                ),
            },
            best=best,
            expected_total=expected_total,
            total_line=total_line,
            spread_line=spread_line,
            is_spread_quoted=np.isfinite(quoted_spread),
            close=self._forecast_close(frame, expected, lines),
            shape=self.runs.shape(),
            anchor_weight=self.win_anchor.weight(hours),
            anchor_weight_total=self.total_anchor.weight(hours),
            is_playable=playable(column(frame, "scheduled_innings")),
        )

    def _variant(
        self, variant: str, frame: pd.DataFrame, expected: Expectation, total_line: Floats, spread_line: Floats
    ) -> VariantPrices:
        # A run line needs moneyline and total: without this variant's total, the next best expectation is used.
        mean = first_available({**expected.mean, "anchored": expected.mean[variant]})
        prices = self.runs.price(frame, expected.logit[variant], mean, total_line, spread_line)
        believed = replace(prices, over=self.runs.believed_over(variant, prices.over))
        return VariantPrices.of(believed, expected.logit[variant], expected.mean[variant])

    def price_residuals(
        self, frame: pd.DataFrame, expected: Expectation, total_line: Floats, spread_line: Floats
    ) -> PriceResiduals:
        """Logits by which the joint distribution misses the prices quoted at these lines, before any move."""
        price = column(frame, "market_home_logit")
        unmoved = np.where(np.isfinite(expected.unmoved_mean), expected.unmoved_mean, first_available(expected.mean))
        quoted = column(frame, "market_spread_line")
        cover = np.where(spread_line == quoted, column(frame, "market_spread_home_probability"), np.nan)
        return PriceResiduals(
            np.where(total_line == column(frame, "market_total_line"), expected.over_residual, np.nan),
            self.runs.cover_residual(frame, price, unmoved, spread_line, cover),
        )

    def _forecast_close(
        self, frame: pd.DataFrame, expected: Expectation, lines: tuple[Floats, Floats, PriceResiduals]
    ) -> CloseForecast:
        share = innings_share(frame)
        win_left, total_left = self._residual_shares(frame)
        has_price = np.isfinite(expected.logit["anchored"])
        has_total = np.isfinite(expected.number["anchored"])
        deviation, width = self.errors_
        win_sd = np.where(has_price, deviation[0] * win_left, deviation[2])
        win_width = np.where(has_price, width[0] * win_left, width[2])
        total_sd = share * np.where(has_total, deviation[1] * total_left, deviation[3])
        total_width = share * np.where(has_total, width[1] * total_left, width[3])
        logit_age, total_age = added_deviation(frame, expected.logit, expected.number)
        total_age = total_age * share
        quantile = NormalDist().inv_cdf((1 + self.config.interval_coverage) / 2)
        win_sd, win_width = np.hypot(win_sd, logit_age), np.hypot(win_width, quantile * logit_age)
        total_sd, total_width = np.hypot(total_sd, total_age), np.hypot(total_width, quantile * total_age)
        slope = self.runs.number_[1]
        logit, mean = first_available(expected.logit), first_available(expected.mean)
        return CloseForecast(
            low=self.runs.price(frame, logit - win_width, mean - slope * total_width, *lines),
            high=self.runs.price(frame, logit + win_width, mean + slope * total_width, *lines),
            one_sd_up=self.runs.price(frame, logit + win_sd, mean + slope * total_sd, *lines),
            total=np.where(has_total, expected.number["anchored"], expected.number["memory"]),
            total_sd=total_sd,
            age_share=(logit_age / win_sd, total_age / total_sd),
        )

    def arrays(self) -> dict[str, Floats]:
        """All fitted values."""
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
