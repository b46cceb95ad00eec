"""One month's training, from stored features to a registered model.

Belongs here: the cutoff of a month, whether it needs training at all, fitting, logging, recording.
Not here: estimators (modeling/), MLflow calls (registry/), the Dagster asset (assets/model.py).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

import dagster as dg
import numpy as np
import pandas as pd
import psycopg
from numpy.typing import NDArray

from mlb_ml_assets.domain.markets import TARGETS
from mlb_ml_assets.flows.pictures import pictures_of_month
from mlb_ml_assets.modeling.config import ModelConfig
from mlb_ml_assets.modeling.game_model import FORMAT, columns_of_stages
from mlb_ml_assets.modeling.walk_forward import Trainer, cutoff_of
from mlb_ml_assets.registry.game_model_runs import MonthRecord, log_month
from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
from mlb_ml_assets.warehouse.feature_store import read_training
from mlb_ml_assets.warehouse.game_models import GameModelRow, models_of_month, record_game_model
from mlb_ml_assets.warehouse.locks import Lock, hold_lock
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
    known = _Known(connection, max(months), config or ModelConfig())
    report = TrainingReport()
    # In order of time: each month's fit starts from the one before.
    for month in sorted(months):
        _train_month(connection, month, known, experiment_ids, (session_run_id, dagster_run_id), report)
    return report


class _Known:
    """What the last of several months knows, read, hashed and folded once for all of them."""

    def __init__(self, connection: psycopg.Connection[Any], last_month: date, config: ModelConfig) -> None:
        self.config, self.last_month = config, last_month
        self.feature_version = current_feature_version(connection)
        self.frame = read_training(connection, _cutoff(last_month), feature_version=self.feature_version)
        self._columns = "\n".join(self.frame.columns).encode()
        # A row's hash depends on that row alone, so that a month's is over those it knows.
        self._rows = pd.util.hash_pandas_object(self.frame, index=False).to_numpy()
        recipe = [FORMAT, columns_of_stages(), sorted(config.flat().items())]
        self.config_hash = hashlib.sha256(repr(recipe).encode()).hexdigest()

    def at(self, cutoff: datetime) -> pd.DataFrame:
        """The rows whose results were known."""
        return self.frame[self._mask(cutoff)]

    def data_hash(self, cutoff: datetime) -> str:
        """SHA-256 over every value known, in the frame's order of columns and rows."""
        digest = hashlib.sha256(self._columns)
        digest.update(np.ascontiguousarray(self._rows[self._mask(cutoff)]).tobytes())
        return digest.hexdigest()

    @cached_property
    def trainer(self) -> Trainer:
        """Made only if a month needs training."""
        return Trainer(self.frame, self.config)

    def _mask(self, cutoff: datetime) -> NDArray[np.bool_]:
        return np.asarray(self.frame["result_known_at"] <= cutoff)


def _train_month(
    connection: psycopg.Connection[Any],
    month: date,
    known: _Known,
    experiment_ids: Mapping[str, str],
    runs: tuple[str, str],
    report: TrainingReport,
) -> None:
    key, cutoff, config = month.isoformat(), _cutoff(month), known.config
    rows = known.at(cutoff)
    report.games[key] = rows["game_id"].nunique()
    if rows["season"].nunique() == 0 or rows["season"].min() >= month.year:
        report.refused[key] = f"no model: {report.games[key]} games known, less than one prior season"
        return
    data_hash = known.data_hash(cutoff)
    versions = models_of_month(connection, month)
    if versions and (versions[-1].training_data_hash, versions[-1].config_hash) == (data_hash, known.config_hash):
        report.kept[key] = f"{versions[-1].model_version}, trained on the same data"
        return
    version = f"{month:%Y-%m}" if not versions else f"{month:%Y-%m}.{len(versions) + 1}"
    # Refitted in place by the next month: logged, that is saved, before it is asked again.
    model = known.trainer.model_at(pd.Timestamp(cutoff))
    if model is None:
        report.refused[key] = f"no model: no stage has {config.least_training_games} finished games"
        return
    scores = walk_forward_scores(connection, month)
    record = MonthRecord(
        model_version=version,
        cutoff=cutoff.isoformat(),
        params={
            **config.flat(),
            "feature_version": known.feature_version,
            "training_games": report.games[key],
            "training_from": str(rows["game_date"].min().date()),
            "training_to": str(rows["game_date"].max().date()),
        },
        metrics={target: scores.get(target, {}) for target in TARGETS},
        # A year's pictures take 2 s: once a run, for the month that goes live, not for each of a backfill's sixty.
        pictures=pictures_of_month(connection, month) if month == known.last_month else {},
        tags={"data_version": data_hash[:16], "feature_version": known.feature_version, "month": f"{month:%Y-%m}"},
    )
    # Two processes would both read the alias `challenger` before either has moved it.
    with hold_lock(connection, Lock.MODEL_REGISTRY):
        logged = log_month(model, record, rows.tail(3), experiment_ids, *runs)
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
                feature_version=known.feature_version,
                training_games=report.games[key],
                training_data_hash=data_hash,
                config_hash=known.config_hash,
                artifact_uri=logged.artifact_uri,
            ),
        )
    report.trained[key] = f"{version}, MLflow run {logged.run_id}"


def _cutoff(month: date) -> datetime:
    return cutoff_of(pd.Timestamp(month)).to_pydatetime()
