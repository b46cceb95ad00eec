"""Which record is about which game.

Belongs here: matching and the making of games, on small slates.
Not here: whole archives (assets/test_history_import.py).
"""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.identity.game_matching import GAME_COLUMNS, RECORD_COLUMNS, match_games
from mlb_ml_assets.identity.game_record import resolve, source_rank

DAY = date(2016, 6, 7)
NOON = datetime(2016, 6, 7, 16, 5, tzinfo=UTC)


def row(**values):
    usual = {
        "source": "sbro", "source_game_id": "a", "game_pk": np.nan, "game_date": DAY, "home_team": "PIT",
        "away_team": "NYM", "game_number": 1, "doubleheader": "N", "away_rotation": np.nan, "scheduled_start": NOON,
        "start_assumed": False, "home_score": np.nan, "away_score": np.nan, "season_type": "regular",
    }  # fmt: skip
    return usual | values


def records(*rows):
    return pd.DataFrame(rows)[[*RECORD_COLUMNS, "season_type"]]


def games(*rows):
    return pd.DataFrame([{name: one[name] for name in GAME_COLUMNS} for one in rows], index=range(1, len(rows) + 1))


def pairs(matches):
    return {link.source_game_id: link.game for link in matches.links}


def twin_bill(**incoming):
    return games(
        row(game_number=1, doubleheader="Y", **incoming),
        row(game_number=2, doubleheader="Y", scheduled_start=NOON + timedelta(minutes=5), **incoming),
    )


def test_the_second_game_of_a_pair_listed_five_minutes_later_is_not_the_nearest_start():
    """MLB lists game 2 of a one-admission pair five minutes after game 1: nearest start gives both records game 1."""
    incoming = records(
        row(source_game_id="late", scheduled_start=NOON + timedelta(hours=4), game_number=2, doubleheader="Y"),
        row(source_game_id="early", scheduled_start=NOON + timedelta(minutes=2), game_number=1, doubleheader="Y"),
    )
    assert pairs(match_games(incoming, twin_bill())) == {"early": 1, "late": 2}


def test_a_score_that_contradicts_the_order_turns_the_pair():
    """Workbooks list about half of the doubleheaders in the wrong order."""
    known = games(row(game_number=1, doubleheader="Y", home_score=3, away_score=1, start_assumed=True),
                  row(game_number=2, doubleheader="Y", home_score=5, away_score=4, start_assumed=True))  # fmt: skip
    incoming = records(
        row(source_game_id="x", game_number=1, home_score=5, away_score=4, start_assumed=True),
        row(source_game_id="y", game_number=2, home_score=3, away_score=1, start_assumed=True),
    )
    matches = match_games(incoming, known)
    assert pairs(matches) == {"x": 2, "y": 1}
    assert {link.method for link in matches.links} == {"double_header_score"}


def test_one_record_of_two_games_is_left_unmatched_rather_than_guessed():
    """Date and teams say nothing about a doubleheader: a coin toss would put one game's odds on the other."""
    matches = match_games(records(row(start_assumed=True)), twin_bill())
    assert not matches.links
    assert matches.unmatched == {("sbro", "a"): "doubleheader: nothing identifies the game"}


def test_a_score_names_the_game_when_only_one_of_two_is_told():
    """A feed that lost one game of a pair still says which one it kept."""
    known = games(row(game_number=1, doubleheader="Y", home_score=3, away_score=1),
                  row(game_number=2, doubleheader="Y", home_score=5, away_score=4))  # fmt: skip
    assert pairs(match_games(records(row(home_score=5, away_score=4, start_assumed=True)), known)) == {"a": 2}


def test_a_record_dated_a_day_off_needs_the_score_or_the_start():
    """Seven games of September 2014 stand one day early in the workbook; two clubs also simply play on both days."""
    next_day = games(row(game_date=DAY + timedelta(days=1), home_score=8, away_score=4, start_assumed=True))
    assert pairs(match_games(records(row(home_score=8, away_score=4, start_assumed=True)), next_day)) == {"a": 1}
    assert not match_games(records(row(home_score=2, away_score=0, start_assumed=True)), next_day).links


def test_home_and_away_the_other_way_round_is_the_same_game_and_said_so():
    """Toronto was at home in Philadelphia in June 2010; odds put on the wrong side there are worse than none."""
    (link,) = match_games(records(row(home_team="NYM", away_team="PIT", home_score=1, away_score=3)),
                          games(row(home_score=3, away_score=1))).links  # fmt: skip
    assert link.reversed
    assert link.evidence["teams_reversed"]
    assert link.evidence["score_agrees"]


def test_two_different_gamepks_are_never_one_game():
    """A suspended game resumed on the day of the next one shares its date and teams."""
    matches = match_games(records(row(game_pk=2)), games(row(game_pk=1)))
    assert not matches.links


def test_a_differing_score_lowers_the_confidence_but_not_the_link():
    """Workbooks carry the score at the suspension; the game is still the game."""
    (link,) = match_games(records(row(home_score=2, away_score=2)), games(row(home_score=4, away_score=2))).links
    (agreeing,) = match_games(records(row(home_score=4, away_score=2)), games(row(home_score=4, away_score=2))).links
    assert link.confidence < 0.85 < agreeing.confidence


def nothing_linked():
    return pd.DataFrame(columns=["source", "source_game_id", "game_id"])


def test_the_most_believed_source_makes_the_game_and_the_others_join_it():
    """Each source making its own row is how one game becomes three."""
    incoming = records(
        row(source="retrosheet", source_game_id="r"),
        row(source="mlb_stats_api", source_game_id="7", game_pk=7),
        row(source="history_bundle", source_game_id="b", game_pk=7),
        row(source="action_network", source_game_id="9"),
    )
    resolution = resolve(incoming, pd.DataFrame(columns=GAME_COLUMNS), nothing_linked())
    assert resolution.created == {-1: ("mlb_stats_api", "7")}
    assert {link.source_game_id: link.game for link in resolution.links} == {"7": -1, "b": -1, "r": -1, "9": -1}
    assert (
        source_rank("mlb_stats_api") < source_rank("history_bundle") < source_rank("retrosheet") < source_rank("vsin")
    )


def test_an_odds_page_alone_makes_no_game():
    """A futures or exhibition listing would become a game that nobody played."""
    resolution = resolve(records(row(source="vsin")), pd.DataFrame(columns=GAME_COLUMNS), nothing_linked())
    assert not resolution.created
    assert list(resolution.unmatched.values()) == ["no game of these clubs on that day"]


def test_a_row_that_another_program_wrote_without_gamepk_is_adopted():
    """A second row beside it would split its odds from its result."""
    resolution = resolve(records(row(source="mlb_stats_api", game_pk=7)), games(row()), nothing_linked())
    assert not resolution.created
    assert [link.game for link in resolution.links] == [1]


def test_a_link_is_kept_until_record_and_game_no_longer_fit():
    """Links that move on every run move predictions and settled bets with them; a stale one prices another game."""
    held = pd.DataFrame([("sbro", "a", 1)], columns=["source", "source_game_id", "game_id"])
    moved = games(row(game_date=DAY + timedelta(days=1)))
    assert resolve(records(row()), moved, held).carried == 1
    turned = games(row(home_team="NYM", away_team="PIT"))
    assert resolve(records(row()), turned, held).carried == 1
    for record, game in (
        (row(game_pk=2), row(game_pk=1)),
        (row(), row(game_date=DAY + timedelta(days=30))),
        (row(), row(home_team="PHI")),
    ):
        broken = resolve(records(record), games(game), held)
        assert broken.dissolved == [("sbro", "a")]
        assert not broken.links
    made_up = games(row(game_pk=1, game_date=DAY + timedelta(days=30)))
    assert resolve(records(row(game_pk=1)), made_up, held).carried == 1


@pytest.mark.filterwarnings("error::FutureWarning")
def test_new_games_have_scores_where_no_game_of_the_day_had_one():
    """A column that is None throughout has another type than the new games' numbers: pandas will not mix them."""
    unscored = games(row(home_team="BOS", away_team="TOR", game_pk=6, home_score=None, away_score=None))
    scored = records(row(source="mlb_stats_api", game_pk=7, home_score=3.0, away_score=1.0))
    resolution = resolve(scored, unscored, nothing_linked())
    assert list(resolution.created.values()) == [("mlb_stats_api", "a")]
