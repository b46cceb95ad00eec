"""Players of the league: their lines, and ratings against the truth behind them.

Belongs here: lines that add up to the box scores, ratings that find the true rates.
Not here: the ratings' formulas (features/test_player_ratings.py).
"""

from datetime import date

import numpy as np
import pytest

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.evaluation.clustered import clustered_line
from mlb_ml_assets.flows.features import build_vectors
from mlb_ml_assets.flows.history_import import import_history
from mlb_ml_assets.simulation.bundle import write_bundle
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.simulation.player_lines import RATE_SLOPES, player_frames, true_rates

CONFIG = SimulationConfig(first_day=date(2024, 4, 1), today=date(2024, 7, 1), season_days=100)


@pytest.fixture(scope="module")
def league():
    return simulate_league(CONFIG)


def test_lines_add_up_to_the_box_scores(league):
    """Lines that disagree with their game's box score rate a league that was never played."""
    past = np.flatnonzero(league.games["official_date"] < CONFIG.today)
    frames = player_frames(league, past)
    batting, pitching = frames["batter_lines"], frames["pitcher_lines"]
    boxes = league.boxes
    for name, column in (("batters_faced", "plate_appearances"), ("strikeouts", "strikeouts"), ("walks", "walks"),
                         ("home_runs", "home_runs"), ("hits", "hits"), ("doubles", "doubles")):  # fmt: skip
        summed = batting.groupby(["retro_game_id", "side"])[column].sum()
        expected = boxes.batting(name)[past]
        ids = league.games["game_id"].to_numpy()[past]
        assert [summed[game, "home"] for game in ids] == expected[:, 0].tolist(), name
        assert [summed[game, "away"] for game in ids] == expected[:, 1].tolist(), name
        if name in pitching:
            fielded = pitching.groupby(["retro_game_id", "side"])[name].sum()
            assert [fielded[game, "away"] for game in ids] == expected[:, 0].tolist(), name
    earned = pitching.groupby(["retro_game_id", "side"])["earned_runs"].sum()
    ids = league.games["game_id"].to_numpy()[past]
    assert [earned[game, "away"] for game in ids] == boxes.batting("earned_runs")[past, 0].tolist()
    assert (pitching["earned_runs"] >= 0).all()
    assert (pitching.groupby(["retro_game_id", "side"])["appearance"].min() == 1).all()
    again = player_frames(league, past)
    assert all(again[name].equals(frame) for name, frame in frames.items())


def test_ratings_find_the_true_rates(league, database, tmp_path):
    """A rating that does not find rates that are known will not find those that are not."""
    write_bundle(league, tmp_path / "bundle", players=True)
    with database.connect() as connection:
        import_history(connection, [tmp_path / "bundle"])
        build_vectors(connection, DayRange(date(2024, 6, 29), date(2024, 6, 30)))
        rated = connection.execute(
            "SELECT DISTINCT ON (player_id) player_id, strikeouts, strikeouts_se, opportunities "
            "FROM curated.player_ratings WHERE role = 'batter' ORDER BY player_id, day DESC"
        ).fetchall()
        (base,) = connection.execute(
            "SELECT strikeouts FROM curated.player_ratings WHERE role = 'league' ORDER BY day DESC LIMIT 1"
        ).fetchone()
    rates = true_rates(league, 0)["strikeouts"]
    by_club = rates.groupby(np.repeat(np.arange(len(league.roster.batter_ids)), league.roster.batter_ids.shape[1]))
    # Outcomes are dealt among the nine of a side: the truth is relative to the club.
    truth = base * (rates / by_club.transform("mean") - 1.0)
    found = [(truth[int(player)], value, error) for player, value, error, seen in rated if seen > 150]
    true, rating, error = map(np.array, zip(*found, strict=True))
    assert len(found) > 250
    assert np.corrcoef(true, rating)[0, 1] > 0.8
    # Calibrated: a point of rating is a point of truth, and errors are as large as they claim.
    line = clustered_line(rating, true, np.arange(len(rating)))
    assert 0.75 < line.slope < 1.35
    assert 0.6 < np.sqrt(np.mean(((true - rating) / error) ** 2)) < 1.8
    assert set(RATE_SLOPES) <= set(true_rates(league, 0).columns)
