"""Market memory and the joint run distribution on real seasons, against the numbers of the modelling study.

Belongs here: what can be shown without box scores, in seconds.
Not here: the whole game model's replay (`mlb-ml backtest`), exact numbers that a better constant would move.
"""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.evaluation.alarms import too_good_totals, too_good_wins
from mlb_ml_assets.evaluation.clustered import paired
from mlb_ml_assets.evaluation.scores import log_loss
from mlb_ml_assets.modeling.config import ModelConfig
from mlb_ml_assets.modeling.market_memory import remember
from mlb_ml_assets.modeling.run_grid import grid_for, solve, spread_probabilities, total_probabilities
from mlb_ml_assets.modeling.run_rules import RunRules
from mlb_ml_assets_tests.canaries import delayed_memory_loss, delayed_result_smoothness
from mlb_ml_assets_tests.modeling.bundle import bundle


@pytest.fixture(scope="module")
def seasons(shared_data):
    return bundle(shared_data, 2013, 2016)


@pytest.fixture(scope="module")
def remembered(seasons):
    history, requests, games = seasons
    memory = remember(history, requests)
    return memory.merge(games.drop(columns=["season"]).assign(season=games.season), on="game_id")


def scored(rows: pd.DataFrame, stage: str) -> pd.DataFrame:
    """Rows of a stage after the season that warms up, with a decision, a close and a memory."""
    kept = (rows.stage == stage) & (rows.season > rows.season.min()) & (rows.doubleheader == "N")
    known = rows[["memory_home_logit", "open_home", "close_home"]].notna().all(axis=1)
    return rows[kept & known & (rows.home_score != rows.away_score)]


def test_memory_is_nearer_to_the_close_than_the_opening_price_is(remembered):
    """Study 6: RMSE .127 with results through two days before, .118 with lineups, the open itself .129-.138."""
    logit = {name: np.log(remembered[name]) - np.log1p(-remembered[name]) for name in ("open_home", "close_home")}
    for stage, column, most in (("open", "memory_home_logit", 0.134), ("lineup", "memory_lineup_home_logit", 0.126)):
        rows = scored(remembered, stage)
        off = logit["close_home"][rows.index] - rows[column]
        assert 0.10 < float(np.sqrt((off**2).mean())) < most
    assert np.corrcoef(scored(remembered, "open").memory_total, scored(remembered, "open").total_close)[0, 1] > 0.85


def test_remembered_moves_foretell_moves(remembered):
    """Which teams' prices rise overnight is a habit of openers; its correlation with the move was .32 in 2012-18."""
    rows = scored(remembered, "open")
    moved = np.log(rows.close_home / (1 - rows.close_home)) - np.log(rows.open_home / (1 - rows.open_home))
    assert np.corrcoef(rows.memory_move_logit, moved)[0, 1] > 0.2


def test_results_withheld_change_the_memory_smoothly(seasons):
    """Study 7: .67611, .67615, .67636, .67665 at 0, 1, 2 and 8 days; a cliff at the first day is a same-day leak."""
    history, requests, games = seasons
    opening = requests[requests.stage == "lineup"].reset_index(drop=True)
    won = (games.home_score > games.away_score).astype(float).set_axis(games.game_id)
    after = games.game_id[games.season > games.season.min()]
    found = delayed_result_smoothness(delayed_memory_loss(history, opening, won.loc[after]))
    assert found.smooth, found
    assert found.scores[0] < found.scores[-1] < found.scores[0] + 0.003


def test_a_same_day_close_rings(seasons):
    """The canary must be able to die: with today's close inside, the step to one day's delay is a cliff."""
    history, requests, games = seasons
    late = requests[requests.stage == "lineup"].assign(as_of=lambda rows: rows.as_of + pd.Timedelta(days=1, hours=10))
    eager = ModelConfig().memory
    eager = replace(eager, home_noise_variance=1e-4, home_starter=replace(eager.home_starter, daily_variance=0.02))
    won = (games.home_score > games.away_score).astype(float).set_axis(games.game_id)
    honest = delayed_memory_loss(history, requests[requests.stage == "lineup"], won)(0)
    peeking = delayed_memory_loss(history, late.reset_index(drop=True), won, eager)(0)
    assert honest - peeking > 0.0005


def test_the_joint_fed_with_closing_prices_matches_the_run_line_market(seasons):
    """Study 5: within .0005 of the market's own run line; without the missing ninth it is off by four points."""
    _, _, games = seasons
    rows = games[games.spread_home.notna() & games.close_home.notna() & (games.rl_home.abs() == 1.5)]
    rows = rows[rows.doubleheader == "N"]
    number = rows.total_close + 8.0 * (rows.close_over - 0.5)
    logit = (np.log(rows.close_home) - np.log1p(-rows.close_home)).to_numpy()
    grid = grid_for(RunRules(9, automatic_runner=False), ModelConfig().runs.shape)
    rates = solve(grid, logit, (0.455 + 0.998 * number).to_numpy())
    cover = spread_probabilities(grid, rates, rows.rl_home.to_numpy()).given_no_push
    covered = (rows.home_score - rows.away_score + rows.rl_home > 0).to_numpy(dtype=float)
    known = np.isfinite(cover)
    loss, market = log_loss(cover[known], covered[known]), log_loss(rows.spread_home.to_numpy()[known], covered[known])
    difference = paired(loss, market, rows.game_date.to_numpy()[known])
    assert abs(difference.mean) < 0.0010
    assert abs(cover[known].mean() - covered[known].mean()) < 0.02


def test_pushes_fall_on_integers_as_often_as_they_did(seasons):
    """numbers.md 3.3: 10.1% of integer totals push (7: 12.4%, 8: 8.2%, 9: 11.7%): odd totals more than even ones."""
    _, _, games = seasons
    rows = games[(games.total_close % 1 == 0) & games.close_home.notna()]
    logit = (np.log(rows.close_home) - np.log1p(-rows.close_home)).to_numpy()
    grid = grid_for(RunRules(9, automatic_runner=False), ModelConfig().runs.shape)
    rates = solve(grid, logit, (0.455 + 0.998 * rows.total_close).to_numpy())
    push = pd.Series(total_probabilities(grid, rates, rows.total_close.to_numpy()).push, rows.index)
    pushed = (rows.home_score + rows.away_score) == rows.total_close
    assert push.mean() == pytest.approx(pushed.mean(), abs=0.012)
    by_number = push.groupby(rows.total_close).mean()
    assert by_number[7.0] > by_number[8.0] + 0.03 < by_number[9.0] + 0.01


def test_real_markets_ring_no_alarm(seasons):
    """An alarm that rings for honest closes would be switched off."""
    _, _, games = seasons
    won = (games.home_score > games.away_score).astype(float).to_numpy()
    season = games.season.to_numpy()
    assert too_good_wins({"open": games.open_home.to_numpy(), "close": games.close_home.to_numpy()}, won, season) == []
    runs = (games.home_score + games.away_score).to_numpy(dtype=float)
    assert too_good_totals({"close": games.total_close.to_numpy()}, runs, season) == []
