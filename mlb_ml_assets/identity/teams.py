"""Which team a spelling means.

Belongs here: the thirty franchise codes, their names through the years, and every source's codes and ids for them.
Not here: parks (parks.py), books (books.py), or guessing: a spelling that is not listed is an error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

import pandas as pd

from mlb_ml_assets.identity import IdentityError

FIRST_DAY = date(1900, 1, 1)
LAST_DAY = date(9999, 12, 31)


class UnknownTeam(IdentityError):
    """A source spelled a team in a way that no table here lists."""


@dataclass(frozen=True)
class TeamName:
    """A club's name and the days, both included, on which it was so called."""

    full_name: str
    valid_from: date = FIRST_DAY
    valid_to: date = LAST_DAY


@dataclass(frozen=True)
class Team:
    """One franchise. `code` never changes; names and other sources' codes do."""

    code: str
    mlb_id: int
    action_network_id: int
    nickname: str
    names: tuple[TeamName, ...]
    other_codes: tuple[str, ...] = ()
    short_names: tuple[str, ...] = ()


def _team(row: str, *former: TeamName) -> Team:
    code, mlb_id, action_network_id, full_name, nickname, codes, shorts = (cell.strip() for cell in row.split("|"))
    since = date(former[-1].valid_to.year + 1, 1, 1) if former else FIRST_DAY
    return Team(
        code,
        int(mlb_id),
        int(action_network_id),
        nickname,
        (*former, TeamName(full_name, since)),
        tuple(codes.split()),
        tuple(name.strip() for name in shorts.split(",") if name.strip()),
    )


def _until(year: int, full_name: str) -> TeamName:
    return TeamName(full_name, FIRST_DAY, date(year, 12, 31))


# code | MLB id | Action Network id | name now | nickname | codes elsewhere: Retrosheet (NYA), sportsbookreviewsonline
# (CUB), the odds sources (AZ, ATH, CHW, WAS) | spellings without the full name
TEAMS: tuple[Team, ...] = (
    _team("ARI | 109 | 205 | Arizona Diamondbacks  | Diamondbacks | AZ               | Arizona, D-backs, Dbacks"),
    _team("ATL | 144 | 215 | Atlanta Braves        | Braves       |                  | Atlanta"),
    _team("BAL | 110 | 187 | Baltimore Orioles     | Orioles      |                  | Baltimore"),
    _team("BOS | 111 | 190 | Boston Red Sox        | Red Sox      |                  | Boston"),
    _team("CHC | 112 | 206 | Chicago Cubs          | Cubs         | CHN CUB CHIC     | CHI Cubs"),
    _team("CWS | 145 | 194 | Chicago White Sox     | White Sox    | CHA CHW CHIW     | CHI White Sox"),
    _team("CIN | 113 | 202 | Cincinnati Reds       | Reds         |                  | Cincinnati"),
    _team(
        "CLE | 114 | 193 | Cleveland Guardians   | Guardians    |                  | Cleveland",
        _until(2021, "Cleveland Indians"),
    ),
    _team("COL | 115 | 210 | Colorado Rockies      | Rockies      |                  | Colorado"),
    _team("DET | 116 | 195 | Detroit Tigers        | Tigers       |                  | Detroit"),
    _team("HOU | 117 | 199 | Houston Astros        | Astros       |                  | Houston"),
    _team("KC  | 118 | 192 | Kansas City Royals    | Royals       | KCA KAN KCR      | Kansas City"),
    _team(
        "LAA | 108 | 198 | Los Angeles Angels    | Angels       | ANA              | LA Angels",
        _until(2015, "Los Angeles Angels of Anaheim"),
    ),
    _team("LAD | 119 | 204 | Los Angeles Dodgers   | Dodgers      | LAN LOS          | LA Dodgers"),
    _team(
        "MIA | 146 | 214 | Miami Marlins         | Marlins      | FLO FLA          | Miami, Florida",
        _until(2011, "Florida Marlins"),
    ),
    _team("MIL | 158 | 208 | Milwaukee Brewers     | Brewers      |                  | Milwaukee"),
    _team("MIN | 142 | 196 | Minnesota Twins       | Twins        |                  | Minnesota"),
    _team("NYM | 121 | 213 | New York Mets         | Mets         | NYN              | NY Mets"),
    _team("NYY | 147 | 191 | New York Yankees      | Yankees      | NYA              | NY Yankees"),
    _team(
        "OAK | 133 | 201 | Athletics             | Athletics    | ATH              | Oakland, A's",
        _until(2024, "Oakland Athletics"),
    ),
    _team("PHI | 143 | 212 | Philadelphia Phillies | Phillies     |                  | Philadelphia"),
    _team("PIT | 134 | 203 | Pittsburgh Pirates    | Pirates      |                  | Pittsburgh"),
    _team("SD  | 135 | 211 | San Diego Padres      | Padres       | SDN SDG SDP      | San Diego"),
    _team("SEA | 136 | 197 | Seattle Mariners      | Mariners     |                  | Seattle"),
    _team("SF  | 137 | 209 | San Francisco Giants  | Giants       | SFN SFO SFG      | San Francisco"),
    _team("STL | 138 | 207 | St. Louis Cardinals   | Cardinals    | SLN              | St. Louis, Saint Louis"),
    _team("TB  | 139 | 189 | Tampa Bay Rays        | Rays         | TBA TAM TBR      | Tampa Bay, Tampa"),
    _team("TEX | 140 | 200 | Texas Rangers         | Rangers      |                  | Texas"),
    _team("TOR | 141 | 188 | Toronto Blue Jays     | Blue Jays    |                  | Toronto"),
    _team("WSH | 120 | 216 | Washington Nationals  | Nationals    | WAS WSN          | Washington, Nats"),
)
TEAM_CODES: tuple[str, ...] = tuple(team.code for team in TEAMS)
_BY_CODE = {team.code: team for team in TEAMS}
_BY_MLB_ID = {team.mlb_id: team for team in TEAMS}
_BY_ACTION_NETWORK_ID = {team.action_network_id: team for team in TEAMS}


def _plain(spelling: str) -> str:
    return "".join(letter for letter in spelling.casefold() if letter.isalnum())


@cache
def _spellings() -> dict[str, set[str]]:
    """Every spelling, reduced to letters and digits, with the codes it may mean.

    Sources rename late and early, and write old games under new names: a former name keeps its meaning for ever. "New
    York" and "Los Angeles" mean nobody, being two clubs each.
    """
    found: dict[str, set[str]] = {}
    for team in TEAMS:
        former = [name.full_name for name in team.names]
        nicknames = [name.rsplit(" ", 1)[-1] for name in former if not name.endswith(("Sox", "Jays", "Anaheim"))]
        for spelling in (team.code, team.nickname, *team.other_codes, *team.short_names, *former, *nicknames):
            found.setdefault(_plain(spelling), set()).add(team.code)
    return found


def team(code: str) -> Team:
    """The franchise with this canonical code.

    Raises:
        UnknownTeam: not one of TEAM_CODES.
    """
    try:
        return _BY_CODE[code]
    except KeyError:
        raise UnknownTeam(f"{code!r} is none of our team codes {', '.join(TEAM_CODES)}") from None


def team_code(spelling: str) -> str:
    """The canonical code for a code, name or nickname as any of our sources spells it, of any year.

    Case, spaces and punctuation do not matter.

    Raises:
        UnknownTeam: no club, or more than one, is spelled so.
    """
    meanings = _spellings().get(_plain(spelling), set())
    if len(meanings) != 1:
        many = f"means {' and '.join(sorted(meanings))}" if meanings else "is no team we know"
        raise UnknownTeam(f"team {spelling!r} {many}")
    return next(iter(meanings))


def is_known_team(spelling: str) -> bool:
    """Whether a spelling means one club (`team_code`)."""
    return len(_spellings().get(_plain(spelling), set())) == 1


def code_or_spelling(spelling: str) -> str:
    """Our code of a club as another program spells it; an unknown club keeps its spelling, and matches nothing."""
    return team_code(spelling) if is_known_team(spelling) else spelling


def team_codes(spellings: "pd.Series[str]") -> "pd.Series[str]":
    """`team_code` for a whole column; one look-up a distinct spelling, missing stays missing.

    Raises:
        UnknownTeam: as team_code, for the first spelling that fails.
    """
    return spellings.map({spelling: team_code(str(spelling)) for spelling in spellings.dropna().unique()})


def team_code_of_mlb_id(mlb_id: int) -> str:
    """The canonical code of an MLB Stats API team id; UnknownTeam for an all-star or minor-league side."""
    if mlb_id not in _BY_MLB_ID:
        raise UnknownTeam(f"MLB team id {mlb_id} is none of the thirty clubs")
    return _BY_MLB_ID[mlb_id].code


def team_code_of_action_network_id(action_network_id: int) -> str:
    """The canonical code of an Action Network team id; UnknownTeam for any other."""
    if action_network_id not in _BY_ACTION_NETWORK_ID:
        raise UnknownTeam(f"Action Network team id {action_network_id} is none of the thirty clubs")
    return _BY_ACTION_NETWORK_ID[action_network_id].code


def team_code_by(naming: str, value: str) -> str:
    """The canonical code of a source's team, by the source's way of naming teams (`SourceSpec.team_naming`).

    Raises:
        UnknownTeam: no club, or more than one, is meant.
    """
    return _READERS[naming](value)


_READERS: dict[str, Callable[[str], str]] = {
    "spelling": team_code,
    "mlb_id": lambda value: team_code_of_mlb_id(int(value)),
    "action_network_id": lambda value: team_code_of_action_network_id(int(value)),
}


def full_name(code: str, on: date) -> str:
    """What the club was called on that day: CLE in 2016 is the Cleveland Indians."""
    return next(name.full_name for name in team(code).names if name.valid_from <= on <= name.valid_to)
