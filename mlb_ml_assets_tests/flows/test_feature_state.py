"""The state that is kept is one that the next build can start from.

Belongs here: which day's state a build keeps, and what a build of the same day then starts from.
Not here: that a checkpoint changes no number (test_parity.py, features/), reading it back (warehouse/).
"""

from datetime import date, timedelta

import pytest

from mlb_ml_assets.features.facts import GameHistory
from mlb_ml_assets.features.knowable import batch_instant, day_of
from mlb_ml_assets.flows.feature_state import Start, read_start, write_next_start
from mlb_ml_assets.modeling.baseball_prior import no_features
from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
from mlb_ml_assets.warehouse.history import read_history

DAY = date(2024, 5, 2)


@pytest.fixture
def connection(played):
    """A played season without checkpoints, as it was afterwards."""
    with played.connect() as connection, connection.transaction(force_rollback=True):
        connection.execute("DELETE FROM curated.feature_checkpoints")
        yield connection


def _kept(connection):
    """The day of the state that a build of DAY keeps and that the next build of DAY starts from."""
    version = current_feature_version(connection)
    start = Start(GameHistory(**read_history(connection, through=DAY)))
    write_next_start(connection, start, DAY, version, no_features())
    found = read_start(connection, DAY, DAY, version)
    assert found.sweep is not None, "a new price of the day would sweep all seasons again"
    assert found.history.games["game_date"].min().date() > day_of(found.sweep.day)
    return day_of(found.sweep.day)


def test_the_state_before_the_day_s_earliest_decision_is_kept(connection):
    """At noon on the day before, results of the day before that are not in yet."""
    assert _kept(connection) == DAY - timedelta(days=2)


def test_prices_that_come_days_ahead_keep_an_earlier_state(connection):
    """Else each new price of the day finds no state that its first decision does not precede."""
    moved = connection.execute(
        "UPDATE curated.market_lines AS l SET quoted_at = quoted_at - INTERVAL '3 days', "
        "known_at = known_at - INTERVAL '3 days' FROM curated.enhanced_games AS g "
        "WHERE g.id = l.game_id AND g.game_date = %s AND l.stage = 'open'",
        (DAY,),
    )
    assert moved.rowcount
    assert _kept(connection) == DAY - timedelta(days=5)


def test_a_late_result_keeps_the_state_before_its_game(connection):
    """A state that holds a game whose result came after the morning batch is no start."""
    game_day = DAY - timedelta(days=3)
    moved = connection.execute(
        "UPDATE staging.game_results AS r SET known_at = %s FROM staging.source_games AS g "
        "WHERE (g.source, g.source_game_id) = (r.source, r.source_game_id) AND g.game_date = %s",
        (batch_instant(DAY - timedelta(days=2)) + timedelta(hours=1), game_day),
    )
    assert moved.rowcount
    assert _kept(connection) == game_day - timedelta(days=1)
