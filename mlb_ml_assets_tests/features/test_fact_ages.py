"""Old and absent facts: what is not known is missing, and how old the rest is goes with the vector.

Belongs here: ages by group, and features that say nothing where days are unknown.
Not here: limits (betting/test_recommendations.py), uncertainty (modeling/test_stale_inputs.py).
"""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.domain.input_ages import INPUT_GROUPS
from mlb_ml_assets.features.fact_ages import age_of_closes, count_season_days
from mlb_ml_assets.features.facts import GameHistory
from mlb_ml_assets.features.sweep import build_features
from mlb_ml_assets_tests.features.league import both_stages, made_up_history, with_frame

BOX_SCORES = ("starter_lines", "bullpen_lines", "team_lines", "batter_lines", "pitcher_lines")


def without(history: GameHistory, names: tuple[str, ...], since: str) -> GameHistory:
    """The history without the facts of some kinds about games from a date on."""
    games = history.games.loc[history.games.game_date >= since, "game_id"]
    for name in names:
        frame = getattr(history, name)
        history = with_frame(history, name, frame[~frame.game_id.isin(games)].reset_index(drop=True))
    return history


def built_on(history: GameHistory, day: str) -> pd.DataFrame:
    games = history.games.loc[history.games.game_date == day, "game_id"]
    requests = both_stages(history)
    return build_features(history, requests[requests.game_id.isin(games)]).set_index("stage")


def number(day: str) -> int:
    return int(np.datetime64(day, "D").astype(np.int64))


def test_bullpens_without_box_scores_are_unknown_and_not_rested():
    """After a month without box scores every bullpen had pitched 0 innings, which a model takes for fully rested."""
    history = made_up_history(days=12)
    lineup = built_on(without(history, BOX_SCORES, "2016-06-10"), "2016-06-12").loc["lineup"]
    for name in ("bullpen_innings_1", "bullpen_innings_3", "bullpen_innings_7"):
        assert lineup[f"home_{name}"].isna().all()
        assert lineup[f"away_{name}"].isna().all()
    known = built_on(without(history, BOX_SCORES, "2016-06-11"), "2016-06-11").loc["lineup"]
    assert (known["home_bullpen_innings_1"] > 0).all()


def test_a_game_without_a_score_yet_leaves_its_clubs_work_unknown():
    """Yesterday's page was not read: neither 0 innings nor those of the day before are what the bullpen did."""
    history = made_up_history(days=8)
    lineup = built_on(without(history, (*BOX_SCORES, "results"), "2016-06-07"), "2016-06-08").loc["lineup"]
    assert lineup["home_bullpen_innings_1"].isna().all()
    assert lineup["home_bullpen_innings_3"].isna().all()


def test_before_the_first_fact_nothing_is_known():
    """On a new database's first day every club had an unused bullpen."""
    first = built_on(made_up_history(days=3), "2016-06-01").loc["lineup"]
    assert first["home_bullpen_innings_7"].isna().all()
    assert first["age_results"].isna().all()
    assert first["age_bullpen"].isna().all()


def test_a_starter_who_may_have_started_since_has_no_known_rest():
    """Without the box scores of his last two starts he had rested for ten days, a long rest."""
    history = made_up_history(days=12)
    known = built_on(history, "2016-06-12")
    blind = built_on(without(history, BOX_SCORES, "2016-06-06"), "2016-06-12")
    assert known.loc["lineup", "home_starter_rest_days"].notna().any()
    for name in ("home_starter_rest_days", "home_starter_short_rest", "away_starter_long_rest"):
        assert blind[name].isna().all()


def test_rest_and_travel_are_unknown_after_weeks_without_results():
    """A club whose pages of three weeks were not read had rested for five days and had not moved."""
    history = made_up_history(days=25)
    lineup = built_on(without(history, (*BOX_SCORES, "results"), "2016-06-03"), "2016-06-25").loc["lineup"]
    for name in ("home_rest_days", "away_travel_miles", "home_time_zones_east", "home_bullpen_innings_7"):
        assert lineup[name].isna().all()


def test_the_age_of_each_group_goes_with_the_vector():
    """Stakes rested on ratings of last autumn, and nothing that was stored showed it."""
    history = made_up_history(days=25)
    fresh = built_on(history, "2016-06-25").loc["lineup"]
    assert (fresh[["age_results", "age_starters", "age_bullpen", "age_batting", "age_lineups"]] == 0).all(axis=None)
    old = built_on(without(history, BOX_SCORES, "2016-06-05"), "2016-06-25").loc["lineup"]
    assert (old[["age_starters", "age_bullpen", "age_batting"]] == 20).all(axis=None)
    assert (old[["age_results", "age_lineups"]] == 0).all(axis=None)


def test_an_age_knows_only_what_the_decision_knew():
    """A box score that arrives in the evening must not make the morning's decision look fresh."""
    history = made_up_history(days=8)
    late = history.bullpen_lines.copy()
    of_day = history.games.loc[history.games.game_date == "2016-06-07", "game_id"]
    late.loc[late.game_id.isin(of_day), "known_at"] = pd.Timestamp("2016-06-20", tz="UTC")
    lineup = built_on(with_frame(history, "bullpen_lines", late), "2016-06-08").loc["lineup"]
    assert (lineup["age_bullpen"] == 1).all()
    assert (lineup["age_starters"] == 0).all()


@pytest.mark.parametrize(
    ("newest", "through", "days"),
    [
        ("2018-06-01", "2018-06-02", 1),
        ("2018-06-01", "2018-06-01", 0),
        ("2018-06-02", "2018-06-01", 0),
        ("2017-10-01", "2018-04-07", 1),
        ("2017-10-01", "2018-03-30", 0),
        ("2019-09-29", "2020-07-24", 1),
        ("2017-09-20", "2018-07-01", 93),
        ("2018-09-30", "2024-06-15", 832),
    ],
)
def test_facts_age_only_while_clubs_play(newest, through, days):
    """Counted in days of the calendar, every opening day would be half a year stale; a missing season must still be."""
    assert count_season_days(np.array([number(newest)]), np.array([number(through)])).tolist() == [days]


def test_closes_age_from_the_morning_they_entered():
    """Without closing prices market memory stays at the last ones, and looks as sure as ever."""
    as_of = pd.Series(pd.to_datetime(["2018-07-01 16:00", "2018-07-01 16:00"], utc=True))
    entered = pd.Series(pd.to_datetime(["2018-06-11 10:00", None], utc=True))
    ages = age_of_closes(entered, as_of)
    assert ages[0] == 20
    assert np.isnan(ages[1])


def test_every_group_has_a_limit_that_no_break_of_a_season_reaches():
    """The All-Star break must not stop stakes."""
    breaks = count_season_days(np.array([number("2018-07-15")]), np.array([number("2018-07-19")]))[0]
    assert all(group.most_days > breaks for group in INPUT_GROUPS)
    assert dt.timedelta(days=max(group.most_days for group in INPUT_GROUPS)) < dt.timedelta(days=31)
