"""Stakes of a day and what became of them.

Belongs here: limits over stages and decisions, stale quotes, settlement and its history, as the graph writes them.
Not here: sizes and rules themselves (betting/).
"""

from datetime import date

import pytest

from mlb_ml_assets.betting.stake_limits import StakeLimits
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows import recommendations as bet_build
from mlb_ml_assets.flows.performance import score_days
from mlb_ml_assets.flows.recommendations import recommend_days
from mlb_ml_assets_tests.chain import PLAYED, one, rows_of
from mlb_ml_assets_tests.flows.tables import BETS, held

DAY = DayRange(date(2024, 4, 20), date(2024, 4, 20))
NEWEST = (
    "SELECT DISTINCT ON (game_id, model_name) id FROM curated.ml_predictions "
    "ORDER BY game_id, model_name, prediction_timestamp DESC, id DESC"
)


@pytest.fixture
def bets(played):
    with played.connect() as connection:
        yield connection


def test_stakes_keep_the_limits_of_their_day_over_both_stages(bets):
    """Open and lineup bets of a game are one exposure; each stage within its own caps would be twice the risk."""
    limits = StakeLimits()
    stakes = rows_of(
        bets,
        "SELECT g.game_date, max(d.stake), sum(d.stake) FROM (SELECT r.game_id, max(r.stake) over (), r.stake "
        f"FROM curated.ml_recommendations r WHERE r.prediction_id IN ({NEWEST})) d (game_id, most, stake) "
        "JOIN curated.enhanced_games g ON g.id = d.game_id GROUP BY 1 HAVING sum(d.stake) > 0",
    )
    assert len(stakes) > 5
    assert max(most for _, most, _ in stakes) <= limits.per_bet + 1e-12
    assert max(total for _, _, total in stakes) <= limits.per_day + 1e-12
    by_game = rows_of(
        bets, f"SELECT sum(stake) FROM curated.ml_recommendations WHERE prediction_id IN ({NEWEST}) GROUP BY game_id"
    )
    assert max(total for (total,) in by_game) <= limits.per_game + 1e-12


def test_what_earlier_decisions_staked_leaves_no_room_for_later_ones(bets):
    """A day's cap that forgets the bets already placed is no cap."""
    game, other = rows_of(
        bets,
        "SELECT r.prediction_id, r.game_id FROM curated.ml_recommendations r "
        "JOIN curated.enhanced_games g ON g.id = r.game_id WHERE r.stake > 0 AND g.game_date BETWEEN %s AND %s "
        "ORDER BY g.game_date DESC LIMIT 1",
        PLAYED.first,
        PLAYED.last,
    )[0]
    (day,) = one(bets, "SELECT game_date FROM curated.enhanced_games WHERE id = %s", other)
    # Another game of the day holds a bet as large as the day's cap; only this prediction is decided again.
    standing = rows_of(
        bets,
        "SELECT r.prediction_id, r.market_type, r.side FROM curated.ml_recommendations r "
        "JOIN curated.enhanced_games g ON g.id = r.game_id WHERE g.game_date = %s AND r.game_id <> %s "
        f"AND r.odds IS NOT NULL AND r.prediction_id IN ({NEWEST}) LIMIT 1",
        day,
        other,
    )[0]
    bets.execute(
        "UPDATE curated.ml_recommendations SET stake = 0.15, no_bet_reason = NULL "
        "WHERE (prediction_id, market_type, side) = (%s, %s, %s)",
        standing,
    )
    bets.execute("DELETE FROM curated.ml_recommendations WHERE prediction_id = %s", (game,))
    recommend_days(bets, DayRange(day, day))
    again = rows_of(bets, "SELECT stake, no_bet_reason FROM curated.ml_recommendations WHERE prediction_id = %s", game)
    assert len(again) >= 2
    assert all(stake == 0 for stake, _ in again)
    assert "limits used up" in {reason for _, reason in again} or any("limit" in (reason or "") for _, reason in again)


def test_lineup_bets_are_told_of_the_open_bets_decided_in_the_same_run(bets, monkeypatch):
    """In a backfill both stages of a day are decided in one call; the second must know the first."""
    told = {}
    place_stakes = bet_build.place_stakes

    def listening(valued, distributions, policy, committed):
        rows = place_stakes(valued, distributions, policy, committed)
        told[valued["stage"].iloc[0]] = (committed, rows[rows["stake"] > 0])
        return rows

    monkeypatch.setattr(bet_build, "place_stakes", listening)
    bets.execute("DELETE FROM curated.ml_recommendations")
    recommend_days(bets, PLAYED)
    assert list(told) == ["open", "lineup"]
    placed, (committed, _) = told["open"][1], told["lineup"]
    assert len(placed) > 5
    assert len(told["open"][0]) == 0
    assert committed["stake"].sum() == pytest.approx(placed["stake"].sum())
    assert set(committed["slate"].str[10:]) == {":lineup"}


def test_an_archive_price_is_stale_at_lineup(bets):
    """Archives have no price between open and close: a bet at a price of the day before was on offer to nobody."""
    reasons = dict(
        rows_of(
            bets,
            "SELECT no_bet_reason, count(*) FROM curated.ml_recommendations "
            "WHERE stage = 'lineup' AND market_type <> 'spread' GROUP BY 1",
        )
    )
    assert reasons.get("stale quote", 0) > 100
    assert one(bets, "SELECT count(*) FROM curated.ml_recommendations WHERE stage = 'open' AND stake > 0")[0] > 5


def test_deciding_again_leaves_what_was_settled(bets):
    """Results are written onto the same rows: an upsert of all columns would wipe a season's profits."""
    settled = rows_of(bets, "SELECT count(*) FROM curated.ml_recommendations WHERE result IS NOT NULL")
    assert settled[0][0] > 500
    kept = (
        "SELECT prediction_id, market_type, side, result, profit, settled_at, closing_probability "
        "FROM curated.ml_recommendations ORDER BY 1, 2, 3"
    )
    before = rows_of(bets, kept)
    # Undo the freeze, so that the decisions are made again.
    bets.execute("UPDATE curated.ml_predictions SET market_close_time = market_close_time + INTERVAL '1 year'")
    bets.execute("UPDATE curated.ml_recommendations SET no_bet_reason = 'marked' WHERE no_bet_reason IS NOT NULL")
    assert recommend_days(bets, DAY)["rows changed"] > 20
    assert rows_of(bets, kept) == before


@pytest.fixture
def a_win(bets):
    """A home moneyline bet that won by one run or more: (game, prediction, home score, away score)."""
    return rows_of(
        bets,
        "SELECT r.game_id, r.prediction_id, g.home_score, g.away_score FROM curated.ml_recommendations r "
        "JOIN curated.enhanced_games g ON g.id = r.game_id WHERE r.market_type = 'moneyline' AND r.side = 'home' "
        "AND r.result = 'win' AND r.stage = 'open' AND g.game_date = %s ORDER BY 1 LIMIT 1",
        DAY.first,
    )[0]


def history_of(connection, prediction):
    return rows_of(
        connection,
        "SELECT result, home_score, away_score FROM curated.settlement_history "
        "WHERE prediction_id = %s AND market_type = 'moneyline' AND side = 'home' ORDER BY settled_at",
        prediction,
    )


def test_a_corrected_result_settles_again_and_is_told_once(bets, a_win):
    """Official scorers correct results for days; the old settlement must stay on record beside the new."""
    game, prediction, home, away = a_win
    assert history_of(bets, prediction) == [("win", home, away)]
    bets.execute("UPDATE curated.enhanced_games SET home_score = %s, away_score = %s WHERE id = %s", (away, home, game))
    score_days(bets, DAY)
    assert history_of(bets, prediction) == [("win", home, away), ("loss", away, home)]
    (now,) = one(
        bets,
        "SELECT result FROM curated.ml_recommendations "
        "WHERE prediction_id = %s AND market_type = 'moneyline' AND side = 'home'",
        prediction,
    )
    assert now == "loss"
    rows = held(bets, BETS)
    assert score_days(bets, DAY)["settlements new or corrected"] == 0
    assert held(bets, BETS) == rows


def test_a_corrected_score_with_the_same_winner_is_told_once_too(bets, a_win):
    """The bet has action, but totals and run lines do not: a history that skips it cannot explain them."""
    game, prediction, home, away = a_win
    bets.execute("UPDATE curated.enhanced_games SET home_score = home_score + 3 WHERE id = %s", (game,))
    assert score_days(bets, DAY)["settlements new or corrected"] > 0
    assert history_of(bets, prediction) == [("win", home, away), ("win", home + 3, away)]
    assert score_days(bets, DAY)["settlements new or corrected"] == 0
    assert len(history_of(bets, prediction)) == 2


def test_stale_inputs_stop_the_stakes_of_their_game_unless_the_setting_lets_them(bets, monkeypatch):
    """A source that went silent is seen by nobody, until its games lose: the ages must reach the stake."""
    prediction, ages = rows_of(
        bets,
        "SELECT p.id, p.prediction_explanation->'input_ages' FROM curated.ml_predictions p "
        "JOIN curated.ml_recommendations r ON r.prediction_id = p.id "
        "JOIN curated.enhanced_games g ON g.id = p.game_id "
        f"WHERE r.stake > 0 AND g.game_date BETWEEN %s AND %s AND p.id IN ({NEWEST}) LIMIT 1",
        DAY.first,
        PLAYED.last,
    )[0]
    assert ages["results"] <= 2
    assert ages["bullpen"] <= 2
    day = one(bets, "SELECT g.game_date FROM curated.enhanced_games g JOIN curated.ml_predictions p "
                    "ON p.game_id = g.id WHERE p.id = %s", prediction)[0]  # fmt: skip
    bets.execute(
        "UPDATE curated.ml_predictions SET prediction_explanation = "
        "jsonb_set(prediction_explanation, '{input_ages,bullpen}', '40') WHERE id = %s",
        (prediction,),
    )

    def decided_again():
        bets.execute("DELETE FROM curated.ml_recommendations WHERE prediction_id = %s", (prediction,))
        recommend_days(bets, DayRange(day, day))
        return rows_of(
            bets, "SELECT no_bet_reason, stake FROM curated.ml_recommendations WHERE prediction_id = %s", prediction
        )

    assert {(reason, float(stake)) for reason, stake in decided_again()} == {("stale inputs", 0.0)}
    monkeypatch.setenv("MLB_ML_STOP_ON_STALE_INPUTS", "0")
    assert any(stake > 0 for _, stake in decided_again())
