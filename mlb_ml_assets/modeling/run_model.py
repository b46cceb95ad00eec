"""From a win logit and an expected total to every market's probability, calibrated on past seasons.

Belongs here: closing totals to expected runs, dispersion of totals, the run line's calibration, prices at given lines.
Not here: the joint distribution (run_distribution.py, run_grid.py), where logits and totals come from.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.logit import expit, logit
from mlb_ml_assets.domain.markets import MONEYLINE, SPREAD, TOTAL
from mlb_ml_assets.modeling.calibration import LogitCalibrator, shrunk_line
from mlb_ml_assets.modeling.config import RunConfig
from mlb_ml_assets.modeling.design import column
from mlb_ml_assets.modeling.run_distribution import RunShape
from mlb_ml_assets.modeling.run_grid import grid_for, solve, spread_probabilities, total_probabilities
from mlb_ml_assets.modeling.run_rules import RunRules, playable, rules_for

Floats = NDArray[np.float64]

HOME_GIVES, HOME_TAKES = -1.5, 1.5
# Effect of one more expected run on the over's logit in nine innings, at any line from 6 to 12.
LOGIT_PER_RUN = 0.36
_MIN_PROBABILITY = 1e-9
# Variants whose over is made without today's price.
CALIBRATED_OVERS = ("blind", "memory")


@dataclass(frozen=True)
class Prices:
    """Probabilities of n games at their own lines; NaN where an input is. Total and spread are given no push."""

    home_win: Floats
    over: Floats
    over_push: Floats
    home_cover: Floats
    home_cover_push: Floats
    home_runs: Floats
    away_runs: Floats
    home_rate: Floats
    away_rate: Floats

    def by_target(self) -> dict[str, Floats]:
        """Probability of the first side of each market, by prediction target."""
        return {MONEYLINE.target: self.home_win, TOTAL.target: self.over, SPREAD.target: self.home_cover}


@dataclass(frozen=True)
class PriceResiduals:
    """Logits added to the joint distribution at n games' own lines, so that an unmoved price is reproduced.

    NaN: no price is quoted at this line, and the calibration of past seasons applies instead.
    """

    over: Floats
    cover: Floats


def rules_of(frame: pd.DataFrame) -> list[tuple[RunRules, NDArray[np.bool_]]]:
    """The rule sets of a frame's games, each with the mask of its rows (by season, season_type, scheduled_innings).

    Games of other than 7 or 9 innings are in none of them.
    """
    innings = column(frame, "scheduled_innings")
    innings = np.where(np.isfinite(innings), innings, 9.0)
    season = column(frame, "season")
    regular = np.ones(len(frame), dtype=bool)
    if "season_type" in frame.columns:
        regular = (frame.season_type == "regular").to_numpy()
    found: dict[RunRules, NDArray[np.bool_]] = {}
    # Few combinations, many rows: look up each combination once.
    keys = np.column_stack([season, innings, regular])[playable(innings)]
    for year, scheduled, plain in np.unique(keys, axis=0):
        rules = rules_for(int(year), "regular" if plain else "postseason", int(scheduled))
        rows = (season == year) & (innings == scheduled) & (regular == bool(plain))
        found[rules] = found.get(rules, np.zeros(len(frame), dtype=bool)) | rows
    return list(found.items())


def _logit(probability: Floats) -> Floats:
    # Rounding may leave a probability of the grid just outside 0..1.
    return logit(np.clip(probability, _MIN_PROBABILITY, 1 - _MIN_PROBABILITY))


class RunModel:
    """The joint run distribution, calibrated on past seasons."""

    def __init__(self, config: RunConfig) -> None:
        self.config = config
        self.number_ = (config.number_intercept, config.number_slope)
        self.blind_ = (0.0, 1.0)
        self.dispersion_ = config.fallback_dispersion
        self.gives_ = LogitCalibrator(config.prior_games)
        self.takes_ = LogitCalibrator(config.prior_games)
        self.over_shift_ = 0.0
        self.over_slopes_ = dict.fromkeys(CALIBRATED_OVERS, 1.0)

    def fit_numbers(
        self, number: Floats, blind_total: Floats, runs: Floats, innings_share: Floats, days_ago: Floats
    ) -> Self:
        """Fit E[runs] on closing totals and on out-of-fold blind totals, all in scheduled innings.

        The level of the blind totals also follows the last weeks: a new ball changes runs within days, and the model's
        own league means within months.
        """
        config, nine = self.config, runs / innings_share
        self.number_ = shrunk_line(
            number / innings_share, nine, (config.number_intercept, config.number_slope), config.prior_games
        )
        blind = blind_total / innings_share
        intercept, slope = shrunk_line(blind, nine, (0.0, 1.0), config.prior_games)
        off = nine - intercept - slope * blind
        known = np.isfinite(off)
        weights = np.exp(-days_ago[known] / config.level_days)
        level = float((weights * off[known]).sum() / (weights.sum() + config.level_games))
        self.blind_ = (intercept + level, slope)
        return self

    def fit_over_slopes(self, means: Mapping[str, Floats], line: Floats, runs: Floats, innings_share: Floats) -> Self:
        """Fit how far a variant's over at a quoted line may be believed, on out-of-fold means.

        A line knows more than a forecast without a price: what the two differ by is mostly the forecast's own error.

        Args:
            means: expected runs by variant.
            line: quoted when the forecast was made.
            runs: scored; a push teaches nothing.
            innings_share: scheduled innings as a share of nine.
        """
        went_over = np.where(np.isfinite(line) & np.isfinite(runs) & (runs != line), runs > line, np.nan)
        for variant, mean in means.items():
            beyond = LOGIT_PER_RUN * (mean - self.mean_from_number(line, innings_share)) / innings_share
            if np.isfinite(beyond + went_over).sum() >= self.config.least_games:
                calibrator = LogitCalibrator(self.config.slope_prior_games, intercept=False)
                self.over_slopes_[variant] = calibrator.fit(beyond, went_over.astype(np.float64)).slope_
        return self

    def believed_over(self, variant: str, over: Floats) -> Floats:
        """A variant's over at a quoted line, calibrated on past seasons."""
        return expit(self.over_slopes_[variant] * _logit(over))

    def fit_dispersion(self, expected: Floats, runs: Floats) -> Self:
        """Fit the dispersion on out-of-sample expectations: r of variance = mean + mean² / r, by moments."""
        usable = np.isfinite(expected) & np.isfinite(runs)
        if usable.sum() < self.config.least_games:
            self.dispersion_ = self.config.fallback_dispersion
            return self
        mean, off = expected[usable], runs[usable] - expected[usable]
        beyond = float((off**2 - mean).mean())
        measured = float((mean**2).mean()) / max(beyond, 1.0)
        weight = usable.sum() / (usable.sum() + self.config.prior_games)
        self.dispersion_ = float(weight * measured + (1 - weight) * self.config.fallback_dispersion)
        return self

    def fit_spread(self, cover_gives: Floats, cover_takes: Floats, margin: Floats) -> Self:
        """Calibrate the run line at -1.5 and +1.5 on uncalibrated cover probabilities and final margins."""
        for calibrator, cover, needed in ((self.gives_, cover_gives, 1.5), (self.takes_, cover_takes, -1.5)):
            uncalibrated = _logit(cover)
            if np.isfinite(uncalibrated).sum() >= self.config.least_games:
                calibrator.fit(uncalibrated, np.where(np.isfinite(margin), margin > needed, np.nan).astype(np.float64))
        return self

    def fit_over(self, over: Floats, went_over: Floats) -> Self:
        """Fit the shift of over logits at closing lines from uncalibrated probabilities and outcomes, pushes NaN.

        The line is near the median of a skewed distribution; half a percent of bias is as much as its price implies.
        """
        usable = np.isfinite(over) & np.isfinite(went_over)
        if usable.sum() >= self.config.least_games:
            probability, outcome = over[usable], went_over[usable]
            information = float((probability * (1.0 - probability)).sum()) + self.config.prior_games * 0.25
            self.over_shift_ = float((outcome - probability).sum()) / information
        return self

    def shape(self) -> RunShape:
        """Dispersion of a side's runs, rounded to a twentieth so that few grids are built."""
        scale = self.dispersion_ / self.config.fallback_dispersion
        step = round(float(np.clip(scale, 0.8, 1.2)) * 20) / 20
        base = self.config.shape
        return replace(base, away_dispersion=base.away_dispersion * step, home_dispersion=base.home_dispersion * step)

    def mean_from_number(self, number: Floats, innings_share: Floats) -> Floats:
        """Expected runs of a total on the market's scale."""
        return self.number_[0] * innings_share + self.number_[1] * number

    def mean_from_blind(self, blind_total: Floats, innings_share: Floats) -> Floats:
        """Expected runs of the blind model's sum."""
        return self.blind_[0] * innings_share + self.blind_[1] * blind_total

    def price(
        self,
        frame: pd.DataFrame,
        home_logit: Floats,
        total_mean: Floats,
        total_line: Floats,
        spread_line: Floats,
        residuals: PriceResiduals | None = None,
    ) -> Prices:
        """Every market of n games from win logit and expected runs, at the given lines."""
        out = {name: np.full(len(frame), np.nan) for name in Prices.__dataclass_fields__}
        out["home_win"] = expit(home_logit)
        for rules, rows in rules_of(frame):
            grid = grid_for(rules, self.shape())
            rates = solve(grid, home_logit[rows], total_mean[rows])
            total = total_probabilities(grid, rates, total_line[rows])
            spread = spread_probabilities(grid, rates, spread_line[rows])
            home = rates.read(grid.home_mean)
            out["over"][rows], out["over_push"][rows] = total.given_no_push, total.push
            out["home_cover"][rows], out["home_cover_push"][rows] = spread.given_no_push, spread.push
            out["home_runs"][rows], out["away_runs"][rows] = home, total_mean[rows] - home
            out["home_rate"][rows], out["away_rate"][rows] = rates.home, rates.away
        over, cover = _logit(out["over"]), _logit(out["home_cover"])
        by_over, by_cover = over + self.over_shift_, self._calibrated_cover(cover, spread_line)
        if residuals is not None:
            by_over = np.where(np.isfinite(residuals.over), over + residuals.over, by_over)
            by_cover = np.where(np.isfinite(residuals.cover), cover + residuals.cover, by_cover)
        out["over"], out["home_cover"] = expit(by_over), expit(by_cover)
        return Prices(**out)

    def mean_at_price(
        self, frame: pd.DataFrame, home_logit: Floats, mean: Floats, line: Floats, over: Floats
    ) -> tuple[Floats, Floats]:
        """Expected runs at which P(over `line` | no push) is `over`, and the logit that is still missing there.

        Iterates from the starting guess `mean`; the residual is under .001 in logit at any line from 5 to 14.
        """
        mean, left = mean.copy(), np.full(len(frame), np.nan)
        wanted = _logit(over)
        for rules, rows in rules_of(frame):
            grid, now = grid_for(rules, self.shape()), mean[rows]
            for step in range(4):
                rates = solve(grid, home_logit[rows], now)
                missing = wanted[rows] - _logit(total_probabilities(grid, rates, line[rows]).given_no_push)
                if step < 3:
                    now = np.clip(now + missing * rules.innings / 9.0 / LOGIT_PER_RUN, 2.0, 25.0)
            mean[rows], left[rows] = now, missing
        return mean, left

    def cover_residual(
        self, frame: pd.DataFrame, home_logit: Floats, mean: Floats, line: Floats, cover: Floats
    ) -> Floats:
        """Logit by which today's moneyline and total miss the run line's own price; NaN without one."""
        out = np.full(len(frame), np.nan)
        for rules, rows in rules_of(frame):
            grid = grid_for(rules, self.shape())
            joint = spread_probabilities(grid, solve(grid, home_logit[rows], mean[rows]), line[rows]).given_no_push
            out[rows] = _logit(cover[rows]) - _logit(joint)
        return out

    def _calibrated_cover(self, logit: Floats, line: Floats) -> Floats:
        """Calibrated by whether the home side gives or takes runs; a pick'em needs no calibration."""
        shifted = np.where(line < 0, self.gives_.transform(logit), self.takes_.transform(logit))
        return np.where(line == 0, logit, shifted)

    def arrays(self) -> dict[str, Floats]:
        """All fitted values."""
        return {
            "number": np.array(self.number_),
            "blind": np.array(self.blind_),
            "dispersion": np.array([self.dispersion_]),
            "gives": self.gives_.parameters(),
            "takes": self.takes_.parameters(),
            "over_shift": np.array([self.over_shift_]),
            "over_slopes": np.array([self.over_slopes_[variant] for variant in CALIBRATED_OVERS]),
        }

    def load_arrays(self, arrays: Mapping[str, Floats]) -> Self:
        """The inverse of `arrays`."""
        self.number_ = (float(arrays["number"][0]), float(arrays["number"][1]))
        self.blind_ = (float(arrays["blind"][0]), float(arrays["blind"][1]))
        self.dispersion_ = float(arrays["dispersion"][0])
        self.gives_.load_parameters(arrays["gives"])
        self.takes_.load_parameters(arrays["takes"])
        self.over_shift_ = float(arrays["over_shift"][0])
        self.over_slopes_ = dict(zip(CALIBRATED_OVERS, arrays["over_slopes"].tolist(), strict=True))
        return self
