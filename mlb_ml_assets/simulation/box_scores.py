"""Pitching and batting counts that are consistent with the runs of a game and carry the skill behind them.

Belongs here: how many outs the starter got, and what happened to the batters he and the bullpen faced.
Not here: runs by inning (innings.py), the shape of a source's box score (payloads).

The books balance: a batter faced either reaches or is out; who reaches scores, is left on base or is erased.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.simulation.circumstance import Circumstance
from mlb_ml_assets.simulation.config import SimulationConfig, Stream
from mlb_ml_assets.simulation.innings import LineScores

Counts = NDArray[np.int64]
STARTER, BULLPEN = 0, 1

# Per 27 outs in MLB 2023: 8.6 strikeouts, 3.2 walks, .42 hit batters, 1.2 home runs, 8.3 hits, 6.9 left on base.
_LEFT_ON_BASE, _ERASED = 6.6 / 27, 0.95 / 27
_STRIKEOUT_LOGIT, _WALK_LOGIT, _HOME_RUN_LOGIT = -0.74, -0.93, -0.98
_STRIKEOUT_SLOPE, _WALK_SLOPE, _HOME_RUN_SLOPE = 1.9, -1.3, -0.6
_HIT_BATTER_SHARE, _REACHED_ON_ERROR_SHARE = 0.053, 0.035
_STARTER_MEAN_INNINGS, _STARTER_INNINGS_SD = 5.35, 1.0


@dataclass(frozen=True)
class BoxScores:
    """Counts of each game.

    Attributes:
        pitching: by statistic, shape (games, 2, 2): the side that pitches (home, away), then starter and bullpen.
            Statistics: outs, batters_faced, at_bats, hits, doubles, triples, home_runs, runs, earned_runs, walks,
            hit_batters, strikeouts, sac_flies, pitches, strikes, ground_outs, air_outs, left_on_base.
        errors: by the side in the field, shape (games, 2).
        stolen_bases: by the side at bat, shape (games, 2).
        relievers: pitchers after the starter, by the side that pitches, shape (games, 2).
    """

    pitching: dict[str, Counts]
    errors: Counts
    stolen_bases: Counts
    relievers: Counts

    def batting(self, statistic: str) -> Counts:
        """Counts of the side at bat (home, away): what the other side's pitchers gave up."""
        return np.asarray(self.pitching[statistic].sum(axis=2)[:, ::-1])


def draw_box_scores(config: SimulationConfig, facts: Circumstance, lines: LineScores) -> BoxScores:
    """Draw the counts of every game, given its runs by inning."""
    random = config.stream(Stream.BOX)
    conceded = np.stack([np.maximum(lines.away, 0), np.maximum(lines.home, 0)], axis=1)
    batted = np.stack([lines.away >= 0, lines.home >= 0], axis=1)
    outs = 3 * batted.sum(axis=2)
    outs[:, 1] -= np.where(lines.walk_off, random.integers(1, 4, len(outs)), 0)
    skill = np.stack([facts.starter_skill, facts.bullpen_skill], axis=2)
    stint_outs, stint_runs = _hand_over(random, facts.starter_skill, conceded, outs)
    errors = random.poisson(0.55, size=outs.shape)
    pitching = _stints(random, skill, stint_outs, stint_runs, errors)
    bullpen_outs = stint_outs[:, :, BULLPEN]
    runners = (pitching["hits"] + pitching["walks"] - pitching["home_runs"]).sum(axis=2)[:, ::-1]
    return BoxScores(
        pitching=pitching,
        errors=errors,
        stolen_bases=random.binomial(runners, 0.065),
        relievers=np.where(bullpen_outs > 0, np.clip((bullpen_outs + 1) // 3, 1, 7), 0),
    )


def _hand_over(
    random: np.random.Generator, skill: NDArray[np.float64], conceded: Counts, outs: Counts
) -> tuple[Counts, Counts]:
    """Outs and runs of starter and bullpen, shape (games, 2, 2): a starter leaves as planned, or after six runs."""
    games = len(outs)
    planned = random.normal(_STARTER_MEAN_INNINGS + 2.2 * skill, _STARTER_INNINGS_SD)
    through = conceded.cumsum(axis=2)
    knocked_out = np.argmax(through >= 6, axis=2) + 1
    knocked_out[~(through >= 6).any(axis=2)] = 99
    whole = np.clip(np.rint(planned), 2, 9).astype(int)
    whole = np.minimum(np.minimum(whole, knocked_out), np.maximum(outs // 3, 1))
    more = random.choice(3, p=[0.62, 0.2, 0.18], size=(games, 2))
    starter_outs = np.minimum(3 * whole + np.where(whole == knocked_out, 0, more), outs)
    row, side = np.indices((games, 2))
    in_next = conceded[row, side, starter_outs // 3]
    runs = through[row, side, starter_outs // 3 - 1] + np.where(
        starter_outs == outs, in_next, np.where(starter_outs % 3 > 0, random.binomial(in_next, 0.5), 0)
    )
    total = through[:, :, -1]
    runs = np.where(starter_outs == outs, total, runs)
    return np.stack([starter_outs, outs - starter_outs], axis=2), np.stack([runs, total - runs], axis=2)


def _stints(
    random: np.random.Generator, skill: NDArray[np.float64], outs: Counts, runs: Counts, errors: Counts
) -> dict[str, Counts]:
    def share(logit: float, slope: float) -> NDArray[np.float64]:
        return np.asarray(1 / (1 + np.exp(-(logit + slope * skill))))

    home_runs = random.binomial(runs, share(_HOME_RUN_LOGIT, _HOME_RUN_SLOPE))
    stranded = np.minimum(random.poisson(_LEFT_ON_BASE * outs), 3 * ((outs + 2) // 3))
    erased = np.minimum(random.poisson(_ERASED * outs), outs // 3)
    on_base = runs - home_runs + stranded + erased
    walks = random.binomial(on_base, share(_WALK_LOGIT, _WALK_SLOPE))
    hit_batters = random.binomial(on_base - walks, _HIT_BATTER_SHARE)
    by_error = np.where(
        errors[:, :, None] > 0, random.binomial(on_base - walks - hit_batters, _REACHED_ON_ERROR_SHARE * 2), 0
    )
    singles_up = on_base - walks - hit_batters - by_error
    doubles = random.binomial(singles_up, 0.235)
    triples = random.binomial(singles_up - doubles, 0.022)
    batter_outs = outs - erased
    strikeouts = random.binomial(batter_outs, share(_STRIKEOUT_LOGIT, _STRIKEOUT_SLOPE))
    sac_flies = np.where(runs > 0, random.binomial(batter_outs - strikeouts, 0.015), 0)
    faced = batter_outs + on_base + home_runs
    in_play_outs = batter_outs - strikeouts - sac_flies
    ground_outs = random.binomial(in_play_outs, 0.48)
    pitches = np.maximum(faced, np.rint(3.9 * faced + random.normal(0, 1.2, faced.shape) * np.sqrt(faced))).astype(int)
    return {
        "outs": outs,
        "batters_faced": faced,
        "at_bats": faced - walks - hit_batters - sac_flies,
        "hits": singles_up + home_runs,
        "doubles": doubles,
        "triples": triples,
        "home_runs": home_runs,
        "runs": runs,
        "earned_runs": runs - np.where(errors[:, :, None] > 0, random.binomial(runs - home_runs, 0.22), 0),
        "walks": walks,
        "hit_batters": hit_batters,
        "strikeouts": strikeouts,
        "sac_flies": sac_flies,
        "pitches": pitches,
        "strikes": random.binomial(pitches, 0.64),
        "ground_outs": ground_outs,
        "air_outs": in_play_outs - ground_outs + sac_flies,
        "left_on_base": stranded,
    }
