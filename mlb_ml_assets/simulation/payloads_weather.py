"""The weather services' answers about the league's parks: hourly forecasts, wrong by more the earlier they were issued.

Belongs here: the forecast of an hour as of its issue, in the two services' formats.
Not here: the weather that came (circumstance.py), where a park's name is printed (clubs.py).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from mlb_ml_assets.simulation.circumstance import MONTH_TEMPERATURE, WIND_DIRECTIONS
from mlb_ml_assets.simulation.clubs import CLUBS
from mlb_ml_assets.simulation.config import Stream
from mlb_ml_assets.simulation.timeline import Timeline

# Degrees north and east of each club's park, and from north the direction from home plate to center field.
_PARKS = {
    "ARI": (33.445, -112.067, 0), "ATL": (33.891, -84.468, 145), "BAL": (39.284, -76.622, 31),
    "BOS": (42.346, -71.098, 45), "CHC": (41.948, -87.656, 37), "CWS": (41.830, -87.634, 127),
    "CIN": (39.097, -84.507, 122), "CLE": (41.496, -81.685, 0), "COL": (39.756, -104.994, 4),
    "DET": (42.339, -83.049, 150), "HOU": (29.757, -95.356, 343), "KC": (39.051, -94.480, 46),
    "LAA": (33.800, -117.883, 44), "LAD": (34.074, -118.240, 26), "MIA": (25.778, -80.220, 128),
    "MIL": (43.028, -87.971, 129), "MIN": (44.982, -93.278, 129), "NYM": (40.757, -73.846, 13),
    "NYY": (40.829, -73.926, 75), "OAK": (37.751, -122.201, 56), "PHI": (39.906, -75.166, 9),
    "PIT": (40.447, -80.006, 116), "SD": (32.707, -117.157, 0), "SEA": (47.591, -122.333, 49),
    "SF": (37.778, -122.389, 85), "STL": (38.623, -90.193, 62), "TB": (27.768, -82.653, 359),
    "TEX": (32.747, -97.083, 30), "TOR": (43.641, -79.389, 345), "WSH": (38.873, -77.007, 28),
}  # fmt: skip
# Where the wind goes, in degrees to the right of the line from home plate to center field.
_TOWARD = dict(zip(WIND_DIRECTIONS, (0, -45, 45, 180, 135, 225, 90, 270), strict=True))
_OUTSIDE_COVERAGE = frozenset({"TOR"})  # the National Weather Service forecasts the United States
_RENEWED_EVERY = timedelta(hours=6)
_HOURS_AHEAD, _NEAR_HOURS = 156, 12
# Errors grow with the square root of the days ahead: 2.5 F and 2 mph at one day, of the size of real forecasts.
_TEMPERATURE_ERROR, _WIND_ERROR, _DIRECTION_ERROR = 2.5, 2.0, 15.0
# An hour is about this much cooler than the game for each hour that it is away from it.
_COOLING = 1.2
_POINTS = (
    "N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW",
)  # fmt: skip
_KILOMETERS_PER_MILE = 1.609344
_NEAR_DEGREES = 0.03


@dataclass(frozen=True)
class Hour:
    """The forecast of one hour: degrees Fahrenheit, miles an hour, degrees from north, 0..100."""

    begins: datetime
    temperature: float
    wind: float
    wind_from: float
    rain: int
    humidity: int


class Forecasts:
    """What was forecast of any hour at the league's parks."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline, self._config = timeline, timeline.league.config
        starts: dict[int, list[tuple[datetime, int]]] = {}
        for row, (club, start) in enumerate(timeline.league.games[["home", "start"]].itertuples(index=False)):
            starts.setdefault(int(club), []).append((start.to_pydatetime(), row))
        self._starts = {club: sorted(games) for club, games in starts.items()}

    def hour(self, club: int, begins: datetime, issued_at: datetime) -> Hour:
        """The forecast of the hour that begins then, as issued at an instant; the same request gives the same answer.

        Near a game it is that game's weather with an error, elsewhere the month's.
        """
        days_ahead = max((begins - issued_at) / timedelta(days=1), 0.0)
        stamps = (int(instant.timestamp()) // 3600 for instant in (begins, issued_at))
        noise = self._config.stream(Stream.WEATHER, club, *stamps).normal(size=5) * days_ahead**0.5
        temperature, wind, wind_from = self._truth(club, begins)
        return Hour(
            begins,
            round(temperature + _TEMPERATURE_ERROR * noise[0]),
            max(round(wind + _WIND_ERROR * noise[1]), 0),
            round(wind_from + _DIRECTION_ERROR * noise[2]) % 360,
            int(np.clip(20 + 15 * noise[3], 0, 100)),
            int(np.clip(55 + 10 * noise[4], 0, 100)),
        )

    def _truth(self, club: int, begins: datetime) -> tuple[float, float, float]:
        games = self._starts.get(club, [])
        place = bisect_left(games, (begins, 0))
        near = min(games[max(place - 1, 0) : place + 1], key=lambda game: abs(game[0] - begins), default=None)
        bearing = _PARKS[CLUBS[club].code][2]
        if near is not None:
            away = abs(near[0] - begins) / timedelta(hours=1)
            direction = _TOWARD.get(self._timeline.fact(near[1], "wind_direction"))
            if away <= _NEAR_HOURS and direction is not None:
                fact = self._timeline.fact
                cooled = fact(near[1], "temperature") - _COOLING * max(away - 1, 0)
                return cooled, fact(near[1], "wind_speed"), (bearing + direction + 180) % 360
        return float(MONTH_TEMPERATURE[begins.month - 1]), 8.0, 225.0


def club_at(latitude: float, longitude: float) -> int | None:
    """The club whose park is at a point, or None."""
    for club, each in enumerate(CLUBS):
        north, east, _ = _PARKS[each.code]
        if abs(north - latitude) < _NEAR_DEGREES and abs(east - longitude) < _NEAR_DEGREES:
            return club
    return None


def point(latitude: float, longitude: float) -> dict[str, Any] | None:
    """The National Weather Service's description of a point: its grid cell; None where it does not forecast."""
    club = club_at(latitude, longitude)
    if club is None or CLUBS[club].code in _OUTSIDE_COVERAGE:
        return None
    cell = {"gridId": "SIM", "gridX": club, "gridY": 1, "timeZone": CLUBS[club].timezone}
    return {
        "type": "Feature",
        "geometry": {"type": "Point", "coordinates": [longitude, latitude]},
        "properties": cell,
    }


def hourly_forecast(forecasts: Forecasts, club: int, now: datetime) -> dict[str, Any]:
    """The National Weather Service's hourly forecast of a grid cell, renewed every six hours."""
    issued_at = _floor(now, _RENEWED_EVERY)
    first = _floor(now, timedelta(hours=1))
    hours = [forecasts.hour(club, first + timedelta(hours=ahead), issued_at) for ahead in range(_HOURS_AHEAD)]
    latitude, longitude, _ = _PARKS[CLUBS[club].code]
    corners = [(-0.01, -0.01), (-0.01, 0.01), (0.01, 0.01), (0.01, -0.01), (-0.01, -0.01)]
    ring = [[round(longitude + east, 4), round(latitude + north, 4)] for north, east in corners]
    return {
        "type": "Feature",
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {
            "units": "us",
            "generatedAt": now.isoformat(),
            "updateTime": issued_at.isoformat(),
            "periods": [_period(number, hour, club) for number, hour in enumerate(hours, start=1)],
        },
    }


def _period(number: int, hour: Hour, club: int) -> dict[str, Any]:
    zone = CLUBS[club].zone
    return {
        "number": number,
        "startTime": hour.begins.astimezone(zone).isoformat(),
        "endTime": (hour.begins + timedelta(hours=1)).astimezone(zone).isoformat(),
        "temperature": hour.temperature,
        "temperatureUnit": "F",
        "probabilityOfPrecipitation": {"unitCode": "wmoUnit:percent", "value": hour.rain},
        "relativeHumidity": {"unitCode": "wmoUnit:percent", "value": hour.humidity},
        "windSpeed": f"{hour.wind:g} mph",
        "windDirection": _POINTS[round(hour.wind_from / 22.5) % 16],
    }


def open_meteo(
    forecasts: Forecasts, club: int, days: tuple[date, date], leads: Sequence[int], now: datetime
) -> dict[str, Any]:
    """Open-Meteo's hours of days (UTC, both included), as issued now, or `leads` days before each hour."""
    first = datetime(days[0].year, days[0].month, days[0].day, tzinfo=UTC)
    begins = [first + timedelta(hours=step) for step in range(24 * ((days[1] - days[0]).days + 1))]
    hourly: dict[str, list[Any]] = {"time": [f"{hour:%Y-%m-%dT%H:%M}" for hour in begins]}
    units = {"time": "iso8601"}
    for lead in leads or (0,):
        hours = [forecasts.hour(club, hour, hour - timedelta(days=lead) if lead else now) for hour in begins]
        suffix = f"_previous_day{lead}" if lead else ""
        for name, unit, values in (
            ("temperature_2m", "°C", [round((hour.temperature - 32) / 1.8, 1) for hour in hours]),
            ("wind_speed_10m", "km/h", [round(hour.wind * _KILOMETERS_PER_MILE, 1) for hour in hours]),
            ("wind_direction_10m", "°", [hour.wind_from for hour in hours]),
            ("precipitation_probability", "%", [hour.rain for hour in hours]),
            ("relative_humidity_2m", "%", [hour.humidity for hour in hours]),
        ):
            hourly[f"{name}{suffix}"], units[f"{name}{suffix}"] = values, unit
    latitude, longitude, _ = _PARKS[CLUBS[club].code]
    return {
        "latitude": latitude, "longitude": longitude, "utc_offset_seconds": 0, "timezone": "GMT",
        "hourly_units": units, "hourly": hourly,
    }  # fmt: skip


def _floor(instant: datetime, step: timedelta) -> datetime:
    midnight = instant.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + (instant - midnight) // step * step
