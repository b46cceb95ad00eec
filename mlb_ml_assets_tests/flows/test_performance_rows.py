"""Rows of curated.ml_model_performance, curated.market_comparison and curated.calibration_counts.

Belongs here: windows, the adopted CHECKs, which series there are.
Not here: the scores' formulas (betting/, modeling/).
"""

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.performance import Window, windows_of
from mlb_ml_assets.warehouse.performance import count_calibration
from mlb_ml_assets.warehouse.sql import sql_folder
from mlb_ml_assets_tests.chain import one, rows_of


def test_a_day_touches_its_month_its_season_and_the_thirty_days_that_end_with_its_week():
    """Windows with inclusive ends would count the first of each month twice."""
    assert list(windows_of(DayRange(date(2024, 5, 1), date(2024, 5, 1)))) == [
        Window(date(2024, 5, 1), date(2024, 6, 1), by_version=True),
        Window(date(2024, 1, 1), date(2025, 1, 1), by_version=False),
        Window(date(2024, 4, 6), date(2024, 5, 6), by_version=False),
    ]


def test_ends_are_exclusive_and_months_are_by_version(played):
    """A game of 1 May in April's window would be scored for a model that did not predict it."""
    with played.connect() as connection:
        windows = set(
            rows_of(
                connection,
                "SELECT model_version, evaluation_period_start, evaluation_period_end, total_predictions "
                "FROM curated.ml_model_performance "
                "WHERE model_name = 'mlb_game_model_lineup' AND prediction_type = 'home_ml'",
            )
        )
        counted = dict(
            rows_of(
                connection,
                "SELECT p.model_version || to_char(g.game_date, ' MM'), count(DISTINCT p.game_id) "
                "FROM curated.ml_predictions p JOIN curated.enhanced_games g ON g.id = p.game_id "
                "WHERE p.model_name = 'mlb_game_model_lineup' GROUP BY 1",
            )
        )
    april = (date(2024, 4, 1), date(2024, 5, 1))
    assert ("2024-04", *april, counted["2024-04 04"]) in windows
    assert ("2024-05", *april, counted["2024-05 04"]) in windows
    assert ("2024-05", date(2024, 5, 1), date(2024, 6, 1), counted["2024-05 05"]) in windows
    assert ("walk-forward", date(2024, 1, 1), date(2025, 1, 1), sum(counted.values())) in windows
    assert {row[0] for row in windows} == {"2024-04", "2024-05", "walk-forward"}


def test_the_hit_rate_is_the_tables_own(played):
    """The adopted CHECK rounds half up in decimal; a float's half down fails the insert on some day in June."""
    with played.connect() as connection:
        rows = rows_of(
            connection,
            "SELECT total_bets_made, winning_bets, losing_bets, push_bets, hit_rate, total_amount_wagered "
            "FROM curated.ml_model_performance",
        )
    assert any(made for made, *_ in rows)
    for made, won, lost, pushed, rate, wagered in rows:
        assert made == won + lost + pushed
        assert (rate is None) == (made == 0)
        assert (wagered > 0) == (made > 0)


def test_a_comparison_equals_the_difference_of_the_rows_it_is_of(played):
    """The one number that this project rests on, computed here the long way."""
    with played.connect() as connection:
        difference, games, se = one(
            connection,
            "SELECT difference, games, difference_se FROM curated.market_comparison "
            "WHERE model_name = 'mlb_game_model_lineup' AND model_version = 'walk-forward' "
            "AND prediction_type = 'home_ml' AND evaluation_period_start = '2024-01-01' AND score = 'log_loss' "
            "AND forecaster = 'anchored' AND reference = 'close'",
        )
        frame = pd.DataFrame(
            rows_of(
                connection,
                "SELECT g.game_date, r.final_probability, r.closing_probability, g.home_score > g.away_score "
                "FROM curated.ml_recommendations r JOIN curated.enhanced_games g ON g.id = r.game_id "
                "JOIN curated.game_details d ON d.game_id = g.id "
                "WHERE r.market_type = 'moneyline' AND r.side = 'home' AND r.stage = 'lineup' "
                "AND r.closing_probability IS NOT NULL AND g.game_status = 'final' AND NOT d.suspended",
            ),
            columns=["day", "said", "close", "won"],
        )
    loss = {
        name: -np.log(np.where(frame["won"], frame[name].astype(float), 1 - frame[name].astype(float)))
        for name in ("said", "close")
    }
    assert games == len(frame) > 400
    assert difference == pytest.approx((loss["said"] - loss["close"]).mean(), abs=1e-9)
    assert se > 0


COUNTS = (
    "SELECT game_date, forecaster, bin, games, ROUND(probability_sum::NUMERIC, 9), came_true "
    "FROM curated.calibration_counts "
    "WHERE model_name = 'mlb_game_model_lineup' AND market_type = 'total' ORDER BY 1, 2, 3"
)


def test_calibration_counts_each_game_once_and_leaves_pushes_out(played):
    """A repriced game counted twice, or a push counted as lost, moves the curve of the track record."""
    with played.connect() as connection:
        counts = pd.DataFrame(
            rows_of(connection, COUNTS), columns=["day", "forecaster", "bin", "games", "probability", "over"]
        )
        frame = pd.DataFrame(
            rows_of(
                connection,
                "SELECT g.game_date, r.final_probability, c.fair_probability, c.line_value = r.line_value, "
                "g.home_score + g.away_score - r.line_value FROM curated.ml_recommendations r "
                "JOIN curated.enhanced_games g ON g.id = r.game_id JOIN curated.game_details d ON d.game_id = g.id "
                "LEFT JOIN curated.market_lines c ON (c.game_id, c.stage, c.market_type) = (g.id, 'close', 'total') "
                "WHERE r.market_type = 'total' AND r.side = 'over' AND r.stage = 'lineup' "
                "AND g.game_status = 'final' AND NOT d.suspended",
            ),
            columns=["day", "final", "close", "same_line", "margin"],
        ).astype({"final": float, "close": float, "margin": float})
    frame["close"] = frame["close"].where(frame["same_line"].fillna(False).astype(bool))
    assert (frame["margin"] == 0).any()
    frame = frame[frame["margin"] != 0]
    for forecaster in ("final", "close"):
        part, known = counts[counts["forecaster"] == forecaster], frame.dropna(subset=[forecaster])
        assert part["games"].sum() == len(known) > 100
        assert part["over"].sum() == (known["margin"] > 0).sum()
        assert float(part["probability"].sum()) == pytest.approx(known[forecaster].sum())
        assert set(part["bin"]) == set(np.floor(known[forecaster] / 0.025).astype(int))


def test_counting_again_corrects_what_differs_and_touches_no_other_row(played):
    """A count that its games left shows a game twice; rows written anew each day are dead rows for a vacuum."""
    rows = "SELECT c::TEXT, c.xmin::TEXT FROM curated.calibration_counts AS c"
    with played.connect() as connection:
        before = dict(rows_of(connection, rows))
        connection.execute("UPDATE curated.calibration_counts SET came_true = games + 1 WHERE bin = 20")
        connection.execute("UPDATE curated.calibration_counts SET bin = 99 WHERE bin = 21")
        (wrong,) = one(connection, "SELECT count(*) FROM curated.calibration_counts WHERE bin IN (20, 99)")
        count_calibration(connection, date(2000, 1, 1), date(2100, 1, 1))
        after = dict(rows_of(connection, rows))
    assert after.keys() == before.keys()
    assert sum(after[row] != before[row] for row in before) == wrong > 100


def test_an_older_database_has_its_games_counted_by_the_migration(played):
    """Until its next scoring an upgraded database would show an empty track record."""
    text = (sql_folder() / "migrations" / "0160_calibration_counts.sql").read_text()
    (fill,) = re.findall(r"INSERT INTO curated\.calibration_counts.*?;", text, re.DOTALL)
    with played.connect() as connection:
        scored = rows_of(connection, COUNTS)
        connection.execute("TRUNCATE curated.calibration_counts")
        connection.execute(fill)
        assert rows_of(connection, COUNTS) == scored
