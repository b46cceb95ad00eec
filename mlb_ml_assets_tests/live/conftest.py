"""A live day of the simulated league: games, boards and models, before anything of it was priced.

Belongs here: its making, prices that move as an outside collector commits them, the pricer on a database.
Not here: promises (test_*.py).
"""

import os
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.live.pricing import Pricer
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.simulation.server import SourceServer
from mlb_ml_assets.warehouse.arrivals import read_waiting
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets_tests.chain import LEAGUE, _enter, _leave_mlflow, _made, at, played_template, prepared_template
from mlb_ml_assets_tests.conftest import _fresh
from mlb_ml_assets_tests.simulated_sources import fetch_from

__all__ = ["played_template", "prepared_template"]

MORNING = datetime(2024, 5, 10, 14, tzinfo=UTC)
# Listings of a day's games that start after an instant, by first pitch.
LISTINGS = """
    SELECT source_game_id FROM staging.source_games
    WHERE source = 'action_network' AND game_date = %s AND status = 'scheduled' AND scheduled_start > %s
    ORDER BY scheduled_start, source_game_id
"""


@pytest.fixture(scope="session")
def live_template(database_server, played_template):
    """Name of a database with models, in which the boards of today and tomorrow were captured once, in the morning."""
    return _made(database_server, "live_morning", played_template, _capture)


@contextmanager
def sources_at(moment):
    """The league's sources answer as of a moment, which is the present, for the length of the block."""
    with SourceServer(simulate_league(LEAGUE), moment) as server, pytest.MonkeyPatch.context() as patch:
        fetch_from(server, patch)
        with at(moment.isoformat()):
            yield


def _capture(database):
    with sources_at(MORNING), database.connect() as connection:
        for source in ("mlb_stats_api", "action_network"):
            for day in (LEAGUE.today, LEAGUE.today + timedelta(days=1)):
                ingest(connection, source, day).raise_if_stopped()


@pytest.fixture
def live(database_server, live_template, tmp_path, monkeypatch):
    """A copy of the live morning; this process works on it."""
    for database in _fresh(database_server, live_template, tmp_path):
        _enter(monkeypatch, database)
        yield database
        _leave_mlflow()


@pytest.fixture
def twin(database_server, live_template, tmp_path):
    """A second copy, for the other way of pricing; `pointed_at` makes it this process's database."""
    yield from _fresh(database_server, live_template, tmp_path / "twin")


@contextmanager
def pointed_at(database):
    """This process on another database for the length of the block, at the same present."""
    now = os.environ["MLB_ML_SIMULATED_NOW"]
    with pytest.MonkeyPatch.context() as patch:
        _enter(patch, database)
        patch.setenv("MLB_ML_SIMULATED_NOW", now)
        yield


@pytest.fixture
def pricer(live):
    """A pricer on the live morning, which has priced nothing yet."""
    with connect(live.dsn, "mlb_ml:pricer", autocommit=True) as connection:
        yield Pricer(connection)


def price_what_waits(pricer):
    """Price until nothing waits; the pricings."""
    pricings = []
    while pricer.has_work(waiting := read_waiting(pricer._connection)):
        pricings.append(pricer.price(waiting))
        assert len(pricings) < 10
    return pricings


def listings(connection, day=LEAGUE.today):
    """Listings of games whose prices may still move for an hour."""
    return [row[0] for row in connection.execute(LISTINGS, (day, MORNING + timedelta(hours=4)))]


def moves(games, instant):
    """A statement that moves every book's moneyline of these listings, captured at an instant, to a new price."""
    return f"""
        INSERT INTO staging.action_network_odds_historical
            (external_game_id, sportsbook_external_id, market_type, side, odds, updated_at, data_collection_time)
        SELECT DISTINCT ON (external_game_id, sportsbook_external_id, side)
            external_game_id, sportsbook_external_id, market_type, side,
            CASE WHEN odds > 0 THEN odds + 3 ELSE odds - 3 END, '{instant.isoformat()}', '{instant.isoformat()}'
        FROM staging.action_network_odds_historical
        WHERE external_game_id = ANY('{{{",".join(games)}}}') AND market_type = 'moneyline'
            AND updated_at < '{instant.isoformat()}'
        ORDER BY external_game_id, sportsbook_external_id, side, updated_at DESC
    """


def move(connection, games, instant):
    """Commit them."""
    connection.execute(moves(games, instant))
