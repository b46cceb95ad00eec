"""Weather forecasts of games.

Belongs here: which forecasts are in the history, wind along a park's axis, places of parks.
Not here: parsing (sources/test_weather.py).
"""

from datetime import timedelta

import pandas as pd
import pytest

from mlb_ml_assets.identity.parks import nearest_park, wind_along
from mlb_ml_assets.sources.weather import WeatherForecast
from mlb_ml_assets.warehouse.history import read_history
from mlb_ml_assets.warehouse.weather import write_forecasts
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


def test_the_history_of_features_holds_the_forecasts_of_the_first_pitch(game):
    """Without them a live decision has no weather, though its model learned what wind is worth."""
    connection, game_id = game
    day_before, morning = START - timedelta(hours=31), START - timedelta(hours=8)
    late_arrival = _forecast(START - timedelta(hours=5), 50.0, issued_at=START - timedelta(hours=40))
    other_hour = _forecast(morning, 40.0, valid_at=START.replace(minute=0) - timedelta(hours=1))
    forecasts = [_forecast(day_before, 60.0), _forecast(morning, 70.0), other_hour]
    assert write_forecasts(connection, "national_weather_service", forecasts) == (3, [])
    assert write_forecasts(connection, "national_weather_service", forecasts) == (0, [])
    write_forecasts(connection, "open_meteo", [late_arrival])
    found = read_history(connection)["forecasts"].set_index("known_at")
    assert found["game_id"].eq(game_id).all()
    assert found["temperature_fahrenheit"].to_dict() == {day_before: 60.0, morning: 70.0}
    # From the southwest to the northeast: straight out over center field.
    assert found["wind_out_mph"].tolist() == [pytest.approx(10.0)] * 2
    assert found["roof_closed"].tolist() == [0.0, 0.0]
    assert len(read_history(connection, through=morning - timedelta(minutes=1))["forecasts"]) == 1


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
