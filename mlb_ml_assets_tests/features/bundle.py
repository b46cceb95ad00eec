"""Scores of the real bundle as a history: what the canaries of this room need, and no more.

Belongs here: games and results of some seasons, read in place.
Not here: box scores, odds (the importer's tests read those), the rules that date archive facts (identity/known_at.py).
"""

from pathlib import Path

import numpy as np
import pandas as pd

from mlb_ml_assets.features.facts import COLUMNS, GameHistory
from mlb_ml_assets_tests.features.league import after_six

EASTERN = "America/New_York"


def scores_history(shared_data: Path, first_season: int, last_season: int) -> GameHistory:
    """Regular-season games with their scores; every start is 19:05 Eastern, every other source empty."""
    table = pd.read_csv(shared_data / "history" / "games.csv.gz", low_memory=False)
    table = table[table.season.between(first_season, last_season) & (table.game_type == "R")].reset_index(drop=True)
    date = pd.to_datetime(table.game_date).astype("datetime64[ns]")
    games = pd.DataFrame(
        {
            "game_id": np.arange(1, len(table) + 1),
            "game_date": date,
            "season": table.season,
            "season_type": "regular",
            "home_team": table.home_team,
            "away_team": table.away_team,
            "game_number": np.maximum(table.dh_number, 1),
            "doubleheader": np.where(table.dh_number > 0, "Y", "N"),
            "start": (date + pd.Timedelta(hours=19, minutes=5)).dt.tz_localize(EASTERN).dt.tz_convert("UTC"),
            "park_id": table.park,
            "day_night": table.day_night,
            "neutral_site": False,
            "scheduled_innings": 9,
        }
    )
    results = pd.DataFrame(
        {
            "game_id": games.game_id,
            "known_at": after_six(date),
            "home_score": table.home_score,
            "away_score": table.away_score,
            "innings": table.innings,
            "suspended": table.suspended,
            "home_bats_first": table.home_bats_first,
            "home_line_score": table.home_line,
            "away_line_score": table.away_line,
        }
    )
    stamped = {"known_at": pd.Series(dtype="datetime64[ns, UTC]")}
    rest = {
        name: pd.DataFrame({column: stamped.get(column, pd.Series(dtype=object)) for column in columns})
        for name, columns in COLUMNS.items()
        if name not in {"games", "results", "parks"}
    }
    return GameHistory(games=games, results=results, **rest)
