"""Ratings of every batter and pitcher from box-score lines: six rates against what the matchup predicts.

Belongs here: the state of the ratings, its update by a day's lines, and the rates of players as of a day.
Not here: who plays today, runs of a lineup against a pitching staff (player_matchups.py).

The residual of a rate is its count less the expected one: league rate by batter type, pitcher's hand and role, park,
and the rated opponents (batters meet the side's mix of pitchers, pitchers its mix of batters). A rating is the decayed
sum of residuals over decayed opportunities plus a prior.
"""

from dataclasses import dataclass

import numpy as np

from mlb_ml_assets.features.decay import LONGEST, UNKNOWN, DecayedSums, Floats, Ints, decay_table
from mlb_ml_assets.features.player_constants import (
    BATTER_TYPES,
    MATCHUP_OFFSETS,
    MEMORIES,
    OPPORTUNITY_OF_RATE,
    RATES,
    RELIEVER,
    STARTER,
    PlayerRatingConstants,
    RateMemory,
)
from mlb_ml_assets.features.player_lines import PlayerDay
from mlb_ml_assets.features.state import LEAGUE, SweepState

_RATES, _MEMORIES, _PER_RATE = len(RATES), len(MEMORIES), np.array(OPPORTUNITY_OF_RATE)
PITCHER_AT_BAT = BATTER_TYPES - 1
OFFSETS: Floats = np.array(MATCHUP_OFFSETS).reshape(BATTER_TYPES, 2, 2, _RATES)
# Expected rates stay inside these bounds.
_LOWEST, _HIGHEST = 1e-4, 0.95


@dataclass(frozen=True)
class Rates:
    """Rates against the matchup's expectation, (n, 6) for each memory in the order of MEMORIES."""

    by_memory: tuple[Floats, Floats, Floats]
    appearances: Floats  # decayed opportunities of the main memory's first rate

    @property
    def main(self) -> Floats:
        """The main memory's rates."""
        return self.by_memory[0]


def league_rates(state: SweepState, day: int) -> Floats:
    """The league's six rates as of a day, pitchers at bat left out."""
    row = state.sums["league_rates"].read(np.array([LEAGUE]), day)[0]
    return np.asarray(row[:_RATES] / row[_RATES:][_PER_RATE])


def matchup_rates(state: SweepState, day: int) -> Floats:
    """Expected rates by batter type, pitcher's hand and role: (4, 2, 2, 6)."""
    return np.clip(league_rates(state, day) + OFFSETS, _LOWEST, _HIGHEST)


def batter_rates(state: SweepState, player: Ints, day: Ints | int, constants: PlayerRatingConstants) -> Rates:
    """Rates of batters as of a day."""
    prior = _newcomer_rates(state, "new_batters", day, constants)
    fade = decay_table((constants.batter_prior_fade,))[_whole(state.arrays["career_appearances"][player]), 0]
    return _rates(state.sums["batter_rates"].read(player, day), constants.batter, fade[:, None] * prior)


def pitcher_rates(
    state: SweepState, player: Ints, role: Ints | int, day: Ints | int, constants: PlayerRatingConstants
) -> Rates:
    """Rates of pitchers in a role as of a day; the role only decides which newcomers are the prior."""
    priors = [_newcomer_rates(state, name, day, constants) for name in ("new_starters", "new_relievers")]
    prior = np.where(np.broadcast_to(role, player.shape)[:, None] == STARTER, priors[STARTER], priors[RELIEVER])
    fade = decay_table((constants.pitcher_prior_fade,))[_whole(state.arrays["career_batters_faced"][player]), 0]
    return _rates(state.sums["pitcher_rates"].read(player, day), constants.pitcher, fade[:, None] * prior)


def park_rates(state: SweepState, park: Ints, day: Ints | int, constants: PlayerRatingConstants) -> Floats:
    """What a park adds to each rate, (n, 6)."""
    sums = state.sums["park_rates"].read(park, day)
    return np.asarray(sums[:, :_RATES] / (sums[:, _RATES:][:, _PER_RATE] + constants.park_prior))


def catcher_rates(state: SweepState, catcher: Ints, day: Ints | int, constants: PlayerRatingConstants) -> Floats:
    """What a catcher adds to strikeouts and walks of his pitchers, (n, 6) with zeros for the other rates."""
    return _two_rates(state.sums["catcher_rates"].read(catcher, day), constants.catcher_prior)


def umpire_rates(state: SweepState, umpire: Ints, day: Ints | int, constants: PlayerRatingConstants) -> Floats:
    """What a plate umpire adds to strikeouts and walks of both sides, (n, 6) with zeros for the other rates."""
    return _two_rates(state.sums["umpire_rates"].read(umpire, day), constants.umpire_prior)


def team_defense(state: SweepState, team: Ints, day: Ints | int, constants: PlayerRatingConstants) -> Floats:
    """Hits that a team allows per ball in play beyond expectation; positive is bad."""
    sums = state.sums["team_defense"].read(team, day)
    return np.asarray(sums[:, 0] / (sums[:, 1] + constants.defense_prior) * constants.defense_share)


def start_batters(state: SweepState, player: Ints, day: Ints | int, constants: PlayerRatingConstants) -> Floats:
    """Batters that a starter is expected to face."""
    sums = state.sums["start_batters"].read(player, day)
    prior = constants.prior_starts
    faced = (sums[:, 0] + prior * constants.prior_start_batters) / (sums[:, 1] + prior)
    return np.clip(faced, *constants.start_batters_bounds)


def update_player_ratings(state: SweepState, lines: PlayerDay, constants: PlayerRatingConstants) -> None:
    """Update all ratings by a day's lines, as rated before the day."""
    if not len(lines.batter) or not len(lines.pitcher):
        return
    day, sides = lines.day, 2 * lines.games
    expected = matchup_rates(state, day)
    batter_type = _batter_types(state, lines)
    batting = batter_rates(state, lines.batter, day, constants).main
    pitching = pitcher_rates(state, lines.pitcher, lines.pitcher_role, day, constants).main
    chances = lines.batting.opportunities[:, _PER_RATE]
    faced = lines.pitching.opportunities[:, _PER_RATE]
    # Each side's mix of pitchers by hand and role, and of batters by type, weighted by plate appearances.
    pitchers = _shares(lines.pitcher_side, 2 * lines.pitcher_hand + lines.pitcher_role, faced[:, 0], sides, 4)
    batters = _shares(lines.batter_side, batter_type, chances[:, 0], sides, BATTER_TYPES)
    pitching_met = _means(lines.pitcher_side, pitching, faced[:, 0], sides)
    batting_met = _means(lines.batter_side, batting, chances[:, 0], sides)
    against_pitchers, against_batters = lines.batter_side ^ 1, lines.pitcher_side ^ 1
    park = park_rates(state, lines.park, day, constants)
    catcher = catcher_rates(state, lines.catcher, day, constants)
    cells = expected.reshape(BATTER_TYPES, 4, _RATES)
    for_batters = _mix(pitchers[against_pitchers], cells[batter_type])
    own_cell = cells[:, 2 * lines.pitcher_hand + lines.pitcher_role].transpose(1, 0, 2)
    for_pitchers = _mix(batters[against_batters], own_cell)

    batting_base = lines.batting.counts - (for_batters + park[lines.batter_side // 2]) * chances
    pitching_base = lines.pitching.counts - (for_pitchers + park[lines.pitcher_side // 2]) * faced
    batting_residual = batting_base - (pitching_met[against_pitchers] + catcher[against_pitchers]) * chances
    pitching_residual = pitching_base - (batting_met[against_batters] + catcher[lines.pitcher_side]) * faced
    # What neither pitcher nor batters explain: park, defense, catcher and umpire.
    rest = pitching_base - (batting_met[against_batters] + pitching) * faced

    _update_newcomers(state, lines, batter_type, batting_residual, chances, pitching_residual, faced, constants)
    _add_rates(state.sums["batter_rates"], lines.batter, day, batting_residual, chances)
    _add_rates(state.sums["pitcher_rates"], lines.pitcher, day, pitching_residual, faced)
    _update_league(state, lines, batter_type, pitchers[against_pitchers], chances)
    _update_surroundings(state, lines, rest, rest - catcher[lines.pitcher_side] * faced)
    _update_workloads(state, lines)
    np.add.at(state.arrays["career_appearances"], lines.batter, lines.batting.opportunities[:, 0])
    np.add.at(state.arrays["career_batters_faced"], lines.pitcher, lines.pitching.opportunities[:, 0])
    state.arrays["career_appearances"][UNKNOWN] = state.arrays["career_batters_faced"][UNKNOWN] = 0.0


def update_recent_nines(state: SweepState, lines: PlayerDay) -> None:
    """Store each side's lineup, its catcher and the hand of the starter it faced."""
    known = np.flatnonzero((lines.nine != UNKNOWN).all(axis=1) & (lines.team != UNKNOWN))
    count = state.arrays["nine_count"]
    kept = state.arrays["nines"].shape[1]
    for side in known.tolist():
        team = lines.team[side]
        place = int(count[team]) % kept
        state.arrays["nines"][team, place] = lines.nine[side]
        state.arrays["nine_pitchers"][team, place] = lines.nine_pitcher[side]
        state.arrays["nine_hands"][team, place] = max(int(lines.starter_hand[side ^ 1]), 0)
        state.arrays["nine_catchers"][team, place] = lines.catcher[side]
        count[team] += 1


def _batter_types(state: SweepState, lines: PlayerDay) -> Ints:
    """Hand of each batter; pitchers at bat are a type of their own, unless they bat more than they pitch."""
    game_of_batter, game_of_pitcher = lines.batter_side // 2, lines.pitcher_side // 2
    pitched = np.isin(_pairs(game_of_batter, lines.batter), _pairs(game_of_pitcher, lines.pitcher))
    arrays = state.arrays
    mostly_pitches = arrays["career_batters_faced"][lines.batter] >= arrays["career_appearances"][lines.batter]
    return np.where(pitched & mostly_pitches, PITCHER_AT_BAT, lines.batter_hand)


def _update_newcomers(
    state: SweepState,
    lines: PlayerDay,
    batter_type: Ints,
    batting_residual: Floats,
    chances: Floats,
    pitching_residual: Floats,
    faced: Floats,
    constants: PlayerRatingConstants,
) -> None:
    new_batters = state.arrays["career_appearances"][lines.batter] < constants.batter_newcomer_appearances
    new_pitchers = state.arrays["career_batters_faced"][lines.pitcher] < constants.pitcher_newcomer_batters
    groups = (
        ("new_batters", new_batters & (batter_type != PITCHER_AT_BAT), batting_residual, chances),
        ("new_starters", new_pitchers & (lines.pitcher_role == STARTER), pitching_residual, faced),
        ("new_relievers", new_pitchers & (lines.pitcher_role == RELIEVER), pitching_residual, faced),
    )
    for name, rows, residual, opportunities in groups:
        amounts = np.concatenate([_total(residual[rows]), _total(opportunities[rows])])
        state.sums[name].add(np.array([LEAGUE]), lines.day, amounts[None, :])


def _update_league(state: SweepState, lines: PlayerDay, batter_type: Ints, pitchers: Floats, chances: Floats) -> None:
    """The league's rates with the matchup offsets taken out, without pitchers at bat."""
    hitters = batter_type != PITCHER_AT_BAT
    offsets = _mix(pitchers, OFFSETS.reshape(BATTER_TYPES, 4, _RATES)[batter_type])
    neutral = (lines.batting.counts - offsets * chances)[hitters]
    amounts = np.concatenate([_total(neutral), _total(lines.batting.opportunities[hitters])])
    state.sums["league_rates"].add(np.array([LEAGUE]), lines.day, amounts[None, :])


def _update_surroundings(state: SweepState, lines: PlayerDay, rest: Floats, uncaught: Floats) -> None:
    """`uncaught` is the rest without what the catcher explains."""
    day, side = lines.day, lines.pitcher_side
    faced = lines.pitching.opportunities[:, :1]
    state.sums["catcher_rates"].add(lines.catcher[side], day, np.hstack([rest[:, :2], faced]))
    state.sums["umpire_rates"].add(lines.umpire[side // 2], day, np.hstack([uncaught[:, :2], faced]))
    state.sums["park_rates"].add(lines.park[side // 2], day, np.column_stack([rest, lines.pitching.opportunities]))
    on_balls_in_play = np.column_stack([rest[:, 4] + rest[:, 5], lines.pitching.opportunities[:, 2]])
    state.sums["team_defense"].add(lines.team[side], day, on_balls_in_play)


def _update_workloads(state: SweepState, lines: PlayerDay) -> None:
    starts, relief = lines.pitcher_role == STARTER, lines.pitcher_role == RELIEVER
    ones = np.ones(int(starts.sum()))
    start_line = np.column_stack([lines.batters_faced[starts], ones])
    state.sums["start_batters"].add(lines.pitcher[starts], lines.day, start_line)
    state.sums["relief_batters"].add(lines.pitcher[relief], lines.day, lines.batters_faced[relief][:, None])
    state.arrays["relief_team"][lines.pitcher[relief]] = lines.team[lines.pitcher_side[relief]]
    state.arrays["relief_day"][lines.pitcher[relief]] = lines.day
    classified = np.isfinite(lines.ground_balls) & np.isfinite(lines.batted_balls)
    ground = np.column_stack([lines.ground_balls[classified], lines.batted_balls[classified]])
    state.sums["ground_balls"].add(lines.pitcher[classified], lines.day, ground)


def _rates(sums: Floats, memory: RateMemory, prior: Floats) -> Rates:
    width = _MEMORIES * _RATES
    rates = []
    for place, weights in enumerate(memory.priors):
        part = slice(place * _RATES, (place + 1) * _RATES)
        residual, opportunities, weight = sums[:, :width][:, part], sums[:, width:][:, part], np.array(weights)
        rates.append((residual + weight * prior) / (opportunities + weight))
    return Rates((rates[0], rates[1], rates[2]), sums[:, width])


def _add_rates(sums: DecayedSums, player: Ints, day: int, residual: Floats, opportunities: Floats) -> None:
    sums.add(player, day, np.hstack([residual] * _MEMORIES + [opportunities] * _MEMORIES))


def _newcomer_rates(state: SweepState, name: str, day: Ints | int, constants: PlayerRatingConstants) -> Floats:
    """Mean residual rates of newcomers, (1, 6) or one row per day; 0 before enough of them were seen."""
    days = np.atleast_1d(np.asarray(day, dtype=np.int64))
    row = state.sums[name].read(np.full(len(days), LEAGUE), days)
    residual, opportunities = row[:, :_RATES], row[:, _RATES:]
    seen = opportunities > constants.newcomer_min_opportunities
    return np.where(seen, residual / np.maximum(opportunities, 1.0), 0.0)


def _two_rates(sums: Floats, prior: float) -> Floats:
    rates = np.zeros((len(sums), _RATES))
    rates[:, :2] = sums[:, :2] / (sums[:, 2:] + prior)
    return rates


def _shares(side: Ints, group: Ints, weight: Floats, sides: int, groups: int) -> Floats:
    """Share of each side's weight by group, (sides, groups)."""
    total = np.bincount(side * groups + group, weight, minlength=sides * groups).reshape(sides, groups)
    return np.asarray(total / np.maximum(total.sum(axis=1, keepdims=True), 1.0))


def _means(side: Ints, values: Floats, weight: Floats, sides: int) -> Floats:
    """Weighted mean of rows by side, (sides, columns)."""
    total = np.maximum(np.bincount(side, weight, minlength=sides), 1.0)
    columns = [np.bincount(side, column * weight, minlength=sides) / total for column in values.T]
    return np.column_stack(columns)


def _mix(shares: Floats, cells: Floats) -> Floats:
    """Sum over cells of share times rates: (n, cells) and (n, cells, 6) to (n, 6)."""
    mixed = np.zeros((len(shares), cells.shape[2]))
    # One cell after the other, so that a row's digits do not depend on how many rows are computed together.
    for cell in range(cells.shape[1]):
        mixed += shares[:, cell, None] * cells[:, cell]
    return mixed


def _pairs(game: Ints, player: Ints) -> Ints:
    return game * 1_000_000 + player


def _total(rows: Floats) -> Floats:
    return np.asarray(rows.sum(axis=0))


def _whole(career: Floats) -> Ints:
    return np.minimum(career, LONGEST).astype(np.int64)
