"""What market memory may see, and what it must learn.

Belongs here: as-of proofs, state round trips, recovery of a known truth.
Not here: scores on real seasons (test_real_seasons.py).
"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.features.declarations import MEMORY_COLUMNS
from mlb_ml_assets.modeling.kalman import Block, DiagonalFilter
from mlb_ml_assets.modeling.market_memory import MemoryState, remember, walk
from mlb_ml_assets_tests.modeling.league import Market, market

HISTORY, REQUESTS = market()
MEMORY = remember(HISTORY, REQUESTS)


def closing(history: Market) -> pd.Series:
    """Closing home logits by game."""
    rows = history.market_lines
    rows = rows[(rows.stage == "close") & (rows.market_type == "moneyline")].set_index("game_id")
    return np.log(rows.fair_probability) - np.log1p(-rows.fair_probability)


def test_a_close_changes_nothing_before_six_the_morning_after():
    """A close used on its own day is the market itself, and the memory would look like a genius."""
    day = HISTORY.games.game_date.unique()[30]
    that_day = HISTORY.games.game_id[HISTORY.games.game_date == day]
    lines = HISTORY.market_lines.copy()
    lines.loc[lines.game_id.isin(that_day) & (lines.stage == "close"), "fair_probability"] = 0.9
    changed = remember(replace(HISTORY, market_lines=lines), REQUESTS)
    six = (pd.Timestamp(day) + pd.Timedelta(hours=30)).tz_localize("America/New_York").tz_convert("UTC")
    blind = (REQUESTS.as_of < six).to_numpy()
    pd.testing.assert_frame_equal(changed[blind], MEMORY[blind])
    sighted = (REQUESTS.as_of >= six).to_numpy()
    assert not changed.memory_home_logit[sighted].equals(MEMORY.memory_home_logit[sighted])


def test_an_open_decision_sees_games_through_two_days_before():
    """At noon of the day before, last night's slate is settled but tonight's is not: one day more is a leak."""
    asked = REQUESTS.merge(HISTORY.games[["game_id", "game_date"]], on="game_id")
    entry = MEMORY.memory_known_at.dt.tz_convert("America/New_York").dt.tz_localize(None).dt.normalize()
    behind = (asked.game_date - entry).dt.days
    known = MEMORY.memory_known_at.notna()
    assert set(behind[known & (asked.stage == "open")]) == {1}
    assert set(behind[known & (asked.stage == "lineup")]) == {0}
    assert (MEMORY.memory_known_at[known] <= REQUESTS.as_of[known]).all()


def test_late_news_of_a_result_delays_its_close():
    """A result that arrives days late must not act as if it had been there in the morning."""
    results = HISTORY.results.copy()
    late = results.game_id == results.game_id.iloc[100]
    results.loc[late, "known_at"] += pd.Timedelta(days=5)
    changed = remember(replace(HISTORY, results=results), REQUESTS)
    first = results.known_at[late].iloc[0]
    gone = remember(replace(HISTORY, results=results[~late]), REQUESTS)
    before = (REQUESTS.as_of < first).to_numpy()
    pd.testing.assert_frame_equal(
        changed.loc[before, list(MEMORY_COLUMNS)], gone.loc[before, list(MEMORY_COLUMNS)], check_exact=True
    )
    assert not changed.memory_home_logit.equals(gone.memory_home_logit)


def test_suspended_games_never_enter():
    """They carry their original date: a close from weeks later would count as known then."""
    results = HISTORY.results.copy()
    results.loc[results.game_id == 50, "suspended"] = True
    without = replace(HISTORY, results=results[results.game_id != 50])
    pd.testing.assert_frame_equal(
        remember(replace(HISTORY, results=results), REQUESTS), remember(without, REQUESTS), check_exact=True
    )


def test_memory_finds_teams_and_starters():
    """A filter with a wrong sign or a mixed-up column still gives plausible logits; only the truth shows it."""
    close = closing(HISTORY)
    late = REQUESTS.game_id > HISTORY.games.game_id.quantile(0.6)
    off = (MEMORY.memory_home_logit - REQUESTS.game_id.map(close))[late]
    spread = close.std()
    assert off.std() < 0.4 * spread
    assert abs(off.mean()) < 0.05


def test_a_stored_state_continues_as_if_never_interrupted():
    """Live slates start from the stored state; a state that forgets a filter would drift from the backfill."""
    cut = REQUESTS.as_of.sort_values().iloc[len(REQUESTS) // 2]
    early = replace(HISTORY, results=HISTORY.results[HISTORY.results.known_at <= cut])
    _, state = walk(early, REQUESTS[:1])
    again = MemoryState.from_dict(json.loads(json.dumps(state.to_dict())))
    later = REQUESTS[REQUESTS.as_of > cut].reset_index(drop=True)
    continued = remember(HISTORY, later, state=again)
    whole = MEMORY[(REQUESTS.as_of > cut).to_numpy()].reset_index(drop=True)
    for name in MEMORY_COLUMNS:
        np.testing.assert_allclose(continued[name], whole[name], rtol=1e-9, err_msg=name)


def test_who_is_asked_changes_nothing():
    """The row served live must equal the row rebuilt in a backfill of ten seasons."""
    history, requests = market(days=40, seasons=(2016, 2017))
    everything = remember(history, requests)
    one = len(requests) // 2 - 1
    alone = remember(history, requests.iloc[[one]].reset_index(drop=True))
    pd.testing.assert_frame_equal(alone, everything.iloc[[one]].reset_index(drop=True), check_exact=True)


def test_batters_count_only_once_announced():
    """At the open no lineup is out; a column filled anyway would be the actual one."""
    opening = (REQUESTS.stage == "open").to_numpy()
    assert MEMORY.memory_lineup_home_logit[opening].isna().all()
    lineups = HISTORY.lineups.copy()
    lineups["known_at"] += pd.Timedelta(hours=3)
    unannounced = remember(replace(HISTORY, lineups=lineups), REQUESTS)
    assert unannounced.memory_lineup_home_logit.isna().all()


def test_before_any_close_there_is_no_memory():
    """A prior dressed as knowledge would be 0.12 for every game of the first day."""
    first = HISTORY.games.game_date == HISTORY.games.game_date.min()
    rows = MEMORY[MEMORY.game_id.isin(HISTORY.games.game_id[first])]
    assert rows[list(MEMORY_COLUMNS)].isna().all().all()


def test_a_state_kept_before_any_close_is_none():
    """The first day of all, built again from the state that it left, would differ from the vector that it stored."""
    _, state = walk(before_any_close(), REQUESTS[:1])
    again = MemoryState.from_dict(json.loads(json.dumps(state.to_dict())))
    pd.testing.assert_frame_equal(remember(HISTORY, REQUESTS, state=again), MEMORY)


def before_any_close() -> Market:
    """The history with its schedule and nothing played."""
    return replace(HISTORY, results=HISTORY.results.iloc[:0])


def test_a_withdrawn_starter_is_unknown_not_the_old_one():
    """A scratch is a row with no player: reading past it would price a pitcher who does not pitch."""
    row = REQUESTS.index[(REQUESTS.stage == "lineup") & (REQUESTS.game_id == 200)][0]
    gone = pd.DataFrame(
        {
            "game_id": [200],
            "side": ["home"],
            "known_at": [REQUESTS.as_of[row] - pd.Timedelta(hours=2)],
            "player_id": [None],
        }
    )
    changed = remember(replace(HISTORY, probables=pd.concat([HISTORY.probables, gone])), REQUESTS)
    assert changed.memory_home_logit[row] != MEMORY.memory_home_logit[row]
    assert changed.memory_home_variance[row] > MEMORY.memory_home_variance[row]


def baseball_features(history: Market, requests: pd.DataFrame, seed: int = 9) -> tuple[Market, pd.DataFrame]:
    """Features of every request, and the history with closes to which they add .4 logits a run."""
    random = np.random.default_rng(seed)
    runs = pd.Series(random.normal(0, 0.5, len(history.games)), index=history.games.game_id)
    lines = history.market_lines.copy()
    rows = (lines.market_type == "moneyline").to_numpy()
    logits = np.log(lines.fair_probability[rows]) - np.log1p(-lines.fair_probability[rows])
    moved = logits + 0.4 * lines.game_id[rows].map(runs)
    lines.loc[rows, "fair_probability"] = 1 / (1 + np.exp(-moved))
    features = requests[["game_id", "stage", "as_of"]].copy()
    features["home_player_runs"] = features.game_id.map(runs)
    features["away_player_runs"] = 0.0
    for name in ("temperature", "wind_out"):
        features[name] = np.nan
    return replace(history, market_lines=lines), features


PRICED, FEATURES = baseball_features(HISTORY, REQUESTS)
REMEMBERED = remember(PRICED, REQUESTS, features=FEATURES)


def test_what_baseball_explains_is_not_ascribed_to_teams():
    """Memory of whole prices mistakes a strong lineup for a strong team, and carries it into the next game."""
    close = REQUESTS.game_id.map(closing(PRICED))
    late = REQUESTS.game_id > PRICED.games.game_id.quantile(0.6)
    with_baseball = (REMEMBERED.memory_baseball_logit + REMEMBERED.memory_residual_logit - close)[late]
    of_prices_alone = (REMEMBERED.memory_home_logit - close)[late]
    assert with_baseball.std() < 0.75 * of_prices_alone.std()


def test_the_residual_of_a_close_enters_the_morning_after():
    """A close's own residual in its own expectation would be the close itself."""
    day = PRICED.games.game_date.unique()[40]
    that_day = PRICED.games.game_id[PRICED.games.game_date == day]
    lines = PRICED.market_lines.copy()
    lines.loc[lines.game_id.isin(that_day) & (lines.stage == "close"), "fair_probability"] = 0.9
    changed = remember(replace(PRICED, market_lines=lines), REQUESTS, features=FEATURES)
    six = (pd.Timestamp(day) + pd.Timedelta(hours=30)).tz_localize("America/New_York").tz_convert("UTC")
    before = (REQUESTS.as_of < six).to_numpy()
    pd.testing.assert_frame_equal(changed[before], REMEMBERED[before])
    assert not changed.memory_residual_logit[~before].equals(REMEMBERED.memory_residual_logit[~before])


def test_features_of_later_games_change_nothing():
    """A regression fitted once on all seasons would know the coefficients of the future."""
    cut = REQUESTS.as_of.sort_values().iloc[len(REQUESTS) // 2]
    shifted = FEATURES.copy()
    shifted.loc[shifted.as_of > cut, "home_player_runs"] += 3.0
    changed = remember(PRICED, REQUESTS, features=shifted)
    before = (REQUESTS.as_of <= cut).to_numpy()
    pd.testing.assert_frame_equal(changed[before], REMEMBERED[before])


def test_a_scratched_starter_moves_the_expectation_of_the_next_decision():
    """News after the first look must reach the number, not wait for tomorrow's memory."""
    asked = REQUESTS[(REQUESTS.stage == "open") & (REQUESTS.game_id == 200)]
    later = asked.assign(as_of=asked.as_of + pd.Timedelta(hours=4))
    news = FEATURES[FEATURES.game_id.eq(200) & FEATURES.stage.eq("open")].assign(as_of=later.as_of.to_numpy())
    news["home_player_runs"] -= 1.0
    both = remember(PRICED, pd.concat([asked, later]), features=pd.concat([FEATURES, news]))
    assert both.memory_baseball_logit.iloc[1] < both.memory_baseball_logit.iloc[0] - 0.2


def test_permuted_closes_leave_no_skill():
    """Whatever still foretells a close dealt at random has seen that close."""
    lines = PRICED.market_lines.copy()
    rows = ((lines.stage == "close") & (lines.market_type == "moneyline")).to_numpy()
    random = np.random.default_rng(2)
    lines.loc[rows, "fair_probability"] = random.permutation(lines.fair_probability[rows].to_numpy())
    dealt = replace(PRICED, market_lines=lines)
    memory = remember(dealt, REQUESTS, features=FEATURES)
    expected = memory.memory_baseball_logit + memory.memory_residual_logit
    known = expected.notna()
    correlation = np.corrcoef(expected[known], REQUESTS.game_id[known].map(closing(dealt)))[0, 1]
    assert abs(correlation) < 0.15


def test_results_withheld_cost_the_residual_a_little():
    """A cliff at one day of delay means that the day itself was in it."""
    close = REQUESTS.game_id.map(closing(PRICED))
    late = REQUESTS.game_id > PRICED.games.game_id.quantile(0.6)
    deviations = []
    for days in (0, 1, 2):
        results = PRICED.results.assign(known_at=PRICED.results.known_at + pd.Timedelta(days=days))
        memory = remember(replace(PRICED, results=results), REQUESTS, features=FEATURES)
        deviations.append((memory.memory_baseball_logit + memory.memory_residual_logit - close)[late].std())
    assert np.abs(np.diff(deviations)).max() < 0.15 * deviations[0]


def test_a_stored_state_continues_with_its_regressions():
    """Live slates start from the stored state; one without the regressions would drift from the backfill."""
    cut = REQUESTS.as_of.sort_values().iloc[len(REQUESTS) // 2]
    early = replace(PRICED, results=PRICED.results[PRICED.results.known_at <= cut])
    _, state = walk(early, REQUESTS[:1], features=FEATURES)
    again = MemoryState.from_dict(json.loads(json.dumps(state.to_dict())))
    later = (REQUESTS.as_of > cut).to_numpy()
    continued = remember(PRICED, REQUESTS[later].reset_index(drop=True), state=again, features=FEATURES)
    whole = REMEMBERED[later].reset_index(drop=True)
    for name in MEMORY_COLUMNS:
        np.testing.assert_allclose(continued[name], whole[name], rtol=1e-9, err_msg=name)


def windy(history: Market, features: pd.DataFrame, seed: int = 4) -> tuple[Market, pd.DataFrame]:
    """Each game's wind at its lineup, and the history with closing totals to which it adds .8 runs per ten miles."""
    random = np.random.default_rng(seed)
    wind = pd.Series(random.normal(0, 0.8, len(history.games)), index=history.games.game_id)
    lines = history.market_lines.copy()
    closing_totals = ((lines.stage == "close") & (lines.market_type == "total")).to_numpy()
    lines.loc[closing_totals, "line_value"] += 0.8 * lines.game_id[closing_totals].map(wind)
    known = features.assign(temperature=0.0, wind_out=features.game_id.map(wind))
    early = (known.stage == "open").to_numpy()
    known.loc[early, ["temperature", "wind_out"]] = np.nan
    return replace(history, market_lines=lines), known


WINDY, WEATHER = windy(PRICED, FEATURES)
IN_WIND = remember(WINDY, REQUESTS, features=WEATHER)
LAST_GAMES = (REQUESTS.game_id > WINDY.games.game_id.quantile(0.7)).to_numpy()


def closing_totals(history: Market) -> pd.Series:
    """Closing line of each game's total by game_id."""
    lines = history.market_lines
    return lines[(lines.stage == "close") & (lines.market_type == "total")].set_index("game_id").line_value


def test_an_opening_total_expects_the_wind_of_its_forecast():
    """A forecast that is stored and moves no number is only a promise."""
    blowing = WEATHER.copy()
    asked = LAST_GAMES & (WEATHER.stage == "open").to_numpy()
    blowing.loc[asked, ["temperature", "wind_out"]] = (0.0, 1.5)
    forecast = remember(WINDY, REQUESTS, features=blowing)
    added = (forecast.memory_residual_total - IN_WIND.memory_residual_total)[asked]
    assert 0.5 < added.mean() < 1.8
    pd.testing.assert_frame_equal(forecast[~asked], IN_WIND[~asked])


def test_wind_of_later_games_changes_no_total():
    """What a park makes of wind is learned from closes that had entered, not from the season."""
    cut = REQUESTS.as_of.sort_values().iloc[len(REQUESTS) // 2]
    shifted = WEATHER.copy()
    shifted.loc[shifted.as_of > cut, "wind_out"] *= -3.0
    before = (REQUESTS.as_of <= cut).to_numpy()
    changed = remember(WINDY, REQUESTS, features=shifted)
    pd.testing.assert_frame_equal(changed[before], IN_WIND[before])
    assert not changed.memory_residual_total[~before].equals(IN_WIND.memory_residual_total[~before])


def test_closing_totals_dealt_at_random_leave_no_skill():
    """Whatever still foretells a total that was dealt has seen it; the wind in it must not help."""
    lines = WINDY.market_lines.copy()
    rows = ((lines.stage == "close") & (lines.market_type == "total")).to_numpy()
    lines.loc[rows, "line_value"] = np.random.default_rng(6).permutation(lines.line_value[rows].to_numpy())
    dealt = replace(WINDY, market_lines=lines)
    late = LAST_GAMES & (REQUESTS.stage == "lineup").to_numpy()
    skill = []
    for history in (WINDY, dealt):
        memory = remember(history, REQUESTS, features=WEATHER)
        expected = (memory.memory_baseball_total + memory.memory_residual_total)[late]
        skill.append(np.corrcoef(expected, REQUESTS.game_id[late].map(closing_totals(history)))[0, 1])
    assert skill[0] > 0.4
    assert abs(skill[1]) < 0.25


def test_results_withheld_cost_the_residual_total_a_little():
    """A cliff at one day of delay means that the close of the day itself was in it."""
    total = REQUESTS.game_id.map(closing_totals(WINDY))
    late = LAST_GAMES & (REQUESTS.stage == "lineup").to_numpy()
    deviations = []
    for days in (0, 1, 2):
        results = WINDY.results.assign(known_at=WINDY.results.known_at + pd.Timedelta(days=days))
        memory = remember(replace(WINDY, results=results), REQUESTS, features=WEATHER)
        deviations.append((memory.memory_baseball_total + memory.memory_residual_total - total)[late].std())
    assert np.abs(np.diff(deviations)).max() < 0.15 * deviations[0]


def test_a_park_learns_what_wind_is_worth():
    """A weight that enters the update but not the expectation would price every wind as none."""
    walker = DiagonalFilter({"park_wind": Block(0.0, 0.16, 0.0, 1.0, 0.0)}, [("park_wind", "CHI11")], 0.25)
    wind = np.array([[1.5], [-1.0], [0.0]])
    for _ in range(200):
        walker.absorb(np.zeros((3, 1), dtype=np.int64), wind, 0.8 * wind[:, 0])
    mean, variance = walker.expect(np.zeros((2, 1), dtype=np.int64), np.array([[2.0], [0.0]]))
    np.testing.assert_allclose(mean, [1.6, 0.0], atol=0.01)
    assert variance[1] == 0.0 < variance[0]


def test_one_observation_is_the_textbook_update():
    """The batch form in precisions must be the scalar Kalman gain when there is nothing to share."""
    blocks = {"a": Block(0.1, 0.04, 0.0, 1.0, 0.0), "b": Block(-0.2, 0.01, 0.0, 1.0, 0.0)}
    walker = DiagonalFilter(blocks, [("a", "x"), ("b", "y")], 0.02)
    walker.absorb(np.array([[0, 1]]), np.array([1.0, -1.0]), np.array([0.5]))
    innovation, total = 0.5 - (0.1 + 0.2), 0.04 + 0.01 + 0.02
    np.testing.assert_allclose(walker.mean, [0.1 + 0.04 / total * innovation, -0.2 - 0.01 / total * innovation])
    np.testing.assert_allclose(walker.variance, [0.04 - 0.04**2 / total, 0.01 - 0.01**2 / total])


@pytest.mark.parametrize("winters", [1, 2])
def test_each_winter_shrinks_once(winters: int):
    """A season skipped in the data (or entered twice) must not shrink a team twice or never."""
    walker = DiagonalFilter({"team": Block(0.0, 1.0, 0.0, 0.5, 0.25)}, [("team", "BOS")], 1.0)
    walker.enter_season(2016)
    walker.absorb(np.array([[0]]), np.array([1.0]), np.array([1.0]))
    mean, variance = walker.mean[0], walker.variance[0]
    for _ in range(2):
        walker.enter_season(2016 + winters)
    for _ in range(winters):
        mean, variance = mean * 0.5, variance * 0.25 + 0.25
    assert walker.mean[0] == pytest.approx(mean)
    assert walker.variance[0] == pytest.approx(variance)
