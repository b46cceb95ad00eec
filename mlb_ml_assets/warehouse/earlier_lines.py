"""Player rows of seasons before the first with games: what the ratings of players begin with.

Belongs here: when they count as known; reading them, with the club, park and day of each, as frames of a game history.
Not here: writing them (player_archive.py), rating them (features/warm_up.py).
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from mlb_ml_assets.identity.known_at import results_known_at
from mlb_ml_assets.identity.parks import PARKS
from mlb_ml_assets.identity.teams import code_or_spelling
from mlb_ml_assets.sources.bundle_players import parse_game_dates
from mlb_ml_assets.sources.history_bundle import SOURCE
from mlb_ml_assets.warehouse.history import COUNTS, copy_frame
from mlb_ml_assets.warehouse.queries import read_frame, run_query

_BATTERS = [f"batter_{slot}" for slot in range(1, 10)]
_SIDE = ["game_id", "side", "known_at"]
_FACTS = ("conditions", "batter_lines", "pitcher_lines", "lineup_positions")
_NOBODY = ""  # all visitors share a club that no game is of


def stamp_earlier_rows(
    connection: psycopg.Connection[Any], source: str, game_ids: "pd.Series[str]"
) -> "pd.Series[pd.Timestamp]":
    """When rows of seasons before an archive's first count as known: as results, by the date in Retrosheet's game id.

    NaT for rows of later seasons, of an archive without games, and for ids of another form.
    """
    row = connection.execute("SELECT MIN(season) FROM staging.source_games WHERE source = %s", (source,)).fetchone()
    first_season = row[0] if row and row[0] is not None else 0
    dates = parse_game_dates(game_ids)
    return results_known_at(dates[dates.dt.year < first_season].dt.date).reindex(game_ids.index)


def read_earlier_seasons(connection: psycopg.Connection[Any]) -> Iterator[dict[str, pd.DataFrame]]:
    """Frames of features.facts.GameHistory by name: games, conditions, lineups, lines, positions and people.

    One season at a time, in order; nothing without any. Nine seasons at once take 250 MB.

    Retrosheet's id of a game names the home club, not the visitor. A game has the park where its club played in the
    first season with games, if the park is old enough. `game_id` counts these games alone.
    """
    with connection.transaction():
        run_query(connection, "earlier_game_list", {"source": SOURCE})
        connection.execute("ANALYZE pg_temp.earlier_games")
        seasons = connection.execute("SELECT DISTINCT season FROM pg_temp.earlier_games ORDER BY season").fetchall()
        if seasons:
            people = copy_frame(connection, "history_people")
            parks = read_frame(connection, "parks_of_first_season").set_index("home_team")["park_id"]
        for (season,) in seasons:
            # COPY takes no parameters.
            connection.execute("SELECT set_config('mlb_ml.earlier_season', %s, TRUE)", (str(season),))
            frames = {name: copy_frame(connection, f"earlier_{name}", COUNTS.get(name, ())) for name in _FACTS}
            games = _games(copy_frame(connection, "earlier_games"), parks)
            yield {"games": games, "lineups": _lineups(frames["batter_lines"]), "people": people, **frames}
        connection.execute("DROP TABLE pg_temp.earlier_games")


def _games(games: pd.DataFrame, parks: "pd.Series[str]") -> pd.DataFrame:
    season, club = games["game_date"].dt.year, games["home_club"].map(code_or_spelling)
    park = club.map(parks)
    is_open = park.map({park.park_id: park.first_season for park in PARKS}) <= season
    return games.assign(
        start=None, day_night=None, neutral_site=False, season=season, season_type="regular", home_team=club,
        away_team=_NOBODY, park_id=park.where(is_open), game_number=1, doubleheader="N", scheduled_innings=9,
    )  # fmt: skip


def _lineups(lines: pd.DataFrame) -> pd.DataFrame:
    """The starting nines that batter lines show; sides with a slot unknown are left out."""
    starters = lines[lines["started"].eq(1) & lines["slot"].notna()].drop_duplicates([*_SIDE, "slot"])
    nines = starters.pivot(index=_SIDE, columns="slot", values="player_id").reindex(columns=np.arange(1, 10)).dropna()
    return nines.set_axis(_BATTERS, axis=1).reset_index()
