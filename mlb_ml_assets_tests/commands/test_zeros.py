"""Zeros of a run: explained with reasons, counts and a next command; an error if days with games gave nothing.

Belongs here: what each step's report is read as.
Not here: the reports (flows/).
"""

from datetime import date

import pytest

from mlb_ml_assets.commands.steps import Step, StepResult
from mlb_ml_assets.commands.zeros import NothingProduced, explain_zeros, require_products
from mlb_ml_assets.flows.next_command import NextCommands
from mlb_ml_assets.warehouse.holdings import Holdings

# A season in progress, and nothing before it.
COMMANDS = NextCommands(Holdings({2024: (date(2024, 4, 1), date(2024, 4, 2))}, has_features=True), date(2024, 4, 2))


def result(job, season=2024, **reports):
    step = Step(job, season, f"{season}-04-01", f"{season}-04-02")
    return StepResult(step, "run", 1.0, {name.replace("__", "/"): values for name, values in reports.items()})


def prepared(vectors, lines=10, games=15):
    return result(
        "prepare", curated__enhanced_games={"games": games}, curated__market_lines={"lines": lines},
        curated__ml_feature_vectors={"vectors": vectors},
    )  # fmt: skip


def predicted(predictions, season=2024, early=0, bets=1, **reasons):
    return result(
        "predict", season,
        curated__ml_predictions={"predictions": predictions, "decisions before the first model": early},
        curated__ml_recommendations={"recommendations": 6 * predictions, "bets": bets, **reasons},
    )  # fmt: skip


def texts(*results):
    return [str(zero) for zero in explain_zeros(results, COMMANDS)]


def require(*results):
    require_products(results, explain_zeros(results, COMMANDS))


def test_a_run_with_rows_everywhere_has_no_zero():
    """An explanation of what is not missing is noise."""
    results = [prepared(30), result("train", game_model={"models": 1}), predicted(30)]
    assert texts(*results) == []
    require(*results)


def test_games_without_a_price_are_counted_and_the_next_command_is_named():
    """A user with odds in another table saw a table of zeros and no word why."""
    (line,) = texts(prepared(30, lines=0))
    assert line.startswith("0 market lines from 2024-04-01 to 2024-04-02: no linked source has a price of the 15 games")
    assert line.endswith("Next: mlb-ml ingest action_network")


def test_months_without_a_model_have_their_reasons():
    """`0 models` alone does not say that a season of history is missing."""
    (line,) = texts(result("train", game_model={"models": 0, "no model: 300 games of this season": 2}))
    assert "0 models from 2024-04-01 to 2024-04-02: 2 months with 300 games of this season. " in line
    assert line.endswith("Next: mlb-ml history fetch --seasons 2023")


def test_no_bet_has_the_reasons_of_its_sides():
    """No bet on a day is usual; a stale feed as its only reason is not."""
    (line,) = texts(predicted(30, bets=0, **{"no bet: stale quote": 170, "no bet: expected value": 10}))
    assert "0 bets from 2024-04-01 to 2024-04-02: 170 stale quote; 10 expected value" in line


def test_days_with_games_and_no_prediction_are_an_error():
    """A scheduler that sees exit code 0 reports success for a day without a slate."""
    with pytest.raises(NothingProduced, match=r"0 predictions .*: 1,200 decisions before the first model"):
        require(predicted(0, early=1200))
    with pytest.raises(NothingProduced, match=r"0 decisions .*: no decision about the 15 games is due yet"):
        require(prepared(0))


def test_a_season_that_warms_up_is_no_error_beside_one_that_predicts():
    """Every history begins with a season without a model."""
    require(predicted(0, season=2023, early=900), predicted(900, season=2024))


def test_a_season_that_others_learn_from_is_explained_once():
    """Three sentences about the first season of every history read like three faults."""
    first = result("train", 2023, game_model={"models": 0, "no model: 0 games known, less than one prior season": 1})
    then = result("train", 2024, game_model={"models": 1})
    (line,) = texts(first, predicted(0, season=2023, early=900), result("score", 2023), then)
    assert "0 models" in line
    assert len(texts(first, predicted(0, season=2023, early=900))) == 2, "alone it is the whole answer"
