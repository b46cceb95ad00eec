"""One month's model in MLflow: its runs, what is logged of it, its registered version, and reading it back.

Belongs here: the month run in the experiment of home_ml with one run per other target below it, the logged artifact.
Not here: training (modeling/), which month may use which model (warehouse/game_models.py).
"""

import hashlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse
from urllib.request import url2pathname

import pandas as pd

from mlb_ml_assets.domain.markets import TARGETS
from mlb_ml_assets.features.decision_prices import MARKET_COLUMNS
from mlb_ml_assets.features.declarations import FEATURE_COLUMNS
from mlb_ml_assets.modeling.game_model import GameModel, UnreadableModel
from mlb_ml_assets.registry.aliases import CHALLENGER, REGISTERED_MODEL, set_alias, version_of
from mlb_ml_assets.registry.experiments import DAGSTER_RUN_TAG

if TYPE_CHECKING:
    import mlflow

# What a process needs to load the model; without explicit pins MLflow infers them for 5-7 s a model.
_REQUIREMENTS = ("mlb-ml-assets", "numpy", "pandas", "scipy", "scikit-learn")
# Of the input example and the signature.
EXAMPLE_ROWS = 3


class ModelChanged(UnreadableModel):
    """A file of a model is not the one that was logged: the artifact store was written by another program."""


@dataclass(frozen=True)
class MonthRecord:
    """What is logged of one trained month with its model."""

    model_version: str
    cutoff: str
    params: Mapping[str, Any]
    tags: Mapping[str, str]


@dataclass(frozen=True)
class LoggedModel:
    """Where MLflow stored the model of a month."""

    model_id: str
    run_id: str
    target_runs: Mapping[str, str]
    model_uri: str
    artifact_uri: str
    registered_version: int
    file_digests: Mapping[str, str]


def log_month(
    model: GameModel,
    record: MonthRecord,
    example: pd.DataFrame,
    experiment_ids: Mapping[str, str],
    session_run_id: str,
    dagster_run_id: str,
) -> LoggedModel:
    """Log a month below the session run that is active, register its model and point `challenger` at the newest month.

    An exception ends the open runs as FAILED; no path leaves one RUNNING.

    Args:
        model: the fitted model of the month.
        record: parameters and tags.
        example: feature rows that become the input example and the signature.
        experiment_ids: by target, from `ensure_experiments`.
        session_run_id: the MLflow run of the Dagster run.
        dagster_run_id: goes on every run as a tag.
    """
    import mlflow

    tags = {**record.tags, DAGSTER_RUN_TAG: dagster_run_id, "model_version": record.model_version}
    home, *others = TARGETS
    with mlflow.start_run(
        experiment_id=experiment_ids[home],
        run_name=record.model_version,
        nested=True,
        parent_run_id=session_run_id,
        tags={**tags, "prediction_target": home},
    ) as run:
        mlflow.log_params({"cutoff": record.cutoff, **record.params})
        target_runs = {home: run.info.run_id}
        with tempfile.TemporaryDirectory(prefix="mlb-ml-model-") as folder:
            logged = _log_model(model, example, Path(folder))
            registered_version = _register(logged, run.info.run_id, record)
        for target in others:
            with mlflow.start_run(
                experiment_id=experiment_ids[target],
                run_name=record.model_version,
                nested=True,
                tags={**tags, "prediction_target": target},
            ) as target_run:
                mlflow.log_params({"cutoff": record.cutoff, **record.params})
                target_runs[target] = target_run.info.run_id
        _challenge(registered_version, record.model_version)
        artifact_uri = mlflow.MlflowClient().get_logged_model(logged.model_id).artifact_location
        return LoggedModel(
            model_id=logged.model_id,
            run_id=run.info.run_id,
            target_runs=target_runs,
            model_uri=logged.model_uri,
            artifact_uri=artifact_uri,
            registered_version=registered_version,
            file_digests=digest_files(_stored_folder(logged.model_uri, artifact_uri)),
        )


def log_past(logged: LoggedModel, metrics: Mapping[str, Mapping[str, float]], pictures: Mapping[str, bytes]) -> None:
    """Log what the series had done before a month on the month's runs, which may have ended.

    Args:
        logged: of `log_month`.
        metrics: by target.
        pictures: PNG by file name.
    """
    import mlflow

    home = TARGETS[0]
    for target, run_id in logged.target_runs.items():
        model_id = logged.model_id if target == home else None
        mlflow.log_metrics(dict(metrics.get(target, {})), run_id=run_id, model_id=model_id)
    with tempfile.TemporaryDirectory(prefix="mlb-ml-pictures-") as folder:
        for name, png in pictures.items():
            picture = Path(folder, name)
            picture.write_bytes(png)
            mlflow.log_artifact(str(picture), artifact_path="pictures", run_id=logged.run_id)


def _challenge(registered_version: int, model_version: str) -> None:
    """Point `challenger` at this version, unless a later month holds it: parallel months finish in any order."""
    held = version_of(CHALLENGER)
    if held is None or held.model_version[:7] <= model_version[:7]:
        set_alias(CHALLENGER, registered_version)


def _register(logged: Any, run_id: str, record: MonthRecord) -> int:
    """A version of the registered model, through the client: the fluent call also prints to standard error."""
    import mlflow
    from mlflow.exceptions import MlflowException

    client = mlflow.MlflowClient()
    try:
        client.create_registered_model(REGISTERED_MODEL, description="Moneyline, total, run line: one joint model.")
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    created = client.create_model_version(
        REGISTERED_MODEL,
        source=logged.model_uri,
        run_id=run_id,
        model_id=logged.model_id,
        tags={"model_version": record.model_version, "cutoff": record.cutoff},
    )
    return int(created.version)


def _log_model(model: GameModel, example: pd.DataFrame, folder: Path) -> Any:
    from mlflow.models import Model, infer_signature
    from mlflow.models.signature import ModelSignature

    data = folder / "game_model"
    model.save(data)
    rows = input_example(example)
    predicted = model.predict(rows).drop(columns="game_id")
    # What mlflow.pyfunc.log_model does, which cannot be kept from loading the model again and predicting the example.
    return Model.log(
        artifact_path=None,
        name="game_model",
        flavor=_PyfuncWithoutServing,
        flavor_name="pyfunc",
        validate_serving_input=False,
        loader_module="mlb_ml_assets.registry.pyfunc",
        data_path=str(data),
        pip_requirements=[f"{package}=={version(package)}" for package in _REQUIREMENTS],
        signature=ModelSignature(inputs=_input_schema(rows), outputs=infer_signature(predicted).inputs),
        input_example=rows,
    )


class _PyfuncWithoutServing:
    """MLflow's pyfunc flavor, whose `save_model` refuses the argument that `Model.log` also passes on to it."""

    @staticmethod
    def save_model(*, validate_serving_input: bool, **given: Any) -> None:
        """Save as pyfunc does."""
        import mlflow

        assert not validate_serving_input
        mlflow.pyfunc.save_model(**given)


def input_example(frame: pd.DataFrame) -> pd.DataFrame:
    """A few rows of what a model reads: keys, features and the market at the decision, without outcomes and stamps."""
    names = ["game_id", "stage", *(name for name in (*FEATURE_COLUMNS, *MARKET_COLUMNS) if name in frame)]
    rows = frame[names].head(EXAMPLE_ROWS).reset_index(drop=True)
    numbers = rows.select_dtypes("number")
    # All at once: column by column it takes four times as long.
    return pd.concat([numbers.astype("float64"), rows.drop(columns=numbers.columns)], axis=1)[names]


def _input_schema(rows: pd.DataFrame) -> "mlflow.types.Schema":
    """Every feature is optional: one stage has fewer than the other, and unknown is not zero."""
    from mlflow.types import ColSpec, Schema

    kinds = {"stage": "string"}
    optional = ("market_hours_to_start", "market_price_stage")
    columns = [ColSpec(kinds.get(name, "double"), name, required=name in {"stage", "season"}) for name in rows]
    columns += [ColSpec("double" if name == optional[0] else "string", name, required=False) for name in optional]
    return Schema(columns)


def local_folder(artifact_uri: str | None) -> Path | None:
    """The folder of this machine that an artifact location names, or None for a location elsewhere."""
    location = urlparse(artifact_uri or "")
    folder = Path(url2pathname(location.path))
    return folder if location.scheme == "file" and folder.is_dir() else None


def _stored_folder(model_uri: str, artifact_uri: str | None) -> Path:
    """The artifacts of a model: their folder on this machine, read without MLflow, else a downloaded copy."""
    folder = local_folder(artifact_uri)
    if folder is not None:
        return folder
    import mlflow

    return Path(mlflow.artifacts.download_artifacts(model_uri))


def digest_files(folder: Path) -> dict[str, str]:
    """SHA-256 (hex) of every file below a folder, by its path with forward slashes."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def load_game_model(model_uri: str, artifact_uri: str | None, file_digests: Mapping[str, str] | None) -> GameModel:
    """The model behind a URI that our own registry gave, if its files are those that were logged.

    Args:
        model_uri: its name in MLflow, whose tracking store must be set unless the artifacts are on this machine.
        artifact_uri: its location; a folder of this machine is read without MLflow, whose import takes 4 s.
        file_digests: of curated.game_models; None for a model trained before they were kept, which is not checked.

    Raises:
        ModelChanged: a file is not the one that was logged.
        UnreadableModel: MLflow lists the model, but its artifacts are missing or of another format.
    """
    return _load(model_uri, artifact_uri, None if file_digests is None else tuple(sorted(file_digests.items())))


@lru_cache(maxsize=32)
def _load(model_uri: str, artifact_uri: str | None, digests: tuple[tuple[str, str], ...] | None) -> GameModel:
    folder = _stored_folder(model_uri, artifact_uri)
    if digests is not None:
        _require_unchanged(model_uri, dict(digests), digest_files(folder))
    found = list(folder.rglob("model.json"))
    if len(found) != 1:
        raise UnreadableModel(f"MLflow lists {model_uri}, but {artifact_uri} holds no model: restore its artifacts")
    return GameModel.load(found[0].parent)


def _require_unchanged(model_uri: str, logged: Mapping[str, str], stored: Mapping[str, str]) -> None:
    # MLflow adds a file that names the registered version to what it downloads; no file beside the logged ones is read.
    changed = sorted(name for name, digest in logged.items() if stored.get(name) != digest)
    if changed:
        raise ModelChanged(
            f"{model_uri}: {', '.join(changed)} is missing or not the file that was logged. The model is not used: "
            "restore its artifacts from a backup, or train the month again"
        )
