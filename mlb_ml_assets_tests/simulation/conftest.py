"""One league for all tests of this room: it is drawn once, and nobody may change it.

Belongs here: fixtures that several test files of simulation/ share.
Not here: databases; the simulation needs none.
"""

import pytest

from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import League, simulate_league
from mlb_ml_assets.simulation.payloads import Answers


@pytest.fixture(scope="session")
def league() -> League:
    """The demo's league."""
    return simulate_league(SimulationConfig())


@pytest.fixture(scope="session")
def answers(league: League) -> Answers:
    """What its sources would answer."""
    return Answers(league)
