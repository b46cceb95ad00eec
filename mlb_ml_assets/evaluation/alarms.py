"""Numbers too good to be true, and the canaries that sing before them.

Belongs here: alarm limits for model and market series, and experiments whose honest outcome is known beforehand.
Not here: raise or stop anything: callers (asset checks, verdict) decide what an alarm does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.evaluation.market_comparison import log_loss
from mlb_ml_assets.evaluation.scores import accuracy, auc, brier
from mlb_ml_assets.modeling.config import MemoryConfig
from mlb_ml_assets.modeling.market_memory import remember
from mlb_ml_assets.modeling.memory_facts import MarketHistory

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Limit:
    """A season beyond this is a bug until proven otherwise (numbers.md 3.11): better than `value` rings."""

    measure: str
    value: float
    lower_is_better: bool

    def rings(self, found: float) -> bool:
        """Whether `found` is better than any honest forecaster could be."""
        return bool(found < self.value if self.lower_is_better else found > self.value)


# A calibrated forecaster of closing quality stays inside these over 2,430 games in 99 seasons of 100.
WIN_LIMITS = (
    Limit("log_loss", 0.655, lower_is_better=True),
    Limit("accuracy", 0.62, lower_is_better=False),
    Limit("auc", 0.65, lower_is_better=False),
    Limit("brier", 0.232, lower_is_better=True),
)
# In-play prices stored as closes show here first.
TOTAL_LIMITS = (
    Limit("rmse", 4.0, lower_is_better=True),
    Limit("median_absolute_error", 2.0, lower_is_better=True),
)
# The limits widen as 1/sqrt(n) around a typical season for shorter windows: (typical, limit at a full season).
TYPICAL = {"log_loss": 0.674, "accuracy": 0.58, "auc": 0.605, "brier": 0.2405}
FULL_SEASON = 2430


@dataclass(frozen=True)
class Alarm:
    """One measure of one series that is too good."""

    series: str
    season: int
    measure: str
    found: float
    limit: float
    n: int

    def to_dict(self) -> dict[str, object]:
        """For JSON."""
        return dict(vars(self))


def _limit_for(limit: Limit, games: int) -> Limit:
    if games >= FULL_SEASON or limit.measure not in TYPICAL:
        return limit
    typical = TYPICAL[limit.measure]
    widened = typical + (limit.value - typical) * float(np.sqrt(FULL_SEASON / games))
    return Limit(limit.measure, widened, limit.lower_is_better)


def too_good_wins(
    series: Mapping[str, Floats], won: Floats, season: NDArray[np.int64], least_games: int = 200
) -> list[Alarm]:
    """Alarms of win forecasts, by season; model and market series alike. Short windows get wider limits."""
    out: list[Alarm] = []
    for name, probability in series.items():
        for year in np.unique(season):
            rows = (season == year) & np.isfinite(probability) & np.isfinite(won)
            if rows.sum() < least_games:
                continue
            p, y = probability[rows], won[rows]
            found = {
                "log_loss": float(log_loss(p, y).mean()),
                "accuracy": accuracy(p, y),
                "auc": auc(p, y),
                "brier": float(brier(p, y).mean()),
            }
            for limit in WIN_LIMITS:
                held = _limit_for(limit, int(rows.sum()))
                if held.rings(found[limit.measure]):
                    out.append(Alarm(name, int(year), limit.measure, found[limit.measure], held.value, int(rows.sum())))
    return out


def too_good_totals(
    series: Mapping[str, Floats], runs: Floats, season: NDArray[np.int64], least_games: int = 200
) -> list[Alarm]:
    """Alarms of total numbers, by season."""
    out: list[Alarm] = []
    for name, number in series.items():
        for year in np.unique(season):
            rows = (season == year) & np.isfinite(number) & np.isfinite(runs)
            if rows.sum() < least_games:
                continue
            off = runs[rows] - number[rows]
            found = {
                "rmse": float(np.sqrt((off**2).mean())),
                "median_absolute_error": float(np.median(np.abs(off))),
            }
            out.extend(
                Alarm(name, int(year), limit.measure, found[limit.measure], limit.value, int(rows.sum()))
                for limit in TOTAL_LIMITS
                if limit.rings(found[limit.measure])
            )
    return out


@dataclass(frozen=True)
class Smoothness:
    """Scores with results withheld for 0, 1, 2, … days: a cliff at the first step is a leak of the same day."""

    delays: tuple[int, ...]
    scores: tuple[float, ...]
    largest_step: float
    smooth: bool


def delayed_result_smoothness(
    score_with_delay: Callable[[int], float], delays: Sequence[int] = (0, 1, 2, 8), tolerance: float = 0.0015
) -> Smoothness:
    """Withhold results for some days and see the loss change slowly.

    Args:
        score_with_delay: log loss of a forecast that sees results that many days late (study 7: .67611, .67615, .67636
            and .67665 at 0, 1, 2 and 8 days).
        delays: days, ascending, from 0.
        tolerance: the largest honest change from one delay to the next, in nats.
    """
    scores = tuple(float(score_with_delay(delay)) for delay in delays)
    steps = np.diff(scores)
    largest = float(np.abs(steps).max()) if len(steps) else 0.0
    return Smoothness(tuple(delays), scores, largest, bool(largest <= tolerance))


def delayed_memory_loss(
    history: MarketHistory, requests: pd.DataFrame, won: "pd.Series[float]", config: MemoryConfig | None = None
) -> Callable[[int], float]:
    """For `delayed_result_smoothness`: the log loss of market memory with results withheld for some days more.

    Args:
        history: as in market_memory.remember.
        requests: one stage's decisions.
        won: 1 or 0 by game_id; games outside it are not scored.
        config: of the memory.
    """

    def loss(days: int) -> float:
        results = history.results.assign(known_at=history.results.known_at + pd.Timedelta(days=days))
        memory = remember(_Withheld(history, results), requests, config)
        chance = np.asarray(0.5 * (1.0 + np.tanh(0.5 * memory.memory_home_logit.to_numpy(np.float64))), np.float64)
        outcome: Floats = np.asarray(memory.game_id.map(won), dtype=np.float64)
        known = np.isfinite(chance) & np.isfinite(outcome)
        return float(log_loss(chance[known], outcome[known]).mean())

    return loss


@dataclass(frozen=True)
class _Withheld:
    """A history whose results became known later."""

    whole: MarketHistory
    results: pd.DataFrame

    @property
    def games(self) -> pd.DataFrame:
        """Unchanged."""
        return self.whole.games

    @property
    def probables(self) -> pd.DataFrame:
        """Unchanged."""
        return self.whole.probables

    @property
    def lineups(self) -> pd.DataFrame:
        """Unchanged."""
        return self.whole.lineups

    @property
    def market_lines(self) -> pd.DataFrame:
        """Unchanged."""
        return self.whole.market_lines


def permuted_labels(frame: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Outcomes dealt out at random within each season, features and prices untouched: no skill may survive."""
    out = frame.copy()
    random = np.random.default_rng(seed)
    outcomes = ["home_score", "away_score", "home_win"]
    games = out.drop_duplicates("game_id").set_index("game_id")
    dealt = games[outcomes].copy()
    for _, rows in games.groupby("season"):
        dealt.loc[rows.index] = rows[outcomes].to_numpy()[random.permutation(len(rows))]
    for name in outcomes:
        out[name] = out.game_id.map(dealt[name])
    return out


def shuffled_features(frame: pd.DataFrame, columns: Sequence[str], seed: int) -> pd.DataFrame:
    """Feature columns dealt out at random within season and stage, rows kept whole: their skill must vanish."""
    out = frame.copy()
    random = np.random.default_rng(seed)
    present = [name for name in columns if name in out.columns]
    for rows in frame.groupby(["season", "stage"]).groups.values():
        out.loc[rows, present] = frame.loc[random.permutation(rows), present].to_numpy()
    return out
