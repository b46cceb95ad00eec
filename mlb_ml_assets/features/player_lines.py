"""A day's batter and pitcher lines as the player ratings use them.

Belongs here: counts of rates and opportunities from box-score lines, one array per quantity.
Not here: ratings (player_ratings.py), reading lines from anywhere.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.features.decay import Floats, Ints

BATTER_COLUMNS = (
    "plate_appearances", "hits", "doubles", "triples", "home_runs", "walks", "intentional_walks", "hit_by_pitch",
    "strikeouts", "sacrifice_bunts",
)  # fmt: skip
PITCHER_COLUMNS = (
    "batters_faced", "hits", "doubles", "triples", "home_runs", "walks", "intentional_walks", "hit_batters",
    "strikeouts", "ground_balls", "fly_balls", "line_drives", "pop_ups",
)  # fmt: skip


@dataclass(frozen=True)
class Outcomes:
    """Counts of RATES and of OPPORTUNITIES, one row per line: (n, 6) and (n, 3)."""

    counts: Floats
    opportunities: Floats


@dataclass(frozen=True)
class PlayerDay:
    """Lines of one day's games. `side` is 2g for the home side of game g and 2g + 1 for its away side.

    Places are of the state; 0 is unknown. Each game and player has one line; pitchers are in order of appearance.
    """

    day: int
    games: int
    park: Ints  # (games,)
    umpire: Ints  # (games,)
    team: Ints  # (2 games,)
    batter_side: Ints
    batter: Ints
    batter_hand: Ints  # 0 right, 1 left, 2 both
    batting: Outcomes
    pitcher_side: Ints
    pitcher: Ints
    pitcher_hand: Ints  # 0 right, 1 left
    pitcher_role: Ints  # 0 the starter, 1 a reliever
    pitching: Outcomes
    batters_faced: Floats
    ground_balls: Floats  # NaN where batted balls are not classified
    batted_balls: Floats
    catcher: Ints  # (2 games,) the catcher of each side
    nine: Ints  # (2 games, 9) the lineup, 0 where unknown
    nine_pitcher: NDArray[np.bool_]  # (2 games, 9) whether the batter is the side's pitcher
    starter_hand: Ints  # (2 games,) hand of the side's own starter, -1 unknown


def batting_outcomes(lines: dict[str, Floats]) -> Outcomes:
    """Rates and opportunities of batters; intentional walks and sacrifice bunts are no plate appearances here."""
    intentional = np.nan_to_num(lines["intentional_walks"])
    appearances = lines["plate_appearances"] - intentional - np.nan_to_num(lines["sacrifice_bunts"])
    return _outcomes(lines, appearances, lines["walks"] - intentional, np.nan_to_num(lines["hit_by_pitch"]))


def pitching_outcomes(lines: dict[str, Floats]) -> Outcomes:
    """Rates and opportunities of pitchers; sacrifice bunts are not in pitcher lines and count as outs in play."""
    intentional = np.nan_to_num(lines["intentional_walks"])
    appearances = lines["batters_faced"] - intentional
    return _outcomes(lines, appearances, lines["walks"] - intentional, np.nan_to_num(lines["hit_batters"]))


def _outcomes(lines: dict[str, Floats], appearances: Floats, walks: Floats, hit_batters: Floats) -> Outcomes:
    home_runs, extra_bases = lines["home_runs"], lines["doubles"] + lines["triples"]
    singles = lines["hits"] - home_runs - extra_bases
    contacts = appearances - lines["strikeouts"] - walks - hit_batters
    counts = np.column_stack([lines["strikeouts"], walks, hit_batters, home_runs, singles, extra_bases])
    return Outcomes(counts, np.column_stack([appearances, contacts, contacts - home_runs]))
