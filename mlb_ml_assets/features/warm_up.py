"""Ratings of players from seasons before the first with games.

Belongs here: the state that player lines alone give.
Not here: reading them (warehouse/earlier_lines.py), results and prices: these seasons have no games.
"""

import numpy as np

from mlb_ml_assets.features.config import DEFAULT_CONFIG, FeatureConfig
from mlb_ml_assets.features.day_update import DayUpdater
from mlb_ml_assets.features.facts import GameHistory
from mlb_ml_assets.features.records import game_records
from mlb_ml_assets.features.state import SweepState


def warm_up(
    history: GameHistory, state: SweepState | None = None, config: FeatureConfig = DEFAULT_CONFIG
) -> SweepState:
    """The state in which players, catchers, parks and umpires are rated by lines, and nothing else is known.

    Season by season or all at once, the state is the same; `state` is that of the seasons before, and is advanced.
    A sweep takes it as its checkpoint. Without it a veteran starts like a debutant: expected runs from player lines
    correlate with the closes of 2009 at .80, after a warm-up from 2000 at .88; from 2011 on nothing differs.
    """
    records = game_records(history)
    state = state or SweepState.empty(config)
    updater = DayUpdater(records, history.people, config)
    updater.bind(state)
    for day in np.unique(records.day).tolist():
        updater.rate_players(state, day)
    return state
