"""The games of a source that are to be matched, at the sizes of a season.

Belongs here: what the question for unlinked games reads.
Not here: which game is which (identity/), links of a few games (flows/test_ingest.py).
"""

import json

import pytest

from mlb_ml_assets.warehouse.game_links import read_unlinked
from mlb_ml_assets.warehouse.sql import query

COUNTED = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
GAMES = """
    INSERT INTO staging.source_games
        (source, source_game_id, game_date, season, home_team, away_team, game_number, doubleheader, scheduled_start,
        status, captured_at, content_hash)
    SELECT
        %(source)s::TEXT, %(source)s::TEXT || n, DATE '2024-04-01' + n / 15, 2024, 'H' || n %% 15,
        'A' || n %% 15, 1, 'N',
        TIMESTAMPTZ '2024-04-01 17:00+00' + n / 15 * INTERVAL '1 day', 'scheduled', now(), repeat('0', 64)
    FROM generate_series(0, %(count)s - 1) AS n
"""


def rows_read(connection, source, games):
    """Rows that the plan's nodes gave or threw away, over all loops."""
    statement = "EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) " + query("games_to_link")
    ((found,),) = connection.execute(statement, {"source": source, "games": games, "day": None}).fetchall()
    plan = json.loads(found) if isinstance(found, str) else found

    def count(node):
        own = sum(
            node.get(name, 0) for name in ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Join Filter")
        )
        return own * node.get("Actual Loops", 1) + sum(map(count, node.get("Plans", [])))

    return count(plan[0]["Plan"])


@pytest.mark.parametrize("has_statistics", [False, True])
def test_unlinked_games_are_found_in_proportion_to_their_number(database, has_statistics):
    """While the statistics know only one source it was cubic: a thousand games of a second took five minutes."""
    with database.connect() as connection:
        connection.execute(GAMES, {"source": "mlb_stats_api", "count": 2400})
        connection.execute("ANALYZE staging.source_games")
        read = []
        for count in (500, 2000):
            source = f"feed{count}-"
            connection.execute(GAMES, {"source": source, "count": count})
            if has_statistics:
                connection.execute("ANALYZE staging.source_games")
            games = [f"{source}{n}" for n in range(count)]
            read.append(rows_read(connection, source, games))
            found = connection.execute(
                query("games_to_link"), {"source": source, "games": games, "day": None}
            ).fetchall()
            assert len(found) == count
        assert read[1] < 8 * read[0]


def test_listings_without_a_link_are_read_near_those_that_changed(database):
    """Every ingest matched all listings that were ever left without a game: each season made the next one slower."""
    with database.connect() as connection:
        connection.execute(GAMES, {"source": "feed", "count": 2000})
        ((day,),) = connection.execute(
            "SELECT game_date FROM staging.source_games WHERE source_game_id = 'feed1507'"
        ).fetchall()
        for wanted in ({"games": ["feed1507"], "day": None}, {"games": [], "day": day}):
            found = connection.execute(query("games_to_link"), {"source": "feed", **wanted}).fetchall()
            # Day 100 of fifteen games each: a week on both sides, and their competitors of two days more.
            assert {row[0] for row in found} == {f"feed{n}" for n in range(91 * 15, 110 * 15)}
        assert len(read_unlinked(connection, "feed")) == 2000
