"""Rated players and the player features of a game, for tests of the API and the pages.

Belongs here: their rows.
Not here: what is asserted of them (test_ratings.py, fuzz/).
"""

from mlb_ml_assets.features.player_constants import LEAGUE_RATES, RATES
from mlb_ml_assets.warehouse.declared_columns import declared_columns
from mlb_ml_assets_tests.serving.slate_rows import START

# No ids of the simulated league.
ACE, ROOKIE, CATCHER = "990001", "990002", "990003"
# Runs per batter times share: the home starter saves .02 a batter, the away starter costs .01.
FEATURES = {
    "home_player_runs": 0.6, "away_player_runs": -0.1, "home_nine_value": 0.010, "away_nine_value": 0.004,
    "home_starter_value": -0.020, "away_starter_value": 0.010, "home_starter_game_share": 0.65,
    "away_starter_game_share": 0.6, "home_bullpen_value": 0.001, "away_bullpen_value": 0.002,
    "home_defense_value": 0.0, "away_defense_value": 0.0, "home_catcher_value": -0.001, "away_catcher_value": 0.0,
}  # fmt: skip


def insert_ratings(connection, days=("2024-06-10", "2024-06-12")):
    """The league's ratings on two days, an ace's on both, and a rookie's and a catcher's on the second."""
    first, second = days
    connection.cursor().executemany(
        "INSERT INTO staging.people (player_id, full_name, bats, throws) VALUES (%s, %s, 'R', 'R')",
        [(ACE, "Ace Able"), (ROOKIE, "Rook Baker"), (CATCHER, "Cat Charlie")],
    )
    for player, role, day, rates in (
        ("league", "league", first, LEAGUE_RATES), ("league", "league", second, LEAGUE_RATES),
        (ACE, "pitcher", first, (0.05, -0.01, 0, 0, 0, 0)),
        (ACE, "pitcher", second, (0.06, -0.01, 0, 0, 0, 0)),
        (ROOKIE, "pitcher", second, (0, 0, 0, 0, 0, 0)),
        (CATCHER, "catcher", second, (0.004, -0.004, None, None, None, None)),
    ):  # fmt: skip
        connection.execute(
            f"INSERT INTO curated.player_ratings (player_id, role, day, opportunities, {', '.join(RATES)}, "
            "strikeouts_se) VALUES (%s, %s, %s, 400, %s, %s, %s, %s, %s, %s, .02)",
            (player, role, day, *rates),
        )


def insert_features(connection, game_id):
    """The player features of a game at the lineup; its other features are missing."""
    columns = {
        column.name: "NaN"
        for column in declared_columns("curated.game_features")
        if column.required and column.type == "real"
    }
    values = {
        **columns, **FEATURES, "game_id": game_id, "stage": "lineup", "as_of": START, "known_at": START,
        "price_stage": "lineup", "feature_version": "2.0",
    }  # fmt: skip
    connection.execute(
        f"INSERT INTO curated.game_features ({', '.join(values)}) VALUES ({', '.join(['%s'] * len(values))})",
        list(values.values()),
    )
