"""Alarms over a season: silent on honest seasons, raised by the faults that they were built for.

Belongs here: scores too good to be true, drift of inputs, the share of a source that is not used.
Not here: the limits' derivation (modeling/), promises about rows (test_checks.py).
"""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.automation.season_checks import (
    inputs_are_fresh,
    inputs_look_like_training,
    scores_are_not_too_good,
    sources_are_taken_in,
)
from mlb_ml_assets.evaluation.drift import SHIFTED, drift_of, population_stability
from mlb_ml_assets.features.declarations import FEATURE_COLUMNS
from mlb_ml_assets.flows.season_checks import find_alarms
from mlb_ml_assets_tests.automation.rows import DAY, NOON, START, Day
from mlb_ml_assets_tests.automation.test_checks import run, stand_in


def evaluate(check):
    key = next(iter(check.check_keys)).asset_key.to_user_string()
    (evaluation,) = run([check], [stand_in(key)]).get_asset_check_evaluations()
    return evaluation


@pytest.fixture
def day(environment):
    with environment.connect() as connection:
        yield Day(connection)


def season(games=2430, seed=1):
    """Evaluation rows of a season forecast as well as a close: the truth, spread as in baseball."""
    random = np.random.default_rng(seed)
    probability = 1 / (1 + np.exp(-random.normal(0.15, 0.42, games)))
    won = random.random(games) < probability
    runs = random.negative_binomial(4, 0.32, (games, 2)) + 0
    home = np.where(won, np.maximum(runs.max(axis=1), runs.min(axis=1) + 1), runs.min(axis=1))
    away = np.where(won, runs.min(axis=1), np.maximum(runs.max(axis=1), runs.min(axis=1) + 1))
    base = pd.DataFrame(
        {
            "model_name": "mlb_game_model_lineup",
            "model_version": "2024-05",
            "game_id": np.arange(games),
            "game_date": pd.Timestamp("2024-05-01"),
            "home_score": home,
            "away_score": away,
            "played": True,
            "line_value": np.nan,
            **dict.fromkeys(("blind_probability", "memory_probability", "final_probability"), probability),
            **dict.fromkeys(("market_probability", "closing_probability"), probability),
        }
    )
    moneyline = base.assign(market_type="moneyline", side="home")
    total = base.assign(market_type="total", side="over", line_value=8.5)
    return pd.concat([moneyline, total], ignore_index=True), won


def test_an_honest_season_raises_no_alarm():
    """An alarm raised by luck is switched off."""
    for seed in range(8):
        rows, _ = season(seed=seed)
        assert list(find_alarms(rows)) == []


def test_a_forecast_that_saw_a_tenth_of_the_results_raises_an_alarm():
    """A leak rarely reaches all games: the result of the first of two games of a day, say."""
    rows, won = season()
    seen = np.random.default_rng(7).random(len(won)) < 0.1
    moneyline = rows["market_type"] == "moneyline"
    rows.loc[moneyline, "memory_probability"] = np.where(
        seen, np.where(won, 0.9, 0.1), rows.loc[moneyline, "memory_probability"]
    )
    assert {alarm.series for alarm in find_alarms(rows)} == {"lineup, memory"}


def test_in_play_prices_taken_for_closes_raise_an_alarm():
    """The market's own series is watched too: its numbers are what ours are judged by."""
    rows, _ = season()
    total = rows["market_type"] == "total"
    rows.loc[total, "line_value"] = rows.loc[total, "home_score"] + rows.loc[total, "away_score"] + 1.0
    assert {alarm.series for alarm in find_alarms(rows)} == {"lineup, total line"}


def test_the_alarm_shows_on_the_asset_with_what_to_do(day):
    """From rows in the database to a red check: 250 games of a close that had seen the result."""
    for number in range(250):
        home, away = (5, 2) if number % 2 else (1, 6)
        game = day.game(
            DAY - timedelta(days=number // 15), START - timedelta(days=number // 15), home_score=home, away_score=away,
            game_status="final", home_team="BOS", away_team="NYY", game_number=1 + number % 2,
            mlb_stats_api_game_id=f"{number}",
        )  # fmt: skip
        prediction = day.prediction(game, "lineup", start=START)
        day.bet(
            game, prediction, "lineup", stake=0, final_probability=0.52, closing_probability=0.9 if home > away else 0.1
        )
    evaluation = evaluate(scores_are_not_too_good)
    assert not evaluation.passed
    assert "closing" not in evaluation.metadata["what to do"].value
    series = {record.data["series"] for record in evaluation.metadata["sample"].value.records}
    assert series == {"lineup, close"}
    assert evaluation.metadata["games"].value == 250


def test_a_season_that_has_just_begun_raises_nothing(day):
    """Forty games with a log loss of .62 are luck."""
    day.honest()
    assert evaluate(scores_are_not_too_good).passed
    assert evaluate(inputs_look_like_training).description.startswith("too few games to compare")


def test_the_index_is_zero_for_the_same_and_large_for_another_population():
    """Known answers: equal halves give 0; a standard deviation's shift of a normal gives about 1."""
    random = np.random.default_rng(3)
    before = random.normal(size=40_000)
    same, by_chance = population_stability(before, random.normal(size=40_000))
    assert same == pytest.approx(by_chance, abs=4e-4)
    shifted, _ = population_stability(before, random.normal(1.0, 1.0, size=40_000))
    # Symmetrised Kullback-Leibler divergence of N(0,1) and N(1,1) is 1; ten bins see most of it.
    assert shifted == pytest.approx(0.95, abs=0.07)


def test_a_column_that_goes_missing_is_another_population():
    """Weather that stops coming is NaN in every row: quantiles of what is left look the same."""
    random = np.random.default_rng(3)
    before, now = random.normal(size=1000), random.normal(size=400)
    now[::2] = np.nan
    assert population_stability(before, now)[0] > SHIFTED
    assert population_stability(np.full(500, np.nan), now)[0] > SHIFTED
    now = random.normal(size=400)
    now[::4] = np.nan
    (drift,) = drift_of(pd.DataFrame({"x": before}), pd.DataFrame({"x": now}), ["x"])
    assert drift.shifted


def test_inputs_that_moved_are_named(day):
    """Temperatures in Celsius, and a feature whose source went silent: both named, the others not."""
    random = np.random.default_rng(5)
    silent = "home_lineup_batting"
    for back in (0, 52):
        for number in range(200):
            day_of = DAY - timedelta(weeks=back, days=number % 25)
            game = day.game(
                day_of, START - timedelta(weeks=back, days=number % 25), mlb_stats_api_game_id=f"{back}-{number}"
            )
            values = dict(zip(FEATURE_COLUMNS, random.normal(size=len(FEATURE_COLUMNS)), strict=True))
            values["temperature"] = random.normal(75, 9) if back else (random.normal(75, 9) - 32) / 1.8
            values[silent] = values[silent] if back or number % 3 else np.nan
            day.features(game, "lineup", as_of=NOON - timedelta(weeks=back, days=number % 25), **values)
    evaluation = evaluate(inputs_look_like_training)
    assert not evaluation.passed
    assert evaluation.metadata["shifted features"].value == 2
    named = [record.data["feature"] for record in evaluation.metadata["largest"].value.records][:2]
    assert set(named) == {"temperature", silent}
    assert "what to do" in evaluation.metadata


def test_inputs_past_their_limit_are_named_and_all_ages_shown(day):
    """A collector of box scores that stopped a month ago left no trace but worse stakes."""
    assert evaluate(inputs_are_fresh).description == "no decisions yet"
    game = day.game()
    day.features(game, "lineup", age_results=1, age_bullpen=2)
    evaluation = evaluate(inputs_are_fresh)
    assert evaluation.passed
    assert evaluation.metadata["days, bullpen"].value == 2
    assert "days, players" not in evaluation.metadata
    day.features(day.game(game_number=2), "lineup", age_results=1, age_bullpen=30)
    evaluation = evaluate(inputs_are_fresh)
    assert not evaluation.passed
    assert evaluation.metadata["days, bullpen"].value == 30
    assert [record.data["facts"] for record in evaluation.metadata["sample"].value.records] == [
        "box scores of bullpens"
    ]


def test_a_source_whose_records_are_not_used_is_named_with_its_share(day):
    """One record in fifty set aside is a bad day of theirs; more is a change of theirs that we did not follow."""
    for number in range(60):
        day.game(mlb_stats_api_game_id=f"{number}")
    evaluation = evaluate(sources_are_taken_in)
    assert evaluation.passed
    assert evaluation.metadata["unmapped share, mlb_stats_api"].value == 0
    for number in range(2):
        day.listing(f"unheard {number}")
    day.quarantine("bad_odds", source="vsin", day=date(2024, 6, 14))
    evaluation = evaluate(sources_are_taken_in)
    assert not evaluation.passed
    named = {record.data["source"] for record in evaluation.metadata["sample"].value.records}
    assert named == {"mlb_stats_api", "vsin"}
    assert evaluation.metadata["unmapped share, mlb_stats_api"].value == pytest.approx(2 / 62)
