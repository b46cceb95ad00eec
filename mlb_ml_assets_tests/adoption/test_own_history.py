"""Two seasons of a user's own final scores and prices give a model, without any archive; less says what is missing.

Belongs here: a league's past as the writers of the earlier system leave it, and `run` over it.
Not here: real games of a few days (test_priced_slate.py), how a month is trained (flows/).
"""

from datetime import date, timedelta

import numpy as np
import pytest

from mlb_ml_assets.modeling.config import ModelConfig
from mlb_ml_assets.simulation.archive_odds import odds_open_close
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets_tests.adoption.fillings import KEYED, move_in_with
from mlb_ml_assets_tests.adoption.generations import changed_values, remember_values, shapes
from mlb_ml_assets_tests.chain import LEAGUE, one, rows_of

# Before the first pitch: the first price of a day, the one of the lineup decision, and the last.
OPEN, LINEUP, CLOSE = timedelta(hours=9), timedelta(minutes=75), timedelta(minutes=5)
NOW = {"MLB_ML_SIMULATED_NOW": LEAGUE.now.isoformat()}


@pytest.fixture(scope="module")
def past():
    """The league's finished games, each with its prices: rows of one table."""
    league = simulate_league(LEAGUE)
    rows = np.flatnonzero(league.games["official_date"] < LEAGUE.today)
    games = league.games.iloc[rows].reset_index(drop=True)
    prices = odds_open_close(league, rows).reset_index(drop=True)
    return games.join(prices.drop(columns=games.columns.intersection(prices.columns)))


SCHEDULED = """
    INSERT INTO curated.enhanced_games
        (action_network_game_id, home_team, away_team, game_datetime, game_date, season)
    VALUES (%s, %s, %s, %s, %s, %s)
"""
FINAL = """
    INSERT INTO curated.enhanced_games
        (mlb_stats_api_game_id, home_team, away_team, game_datetime, game_date, season, home_score, away_score,
         game_status)
    VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'final')
"""
QUOTE = """
    INSERT INTO staging.action_network_odds_historical
        (external_game_id, market_type, side, odds, line_value, updated_at, data_collection_time,
         sportsbook_external_id, sportsbook_name, line_status)
    VALUES (%s, %s, %s, %s, %s, %s, %s, '68', 'BetMGM', 'normal')
"""


def write_past(connection, games):
    """Type A rows with Action Network's id, type B rows with the score, and each price change of one book."""
    scheduled, final, quotes = [], [], []
    for game in games.itertuples():
        start, event = game.start.to_pydatetime(), game.action_network_id
        played = (game.home_code, game.away_code, start, start.date(), game.season)
        scheduled.append((event, *played))
        final.append((str(game.game_pk), *played, game.home_score, game.away_score))
        for market, side, odds, line, before in quotes_of(game):
            at = start - before
            quotes.append((str(event), market, side, int(odds), line, at, at + timedelta(minutes=2)))
    with connection.cursor() as cursor:
        for statement, rows in ((SCHEDULED, scheduled), (FINAL, final), (QUOTE, quotes)):
            cursor.executemany(statement, rows)


def quotes_of(game):
    """Market, side, odds, line and time before the start of each price; a log holds changes, so the last differs."""
    for before, when in ((OPEN, "open"), (LINEUP, "close"), (CLOSE, "close")):
        sides = [("moneyline", side, getattr(game, f"ml_{when}_{side}"), None) for side in ("home", "away")]
        line = getattr(game, f"total_{when}")
        sides += [("total", side, getattr(game, f"{side}_{when}"), line) for side in ("over", "under")]
        if when == "close":
            sides += [("spread", "home", game.rl_price_home, game.rl_home)]
            sides += [("spread", "away", game.rl_price_away, game.rl_away)]
        for market, side, odds, line in sides:
            yield market, side, odds + np.sign(odds) * (before == CLOSE), line, before


def own_database(cases, database, mlb_ml, games):
    """A living database with these games, moved into."""

    def write():
        with database.connect(autocommit=False) as connection:
            write_past(connection, games)

    return move_in_with(cases, database, "f_grown", write, migrate=lambda _: mlb_ml("migrate"))


@pytest.mark.long
def test_two_seasons_of_ones_own_scores_and_prices_give_a_model(adoption_cases, empty_database, mlb_ml, past):
    """Training read archives only: an owner of two collected seasons was sent to fetch others."""
    generation, before = own_database(adoption_cases, empty_database, mlb_ml, past)
    first, last = past["official_date"].min(), past["official_date"].max()
    with empty_database.connect() as connection:
        remember_values(connection)
        mlb_ml("run", "--from", str(first), "--to", str(last), **NOW)
        closes = "SELECT COUNT(DISTINCT game_id) FROM curated.market_lines WHERE stage = 'close'"
        assert one(connection, closes) == (len(past),)
        models = rows_of(connection, "SELECT model_version, training_games FROM curated.game_models ORDER BY 1")
        assert [version for version, _ in models] == ["2024-04", "2024-05"]
        assert all(games >= ModelConfig().least_training_games for _, games in models)
        second = int((past["season"] == LEAGUE.today.year).sum())
        assert one(connection, "SELECT COUNT(DISTINCT game_id) FROM curated.ml_predictions") == (second,)
        assert one(connection, "SELECT COUNT(*) > 0 FROM curated.ml_recommendations WHERE stake > 0") == (True,)
        assert changed_values(connection) == []
        assert {table for table, shape in shapes(connection, generation).items() if shape != before[table]} <= KEYED


@pytest.mark.long
def test_too_little_of_ones_own_says_what_is_missing(adoption_cases, empty_database, mlb_ml, past):
    """`0 models` and exit code 0: a scheduler reported success, and nobody knew how much history was enough."""
    days = past["official_date"]
    few = past[days.between(date(2023, 5, 25), date(2024, 4, 7))]
    own_database(adoption_cases, empty_database, mlb_ml, few)
    known = int((few["season"] == 2023).sum())
    assert 0 < known < ModelConfig().least_training_games
    printed = mlb_ml("run", "--from", "2023-05-25", "--to", "2024-04-07", code=1, **NOW)
    assert f"{known} finished games known before 2024-04, and a model needs 850 " in printed
    assert "Next: mlb-ml history fetch --seasons 2022" in printed
