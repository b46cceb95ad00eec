"""Single formulas against known answers.

Belongs here: Elo, decays, shrinkage, fip, wind, rules, travel, lineups, on small numbers.
Not here: the order of a sweep (test_sweep.py).
"""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.features.config import DEFAULT_CONFIG, EloConstants
from mlb_ml_assets.features.decay import DecayedSums, shrunk
from mlb_ml_assets.features.facts import GameHistory, empty_frame
from mlb_ml_assets.features.game_columns import automatic_runner, designated_hitter
from mlb_ml_assets.features.lineups import platoon_share
from mlb_ml_assets.features.pitching import fip_core
from mlb_ml_assets.features.ratings import elo_change
from mlb_ml_assets.features.records import Codes
from mlb_ml_assets.features.sweep import advance, build_features
from mlb_ml_assets.features.travel import ParkPlaces
from mlb_ml_assets_tests.features.league import both_stages, made_up_history, with_frame


@pytest.mark.parametrize(
    ("margin", "points"), [(1, 2.77), (2, 3.59), (3, 4.39), (4, 5.14), (5, 5.83), (7, 7.15), (10, 8.92)]
)
def test_elo_moves_as_published_between_equal_teams(margin, points):
    """Measured on FiveThirtyEight's files; the closed form is within its 1.8 % (log rms), 4 % at most."""
    assert elo_change(margin, 0.0, EloConstants()) == pytest.approx(points, rel=0.04)


def test_a_favourite_gains_less_than_an_underdog():
    """Without the correction for autocorrelation good teams drift upwards for ever."""
    constants = EloConstants()
    assert elo_change(3, 100, constants) < elo_change(3, 0, constants) < elo_change(3, -100, constants)


def test_elo_is_zero_sum_and_first_games_start_equal():
    """A league that gains points on the whole compares this year's teams with no one."""
    state = advance(made_up_history(), dt.date(2016, 6, 30))
    clubs = [state.arrays["elo"][place] for place in state.index["team"].values()]
    assert np.mean(clubs) == pytest.approx(1500.0, abs=1e-9)
    assert np.std(clubs) > 1


def test_sums_fade_by_their_own_time_constant():
    """One shared decay would make the 60-day and the 160-day rating the same number."""
    sums = DecayedSums.empty((10.0, 100.0), entities=3)
    sums.add(np.array([1, 2]), 100, np.array([[1.0, 1.0], [2.0, 2.0]]))
    np.testing.assert_allclose(sums.read(np.array([1]), 110), [[np.exp(-1), np.exp(-0.1)]])
    sums.add(np.array([1, 1]), 110, np.ones((2, 2)))
    np.testing.assert_allclose(sums.read(np.array([1]), 110), [[np.exp(-1) + 2, np.exp(-0.1) + 2]])
    np.testing.assert_allclose(sums.read(np.array([2]), 100), [[2.0, 2.0]])


def test_nothing_is_ever_added_to_the_unknown():
    """Unnamed pitchers pooled in one row would become the best-known pitcher of the league."""
    sums = DecayedSums.empty((10.0,), entities=2)
    sums.add(np.array([0, 1]), 5, np.ones((2, 1)))
    np.testing.assert_array_equal(sums.read(np.array([0, 1]), 5), [[0.0], [1.0]])


def test_a_rate_without_data_is_the_prior():
    """Shrinkage the wrong way round makes debutants the extremes."""
    assert shrunk(np.array([0.0]), np.array([0.0]), 0.2, 60.0)[0] == pytest.approx(0.2)
    assert shrunk(np.array([60.0]), np.array([60.0]), 0.2, 60.0)[0] == pytest.approx(0.6)


def test_fip_counts_home_runs_walks_and_strikeouts():
    """13, 3 and -2 (Tango)."""
    assert fip_core(1, 2, 3) == 13 + 6 - 6


def test_an_ace_has_low_fip_and_a_larger_share():
    """A sign turned round in one of ten columns costs less than the noise of a season: nobody would see it."""
    history = made_up_history()
    lines = history.starter_lines.copy()
    ace = lines.player_id == "ATL1"
    lines.loc[ace, ["strikeouts", "walks", "home_runs", "runs", "outs", "batters_faced"]] = [12, 0, 0, 0, 27, 29]
    history = with_frame(history, "starter_lines", lines)
    probables = history.probables.copy()
    last = history.games.iloc[-1]
    probables.loc[(probables.game_id == last.game_id) & (probables.side == "home"), "player_id"] = "ATL1"
    probables.loc[(probables.game_id == last.game_id) & (probables.side == "away"), "player_id"] = "BOS1"
    built = build_features(with_frame(history, "probables", probables), both_stages(history))
    row = built[(built.game_id == last.game_id) & (built.stage == "lineup")].iloc[0]
    assert row.home_starter_fip_150 < row.away_starter_fip_150
    assert row.home_starter_strikeout_rate > row.away_starter_strikeout_rate
    assert row.home_starter_share > row.away_starter_share
    assert row.home_starter_run_rate < 0


def test_a_player_who_makes_the_team_bat_better_is_found():
    """The effect is learned from team totals alone: it must point at the man, not at the club."""
    history = made_up_history(days=40)
    lineups = history.lineups.set_index(["game_id", "side"])
    slots = [f"batter_{slot}" for slot in range(1, 10)]
    with_him = (lineups[slots] == "ATLb3").any(axis=1)
    keys = pd.MultiIndex.from_frame(history.team_lines[["game_id", "side"]])
    lines = history.team_lines.assign(hits=np.where(with_him.reindex(keys), 15, history.team_lines.hits))
    state = advance(with_frame(history, "team_lines", lines), dt.date(2016, 8, 1))
    effect = {name: state.arrays["batting_effect"][place] for name, place in state.index["batter"].items()}
    assert max(effect, key=effect.__getitem__) == "ATLb3"


def test_a_decision_expects_the_forecast_and_live_observations_never():
    """A model that reads the wind at first pitch is better than any bettor, and live nobody can read it for him."""
    history = made_up_history(days=2)
    asked = both_stages(history)
    forecast = history.forecasts.drop_duplicates("game_id", keep="last").set_index("game_id")

    def weather(history: GameHistory) -> pd.DataFrame:
        built = build_features(history, asked)
        return built[built.stage == "lineup"].set_index("game_id")[["temperature", "wind_out", "roof_closed"]]

    found, live = weather(history), weather(with_frame(history, "conditions", history.conditions.assign(assumed=False)))
    with_forecast, without = forecast.index, found.index.difference(forecast.index)
    expected = (forecast.temperature_fahrenheit - 72) / 10
    pd.testing.assert_series_equal(found.temperature[with_forecast], expected, check_names=False)
    pd.testing.assert_series_equal(found.wind_out[with_forecast], forecast.wind_out_mph / 10, check_names=False)
    pd.testing.assert_frame_equal(live.loc[with_forecast], found.loc[with_forecast])
    assert live.loc[without, ["temperature", "wind_out"]].isna().all(axis=None)
    assert found.loc[without, ["temperature", "wind_out"]].notna().all(axis=None)
    # Which roof is closed is announced: it stops the wind of a forecast too.
    closed = weather(with_frame(history, "conditions", history.conditions.assign(roof_closed=True)))
    assert (closed.wind_out == 0.0).all()


def test_an_opening_decision_expects_the_forecast_of_that_morning():
    """The newest forecast of the game is not the newest that was known, and what was observed was known to nobody."""
    history = made_up_history(days=2)
    built = build_features(history, both_stages(history))
    early = built[built.stage == "open"].set_index("game_id")
    forecasts = history.forecasts.assign(as_of=history.forecasts.game_id.map(early.as_of))
    known = forecasts[forecasts.known_at <= forecasts.as_of].set_index("game_id")
    assert len(known) == len(early) // 2
    np.testing.assert_allclose(early.temperature[known.index], (known.temperature_fahrenheit - 72) / 10)
    np.testing.assert_allclose(early.wind_out[known.index], known.wind_out_mph / 10)
    without = early.index.difference(known.index)
    assert early.loc[without, ["temperature", "wind_out", "roof_closed"]].isna().all(axis=None)


def test_wind_points_out_or_in_and_a_roof_stops_it():
    """Retrosheet and MLB name directions differently; a word not known is not calm."""
    history = with_frame(made_up_history(days=2), "forecasts", empty_frame("forecasts"))
    words = ["tocf", "In From CF", "L To R", "swirling"]
    conditions = history.conditions.assign(wind_direction=words, wind_speed_mph=[10, 10, 10, 10], roof_closed=False)
    asked = both_stages(history)

    def wind(frame: pd.DataFrame) -> list[float]:
        built = build_features(with_frame(history, "conditions", frame), asked)
        return built.loc[built.stage == "lineup", "wind_out"].tolist()

    np.testing.assert_array_equal(wind(conditions), [1.0, -1.0, 0.0, np.nan])
    np.testing.assert_array_equal(wind(conditions.assign(roof_closed=True)), [0.0] * 4)


def test_the_platoon_share_counts_the_other_hand():
    """Switch hitters always have the advantage; an unknown hand is not counted as right."""
    bats = np.array([["L", "R", "B", "R", "R", "R", "L", "R", ""]])
    assert platoon_share(bats, np.array(["R"]))[0] == pytest.approx(3 / 8)
    assert platoon_share(bats, np.array(["L"]))[0] == pytest.approx(6 / 8)
    assert np.isnan(platoon_share(bats, np.array([""]))[0])


def test_rules_change_with_season_park_and_month():
    """A totals model that does not know of the designated hitter learns it as park and era."""
    games = pd.DataFrame(
        {
            "season": [2012, 2013, 2016, 2016, 2020, 2021, 2022, 2022],
            "home_team": ["HOU", "HOU", "NYY", "CHC", "CHC", "CHC", "CHC", "CHC"],
            "season_type": ["regular"] * 7 + ["postseason"],
        }
    )
    np.testing.assert_array_equal(designated_hitter(games), [0, 1, 1, 0, 1, 0, 1, 1])
    np.testing.assert_array_equal(automatic_runner(games), [0, 0, 0, 0, 1, 1, 1, 0])


def test_travel_is_a_great_circle_and_zones_count_eastward():
    """Boston from Los Angeles: 2,600 miles, three hours lost."""
    parks = pd.DataFrame(
        {
            "park_id": ["BOS07", "LOS03", "PHO01"],
            "latitude": [42.346, 34.074, 33.445],
            "longitude": [-71.097, -118.240, -112.067],
            "time_zone": ["America/New_York", "America/Los_Angeles", "America/Phoenix"],
        }
    )
    codes = Codes.of(parks.park_id)
    places = ParkPlaces(parks, codes)
    boston, angeles, phoenix = codes.encode(parks.park_id)
    july = int(np.datetime64("2016-07-01", "D").astype(int))
    assert places.miles(np.array([angeles]), np.array([boston]))[0] == pytest.approx(2600, abs=25)
    assert places.zones_east(np.array([angeles]), np.array([boston]), np.array([july]))[0] == 3
    # Arizona keeps no daylight saving: in July its clocks show what those of Los Angeles show.
    assert places.zones_east(np.array([angeles]), np.array([phoenix]), np.array([july]))[0] == 0
    assert np.isnan(places.miles(np.array([-1]), np.array([boston]))[0])


def test_the_defaults_are_the_recipes():
    """A constant changed by hand without a new feature version makes vectors incomparable."""
    assert DEFAULT_CONFIG.starter.time_constants == (150.0, 400.0)
    assert DEFAULT_CONFIG.runs.time_constants == (60.0, 160.0)
    assert DEFAULT_CONFIG.batting.time_constants == (50.0, 160.0, 400.0)


def test_a_team_that_hits_left_handers_only_is_known_for_it():
    """Read with its own starter's hand instead of the opponent's, the split is noise that looks like a feature."""
    history = made_up_history(days=30)
    people = history.people.assign(throws=np.where(history.people.player_id.str.endswith("1"), "L", "R"))
    history = with_frame(history, "people", people)
    starters = history.starter_lines.set_index(["game_id", "side"]).player_id
    lines = history.team_lines.copy()
    club = np.where(
        lines.side == "home",
        lines.game_id.map(history.games.set_index("game_id").home_team),
        lines.game_id.map(history.games.set_index("game_id").away_team),
    )
    other = lines.side.map({"home": "away", "away": "home"})
    faced_left = starters.reindex(pd.MultiIndex.from_arrays([lines.game_id, other])).str.endswith("1").to_numpy()
    lines["hits"] = np.where((club == "ATL") & faced_left, 18, 8)
    built = build_features(with_frame(history, "team_lines", lines), both_stages(history)).iloc[
        len(history.games) // 2 :
    ]
    games = history.games.set_index("game_id")
    home = built[(built.game_id.map(games.home_team) == "ATL") & (built.stage == "lineup")]
    left = home.game_id.map(history.probables[history.probables.side == "away"].set_index("game_id").player_id)
    left = left.str.endswith("1")
    assert home.home_batting_versus_hand[left].mean() > home.home_batting_versus_hand[~left].mean() + 0.005


def test_an_opener_is_told_by_his_last_starts():
    """A reliever who starts for an inning has a starter's numbers and none of his weight."""
    history = made_up_history()
    lines = history.starter_lines.assign(outs=np.where(history.starter_lines.player_id == "ATL1", 4, 18))
    built = build_features(with_frame(history, "starter_lines", lines), both_stages(history))
    named = built.game_id.map(history.probables[history.probables.side == "home"].set_index("game_id").player_id)
    seen = built[built.home_starter_opener.notna()]
    expected = (named[seen.index] == "ATL1").astype(float)
    np.testing.assert_array_equal(seen.home_starter_opener, expected)
    assert expected.sum() > 0


def test_runs_at_home_are_expected_to_be_more():
    """With the sign turned round, a club that played its first weeks at home would look better than it is."""
    history = made_up_history(days=1)
    level = with_frame(history, "results", history.results.assign(home_score=5, away_score=5, home_line_score="0" * 9))
    state = advance(level, dt.date(2016, 6, 1))
    for game in history.games.itertuples():
        home, away = (state.index["team"][club] for club in (game.home_team, game.away_team))
        offence = state.sums["team_runs"].values[:, 0]
        assert offence[home] < offence[away]
