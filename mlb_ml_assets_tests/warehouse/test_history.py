"""A history read back.

Belongs here: which source and which version of a fact the frames carry.
Not here: ten real seasons (assets/test_history_import.py).
"""

from datetime import timedelta

import pandas as pd
import pytest

from mlb_ml_assets.features.facts import GameHistory
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.history import read_history
from mlb_ml_assets_tests.warehouse.game_rows import DAY, START, insert, record, result


@pytest.fixture
def connection(database):
    with database.connect() as connection:
        record(connection, "1", status="final")
        yield connection


def read(connection, through=None):
    with connection.transaction():
        build_enhanced_games(connection, DAY, DAY)
    return read_history(connection, through)


def test_an_empty_database_gives_empty_frames_that_fit(database):
    """The first day of an installation has no history, and must not fail for it."""
    with database.connect() as connection:
        history = read_history(connection)
    assert all(frame.empty for name, frame in history.items() if name != "parks")
    GameHistory(**history)


def test_one_game_of_two_sources_is_one_result(connection):
    """Each game counted twice halves every standard error and doubles every average's weight."""
    result(connection, "1", 5, 3)
    record(connection, "PIT202406040", source="history_bundle", status="final")
    result(connection, "PIT202406040", 5, 3, source="history_bundle", assumed=True)
    found = read(connection)["results"]
    assert found[["home_score", "away_score"]].to_numpy().tolist() == [[5, 3]]


def test_versions_of_a_fact_stay_apart_by_when_they_became_known(connection):
    """A starter scratched at noon was still the starter at ten."""
    for hours, player in ((24, "10"), (4, "11"), (2, None)):
        insert(
            connection, "staging.probable_starters", source="mlb_stats_api", source_game_id="1", side="home",
            known_at=START - timedelta(hours=hours), assumed=False, player_id=player,
        )  # fmt: skip
    found = read(connection)["probables"]
    assert found["player_id"].tolist()[:2] == ["10", "11"]
    assert pd.isna(found["player_id"][2])
    assert found["known_at"].is_monotonic_increasing


def test_what_became_known_later_is_left_out(connection):
    """The limit is there so that a replay cannot even hold the future in memory."""
    result(connection, "1", 5, 3)
    history = read(connection, START)
    assert len(history["games"]) == 1
    assert history["results"].empty


def test_sides_of_a_source_that_has_them_turned_are_the_games(connection):
    """Otherwise one club's starter is read as the other's."""
    record(connection, "b", source="history_bundle", home_team="NYM", away_team="PIT", status="final")
    result(connection, "b", 2, 9, source="history_bundle", home_line_score="200000000", away_line_score="900000000",
           home_starter_id="mets", away_starter_id="pirates")  # fmt: skip
    insert(
        connection, "staging.bullpen_lines", source="history_bundle", source_game_id="b", side="home", known_at=START,
        assumed=True, outs=9, hits=0, earned_runs=0, walks=0, strikeouts=0, home_runs=0,
    )  # fmt: skip
    history = read(connection)
    (row,) = history["results"].itertuples()
    assert (row.home_score, row.home_line_score, row.home_starter_id) == (9, "900000000", "pirates")
    assert history["bullpen_lines"]["side"].tolist() == ["away"]


def test_a_line_score_is_text_and_unknown_is_missing(connection):
    """000000100 read as a number is 100, and a zero for unknown weather is a winter's day."""
    result(connection, "1", 1, 0, home_line_score="000000001", away_line_score="000000000")
    insert(
        connection, "staging.game_conditions", source="mlb_stats_api", source_game_id="1", known_at=START,
        assumed=False, sky="Clear",
    )  # fmt: skip
    history = read(connection)
    assert history["results"]["home_line_score"].tolist() == ["000000001"]
    assert history["conditions"][["temperature_fahrenheit", "roof_closed"]].isna().all(axis=None)
    assert str(history["games"]["start"].dtype) == "datetime64[ns, UTC]"
    GameHistory(**history)
