"""Where a game is played.

Belongs here: parks by Retrosheet code, with MLB venue id, place, time zone, roof, orientation and the years in use;
the park at a point, and the wind along a park's axis.
Not here: park effects on runs (features/), or which team plays where (a schedule says that, not a table).
"""

from dataclasses import dataclass
from functools import cache
from math import asin, cos, isnan, radians, sin, sqrt
from typing import Literal
from zoneinfo import ZoneInfo

import pandas as pd

from mlb_ml_assets.domain.clock import EASTERN_ZONE
from mlb_ml_assets.identity import IdentityError

Roof = Literal["open", "retractable", "dome"]


class UnknownPark(IdentityError):
    """A park code, venue id or venue name that no table here lists."""


@dataclass(frozen=True)
class Park:
    """One park. `venue_id` is MLB's, None where no payload of theirs has shown it; years are seasons, both included."""

    park_id: str
    venue_id: int | None
    name: str
    city: str
    state: str
    timezone: str
    latitude: float
    longitude: float
    roof: Roof
    first_season: int
    last_season: int
    other_names: tuple[str, ...] = ()

    @property
    def zone(self) -> ZoneInfo:
        """The park's time zone, daylight saving included."""
        return ZoneInfo(self.timezone)


_ZONES = {
    "E": EASTERN_ZONE,
    "C": "America/Chicago",
    "M": "America/Denver",
    "P": "America/Los_Angeles",
    "AZ": "America/Phoenix",
    "ON": "America/Toronto",
    "PR": "America/Puerto_Rico",
}
_ROOFS: dict[str, Roof] = {"o": "open", "r": "retractable", "d": "dome"}

# park | MLB venue | name now | city | state | zone | latitude | longitude | roof | seasons | former and other names
_TABLE = """
ANA01|1|Angel Stadium|Anaheim|CA|P|33.800|-117.883|o|1966-|Angel Stadium of Anaheim
ARL02|13|Globe Life Park in Arlington|Arlington|TX|C|32.751|-97.083|o|1994-2019|Rangers Ballpark in Arlington
ARL03|5325|Globe Life Field|Arlington|TX|C|32.747|-97.084|r|2020-|
ATL02|16|Turner Field|Atlanta|GA|E|33.735|-84.389|o|1997-2016|
ATL03|4705|Truist Park|Atlanta|GA|E|33.891|-84.468|o|2017-|SunTrust Park
BAL12|2|Oriole Park at Camden Yards|Baltimore|MD|E|39.284|-76.622|o|1992-|
BIR01|3949|Rickwood Field|Birmingham|AL|C|33.502|-86.856|o|2024-2024|
BOS07|3|Fenway Park|Boston|MA|E|42.346|-71.098|o|1912-|
BRI01||Bristol Motor Speedway|Bristol|TN|E|36.516|-82.257|o|2025-2025|
BUF05|2756|Sahlen Field|Buffalo|NY|E|42.881|-78.874|o|2020-2021|
CHI11|17|Wrigley Field|Chicago|IL|C|41.948|-87.656|o|1914-|
CHI12|4|Rate Field|Chicago|IL|C|41.830|-87.634|o|1991-|Guaranteed Rate Field;U.S. Cellular Field
CIN09|2602|Great American Ball Park|Cincinnati|OH|E|39.097|-84.507|o|2003-|
CLE08|5|Progressive Field|Cleveland|OH|E|41.496|-81.685|o|1994-|Jacobs Field
DEN02|19|Coors Field|Denver|CO|M|39.756|-104.994|o|1995-|
DET05|2394|Comerica Park|Detroit|MI|E|42.339|-83.049|o|2000-|
DUN01|2536|TD Ballpark|Dunedin|FL|E|28.003|-82.787|o|2021-2021|
DYE01|5445|Field of Dreams|Dyersville|IA|C|42.498|-91.057|o|2021-2022|
FTB01|5010|Fort Bragg Field|Fort Bragg|NC|E|35.141|-79.006|o|2016-2016|
HOU03|2392|Daikin Park|Houston|TX|C|29.757|-95.356|r|2000-|Minute Maid Park
KAN06|7|Kauffman Stadium|Kansas City|MO|C|39.051|-94.480|o|1973-|
LON01|5381|London Stadium|London|England|Europe/London|51.539|-0.017|o|2019-|
LOS03|22|Dodger Stadium|Los Angeles|CA|P|34.074|-118.240|o|1962-|UNIQLO Field at Dodger Stadium
MEX02|5340|Estadio Alfredo Harp Helu|Mexico City|Mexico|America/Mexico_City|19.404|-99.085|o|2023-|
MIA01|20|Sun Life Stadium|Miami Gardens|FL|E|25.958|-80.239|o|1993-2011|Land Shark Stadium;Dolphin Stadium
MIA02|4169|loanDepot park|Miami|FL|E|25.778|-80.220|r|2012-|Marlins Park
MIL06|32|American Family Field|Milwaukee|WI|C|43.028|-87.971|r|2001-|Miller Park
MIN03|8|Hubert H. Humphrey Metrodome|Minneapolis|MN|C|44.974|-93.258|d|1982-2009|Metrodome
MIN04|3312|Target Field|Minneapolis|MN|C|44.982|-93.278|o|2010-|
MNT01|2701|Estadio de Beisbol Monterrey|Monterrey|Mexico|America/Monterrey|25.718|-100.316|o|1996-2019|Estadio Monterrey
NYC20|3289|Citi Field|New York|NY|E|40.757|-73.846|o|2009-|
NYC21|3313|Yankee Stadium|New York|NY|E|40.829|-73.926|o|2009-|
OAK01|10|Oakland Coliseum|Oakland|CA|P|37.751|-122.201|o|1968-2024|O.co Coliseum;RingCentral Coliseum;McAfee Coliseum
OMA01|5365|TD Ameritrade Park|Omaha|NE|C|41.267|-95.932|o|2019-2019|Charles Schwab Field Omaha
PHI13|2681|Citizens Bank Park|Philadelphia|PA|E|39.906|-75.166|o|2004-|
PHO01|15|Chase Field|Phoenix|AZ|AZ|33.445|-112.067|r|1998-|
PIT08|31|PNC Park|Pittsburgh|PA|E|40.447|-80.006|o|2001-|
SAC01|2529|Sutter Health Park|West Sacramento|CA|P|38.580|-121.514|o|2025-|
SAN02|2680|Petco Park|San Diego|CA|P|32.707|-117.157|o|2004-|
SEA03|680|T-Mobile Park|Seattle|WA|P|47.591|-122.333|r|1999-|Safeco Field
SEO01|5150|Gocheok Sky Dome|Seoul|South Korea|Asia/Seoul|37.498|126.867|d|2024-2024|
SFO03|2395|Oracle Park|San Francisco|CA|P|37.778|-122.389|o|2000-|AT&T Park
SJU01|2535|Hiram Bithorn Stadium|San Juan|PR|PR|18.416|-66.074|o|2001-2018|Estadio Hiram Bithorn
STL10|2889|Busch Stadium|St. Louis|MO|C|38.623|-90.193|o|2006-|Busch Stadium III
STP01|12|Tropicana Field|St. Petersburg|FL|E|27.768|-82.653|d|1998-|
SYD01|4589|Sydney Cricket Ground|Sydney|Australia|Australia/Sydney|-33.892|151.225|o|2014-2014|
TAM02|2523|George M. Steinbrenner Field|Tampa|FL|E|27.980|-82.507|o|2025-2025|Steinbrenner Field
TOK01|2397|Tokyo Dome|Tokyo|Japan|Asia/Tokyo|35.706|139.752|d|2000-|
TOR02|14|Rogers Centre|Toronto|ON|ON|43.641|-79.389|r|1989-|SkyDome
WAS11|3309|Nationals Park|Washington|DC|E|38.873|-77.007|o|2008-|
WIL02|2735|Journey Bank Ballpark|Williamsport|PA|E|41.241|-77.045|o|2017-|BB&T Ballpark;Muncy Bank Ballpark;Bowman Field
"""


# Degrees from north of the line from home plate to center field: MLB's venues (azimuthAngle), and imagery where they
# have none. Imagery of 2026 differs by 15 to 40 degrees for TEX, TOR, MIN, NYM, NYY and SAC: less certain there.
_BEARINGS = {
    "ANA01": 44, "ARL03": 30, "ATL03": 145, "BAL12": 31, "BOS07": 45, "CHI11": 37, "CHI12": 127, "CIN09": 122,
    "CLE08": 0, "DEN02": 4, "DET05": 150, "HOU03": 343, "KAN06": 46, "LOS03": 26, "MIA02": 128, "MIL06": 129,
    "MIN04": 129, "NYC20": 13, "NYC21": 75, "PHI13": 9, "PHO01": 0, "PIT08": 116, "SAC01": 46, "SAN02": 0,
    "SEA03": 49, "SFO03": 85, "STL10": 62, "STP01": 359, "TAM02": 60, "TOR02": 345, "WAS11": 28,
}  # fmt: skip
_EARTH_KILOMETERS = 6371.0
# Two parks of Chicago are 13 km apart; a forecast's grid cell is named by its middle, within 2 km of the park.
_NEAR_KILOMETERS = 6.0


def _park(row: str) -> Park:
    park_id, venue, name, city, state, zone, latitude, longitude, roof, seasons, others = row.split("|")
    first, last = seasons.split("-")
    return Park(
        park_id,
        int(venue) if venue else None,
        name,
        city,
        state,
        _ZONES.get(zone, zone),
        float(latitude),
        float(longitude),
        _ROOFS[roof],
        int(first),
        int(last) if last else 9999,
        tuple(other for other in others.split(";") if other),
    )


PARKS: tuple[Park, ...] = tuple(_park(row) for row in _TABLE.split("\n") if row)
_BY_ID = {park.park_id: park for park in PARKS}
_BY_VENUE = {park.venue_id: park for park in PARKS if park.venue_id is not None}


@cache
def _by_name() -> dict[str, Park]:
    return {name.casefold(): park for park in PARKS for name in (park.name, *park.other_names)}


def park(park_id: str) -> Park:
    """The park with this Retrosheet code.

    Raises:
        UnknownPark: the code is not listed.
    """
    if park_id not in _BY_ID:
        raise UnknownPark(f"park {park_id!r} is not in identity/parks.py")
    return _BY_ID[park_id]


def park_of_venue(venue_id: int | None, name: str | None = None) -> Park | None:
    """The park of an MLB venue id or, failing that, of its name; None where neither is listed.

    None rather than an error: MLB plays in new places, and a game there is still a game.
    """
    if venue_id in _BY_VENUE:
        return _BY_VENUE[venue_id]
    return _by_name().get(name.casefold()) if name else None


def park_ids(values: "pd.Series[str]") -> "pd.Series[str]":
    """Park codes from codes or names; a short value that is neither stays, because an archive lists more parks."""
    known = {name: _by_name()[name].park_id for name in _by_name()}
    longest_code = 10

    def code(value: object) -> str | None:
        if not isinstance(value, str):
            return None
        found = value if value in _BY_ID else known.get(value.strip().casefold())
        return found or (value if len(value) <= longest_code else None)

    return values.map({value: code(value) for value in values.dropna().unique()}).astype(object)


def park_columns(park_ids: "pd.Series[str]") -> pd.DataFrame:
    """name, city, state, timezone, latitude, longitude and roof of each park code; missing for an unlisted one."""
    fields = ("name", "city", "state", "timezone", "latitude", "longitude", "roof")
    rows = {park.park_id: [getattr(park, field) for field in fields] for park in PARKS}
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(fields))
    found: pd.DataFrame = table.reindex(park_ids.tolist())
    return found.set_axis(park_ids.index)


def nearest_park(latitude: float, longitude: float) -> Park | None:
    """The park within 6 km of a point that was in use last, of several the nearest; None where there is none."""
    distances = [(_kilometers(latitude, longitude, park.latitude, park.longitude), park) for park in PARKS]
    near = [(-park.last_season, distance, park) for distance, park in distances if distance <= _NEAR_KILOMETERS]
    return min(near, key=lambda one: one[:2])[2] if near else None


def wind_along(park_id: object, speed: float, from_degrees: float | None) -> tuple[float, float]:
    """Wind out to center field and across it from left to right, in the unit of `speed`; NaN where it cannot be known.

    out = speed cos(from + 180 - bearing); a wind to the right of that line is positive across.
    """
    bearing = _BEARINGS.get(str(park_id))
    if bearing is None or from_degrees is None or isnan(from_degrees):
        return float("nan"), float("nan")
    angle = radians(from_degrees + 180.0 - bearing)
    return speed * cos(angle), speed * sin(angle)


def _kilometers(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance (haversine)."""
    north, east = radians(other_latitude - latitude), radians(other_longitude - longitude)
    half = sin(north / 2) ** 2 + cos(radians(latitude)) * cos(radians(other_latitude)) * sin(east / 2) ** 2
    return 2.0 * _EARTH_KILOMETERS * asin(sqrt(half))
