"""The database takes what this room computes: every CHECK, width and type, on real tables.

Belongs here: recommendations, the wide row, performance and comparison inserted as they come.
Not here: the warehouse's own writing functions.
"""

import json

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.betting.recommendations import RECOMMENDATION_COLUMNS, recommend
from mlb_ml_assets.betting.settlement import unit_return
from mlb_ml_assets.betting.wide_columns import wide_columns
from mlb_ml_assets.domain.markets import MONEYLINE
from mlb_ml_assets.evaluation.market_comparison import compare
from mlb_ml_assets.evaluation.performance import performance_columns
from mlb_ml_assets_tests.betting.runs import run_distribution
from mlb_ml_assets_tests.betting.test_recommendations import NOON, three_markets

OUTSIDE_THE_TABLE = {"slate", "break_even_odds", "confidence", "decimal_odds", "operator"}


def plain(value):
    """What psycopg takes: Python numbers, None for unknown, JSON as text."""
    if isinstance(value, dict):
        return json.dumps(value)
    if value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
        return None
    return value.item() if isinstance(value, np.generic) else value


def insert(connection, table, row):
    places = ", ".join(["%s"] * len(row))
    statement = f"INSERT INTO {table} ({', '.join(row)}) VALUES ({places})"
    connection.execute(statement, [plain(value) for value in row.values()])


@pytest.fixture
def decided():
    forecasts, quotes = three_markets(1, 0.56, 0.53, 0.40, (-105, 100, 140))
    frame = pd.DataFrame(forecasts).assign(probability_low=0.3, probability_high=0.6, home_starter_id="543037")
    return recommend(frame, pd.DataFrame(quotes), {("open", 1): run_distribution()})


def test_recommendations_and_the_wide_row_go_in(database, decided):
    """The first broken CHECK is found at 18:05 on opening day otherwise."""
    wide = wide_columns(decided).iloc[0].drop(["game_id", "stage"])
    with database.connect() as connection:
        connection.execute(
            "INSERT INTO curated.enhanced_games (id, home_team, away_team, game_date, game_datetime, season)"
            " VALUES (1, 'BOS', 'NYY', '2024-07-04', %s, 2024)",
            [NOON + pd.Timedelta(hours=7)],
        )
        given = {"game_id": 1, "model_name": "mlb_game_model_open", "model_version": "2024-07", "feature_version": "1"}
        prediction = {**given, "id": 5, "prediction_timestamp": NOON, "time_to_game_minutes": 420, **wide.to_dict()}
        insert(connection, "curated.ml_predictions", prediction)
        columns = [column for column in RECOMMENDATION_COLUMNS if column not in OUTSIDE_THE_TABLE]
        for row in decided[columns].to_dict("records"):
            insert(connection, "curated.ml_recommendations", {"prediction_id": 5, **row})
        stored = connection.execute("SELECT count(*), sum(stake) FROM curated.ml_recommendations").fetchone()
        kept = connection.execute("SELECT ml_kelly_fraction, risk_level FROM curated.ml_predictions").fetchone()
    assert stored[0] == 6
    assert stored[1] == pytest.approx(decided["stake"].sum())
    assert decided["stake"].sum() > 0
    assert float(kept[0]) == pytest.approx(float(wide["ml_kelly_fraction"]))
    assert kept[1] == wide["risk_level"]


@pytest.mark.parametrize("count", [1, 3, 32, 200])
def test_performance_and_comparison_go_in(database, count):
    """hit_rate must equal the database's own rounding; windows of one game must not divide by zero."""
    rng = np.random.default_rng(count)
    day = pd.Timestamp("2018-04-01") + pd.to_timedelta(np.arange(count) % 30, unit="D")
    games = pd.DataFrame({"game_id": np.arange(count), "game_date": day, "probability": rng.uniform(0.3, 0.7, count)})
    games = games.assign(outcome=rng.integers(0, 2, count).astype(float), close_probability=0.52).sort_values(
        "game_date"
    )
    sides = games[["game_id", "game_date"]].assign(side="home", stake=0.02, decimal_odds=rng.uniform(1.5, 3, count))
    sides["result"] = rng.choice(["win", "loss", "push"], count)
    sides["unit_return"] = unit_return(sides["result"], sides["decimal_odds"])
    sides["profit"] = sides["stake"] * sides["unit_return"]
    sides = sides.assign(expected_value=0.03, market_probability=0.52, clv_expected_value=rng.normal(0, 0.05, count))
    key = {"model_name": "mlb_game_model_open", "model_version": "2018-04", "prediction_type": "home_ml"}
    key |= {"evaluation_period_start": "2018-04-01", "evaluation_period_end": "2018-05-01"}
    row = performance_columns(games, sides, MONEYLINE, top_features={"memory_logit": 0.7})
    with database.connect() as connection:
        insert(connection, "curated.ml_model_performance", {**key, **row})
        for compared in compare(games, {"anchored": "probability"}, {"close": "close_probability"}, sides):
            insert(connection, "curated.market_comparison", {**key, **compared})
        games_compared = connection.execute("SELECT games FROM curated.market_comparison").fetchone()
    assert games_compared == (count,)
