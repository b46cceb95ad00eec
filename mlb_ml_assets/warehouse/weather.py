"""Weather of games: forecasts as they were known, and for archives what was observed.

Belongs here: writing staging.weather_forecasts, the places to forecast, the weather of a game as of an instant.
Not here: parsing forecasts (sources/), features of the weather (features/).
"""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from mlb_ml_assets.identity.parks import PARKS, nearest_park, wind_along
from mlb_ml_assets.sources.rows import Rejected
from mlb_ml_assets.sources.weather import Place, WeatherForecast
from mlb_ml_assets.warehouse.partition_write import Target, upsert
from mlb_ml_assets.warehouse.queries import read_dicts, read_frame

_FORECASTS = Target("staging.weather_forecasts", keys=("park_id", "valid_at", "source", "issued_at"))
_VALUES = (
    "temperature_fahrenheit", "wind_speed_mph", "wind_from_degrees", "precipitation_probability", "humidity",
)  # fmt: skip
# Shares of an observed wind's speed that blow out to center field, and across it from left to right.
_OBSERVED = {
    "tocf": (1.0, 0.0), "tolf": (0.8, -0.6), "torf": (0.8, 0.6), "fromcf": (-1.0, 0.0), "fromlf": (-0.8, 0.6),
    "fromrf": (-0.8, -0.6), "ltor": (0.0, 1.0), "rtol": (0.0, -1.0),
}  # fmt: skip
WEATHER_COLUMNS = (
    "source", "known_at", "assumed", "temperature_fahrenheit", "wind_out_mph", "wind_cross_mph",
    "precipitation_probability", "roof_closed",
)  # fmt: skip

Connection = psycopg.Connection[Any]


def write_forecasts(
    connection: Connection, source: str, forecasts: Sequence[WeatherForecast]
) -> tuple[int, list[Rejected]]:
    """Store forecasts of parks; the same issue captured again keeps its first capture.

    Returns:
        Rows that are new, and the forecasts of places where no park is.
    """
    rows, rejected = [], []
    parks = {place: nearest_park(*place) for place in {(one.latitude, one.longitude) for one in forecasts}}
    for one in forecasts:
        park = parks[one.latitude, one.longitude]
        if park is None:
            where = {"latitude": one.latitude, "longitude": one.longitude}
            rejected.append(Rejected("no park there", f"no park within 6 km of {where}", where))
            continue
        stamps = (one.valid_at, one.issued_at, one.known_at, one.assumed)
        rows.append((source, park.park_id, *stamps, *(getattr(one, name) for name in _VALUES)))
    columns = ["source", "park_id", "valid_at", "issued_at", "known_at", "assumed", *_VALUES]
    frame = pd.DataFrame(rows, columns=columns).drop_duplicates(list(_FORECASTS.keys))
    if frame.empty:
        return 0, rejected
    for stamp in ("valid_at", "issued_at", "known_at"):
        frame[stamp] = pd.to_datetime(frame[stamp], utc=True)
    frame[list(_VALUES)] = frame[list(_VALUES)].astype(float)
    return upsert(connection, _FORECASTS, frame, update=()).inserted, rejected


def read_places(connection: Connection, day: date) -> list[Place]:
    """The parks under an open sky of the games of a day and the next: the next day's are decided at their open."""
    known = {park.park_id: park for park in PARKS}
    parameters = {"first": day, "last": day + timedelta(days=1)}
    ids = [row["park_id"] for row in read_dicts(connection, "parks_of_days", parameters)]
    parks = [known[each] for each in ids if each in known and known[each].roof != "dome"]
    return [Place(park.park_id, park.latitude, park.longitude) for park in parks]


def read_weather(connection: Connection, requests: pd.DataFrame) -> pd.DataFrame:
    """The weather of games at first pitch, as known at an instant.

    The newest forecast of the hour of the scheduled start that was known by then. A game of an archive without one has
    what was observed, from three hours before first pitch on, marked `assumed`: it replaces a forecast of that time.
    Observations of live sources are never used: a decision has forecasts only.

    Args:
        connection: any.
        requests: game_id and as_of (UTC), one row a decision.

    Returns:
        WEATHER_COLUMNS by row of `requests`, missing where nothing was known. Wind is along the line from home plate to
        center field (out positive) and across it (from left to right positive), 0 under a dome; roof_closed is True
        under a dome, False under an open sky, missing for a retractable roof that nobody has reported yet. known_at is
        in UTC.
    """
    asked = requests.reset_index(drop=True)
    parameters = {
        "places": list(range(len(asked))),
        "games": asked["game_id"].astype(int).tolist(),
        "instants": [stamp.to_pydatetime() for stamp in pd.to_datetime(asked["as_of"], utc=True)],
    }
    found = read_frame(connection, "weather_of_games", parameters, instants=("known_at",)).set_index("place")
    rows = found.reindex(range(len(asked)))
    winds = [_wind(row) for row in rows.itertuples()]
    weather = rows.assign(
        wind_out_mph=[out for out, _ in winds],
        wind_cross_mph=[cross for _, cross in winds],
        roof_closed=pd.array([_roof(row) for row in rows.itertuples()], dtype="boolean"),
    )
    weather["known_at"] = pd.to_datetime(weather["known_at"], utc=True)
    return weather[list(WEATHER_COLUMNS)].set_axis(requests.index)


def _wind(row: Any) -> tuple[float, float]:
    """Wind out and across, miles an hour; NaN where speed, direction or the park's orientation is unknown."""
    if row.roof_closed is True or _park_roof(row.park_id) == "dome":
        return 0.0, 0.0
    if row.wind_speed_mph is None or pd.isna(row.wind_speed_mph):
        return np.nan, np.nan
    speed = float(row.wind_speed_mph)
    if speed == 0:
        return 0.0, 0.0
    if isinstance(row.wind_direction, str):
        out, cross = _OBSERVED.get(row.wind_direction, (np.nan, np.nan))
        return speed * out, speed * cross
    return wind_along(row.park_id, speed, row.wind_from_degrees)


def _roof(row: Any) -> bool | None:
    if row.roof_closed is True or row.roof_closed is False:
        return bool(row.roof_closed)
    return {"dome": True, "open": False}.get(_park_roof(row.park_id) or "")


def _park_roof(park_id: object) -> str | None:
    return next((park.roof for park in PARKS if park.park_id == park_id), None)
