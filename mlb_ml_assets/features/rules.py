"""What the rule book of a season says about a game, before anything is known of the teams.

Belongs here: rules by date and season that change how runs are scored.
Not here: settlement rules (betting/), anything that happened.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# Clubs that hosted under American League rules; Houston moved there in 2013.
_AMERICAN_LEAGUE = frozenset(
    ("BAL", "BOS", "CLE", "CWS", "DET", "KC", "LAA", "MIN", "NYY", "OAK", "SEA", "TB", "TEX", "TOR")
)
_HOUSTON_MOVES = 2013
UNIVERSAL_HITTER_SEASONS = (2020, 2022)  # for 2020 alone, then from 2022 on
AUTOMATIC_RUNNER_FROM = 2020  # regular season only


def designated_hitter(games: pd.DataFrame) -> NDArray[np.float64]:
    """1 where pitchers do not bat: an American League park, 2020, or any season from 2022."""
    season = games["season"].to_numpy()
    host = games["home_team"].isin(_AMERICAN_LEAGUE) | ((games["home_team"] == "HOU") & (season >= _HOUSTON_MOVES))
    trial, for_good = UNIVERSAL_HITTER_SEASONS
    return np.asarray(host.to_numpy() | (season == trial) | (season >= for_good), dtype=np.float64)


def automatic_runner(games: pd.DataFrame) -> NDArray[np.float64]:
    """1 where extra innings begin with a runner on second: regular season from 2020."""
    return np.asarray(
        (games["season"] >= AUTOMATIC_RUNNER_FROM) & (games["season_type"] == "regular"), dtype=np.float64
    )
