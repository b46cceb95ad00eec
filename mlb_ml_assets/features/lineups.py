"""What an announced lineup implies: quality and regularity of the nine, and the platoon advantage.

Belongs here: the update by a day's lineups, and the features of a lineup.
Not here: which lineup is known (announcements.py), team batting (batting.py).
"""

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.features.batch import DayBatch
from mlb_ml_assets.features.config import LineupConstants
from mlb_ml_assets.features.decay import UNKNOWN, Floats, Ints
from mlb_ml_assets.features.state import SweepState

ORDER = 9


def lineup_slot(state: SweepState, lineup: Ints, day: Ints, constants: LineupConstants) -> Floats:
    """Mean over the nine of each batter's usual place in the order; lower is better (better hitters bat earlier).

    `lineup`: places of the nine batters, one row per side, 0 for a batter never seen; `day`: day of each row.
    """
    usual = np.zeros(len(lineup))
    for slot in range(ORDER):
        sums = state.sums["slot"].read(lineup[:, slot], day)
        weight = constants.prior_starts
        usual = usual + (sums[:, 0] + weight * constants.prior_slot) / (sums[:, 1] + weight)
    return usual / ORDER


def recent_lineups(state: SweepState, team: Ints, games: int) -> tuple[Ints, NDArray[np.bool_]]:
    """A team's last lineups, newest first: (rows, games, 9) places, and which of them exist (rows, games)."""
    ring = state.arrays["recent_lineups"]
    counts = state.arrays["recent_count"][team].astype(np.int64)
    back = counts[:, None] - 1 - np.arange(games)
    return ring[team[:, None], back % ring.shape[1]].astype(np.int64), back >= 0


def lineup_regulars(state: SweepState, team: Ints, lineup: Ints) -> Floats:
    """Recent start shares of today's nine, summed, less the same for the team's nine most used; 0 is full strength.

    Shares are over the team's last thirty lineups; NaN for a team without any.
    """
    recent = state.arrays["recent_lineups"][team].astype(np.int64)
    counts = state.arrays["recent_count"][team].astype(np.int64)
    result = np.full(len(team), np.nan)
    for row, count in enumerate(counts.tolist()):
        games = min(count, recent.shape[1])
        if games == 0:
            continue
        names, starts = np.unique(recent[row, :games], return_counts=True)
        starts = np.where(names == UNKNOWN, 0, starts)
        most_used = int(np.sort(starts)[-ORDER:].sum())
        place = np.minimum(np.searchsorted(names, lineup[row]), len(names) - 1)
        today = int(np.where((names[place] == lineup[row]) & (lineup[row] != UNKNOWN), starts[place], 0).sum())
        result[row] = (today - most_used) / games
    return result


def platoon_share(bats: NDArray[np.str_], throws: NDArray[np.str_]) -> Floats:
    """Share of the nine who bat from the other side than the starter throws; switch hitters always do.

    Args:
        bats: hands of the nine, one row per side; empty where unknown.
        throws: hand of the opposing starter; empty where unknown.
    """
    known = (bats != "").sum(axis=1)
    advantage = ((bats == "B") | ((bats != throws[:, None]) & (bats != ""))).sum(axis=1)
    usable = (known > 0) & np.isin(throws, ["L", "R"])
    return np.where(usable, advantage / np.maximum(known, 1), np.nan)


def update_lineups(state: SweepState, batch: DayBatch) -> None:
    """Store a day's lineups: each batter's place in the order, each team's nine."""
    known = (batch.lineup != UNKNOWN).any(axis=1)
    if not known.any():
        return
    lineup, team = batch.lineup[known], batch.team[known]
    place = np.tile(np.arange(1.0, ORDER + 1), len(lineup))
    state.sums["slot"].add(lineup.ravel(), batch.day, np.column_stack([place, np.ones_like(place)]))
    counts, recent = state.arrays["recent_count"], state.arrays["recent_lineups"]
    for row, club in enumerate(team.tolist()):
        recent[club, int(counts[club]) % recent.shape[1]] = lineup[row]
        counts[club] += 1
