"""The league's weather services: read by the real parsers, right on average, and ignorant of the future.

Belongs here: forecasts of both services against the weather that came.
Not here: what a forecast source may answer otherwise (sources/test_weather.py).
"""

from datetime import timedelta

import numpy as np
import pytest

from mlb_ml_assets.identity.parks import PARKS, nearest_park, wind_along
from mlb_ml_assets.simulation.clubs import CLUBS
from mlb_ml_assets.simulation.server import SourceServer
from mlb_ml_assets.sources import national_weather_service, open_meteo
from mlb_ml_assets.sources.weather import Place
from mlb_ml_assets_tests.simulated_sources import fetch_from

_PARKS_IN_USE = [park for park in PARKS if park.park_id in {club.park_id for club in CLUBS}]
PLACES = [Place(park.park_id, park.latitude, park.longitude) for park in _PARKS_IN_USE]
CLUB_OF_PARK = {club.park_id: number for number, club in enumerate(CLUBS)}


@pytest.fixture(scope="module")
def read(league):
    """The rows of a weather source at an instant, by park and hour, through its own client."""
    with SourceServer(league, league.config.now) as server, pytest.MonkeyPatch.context() as patch:
        fetch_from(server, patch)

        def read_at(source, now, *, fetch=None, client=None):
            server.clock = now
            with (client or source.client)() as http:
                payloads = list((fetch or source.fetch)(http, now.date(), PLACES))
            parsed = [source.parse(payload.body, now, payload.endpoint) for payload in payloads]
            assert not [rejected for one in parsed for rejected in one.rejected]
            rows = [row for one in parsed for row in one.forecasts]
            return {(nearest_park(row.latitude, row.longitude).park_id, row.valid_at): row for row in rows}

        yield read_at


def _games_of_tomorrow(league):
    """Row, park and hour of tomorrow's games under an open sky."""
    tomorrow = league.config.today + timedelta(days=1)
    for row, game in league.games[league.games["official_date"] == tomorrow].iterrows():
        if league.facts.table["wind_direction"][row] != "None":
            hour = game["start"].to_pydatetime().replace(minute=0)
            yield row, CLUBS[game["home"]].park_id, hour


@pytest.mark.parametrize("source", [national_weather_service, open_meteo])
def test_a_forecast_is_the_weather_that_comes_with_an_error_that_shrinks(league, read, source):
    """A forecast without an error knows the future; one without the weather in it teaches the pipeline noise."""
    facts, now = league.facts.table, league.config.now
    games = [each for each in _games_of_tomorrow(league) if each[1] != "TOR02"]
    early, late = read(source, now), read(source, now + timedelta(hours=18))

    def errors(found):
        temperatures = facts["temperature"]
        return np.array([found[park, hour].temperature_fahrenheit - temperatures[row] for row, park, hour in games])

    assert len(games) >= 8
    assert 0.5 < np.abs(errors(early)).mean() < 5.0
    assert np.abs(errors(late)).mean() < np.abs(errors(early)).mean()
    for row, park, hour in games:
        out = {"Out To CF": 1, "In From CF": -1}.get(facts["wind_direction"][row])
        forecast = late[park, hour]
        if (
            out is not None
            and park != "OAK01"
            and facts["wind_speed"][row] > 8
            and forecast.wind_from_degrees is not None
        ):
            assert wind_along(park, forecast.wind_speed_mph, forecast.wind_from_degrees)[0] * out > 0


def test_every_park_has_forecasts_and_toronto_none_of_the_united_states(league, read):
    """A park whose place differs from the pipeline's would never be forecast, silently."""
    parks = {park.park_id for park in _PARKS_IN_USE}
    assert {park for park, _ in read(open_meteo, league.config.now)} == parks
    assert {park for park, _ in read(national_weather_service, league.config.now)} == parks - {"TOR02"}


def test_an_issue_is_renewed_every_six_hours_and_repeats_itself_in_between(league, read):
    """A new stamp at every capture would store the same forecast again and again."""
    noon = league.config.now.replace(hour=12, minute=1)
    first, again, later = (read(national_weather_service, noon + timedelta(hours=step)) for step in (0, 4, 6))
    key = next(key for key in later if key in first)
    assert first[key].issued_at == again[key].issued_at == noon.replace(minute=0)
    assert first[key].temperature_fahrenheit == again[key].temperature_fahrenheit
    assert later[key].issued_at == noon.replace(minute=0) + timedelta(hours=6)


def test_past_forecasts_are_those_of_their_lead(league, read):
    """What was forecast a day before is not what was known at the hour."""
    now = league.config.now
    found = read(open_meteo, now, fetch=open_meteo.fetch_previous, client=open_meteo.previous_client)
    assert {row.valid_at - row.known_at for row in found.values()} <= {timedelta(days=1), timedelta(days=2)}
    assert all(row.assumed for row in found.values())
