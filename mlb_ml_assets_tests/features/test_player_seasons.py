"""Ratings through winters, debuts, trades, short seasons and short games, against true rates.

Belongs here: what a season's turn does to ratings and to the columns of a game.
Not here: ratings within one season (test_player_ratings.py).
"""

import numpy as np
import pytest

from mlb_ml_assets.evaluation.clustered import clustered_line
from mlb_ml_assets_tests.features.seasons_league import BATTERS, CONSTANTS, SeasonsLeague

LEAGUE_MEAN, SPREAD = 0.18, 0.05
REGULARS = np.arange(1, 55)


def league(seed=11):
    truth = np.random.default_rng(seed).normal(LEAGUE_MEAN, SPREAD, BATTERS).clip(0.05, 0.35)
    return SeasonsLeague(seed, truth)


def slope(rating, truth):
    return clustered_line(rating, truth - truth.mean(), np.arange(len(rating))).slope


def test_on_opening_day_a_rating_is_worth_its_face_after_the_winter():
    """A rating that forgets the winter is too extreme in April, when closes beat every model by most."""
    played = league()
    played.play(150)
    before = played.ratings(REGULARS)
    played.winter()
    after = played.ratings(REGULARS)
    # Skill keeps .8 of itself over a winter, as in the simulated league.
    kept = LEAGUE_MEAN + 0.8 * (played.truth - LEAGUE_MEAN)
    fresh = kept + 0.6 * SPREAD * played.random.standard_normal(BATTERS)
    shrunk = clustered_line(before, after, np.arange(len(after))).slope
    assert 0.85 < shrunk < 1.0
    assert 0.6 < slope(after, fresh[REGULARS - 1]) < 1.2
    played.truth = fresh.clip(0.05, 0.35)
    played.play(60)
    assert np.corrcoef(played.ratings(REGULARS), played.truth[REGULARS - 1])[0, 1] > 0.75


def test_a_winter_makes_the_columns_of_age_a_year_older():
    """Ratings do not age by themselves: the models regress them by these columns."""
    played = league()
    played.birth_year[1:10] = 1986.0
    played.play(10)
    before = played.columns(season=2018)
    played.winter()
    after = played.columns(season=2019)
    for name, change in (("nine_age", 1.0), ("nine_age_over_32", 1.0), ("nine_age_under_25", 0.0)):
        assert after[name][0] - before[name][0] == pytest.approx(change), name
    assert before["nine_age_over_32"].tolist() == [0.0, 0.0]


def test_debutants_start_where_debutants_before_them_were():
    """Rated as average, the rookies of September would make every expanded roster too good."""
    played = league()
    rookies = np.arange(55, BATTERS + 1)
    played.truth[rookies - 1] = LEAGUE_MEAN + 0.08
    first, second = rookies[:9], rookies[9:]

    def with_rookies(_):
        return np.vstack([first, played.nines[1:]])

    # Everybody is a newcomer until 300 plate appearances: 54 regulars of average skill, then nine rookies.
    played.play(100)
    assert abs(played.ratings(second).mean()) < 0.01
    played.play(70, choose=with_rookies)
    unseen = played.ratings(second)
    assert np.ptp(unseen) == 0.0
    of_rookies = 9 * 70 * 4 / (9 * 70 * 4 + 54 * 300)
    assert unseen[0] == pytest.approx(0.08 * of_rookies, abs=0.004)
    # What they did since then counts for more than where they came from.
    assert np.abs(played.ratings(first) - 0.08).mean() < 0.03
    assert played.columns(nines=np.vstack([second, played.nines[1]]))["nine_newness"].tolist() == pytest.approx(
        [1.0, played.columns()["nine_newness"][1]]
    )


def test_a_traded_batter_takes_his_rating_along():
    """A rating kept by club would lose what he did before, and leave his skill to the men he left behind."""
    played = league()
    star, other = 1, 10
    played.truth[star - 1] = 0.06
    played.play(80)
    before = played.columns()["nine_value"]
    rating = played.ratings(np.array([star]))
    # Traded for each other, they bat in the same slots of the other club.
    played.nines[0, 0], played.nines[1, 0] = other, star
    traded = played.columns(nines=played.nines[:2])["nine_value"]
    assert traded[0] < before[0]
    assert traded[1] > before[1]
    assert traded.sum() == pytest.approx(before.sum(), abs=1e-3)
    assert played.ratings(np.array([star])).tolist() == rating.tolist()
    # Before the lineup is known the clubs' last six games decide.
    played.play(6)
    np.testing.assert_allclose(
        played.columns()["nine_value"], played.columns(nines=played.nines[:2])["nine_value"], atol=1e-12
    )


def test_opening_day_has_every_column():
    """A first game without features would train no model and get no forecast."""
    played = league()
    played.play(100)
    played.winter()
    columns = played.columns(season=2019)
    assert all(np.isfinite(values).all() for values in columns.values())
    # The last lineups of autumn are taken for the first of spring.
    known = played.columns(season=2019, nines=played.nines[:2])
    np.testing.assert_allclose(columns["nine_value"], known["nine_value"], atol=1e-12)


def test_sixty_games_leave_the_errors_that_they_claim():
    """2020 had sixty games: with errors of a full season its ratings would be staked as if certain."""
    played = league()
    played.play(60)
    rows = played.log.rows()
    last = rows[(rows["day"] == rows["day"].max()) & (rows["role"] == "batter")].set_index("player_id")
    last = last.loc[[f"p{place - 1}" for place in REGULARS]]
    truth = played.truth[REGULARS - 1]
    off = (last["strikeouts"] - (truth - truth.mean())) / last["strikeouts_se"]
    assert 0.7 < np.sqrt((off**2).mean()) < 1.5
    assert 0.8 < slope(last["strikeouts"].to_numpy(), truth) < 1.3


def test_games_of_seven_innings_rate_players_as_those_of_nine():
    """A rate is per plate appearance: three instead of four a game may cost certainty, never level."""
    long, short = league(), league()
    long.play(90)
    short.play(120, times_at_bat=3)
    truth = long.truth[REGULARS - 1]
    ratings = [played.ratings(REGULARS) for played in (long, short)]
    for rating in ratings:
        assert abs(rating.mean()) < 0.004
        assert 0.85 < slope(rating, truth) < 1.25
    errors = [float(np.sqrt(((rating - (truth - truth.mean())) ** 2).mean())) for rating in ratings]
    assert errors[1] == pytest.approx(errors[0], rel=0.25)
    # His starts are as long as he is left in, so the bullpen's share follows.
    assert short.columns()["starter_game_share"][0] < long.columns()["starter_game_share"][0]
    assert CONSTANTS.start_batters_bounds[0] <= 18 <= CONSTANTS.start_batters_bounds[1]
