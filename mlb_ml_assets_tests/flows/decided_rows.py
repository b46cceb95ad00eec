"""All that a run at an instant decides, as rows that two databases can be compared by.

Belongs here: the build of a range of days at an instant, and the tables it fills.
Not here: what is collected before it, and the comparisons (test_replay_of_*.py).
"""

from mlb_ml_assets.flows.features import build_vectors
from mlb_ml_assets.flows.predictions import predict_days
from mlb_ml_assets.flows.recommendations import recommend_days
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.market_lines import build_market_lines
from mlb_ml_assets_tests.chain import at

# Each with the game by its gamePk: our own numbers depend on when a game was first seen.
OF_GAMES = "JOIN curated.resolved_games AS g ON g.id = r.game_id WHERE g.game_date BETWEEN %s AND %s"
RESULTS = {
    "lines": f"SELECT g.mlb_stats_api_game_id, r.* FROM curated.market_lines AS r {OF_GAMES}",
    "openings": f"SELECT g.mlb_stats_api_game_id, r.* FROM curated.game_openings AS r {OF_GAMES}",
    "reference closes": f"SELECT g.mlb_stats_api_game_id, r.* FROM curated.reference_closes AS r {OF_GAMES}",
    "operator closes": f"SELECT g.mlb_stats_api_game_id, r.* FROM curated.operator_closes AS r {OF_GAMES}",
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


def decide(connection, instant, days):
    """The build of the days at an instant, and its rows by table."""
    with at(instant.isoformat()):
        with connection.transaction():
            build_enhanced_games(connection, days.first, days.last)
            build_market_lines(connection, days.first, days.last)
        build_vectors(connection, days)
        predict_days(connection, days)
        recommend_days(connection, days)
    return {name: _read_rows(connection, statement, days) for name, statement in RESULTS.items()}


def _read_rows(connection, statement, days):
    cursor = connection.execute(statement, (days.first, days.last))
    names = [column.name for column in cursor.description]
    found = [{name: value for name, value in zip(names, row, strict=True) if name not in WRITTEN} for row in cursor]
    # By text, in which NaN, an unknown feature, equals itself.
    return sorted(map(repr, found))
