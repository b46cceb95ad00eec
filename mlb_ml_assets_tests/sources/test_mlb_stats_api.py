"""MLB's schedule, live feed and box score, by the facts that recorded payloads settle.

Belongs here: statuses, doubleheaders, moves, probables, weather, lines.
Not here: whole recordings (test_recorded_payloads.py).
"""

import copy
import json
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from mlb_ml_assets.sources import mlb_stats_api
from mlb_ml_assets.sources.rows import Parsed, PayloadShapeError

NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
GAME = {
    "gamePk": 716806,
    "gameType": "R",
    "season": "2023",
    "gameDate": "2023-08-30T02:05:00Z",
    "officialDate": "2023-08-29",
    "status": {"codedGameState": "S", "detailedState": "Scheduled", "startTimeTBD": False},
    "teams": {"away": {"team": {"id": 108}}, "home": {"team": {"id": 143}}},
    "venue": {"id": 2681, "name": "Citizens Bank Park"},
    "gameNumber": 1,
    "doubleHeader": "N",
    "dayNight": "night",
    "scheduledInnings": 9,
}


def game(**changes) -> dict:
    one = copy.deepcopy(GAME)
    state = changes.pop("state", None)
    if state:
        one["status"]["codedGameState"] = state
    return {**one, **changes}


def schedule(*games: dict, endpoint: str = "") -> Parsed:
    body = json.dumps({"dates": [{"date": "2023-08-29", "games": list(games)}]}).encode()
    return mlb_stats_api.parse(body, NOW, endpoint)


@pytest.fixture(scope="module")
def folder(shared_data) -> Path:
    return shared_data / "payloads" / "mlb_statsapi"


@pytest.fixture(scope="module")
def season(folder) -> Parsed:
    return mlb_stats_api.parse((folder / "schedule_2024_full_season.json").read_bytes(), NOW)


def test_a_west_coast_night_game_keeps_its_official_date():
    """02:05Z is the next day in UTC and nobody's official date."""
    (one,) = schedule(GAME).games
    assert (one.game_date, one.scheduled_start) == (date(2023, 8, 29), datetime(2023, 8, 30, 2, 5, tzinfo=UTC))


CODED = {
    "S": "scheduled",
    "P": "scheduled",
    "I": "live",
    "D": "postponed",
    "C": "cancelled",
    "U": "suspended",
    "T": "suspended",
}


@pytest.mark.parametrize(("coded", "status"), CODED.items())
def test_status_goes_by_the_coded_state(coded, status):
    """abstractGameState says "Final" of postponed games: they would be losses, nil to nil."""
    one = game(state=coded)
    one["status"]["abstractGameState"] = "Final"
    parsed = schedule(one)
    assert parsed.games[0].status == status
    assert parsed.results == []


def test_an_unknown_status_is_put_aside():
    """A new letter means something; guessing "scheduled" would bet on it."""
    parsed = schedule(game(state="Z"), game(gamePk=2))
    assert [one.reason for one in parsed.rejected] == ["bad_codedGameState"]
    assert len(parsed.games) == 1


def test_the_season_of_2024_has_each_gamepk_once(season):
    """2,469 listings are 2,430 games: a moved game is listed under both of its days."""
    assert len(season.games) == len({one.source_game_id for one in season.games}) == 2430
    assert Counter(one.status for one in season.games) == {"final": 2429, "cancelled": 1}
    assert len(season.results) == 2429


def test_a_game_completed_early_is_final(season):
    """Rain after five innings: codedGameState F with statusCode FR."""
    assert (
        sum((one.status_detail or "").startswith("Completed Early") for one in season.games if one.status == "final")
        == 4
    )


def test_a_suspended_game_keeps_its_original_start(season):
    """746942 was resumed two months later; its prices were for 26 June."""
    (one,) = [one for one in season.games if one.source_game_id == "746942"]
    assert (one.game_date, one.scheduled_start) == (date(2024, 6, 26), datetime(2024, 6, 26, 23, 10, tzinfo=UTC))
    (result,) = [one for one in season.results if one.source_game_id == "746942"]
    assert result.suspended


def test_the_second_game_of_one_ticket_starts_by_rule_not_five_minutes_after_the_first(season):
    """All traditional doubleheaders of the API are listed five minutes apart."""
    pairs: dict[tuple, dict[int, datetime]] = {}
    for one in season.games:
        if one.doubleheader == "Y" and one.status == "final":
            pairs.setdefault((one.game_date, one.home_team), {})[one.game_number] = one.scheduled_start
            assert one.start_assumed == (one.game_number == 2)
    gaps = {round((starts[2] - starts[1]).total_seconds() / 60) for starts in pairs.values() if len(starts) == 2}
    assert gaps
    assert min(gaps) >= 200


def test_a_postponed_game_alone_tells_its_new_start():
    """Fetched under its old day only, it must not stay there."""
    one = game(state="D", rescheduleDate="2023-09-02T17:05:00Z", officialDate="2023-09-02")
    (moved,) = schedule(one).games
    assert (moved.status, moved.game_date) == ("postponed", date(2023, 9, 2))
    assert moved.scheduled_start == datetime(2023, 9, 2, 17, 5, tzinfo=UTC)


def test_exhibitions_and_the_all_star_game_are_left_out():
    """Their teams are no clubs."""
    parsed = schedule(game(gameType="A"), GAME)
    assert len(parsed.games) == 1
    assert parsed.left_out == {"game type A": 1}


def listed(one: dict, side: str, player: int | None) -> dict:
    if player is not None:
        one["teams"][side]["probablePitcher"] = {"id": player, "fullName": "A Pitcher"}
    return one


def test_nobody_listed_is_told_only_where_the_schedule_was_asked_for_it():
    """A schedule without probables withdraws nobody's listing."""
    assert schedule(GAME).probables == []
    asked = schedule(GAME, endpoint="/api/v1/schedule?hydrate=probablePitcher(note)")
    assert [(one.side, one.player_id) for one in asked.probables] == [("home", None), ("away", None)]
    one_side = schedule(listed(game(), "home", 605400))
    assert [(one.side, one.player_id) for one in one_side.probables] == [("home", "605400"), ("away", None)]
    assert {one.known_at for one in one_side.probables} == {NOW}


def test_a_final_score_of_nil_is_a_score_and_an_absent_one_is_none():
    """0 for unknown would be a shutout."""
    scored = game(state="F")
    scored["teams"]["home"]["score"], scored["teams"]["away"]["score"] = 1, 0
    assert (schedule(scored).results[0].home_score, schedule(scored).results[0].away_score) == (1, 0)
    parsed = schedule(game(state="F"), GAME | {"gamePk": 2})
    assert parsed.results == []
    assert [one.reason for one in parsed.rejected] == ["bad_score"]


def test_the_live_feed_tells_weather_first_pitch_starters_and_lines(folder):
    """MIN at CWS, 3 May 2023: 48 degrees, wind in from left; Varland against Cease; 4 to 6."""
    parsed = mlb_stats_api.parse((folder / "live_feed_718322.json").read_bytes(), NOW)
    (weather,), (result,) = parsed.conditions, parsed.results
    assert (weather.temperature_fahrenheit, weather.wind_speed_mph, weather.wind_direction) == (48, 9, "fromlf")
    assert (weather.sky, weather.precipitation, weather.roof_closed) == ("sunny", "none", False)
    assert (weather.umpire_id, weather.umpire_name) == ("427093", "Phil Cuzzi")
    assert result.first_pitch == datetime(2023, 5, 3, 23, 10, tzinfo=UTC)
    assert (result.home_score, result.away_score, result.innings) == (6, 4, 9)
    assert (result.home_starter_id, result.away_starter_id) == ("656302", "686973")
    assert len(result.home_line_score) == len(result.away_line_score) == 9
    assert result.home_line_score.endswith("x")
    assert sum(int(mark) for mark in result.home_line_score.rstrip("x")) == 6
    assert len(parsed.lineups) == 2
    outs = {one.side: one.outs for one in parsed.starter_lines}
    relief = {one.side: one.outs for one in parsed.bullpen_lines}
    assert (outs["home"] + relief["home"], outs["away"] + relief["away"]) == (27, 24)
    runs = {one.side: one.runs for one in parsed.team_lines}
    assert runs == {"home": 6, "away": 4}
    assert {one.bats for one in parsed.people} <= {"L", "R", "B"}


def test_a_dome_has_no_wind_and_no_sky(folder):
    """Indoor "0 mph, None" is no calm day."""
    parsed = mlb_stats_api.parse((folder / "live_feed_718594.json").read_bytes(), NOW)
    (weather,) = parsed.conditions
    assert (weather.sky, weather.roof_closed, weather.wind_direction) == ("dome", True, None)


def test_a_live_feed_of_an_unknown_kind_of_game_is_refused_by_its_field(folder):
    """The schedule leaves such games out; a feed is one game, and what is not known of it must not be guessed."""
    feed = json.loads((folder / "live_feed_718322.json").read_bytes())
    feed["gameData"]["game"]["type"] = "?"
    with pytest.raises(PayloadShapeError, match="gameType"):
        mlb_stats_api.parse(feed, NOW)


def test_lines_are_told_only_when_the_game_is_over(folder):
    """A starter's line in the fifth inning is half a line."""
    feed = json.loads((folder / "live_feed_718322.json").read_bytes())
    feed["gameData"]["status"]["codedGameState"] = "I"
    parsed = mlb_stats_api.parse(feed, NOW)
    assert parsed.games[0].status == "live"
    assert (parsed.results, parsed.starter_lines, parsed.team_lines) == ([], [], [])
    assert len(parsed.lineups) == 2


def test_innings_pitched_count_outs_where_outs_are_not_given(folder):
    """Older feeds have "6.2" only: six innings and two outs, not 6.2."""
    feed = json.loads((folder / "live_feed_718322.json").read_bytes())
    before = mlb_stats_api.parse(copy.deepcopy(feed), NOW)
    for team in feed["liveData"]["boxscore"]["teams"].values():
        for player in team["players"].values():
            player["stats"].get("pitching", {}).pop("outs", None)
    after = mlb_stats_api.parse(feed, NOW)
    assert (after.starter_lines, after.bullpen_lines) == (before.starter_lines, before.bullpen_lines)


@pytest.mark.parametrize(
    ("name", "field"), [("error_500_2022-11-22.json", "dates"), ("not_found_404_2022-11-22.json", "dates")]
)
def test_an_error_message_is_no_empty_schedule(name, field, folder):
    """200 with an error body once emptied a slate."""
    with pytest.raises(PayloadShapeError) as refused:
        mlb_stats_api.parse((folder / name).read_bytes(), NOW)
    assert refused.value.field == field
