"""When the benchmark of commit to stake takes a price as answered.

Belongs here: its collector and its reading of the answer, on a live day of the simulated league.
Not here: latencies; no test asserts a time.
"""

from datetime import timedelta

import pytest

from benchmarks.quote_to_stake import Collector, NoStake
from mlb_ml_assets_tests.chain import at
from mlb_ml_assets_tests.live.conftest import MORNING, price_what_waits

_OTHER_ODDS = "UPDATE staging.action_network_odds_historical SET odds = odds + 1 WHERE updated_at = %s"


def test_a_price_is_answered_by_stakes_at_its_own_odds_alone(live, pricer):
    """The line of the price before was once taken for the answer: a millisecond to the stake of a price never read."""
    with at((MORNING + timedelta(minutes=10)).isoformat()), live.connect() as connection:
        price_what_waits(pricer)
        collector = Collector(connection, 3)
        for _ in range(2):
            stamp = collector.move()
            assert not collector.is_answered(connection, stamp)
            price_what_waits(pricer)
            assert collector.is_answered(connection, stamp)
        connection.execute(_OTHER_ODDS, (stamp,))
        assert not collector.is_answered(connection, stamp)


def test_a_capture_at_the_present_leaves_no_room_for_a_newer_price(live, pricer):
    """It hides whatever another program stamps earlier: the benchmark would wait for, or report, nothing real."""
    with at(MORNING.isoformat()), live.connect() as connection:
        price_what_waits(pricer)
        with pytest.raises(NoStake, match="nothing newer can be in effect"):
            Collector(connection, 1)
