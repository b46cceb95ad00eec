"""Pages of rated players.

Belongs here: /players and /players/{player_id}, and the values of their templates.
Not here: what ratings are worth (serving/ratings.py), the API (routes/ratings.py).
"""

import re
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import Response

from mlb_ml_assets.features.player_constants import RATES
from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.serving.pages.rendering import HTML, render
from mlb_ml_assets.serving.ratings import PlayerRating
from mlb_ml_assets.serving.representations import Representation
from mlb_ml_assets.serving.routes.ratings import PRINTABLE, PlayerId, read_player
from mlb_ml_assets.serving.services import Served
from mlb_ml_assets.serving.track_record import LAST_DAY
from mlb_ml_assets.warehouse.player_ratings import has_ratings, read_rated_players

router = APIRouter()
_ROWS = 120
_FOUND = 50
_SHORTEST, _LONGEST = 2, 50
# Singular of what each rate is per.
_PER = {
    "strikeouts": "plate appearance", "walks": "plate appearance", "hit_batters": "plate appearance",
    "home_runs": "ball hit", "singles": "ball in play", "extra_bases": "ball in play",
}  # fmt: skip


@dataclass(frozen=True)
class RateLine:
    """One rate of a player now: beyond expectation, its standard error, the league's rate and what it is per."""

    name: str
    per: str
    value: float
    error: float | None
    league: float | None


@dataclass(frozen=True)
class RoleRatings:
    """A player's ratings in one role: the newest in detail, and all by date, newest first."""

    role: str
    now: PlayerRating
    rates: list[RateLine]
    rows: list[PlayerRating]


@router.get("/players")
def players(request: Request, services: Served) -> Response:
    """Rated players by name (?name=)."""
    name = request.query_params.get("name", "").strip()[:_LONGEST]
    is_searched = len(name) >= _SHORTEST and re.match(PRINTABLE, name)
    found = services.read(lambda connection: read_rated_players(connection, name, _FOUND)) if is_searched else []
    is_empty = not found and not services.read(has_ratings)
    next_command = services.read(read_next_commands).for_ratings if is_empty else ""
    body = render(
        "players.html", section="players", name=name, found=found, shortest=_SHORTEST, next_command=next_command
    )
    return Representation(body, HTML).response(request)


@router.get("/players/{player_id}")
def player(player_id: PlayerId, request: Request, services: Served) -> Response:
    """A player's ratings by role, with their uncertainty."""
    found = services.read(lambda connection: read_player(connection, player_id, LAST_DAY, _ROWS, 0))
    roles = [
        RoleRatings(role, rows[0], _lines(rows[0]), rows)
        for role in ("batter", "pitcher", "catcher")
        if (rows := [row for row in found.ratings if row.role == role])
    ]
    body = render("player.html", section="players", player=found, roles=roles, rates=RATES)
    return Representation(body, HTML).response(request)


def _lines(rating: PlayerRating) -> list[RateLine]:
    lines = []
    for name in RATES:
        value = getattr(rating, name)
        if value is not None:
            words = name.replace("_", " ").capitalize()
            error, league = getattr(rating, f"{name}_se"), getattr(rating, f"league_{name}")
            lines.append(RateLine(words, _PER[name], value, error, league))
    return lines
