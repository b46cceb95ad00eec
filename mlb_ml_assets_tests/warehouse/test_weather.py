"""The weather of a game as of an instant.

Belongs here: which forecast counts, what stands in for one in archives, wind along a park's axis, places of parks.
Not here: parsing (sources/test_weather.py).
"""

from datetime import timedelta

import pandas as pd
import pytest

from mlb_ml_assets.identity.parks import nearest_park, wind_along
from mlb_ml_assets.sources.weather import WeatherForecast
from mlb_ml_assets.warehouse.weather import read_weather, write_forecasts
from mlb_ml_assets_tests.serving import slate_rows

START = slate_rows.START
FENWAY = (42.3465, -71.0974)


def _forecast(known_at, temperature, **changes):
    values = {
        "valid_at": START.replace(minute=0), "issued_at": known_at, "known_at": known_at, "assumed": False,
        "temperature_fahrenheit": temperature, "wind_speed_mph": 10.0, "wind_from_degrees": 225.0, **changes,
    }  # fmt: skip
    return WeatherForecast(*FENWAY, **values)


@pytest.fixture
def game(database):
    """A game at Fenway Park, whose axis points 45 degrees from north, and a connection."""
    with database.connect(autocommit=False) as connection:
        game_id = slate_rows.insert_game(connection, slate_rows.DAY, START, "NYY", "BOS", "745009")
        connection.execute("UPDATE curated.game_details SET park_id = 'BOS07' WHERE game_id = %s", (game_id,))
        yield connection, game_id


def test_a_decision_sees_the_newest_forecast_of_its_hour_known_by_then(game):
    """A forecast issued an hour before first pitch knows what nobody knew at the open."""
    connection, game_id = game
    day_before, morning = START - timedelta(hours=31), START - timedelta(hours=8)
    other_hour = _forecast(morning, 40.0, valid_at=START.replace(minute=0) - timedelta(hours=1))
    forecasts = [_forecast(day_before, 60.0), _forecast(morning, 70.0), other_hour]
    assert write_forecasts(connection, "national_weather_service", forecasts) == (3, [])
    assert write_forecasts(connection, "national_weather_service", forecasts) == (0, [])
    instants = [day_before - timedelta(minutes=1), day_before, START - timedelta(hours=3)]
    found = read_weather(connection, pd.DataFrame({"game_id": game_id, "as_of": instants}))
    assert found["temperature_fahrenheit"].isna().tolist() == [True, False, False]
    assert found["temperature_fahrenheit"].tolist()[1:] == [60.0, 70.0]
    assert found["known_at"].tolist()[1:] == [pd.Timestamp(day_before), pd.Timestamp(morning)]
    # From the southwest to the northeast: straight out over center field.
    assert found["wind_out_mph"].tolist()[1:] == [pytest.approx(10.0)] * 2
    assert found["wind_cross_mph"].tolist()[1:] == [pytest.approx(0.0, abs=1e-9)] * 2
    assert found["roof_closed"].tolist()[1:] == [False, False]


def test_observations_stand_for_forecasts_in_archives_alone(game):
    """A live decision that reads the observed weather is better than any bettor could be."""
    connection, game_id = game
    known_at = START - timedelta(hours=3)
    connection.execute(
        "INSERT INTO curated.game_identity (source, source_game_id, game_id, confidence, method, evidence) VALUES "
        "('history_bundle', 'BOS202406140', %s, 1, 'test', '{}'), ('mlb_stats_api', '745009', %s, 1, 'test', '{}')",
        (game_id, game_id),
    )
    insert = (
        "INSERT INTO staging.game_conditions (source, source_game_id, known_at, assumed, temperature_fahrenheit, "
        "wind_speed_mph, wind_direction, roof_closed) VALUES (%s, %s, %s, %s, %s, 12, 'fromlf', FALSE)"
    )
    connection.execute(insert, ("mlb_stats_api", "745009", known_at, False, 90))
    asked = pd.DataFrame({"game_id": game_id, "as_of": [known_at - timedelta(seconds=1), known_at]})
    assert read_weather(connection, asked)["source"].isna().all()
    connection.execute(insert, ("history_bundle", "BOS202406140", known_at, True, 55))
    early, late = read_weather(connection, asked).itertuples()
    assert pd.isna(early.temperature_fahrenheit)
    assert (late.source, late.assumed, late.temperature_fahrenheit) == ("observed", True, 55)
    assert (late.wind_out_mph, late.wind_cross_mph) == (pytest.approx(-9.6), pytest.approx(7.2))
    write_forecasts(connection, "open_meteo", [_forecast(known_at, 60.0)])
    assert read_weather(connection, asked)["source"].tolist()[1] == "open_meteo"


def test_a_place_without_a_park_is_set_aside():
    """The grid cell of another city under a park's name is another weather."""
    assert nearest_park(*FENWAY).park_id == "BOS07"
    assert nearest_park(41.835, -87.640).park_id == "CHI12"
    assert nearest_park(29.995, -84.955) is None


def test_wind_is_measured_along_the_parks_axis():
    """Directions say where wind comes from; read as where it goes, every home run wind blows in."""
    out, cross = wind_along("BOS07", 10.0, 45.0)
    assert (out, cross) == (pytest.approx(-10.0), pytest.approx(0.0, abs=1e-9))
    # At Boston from the northwest: across the field, toward right.
    out, cross = wind_along("BOS07", 10.0, 315.0)
    assert (out, cross) == (pytest.approx(0.0, abs=1e-9), pytest.approx(10.0))
    assert pd.isna(wind_along("OAK01", 10.0, 270.0)[0])
