"""Ten real seasons in, three of them through the whole chain.

Belongs here: that every game is forecast at both stages by the month's own model, and what the market scores.
Not here: what the import holds (assets/test_history_import.py).
"""

import json
import os
from datetime import date

import dagster as dg
import pandas as pd
import pytest

from mlb_ml_assets.commands.materialize import execute, plan
from mlb_ml_assets.flows.history_import import import_history
from mlb_ml_assets_tests.chain import rows_of
from mlb_ml_assets_tests.conftest import _fresh

pytestmark = [pytest.mark.long, pytest.mark.by_hand]
FIRST, LAST = date(2009, 4, 1), date(2011, 12, 1)


@pytest.fixture(scope="module")
def seasons(database_server, template_database, tmp_path_factory, shared_data):
    """The ten seasons imported, 2009-2011 run through Dagster: about four minutes, so once for the file."""
    folder = tmp_path_factory.mktemp("ten_seasons")
    for database in _fresh(database_server, template_database, folder):
        with pytest.MonkeyPatch.context() as patch:
            for name, value in database.environment.items():
                patch.setenv(name, value)
            for name in [name for name in os.environ if name.startswith("MLFLOW_")]:
                patch.delenv(name)
            patch.delenv("MLB_ML_SIMULATED_NOW", raising=False)
            with database.connect() as connection:
                import_history(connection, [shared_data / "history"])
            from mlb_ml_assets.definitions import build_definitions

            instance = dg.DagsterInstance.ephemeral()
            done = list(execute(plan(FIRST, LAST), build_definitions(), instance, on_step=lambda _: None))
            assert [result.step.job for result in done] == ["prepare", "train", "predict", "score"] * 3
            with database.connect() as connection:
                yield connection


def test_every_game_is_forecast_once_a_stage(seasons):
    """A game lost in a join is a game not bet on, and nobody misses it."""
    missing = rows_of(
        seasons,
        "SELECT g.season, s.stage, count(*) FILTER (WHERE p.n IS NULL), count(*) FILTER (WHERE p.n > 1), count(*) "
        "FROM curated.enhanced_games g CROSS JOIN (VALUES ('open'), ('lineup')) s (stage) "
        "LEFT JOIN LATERAL (SELECT nullif(count(*), 0) AS n FROM curated.ml_predictions p "
        "  WHERE p.game_id = g.id AND p.model_name = 'mlb_game_model_' || s.stage) p ON TRUE "
        "WHERE g.season IN (2010, 2011) GROUP BY 1, 2",
    )
    assert len(missing) == 4
    assert sum(games for *_, games in missing) == 2 * (2430 + 2429)
    assert [row for row in missing if row[2] or row[3]] == []
    assert rows_of(
        seasons,
        "SELECT count(*) FROM curated.ml_predictions p JOIN curated.enhanced_games g ON g.id = p.game_id "
        "WHERE g.season = 2009",
    ) == [(0,)]


def test_each_forecast_is_by_the_newest_model_that_was_there(seasons):
    """One month's slip forward is a model that has seen the games that it predicts."""
    offenders = rows_of(
        seasons,
        "SELECT p.model_version, v.feature_cutoff_time FROM curated.ml_predictions p "
        "JOIN curated.ml_feature_vectors v ON v.id = p.feature_vector_id "
        "WHERE p.model_version <> (SELECT m.model_version FROM curated.game_models m "
        "  WHERE m.cutoff <= v.feature_cutoff_time ORDER BY m.cutoff DESC LIMIT 1)",
    )
    assert offenders == []
    versions = [version for (version,) in rows_of(seasons, "SELECT model_version FROM curated.game_models ORDER BY 1")]
    assert versions[0] == "2010-04"
    assert {version[:4] for version in versions} == {"2010", "2011"}


@pytest.mark.parametrize("stage", ["open", "close"])
def test_the_markets_score_in_our_tables_is_the_published_one(seasons, shared_data, stage):
    """In-play prices, swapped sides and lost games all show here first."""
    table = pd.read_csv(shared_data / "benchmarks" / "benchmark_moneyline.csv")
    table = table[(table["sample"] == "own sample") & (table["pred"] == stage)].set_index("season")
    ours = pd.DataFrame(
        rows_of(
            seasons,
            "SELECT g.season, count(*), avg(-ln(CASE WHEN g.home_score > g.away_score THEN m.fair_probability "
            "ELSE 1 - m.fair_probability END)) FROM curated.market_lines m "
            "JOIN curated.enhanced_games g ON g.id = m.game_id "
            "WHERE m.market_type = 'moneyline' AND m.stage = %s AND g.home_score <> g.away_score "
            "AND g.season_type = 'regular' GROUP BY 1 ORDER BY 1",
            stage,
        ),
        columns=["season", "games", "log_loss"],
    ).set_index("season")
    assert ours["games"].to_dict() == table["n"].to_dict()
    assert (ours["log_loss"].astype(float) - table["logloss"]).abs().max() < 0.0005


def test_no_season_of_ours_is_too_good(seasons):
    """Better than .655 over a season is a bug until proven otherwise, and so is a sure win over the close."""
    rows = rows_of(
        seasons,
        "SELECT forecaster, forecaster_score, difference, difference_se, games FROM curated.market_comparison "
        "WHERE model_name = 'mlb_game_model_lineup' AND model_version = 'walk-forward' AND score = 'log_loss' "
        "AND prediction_type = 'home_ml' AND reference = 'close' "
        "AND evaluation_period_start IN ('2010-01-01', '2011-01-01') "
        "AND evaluation_period_end = evaluation_period_start + INTERVAL '1 year'",
    )
    assert len(rows) == 6
    for forecaster, score, difference, se, games in rows:
        assert games > 2400
        assert 0.665 < score < 0.70, (forecaster, score)
        assert difference > -2 * se, (forecaster, difference, se)


def test_a_stored_explanation_is_whole(seasons):
    """The page and the bets read it: a view that is missing there is lost forever."""
    (explanation,) = rows_of(
        seasons, "SELECT prediction_explanation FROM curated.ml_predictions ORDER BY id DESC LIMIT 1"
    )[0]
    parsed = json.loads(explanation) if isinstance(explanation, str) else explanation
    assert set(parsed) >= {"home_ml", "total_over", "home_spread", "runs", "contributions"}
    for view in ("blind", "memory", "anchored", "final", "market"):
        assert 0 < parsed["home_ml"][view] < 1
