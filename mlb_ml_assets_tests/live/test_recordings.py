"""The pricer on recorded boards of a real book, beside asset runs.

Belongs here: the rows of both after every board.
Not here: the same on the simulated league, with models and stakes (test_pricing.py).
"""

import pytest

from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.live.pricing import Pricer
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets_tests.chain import at, one, run_job
from mlb_ml_assets_tests.conftest import _fresh
from mlb_ml_assets_tests.flows.tables import FEATURES, GAMES, meant
from mlb_ml_assets_tests.flows.test_replay_equals_live import payloads, schedule
from mlb_ml_assets_tests.live.conftest import pointed_at, price_what_waits

pytestmark = pytest.mark.long

__all__ = ["payloads", "schedule"]
COMPARED = (*GAMES, *FEATURES, "curated.game_openings", "curated.missing_closes")


def test_after_every_recorded_board_the_rows_are_those_of_an_asset_run(payloads, schedule, database_server, tmp_path):
    """Real boards drop markets, repeat prices and skip hours as no simulation does."""
    fresh = [_fresh(database_server, schedule.name, tmp_path / name) for name in ("live", "runs")]
    live, runs = (next(each) for each in fresh)
    boards = list(payloads.items())[:24]
    with connect(live.dsn, "mlb_ml:pricer", autocommit=True) as connection, runs.connect() as other:
        pricer = Pricer(connection)
        for path, captured in boards:
            for database in (live, runs):
                with at(captured.isoformat()), pointed_at(database), database.connect() as own:
                    ingest(own, "draftkings_eventgroup", from_files=[path])
            with at(captured.isoformat()):
                days = dict.fromkeys(pricing.day.isoformat() for pricing in price_what_waits(pricer))
                with pointed_at(runs):
                    # A broken promise fails the run, and stops the pricer at the same step: the rows decide.
                    for day in days:
                        run_job("slate", day, day)
            assert meant(connection, COMPARED) == meant(other, COMPARED), f"after the board of {captured}"
        assert one(connection, "SELECT COUNT(*) > 100 FROM curated.market_lines") == (True,)
    for each in fresh:
        next(each, None)
