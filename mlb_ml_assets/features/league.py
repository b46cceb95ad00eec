"""League means as of a day, the reference of every rate.

Belongs here: reading the league's decayed sums as means, and adding a day's games to them.
Not here: anything about one team or player.
"""

from dataclasses import dataclass

import numpy as np

from mlb_ml_assets.features.decay import Floats
from mlb_ml_assets.features.state import LEAGUE, LEAGUE_SUMS, SweepState


@dataclass(frozen=True)
class LeagueMeans:
    """Runs per team and nine innings; rates per appearance, ball in play, batter faced and bullpen inning."""

    runs: float
    home_win_share: float
    weighted_on_base: float
    hits_in_play: float
    starter_strikeouts: float
    starter_walks: float
    starter_home_runs: float
    starter_runs: float
    starter_innings: float
    ground_share: float
    bullpen_strikeouts: float
    bullpen_walks: float
    bullpen_home_runs: float
    bullpen_earned_runs: float


def league_means(state: SweepState, day: int) -> LeagueMeans:
    """The means as of a day."""
    row = state.sums["league"].read(np.array([LEAGUE]), day)[0]
    total = dict(zip(LEAGUE_SUMS, row.tolist(), strict=True))
    batters, innings = total["starter_batters"], total["bullpen_innings"]
    return LeagueMeans(
        runs=total["runs"] / total["team_games"],
        home_win_share=total["home_wins"] / total["games"],
        weighted_on_base=total["weighted_on_base"] / total["appearances"],
        hits_in_play=total["hits_in_play"] / total["balls_in_play"],
        starter_strikeouts=total["starter_strikeouts"] / batters,
        starter_walks=total["starter_walks"] / batters,
        starter_home_runs=total["starter_home_runs"] / batters,
        starter_runs=total["starter_runs"] / batters,
        starter_innings=total["starter_outs"] / total["starter_starts"] / 3,
        ground_share=total["starter_ground_outs"] / total["starter_batted_outs"],
        bullpen_strikeouts=total["bullpen_strikeouts"] / innings,
        bullpen_walks=total["bullpen_walks"] / innings,
        bullpen_home_runs=total["bullpen_home_runs"] / innings,
        bullpen_earned_runs=total["bullpen_earned_runs"] / innings,
    )


def add_to_league(state: SweepState, day: int, amounts: dict[str, float]) -> None:
    """Add a day's totals by name of sum."""
    row: Floats = np.array([[amounts.get(name, 0.0) for name in LEAGUE_SUMS]])
    state.sums["league"].add(np.array([LEAGUE]), day, row)
