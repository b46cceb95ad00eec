"""Open-Meteo (free for non-commercial use, CC BY 4.0): forecasts of any park, and past forecasts by their lead.

Belongs here: its two addresses, their answers as rows.
Not here: which park a point belongs to (identity/parks.py).

Its "historical forecast" stitches the first hours of each run together: what it says of an hour was not known hours
before. Only forecasts of the future and `_previous_dayN` (what was forecast N x 24 hours before) become rows.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.http import SourceClient
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, Payload, reading_payload
from mlb_ml_assets.sources.spec import Collector, SourceSpec
from mlb_ml_assets.sources.weather import HORIZON, MILES_PER_KILOMETER, Place, WeatherForecast

_UTC = ZoneInfo("UTC")
SOURCE, PREVIOUS = "open_meteo", "open_meteo_previous_runs"
URL, PREVIOUS_URL = "https://api.open-meteo.com", "https://previous-runs-api.open-meteo.com"
TEMPERATURE, WIND, DIRECTION = "temperature_2m", "wind_speed_10m", "wind_direction_10m"
RAIN, HUMIDITY = "precipitation_probability", "relative_humidity_2m"
# Days ahead whose forecasts are read: the open is decided a day before the game.
_LEADS = (1, 2)
_COLUMNS = (TEMPERATURE, WIND, DIRECTION, RAIN, HUMIDITY)
_LEAD = re.compile(rf"{TEMPERATURE}_previous_day([1-7])")
# Factor and offset to degrees Fahrenheit and miles an hour.
_UNITS: Mapping[str, Mapping[str, tuple[float, float]]] = {
    TEMPERATURE: {"°C": (1.8, 32.0), "°F": (1.0, 0.0)},
    WIND: {"km/h": (MILES_PER_KILOMETER, 0.0), "mp/h": (1.0, 0.0)},
}


def client(**options: Any) -> SourceClient:
    """A client for forecasts; MLB_ML_OPEN_METEO_URL points it elsewhere."""
    return SourceClient(SOURCE, URL, **options)


def previous_client(**options: Any) -> SourceClient:
    """A client for past forecasts; MLB_ML_OPEN_METEO_PREVIOUS_RUNS_URL points it elsewhere."""
    return SourceClient(PREVIOUS, PREVIOUS_URL, **options)


def fetch(source: SourceClient, day: date, places: Sequence[Place]) -> Iterator[Payload]:
    """The hours of the day and the next two at each place, in UTC."""
    wanted = ",".join(_COLUMNS)
    for place in places:
        yield source.get("/v1/forecast", _asked(place, wanted, day, day + timedelta(days=2)))


def fetch_previous(source: SourceClient, day: date, places: Sequence[Place]) -> Iterator[Payload]:
    """What was forecast a day and two days before for the hours of a past day and the one after."""
    wanted = ",".join(f"{name}_previous_day{lead}" for name in (TEMPERATURE, WIND, DIRECTION) for lead in _LEADS)
    for place in places:
        yield source.get("/v1/forecast", _asked(place, wanted, day, day + timedelta(days=1)))


def _asked(place: Place, hourly: str, first: date, last: date) -> dict[str, str]:
    return {
        "latitude": f"{place.latitude:.4f}", "longitude": f"{place.longitude:.4f}", "hourly": hourly,
        "start_date": first.isoformat(), "end_date": last.isoformat(), "timezone": "GMT",
    }  # fmt: skip


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Future hours of a forecast, or the leads of past ones.

    The place is the one requested, as the endpoint has it; an answer names the grid cell, up to 10 km away.

    Raises:
        PayloadShapeError: not an answer of this source, or one whose parts moved.
    """
    with reading_payload(SOURCE):
        content = reading.load_json(body) if isinstance(body, bytes) else body
        hourly, units = reading.mapping(content, "hourly"), reading.mapping(content, "hourly_units")
        parsed = Parsed(SOURCE, captured_at)
        offset = timedelta(seconds=reading.whole(content, "utc_offset_seconds", -86400, 86400))
        times = [reading.as_instant(value, "time", _UTC) - offset for value in reading.sequence(hourly, "time")]
        leads = sorted(int(match[1]) for name in hourly if (match := _LEAD.fullmatch(name)))
        where = _place(content, endpoint)
        for lead in leads or (0,):
            _add_hours(parsed, hourly, units, times, where, lead)
        return parsed


def _add_hours(
    parsed: Parsed,
    hourly: Mapping[str, Any],
    units: Mapping[str, Any],
    times: Sequence[datetime],
    where: tuple[float, float],
    lead: int,
) -> None:
    suffix = f"_previous_day{lead}" if lead else ""
    if any(f"{name}{suffix}" not in hourly for name in (TEMPERATURE, WIND, DIRECTION)):
        parsed.leave_out("hour without wind", len(times))
        return
    columns = {name: reading.listed(hourly, f"{name}{suffix}") for name in _COLUMNS}
    for place, valid_at in enumerate(times):
        # Without a lead, an hour that has passed is no forecast: that is the stitched history.
        if not lead and not parsed.captured_at <= valid_at <= parsed.captured_at + HORIZON:
            parsed.leave_out("hour that has passed or is beyond the horizon", 1)
            continue
        values = {name: column[place] if place < len(column) else None for name, column in columns.items()}
        if values[TEMPERATURE] is None or values[WIND] is None:
            parsed.leave_out("empty hour", 1)
            continue
        known_at = valid_at - timedelta(days=lead) if lead else parsed.captured_at
        if known_at > parsed.captured_at:
            parsed.leave_out("hour whose lead has not come yet", 1)
            continue
        try:
            temperature = _in_our_unit(values[TEMPERATURE], TEMPERATURE, suffix, units)
            speed = _in_our_unit(values[WIND], WIND, suffix, units)
            direction = None if values[DIRECTION] is None else reading.as_number(values[DIRECTION], DIRECTION)
            parsed.forecasts.append(
                WeatherForecast(
                    *where,
                    valid_at=valid_at,
                    issued_at=known_at,
                    known_at=known_at,
                    assumed=bool(lead),
                    temperature_fahrenheit=temperature,
                    wind_speed_mph=speed,
                    wind_from_degrees=direction,
                    precipitation_probability=_share(values[RAIN], RAIN),
                    humidity=_share(values[HUMIDITY], HUMIDITY),
                )
            )
        except BadField as error:
            parsed.reject(error, {"time": valid_at.isoformat(), **values})


def _place(content: object, endpoint: str) -> tuple[float, float]:
    asked = parse_qs(urlsplit(endpoint).query)
    if "latitude" in asked and "longitude" in asked:
        latitude, longitude = asked["latitude"][0], asked["longitude"][0]
        return reading.as_number(latitude, "latitude"), reading.as_number(longitude, "longitude")
    return reading.number(content, "latitude"), reading.number(content, "longitude")


def _in_our_unit(value: object, name: str, suffix: str, units: Mapping[str, Any]) -> float:
    unit = reading.text(units, f"{name}{suffix}", 20)
    if unit not in _UNITS[name]:
        raise BadField(f"{name}{suffix}", unit, f"not in {' or '.join(_UNITS[name])}")
    factor, offset = _UNITS[name][unit]
    return factor * reading.as_number(value, name) + offset


def _share(value: object, name: str) -> float | None:
    return None if value is None else reading.as_number(value, name) / 100.0


_COLLECTOR = Collector((), "weather_forecasts", "Hourly weather forecasts of parks, with the instant of their issue.")
SPEC = SourceSpec(SOURCE, "weather", parse, client, fetch, takes_places=True, collector=_COLLECTOR)
PREVIOUS_SPEC = SourceSpec(PREVIOUS, "weather", parse, previous_client, fetch_previous, takes_places=True)
