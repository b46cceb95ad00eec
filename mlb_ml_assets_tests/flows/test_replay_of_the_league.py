"""Replay equals live on the simulated league, from payload to stake.

Belongs here: days collected in rounds; all that a run at an instant decides, with and without what was captured later.
Not here: recorded boards (test_replay_equals_live.py), single rules of time (features/, warehouse/).
"""

from collections import Counter
from datetime import date, timedelta

import pytest

from mlb_ml_assets.domain.clock import eastern_date
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.simulation.demo import DEMO_SOURCES, demo_league
from mlb_ml_assets_tests.chain import LEAGUE, at
from mlb_ml_assets_tests.conftest import _fresh
from mlb_ml_assets_tests.flows.decided_rows import RESULTS, decide
from mlb_ml_assets_tests.simulated_sources import fetch_from

DAYS = DayRange(date(2024, 5, 10), date(2024, 5, 12))
# Rounds of a collector, hours after the league's now: from a day's noon to the next evening.
ROUNDS = (0, 5.2, 12, 20, 27)
CUTS = (1, 12.5, 21)


def collect(connection, server, instants):
    """What a collector has at each of the instants: the day and the next."""
    for instant in instants:
        server.clock = instant
        with at(instant.isoformat()):
            for step in (0, 1):
                for source in DEMO_SOURCES:
                    ingest(connection, source, eastern_date(instant) + timedelta(days=step)).raise_if_stopped()


@pytest.fixture
def pair(played, database_server, played_template, tmp_path):
    """Two copies of the league's database."""
    for other in _fresh(database_server, played_template, tmp_path / "other"):
        with played.connect() as live, other.connect() as replay:
            yield live, replay


def test_a_run_at_a_cut_decides_the_same_with_and_without_what_was_captured_later(pair, tmp_path, monkeypatch):
    """A price seen again later, a postponement, a result, a lineup, a link: each made a replay decide otherwise."""
    monkeypatch.setenv("MLB_ML_SHARP_BOOKS", "pinnacle,draftkings")
    live, replay = pair
    league = demo_league(tmp_path, LEAGUE, live_days=0)
    instants = [league.now + timedelta(hours=hours) for hours in ROUNDS]
    compared, differ = Counter(), {}
    with league.server() as server:
        fetch_from(server, monkeypatch)
        collect(replay, server, instants)
        known = []
        for cut in (league.now + timedelta(hours=hours) for hours in CUTS):
            collect(live, server, [instant for instant in instants if instant <= cut and instant not in known])
            known = [instant for instant in instants if instant <= cut]
            lived, replayed = decide(live, cut, DAYS), decide(replay, cut, DAYS)
            compared += {name: len(rows) for name, rows in lived.items()}
            differ |= {(cut, name): replayed[name] for name in RESULTS if replayed[name] != lived[name]}
    assert not differ
    assert min(compared.values()) > 10
