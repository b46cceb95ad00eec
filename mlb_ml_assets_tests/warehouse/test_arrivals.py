"""The poll of new quotes: nothing lost, nothing twice, whatever the order of commits.

Belongs here: staging.quote_arrivals and its triggers on a real server.
Not here: what the sensor makes of it (automation/).
"""

import time
from datetime import UTC, datetime, timedelta

import pytest

from mlb_ml_assets.warehouse.arrivals import clear_arrivals, poll_arrivals

STAMP = datetime(2024, 6, 15, 12, tzinfo=UTC)
INSERT = """
    INSERT INTO staging.action_network_odds_historical
        (external_game_id, sportsbook_external_id, market_type, side, odds, updated_at)
    VALUES (%s, '68', 'moneyline', %s, %s, %s)
"""


@pytest.fixture
def connection(database):
    with database.connect() as connection:
        for game in ("100", "200"):
            connection.execute(
                "INSERT INTO staging.action_network_games (external_game_id, home_team, away_team, game_date) "
                "VALUES (%s, 'BOS', 'NYY', %s)",
                (game, STAMP.date() if game == "100" else STAMP.date() - timedelta(days=1)),
            )
        yield connection


def test_a_quote_committed_late_is_still_seen(database, connection):
    """Ids are handed out at insert, not at commit: an id cursor would skip the slow transaction for good."""
    start = poll_arrivals(connection, None)
    with database.connect(autocommit=False) as slow:
        slow.execute(INSERT, ("100", "home", -120, STAMP))
        connection.execute(INSERT, ("200", "home", -130, STAMP))
        first = poll_arrivals(connection, start.snapshot)
        assert first.quotes_by_day == {STAMP.date() - timedelta(days=1): 1}
        slow.commit()
    second = poll_arrivals(connection, first.snapshot)
    assert second.quotes_by_day == {STAMP.date(): 1}
    assert poll_arrivals(connection, second.snapshot).quotes_by_day == {}


def test_an_open_transaction_elsewhere_stalls_nothing(database, connection):
    """A horizon of running transactions waits for any long writer on the server, a CREATE INDEX for instance."""
    with database.connect(autocommit=False) as idle:
        idle.execute("CREATE TABLE staging.of_somebody_else (n INT)")
        start = poll_arrivals(connection, None)
        connection.execute(INSERT, ("100", "home", -120, STAMP))
        assert sum(poll_arrivals(connection, start.snapshot).quotes_by_day.values()) == 1
        idle.rollback()


def test_a_changed_price_arrives_and_a_touched_row_does_not(connection):
    """An outside collector rewrites is_current_odds on every pull: that is no new price."""
    connection.execute(INSERT, ("100", "home", -120, STAMP))
    start = poll_arrivals(connection, None)
    connection.execute("UPDATE staging.action_network_odds_historical SET is_current_odds = TRUE")
    assert poll_arrivals(connection, start.snapshot).quotes_by_day == {}
    connection.execute("UPDATE staging.action_network_odds_historical SET odds = -125")
    assert sum(poll_arrivals(connection, start.snapshot).quotes_by_day.values()) == 1


def test_clearing_takes_only_what_nobody_asks_for_again(database, connection):
    """Rows of a transaction that was open at the last poll are still to come."""
    connection.execute(INSERT, ("200", "home", -120, STAMP))
    with database.connect(autocommit=False) as slow:
        slow.execute(INSERT, ("100", "home", -120, STAMP))
        (own,) = slow.execute("SELECT pg_current_xact_id()::TEXT::BIGINT").fetchone()
        # A snapshot's horizon is the whole server's: other tests' transactions must have ended first.
        until = time.monotonic() + 60
        seen = poll_arrivals(connection, None)
        while int(seen.snapshot.split(":")[0]) < own and time.monotonic() < until:
            time.sleep(0.05)
            seen = poll_arrivals(connection, None)
        slow.commit()
    assert clear_arrivals(connection, seen.snapshot) == 1
    assert sum(poll_arrivals(connection, seen.snapshot).quotes_by_day.values()) == 1


def test_arrivals_of_the_dumped_database_are_not_new(connection):
    """Numbers of transactions begin anew in a younger cluster: restored rows were reported as new at every poll."""
    start = poll_arrivals(connection, None)
    connection.execute(
        "INSERT INTO staging.quote_arrivals (xid, source, source_game_id, quotes, newest_update) "
        "VALUES ('900000000000', 'action_network', '100', 3, NOW())"
    )
    assert poll_arrivals(connection, start.snapshot).quotes_by_day == {}
    assert clear_arrivals(connection, start.snapshot) == 1


def test_a_restored_cursor_reports_a_new_quote_once(connection):
    """A snapshot of the dumped database sees every transaction of the younger one: new quotes were never reported."""
    connection.execute(INSERT, ("100", "home", -120, STAMP))
    restored = "900000000000:900000000000:"
    first = poll_arrivals(connection, restored)
    assert first.quotes_by_day == {STAMP.date(): 1}
    assert clear_arrivals(connection, restored) == 0
    assert poll_arrivals(connection, first.snapshot).quotes_by_day == {}
