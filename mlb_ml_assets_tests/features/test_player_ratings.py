"""Ratings of single players, from lines whose truth is known.

Belongs here: what a rating learns, its prior, and the runs of a matchup.
Not here: leaks and checkpoints of the whole sweep (test_leaks.py, test_sweep.py).
"""

import numpy as np
import pytest

from mlb_ml_assets.features.config import FeatureConfig
from mlb_ml_assets.features.player_constants import LEAGUE_RATES, RATES, PlayerRatingConstants
from mlb_ml_assets.features.player_lines import BATTER_COLUMNS, Outcomes, PlayerDay, batting_outcomes
from mlb_ml_assets.features.player_matchups import Matchups, PlayerCatalog, player_columns, run_value, umpire_value
from mlb_ml_assets.features.player_ratings import (
    batter_rates,
    pitcher_rates,
    umpire_rates,
    update_player_ratings,
    update_recent_nines,
)
from mlb_ml_assets.features.rating_log import COLUMNS, RatingLog
from mlb_ml_assets.features.state import SweepState
from mlb_ml_assets_tests.features.seasons_league import outcomes

CONSTANTS = PlayerRatingConstants()
BATTERS, PITCHERS, TEAMS = 36, 8, 4
# Places in the state: batters, then each team's starter and reliever.
_FIRST_PITCHER = BATTERS + 1
CATALOG = PlayerCatalog(
    np.zeros(BATTERS + PITCHERS + 1, dtype=np.int64),
    np.zeros(BATTERS + PITCHERS + 1, dtype=np.int64),
    np.full(BATTERS + PITCHERS + 1, 1990.0),
)


def played(days=150, seed=3, umpire_factor=1.0, permute=False, log=None):
    """A league whose batters differ in strikeouts alone; the first starter strikes out twice as many as the others.

    Args:
        umpire_factor: on strikeouts in the first of the day's games, whose plate umpire is always the same.
        permute: give each line of the day's batters to another one.
        log: receives the ratings after each day.
    """
    random = np.random.default_rng(seed)
    truth = np.linspace(0.08, 0.28, BATTERS)
    random.shuffle(truth)
    state = SweepState.empty(FeatureConfig())
    state.admit("player", [f"p{number}" for number in range(BATTERS + PITCHERS)])
    state.admit("team", [f"t{number}" for number in range(TEAMS)])
    state.admit("park", ["park"])
    state.admit("umpire", ["strict", "lenient"])
    nine = np.arange(1, BATTERS + 1).reshape(TEAMS, 9)
    for day in range(1, days + 1):
        team = random.permutation(TEAMS)
        batter, pitcher = nine[team].ravel(), (_FIRST_PITCHER + np.column_stack([2 * team, 2 * team + 1])).ravel()
        factor = np.where(team == 0, 2.0, 1.0)[np.repeat(np.arange(TEAMS) ^ 1, 9)]
        shares = np.repeat([25, 13], TEAMS).reshape(2, TEAMS).T.ravel()
        called = np.array([umpire_factor, umpire_factor, 1.0, 1.0])
        chance = truth[batter - 1] * (0.66 * factor + 0.34) * np.repeat(called, 9)
        batting = outcomes(random, np.full(BATTERS, 4), np.clip(chance, 0, 0.9))
        if permute:
            order = random.permutation(BATTERS)
            batting = Outcomes(batting.counts[order], batting.opportunities[order])
        met = np.array([truth[nine[team[side ^ 1]] - 1].mean() for side in range(TEAMS)])
        struck = np.repeat(met * called, 2) * np.where(pitcher == _FIRST_PITCHER, 2.0, 1.0)
        update = PlayerDay(
            day=day, games=2, park=np.ones(2, dtype=np.int64), umpire=np.array([1, 2]), team=team + 1,
            batter_side=np.repeat(np.arange(TEAMS), 9), batter=batter, batter_hand=np.zeros(BATTERS, dtype=np.int64),
            batting=batting,
            pitcher_side=np.repeat(np.arange(TEAMS), 2), pitcher=pitcher, pitcher_hand=np.zeros(8, dtype=np.int64),
            pitcher_role=np.tile([0, 1], TEAMS), pitching=outcomes(random, shares, np.clip(struck, 0, 0.9)),
            batters_faced=shares.astype(np.float64), ground_balls=np.full(8, np.nan), batted_balls=np.full(8, np.nan),
            catcher=nine[team][:, 1], nine=nine[team], nine_pitcher=np.zeros((TEAMS, 9), dtype=bool),
            starter_hand=np.zeros(TEAMS, dtype=np.int64),
        )  # fmt: skip
        update_player_ratings(state, update, CONSTANTS)
        if log is not None:
            log.record(state, update, CONSTANTS)
        update_recent_nines(state, update)
    return state, truth, days


LOG = RatingLog()
STATE, TRUTH, LAST = played(log=LOG)


def matchups(starters, nine=None):
    """One game of the first two teams, each with a starter."""
    known = np.zeros((2, 9), dtype=np.int64) if nine is None else nine
    return Matchups(
        day=LAST + 1, season=np.array([2018]), team=np.array([1, 2]), starter=np.array(starters),
        has_starter=np.array(starters) > 0, nine=known, catcher=np.zeros(2, dtype=np.int64), dh=np.array([True]),
    )  # fmt: skip


def test_ratings_find_the_batters_true_rates():
    """A rating that follows its opponents or its team instead of the batter is a team feature in disguise."""
    rates = batter_rates(STATE, np.arange(1, BATTERS + 1), LAST, CONSTANTS).main
    assert np.corrcoef(rates[:, 0], TRUTH)[0, 1] > 0.85
    # The other rates are equal for all: their ratings stay near zero, the rarer the event the more so.
    assert np.abs(rates[:, 2]).max() < 0.02


def test_lines_of_other_batters_leave_no_skill():
    """A rating that still finds the truth when lines are given to others reads it from somewhere else."""
    state, truth, last = played(permute=True)
    rates = batter_rates(state, np.arange(1, BATTERS + 1), last, CONSTANTS).main
    assert abs(np.corrcoef(rates[:, 0], truth)[0, 1]) < 0.4


def test_a_plate_umpire_is_rated_by_the_strikeouts_that_players_do_not_explain():
    """Ascribed to the pitchers that he happened to see, his zone would be lost with the next umpire."""
    state, _, last = played(umpire_factor=1.4)
    strict, lenient = umpire_rates(state, np.array([1, 2]), last, CONSTANTS)
    assert strict[0] > 0.01 > -0.01 > lenient[0]
    assert not strict[2:].any()
    worth = umpire_value(state, np.array([1, 2, 0]), last, CONSTANTS)
    assert worth[0] < 0.0 == worth[2] < worth[1]
    unmoved, last = STATE, LAST
    assert np.abs(umpire_rates(unmoved, np.array([1, 2]), last, CONSTANTS)).max() < 0.01


def test_the_pitcher_gets_the_strikeouts_that_he_causes():
    """Credit for a starter's strikeouts must not go to the weak hitters who happened to meet him."""
    pitchers = np.arange(_FIRST_PITCHER, _FIRST_PITCHER + PITCHERS)
    rates = pitcher_rates(STATE, pitchers, np.tile([0, 1], TEAMS), LAST, CONSTANTS).main[:, 0]
    assert rates[0] > 0.06
    assert rates[0] > rates[1:].max() + 0.04


def test_a_player_never_seen_has_no_rating_of_his_own():
    """Place 0 collects nothing, or all debutants of a season would share one hot start."""
    rates = batter_rates(STATE, np.array([0]), LAST, CONSTANTS)
    assert rates.appearances[0] == 0
    assert STATE.arrays["career_appearances"][0] == 0


def test_a_better_starter_costs_the_other_side_runs():
    """The sign of the central feature: what a scratched ace is worth."""
    with_ace = player_columns(STATE, matchups([_FIRST_PITCHER, _FIRST_PITCHER + 2]), CATALOG, CONSTANTS)
    without = player_columns(STATE, matchups([_FIRST_PITCHER + 4, _FIRST_PITCHER + 2]), CATALOG, CONSTANTS)
    assert with_ace["player_runs"][1] < without["player_runs"][1] - 0.3
    assert with_ace["player_runs"][0] == pytest.approx(without["player_runs"][0])
    assert with_ace["starter_value"][0] < without["starter_value"][0]


def test_a_starters_rates_are_his_ratings_times_his_share():
    """Outcomes teach what a strikeout is worth beyond its runs only if a scratched ace's rates leave with him."""
    ace, other = _FIRST_PITCHER, _FIRST_PITCHER + 2
    columns = player_columns(STATE, matchups([ace, other]), CATALOG, CONSTANTS)
    rates = pitcher_rates(STATE, np.array([ace, other]), 0, LAST + 1, CONSTANTS)
    for name, memory in (("rated", rates.main), ("recent", rates.by_memory[1])):
        for place, rate in enumerate(RATES):
            expected = memory[:, place] * columns["starter_game_share"]
            np.testing.assert_allclose(columns[f"starter_{name}_{rate}"], expected, rtol=1e-12)
    assert columns["starter_rated_strikeouts"][0] > columns["starter_rated_strikeouts"][1] + 0.02
    unnamed = player_columns(STATE, matchups([0, other]), CATALOG, CONSTANTS)
    assert unnamed["starter_rated_strikeouts"][0] == 0.0


def test_before_the_lineup_the_last_nines_stand_in():
    """At the open nobody has announced a lineup; a side without one would be rated as nine debutants."""
    early = player_columns(STATE, matchups([_FIRST_PITCHER, _FIRST_PITCHER + 2]), CATALOG, CONSTANTS)
    nine = np.arange(1, 19).reshape(2, 9)
    late = player_columns(STATE, matchups([_FIRST_PITCHER, _FIRST_PITCHER + 2], nine), CATALOG, CONSTANTS)
    np.testing.assert_allclose(early["nine_value"], late["nine_value"], atol=1e-12)


def test_without_any_line_there_are_no_player_features():
    """Priors for everybody would look like knowledge of nobody."""
    assert player_columns(SweepState.empty(FeatureConfig()), matchups([0, 0]), CATALOG, CONSTANTS) == {}


def test_run_values_order_events_as_the_game_does():
    """A home run is worth more than a walk, and a strikeout less than a ball in play."""
    average = np.array(LEAGUE_RATES)
    gains = [run_value(average + np.eye(6)[rate] * 0.01) - run_value(average) for rate in range(6)]
    strikeouts, walks, _, home_runs, singles, extra_bases = gains
    assert home_runs > extra_bases > singles > 0 > strikeouts
    assert walks > 0


def test_intentional_walks_and_bunts_are_no_plate_appearances():
    """They are the manager's choice, not the batter's skill."""
    line = dict.fromkeys(BATTER_COLUMNS, np.array([0.0]))
    line |= {"plate_appearances": np.array([5.0]), "walks": np.array([2.0])}
    line |= {"intentional_walks": np.array([1.0]), "sacrifice_bunts": np.array([1.0])}
    found = batting_outcomes(line)
    assert found.opportunities.tolist() == [[3.0, 2.0, 2.0]]
    assert found.counts[0, 1] == 1.0


def test_the_log_has_the_rates_of_who_played_with_errors_that_cover_the_truth():
    """Errors that ignore the prior or the fading call every rookie's first week certain."""
    rows = LOG.rows()
    assert tuple(rows.columns) == COLUMNS
    assert not rows.duplicated(["player_id", "role", "day"]).any()
    last = rows[rows["day"] == rows["day"].max()]
    assert last["role"].value_counts().to_dict() == {"batter": 36, "pitcher": 8, "catcher": 4, "league": 1}
    rated = batter_rates(STATE, np.arange(1, BATTERS + 1), LAST, CONSTANTS).main
    batters = last[last["role"] == "batter"].set_index("player_id").loc[[f"p{number}" for number in range(BATTERS)]]
    np.testing.assert_allclose(batters["strikeouts"], rated[:, 0], rtol=1e-5)
    beyond = (batters["strikeouts"] - (TRUTH - TRUTH.mean())) / batters["strikeouts_se"]
    assert 0.5 < np.sqrt((beyond**2).mean()) < 2.0
    first = rows[(rows["day"] == rows["day"].min()) & (rows["role"] == "batter")]
    assert first["strikeouts_se"].mean() > 1.5 * batters["strikeouts_se"].mean()
    catchers = last[last["role"] == "catcher"]
    assert catchers["walks"].notna().all()
    assert catchers["singles"].isna().all()
