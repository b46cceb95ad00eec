"""Weather forecasts: recorded answers, and the services as they answer.

Belongs here: units, winds, empty and stale hours, past forecasts by lead, requests to a local server.
Not here: the weather of a game (warehouse/test_weather.py).
"""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from mlb_ml_assets.sources import national_weather_service as nws
from mlb_ml_assets.sources import open_meteo
from mlb_ml_assets.sources.http import SourceUnavailable, user_agent
from mlb_ml_assets.sources.rows import PayloadShapeError
from mlb_ml_assets.sources.weather import Place

CAPTURED = datetime(2019, 10, 15, 0, 30, tzinfo=UTC)
WRIGLEY, ROGERS = Place("CHI11", 41.948, -87.656), Place("TOR02", 43.641, -79.389)


class Service:
    """A weather service on this machine: an answer for each path."""

    def __init__(self) -> None:
        self.answers: dict[str, tuple[int, object]] = {}
        self.paths: list[str] = []
        self.agents: list[str | None] = []

        class Handler(BaseHTTPRequestHandler):
            def do_GET(handler) -> None:  # noqa: N805
                self.paths.append(handler.path)
                self.agents.append(handler.headers["User-Agent"])
                status, content = self.answers[handler.path]
                body = json.dumps(content).encode()
                handler.send_response(status)
                handler.send_header("Content-Length", str(len(body)))
                handler.end_headers()
                handler.wfile.write(body)

            def log_message(handler, *_: object) -> None:  # noqa: N805
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.server.shutdown()


def _hourly(periods, updated="2019-10-14T23:16:24+00:00"):
    ring = [[-87.67, 41.94], [-87.64, 41.94], [-87.64, 41.96], [-87.67, 41.96], [-87.67, 41.94]]
    return {
        "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {"updateTime": updated, "periods": periods},
    }


def _period(**changes):
    return {
        "startTime": "2019-10-14T20:00:00-05:00", "endTime": "2019-10-14T21:00:00-05:00", "temperature": 78,
        "temperatureUnit": "F", "windSpeed": "6 to 10 mph", "windDirection": "SSW",
        "probabilityOfPrecipitation": {"value": 20}, "relativeHumidity": {"value": 63}, **changes,
    }  # fmt: skip


@pytest.mark.parametrize("units", ["us", "si"])
def test_recorded_hours_are_in_fahrenheit_and_miles_whatever_the_units(units, shared_data):
    """78 °F and 25.5 °C are one forecast; an hour's stamp carries a local offset."""
    body = (shared_data / "weather" / "nws" / f"gridpoints_forecast_hourly_{units}.json").read_bytes()
    parsed = nws.parse(body, CAPTURED)
    assert not parsed.rejected
    first = parsed.forecasts[0]
    assert first.temperature_fahrenheit == pytest.approx(78, abs=0.2)
    assert (first.wind_speed_mph, first.wind_from_degrees) == (0.0, None)
    assert first.valid_at == datetime(2019, 10, 15, tzinfo=UTC)
    assert first.issued_at == datetime(2019, 10, 14, 23, 16, 24, tzinfo=UTC)
    assert (first.known_at, first.assumed) == (CAPTURED, False)
    assert (first.latitude, first.longitude) == (pytest.approx(29.995, abs=0.01), pytest.approx(-84.955, abs=0.01))


def test_empty_hours_and_long_periods_are_counted_and_bodies_of_errors_refused(shared_data):
    """An hour whose fields are all null has been served; so have twelve-hour periods with numbers as text."""
    folder = shared_data / "weather" / "nws"
    empty = nws.parse((folder / "gridpoints_forecast_hourly_empty_us.json").read_bytes(), CAPTURED)
    assert (empty.forecasts, dict(empty.left_out)) == ([], {"empty hour": 1})
    day_before = datetime(2019, 10, 13, 19, tzinfo=UTC)
    long = nws.parse((folder / "gridpoints_forecast_strings_us.json").read_bytes(), day_before)
    assert set(long.left_out) == {"period of more than an hour"}
    assert dict(nws.parse((folder / "points.json").read_bytes(), CAPTURED).left_out) == {"grid cell of a place": 1}
    with pytest.raises(PayloadShapeError, match="properties"):
        nws.parse((folder / "error_503_forecast_grid_expired.json").read_bytes(), CAPTURED)


def test_winds_and_quantities_in_every_form():
    """A range read by its first number understates every windy day."""
    periods = [
        _period(),
        _period(windSpeed="12 km/h", windDirection="N"),
        _period(windSpeed={"unitCode": "wmoUnit:km_h-1", "value": 20}, temperature={"value": 25}),
        _period(temperature="41"),
        _period(windSpeed="brisk"),
    ]
    parsed = nws.parse(_hourly(periods), CAPTURED)
    winds = [(round(one.wind_speed_mph, 2), one.wind_from_degrees) for one in parsed.forecasts]
    assert winds == [(8.0, 202.5), (7.46, 0.0), (12.43, 202.5), (8.0, 202.5)]
    assert [one.temperature_fahrenheit for one in parsed.forecasts] == [78, 78, 77, 41]
    assert [one.reason for one in parsed.rejected] == ["bad_windSpeed"]
    assert parsed.forecasts[0].precipitation_probability == 0.2


def test_a_stale_forecast_is_not_taken():
    """Answers 88 hours old have been served with status 200."""
    parsed = nws.parse(_hourly([_period()], updated="2019-10-11T08:00:00+00:00"), CAPTURED)
    assert (parsed.forecasts, dict(parsed.left_out)) == ([], {"hour of a stale forecast": 1})


def test_a_place_without_coverage_or_answer_stops_no_other(service, monkeypatch):
    """Toronto is not covered, and a grid that expired must not cost the other parks their forecast."""
    cell = {"properties": {"gridId": "LOT", "gridX": 74, "gridY": 77}}
    expired = {"properties": {"gridId": "OLD", "gridX": 1, "gridY": 2}}
    service.answers = {
        "/points/43.6410,-79.3890": (404, {"title": "Data Unavailable For Requested Point"}),
        "/points/40.0000,-80.0000": (200, expired),
        "/gridpoints/OLD/1,2/forecast/hourly": (503, {"title": "Forecast Grid Expired"}),
        "/points/41.9480,-87.6560": (200, cell),
        "/gridpoints/LOT/74,77/forecast/hourly": (200, _hourly([_period()])),
    }
    monkeypatch.setenv("MLB_ML_NATIONAL_WEATHER_SERVICE_URL", service.url)
    endpoints = []
    with nws.client(pause=lambda _: None) as client, pytest.raises(SourceUnavailable, match="503"):
        endpoints.extend(
            payload.endpoint
            for payload in nws.fetch(client, date(2019, 10, 14), [ROGERS, Place("OLD", 40, -80), WRIGLEY])
        )
    assert service.paths[-1] == "/gridpoints/LOT/74,77/forecast/hourly"
    assert service.paths.count("/gridpoints/OLD/1,2/forecast/hourly") > 1, "a busy service is asked again"
    assert set(service.agents) == {user_agent()}


def _meteo(hourly, captured, endpoint=""):
    units = {name: "°C" if name.startswith("temp") else "km/h" for name in hourly}
    content = {"latitude": 41.95, "longitude": -87.65, "utc_offset_seconds": 0, "hourly": hourly, "hourly_units": units}
    return open_meteo.parse(content, captured, endpoint)


def test_hours_that_have_passed_are_no_forecast(shared_data):
    """The stitched history looks like a forecast, and knows the weather of each hour as it was."""
    now = datetime(2024, 6, 1, 12, 30, tzinfo=UTC)
    hourly = {
        "time": ["2024-06-01T12:00", "2024-06-01T13:00"], "temperature_2m": [20, 25], "wind_speed_10m": [10, 16.09344],
        "wind_direction_10m": [180, 270],
    }  # fmt: skip
    parsed = _meteo(hourly, now, "/v1/forecast?latitude=41.9480&longitude=-87.6560")
    (forecast,) = parsed.forecasts
    assert (forecast.valid_at, forecast.known_at) == (datetime(2024, 6, 1, 13, tzinfo=UTC), now)
    assert (forecast.temperature_fahrenheit, round(forecast.wind_speed_mph, 3)) == (77.0, 10.0)
    assert (forecast.latitude, forecast.longitude) == (41.948, -87.656)
    assert dict(parsed.left_out) == {"hour that has passed or is beyond the horizon": 1}
    recorded = (shared_data / "weather" / "open_meteo" / "historical_forecast.json").read_bytes()
    assert not open_meteo.parse(recorded, now + timedelta(days=3650)).forecasts


def test_past_forecasts_are_known_by_their_lead(shared_data):
    """A value of the run a day before is knowable a day before its hour, whenever it is fetched."""
    hourly = {"time": ["2024-06-01T18:00"]} | {
        f"{name}_previous_day{lead}": [value + lead]
        for lead in (1, 2)
        for name, value in (("temperature_2m", 20), ("wind_speed_10m", 10), ("wind_direction_10m", 90))
    }
    first, second = _meteo(hourly, datetime(2024, 7, 1, tzinfo=UTC)).forecasts
    assert first.known_at == datetime(2024, 5, 31, 18, tzinfo=UTC)
    assert second.known_at == datetime(2024, 5, 30, 18, tzinfo=UTC)
    assert first.assumed
    assert [round(one.temperature_fahrenheit, 1) for one in (first, second)] == [69.8, 71.6]
    recorded = (shared_data / "weather" / "open_meteo" / "previous_runs.json").read_bytes()
    assert set(open_meteo.parse(recorded, datetime(2026, 10, 3, 19, tzinfo=UTC)).left_out) == {"hour without wind"}
