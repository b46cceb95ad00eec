"""The features of a game that need no state: schedule, rules of its season, announced weather.

Belongs here: columns computed from the schedule row and the announcements alone.
Not here: columns from the state (assembly.py), settlement rules (betting/), endings of games (modeling/run_rules.py).
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.features.announcements import Announcements
from mlb_ml_assets.features.decay import Floats
from mlb_ml_assets.features.knowable import day_numbers

# Clubs that hosted under American League rules; Houston moved there in 2013.
_AMERICAN_LEAGUE = frozenset(
    ("BAL", "BOS", "CLE", "CWS", "DET", "KC", "LAA", "MIN", "NYY", "OAK", "SEA", "TB", "TEX", "TOR")
)
_HOUSTON_MOVES = 2013
UNIVERSAL_HITTER_SEASONS = (2020, 2022)  # 2020 alone, then from 2022
AUTOMATIC_RUNNER_FROM = 2020  # regular season only


def game_columns(games: pd.DataFrame, announcement: Announcements) -> dict[str, Floats]:
    """The columns, one value per request; `games` is the schedule row of each request."""
    day = day_numbers(games["game_date"])
    march = day_numbers(pd.to_datetime({"year": games["season"], "month": 3, "day": 1}))
    return {
        "temperature": (announcement.temperature - 72.0) / 10.0,
        "wind_out": announcement.wind_out / 10.0,
        "roof_closed": announcement.roof_closed,
        "season": games["season"].to_numpy(dtype=np.float64),
        "season_day": (day - march).astype(np.float64),
        "day_game": np.where(games["day_night"].isna(), np.nan, (games["day_night"] == "D").to_numpy(np.float64)),
        "neutral_site": games["neutral_site"].to_numpy(dtype=np.float64, na_value=np.nan),
        "postseason": (games["season_type"] == "postseason").to_numpy(dtype=np.float64),
        "second_game": ((games["doubleheader"] != "N") & (games["game_number"] > 1)).to_numpy(dtype=np.float64),
        "scheduled_innings": games["scheduled_innings"].to_numpy(dtype=np.float64, na_value=np.nan),
        "automatic_runner": automatic_runner(games),
        "designated_hitter": designated_hitter(games),
    }


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
