"""What a schedule leaves open and a rule fills in: starts, scheduled innings, neutral sites.

Belongs here: the assumed start of a game, the length of doubleheaders by season, the home parks of every club.
Not here: when facts become known (known_at.py), park data (parks.py).
"""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.identity.parks import PARKS

DAY_GAME_START = time(13, 5)
NIGHT_GAME_START = time(19, 5)
SECOND_GAME_AFTER = timedelta(hours=3, minutes=30)
REGULATION_INNINGS = 9
DOUBLEHEADER_INNINGS = 7
# Doubleheaders were of seven innings from 1 August 2020 to the end of the season of 2021.
SEVEN_INNINGS_FROM, SEVEN_INNINGS_TO = date(2020, 8, 1), date(2021, 12, 31)

# Club, park, first and last season (both included), temporary homes included; spring training is not meant.
_HOME_PARKS = """
ARI PHO01 1998 9999
ATL ATL02 1997 2016
ATL ATL03 2017 9999
BAL BAL12 1992 9999
BOS BOS07 1912 9999
CHC CHI11 1916 9999
CWS CHI12 1991 9999
CIN CIN09 2003 9999
CLE CLE08 1994 9999
COL DEN02 1995 9999
DET DET05 2000 9999
HOU HOU03 2000 9999
KC KAN06 1973 9999
LAA ANA01 1966 9999
LAD LOS03 1962 9999
MIA MIA01 1993 2011
MIA MIA02 2012 9999
MIL MIL06 2001 9999
MIN MIN03 1982 2009
MIN MIN04 2010 9999
NYM NYC20 2009 9999
NYY NYC21 2009 9999
OAK OAK01 1968 2024
OAK SAC01 2025 9999
PHI PHI13 2004 9999
PIT PIT08 2001 9999
SD SAN02 2004 9999
SEA SEA03 1999 9999
SF SFO03 2000 9999
STL STL10 2006 9999
TB STP01 1998 2024
TB TAM02 2025 2025
TB STP01 2026 9999
TEX ARL02 1994 2019
TEX ARL03 2020 9999
TOR BUF05 2020 2021
TOR DUN01 2021 2021
TOR TOR02 1989 9999
WSH WAS11 2008 9999
"""
HOME_PARKS: tuple[tuple[str, str, int, int], ...] = tuple(
    (club, park, int(first), int(last)) for club, park, first, last in map(str.split, _HOME_PARKS.split("\n")[1:-1])
)
_ZONE_OF_PARK = {park.park_id: park.zone for park in PARKS}


def zone_of(park_id: str | None, home_team: str, season: int) -> ZoneInfo:
    """Time zone of a park; of the home club's park where the park is unknown; Eastern where that is too."""
    if park_id is not None and park_id in _ZONE_OF_PARK:
        return _ZONE_OF_PARK[park_id]
    homes = [park for club, park, first, last in HOME_PARKS if club == home_team and first <= season <= last]
    return _ZONE_OF_PARK[homes[-1]] if homes else EASTERN


def assumed_start(game_date: date, day_night: str, game_number: int, zone: ZoneInfo) -> datetime:
    """First pitch of a game without a recorded start: 13:05 (D) or 19:05 (N) at the park, in UTC.

    The second game of a doubleheader starts 3 h 30 after the first would. `day_night` is the first game's.
    """
    first = datetime.combine(game_date, time_of(day_night), tzinfo=zone).astimezone(UTC)
    return first + (game_number == 2) * SECOND_GAME_AFTER


def time_of(day_night: str) -> time:
    """Usual local start of a day or night game.

    Raises:
        ValueError: neither D nor N.
    """
    if day_night not in ("D", "N"):
        raise ValueError(f"day_night is {day_night!r}: D or N is needed")
    return DAY_GAME_START if day_night == "D" else NIGHT_GAME_START


def scheduled_innings(game_date: date, season_type: str | None, doubleheader: str) -> int:
    """Innings that a game is scheduled for: seven in doubleheaders of August 2020 to 2021, regular season."""
    short = SEVEN_INNINGS_FROM <= game_date <= SEVEN_INNINGS_TO
    return DOUBLEHEADER_INNINGS if short and season_type == "regular" and doubleheader != "N" else REGULATION_INNINGS


def scheduled_innings_of(
    game_dates: "pd.Series[Any]", season_types: "pd.Series[str]", doubleheaders: "pd.Series[str]"
) -> "pd.Series[int]":
    """`scheduled_innings` for columns."""
    days = pd.to_datetime(game_dates)
    short = days.ge(pd.Timestamp(SEVEN_INNINGS_FROM)) & days.le(pd.Timestamp(SEVEN_INNINGS_TO))
    short &= season_types.eq("regular") & doubleheaders.ne("N")
    innings = np.where(short, DOUBLEHEADER_INNINGS, REGULATION_INNINGS)
    return pd.Series(innings, index=game_dates.index, dtype="int64")


def neutral_sites(
    park_ids: "pd.Series[str]", home_teams: "pd.Series[str]", seasons: "pd.Series[int]"
) -> "pd.Series[bool]":
    """`is_neutral_site` for columns; a missing park is not known to be neutral."""
    keys = list(zip(park_ids, home_teams, seasons, strict=True))
    known = {key: is_neutral_site(key[0] if isinstance(key[0], str) else None, *key[1:]) for key in set(keys)}
    return pd.Series([known[key] for key in keys], index=park_ids.index, dtype=bool)


def is_neutral_site(park_id: str | None, home_team: str, season: int) -> bool:
    """Whether a park is not a home of the club that season. False for an unknown park: nothing is known of it."""
    if park_id is None:
        return False
    homes = {park for club, park, first, last in HOME_PARKS if club == home_team and first <= season <= last}
    return bool(homes) and park_id not in homes
