"""Ratings from seasons before the first with games.

Belongs here: what lines without results rate, and what the sweep makes of it.
Not here: reading the lines (flows/test_player_import.py), the ratings themselves (test_player_ratings.py).
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from mlb_ml_assets.features.facts import empty_frame
from mlb_ml_assets.features.knowable import day_of
from mlb_ml_assets.features.sweep import advance, build_features
from mlb_ml_assets.features.warm_up import warm_up
from mlb_ml_assets_tests.features.league import both_stages, made_up_history

HISTORY = made_up_history(season_gap=True)
KINDS = {
    "batter_rates": "player",
    "pitcher_rates": "player",
    "catcher_rates": "player",
    "start_batters": "player",
    "park_rates": "park",
}
FIRST_SEASON, SEASON = sorted(HISTORY.games.season.unique())


def season(number, *, with_results=True):
    """The history of one season; without results only what player files hold."""
    games = HISTORY.games[HISTORY.games.season == number]
    frames = {name: frame[frame.game_id.isin(games.game_id)] for name, frame in HISTORY.stamped().items()}
    if not with_results:
        frames |= {name: empty_frame(name) for name in ("results", "starter_lines", "bullpen_lines", "team_lines")}
    return replace(HISTORY, games=games, **frames)


def test_lines_alone_rate_players_as_a_sweep_with_results_does():
    """A second way to rate players would give other numbers to the seasons that it serves."""
    lines = season(FIRST_SEASON, with_results=False)
    state, swept = warm_up(lines), advance(season(FIRST_SEASON), lines.games.game_date.max().date())
    for name, kind in KINDS.items():
        ids = swept.index[kind]
        found = state.sums[name].values[[state.index[kind][each] for each in ids]]
        expected = swept.sums[name].values[list(ids.values())]
        assert np.abs(expected).sum() > 0, name
        np.testing.assert_array_equal(found, expected, err_msg=name)
    np.testing.assert_array_equal(state.sums["league_rates"].values, swept.sums["league_rates"].values)


def test_earlier_seasons_change_player_features_alone():
    """Clubs whose seasons had no results must not begin with a record, an Elo or a winter behind them."""
    later = season(SEASON)
    requests = both_stages(later)
    state = warm_up(season(FIRST_SEASON, with_results=False))
    assert day_of(state.day) < later.games.game_date.min().date()
    cold, warm = build_features(later, requests), build_features(later, requests, checkpoint=state)
    changed = {name for name in cold.columns if not pd.Series.equals(cold[name], warm[name])}
    assert {"home_player_runs", "home_nine_newness", "home_starter_value"} <= changed
    assert changed.isdisjoint({"home_elo", "home_offence_60", "home_batting_50", "league_runs", "home_rest_days"})
    first = requests.as_of.idxmin()
    assert warm.home_nine_newness[first] < 1.0
    assert np.isnan(cold.home_nine_newness[first])


def test_season_by_season_the_state_is_that_of_all_at_once():
    """Seasons are read one at a time: a rating that forgets the one before makes every veteran a debutant."""
    lines = {name: empty_frame(name) for name in ("results", "starter_lines", "bullpen_lines", "team_lines")}
    at_once = warm_up(replace(HISTORY, **lines))
    first = warm_up(season(FIRST_SEASON, with_results=False))
    assert warm_up(season(SEASON, with_results=False), first).to_bytes() == at_once.to_bytes()
