"""One month's model in MLflow: its runs, what is logged of it, its registered version, and reading it back.

Belongs here: the month run in the experiment of home_ml with one run per other target below it, the logged artifact.
Not here: training (modeling/), which month may use which model (warehouse/game_models.py).
"""

import hashlib
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
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
    from mlflow import MlflowClient
    from mlflow.entities import LoggedModel as LoggedModelEntity

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
    """Log a month below its session's run, register its model and point `challenger` at the newest month.

    An exception ends the open runs as FAILED; no path leaves one RUNNING.

    Args:
        model: the fitted model of the month.
        record: parameters and tags.
        example: feature rows that become the input example and the signature.
        experiment_ids: by target, from `ensure_experiments`.
        session_run_id: the MLflow run of the Dagster run.
        dagster_run_id: goes on every run as a tag.
    """
    from mlflow import MlflowClient
    from mlflow.tracking.context.registry import resolve_tags

    # The client, not `mlflow.start_run`: that resolves the context anew and reads all parameters back at each step.
    client, context = MlflowClient(), resolve_tags()
    tags = {**context, **record.tags, DAGSTER_RUN_TAG: dagster_run_id, "model_version": record.model_version}
    params = {name: str(value) for name, value in {"cutoff": record.cutoff, **record.params}.items()}
    home, *others = TARGETS
    target_runs: dict[str, str] = {}

    def open_run(target: str, parent: str) -> AbstractContextManager[str]:
        return _open_run(client, experiment_ids[target], {**tags, "prediction_target": target}, parent, params)

    with open_run(home, session_run_id) as run_id, tempfile.TemporaryDirectory(prefix="mlb-ml-model-") as folder:
        target_runs[home] = run_id
        logged = _log_model(client, model, example, experiment_ids[home], run_id, context, params, Path(folder))
        registered_version = _register(client, logged, record)
        for target in others:
            with open_run(target, run_id) as target_runs[target]:
                pass
        _challenge(registered_version, record.model_version)
        return LoggedModel(
            model_id=logged.model_id,
            run_id=run_id,
            target_runs=target_runs,
            model_uri=logged.model_uri,
            artifact_uri=logged.artifact_location,
            registered_version=registered_version,
            file_digests=digest_files(_stored_folder(logged.model_uri, logged.artifact_location)),
        )


def log_past(logged: LoggedModel, metrics: Mapping[str, Mapping[str, float]], pictures: Mapping[str, bytes]) -> None:
    """Log what the series had done before a month on the month's runs, which may have ended.

    Args:
        logged: of `log_month`.
        metrics: by target.
        pictures: PNG by file name.
    """
    from mlflow import MlflowClient
    from mlflow.entities import Metric

    client, home, now = MlflowClient(), TARGETS[0], int(time.time() * 1000)
    for target, run_id in logged.target_runs.items():
        model_id = logged.model_id if target == home else None
        named = metrics.get(target, {}).items()
        client.log_batch(
            run_id,
            metrics=[Metric(name, value, now, step=0, model_id=model_id, run_id=run_id) for name, value in named],
        )
    with tempfile.TemporaryDirectory(prefix="mlb-ml-pictures-") as folder:
        for name, png in pictures.items():
            picture = Path(folder, name)
            picture.write_bytes(png)
            client.log_artifact(logged.run_id, str(picture), artifact_path="pictures")


@contextmanager
def _open_run(
    client: "MlflowClient", experiment_id: str, tags: Mapping[str, str], parent: str, params: Mapping[str, str]
) -> Iterator[str]:
    """The id of a run with its parameters; after the block it is FINISHED, after an exception FAILED."""
    from mlflow.entities import Param
    from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

    run_tags = {**tags, MLFLOW_PARENT_RUN_ID: parent}
    run_id = client.create_run(experiment_id, tags=run_tags, run_name=tags["model_version"]).info.run_id
    try:
        client.log_batch(run_id, params=[Param(name, value) for name, value in params.items()])
        yield run_id
    except BaseException:
        client.set_terminated(run_id, "FAILED")
        raise
    client.set_terminated(run_id)


def _challenge(registered_version: int, model_version: str) -> None:
    """Point `challenger` at this version, unless a later month holds it: parallel months finish in any order."""
    held = version_of(CHALLENGER)
    if held is None or held.model_version[:7] <= model_version[:7]:
        set_alias(CHALLENGER, registered_version)


def _register(client: "MlflowClient", logged: "LoggedModelEntity", record: MonthRecord) -> int:
    """A version of the registered model, which the first month creates."""
    from mlflow.exceptions import MlflowException

    def create() -> int:
        created = client.create_model_version(
            REGISTERED_MODEL,
            source=logged.model_uri,
            run_id=logged.source_run_id,
            model_id=logged.model_id,
            tags={"model_version": record.model_version, "cutoff": record.cutoff},
        )
        return int(created.version)

    try:
        return create()
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
    client.create_registered_model(REGISTERED_MODEL, description="Moneyline, total, run line: one joint model.")
    return create()


def _log_model(
    client: "MlflowClient",
    model: GameModel,
    example: pd.DataFrame,
    experiment_id: str,
    run_id: str,
    tags: Mapping[str, str],
    params: Mapping[str, str],
    folder: Path,
) -> "LoggedModelEntity":
    """What mlflow.pyfunc.log_model does, which also loads the model again, and reads its run twice."""
    from mlflow import pyfunc
    from mlflow.entities import LoggedModelOutput
    from mlflow.models import Model, ModelSignature, infer_signature

    data, saved = folder / "game_model", folder / "model"
    model.save(data)
    rows = input_example(example)
    predicted = model.predict(rows).drop(columns="game_id")
    logged = client.create_logged_model(
        experiment_id, name="game_model", source_run_id=run_id, tags=dict(tags), params=dict(params)
    )
    try:
        client.log_outputs(run_id, [LoggedModelOutput(logged.model_id, step=0)])
        pyfunc.save_model(
            str(saved),
            loader_module="mlb_ml_assets.registry.pyfunc",
            data_path=str(data),
            mlflow_model=Model(
                artifact_path=logged.artifact_location,
                run_id=run_id,
                model_uuid=logged.model_id,
                model_id=logged.model_id,
            ),
            # A list of its own: MLflow adds itself to it.
            pip_requirements=list(_pinned_requirements()),
            signature=ModelSignature(inputs=_input_schema(rows), outputs=infer_signature(predicted).inputs),
            input_example=rows,
        )
        client.log_model_artifacts(logged.model_id, str(saved))
    except BaseException:
        client.finalize_logged_model(logged.model_id, "FAILED")
        raise
    client.finalize_logged_model(logged.model_id, "READY")
    return logged


@lru_cache(maxsize=1)
def _pinned_requirements() -> tuple[str, ...]:
    # Once a process: their versions are read from files, 6 ms.
    return tuple(f"{package}=={version(package)}" for package in _REQUIREMENTS)


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
