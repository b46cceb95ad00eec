"""Team batting by linear weights, also by the opposing starter's hand, and fielding on balls in play.

Belongs here: the update by a day's batting lines, and the ratings as of a day.
Not here: who bats today (lineups.py), runs (ratings.py).
"""

from dataclasses import dataclass

import numpy as np

from mlb_ml_assets.features.batch import DayBatch, total
from mlb_ml_assets.features.config import BattingConstants, FeatureConfig
from mlb_ml_assets.features.decay import Floats, Ints, shrunk
from mlb_ml_assets.features.league import LeagueMeans, add_to_league
from mlb_ml_assets.features.records import TEAM_COLUMNS
from mlb_ml_assets.features.state import SweepState

_LINE = {name: position for position, name in enumerate(TEAM_COLUMNS)}


@dataclass(frozen=True)
class BattingSkill:
    """Linear weights per plate appearance against expectation, one column per time constant; positive bats better.

    `fielding`: hits allowed per ball in play against the league; positive is bad.
    """

    overall: Floats
    versus_left: Floats
    versus_right: Floats
    fielding: Floats


def batting_skill(state: SweepState, team: Ints, day: Ints | int, constants: BattingConstants) -> BattingSkill:
    """Batting and fielding of teams as of a day."""
    sums = state.sums["batting"].read(team, day)
    hand = state.sums["batting_hand"].read(team, day)
    field = state.sums["fielding"].read(team, day)
    overall = [
        shrunk(sums[:, 2 * c], sums[:, 2 * c + 1], 0.0, prior) for c, prior in enumerate(constants.prior_appearances)
    ]
    return BattingSkill(
        np.column_stack(overall),
        shrunk(hand[:, 0], hand[:, 1], 0.0, constants.hand_prior),
        shrunk(hand[:, 2], hand[:, 3], 0.0, constants.hand_prior),
        shrunk(field[:, 0], field[:, 1], 0.0, constants.fielding_prior),
    )


def update_batting(
    state: SweepState, batch: DayBatch, park: Floats, opposing_fip: Floats, means: LeagueMeans, config: FeatureConfig
) -> Floats:
    """Update batting, fielding and the league's rates by a day's batting lines.

    Returns linear weights per plate appearance beyond expectation, by side row, NaN without a box score.

    By side row and as rated before the day: `park`, runs per game that the park adds; `opposing_fip`, fip per batter of
    the pitching the side faced.
    """
    constants = config.batting
    known = np.isfinite(batch.team_line[:, _LINE["at_bats"]])
    beyond = np.full(len(known), np.nan)
    if not known.any():
        return beyond
    column = {name: batch.team_line[known, position] for name, position in _LINE.items()}
    singles = column["hits"] - column["doubles"] - column["triples"] - column["home_runs"]
    weighted = (
        constants.walk * column["walks"]
        + constants.single * singles
        + constants.double * column["doubles"]
        + constants.triple * column["triples"]
        + constants.home_run * column["home_runs"]
    )
    appearances = column["at_bats"] + column["walks"]
    expected = (
        means.weighted_on_base
        + constants.per_opponent_fip * opposing_fip[known]
        + constants.per_park_run * park[known] / 2
    )
    residual = weighted - expected * appearances
    team = batch.team[known]
    pair = np.column_stack([residual, appearances])
    state.sums["batting"].add(team, batch.day, np.hstack([pair] * len(constants.time_constants)))
    hand = batch.starter_hand[batch.opponent][known]
    left, right = (hand == "L").astype(np.float64)[:, None], (hand == "R").astype(np.float64)[:, None]
    state.sums["batting_hand"].add(team, batch.day, np.hstack([pair * left, pair * right]))
    in_play = column["at_bats"] - column["strikeouts"] - column["home_runs"]
    fell_in = column["hits"] - column["home_runs"]
    fielders = batch.team[batch.opponent][known]
    state.sums["fielding"].add(fielders, batch.day, np.column_stack([fell_in - means.hits_in_play * in_play, in_play]))
    add_to_league(
        state,
        batch.day,
        {
            "weighted_on_base": total(weighted), "appearances": total(appearances),
            "hits_in_play": total(fell_in), "balls_in_play": total(in_play),
        },
    )  # fmt: skip
    beyond[known] = residual / appearances
    return beyond
