"""Whether a challenger may replace the champion, and the sentence that says why.

Belongs here: the comparison on the same held-out games, the thresholds, the wording.
Does not: fetching games or moving aliases (assets/promotion.py, registry/aliases.py).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# A public model of the 538 class loses .0032 nats to the close (5,224 games); anchored models have no business beyond.
WORST_TO_CLOSE = 0.0032
# Below this many games a paired difference of anchored models (sd .03) has an SE above .003: it decides nothing.
FEWEST_GAMES = 100


@dataclass(frozen=True)
class PromotionVerdict:
    """The decision and its reason, in one sentence with its numbers."""

    promote: bool
    reason: str
    games: int
    challenger_minus_champion: float
    challenger_minus_champion_se: float
    challenger_minus_close: float
    challenger_minus_close_se: float


def clustered_mean(differences: Floats, days: "pd.Series[pd.Timestamp]") -> tuple[float, float]:
    """Mean of per-game differences and its standard error, clustered by day; NaN where there is nothing.

    Games of a day share weather, umpires and books, so days are the independent units (Cameron & Miller 2015).
    """
    known = np.isfinite(differences)
    if not known.any():
        return float("nan"), float("nan")
    values = pd.Series(differences[known])
    mean = float(values.mean())
    by_day = (values - mean).groupby(days[known].to_numpy()).sum()
    clusters = len(by_day)
    if clusters < 2:
        return mean, float("nan")
    variance = float((by_day**2).sum()) * clusters / (clusters - 1) / len(values) ** 2
    return mean, float(np.sqrt(variance))


def compare(
    outcome: Floats, challenger: Floats, champion: Floats | None, close: Floats, days: "pd.Series[pd.Timestamp]"
) -> PromotionVerdict:
    """Decide on games that neither model was trained on.

    Args:
        outcome: 1 home win, 0 away win, NaN unknown.
        challenger: its home-win probabilities.
        champion: the champion's, or None where there is none yet.
        close: the close's fair probabilities, NaN where there is no close.
        days: official date of each game.
    """
    loss = _log_loss(outcome, challenger)
    to_close = clustered_mean(loss - _log_loss(outcome, close), days)
    if champion is None:
        return _verdict("there is no champion yet", len(loss), (float("nan"), float("nan")), to_close, promote=True)
    to_champion = clustered_mean(loss - _log_loss(outcome, champion), days)
    games = int(np.isfinite(loss).sum())
    if games < FEWEST_GAMES:
        reason = (
            f"only {games} games since both were trained, {FEWEST_GAMES} are needed to tell them apart; "
            "the challenger is the same procedure on newer data"
        )
        return _verdict(reason, games, to_champion, to_close, promote=True)
    if to_close[0] - 2 * to_close[1] > WORST_TO_CLOSE:
        reason = f"loses to the close by {_show(to_close)}, more than {WORST_TO_CLOSE} by two standard errors"
        return _verdict(reason, games, to_champion, to_close, promote=False)
    if to_champion[0] > 2 * to_champion[1]:
        return _verdict(f"worse than the champion by {_show(to_champion)}", games, to_champion, to_close, promote=False)
    reason = f"{_show(to_champion)} to the champion, {_show(to_close)} to the close on {games} games of both"
    return _verdict(reason, games, to_champion, to_close, promote=True)


def _verdict(
    reason: str, games: int, to_champion: tuple[float, float], to_close: tuple[float, float], *, promote: bool
) -> PromotionVerdict:
    return PromotionVerdict(promote, reason, games, *to_champion, *to_close)


def _show(difference: tuple[float, float]) -> str:
    return f"{difference[0]:+.4f} ± {difference[1]:.4f} nats"


def _log_loss(outcome: Floats, probability: Floats) -> Floats:
    clipped = np.clip(probability, 1e-6, 1 - 1e-6)
    loss = np.where(outcome > 0.5, -np.log(clipped), -np.log1p(-clipped))
    return np.asarray(np.where(np.isfinite(outcome), loss, np.nan), dtype=np.float64)
