"""The league obeys baseball's numbers, its own books balance, and a seed fixes it to the byte.

Belongs here: schedule, scores, truth, box scores.
Not here: prices (test_market.py), payloads.
"""

import hashlib
import os
import subprocess
import sys
from datetime import date

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.simulation.clubs import CLUBS
from mlb_ml_assets.simulation.config import BadLeagueConfig, SimulationConfig
from mlb_ml_assets.simulation.innings import play, true_outcomes
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.simulation.roster import FIRST_PLAYER_ID

FINGERPRINT = """
import hashlib
from datetime import date
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.payloads import Answers
from mlb_ml_assets.simulation.league import simulate_league
league = simulate_league(SimulationConfig(seed=5, first_day=date(2023, 5, 1), today=date(2024, 5, 14), season_days=20))
answers = Answers(league)
published = b"".join(
    answers.get(url, league.config.now).body
    for url in ("/api/v1/schedule?date=2024-05-14", "/web/v2/scoreboard/mlb?date=20240514", "/wp-json/adpt/v1/mlb-odds",
                "/betting-splits/?source=CIRCA", "/v4/sports/baseball_mlb/odds?apiKey=x")
)
text = league.truth_table().to_csv() + league.games.to_csv() + league.roster.players.to_csv()
print(hashlib.sha256(text.encode() + published).hexdigest())
"""


def test_the_same_seed_gives_the_same_bytes_in_any_process():
    """A set iterated in hash order, or a local clock, would give another league in the next process."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", FINGERPRINT],
            env={**os.environ, "PYTHONHASHSEED": hash_seed, "TZ": zone},
            stdout=subprocess.PIPE,
            text=True,
        )
        for hash_seed, zone in (("1", "Asia/Tokyo"), ("4242", "UTC"))
    ]
    first, second = (process.communicate(timeout=120)[0].strip() for process in processes)
    assert first == second
    assert len(first) == 64


def test_another_seed_gives_another_league(league):
    """A stream that ignores the seed would make every league the same."""
    other = simulate_league(SimulationConfig(seed=5))
    assert other.games["home_score"].sum() != league.games["home_score"].sum()


def test_scores_are_distributed_like_baseball():
    """Poisson runs, or a bottom ninth always played, are the classic ways to get totals and margins wrong.

    Over five leagues (n about 10,000 games) against MLB 2010-21; tolerance is four standard errors plus what
    independent innings cannot copy (one-run and extra-inning games come out some 2 and 1.5 points too many).
    """
    leagues = [simulate_league(SimulationConfig(seed=seed)).games for seed in range(11, 16)]
    games = pd.concat(leagues)
    home, away, margin = games["home_score"], games["away_score"], (games["home_score"] - games["away_score"]).abs()
    assert home.mean() == pytest.approx(4.47, abs=0.25)
    assert away.mean() == pytest.approx(4.34, abs=0.25)
    assert home.var() / home.mean() == pytest.approx(2.12, abs=0.15)
    assert away.var() / away.mean() == pytest.approx(2.28, abs=0.17)
    assert (home > away).mean() == pytest.approx(0.536, abs=0.02)
    assert (margin == 1).mean() == pytest.approx(0.288, abs=0.018 + 0.02)
    assert (games["innings"] > 9).mean() == pytest.approx(0.087, abs=0.012 + 0.015)
    assert (margin > 0).all()
    assert np.corrcoef(home, away)[0, 1] == pytest.approx(0.025, abs=0.06)


def test_the_truth_is_the_law_that_games_are_drawn_from():
    """A truth table computed by another law than the draw would make every calibration test of the model a lie."""
    games = 60_000
    rates = np.full((games, 2, 9), 0.487)
    rates[:, 0] *= np.exp(0.12)
    lines, truth = play(SimulationConfig(), rates), true_outcomes(rates[:1])
    margin, total = lines.home_score - lines.away_score, lines.home_score + lines.away_score
    error = 4 * 0.5 / np.sqrt(games)
    assert (margin > 0).mean() == pytest.approx(truth.home_win[0], abs=error)
    assert (margin > 1.5).mean() == pytest.approx(truth.home_covers(-1.5)[0], abs=error)
    assert (margin > -1.5).mean() == pytest.approx(truth.home_covers(1.5)[0], abs=error)
    over, push = truth.over(np.array([9.0]))
    assert (total == 9).mean() == pytest.approx(push[0], abs=error)
    assert (total > 9).sum() / (total != 9).sum() == pytest.approx(over[0], abs=error)
    assert truth.total.sum() == pytest.approx(1)


def test_truth_is_calibrated_on_the_leagues_own_games(league):
    """A truth that belongs to other rows (a sort between draw and table) has slope near zero."""
    win = (league.games["home_score"] > league.games["away_score"]).to_numpy(dtype=float)
    strength = league.truth.home_win - league.truth.home_win.mean()
    slope = (strength * (win - win.mean())).sum() / (strength**2).sum()
    # se = sd(outcome) / (sd(truth) * sqrt(n)) = .5 / (.082 * 45) = .135
    assert slope == pytest.approx(1, abs=0.4)


def test_line_scores_end_games_as_the_rules_do(league):
    """A home side that bats with a lead in the ninth, or a walk-off won by nine runs, never happens."""
    lines = league.lines
    innings = lines.innings
    for row in range(len(innings)):
        last = innings[row] - 1
        before_bottom = lines.home[row, :last].clip(min=0).sum() - lines.away[row, : last + 1].clip(min=0).sum()
        assert (lines.home[row, last] < 0) == (before_bottom > 0)
        assert lines.home[row, last + 1] == lines.away[row, last + 1] == -1
        won_last = lines.walk_off[row]
        if won_last:
            assert 1 <= lines.home_score[row] - lines.away_score[row] <= 4
    assert 0.3 < lines.walk_off[innings > 9].mean() < 0.6


def test_box_scores_balance(league):
    """Counts drawn apart from the score would give pitchers more earned runs than the other side scored."""
    pitching, games = league.boxes.pitching, league.games
    assert (pitching["runs"].sum(axis=2)[:, 0] == games["away_score"]).all()
    assert (pitching["runs"].sum(axis=2)[:, 1] == games["home_score"]).all()
    assert (pitching["earned_runs"] <= pitching["runs"]).all()
    assert (pitching["home_runs"] <= pitching["runs"]).all()
    assert (pitching["hits"] >= pitching["home_runs"] + pitching["doubles"] + pitching["triples"]).all()
    assert (pitching["strikeouts"] <= pitching["outs"]).all()
    reached = pitching["hits"] + pitching["walks"] + pitching["hit_batters"]
    assert (pitching["batters_faced"] >= reached + pitching["strikeouts"]).all()
    assert (pitching["batters_faced"] <= reached + pitching["outs"] + 12).all()
    assert (pitching["outs"][:, :, 0] >= 3).all()
    for name, counts in pitching.items():
        assert (counts >= 0).all(), name
    no_relief = pitching["outs"][:, :, 1] == 0
    assert (league.boxes.relievers[no_relief] == 0).all()
    assert (pitching["runs"][:, :, 1][no_relief] == 0).all()


def test_box_scores_show_the_starters_skill(league):
    """Skill that leaves no trace in the box score could not be learnt by any model."""
    strikeouts, walks = (league.boxes.pitching[name][:, :, 0].ravel() for name in ("strikeouts", "walks"))
    seen = np.corrcoef(league.facts.starter_skill.ravel(), strikeouts - walks)[0, 1]
    assert 0.3 < seen < 0.8


def test_the_schedule_is_possible(league):
    """A club in two parks on one day, or eleven games a week, would never map to real dates."""
    games = league.games
    sides = pd.concat([games[["official_date", side]].set_axis(["day", "club"], axis=1) for side in ("home", "away")])
    assert sides.value_counts().max() == 2
    single = games[games["doubleheader"] == "N"]
    clubs = pd.concat([single[["official_date", side]].set_axis(["day", "club"], axis=1) for side in ("home", "away")])
    assert clubs.value_counts().max() == 1
    by_season = sides.groupby([pd.to_datetime(sides["day"]).dt.year, "club"]).size()
    assert by_season.between(55, 80).all()
    assert games["game_pk"].is_unique
    assert games["game_id"].is_unique
    assert games["official_date"].is_monotonic_increasing


def test_double_headers_come_in_pairs_and_the_second_waits(league):
    """MLB lists game 2 of a traditional pair five minutes after game 1, which it cannot be played at."""
    pairs = league.games[league.games["doubleheader"] != "N"].groupby(["official_date", "home"])
    assert set(league.games["doubleheader"]) == {"N", "Y", "S"}
    for _, pair in pairs:
        assert sorted(pair["game_number"]) == [1, 2]
        first, second = (row for _, row in pair.sort_values("game_number").iterrows())
        assert second["first_pitch"] > first["ended_at"]
        gap = second["start"] - first["start"]
        assert gap == pd.Timedelta(minutes=5) if first["doubleheader"] == "Y" else gap > pd.Timedelta(hours=4)


def test_postponed_games_keep_their_game_pk_and_move(league):
    """A moved game with a new id would be played twice by a program that keys on it."""
    moved = league.games[league.games["postponed_at"].notna()]
    assert 10 <= len(moved) <= 60
    assert (moved["official_date"] > moved["original_date"]).all()
    assert (moved["postponed_at"] < moved["original_start"]).all()
    assert (moved["doubleheader"] != "N").all()
    assert (moved["postponed_action_network_id"] > 0).all()


def test_there_are_suspended_and_extra_inning_games_and_pushes(league):
    """A demo without the awkward games proves nothing about them."""
    games = league.games
    assert games["suspended"].any()
    assert (games["innings"] > 9).any()
    assert (games["home_score"] + games["away_score"] == league.market.total_line[:, -1]).mean() > 0.02
    resumed = games[games["suspended"]]
    assert (resumed["resumed_at"] > resumed["suspended_at"]).all()
    assert (resumed["ended_at"] > resumed["resumed_at"]).all()


def test_players_are_fictional_and_stay_themselves(league):
    """An id that MLB has given out would mix a made-up pitcher into a real one's record."""
    players = league.roster.players
    assert players["player_id"].min() == FIRST_PLAYER_ID
    assert players["player_id"].is_unique
    assert players["retro_id"].is_unique
    assert players["retro_id"].str.fullmatch(r"[a-z]{5}\d{3}").all()
    assert {len(set(nine)) for nine in league.facts.lineups.reshape(-1, 9).tolist()} == {9}


def test_clubs_are_known_by_what_the_sources_call_them():
    """One wrong id would send a whole club's games to the unmapped."""
    from mlb_ml_assets.identity.teams import team_code, team_code_of_action_network_id, team_code_of_mlb_id

    assert len(CLUBS) == 30
    for club in CLUBS:
        assert team_code_of_mlb_id(club.mlb_id) == club.code
        assert team_code_of_action_network_id(club.action_network_id) == club.code
        assert team_code(club.full_name) == club.code
        assert team_code(club.retrosheet) == club.code


@pytest.mark.parametrize(
    ("dials", "named"),
    [
        ({"first_day": date(2025, 4, 1)}, "first_day"),
        ({"season_days": 3}, "season_days"),
        ({"today": date(2024, 2, 1)}, "today"),
        ({"postponed_share": 1.5}, "postponed_share"),
        ({"open_error": -0.1}, "open_error"),
    ],
)
def test_impossible_dials_are_refused_by_name(dials, named):
    """A league without games, found out three rooms later, is hard to explain."""
    with pytest.raises(BadLeagueConfig, match=named):
        SimulationConfig(**dials)


def test_a_league_is_small_enough_to_hash():
    """Guards the fingerprint test itself: it must read something that changes with the seed."""
    one, two = (simulate_league(SimulationConfig(seed=seed, first_day=date(2024, 5, 1))) for seed in (1, 2))
    hashes = {hashlib.sha256(each.games.to_csv().encode()).hexdigest() for each in (one, two)}
    assert len(hashes) == 2
