"""Replay equals live on the simulated league, from payload to stake.

Belongs here: days collected in rounds; all that a run at an instant decides, with and without what was captured later.
Not here: recorded boards (test_replay_equals_live.py), single rules of time (features/, warehouse/).
"""

from collections import Counter
from datetime import date, timedelta

import pytest

from mlb_ml_assets.domain.clock import eastern_date
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.features import build_vectors
from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.flows.predictions import predict_days
from mlb_ml_assets.flows.recommendations import recommend_days
from mlb_ml_assets.simulation.demo import DEMO_SOURCES, demo_league
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.market_lines import build_market_lines
from mlb_ml_assets_tests.chain import LEAGUE, at
from mlb_ml_assets_tests.conftest import _fresh

DAYS = DayRange(date(2024, 5, 10), date(2024, 5, 12))
# Rounds of a collector, hours after the league's now: from a day's noon to the next evening.
ROUNDS = (0, 5.2, 12, 20, 27)
CUTS = (1, 12.5, 21)
# Each with the game by its gamePk: our own numbers depend on when a game was first seen.
OF_GAMES = "JOIN curated.resolved_games AS g ON g.id = r.game_id WHERE g.game_date BETWEEN %s AND %s"
RESULTS = {
    "lines": f"SELECT g.mlb_stats_api_game_id, r.* FROM curated.market_lines AS r {OF_GAMES}",
    "openings": f"SELECT g.mlb_stats_api_game_id, r.* FROM curated.game_openings AS r {OF_GAMES}",
    "reference closes": f"SELECT g.mlb_stats_api_game_id, r.* FROM curated.reference_closes AS r {OF_GAMES}",
    "missing closes": f"SELECT g.mlb_stats_api_game_id, r.* FROM curated.missing_closes AS r {OF_GAMES}",
    "features": f"SELECT g.mlb_stats_api_game_id, r.* FROM curated.game_features AS r {OF_GAMES}",
    "predictions": f"SELECT g.mlb_stats_api_game_id, r.* FROM curated.ml_predictions AS r {OF_GAMES}",
    "recommendations": f"SELECT g.mlb_stats_api_game_id, r.* FROM curated.ml_recommendations AS r {OF_GAMES}",
    # A game that no listing had named by then is none yet.
    "games": "SELECT r.mlb_stats_api_game_id, r.game_date, r.game_datetime, r.game_status, r.home_score, r.away_score, "
    "r.home_pitcher_name, r.away_pitcher_name, r.game_number, d.* FROM curated.resolved_games AS r "
    "JOIN curated.game_details AS d ON d.game_id = r.id "
    "WHERE r.game_date BETWEEN %s AND %s AND EXISTS (SELECT 1 FROM staging.linked_games AS l WHERE l.game_id = r.id)",
    "links": "SELECT g.mlb_stats_api_game_id, r.source, r.source_game_id, r.reversed FROM staging.linked_games AS r "
    f"{OF_GAMES}",
}
# Numbers of rows and instants of writing, which no decision rests on.
WRITTEN = {"id", "game_id", "prediction_id", "feature_vector_id", "created_at", "updated_at"}


def collect(connection, server, instants):
    """What a collector has at each of the instants: the day and the next."""
    for instant in instants:
        server.clock = instant
        with at(instant.isoformat()):
            for step in (0, 1):
                for source in DEMO_SOURCES:
                    ingest(connection, source, eastern_date(instant) + timedelta(days=step)).raise_if_stopped()


def decide(connection, instant):
    """The build of the days at an instant, and its rows."""
    with at(instant.isoformat()):
        with connection.transaction():
            build_enhanced_games(connection, DAYS.first, DAYS.last)
            build_market_lines(connection, DAYS.first, DAYS.last)
        build_vectors(connection, DAYS)
        predict_days(connection, DAYS)
        recommend_days(connection, DAYS)
    return {name: rows(connection, statement) for name, statement in RESULTS.items()}


def rows(connection, statement):
    cursor = connection.execute(statement, (DAYS.first, DAYS.last))
    names = [column.name for column in cursor.description]
    found = [{name: value for name, value in zip(names, row, strict=True) if name not in WRITTEN} for row in cursor]
    # By text, in which NaN, an unknown feature, equals itself.
    return sorted(map(repr, found))


@pytest.fixture
def pair(played, database_server, played_template, tmp_path):
    """Two copies of the league's database."""
    for other in _fresh(database_server, played_template, tmp_path / "other"):
        with played.connect() as live, other.connect() as replay:
            yield live, replay


def test_a_run_at_a_cut_decides_the_same_with_and_without_what_was_captured_later(pair, tmp_path, monkeypatch):
    """A price seen again later, a postponement, a result, a lineup, a link: each made a replay decide otherwise."""
    monkeypatch.setenv("MLB_ML_SHARP_BOOKS", "pinnacle,draftkings")
    live, replay = pair
    league = demo_league(tmp_path, LEAGUE, live_days=0)
    instants = [league.now + timedelta(hours=hours) for hours in ROUNDS]
    compared, differ = Counter(), {}
    with league.server() as server:
        for name, value in server.environment().items():
            monkeypatch.setenv(name, value)
        collect(replay, server, instants)
        known = []
        for cut in (league.now + timedelta(hours=hours) for hours in CUTS):
            collect(live, server, [instant for instant in instants if instant <= cut and instant not in known])
            known = [instant for instant in instants if instant <= cut]
            lived, replayed = decide(live, cut), decide(replay, cut)
            compared += {name: len(rows) for name, rows in lived.items()}
            differ |= {(cut, name): replayed[name] for name in RESULTS if replayed[name] != lived[name]}
    assert not differ
    assert min(compared.values()) > 10
