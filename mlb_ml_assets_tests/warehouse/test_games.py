"""The master games table from many sources.

Belongs here: creating, adopting, moving and completing rows, and the traps of the adopted table.
Not here: ten seasons of archives (assets/test_history_import.py).
"""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.incoming_rows import WriteRefused
from mlb_ml_assets_tests.warehouse.game_rows import DAY, START, insert, record, result


@pytest.fixture
def connection(database):
    with database.connect() as connection:
        yield connection


def build(connection, first=DAY, last=None):
    with connection.transaction():
        return build_enhanced_games(connection, first, last or first)


def games(connection, *names):
    return connection.execute(f"SELECT {', '.join(names)} FROM curated.enhanced_games ORDER BY id").fetchall()


def test_a_scheduled_game_has_no_winner_and_counts_no_runs(connection):
    """total_runs is generated as 0 for an unplayed game: only the status distinguishes it from a scoreless one."""
    record(connection, "1")
    assert build(connection)["games_created"] == 1
    assert games(connection, "game_status", "winning_team", "home_score", "total_runs", "game_time::text") == [
        ("scheduled", None, None, 0, "19:05:00")
    ]


def test_building_again_changes_nothing_at_all(connection):
    """A row rewritten every hour wakes everything that watches the table."""
    record(connection, "1", status="final")
    result(connection, "1", 5, 3)
    build(connection)
    before = games(connection, "id", "updated_at", "xmin::text")
    assert build(connection)["games_updated"] == 0
    assert games(connection, "id", "updated_at", "xmin::text") == before


def told(connection, captured_at, **state):
    """One state of game 1 as its source lists it, and its history."""
    told = {"captured_at": captured_at, "scheduled_start": START, "game_date": DAY, "status": "scheduled",
            "game_number": 1, "doubleheader": "N", "park_id": "PIT08"} | state  # fmt: skip
    names = [name for name in told if name != "status_detail"]
    connection.execute(
        f"UPDATE staging.source_games SET {', '.join(f'{name} = %s' for name in names)} WHERE source_game_id = '1'",
        [told[name] for name in names],
    )
    insert(connection, "staging.game_status_history", source="mlb_stats_api", source_game_id="1", **told)


def moves(connection):
    return [at for (at,) in connection.execute("SELECT schedule_known_at FROM staging.moved_games")]


def test_when_a_moved_game_got_its_place_is_known(connection):
    """A decision rests on the schedule of its instant; a listing as postponed has no new one."""
    record(connection, "1")
    build(connection)
    hour = timedelta(hours=1)
    told(connection, START - 40 * hour)
    told(connection, START - 30 * hour, status="scheduled", status_detail="Pre-Game")
    assert moves(connection) == []
    told(connection, START - 20 * hour, scheduled_start=START + 4 * hour, game_number=2, doubleheader="S")
    assert moves(connection) == [START - 20 * hour]
    told(connection, START - 10 * hour, status="postponed")
    tomorrow = {"scheduled_start": START + 24 * hour, "game_date": DAY + timedelta(days=1)}
    told(connection, START - 9 * hour, **tomorrow)
    told(connection, START - 8 * hour, **tomorrow, status_detail="Warmup")
    assert moves(connection) == [START - 9 * hour]


def test_a_score_from_before_the_start_of_an_unplayed_game_makes_no_result_known(connection):
    """A table whose name was taken for an early capture had the games of three weeks known before they began."""
    record(connection, "1")
    hours = {"before": -14, "after": 3}
    known = {}
    for name, hour in hours.items():
        insert(
            connection, "staging.game_results", source="mlb_stats_api", source_game_id="1", home_score=4, away_score=2,
            known_at=START + timedelta(hours=hour), assumed=False,
        )  # fmt: skip
        build(connection)
        ((known[name],),) = connection.execute("SELECT result_known_at FROM curated.game_details").fetchall()
    assert known == {"before": None, "after": START + timedelta(hours=3)}


def test_a_row_from_before_the_schedule_was_kept_in_full_is_no_move(connection):
    """Migration 0017 adds columns to a history that has rows; unknown is not changed."""
    record(connection, "1")
    build(connection)
    told(connection, START - timedelta(hours=9))
    connection.execute("UPDATE staging.game_status_history SET game_number = NULL, doubleheader = NULL, park_id = NULL")
    told(connection, START - timedelta(hours=8))
    assert moves(connection) == []


def test_a_postponed_game_keeps_its_row_and_moves(connection):
    """A second row for the make-up date leaves a ghost that is never played and never settled."""
    record(connection, "1", status="postponed")
    build(connection)
    (before,) = games(connection, "id")
    later = DAY + timedelta(days=40)
    connection.execute(
        "UPDATE staging.source_games SET game_date = %s, scheduled_start = %s, status = 'scheduled'",
        (later, START + timedelta(days=40)),
    )
    report = build(connection, later)
    assert report["games_created"] == 0
    assert games(connection, "id", "game_date", "game_status") == [(*before, later, "scheduled")]


def test_a_game_held_by_an_archives_id_gets_its_gamepk_in_the_same_row(connection):
    """The bundle's postseason has no gamePk; a second row when MLB gives one would split prices from result."""
    record(connection, "PIT202406040", source="history_bundle", season_type="postseason", status="final")
    result(connection, "PIT202406040", 5, 3, source="history_bundle", assumed=True)
    build(connection)
    (before,) = games(connection, "id", "mlb_stats_api_game_id", "mlb_correlation_confidence")
    assert before[1:] == (None, Decimal(0))
    record(connection, "746000", season_type="postseason", status="final")
    result(connection, "746000", 5, 3)
    build(connection)
    assert games(connection, "id", "mlb_stats_api_game_id") == [(before[0], "746000")]
    assert games(connection, "mlb_correlation_confidence") == [(Decimal("0.99"),)]


def test_a_row_of_another_program_is_adopted_with_what_only_it_knows(connection):
    """Its humidity and its metadata are not ours to wipe; a second row would be the same game twice."""
    insert(
        connection, "curated.enhanced_games", home_team="PIT", away_team="NYM", game_date=DAY, game_datetime=START,
        season=2024, humidity_pct=40, ml_metadata='{"theirs": 1}', action_network_game_id=99,
    )  # fmt: skip
    record(connection, "1")
    assert build(connection)["games_created"] == 0
    assert games(connection, "mlb_stats_api_game_id", "humidity_pct", "action_network_game_id") == [("1", 40, 99)]
    assert games(connection, "ml_metadata") == [({"theirs": 1},)]


def test_both_games_of_a_double_header_listed_five_minutes_apart_stay_two(connection):
    """MLB lists the second game of a one-admission pair five minutes after the first."""
    record(connection, "1", doubleheader="Y", game_number=1)
    record(connection, "2", doubleheader="Y", game_number=2, scheduled_start=START + timedelta(minutes=5))
    record(connection, "a", source="vsin", scheduled_start=None, start_assumed=True)
    report = build(connection)
    assert games(connection, "mlb_stats_api_game_id", "game_number") == [("1", 1), ("2", 2)]
    assert report["unmapped vsin: doubleheader without a clear order"] == 1
    assert connection.execute("SELECT source FROM curated.unmapped_games").fetchall() == [("vsin",)]


def test_an_unmatched_record_is_tried_again_when_its_game_appears(connection):
    """Odds come before the schedule does; dropped once, they would be missing for good."""
    record(connection, "a", source="the_odds_api")
    assert build(connection)["records_unmapped"] == 1
    record(connection, "1", game_date=DAY)
    assert build(connection)["records_unmapped"] == 0
    assert connection.execute("SELECT count(*) FROM curated.game_identity").fetchone() == (2,)


def test_a_final_without_a_score_is_not_written_as_final(connection):
    """completed_game_has_scores would refuse the row, and the whole day with it."""
    record(connection, "1", status="final")
    build(connection)
    ((status, metadata),) = games(connection, "game_status", "ml_metadata")
    assert status == "live"
    assert metadata["notes"] == ["final without a score"]


def test_a_tie_has_no_winner(connection):
    """valid_winner allows none, and a tie pays nobody."""
    record(connection, "1", status="final")
    result(connection, "1", 1, 1)
    build(connection)
    assert games(connection, "winning_team", "game_status") == [(None, "final")]


def test_a_source_with_the_sides_turned_gives_its_score_to_the_right_clubs(connection):
    """A club at home in another's park: the log and MLB disagree on who the home club is."""
    record(connection, "1", status="final")
    record(connection, "PIT202406040", source="history_bundle", home_team="NYM", away_team="PIT", status="final")
    result(connection, "PIT202406040", 2, 9, source="history_bundle", assumed=True)
    build(connection)
    assert games(connection, "home_team", "home_score", "away_score", "winning_team") == [("PIT", 9, 2, "PIT")]


def test_values_that_the_adopted_table_cannot_hold_are_left_out_and_noted(connection):
    """One ERA of 135 or one long wind direction would roll the whole day back."""
    record(connection, "1")
    insert(connection, "staging.people", player_id="10", full_name="Pat Venditte", throws="B")
    insert(connection, "staging.people", player_id="11", full_name="Short Outing", throws="R")
    for side, player in (("home", "10"), ("away", "11")):
        insert(
            connection, "staging.probable_starters", source="mlb_stats_api", source_game_id="1", side=side,
            known_at=START - timedelta(days=1), assumed=False, player_id=player,
        )  # fmt: skip
    insert(
        connection, "staging.starter_lines", source="mlb_stats_api", source_game_id="0", side="away",
        known_at=START - timedelta(days=5), assumed=False, player_id="11", outs=1, hits=5, runs=5, earned_runs=5,
        walks=0, strikeouts=0, home_runs=0,
    )  # fmt: skip
    insert(
        connection, "staging.game_conditions", source="mlb_stats_api", source_game_id="1", known_at=START,
        assumed=False, temperature_fahrenheit=72, wind_direction="Out To Dead Center",
    )  # fmt: skip
    build(connection)
    assert games(
        connection, "home_pitcher_name", "home_pitcher_throws", "away_pitcher_throws", "away_pitcher_era",
        "wind_direction", "temperature_fahrenheit",
    ) == [("Pat Venditte", None, "R", None, None, 72)]  # fmt: skip
    ((metadata,),) = games(connection, "ml_metadata")
    assert metadata["notes"] == [
        "away starter's ERA 135.00 does not fit",
        "home starter throws with both hands",
        "wind direction Out To Dead Center does not fit",
    ]


def test_a_starters_average_counts_only_what_was_known_before_the_game(connection):
    """The game's own line in its own average is the oldest leak of all."""
    record(connection, "1", status="final")
    insert(connection, "staging.people", player_id="11", full_name="Ace", throws="L")
    insert(
        connection, "staging.probable_starters", source="mlb_stats_api", source_game_id="1", side="home",
        known_at=START - timedelta(days=1), assumed=False, player_id="11",
    )  # fmt: skip
    for game, known_at, earned in (("0", START - timedelta(days=5), 2), ("1", START + timedelta(hours=11), 9)):
        insert(
            connection, "staging.starter_lines", source="mlb_stats_api", source_game_id=game, side="home",
            known_at=known_at, assumed=False, player_id="11", outs=18, hits=5, runs=earned, earned_runs=earned, walks=0,
            strikeouts=0, home_runs=0,
        )  # fmt: skip
    build(connection)
    assert games(connection, "home_pitcher_era") == [(Decimal("3.00"),)]


def test_a_build_outside_a_transaction_is_refused(connection):
    """Half a day's links without the other half would be believed."""
    with pytest.raises(WriteRefused, match="transaction"):
        build_enhanced_games(connection, date(2024, 1, 1), date(2024, 1, 2))


def test_a_range_in_one_run_equals_the_days_one_by_one(database, connection):
    """A backfill that differs from the daily runs makes every later comparison meaningless."""
    for number in range(4):
        day, start = DAY + timedelta(days=number), START + timedelta(days=number)
        record(connection, str(number + 1), game_date=day, scheduled_start=start)
        # Dated by UTC: the day of the clubs' next game.
        utc_day = day + timedelta(days=1)
        record(connection, f"o{number}", source="the_odds_api", game_date=utc_day, scheduled_start=start)
    with connection.transaction(force_rollback=True):
        for number in range(5):
            build(connection, DAY + timedelta(days=number))
        daily = linked(connection)
    build(connection, DAY, DAY + timedelta(days=4))
    assert linked(connection) == daily
    assert len(daily) == 8


def linked(connection):
    return connection.execute(
        "SELECT i.source, i.source_game_id, e.mlb_stats_api_game_id FROM curated.game_identity i "
        "JOIN curated.enhanced_games e ON e.id = i.game_id ORDER BY 1, 2"
    ).fetchall()
