"""The game that a person or a file names.

Belongs here: the forms in which a game can be named, and the one game that each identifies.
Not here: linking a source's listings to games (game_links.py).
"""

import re
from datetime import date
from typing import Any

import psycopg

from mlb_ml_assets.identity.teams import UnknownTeam, team_code
from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.queries import read_dicts

GAME_ID = (
    "Our integer id, MLB's gamePk, Action Network's id, or date and teams as in 2025-01-31-NYY-BOS (away, home; -2 for "
    "game 2). The prefixes id:, pk: and an: distinguish numbers."
)
_LARGEST_ID = 2**31 - 1
_NUMBER = re.compile(r"(?:(id|pk|an):)?([0-9]{1,10})")
_TEAMS = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})-([A-Z]{2,3})-([A-Z]{2,3})(?:-([12]))?")
_ID_KINDS = {"id": "our id", "pk": "MLB's gamePk", "an": "Action Network's id"}

Connection = psycopg.Connection[Any]
Row = dict[str, Any]


class NotAGameReference(WarehouseError, ValueError):
    """The text has none of the forms that name a game."""


class UnknownGame(WarehouseError, LookupError):
    """No stored game has this name."""


class AmbiguousGame(WarehouseError, LookupError):
    """Several stored games have this name; the message says how to name one. `games`: how many."""

    def __init__(self, message: str, games: int) -> None:
        self.games = games
        super().__init__(message)


def find_game(connection: Connection, reference: str) -> int:
    """Our id of the game that a reference identifies, in any of the forms of `GAME_ID`.

    Raises:
        NotAGameReference: any other form.
        UnknownGame: no game is stored under it.
        AmbiguousGame: a number or a pair of teams that identifies several.
    """
    if match := _NUMBER.fullmatch(reference):
        return _find_number(connection, match[1], match[2])
    if match := _TEAMS.fullmatch(reference):
        return _find_teams(connection, match)
    raise NotAGameReference(
        "use our integer id, MLB's gamePk or Action Network's id, with the prefix id:, pk: or an: where a number is "
        "ambiguous, or date and teams as in 2025-01-31-NYY-BOS"
    )


def _find_number(connection: Connection, kind: str | None, digits: str) -> int:
    number = int(digits)
    parameters = {
        "id": number if kind in {None, "id"} and number <= _LARGEST_ID else None,
        "pk": digits if kind in {None, "pk"} else None,
        "an": digits if kind in {None, "an"} else None,
    }
    games = read_dicts(connection, "games_by_any_id", parameters)
    if len(games) > 1:
        meanings = [f"{_ID_KINDS[each]} of {_title(game)}" for game in games for each in game["kinds"]]
        forms = dict.fromkeys(f"{each}:{digits}" for game in games for each in game["kinds"])
        raise AmbiguousGame(f"{digits} is {' and '.join(meanings)}: use {' or '.join(forms)}", len(games))
    named = _ID_KINDS[kind] if kind else "our id, gamePk or Action Network's id"
    return _only(games, f"no game has {digits} as {named}")


def _find_teams(connection: Connection, match: re.Match[str]) -> int:
    try:
        day = date.fromisoformat(match[1])
    except ValueError:
        raise NotAGameReference(f"{match[1]} is not a day") from None
    try:
        away, home = team_code(match[2]), team_code(match[3])
    except UnknownTeam as error:
        raise NotAGameReference(str(error)) from None
    games = read_dicts(connection, "games_by_teams", {"day": day, "away": away, "home": home})
    in_order = [game for game in games if game["is_in_order"]]
    # Some programs exchange the teams: the other order is accepted if it identifies one game.
    candidates = in_order or (games if len(games) == 1 or match[4] else [])
    number = int(match[4] or 1)
    found = [game for game in candidates if game["game_number"] == number or (len(candidates) == 1 and not match[4])]
    return _only(found, f"no game of {day} has these teams and game number")


def _only(games: list[Row], unknown: str) -> int:
    if not games:
        raise UnknownGame(unknown)
    if len(games) > 1:
        ids = " or ".join(f"id:{game['game_id']}" for game in games)
        raise AmbiguousGame(f"{len(games)} stored games are {_title(games[0])}: use {ids}", len(games))
    return int(games[0]["game_id"])


def _title(game: Row) -> str:
    return f"{game['away_team']} at {game['home_team']} on {game['game_date']:%Y-%m-%d}"
