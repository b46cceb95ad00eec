"""Which model predicts which game.

Belongs here: months trained, kept, refused and retrained, and the version that a decision uses.
Not here: MLflow's runs of a training (registry/test_sessions.py).
"""

from datetime import date, datetime

import pandas as pd
import pytest

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.domain.models import GAME_MODEL, LINEUP
from mlb_ml_assets.flows.predictions import predict_days
from mlb_ml_assets.flows.training import MlflowRuns, train_months
from mlb_ml_assets.registry.tracking import use_tracking_store
from mlb_ml_assets_tests.chain import LAST, one, rows_of, run_job

MAY = date(2024, 5, 1)
MAY_CUTOFF = datetime.fromisoformat("2024-04-29T12:00-04:00")


def train(connection, *months, **options):
    import mlflow

    ids = use_tracking_store()
    with mlflow.start_run(experiment_id=ids["home_ml"]) as session:
        return train_months(connection, months, MlflowRuns(ids, session.info.run_id, "a Dagster run"), **options)


def decisions(connection):
    return pd.DataFrame(
        rows_of(
            connection,
            "SELECT p.model_version, v.feature_cutoff_time, g.game_date, p.model_name FROM curated.ml_predictions p "
            "JOIN curated.ml_feature_vectors v ON v.id = p.feature_vector_id "
            "JOIN curated.enhanced_games g ON g.id = p.game_id",
        ),
        columns=["version", "as_of", "game_date", "model_name"],
    )


def test_a_decision_uses_the_newest_model_whose_cutoff_is_not_after_it(played):
    """A model chosen by the game's month would know, at the end of April, games that the decision could not."""
    with played.connect() as connection:
        made = decisions(connection)
    by_may = pd.to_datetime(made["as_of"], utc=True) >= MAY_CUTOFF
    assert (made["version"] == by_may.map({True: "2024-05", False: "2024-04"})).all()
    april = made["game_date"] < MAY
    # The last days of April, decided after the cutoff, and no decision before it.
    assert (april & by_may).sum() > 20
    assert set(made.loc[april & by_may, "game_date"]) == {date(2024, 4, 29), date(2024, 4, 30)}


def test_a_training_leaves_its_folds_to_the_next_one(played):
    """Folds that are not stored are made again each month, in a time that grows with the square of the seasons."""
    with played.connect() as connection:
        seasons = [season for (season,) in rows_of(connection, "SELECT DISTINCT season FROM curated.enhanced_games")]
        stored = rows_of(connection, "SELECT stage, season FROM curated.training_folds ORDER BY stage, season")
    assert stored == [(stage, season) for stage in ("lineup", "open") for season in sorted(seasons)[1:]]


def test_a_decision_at_the_very_cutoff_may_use_the_model(played):
    """Archives open at noon Eastern, which is the cutoff: an off-by-one gives a day last month's model."""
    with played.connect() as connection:
        made = decisions(connection)
    at_cutoff = made[pd.to_datetime(made["as_of"], utc=True) == MAY_CUTOFF]
    assert len(at_cutoff) > 5
    assert set(at_cutoff["version"]) == {"2024-05"}


def test_a_month_trained_on_the_same_data_is_kept(played):
    """A re-run that trained again would fill the registry with equal models and move the version for nothing."""
    with played.connect() as connection:
        report = train(connection, MAY)
        assert report.trained == {}
        assert list(report.kept) == ["2024-05-01"]
        assert one(connection, "SELECT count(*) FROM curated.game_models") == (2,)


def test_a_month_logs_the_scores_that_it_waited_for(played):
    """A backfill scores a season beside the next one's training: scores read too early are missing from MLflow."""
    with played.connect() as connection:
        connection.execute("DELETE FROM curated.game_models")

        def score_season_before():
            connection.execute(
                "INSERT INTO curated.market_comparison (model_name, model_version, prediction_type, forecaster, "
                "reference, score, evaluation_period_start, evaluation_period_end, games, forecaster_score, "
                "reference_score, difference) VALUES (%s, 'walk-forward', 'home_ml', 'memory', 'close', 'log_loss', "
                "'2023-01-01', '2024-01-01', 9, .7, .6, .1) ON CONFLICT DO NOTHING",
                (GAME_MODEL.name_of(LINEUP),),
            )

        train(connection, date(2024, 4, 1), MAY, wait_for_scores=score_season_before)
        logged = rows_of(
            connection,
            "SELECT g.model_version, m.value FROM curated.game_models g JOIN mlflow.latest_metrics m "
            "ON m.run_uuid = g.mlflow_run_id AND m.key = '2023/memory-close/log_loss' ORDER BY 1",
        )
    assert logged == [("2024-04", 0.1), ("2024-05", 0.1)]


def test_a_month_retrained_on_corrected_data_is_used_from_then_on(played):
    """Facts are corrected; the better informed model must predict, and the old row stays as the record."""
    with played.connect() as connection:
        (game,) = one(connection, "SELECT min(id) FROM curated.enhanced_games WHERE season = 2023")
        connection.execute("UPDATE curated.enhanced_games SET home_score = home_score + 20 WHERE id = %s", (game,))
        report = train(connection, MAY)
        assert list(report.trained) == ["2024-05-01"]
        assert report.trained["2024-05-01"].startswith("2024-05.2, MLflow run ")
        before = one(connection, "SELECT count(*), max(id) FROM curated.ml_predictions")
        predict_days(connection, DayRange(LAST, LAST))
        fresh = rows_of(
            connection, "SELECT DISTINCT model_version FROM curated.ml_predictions WHERE id > %s", before[1]
        )
        assert fresh == [("2024-05.2",)]
        kept = rows_of(
            connection,
            "SELECT count(*) FROM curated.ml_predictions p JOIN curated.enhanced_games g ON g.id = p.game_id "
            "WHERE g.game_date = %s GROUP BY model_version",
            LAST,
        )
        assert len(kept) == 2
        assert kept[0] == kept[1]


@pytest.mark.parametrize("month", ["2023-04-01", "2023-05-01"])
def test_a_month_with_less_than_one_prior_season_gives_no_model_and_says_why(prepared, month):
    """2009 only warms up; a failed run instead would stop the whole replay, a model would know half a season."""
    result = run_job("train", month, month)
    assert result.success
    (event,) = result.get_asset_materialization_events()
    metadata = event.step_materialization_data.materialization.metadata
    assert metadata["models"].value == 0
    assert metadata["months without a model"].value == 1
    (record,) = (
        metadata["months"].value.records if hasattr(metadata["months"].value, "records") else metadata["months"].records
    )
    assert "none of a prior season" in record.data["outcome"]
    with prepared.connect() as connection:
        assert one(connection, "SELECT count(*) FROM curated.game_models") == (0,)


def test_decisions_before_the_first_model_are_counted_not_invented(played):
    """A model of the same month would be no replay; silence would hide that a season has no predictions."""
    with played.connect() as connection:
        report = predict_days(connection, DayRange(date(2023, 5, 1), date(2023, 5, 3)))
    assert report["predictions"] == 0
    assert report["decisions before the first model"] > 20
