"""Experiments whose honest outcome is known beforehand: what leaks, sings.

Belongs here: results withheld for days, outcomes permuted, features shuffled.
Not here: alarm limits on real series (evaluation/alarms.py).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.logit import expit
from mlb_ml_assets.evaluation.scores import log_loss
from mlb_ml_assets.modeling.config import MemoryConfig
from mlb_ml_assets.modeling.market_memory import remember
from mlb_ml_assets.modeling.memory_facts import MarketHistory

Floats = NDArray[np.float64]


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
        chance = expit(memory.memory_home_logit.to_numpy(np.float64))
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
    """Outcomes permuted at random within each season, features and prices untouched: no skill may survive."""
    out = frame.copy()
    random = np.random.default_rng(seed)
    outcomes = ["home_score", "away_score", "home_win"]
    games = out.drop_duplicates("game_id").set_index("game_id")
    permuted = games[outcomes].copy()
    for _, rows in games.groupby("season"):
        permuted.loc[rows.index] = rows[outcomes].to_numpy()[random.permutation(len(rows))]
    for name in outcomes:
        out[name] = out.game_id.map(permuted[name])
    return out


def shuffled_features(frame: pd.DataFrame, columns: Sequence[str], seed: int) -> pd.DataFrame:
    """Feature columns shuffled within season and stage, rows kept whole: their skill must vanish."""
    out = frame.copy()
    random = np.random.default_rng(seed)
    present = [name for name in columns if name in out.columns]
    for rows in frame.groupby(["season", "stage"]).groups.values():
        out.loc[rows, present] = frame.loc[random.permutation(rows), present].to_numpy()
    return out
