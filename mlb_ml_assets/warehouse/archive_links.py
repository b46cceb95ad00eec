"""What an archive without clocks and parks takes from the games that exist already.

Belongs here: matching a workbook's games before they are written, so that its quotes get the game's own stamps.
Not here: the stored links (games.py writes them), the matching itself (identity/game_matching.py).
"""

from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.identity.game_matching import RECORD_COLUMNS, match_games
from mlb_ml_assets.identity.teams import team_codes
from mlb_ml_assets.sources.archive_rows import ArchiveFrames, drop_games
from mlb_ml_assets.warehouse.queries import read_frame

SWAPPED = "home and away swapped"
START_COLUMNS = ["scheduled_start", "first_pitch", "park_id", "reversed"]


def linked_starts(connection: psycopg.Connection[Any], frames: ArchiveFrames) -> pd.DataFrame:
    """scheduled_start, first_pitch, park_id and reversed of each matched game, by source_game_id."""
    games = frames.tables["games"]
    days = {"from_day": games["game_date"].min().date(), "to_day": games["game_date"].max().date()}
    known = read_frame(connection, "games_with_starts", days).set_index("id")
    records = games.assign(
        source=frames.source,
        home_team=team_codes(games["home"]),
        away_team=team_codes(games["away"]),
        away_rotation=games["rotation"],
        game_date=games["game_date"].dt.date,
        scheduled_start=pd.Series(pd.NaT, index=games.index, dtype="datetime64[ns, UTC]"),
        start_assumed=True,
    )[list(RECORD_COLUMNS)]
    matches = match_games(records, known)
    links = pd.DataFrame(
        [(link.source_game_id, link.game, link.reversed) for link in matches.links],
        columns=["source_game_id", "id", "reversed"],
    )
    found = links.merge(known[START_COLUMNS[:3]], left_on="id", right_index=True).set_index("source_game_id")[
        START_COLUMNS
    ]
    for column in START_COLUMNS[:2]:
        found[column] = pd.to_datetime(found[column], utc=True).astype("datetime64[ns, UTC]")
    return found


def refuse_swapped(frames: ArchiveFrames, starts: pd.DataFrame) -> None:
    """Set aside games whose home club the log has as visitor: a price cannot be assigned to a side."""
    games = frames.tables["games"]
    swapped = games["source_game_id"].isin(starts.index[starts["reversed"].astype(bool)])
    if swapped.any():
        wrong = games[swapped]
        pairs = zip(wrong["away"], wrong["home"], strict=True)
        drop_games(frames, swapped, SWAPPED, [f"{away} at {home}" for away, home in pairs])
