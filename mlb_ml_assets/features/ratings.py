"""Team strength from scores: Elo with margin, runs scored and allowed, effects of park and umpire on both.

Belongs here: the update by a day's scores, regression in the offseason, the ratings as of a day.
Not here: box scores (pitching.py, batting.py).
"""

from dataclasses import dataclass

import numpy as np

from mlb_ml_assets.features.batch import DayBatch
from mlb_ml_assets.features.config import EloConstants, FeatureConfig, RunConstants
from mlb_ml_assets.features.decay import Floats, Ints, shrunk
from mlb_ml_assets.features.league import LeagueMeans, add_to_league
from mlb_ml_assets.features.player_effects import regress_player_effects
from mlb_ml_assets.features.state import SweepState


@dataclass(frozen=True)
class RunRatings:
    """Offense and defense in runs per nine innings against the league, one column per time constant.

    Positive offense scores more; positive defense allows more.
    """

    offense: Floats
    defense: Floats


def run_ratings(state: SweepState, team: Ints, day: Ints | int, constants: RunConstants) -> RunRatings:
    """Ratings of teams as of a day."""
    sums = state.sums["team_runs"].read(team, day)
    columns = range(len(constants.time_constants))
    offense = [shrunk(sums[:, 4 * c], sums[:, 4 * c + 1], 0.0, constants.prior_games[c]) for c in columns]
    defense = [shrunk(sums[:, 4 * c + 2], sums[:, 4 * c + 3], 0.0, constants.prior_games[c]) for c in columns]
    return RunRatings(np.column_stack(offense), np.column_stack(defense))


def park_runs(state: SweepState, park: Ints, day: Ints | int, constants: RunConstants) -> Floats:
    """Runs per game (both sides) that a park adds."""
    sums = state.sums["park_runs"].read(park, day)
    return shrunk(sums[:, 0], sums[:, 1], 0.0, constants.park_prior_games)


def umpire_runs(state: SweepState, umpire: Ints, day: Ints | int, constants: RunConstants) -> Floats:
    """Runs per game (both sides) that a plate umpire adds."""
    sums = state.sums["umpire_runs"].read(umpire, day)
    return shrunk(sums[:, 0], sums[:, 1], 0.0, constants.umpire_prior_games)


def elo_change(margin: int, edge: float, constants: EloConstants) -> float:
    """Points the winner gains. Closed form measured on FiveThirtyEight's published ratings (log RMS 1.8%).

    `margin`: runs won by, at least 1; `edge`: rating difference from the winner's side, home advantage included.
    """
    size = constants.change * (margin + constants.margin_offset) ** constants.margin_power
    expected = 1.0 / (1.0 + 10.0 ** (-edge / 400.0))
    return float(size / (1.0 + edge / constants.favorite_scale) * (1.0 - expected))


def update_ratings(state: SweepState, batch: DayBatch, means: LeagueMeans, config: FeatureConfig) -> None:
    """Update Elo, run ratings, parks, umpires and the league by a day's scores."""
    _update_elo(state, batch, config.elo)
    constants, opponent = config.runs, batch.opponent
    ratings = run_ratings(state, batch.team, batch.day, constants)
    park = park_runs(state, batch.park, batch.day, constants)
    edge = np.where(batch.neutral, 0.0, constants.home_edge * means.runs)
    home_edge = np.column_stack([edge, -edge]).ravel()
    scored = batch.score * 9.0 / batch.batted_innings
    neutral_scored = scored - means.runs - home_edge - np.repeat(park, 2) / 2
    # Each time constant is a rating of its own: runs beyond the league, the park and the opponent as rated then.
    amounts = []
    for column in range(len(constants.time_constants)):
        offense = neutral_scored - ratings.defense[opponent, column]
        defense = neutral_scored[opponent] - ratings.offense[opponent, column]
        amounts += [offense, np.ones_like(offense), defense, np.ones_like(defense)]
    state.sums["team_runs"].add(batch.team, batch.day, np.column_stack(amounts))
    slow = len(constants.time_constants) - 1
    by_side = scored - means.runs - home_edge - ratings.offense[:, slow] - ratings.defense[opponent, slow]
    by_game = by_side[0::2] + by_side[1::2]
    once = np.ones_like(by_game)
    state.sums["park_runs"].add(batch.park, batch.day, np.column_stack([by_game, once]))
    state.sums["umpire_runs"].add(batch.umpire, batch.day, np.column_stack([by_game - park, once]))
    home, away = batch.score[0::2], batch.score[1::2]
    decided = home != away
    add_to_league(
        state,
        batch.day,
        {
            "runs": float(scored.sum()),
            "team_games": float(len(scored)),
            "home_wins": float((home > away).sum()),
            "games": float(decided.sum()),
        },
    )


def apply_offseason_regression(state: SweepState, season: int, config: FeatureConfig) -> None:
    """Regress ratings towards the mean once per winter up to `season`; before the first season there is none."""
    for _ in range(season - state.season if state.season else 0):
        elo = state.arrays["elo"]
        state.arrays["elo"] = config.elo.mean + config.elo.season_retention * (elo - config.elo.mean)
        state.sums["team_runs"].scale(config.runs.season_retention)
        state.sums["bullpen"].scale(config.bullpen.season_retention)
        regress_player_effects(state, config.player)
    state.season = max(season, state.season)


def _update_elo(state: SweepState, batch: DayBatch, constants: EloConstants) -> None:
    elo = state.arrays["elo"]
    before = elo[batch.team].tolist()
    change = np.zeros(len(batch.team))
    for game, neutral in enumerate(batch.neutral.tolist()):
        margin = int(batch.score[2 * game] - batch.score[2 * game + 1])
        if margin == 0:
            continue
        edge = before[2 * game] - before[2 * game + 1] + (0.0 if neutral else constants.home_advantage)
        gain = elo_change(margin, edge, constants) if margin > 0 else -elo_change(-margin, -edge, constants)
        change[2 * game], change[2 * game + 1] = gain, -gain
    np.add.at(elo, batch.team, change)
