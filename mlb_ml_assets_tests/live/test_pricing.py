"""One pricing of the resident pricer: what it stores, what it leaves alone, what it keeps in memory.

Belongs here: pricings on a live day of the simulated league, beside asset runs at the same instants.
Not here: the process and its lock (test_resident.py), events of Dagster (test_reports.py).
"""

from datetime import timedelta

from mlb_ml_assets.warehouse.arrivals import read_waiting
from mlb_ml_assets_tests.chain import LEAGUE, at, one, run_job
from mlb_ml_assets_tests.flows.tables import BETS, FEATURES, GAMES, PREDICTIONS, meant
from mlb_ml_assets_tests.live.conftest import MORNING, listings, move, pointed_at, price_what_waits

COMPARED = (*GAMES, *FEATURES, *PREDICTIONS, *BETS, "curated.game_openings", "curated.missing_closes")


def run_assets(database, instant):
    """The job of the odds sensor, on another copy."""
    with pointed_at(database), at(instant.isoformat()):
        result = run_job("slate", LEAGUE.today.isoformat(), LEAGUE.today.isoformat())
    assert result.success


def test_after_every_commit_the_rows_are_those_of_an_asset_run(live, twin, pricer):
    """Pricing a part of a day can forget what the part moves elsewhere: caps of the slate, superseded decisions."""
    with live.connect() as own, twin.connect() as other:
        games = listings(own)
        script = [
            (0, []), (10, games[-1:]), (20, games[-1:]), (30, games[:3]), (31, games),
            (45, listings(own, LEAGUE.today + timedelta(days=1))[:2] + games[1:2]),
        ]  # fmt: skip
        full = []
        for minutes, moved in script:
            instant = MORNING + timedelta(minutes=minutes)
            for connection in (own, other):
                move(connection, moved, instant)
            with at(instant.isoformat()):
                full += [pricing.is_full for pricing in price_what_waits(pricer)]
            run_assets(twin, instant)
            assert meant(own, COMPARED) == meant(other, COMPARED), f"at {instant}"
        # The first pricing links the listings, whose quotes then count as arrived.
        assert full[0]
        assert not any(full[1:])
        assert len(full) == 7
        instants = [MORNING + timedelta(minutes=minutes) for minutes, moved in script if moved]
        answered = "SELECT COUNT(DISTINCT p.prediction_timestamp) FROM curated.ml_predictions AS p "
        answered += "WHERE p.prediction_timestamp = ANY(%s)"
        assert one(own, answered, instants) == (len(instants),)
    assert read_waiting(pricer._connection).games == ()
