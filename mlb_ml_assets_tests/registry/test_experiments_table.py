"""curated.ml_experiments and MLflow, kept up to date with each other.

Belongs here: both directions, and what happens to experiments that people delete or rename.
Not here: runs of a training (test_sessions.py).
"""

import dagster as dg
import pytest

from mlb_ml_assets.definitions import build_definitions
from mlb_ml_assets.registry.experiments import EXPERIMENT_NAMES
from mlb_ml_assets_tests.chain import one, rows_of


@pytest.fixture
def client(played):
    from mlflow import MlflowClient

    from mlb_ml_assets.registry.tracking import use_tracking_store

    use_tracking_store()
    return MlflowClient()


def sync():
    """The asset's metadata by name."""
    result = build_definitions().resolve_job_def("experiments").execute_in_process(
        instance=dg.DagsterInstance.ephemeral(),
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )  # fmt: skip
    (event,) = [
        event
        for event in result.get_asset_materialization_events()
        if event.asset_key == dg.AssetKey(["curated", "ml_experiments"])
    ]
    return {name: value.value for name, value in event.step_materialization_data.materialization.metadata.items()}


def test_each_target_has_a_row_and_each_month_its_performance(played, client):
    """People rank models in MLflow's page: without our scores there it ranks by nothing."""
    report = sync()
    assert report["experiments"] == 3
    assert report["metrics logged to MLflow"] > 10
    with played.connect() as connection:
        rows = dict(rows_of(connection, "SELECT prediction_target, total_runs FROM curated.ml_experiments"))
        assert rows == dict.fromkeys(EXPERIMENT_NAMES, 2)
        for target in EXPERIMENT_NAMES:
            (run_id,) = one(
                connection, "SELECT target_runs ->> %s FROM curated.game_models WHERE model_version = '2024-05'", target
            )
            (log_loss,) = one(
                connection,
                "SELECT log_loss FROM curated.ml_model_performance WHERE model_name = 'mlb_game_model_lineup' "
                "AND model_version = '2024-05' AND prediction_type = %s AND evaluation_period_start = '2024-05-01'",
                target,
            )
            if log_loss is not None:
                assert client.get_run(run_id).data.metrics["log_loss"] == pytest.approx(float(log_loss))


def test_told_again_nothing_changes(played, client):
    """A metric logged at every sync grows a history of equal values."""
    sync()
    with played.connect() as connection:
        before = rows_of(connection, "SELECT to_jsonb(e)::text FROM curated.ml_experiments e ORDER BY 1")
        report = sync()
        assert report["rows changed"] == 0
        assert report["metrics logged to MLflow"] == 0
        assert rows_of(connection, "SELECT to_jsonb(e)::text FROM curated.ml_experiments e ORDER BY 1") == before


@pytest.mark.parametrize("change", ["deleted", "renamed"])
def test_an_experiment_that_people_deleted_or_renamed_stops_nothing(played, client, change):
    """Somebody tidies MLflow's page, and the nightly sync must not fail or lose the row of the past."""
    sync()
    experiment = client.get_experiment_by_name(EXPERIMENT_NAMES["total_over"])
    if change == "deleted":
        client.delete_experiment(experiment.experiment_id)
    else:
        client.rename_experiment(experiment.experiment_id, "totals, old")
    sync()
    sync()
    with played.connect() as connection:
        kept = rows_of(
            connection, "SELECT mlflow_experiment_id FROM curated.ml_experiments WHERE prediction_target = 'total_over'"
        )
    assert (experiment.experiment_id,) in kept
