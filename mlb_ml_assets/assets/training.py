"""One month's training, from stored features to a registered model.

Belongs here: the cutoff of a month, whether it needs training at all, fitting, logging, recording.
Does not: estimators (modeling/), MLflow calls (registry/), the Dagster asset (assets/model.py).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import psycopg

from mlb_ml_assets.modeling.config import ModelConfig
from mlb_ml_assets.modeling.game_model import GameModel
from mlb_ml_assets.modeling.linear import NotEnoughGames
from mlb_ml_assets.modeling.walk_forward import cutoff_of
from mlb_ml_assets.registry.experiments import TARGETS
from mlb_ml_assets.registry.game_model_runs import MonthRecord, log_month
from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
from mlb_ml_assets.warehouse.feature_store import read_training
from mlb_ml_assets.warehouse.game_models import GameModelRow, models_of_month, record_game_model
from mlb_ml_assets.warehouse.performance import walk_forward_scores


@dataclass
class TrainingReport:
    """What became of each month: the version trained, the one kept, or why there is none."""

    trained: dict[str, str] = field(default_factory=dict)
    kept: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    games: dict[str, int] = field(default_factory=dict)
    importance: dict[str, float] = field(default_factory=dict)

    def metadata(self) -> dict[str, Any]:
        """For the asset's page."""
        rows = [
            dg.TableRecord({"month": month, "outcome": outcome, "games": self.games.get(month, 0)})
            for month, outcome in sorted({**self.trained, **self.kept, **self.refused}.items())
        ]
        return {
            "models": len(self.trained) + len(self.kept),
            "trained": len(self.trained),
            "unchanged": len(self.kept),
            "months without a model": len(self.refused),
            "months": dg.MetadataValue.table(rows[-20:]) if rows else "none",
        }

    def data_version(self) -> dg.DataVersion:
        """Changes exactly when a month's model did."""
        text = repr(sorted({**self.trained, **self.kept}.items()))
        return dg.DataVersion(hashlib.sha256(text.encode()).hexdigest()[:16])


def train_months(
    connection: psycopg.Connection[Any],
    months: Sequence[date],
    experiment_ids: Mapping[str, str],
    session_run_id: str,
    dagster_run_id: str,
    config: ModelConfig | None = None,
) -> TrainingReport:
    """Train the model of each month that has games and enough history; a month trained on the same data is kept."""
    config = config or ModelConfig()
    report = TrainingReport()
    version = current_feature_version(connection)
    frame = read_training(connection, _cutoff(max(months)), feature_version=version)
    for month in months:
        known = frame[frame["result_known_at"] <= _cutoff(month)].reset_index(drop=True)
        runs = (session_run_id, dagster_run_id)
        _train_month(connection, month, known, version, config, experiment_ids, runs, report)
    return report


def _train_month(
    connection: psycopg.Connection[Any],
    month: date,
    known: pd.DataFrame,
    feature_version: str,
    config: ModelConfig,
    experiment_ids: Mapping[str, str],
    runs: tuple[str, str],
    report: TrainingReport,
) -> None:
    key = month.isoformat()
    cutoff = _cutoff(month)
    report.games[key] = known["game_id"].nunique()
    if known["season"].nunique() == 0 or known["season"].min() >= month.year:
        report.refused[key] = f"no model: {report.games[key]} games known, less than one prior season"
        return
    data_hash = _hash_frame(known)
    config_hash = hashlib.sha256(repr(sorted(config.flat().items())).encode()).hexdigest()
    versions = models_of_month(connection, month)
    if versions and (versions[-1].training_data_hash, versions[-1].config_hash) == (data_hash, config_hash):
        report.kept[key] = f"{versions[-1].model_version}, trained on the same data"
        return
    version = f"{month:%Y-%m}" if not versions else f"{month:%Y-%m}.{len(versions) + 1}"
    try:
        model = GameModel(config).fit(known)
    except NotEnoughGames as reason:
        report.refused[key] = f"no model: {reason}"
        return
    scores = walk_forward_scores(connection, month)
    record = MonthRecord(
        model_version=version,
        cutoff=cutoff.isoformat(),
        params={
            **config.flat(),
            "feature_version": feature_version,
            "training_games": report.games[key],
            "training_from": str(known["game_date"].min().date()),
            "training_to": str(known["game_date"].max().date()),
        },
        metrics={target: scores.get(target, {}) for target in TARGETS},
        pictures={},
        tags={"data_version": data_hash[:16], "feature_version": feature_version, "month": f"{month:%Y-%m}"},
    )
    logged = log_month(model, record, known.tail(3), experiment_ids, *runs)
    with connection.transaction():
        record_game_model(
            connection,
            GameModelRow(
                model_version=version,
                month=month,
                cutoff=cutoff,
                mlflow_experiment_id=experiment_ids[TARGETS[0]],
                mlflow_run_id=logged.run_id,
                target_runs=logged.target_runs,
                registered_version=logged.registered_version,
                model_uri=logged.model_uri,
                feature_version=feature_version,
                training_games=report.games[key],
                training_data_hash=data_hash,
                config_hash=config_hash,
                artifact_uri=logged.artifact_uri,
            ),
        )
    report.trained[key] = f"{version}, MLflow run {logged.run_id}"


def _cutoff(month: date) -> datetime:
    return cutoff_of(pd.Timestamp(month)).to_pydatetime()


def _hash_frame(frame: pd.DataFrame) -> str:
    """SHA-256 over every value, in the frame's order of columns and rows."""
    digest = hashlib.sha256("\n".join(frame.columns).encode())
    digest.update(np.ascontiguousarray(pd.util.hash_pandas_object(frame, index=False).to_numpy()).tobytes())
    return digest.hexdigest()
