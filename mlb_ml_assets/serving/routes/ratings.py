"""Ratings of players, and a game seen through them.

Belongs here: /ratings/players, /ratings/players/{player_id}, /games/{game_id}/ratings.
Not here: what ratings are worth (serving/ratings.py), pages (pages/player_pages.py).
"""

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from mlb_ml_assets.domain.models import Stage
from mlb_ml_assets.serving.predictions import resolve_game
from mlb_ml_assets.serving.problems import not_found
from mlb_ml_assets.serving.ratings import (
    FoundPlayer,
    GameRatings,
    PlayerRating,
    RatedPlayer,
    Side,
    game_ratings,
    rating_of,
)
from mlb_ml_assets.serving.services import Day, GameId, Paged, Served, check_date
from mlb_ml_assets.serving.track_record import LAST_DAY
from mlb_ml_assets.warehouse.api_reads import Connection
from mlb_ml_assets.warehouse.player_ratings import read_person, read_rated_players, read_ratings_of_player

router = APIRouter(tags=["ratings"])
_PATTERN = r"^[\w.\-]{1,20}$"
# PostgreSQL has no text with a NUL.
PRINTABLE = r"^[^\x00-\x1f]*$"
PlayerId = Annotated[
    str, Path(pattern=_PATTERN, description="Of staging.people: MLB's id of the player, or Retrosheet's.")
]
_Player = Annotated[str | None, Query(pattern=_PATTERN)]


@dataclass
class Changes:
    """Players to put into the game instead."""

    home_starter: Annotated[_Player, Query(description="Another starter of the home side.")] = None
    away_starter: Annotated[_Player, Query(description="Another starter of the away side.")] = None
    home_catcher: Annotated[_Player, Query(description="Another catcher of the home side.")] = None
    away_catcher: Annotated[_Player, Query(description="Another catcher of the away side.")] = None

    def by_role(self) -> dict[tuple[Side, str], str]:
        """The players given, by side and role."""
        sides: tuple[Side, ...] = ("home", "away")
        given = {(side, role): getattr(self, f"{side}_{role}") for side in sides for role in ("starter", "catcher")}
        return {key: player for key, player in given.items() if player is not None}


@router.get("/ratings/players", summary="Rated players")
def players(
    services: Served,
    name: Annotated[str, Query(min_length=2, max_length=50, pattern=PRINTABLE, description="Part of the name.")],
) -> list[FoundPlayer]:
    """Players whose name contains a text, one entry a role, at most 50."""
    rows = services.read(lambda connection: read_rated_players(connection, name, 50))
    return [FoundPlayer.model_validate({**row, "name": row["full_name"]}) for row in rows]


@router.get("/ratings/players/{player_id}", summary="A player's ratings")
def player(
    *,
    player_id: PlayerId,
    services: Served,
    until: Annotated[Day | None, Query(description="The last official date; default the newest.")] = None,
    page: Paged,
) -> RatedPlayer:
    """Rates by date with standard errors, newest first: one entry for each day on which he played, and role."""
    last = check_date(until, "query.until") if until else LAST_DAY
    return services.read(lambda connection: read_player(connection, player_id, last, page.limit, page.offset))


@router.get("/games/{game_id}/ratings", summary="A game's ratings")
def ratings(
    game_id: GameId, services: Served, changes: Annotated[Changes, Depends()], stage: Stage | None = None
) -> GameRatings:
    """What each part of the teams is worth in runs and win probability, and what another starter or catcher is."""
    return services.read(
        lambda connection: game_ratings(connection, resolve_game(connection, game_id), stage, changes.by_role())
    )


def read_player(connection: Connection, player_id: str, until: date, limit: int, offset: int) -> RatedPlayer:
    """A player with his ratings.

    Raises:
        Problem: 404 for a player that was never rated.
    """
    person = read_person(connection, player_id)
    rows = read_ratings_of_player(connection, player_id, until, limit, offset)
    if person is None or (not rows and not offset):
        raise not_found("unknown-player", "no rated player has this id", "path.player_id", player_id)
    found: list[PlayerRating] = [rating_of(row) for row in rows]
    return RatedPlayer.model_validate({**person, "name": person["full_name"], "ratings": found})
