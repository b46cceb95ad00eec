"""National Weather Service (api.weather.gov, no key, free for any use): hourly forecasts of parks in the United States.

Belongs here: its addresses, the hourly forecast as rows.
Not here: which park a point belongs to (identity/parks.py), games.

It keeps no past forecasts: what is captured is all there will ever be. A contact in MLB_ML_USER_AGENT is welcome there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.http import Limits, SourceClient, SourceNotFound, SourceUnavailable
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, Payload, mapping_of, reading_payload
from mlb_ml_assets.sources.spec import Collector, SourceSpec
from mlb_ml_assets.sources.weather import HORIZON, MILES_PER_KILOMETER, Place, WeatherForecast, fahrenheit

SOURCE = "national_weather_service"
URL = "https://api.weather.gov"
# Forecasts are renewed every few hours; answers 88 hours old have been seen.
OLDEST = timedelta(hours=24)
_POINTS = (
    "N", "NNE", "NE", "ENE", "E", "ESE", "SE", "SSE", "S", "SSW", "SW", "WSW", "W", "WNW", "NW", "NNW",
)  # fmt: skip
_FROM_DEGREES = {name: 22.5 * place for place, name in enumerate(_POINTS)}
_SPEED = re.compile(r"(?:(\d+(?:\.\d+)?) to )?(\d+(?:\.\d+)?) (mph|km/h)")


def client(**options: Any) -> SourceClient:
    """A client for this source; MLB_ML_NATIONAL_WEATHER_SERVICE_URL points it elsewhere."""
    # A request over the unpublished limit may be repeated after about five seconds.
    return SourceClient(SOURCE, URL, limits=Limits(interval=0.5, longest_wait=30.0), **options)


def fetch(source: SourceClient, day: date, places: Sequence[Place]) -> Iterator[Payload]:
    """The hourly forecast of each place: its grid cell first, which the service lets us keep by its ETag.

    A place outside its coverage (Toronto) is passed over. One that fails stops no other; the last failure is raised.

    Raises:
        SourceUnavailable: after the other places, for one that gave no answer.
    """
    del day
    failure: SourceUnavailable | None = None
    for place in places:
        try:
            point = source.get(f"/points/{place.latitude:.4f},{place.longitude:.4f}")
            yield point
            properties = reading.mapping(reading.load_json(point.body), "properties")
            office = reading.text(properties, "gridId", 10)
            cell = f"{reading.whole(properties, 'gridX')},{reading.whole(properties, 'gridY')}"
            yield source.get(f"/gridpoints/{office}/{cell}/forecast/hourly")
        except SourceNotFound:
            continue
        except BadField as error:
            failure = SourceUnavailable(SOURCE, point.endpoint, f"no grid cell: {error}")
        except SourceUnavailable as error:
            failure = error
    if failure is not None:
        raise failure


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """The hours of an hourly forecast; a grid cell's description has none.

    Raises:
        PayloadShapeError: neither of these, or one whose parts moved.
    """
    del endpoint
    with reading_payload(SOURCE):
        content = reading.load_json(body) if isinstance(body, bytes) else body
        properties = reading.mapping(content, "properties")
        parsed = Parsed(SOURCE, captured_at)
        if "gridId" in properties:
            parsed.leave_out("grid cell of a place", 1)
            return parsed
        issued_at = reading.instant(properties, "updateTime")
        latitude, longitude = _center(content)
        periods = reading.sequence(properties, "periods")
        if captured_at - issued_at > OLDEST:
            parsed.leave_out("hour of a stale forecast", len(periods))
            return parsed
        for period in periods:
            if mapping_of(period).get("startTime") is None:
                parsed.leave_out("empty hour", 1)
                continue
            try:
                valid_at = reading.instant(period, "startTime")
                if reading.instant(period, "endTime") - valid_at != timedelta(hours=1):
                    parsed.leave_out("period of more than an hour", 1)
                elif valid_at > captured_at + HORIZON:
                    parsed.leave_out("hour beyond the horizon", 1)
                else:
                    speed, direction = _wind(period)
                    parsed.forecasts.append(
                        WeatherForecast(
                            latitude,
                            longitude,
                            valid_at=valid_at,
                            issued_at=issued_at,
                            known_at=captured_at,
                            assumed=False,
                            temperature_fahrenheit=_temperature(period),
                            wind_speed_mph=speed,
                            wind_from_degrees=direction,
                            precipitation_probability=_share(period, "probabilityOfPrecipitation"),
                            humidity=_share(period, "relativeHumidity"),
                        )
                    )
            except BadField as error:
                parsed.reject(error, period)
        return parsed


def _center(content: object) -> tuple[float, float]:
    """Latitude and longitude of the middle of the grid cell: of its polygon, with or without a point beside it."""
    geometry = reading.mapping(content, "geometry")
    shapes = reading.listed(geometry, "geometries") or [geometry]
    polygon = next((shape for shape in shapes if mapping_of(shape).get("type") == "Polygon"), None)
    rings = reading.sequence(polygon, "coordinates")
    corners = rings[0] if rings and isinstance(rings[0], list) else []
    # The last corner repeats the first.
    numbers = [_corner(corner) for corner in corners[:-1]]
    if not numbers:
        raise BadField("coordinates", rings, "no corner")
    return sum(y for _, y in numbers) / len(numbers), sum(x for x, _ in numbers) / len(numbers)


def _corner(corner: object) -> tuple[float, float]:
    if not isinstance(corner, list) or len(corner) < 2:
        raise BadField("coordinates", corner, "not a point")
    return reading.as_number(corner[0], "coordinates"), reading.as_number(corner[1], "coordinates")


def _temperature(period: Mapping[str, Any]) -> float:
    """Degrees Fahrenheit, from a number (or text) with a unit beside it, or from a quantity with its unit code."""
    value = reading.get(period, "temperature")
    if isinstance(value, Mapping):
        return fahrenheit(reading.number(value, "value"))
    number = reading.as_number(value, "temperature")
    unit = reading.text(period, "temperatureUnit", 1)
    if unit not in {"F", "C"}:
        raise BadField("temperatureUnit", unit, "neither F nor C")
    return number if unit == "F" else fahrenheit(number)


def _wind(period: Mapping[str, Any]) -> tuple[float, float | None]:
    """Miles an hour and degrees; "6 to 10 mph" is the middle. Calm wind comes from nowhere."""
    value = reading.get(period, "windSpeed")
    if isinstance(value, Mapping):
        speed = reading.number(value, "value") * MILES_PER_KILOMETER
    else:
        match = _SPEED.fullmatch(value) if isinstance(value, str) else None
        if match is None:
            raise BadField("windSpeed", value, "not like 10 mph, 6 to 10 mph or 12 km/h")
        speed = (float(match[1] or match[2]) + float(match[2])) / 2
        speed *= MILES_PER_KILOMETER if match[3] == "km/h" else 1.0
    direction = reading.text_or_none(period, "windDirection", 3)
    if direction is not None and direction not in _FROM_DEGREES:
        raise BadField("windDirection", direction, "not one of sixteen points")
    return speed, None if direction is None or speed == 0 else _FROM_DEGREES[direction]


def _share(period: Mapping[str, Any], field: str) -> float | None:
    value = mapping_of(reading.get(period, field)).get("value")
    return None if value is None else reading.as_number(value, field) / 100.0


SPEC = SourceSpec(
    SOURCE,
    "weather",
    parse,
    client,
    fetch,
    takes_places=True,
    collector=Collector((), "weather_forecasts", "Hourly weather forecasts of parks, with the instant of their issue."),
)
