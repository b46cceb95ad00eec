"""Weather forecasts of parks.

Belongs here: writing staging.weather_forecasts, the places to forecast, the wind of a forecast along a park's axis.
Not here: parsing forecasts (sources/), which forecast a decision may use (features/announcements.py).
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
from mlb_ml_assets.warehouse.queries import read_dicts

_FORECASTS = Target("staging.weather_forecasts", keys=("park_id", "valid_at", "source", "issued_at"))
_VALUES = (
    "temperature_fahrenheit", "wind_speed_mph", "wind_from_degrees", "precipitation_probability", "humidity",
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


def along_axes(forecasts: pd.DataFrame) -> pd.DataFrame:
    """Forecasts of parks with the wind out to center field and the roof: game_id, known_at and what features need."""
    winds = [_forecast_wind(*row) for row in forecasts[["park_id", "wind_speed_mph", "wind_from_degrees"]].to_numpy()]
    roofs = forecasts["park_id"].map({park.park_id: {"dome": 1.0, "open": 0.0}.get(park.roof) for park in PARKS})
    return forecasts.assign(wind_out_mph=np.array(winds, dtype=np.float64), roof_closed=roofs.astype(np.float64))[
        ["game_id", "known_at", "temperature_fahrenheit", "wind_out_mph", "roof_closed"]
    ]


def _forecast_wind(park_id: str, speed: float, from_degrees: float) -> float:
    """Calm air has no direction, and a dome no wind."""
    return 0.0 if speed == 0 or _park_roof(park_id) == "dome" else wind_along(park_id, speed, from_degrees)[0]


def _park_roof(park_id: object) -> str | None:
    return next((park.roof for park in PARKS if park.park_id == park_id), None)
