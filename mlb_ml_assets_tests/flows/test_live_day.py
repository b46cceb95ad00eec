"""A day as it comes: prices move, cutoffs pass.

Belongs here: stamps of predictions, what is frozen and what gets a new row.
Not here: collecting (test_ingest.py), the odds sensor (automation/).
"""

from datetime import date, timedelta

import pytest

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.features import build_vectors
from mlb_ml_assets.flows.predictions import predict_days
from mlb_ml_assets.flows.recommendations import recommend_days
from mlb_ml_assets.warehouse.game_models import write_champion
from mlb_ml_assets_tests.chain import at, one, rows_of
from mlb_ml_assets_tests.flows.tables import BETS, PREDICTIONS, forget, held, meant

DAY = DayRange(date(2024, 5, 8), date(2024, 5, 8))
MORNING = "2024-05-08T12:00:00+00:00"


@pytest.fixture
def morning(played):
    """The morning of 8 May: open prices exist, nothing was predicted yet."""
    with played.connect() as connection:
        forget(connection, DAY.first, DAY.last)
        with at(MORNING):
            slate(connection)
        yield connection


def slate(connection):
    build_vectors(connection, DAY)
    predict_days(connection, DAY)
    recommend_days(connection, DAY)


def starts(connection):
    """(game, first pitch) of the day, earliest first."""
    return rows_of(
        connection,
        "SELECT id, game_datetime FROM curated.enhanced_games WHERE game_date = %s ORDER BY game_datetime, id",
        DAY.first,
    )


def predictions_of(connection, game):
    return rows_of(
        connection,
        "SELECT model_name, prediction_timestamp, home_ml_probability FROM curated.ml_predictions "
        "WHERE game_id = %s ORDER BY prediction_timestamp, model_name",
        game,
    )


def move_price(connection, game, stage, at_instant, shift="+ 0.05"):
    connection.execute(
        f"UPDATE curated.market_lines SET fair_probability = fair_probability {shift}, known_at = %s, quoted_at = %s "
        "WHERE game_id = %s AND stage = %s",
        (at_instant, at_instant, game, stage),
    )


def test_in_the_morning_each_game_is_predicted_at_its_first_price(morning):
    """A lineup stage before its hour would be a prediction from the future."""
    games = starts(morning)
    for game, _ in games:
        assert [name for name, _, _ in predictions_of(morning, game)] == ["mlb_game_model_open"]


def test_new_odds_make_a_new_row_beside_the_old(morning):
    """What was predicted before the move is the record that closing line value is measured on."""
    game, _ = starts(morning)[-1]
    before = predictions_of(morning, game)
    move_price(morning, game, "lineup", "2024-05-08T13:30:00+00:00")
    with at("2024-05-08T14:00:00+00:00"):
        slate(morning)
        after = predictions_of(morning, game)
        assert after[: len(before)] == before
        assert len(after) == len(before) + 1
        assert after[-1][1].isoformat() == "2024-05-08T13:30:00+00:00"
        assert after[-1][2] > before[-1][2]
        rows = held(morning, PREDICTIONS)
        slate(morning)
        assert held(morning, PREDICTIONS) == rows


def test_a_price_may_move_all_morning(morning):
    """Its earlier prices are no longer in the table: predicted again without one, two decisions share a stamp."""
    game, _ = starts(morning)[-1]
    predicted = predictions_of(morning, game)
    for minute in (10, 20, 30):
        move_price(morning, game, "lineup", f"2024-05-08T13:{minute}:00+00:00", shift="+ 0.01")
        with at(f"2024-05-08T13:{minute + 5}:00+00:00"):
            slate(morning)
        after = predictions_of(morning, game)
        assert after[:-1] == predicted
        assert after[-1][1].isoformat() == f"2024-05-08T13:{minute}:00+00:00"
        predicted = after
    with at("2024-05-10T12:00:00+00:00"):
        slate(morning)
    # The day after, the decisions of the morning are unchanged, and the one of the cutoff is beside them.
    assert [row for row in predictions_of(morning, game) if row[0].endswith("open")] == predicted


def test_after_the_cutoff_nothing_rewrites_a_prediction_or_its_bets(morning):
    """A price that a late import brings would make yesterday's stakes look wise."""
    game, start = starts(morning)[0]
    with at((start - timedelta(minutes=59)).isoformat()):
        slate(morning)
        assert [name for name, _, _ in predictions_of(morning, game)][-1] == "mlb_game_model_lineup"
        rows = held(morning, (*PREDICTIONS, *BETS))
        morning.execute(
            "UPDATE curated.market_lines SET fair_probability = 0.9, home_or_over_odds = 900 WHERE game_id = %s",
            (game,),
        )
        report = predict_days(morning, DAY)
        recommend_days(morning, DAY)
        assert held(morning, (*PREDICTIONS, *BETS)) == rows
        assert report["rows changed"] == 0


def test_the_stakes_ahead_do_not_depend_on_when_the_games_before_them_were_decided(morning):
    """Sized together with bets whose hour is over, a first run at noon and a second would stake differently."""
    forget(morning, DAY.first, DAY.last)
    starts_in_order = [start for _, start in starts(morning)]
    noon = starts_in_order[len(starts_in_order) // 2] - timedelta(minutes=60)
    with at(noon.isoformat()):
        slate(morning)
        first = meant(morning, BETS)
        ahead = [game for game, start in starts(morning) if start - timedelta(minutes=60) > noon]
        morning.execute("DELETE FROM curated.ml_recommendations WHERE game_id = ANY(%s)", (ahead,))
        assert meant(morning, BETS) != first
        recommend_days(morning, DAY)
        assert meant(morning, BETS) == first
    staked = (
        "SELECT COUNT(*) FROM curated.ml_recommendations AS r JOIN curated.enhanced_games AS g ON g.id = r.game_id "
        "WHERE r.stake > 0 AND g.game_date = %s AND r.game_id = ANY(%s) = %s"
    )
    assert all(one(morning, staked, DAY.first, ahead, of_these)[0] > 0 for of_these in (True, False))


def test_before_the_cutoff_the_same_instant_is_brought_up_to_date(morning):
    """Freezing too early would keep a prediction that a corrected price has overtaken."""
    game, _ = starts(morning)[-1]
    before = predictions_of(morning, game)
    morning.execute(
        "UPDATE curated.market_lines SET fair_probability = 0.9 WHERE game_id = %s AND stage = 'open'", (game,)
    )
    with at(MORNING):
        report = predict_days(morning, DAY)
    after = predictions_of(morning, game)
    assert report["rows changed"] == 1
    assert [row[:2] for row in after] == [row[:2] for row in before]
    assert after[0][2] > before[0][2]


def test_a_day_run_again_later_is_priced_by_who_was_champion_then(morning):
    """The day after, a refused month's model must not speak for games that the champion priced and bet on."""
    with at("2024-05-05T12:00:00+00:00"):
        write_champion(morning, "2024-04", "the challenger was refused")
    forget(morning, DAY.first, DAY.last)
    with at(MORNING):
        slate(morning)
    versions = "SELECT DISTINCT model_version FROM curated.ml_predictions WHERE game_id = ANY(%s)"
    games = [game for game, _ in starts(morning)]
    assert rows_of(morning, versions, games) == [("2024-04",)]
    slate(morning)
    rows = held(morning, (*PREDICTIONS, *BETS))
    write_champion(morning, "2024-05", "promoted in the evening")
    slate(morning)
    assert rows_of(morning, versions, games) == [("2024-04",)]
    assert held(morning, (*PREDICTIONS, *BETS)) == rows
    before = DayRange(date(2024, 5, 3), date(2024, 5, 3))
    assert predict_days(morning, before)["model versions"] == "2024-05"


def test_a_prediction_is_stamped_with_the_latest_fact_it_used(played):
    """A stamp of writing would make every re-run a new row, and one before its inputs would hide a leak."""
    with played.connect() as connection:
        offenders = rows_of(
            connection,
            "SELECT p.id, p.prediction_timestamp, f.known_at, l.known_at, f.as_of FROM curated.ml_predictions p "
            "JOIN curated.ml_feature_vectors v ON v.id = p.feature_vector_id "
            "JOIN curated.game_features f ON f.game_id = p.game_id AND f.as_of = v.feature_cutoff_time "
            "  AND f.stage = split_part(v.feature_version, '-', 2) "
            "LEFT JOIN LATERAL (SELECT max(known_at) AS known_at FROM curated.market_lines m "
            "  WHERE m.game_id = p.game_id AND m.stage = f.price_stage AND m.known_at <= f.as_of) l ON TRUE "
            "WHERE p.prediction_timestamp <> greatest(f.known_at, l.known_at) OR p.prediction_timestamp > f.as_of "
            "  OR p.time_to_game_minutes < 60 "
            "  OR p.time_to_game_minutes "
            "    <> floor(extract(epoch FROM p.market_close_time - p.prediction_timestamp) / 60)",
        )
        assert offenders == []
        assert one(connection, "SELECT count(*) FROM curated.ml_predictions")[0] > 900
