"""How a game of a given season ends: innings scheduled, walk-offs, extra innings.

Belongs here: the rule table and the measured constants of endings.
Not here: run rates of particular teams, or fitting.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


class UnplayableGame(ValueError):
    """Scheduled innings that no season had."""


INNINGS = (7, 9)


@dataclass(frozen=True)
class Endings:
    """How extra innings end.

    Attributes:
        home_wins: share of extra-inning games won by the home side.
        home_margin, away_margin: probability of winning by 1, 2, 3, … given that side won.
        loser_runs_home_win, loser_runs_away_win: probability that the loser scored 0, 1, 2, … in extra innings.
    """

    home_wins: float
    home_margin: tuple[float, ...]
    away_margin: tuple[float, ...]
    loser_runs_home_win: tuple[float, ...]
    loser_runs_away_win: tuple[float, ...]


# 1,524 extra-inning games of 2009-15 by their line scores.
CLASSIC = Endings(
    home_wins=0.5236,
    home_margin=(0.891, 0.070, 0.025, 0.014),
    away_margin=(0.528, 0.267, 0.107, 0.052, 0.023, 0.014, 0.009),
    loser_runs_home_win=(0.891, 0.073, 0.028, 0.008),
    loser_runs_away_win=(0.840, 0.116, 0.034, 0.010),
)
# Automatic runner: 2.84 runs, one-run share .642 and home wins .474-.485 (modelling study 6, numbers.md 3.5), split
# over sides in the proportions of the classic rule.
AUTOMATIC_RUNNER = Endings(
    home_wins=0.482,
    home_margin=(0.820, 0.110, 0.045, 0.025),
    away_margin=(0.465, 0.265, 0.130, 0.070, 0.040, 0.020, 0.010),
    loser_runs_home_win=(0.620, 0.240, 0.090, 0.035, 0.015),
    loser_runs_away_win=(0.600, 0.250, 0.095, 0.038, 0.017),
)
# 747 walk-offs in the ninth, 2009-15: a run in at the plate ends it; only a home run wins by more.
WALK_OFF_MARGIN: NDArray[np.float64] = np.array([0.897, 0.059, 0.031, 0.013])


@dataclass(frozen=True)
class RunRules:
    """The rules a game is played under."""

    innings: int
    automatic_runner: bool

    @property
    def endings(self) -> Endings:
        """Extra-inning constants of these rules."""
        return AUTOMATIC_RUNNER if self.automatic_runner else CLASSIC


def playable(scheduled_innings: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Whether each game's innings are in the rule table; unknown (NaN) counts as nine."""
    return ~np.isfinite(scheduled_innings) | np.isin(scheduled_innings, INNINGS)


def rules_for(season: int, season_type: str, scheduled_innings: int) -> RunRules:
    """The rule table: an automatic runner in extra innings of regular seasons since 2020, never in the postseason.

    Raises:
        UnplayableGame: scheduled innings other than 7 or 9.
    """
    if scheduled_innings not in INNINGS:
        raise UnplayableGame(f"scheduled_innings is {scheduled_innings}; MLB schedules 9, or 7 in 2020-21")
    return RunRules(int(scheduled_innings), season >= 2020 and season_type == "regular")
