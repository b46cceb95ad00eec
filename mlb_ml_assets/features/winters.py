"""What a winter does to the state: some of what was known of last year's teams no longer holds.

Belongs here: the regressions between seasons.
Not here: the daily fading of sums (decay.py).
"""

from mlb_ml_assets.features.config import FeatureConfig
from mlb_ml_assets.features.player_effects import rest_player_effects
from mlb_ml_assets.features.state import SweepState


def enter_season(state: SweepState, season: int, config: FeatureConfig) -> None:
    """Forget a part over each winter up to `season`; before the first season there is none."""
    for _ in range(season - state.season if state.season else 0):
        elo = state.arrays["elo"]
        state.arrays["elo"] = config.elo.mean + config.elo.season_retention * (elo - config.elo.mean)
        state.sums["team_runs"].scale(config.runs.season_retention)
        state.sums["bullpen"].scale(config.bullpen.season_retention)
        rest_player_effects(state, config.player)
    state.season = max(season, state.season)
