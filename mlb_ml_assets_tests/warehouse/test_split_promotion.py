"""Splits on their way from staging into the adopted table.

Belongs here: one row a game, book, market and capture, whatever the source lists.
Not here: shares as features (test_quote_metrics.py), the table's own CHECKs.
"""

from datetime import timedelta

from mlb_ml_assets.warehouse.contract import check_contract
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.live_quotes import promote_splits
from mlb_ml_assets_tests.warehouse.game_rows import DAY, START, insert, record

CAPTURED = START - timedelta(hours=5)


def split(connection, listing, tickets):
    insert(
        connection, "staging.source_splits", source="action_network", source_game_id=listing, book_id="15",
        market_type="moneyline", captured_at=CAPTURED, tickets_home_or_over=tickets,
        tickets_away_or_under=100 - tickets, money_home_or_over=50, money_away_or_under=50,
    )  # fmt: skip


def test_two_listings_of_a_game_that_moved_are_one_row(database):
    """Action Network keeps a rained-out game on its old day beside the new listing: one statement, one key, twice."""
    with database.connect() as connection, connection.transaction():
        record(connection, "1")
        # As text the old id is the larger: the order of ids must not decide.
        rained_out = {"scheduled_start": START - timedelta(days=1), "status": "postponed"}
        record(connection, "99", source="action_network", **rained_out)
        record(connection, "100", source="action_network")
        build_enhanced_games(connection, DAY, DAY)
        (game,) = connection.execute("SELECT id FROM curated.enhanced_games").fetchone()
        connection.execute("DELETE FROM curated.game_identity WHERE source = 'action_network'")
        for listing, tickets in (("99", 20), ("100", 70)):
            insert(
                connection, "curated.game_identity", source="action_network", source_game_id=listing, game_id=game,
                confidence=1, method="test", evidence="{}",
            )  # fmt: skip
            split(connection, listing, tickets)
        assert promote_splits(connection, "action_network", ["99", "100"]) == 1
        assert promote_splits(connection, "action_network", ["99", "100"]) == 0
        stored = connection.execute("SELECT bet_percentage_home FROM curated.unified_betting_splits").fetchall()
    assert stored == [(70,)]


def test_a_splits_table_without_its_key_stops_only_splits(database):
    """One missing unique key on this table stopped every slate."""
    with database.connect() as connection, connection.transaction():
        record(connection, "1")
        record(connection, "99", source="action_network")
        build_enhanced_games(connection, DAY, DAY)
        split(connection, "99", 20)
        connection.execute("ALTER TABLE curated.unified_betting_splits DROP CONSTRAINT unique_betting_split")
        assert promote_splits(connection, "action_network", ["99"]) == 0
        report = check_contract(connection)
    assert report.fits
    assert "left alone" in report.render()
    assert "splits are kept in staging.source_splits" in report.render()
