"""Weather forecasts as rows: what every forecast source is parsed into.

Belongs here: `WeatherForecast`, the limits of its values, units.
Not here: reading any source (national_weather_service.py, open_meteo.py), parks (identity/parks.py).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from mlb_ml_assets.sources.reading import BadField

MILES_PER_KILOMETER = 0.621371
# Games are decided at most a day ahead; farther hours are forecast again before they matter.
HORIZON = timedelta(hours=60)
_TEMPERATURES, _WINDS = (-40.0, 130.0), (0.0, 120.0)


@dataclass(frozen=True)
class Place:
    """Somewhere to forecast. Degrees north and east; `key` is the park's code."""

    key: str
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class WeatherForecast:
    """The forecast of one hour at one place.

    Attributes:
        latitude: of the place as the payload names it, degrees north.
        longitude: degrees east.
        valid_at: begin of the hour (UTC).
        issued_at: when the forecast was issued (UTC); the capture, where a source has no such stamp.
        known_at: from when it may be used (UTC).
        assumed: whether `known_at` follows from a rule, because nobody captured the forecast then.
        temperature_fahrenheit, wind_speed_mph: as forecast.
        wind_from_degrees: where the wind comes from, degrees from north, None for calm or variable wind.
        precipitation_probability: 0..1; None where not forecast.
        humidity: relative, 0..1; None where not forecast.
    """

    latitude: float
    longitude: float
    valid_at: datetime
    issued_at: datetime
    known_at: datetime
    assumed: bool
    temperature_fahrenheit: float
    wind_speed_mph: float
    wind_from_degrees: float | None
    precipitation_probability: float | None = None
    humidity: float | None = None

    def __post_init__(self) -> None:
        for name, (low, high) in (("temperature_fahrenheit", _TEMPERATURES), ("wind_speed_mph", _WINDS)):
            if not low <= getattr(self, name) <= high:
                raise BadField(name, getattr(self, name), f"not within {low:g}..{high:g}")
        for name in ("precipitation_probability", "humidity"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 1.0:
                raise BadField(name, value, "not within 0..1")
        if self.wind_from_degrees is not None and not 0.0 <= self.wind_from_degrees <= 360.0:
            raise BadField("wind_from_degrees", self.wind_from_degrees, "not within 0..360")


def fahrenheit(celsius: float) -> float:
    """Degrees Fahrenheit of degrees Celsius."""
    return celsius * 9.0 / 5.0 + 32.0
