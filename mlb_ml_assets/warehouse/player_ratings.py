"""curated.player_ratings: what every player's ratings were, by date.

Belongs here: writing the rows of a sweep, reading a player's and a game's.
Not here: the ratings (features/player_ratings.py), what they are worth (serving/ratings.py).
"""

from datetime import date
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.warehouse.partition_write import Target, Written, upsert
from mlb_ml_assets.warehouse.queries import read_dicts

_RATINGS = Target("curated.player_ratings", keys=("player_id", "role", "day"))
# Rows written at a time: ten seasons are 700,000.
_CHUNK = 100_000
Connection = psycopg.Connection[Any]
Row = dict[str, Any]


def write_player_ratings(connection: Connection, rows: pd.DataFrame) -> Written:
    """Upsert ratings by player, role and day; days that are not among the rows keep theirs."""
    chunks = (rows.iloc[start : start + _CHUNK] for start in range(0, len(rows), _CHUNK))
    return sum((upsert(connection, _RATINGS, chunk) for chunk in chunks), Written())


def read_ratings_of_player(connection: Connection, player_id: str, until: date, limit: int, offset: int) -> list[Row]:
    """A player's ratings up to a day, newest first, each with the league's rates of that day."""
    parameters = {"player_id": player_id, "until": until, "limit": limit, "offset": offset}
    return read_dicts(connection, "api_ratings_of_player", parameters)


def read_ratings_before(connection: Connection, players: list[str], role: str, until: date) -> dict[str, Row]:
    """The newest rating in a role up to a day, by player."""
    parameters = {"players": players, "role": role, "until": until}
    return {row["player_id"]: row for row in read_dicts(connection, "api_ratings_before", parameters)}


def read_newest_ratings(connection: Connection, role: str) -> list[Row]:
    """The newest rating of every player in a role, with the league's rates of its day."""
    return read_dicts(connection, "newest_ratings", {"role": role})


def read_rated_players(connection: Connection, name: str, limit: int) -> list[Row]:
    """Rated players whose name contains a text, those with the newest rating first."""
    return read_dicts(connection, "api_rated_players", {"name": name, "limit": limit})


def has_ratings(connection: Connection) -> bool:
    """Whether any player is rated."""
    return bool(read_dicts(connection, "has_ratings")[0]["has_ratings"])


def read_person(connection: Connection, player_id: str) -> Row | None:
    """Name, hands and birth date of a player, or None."""
    return next(iter(read_dicts(connection, "api_person", {"player_id": player_id})), None)


def read_game_ratings(connection: Connection, game_id: int, stage: str | None) -> Row | None:
    """The player features of a game's newest decision, with its starters; None without features."""
    return next(iter(read_dicts(connection, "api_game_ratings", {"game_id": game_id, "stage": stage})), None)
