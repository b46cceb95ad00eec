"""Whether a challenger may replace the champion, and why, in one sentence.

Belongs here: the comparison on the same held-out games, the thresholds, the wording.
Not here: fetching games or moving aliases (flows/promotion.py, registry/aliases.py).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.evaluation.clustered import Estimate, clustered_mean, paired
from mlb_ml_assets.evaluation.scores import log_loss

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
    # Games of a day share weather, umpires and books, so days are the independent units (Cameron & Miller 2015).
    day = days.to_numpy()
    loss = log_loss(challenger, outcome)
    to_close = paired(loss, log_loss(close, outcome), day)
    if champion is None:
        return _verdict("there is no champion yet", len(loss), clustered_mean([], []), to_close, promote=True)
    to_champion = paired(loss, log_loss(champion, outcome), day)
    games = int(np.isfinite(loss).sum())
    if games < FEWEST_GAMES:
        reason = (
            f"only {games} games since both were trained, {FEWEST_GAMES} are needed to distinguish them; "
            "the challenger is the same procedure on newer data"
        )
        return _verdict(reason, games, to_champion, to_close, promote=True)
    if to_close.mean - 2 * to_close.se > WORST_TO_CLOSE:
        reason = f"loses to the close by {_show(to_close)}, more than {WORST_TO_CLOSE} by two standard errors"
        return _verdict(reason, games, to_champion, to_close, promote=False)
    if to_champion.mean > 2 * to_champion.se:
        return _verdict(f"worse than the champion by {_show(to_champion)}", games, to_champion, to_close, promote=False)
    reason = f"{_show(to_champion)} to the champion, {_show(to_close)} to the close on {games} games of both"
    return _verdict(reason, games, to_champion, to_close, promote=True)


def _verdict(reason: str, games: int, to_champion: Estimate, to_close: Estimate, *, promote: bool) -> PromotionVerdict:
    return PromotionVerdict(promote, reason, games, to_champion.mean, to_champion.se, to_close.mean, to_close.se)


def _show(difference: Estimate) -> str:
    return f"{difference.mean:+.4f} ± {difference.se:.4f} nats"
