"""The registered model, as anyone with MLflow gets it.

Belongs here: loading in another process, the schema that MLflow enforces, what lies in the artifact folder.
Not here: the runs around it (test_sessions.py), how good it is (modeling/).
"""

import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path
from urllib.parse import urlparse

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.features import build_vectors
from mlb_ml_assets.flows.predictions import predict_days
from mlb_ml_assets.registry.aliases import CHALLENGER, REGISTERED_MODEL
from mlb_ml_assets.registry.game_model_runs import ModelChanged, _load, input_example, load_game_model
from mlb_ml_assets.registry.tracking import use_tracking_store
from mlb_ml_assets.serving.model_registry import ModelRegistry
from mlb_ml_assets.serving.problems import Problem
from mlb_ml_assets.warehouse.decision_inputs import read_inputs
from mlb_ml_assets.warehouse.game_models import read_model
from mlb_ml_assets_tests.chain import LAST, one
from mlb_ml_assets_tests.flows.tables import forget

ELSEWHERE = """
import sys
import mlflow, pandas as pd
mlflow.set_tracking_uri(sys.argv[1])
model = mlflow.pyfunc.load_model(sys.argv[2])
model.predict(pd.read_pickle(sys.argv[3])).to_pickle(sys.argv[4])
"""


@pytest.fixture
def day(played):
    """Both stages of the last day, as features and prices are stored, and its model here."""
    with played.connect() as connection:
        frame = read_inputs(connection, LAST, LAST)
        uri, artifacts = one(
            connection, "SELECT model_uri, artifact_uri FROM curated.game_models WHERE model_version = '2024-05'"
        )
    use_tracking_store()
    return frame, load_game_model(uri, artifacts, None), uri, Path(urlparse(artifacts).path)


def test_another_process_loads_it_with_plain_mlflow_and_predicts_the_same(day, played, tmp_path):
    """A model that needs our wrapper to load is no registered model; a lossy signature would move probabilities."""
    frame, model, _, _ = day
    example = input_example(frame)
    columns = [*example.columns, "market_hours_to_start"]
    inputs = frame[columns].astype({name: "float64" for name in columns if name != "stage"})
    inputs.to_pickle(tmp_path / "inputs.pickle")
    named = f"models:/{REGISTERED_MODEL}@{CHALLENGER}"
    store = played.settings.mlflow_tracking_uri
    done = subprocess.run(
        [sys.executable, "-c", ELSEWHERE, store, named, tmp_path / "inputs.pickle", tmp_path / "predicted.pickle"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    there, here = pd.read_pickle(tmp_path / "predicted.pickle"), model.predict(inputs)
    assert len(there) == len(frame) > 10
    assert list(there.columns) == list(here.columns)
    numbers = here.select_dtypes("number").columns
    np.testing.assert_array_equal(there[numbers].to_numpy(float), here[numbers].to_numpy(float))
    assert here["anchored_home_ml"].notna().all()


def test_columns_that_a_caller_does_not_have_are_unknown_not_an_error(day):
    """A stage's missing feature is absent: a schema that requires every column would refuse the open stage."""
    import mlflow

    frame, model, uri, _ = day
    loaded = mlflow.pyfunc.load_model(uri)
    bare = input_example(frame)[["game_id", "stage", "season", "market_home_logit"]]
    predicted = loaded.predict(bare)
    expected = model.predict(input_example(frame).where(lambda known: known.isna()).assign(**bare))
    np.testing.assert_array_equal(predicted["anchored_home_ml"], expected["anchored_home_ml"])
    assert predicted["anchored_home_ml"].between(0, 1).all()
    with pytest.raises(mlflow.exceptions.MlflowException, match="stage"):
        loaded.predict(bare.drop(columns="stage"))


def test_nothing_in_the_artifact_folder_can_be_executed(day):
    """Loading a pickle runs whatever it holds; arrays and JSON run nothing."""
    _, _, _, folder = day
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert {"MLmodel", "model.json", "arrays.npz"} <= {path.name for path in files}
    for path in files:
        assert path.suffix not in {".pkl", ".pickle", ".joblib", ".py"}, path
        assert path.read_bytes()[:2] not in {b"\x80\x04", b"\x80\x05"}, path
    (arrays,) = folder.rglob("arrays.npz")
    with np.load(arrays, allow_pickle=False) as held:
        assert all(held[name].dtype != object for name in held.files)


def test_a_months_run_says_what_it_was_trained_on(day, played):
    """Without cutoff, data and code version a model cannot be distinguished from another of its month."""
    from mlflow import MlflowClient

    with played.connect() as connection:
        run_id, data_hash = one(
            connection,
            "SELECT mlflow_run_id, training_data_hash FROM curated.game_models WHERE model_version = '2024-05'",
        )
    run = MlflowClient().get_run(run_id)
    assert run.data.params["cutoff"] == "2024-04-29T16:00:00+00:00"
    assert run.data.params["training_from"] == "2023-04-01"
    assert run.data.params["training_to"] == "2024-04-28"
    assert run.data.tags["data_version"] == data_hash[:16]
    assert int(run.data.params["training_games"]) > 1200


@pytest.mark.parametrize("file", ["data/game_model/arrays.npz", "data/game_model/model.json", "MLmodel"])
def test_a_changed_file_is_refused_by_pipeline_and_api(played, file):
    """A replaced arrays.npz loaded without complaint and moved a home-win probability by .079."""
    with played.connect() as connection:
        row = read_model(connection, "2024-05")
    assert set(row.file_digests) >= {"MLmodel", "data/game_model/arrays.npz", "data/game_model/model.json"}
    load_game_model(row.model_uri, row.artifact_uri, row.file_digests)
    # The chain's artifacts are shared: the change is to a copy.
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(shutil.copytree(Path(urlparse(row.artifact_uri).path), Path(folder, "artifacts")))
        load_game_model(row.model_uri, copy.as_uri(), row.file_digests)
        _load.cache_clear()
        with (copy / file).open("ab") as changed:
            changed.write(b"\n")
        with pytest.raises(ModelChanged, match=f"{Path(file).name} is missing or not the file"):
            load_game_model(row.model_uri, copy.as_uri(), row.file_digests)
        moved = replace(row, artifact_uri=copy.as_uri())
        with pytest.raises(Problem) as refused:
            ModelRegistry().load(moved)
        assert refused.value.status == 503
        with played.connect() as connection:
            connection.execute("UPDATE curated.game_models SET artifact_uri = %s", (copy.as_uri(),))
            forget(connection, date(2024, 5, 8), date(2024, 5, 8))
            build_vectors(connection, DayRange(date(2024, 5, 8), date(2024, 5, 8)))
            with pytest.raises(ModelChanged):
                predict_days(connection, DayRange(date(2024, 5, 8), date(2024, 5, 8)))


def test_a_model_without_digests_is_still_used(played):
    """Models trained before digests were kept must go on predicting after the upgrade."""
    with played.connect() as connection:
        row = read_model(connection, "2024-05")
    assert load_game_model(row.model_uri, row.artifact_uri, None).stages
