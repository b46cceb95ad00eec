"""Runs that a lineup is expected to score against a starter, a bullpen, a catcher and a defense.

Belongs here: the batters expected to play, the run value of matchups, and the player columns of each side.
Not here: the ratings themselves (player_ratings.py).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.features.decay import LONGEST, UNKNOWN, Floats, Ints, decay_table
from mlb_ml_assets.features.player_constants import (
    AVERAGE_BATTERS,
    GAME_BALLS_IN_PLAY,
    GAME_BATTERS,
    LEFT,
    OUT_VALUE,
    RATES,
    RELIEVER,
    RIGHT,
    RIGHT_HANDED_RELIEF,
    RUN_VALUES,
    SLOT_APPEARANCES,
    STARTER,
    PlayerRatingConstants,
)
from mlb_ml_assets.features.player_declarations import STARTER_RATES
from mlb_ml_assets.features.player_ratings import (
    PITCHER_AT_BAT,
    Rates,
    batter_rates,
    catcher_rates,
    matchup_rates,
    pitcher_rates,
    start_batters,
    team_defense,
    umpire_rates,
)
from mlb_ml_assets.features.state import SweepState

_SLOTS: Floats = np.array(SLOT_APPEARANCES) / sum(SLOT_APPEARANCES)
_LOWEST, _HIGHEST = 1e-4, 0.9
_STARTER_EXPERIENCE, _BATTER_EXPERIENCE = 300.0, 400.0
_TYPICAL_BATTER_AGE, _TYPICAL_PITCHER_AGE = 28.0, 27.0


@dataclass(frozen=True)
class PlayerCatalog:
    """What does not change about players, by place in the state: hands (0 right, 1 left, 2 both) and birth year."""

    bats: Ints
    throws: Ints
    birth_year: Floats  # NaN where unknown


@dataclass(frozen=True)
class Matchups:
    """Sides of some games of one day: row 2g is the home side of game g, 2g + 1 its away side. Places, 0 unknown."""

    day: int
    season: Ints  # (games,)
    team: Ints  # (2 games,)
    starter: Ints  # (2 games,) the side's own starter
    has_starter: NDArray[np.bool_]
    nine: Ints  # (2 games, 9) the announced lineup, all 0 where it is not known
    catcher: Ints  # (2 games,) the announced catcher, 0 where not known
    dh: NDArray[np.bool_]  # (games,) whether pitchers do not bat

    @property
    def opponent(self) -> Ints:
        """Row of the other side."""
        return np.arange(len(self.team)) ^ 1


@dataclass(frozen=True)
class _Batters:
    """Batters expected to play: each with its side, and its share of the side's plate appearances."""

    side: Ints
    player: Ints
    is_pitcher: NDArray[np.bool_]
    weight: Floats

    def mean(self, values: Floats, sides: int) -> Floats:
        """Weighted mean by side; NaN for a side without batters."""
        total = np.bincount(self.side, self.weight, minlength=sides)
        summed = np.bincount(self.side, values * self.weight, minlength=sides)
        return np.where(total > 0, summed / np.where(total > 0, total, 1.0), np.nan)


def run_value(rates: Floats) -> Floats:
    """Runs of a plate appearance with these six rates (last axis), against the average plate appearance."""
    bounded = np.clip(rates, _LOWEST, _HIGHEST)
    strikeouts, walks, hit_batters = bounded[..., 0], bounded[..., 1], bounded[..., 2]
    contacts = 1.0 - strikeouts - walks - hit_batters
    home_runs = contacts * bounded[..., 3]
    in_play = contacts - home_runs
    singles, extra_bases = in_play * bounded[..., 4], in_play * bounded[..., 5]
    events = (strikeouts, walks, hit_batters, home_runs, singles, extra_bases)
    value = OUT_VALUE * (in_play - singles - extra_bases)
    for weight, event in zip(RUN_VALUES, events, strict=True):
        value = value + weight * event
    return np.asarray(value)


def player_columns(
    state: SweepState, matchups: Matchups, catalog: PlayerCatalog, constants: PlayerRatingConstants
) -> dict[str, Floats]:
    """Player features by side row; NaN where no lineup of the team is known yet, none before the first line."""
    if not state.index["player"] or not state.arrays["career_appearances"].any():
        return {}
    day, sides, opponent = matchups.day, len(matchups.team), matchups.opponent
    cells = matchup_rates(state, day)
    starters = pitcher_rates(state, matchups.starter, STARTER, day, constants)
    has_starter = matchups.has_starter
    hand = np.where(has_starter, catalog.throws[matchups.starter], RIGHT)
    batters = _expected_batters(state, matchups, hand[opponent], constants)
    share = start_batters(state, matchups.starter, day, constants) / GAME_BATTERS
    starter_rates = np.where(has_starter[:, None], starters.main, 0.0)
    bullpen, left_share = _bullpens(state, matchups, catalog, constants)
    catcher = _catcher_rates(state, matchups, constants)
    defense = team_defense(state, matchups.team, day, constants)

    rated = batter_rates(state, batters.player, day, constants)
    kind = np.where(batters.is_pitcher, PITCHER_AT_BAT, catalog.bats[batters.player])
    facing, nothing = opponent[batters.side], np.zeros((len(batters.side), len(RATES)))

    def value(hands: Ints | int, role: int, opposing: Floats) -> Floats:
        return batters.mean(run_value(cells[kind, hands, role] + rated.main + opposing), sides)

    starter_hand = hand[facing]
    versus_starter = value(starter_hand, STARTER, (starter_rates + catcher)[facing])
    by_hand = [value(side, RELIEVER, (bullpen + catcher)[facing]) for side in (RIGHT, LEFT)]
    left = left_share[opponent]
    versus_bullpen = (1.0 - left) * by_hand[RIGHT] + left * by_hand[LEFT]
    batting_starter = value(starter_hand, STARTER, nothing)
    batting_relief = RIGHT_HANDED_RELIEF * value(RIGHT, RELIEVER, nothing) + (1.0 - RIGHT_HANDED_RELIEF) * value(
        LEFT, RELIEVER, nothing
    )
    met = share[opponent]
    average = _average_cells(cells, hand)
    average_relief = np.repeat(_average_cells(cells, np.array([RIGHT]), RELIEVER), sides, axis=0)
    runs = GAME_BATTERS * (met * versus_starter + (1.0 - met) * versus_bullpen)
    platoon = batters.mean(run_value(cells[kind, starter_hand, STARTER]), sides)
    fade = decay_table((_BATTER_EXPERIENCE,))[_whole(state.arrays["career_appearances"][batters.player]), 0]
    starter_career = _whole(state.arrays["career_batters_faced"][matchups.starter])
    columns = {
        "player_runs": runs + GAME_BALLS_IN_PLAY * defense[opponent],
        "nine_value": met * batting_starter + (1.0 - met) * batting_relief,
        "nine_platoon": platoon,
        "nine_newness": batters.mean(fade, sides),
        "starter_value": _gain(average, starter_rates) * share,
        "starter_newness": np.where(has_starter, decay_table((_STARTER_EXPERIENCE,))[starter_career, 0], 1.0),
        "starter_game_share": share,
        "bullpen_value": _gain(average_relief, bullpen) * (1.0 - share),
        "catcher_value": _gain(average, catcher),
        "defense_value": defense,
        "starter_ground_balls": np.where(has_starter, _ground_balls(state, matchups, constants), 0.0),
    }
    return columns | _starter_rates(starters, has_starter, share) | _ages(matchups, catalog, batters)


def umpire_value(state: SweepState, umpire: Ints, day: int, constants: PlayerRatingConstants) -> Floats:
    """Runs per plate appearance that plate umpires add against the average, by their strikeouts and walks."""
    average = _average_cells(matchup_rates(state, day), np.array([RIGHT]))
    return _gain(average, umpire_rates(state, umpire, day, constants))


def _starter_rates(starters: Rates, has_starter: NDArray[np.bool_], share: Floats) -> dict[str, Floats]:
    """Each rate of the main and of the fast memory, times the starter's share of the game; 0 where none is named."""
    main, fast, _ = (np.where(has_starter[:, None], rates, 0.0) * share[:, None] for rates in starters.by_memory)
    columns = {}
    for place, (rated, recent) in enumerate(STARTER_RATES):
        columns[rated], columns[recent] = main[:, place], fast[:, place]
    return columns


def _gain(average: Floats, rates: Floats) -> Floats:
    return run_value(average + rates) - run_value(average)


def _average_cells(cells: Floats, hand: Ints, role: int = STARTER) -> Floats:
    """Expected rates of an average batting order against each pitcher's hand, (n, 6)."""
    mixed = np.zeros((len(hand), len(RATES)))
    for kind, share in enumerate(AVERAGE_BATTERS):
        mixed = mixed + share * cells[kind, hand, role]
    return mixed


def _expected_batters(
    state: SweepState, matchups: Matchups, opposing_hand: Ints, constants: PlayerRatingConstants
) -> _Batters:
    """The announced nine, or without it a weighted mix of the team's last lineups."""
    announced = (matchups.nine != UNKNOWN).all(axis=1)
    rows = np.flatnonzero(announced)
    nine = matchups.nine[rows]
    pitcher_bats = (nine == matchups.starter[rows][:, None]) & ~matchups.dh[rows // 2][:, None]
    known = _Batters(np.repeat(rows, 9), nine.ravel(), pitcher_bats.ravel(), np.tile(_SLOTS, len(rows)))
    recent = _recent_batters(state, matchups.team, opposing_hand, np.flatnonzero(~announced), constants)
    parts = zip(vars(known).values(), vars(recent).values(), strict=True)
    return _Batters(*(np.concatenate(pair) for pair in parts))


def _recent_batters(
    state: SweepState, team: Ints, opposing_hand: Ints, rows: Ints, constants: PlayerRatingConstants
) -> _Batters:
    arrays = state.arrays
    kept = constants.kept_lineups
    count = arrays["nine_count"][team[rows]]
    back = count[:, None] - 1 - np.arange(kept)  # newest first
    place = back % kept
    exists = (back >= 0) & (np.arange(kept) < kept)
    club = team[rows][:, None]
    nines = arrays["nines"][club, place]  # (rows, kept, 9)
    same_hand = exists & (arrays["nine_hands"][club, place] == opposing_hand[rows][:, None])
    same_hand &= np.cumsum(same_hand, axis=1) <= constants.same_hand_lineups
    recent = exists & (np.arange(kept) < constants.recent_lineups)
    active = nines[:, : constants.active_lineups].reshape(len(rows), constants.active_lineups * 9)
    active = np.where(np.repeat(exists[:, : constants.active_lineups], 9, axis=1), active, -1)
    is_active = (nines[:, :, :, None] == active[:, None, None, :]).any(axis=3)
    has_same = same_hand.any(axis=1, keepdims=True)
    per_recent = np.where(has_same, constants.recent_weight, 1.0) / np.maximum(recent.sum(axis=1, keepdims=True), 1)
    per_same = (1.0 - constants.recent_weight) / np.maximum(same_hand.sum(axis=1, keepdims=True), 1)
    weight = (recent * per_recent)[:, :, None] + (same_hand * per_same)[:, :, None] * is_active
    weight = weight * _SLOTS
    row, game, slot = np.nonzero(weight)
    pitchers = arrays["nine_pitchers"][club, place]
    return _Batters(rows[row], nines[row, game, slot], pitchers[row, game, slot], weight[row, game, slot])


def _bullpens(
    state: SweepState, matchups: Matchups, catalog: PlayerCatalog, constants: PlayerRatingConstants
) -> tuple[Floats, Floats]:
    """Rates of each side's relievers weighted by recent work, and their share of left-handers."""
    sides, day = len(matchups.team), matchups.day
    since = day - state.arrays["relief_day"]
    pitcher = np.flatnonzero((since <= constants.relief_days) & (state.arrays["relief_team"] != UNKNOWN))
    work = state.sums["relief_batters"].read(pitcher, day)[:, 0]
    rates = pitcher_rates(state, pitcher, RELIEVER, day, constants).main
    belongs = matchups.team[:, None] == state.arrays["relief_team"][pitcher][None, :]
    # Today's starter is no reliever of today.
    belongs &= matchups.starter[:, None] != pitcher[None, :]
    side, member = np.nonzero(belongs)
    weight = work[member]
    total = np.bincount(side, weight, minlength=sides)
    safe = np.where(total > 0, total, 1.0)
    mean = np.column_stack([np.bincount(side, weight * column[member], minlength=sides) / safe for column in rates.T])
    left = np.bincount(side, weight * (catalog.throws[pitcher][member] == LEFT), minlength=sides) / safe
    return mean, np.where(total > 0, left, 1.0 - RIGHT_HANDED_RELIEF)


def _catcher_rates(state: SweepState, matchups: Matchups, constants: PlayerRatingConstants) -> Floats:
    """The announced catcher's rates, or the mean of the catchers of the team's last lineups."""
    kept, arrays = constants.kept_lineups, state.arrays
    back = arrays["nine_count"][matchups.team][:, None] - 1 - np.arange(constants.same_hand_lineups)
    usual = np.where(back >= 0, arrays["nine_catchers"][matchups.team[:, None], back % kept], UNKNOWN)
    # Where the nine is announced without positions, its usual catchers count alone.
    in_nine = (usual[:, :, None] == matchups.nine[:, None, :]).any(axis=2) & (usual != UNKNOWN)
    usual = np.where(in_nine.any(axis=1, keepdims=True) & ~in_nine, UNKNOWN, usual)
    flat = catcher_rates(state, usual.ravel(), matchups.day, constants).reshape(*usual.shape, len(RATES))
    present = (usual != UNKNOWN).astype(np.float64)
    summed = np.zeros((len(usual), len(RATES)))
    for place in range(usual.shape[1]):
        summed = summed + present[:, place, None] * flat[:, place]
    mean = summed / np.maximum(present.sum(axis=1, keepdims=True), 1.0)
    announced = catcher_rates(state, matchups.catcher, matchups.day, constants)
    return np.where((matchups.catcher != UNKNOWN)[:, None], announced, mean)


def _ground_balls(state: SweepState, matchups: Matchups, constants: PlayerRatingConstants) -> Floats:
    sums = state.sums["ground_balls"].read(matchups.starter, matchups.day)
    beyond = sums[:, 0] - constants.mean_ground_ball_share * sums[:, 1]
    return np.asarray(beyond / (sums[:, 1] + constants.ground_ball_prior))


def _ages(matchups: Matchups, catalog: PlayerCatalog, batters: _Batters) -> dict[str, Floats]:
    """Ages in years at midseason, and years beyond 32 and short of 25."""
    sides = len(matchups.team)
    by_side = np.repeat(matchups.season, 2)
    age = by_side[batters.side] - catalog.birth_year[batters.player]
    age = np.where(np.isfinite(age), age, _TYPICAL_BATTER_AGE)
    pitcher = by_side - catalog.birth_year[matchups.starter]
    pitcher = np.where(matchups.has_starter & np.isfinite(pitcher), pitcher, _TYPICAL_PITCHER_AGE)
    return {
        "nine_age": batters.mean(age, sides),
        "nine_age_over_32": batters.mean(np.maximum(age - 32.0, 0.0), sides),
        "nine_age_under_25": batters.mean(np.maximum(25.0 - age, 0.0), sides),
        "starter_age": pitcher,
        "starter_age_over_32": np.maximum(pitcher - 32.0, 0.0),
        "starter_age_under_25": np.maximum(25.0 - pitcher, 0.0),
    }


def _whole(career: Floats) -> Ints:
    return np.minimum(career, LONGEST).astype(np.int64)
