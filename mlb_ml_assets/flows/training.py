"""One month's training, from stored features to a registered model.

Belongs here: the cutoff of a month, whether it needs training, fitting, logging, recording.
Not here: estimators (modeling/), MLflow calls (registry/), the Dagster asset (assets/model.py).
"""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
import psycopg

from mlb_ml_assets.domain.markets import TARGETS
from mlb_ml_assets.flows.pictures import pictures_of_month
from mlb_ml_assets.modeling.config import ModelConfig
from mlb_ml_assets.modeling.game_model import FORMAT, GameModel, columns_of_stages
from mlb_ml_assets.modeling.out_of_fold import Fold
from mlb_ml_assets.modeling.walk_forward import KeptFolds, Trainer, cutoff_of
from mlb_ml_assets.registry.game_model_runs import EXAMPLE_ROWS, LoggedModel, MonthRecord, log_month, log_past
from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
from mlb_ml_assets.warehouse.feature_store import read_training
from mlb_ml_assets.warehouse.game_models import GameModelRow, read_models_of_month, write_game_model
from mlb_ml_assets.warehouse.locks import Lock, hold_lock
from mlb_ml_assets.warehouse.month_store import month_store
from mlb_ml_assets.warehouse.performance import read_walk_forward_scores
from mlb_ml_assets.warehouse.training_folds import StoredFold, read_training_folds, write_training_folds


@dataclass(frozen=True)
class Train:
    """The month needs a new model version."""

    version: str


@dataclass(frozen=True)
class Keep:
    """The newest version was trained on the same data and configuration."""

    version: str


@dataclass(frozen=True)
class Refuse:
    """The month gets no model, and why."""

    reason: str


@dataclass(frozen=True)
class MonthOutcome:
    """What happened to a month: its version, or the reason why it has none, and the number of games known."""

    kind: Literal["trained", "kept", "refused"]
    description: str
    games: int


@dataclass(frozen=True)
class TrainingReport:
    """The outcome of each month, by ISO date of its first day."""

    months: Mapping[str, MonthOutcome]

    @property
    def trained(self) -> dict[str, str]:
        """Months with a new model."""
        return self._described("trained")

    @property
    def kept(self) -> dict[str, str]:
        """Months whose model is unchanged."""
        return self._described("kept")

    @property
    def refused(self) -> dict[str, str]:
        """Months without a model."""
        return self._described("refused")

    def digest(self) -> str:
        """16 hexadecimal digits that change exactly when a month's model does."""
        text = repr(sorted({**self.trained, **self.kept}.items()))
        return hashlib.sha256(text.encode()).hexdigest()[:16]

    def _described(self, kind: str) -> dict[str, str]:
        return {month: outcome.description for month, outcome in self.months.items() if outcome.kind == kind}


@dataclass(frozen=True)
class MlflowRuns:
    """Where a month is logged: experiments by target, the active session run, the Dagster run."""

    experiment_ids: Mapping[str, str]
    session_run_id: str
    dagster_run_id: str


@dataclass(frozen=True)
class TrainingSet:
    """What is known at a month's cutoff.

    Attributes:
        rows: game_id, season and game_date of each row.
        example: a few whole rows, the newest.
        data_hash, config_hash: of all values of the rows, and of the recipe.
    """

    month: date
    cutoff: datetime
    rows: pd.DataFrame
    example: pd.DataFrame
    data_hash: str
    config_hash: str

    @property
    def games(self) -> int:
        """Number of games known."""
        return int(self.rows["game_id"].nunique())


def train_months(
    connection: psycopg.Connection[Any],
    months: Sequence[date],
    runs: MlflowRuns,
    config: ModelConfig | None = None,
    *,
    wait_for_scores: Callable[[], None] | None = None,
) -> TrainingReport:
    """Train the model of each month that has games and enough history; a month trained on the same data is kept.

    Months are registered, with the connection, while later ones are fitted: MLflow takes as long as a fit.

    Args:
        connection: in autocommit mode.
        months: their first days.
        runs: where they are logged.
        config: every constant.
        wait_for_scores: returns when the seasons before are scored, and is called when all months are registered. Each
            then gets its past scores and is stored. None: they are scored, and a month is stored when it is registered.
    """
    history = _TrainingHistory(connection, max(months), config or ModelConfig())
    stored = {month: read_models_of_month(connection, month) for month in months}
    registrar = _Registrar(connection, history, runs, wait_for_scores)
    outcomes: dict[str, MonthOutcome] = {}
    registered: dict[str, Future[_Registered]] = {}
    before: Future[_Registered] | None = None
    thread = ThreadPoolExecutor(1, "register")
    try:
        # In time order, so that each fit starts from the month before.
        for month in sorted(months):
            training = history.known_at_cutoff(month)
            fitted = _fit_month(training, history, stored[month])
            if before is not None and before.done():
                # Nothing more is fitted where a month could not be registered.
                before.result()
            if isinstance(fitted, MonthOutcome):
                outcomes[month.isoformat()] = fitted
            else:
                before = thread.submit(registrar.register, *fitted, training, before)
                registered[month.isoformat()] = before
        outcomes |= {month: each.result().outcome for month, each in registered.items()}
    except Exception:
        # Months before the one that failed keep their models.
        thread.shutdown(cancel_futures=True)
        registrar.store_waiting(registered.values())
        raise
    finally:
        thread.shutdown(cancel_futures=True)
    registrar.store_waiting(registered.values())
    return TrainingReport(dict(sorted(outcomes.items())))


def plan_month(training: TrainingSet, stored: Sequence[GameModelRow]) -> Train | Keep | Refuse:
    """Decide whether a month needs training.

    Args:
        training: the rows known at the month's cutoff.
        stored: every version trained for the month, oldest first.
    """
    seasons = training.rows["season"]
    if not len(seasons) or seasons.min() >= training.month.year:
        return Refuse(f"{_known(training)}, none of a prior season, which a model needs")
    if stored and (stored[-1].training_data_hash, stored[-1].config_hash) == (training.data_hash, training.config_hash):
        return Keep(stored[-1].model_version)
    version = f"{training.month:%Y-%m}"
    return Train(f"{version}.{len(stored) + 1}" if stored else version)


class _TrainingHistory:
    """The rows known at the last of several months, read, hashed and folded once for all of them."""

    def __init__(self, connection: psycopg.Connection[Any], last_month: date, config: ModelConfig) -> None:
        self.config, self.last_month = config, last_month
        self._connection = connection
        self.feature_version = current_feature_version(connection)
        self.frame = read_training(
            connection, _cutoff(last_month), feature_version=self.feature_version, store=month_store()
        )
        self._column_names = "\n".join(self.frame.columns).encode()
        # One hash per row, so that a month's hash covers exactly the rows it knows.
        self._row_hashes = pd.util.hash_pandas_object(self.frame, index=False).to_numpy()
        recipe = [FORMAT, columns_of_stages(), sorted(config.flat().items())]
        self._config_hash = hashlib.sha256(repr(recipe).encode()).hexdigest()

    def known_at_cutoff(self, month: date) -> TrainingSet:
        """The rows whose results were known at the month's cutoff."""
        cutoff = _cutoff(month)
        known = np.asarray(self.frame["result_known_at"] <= cutoff)
        digest = hashlib.sha256(self._column_names)
        digest.update(np.ascontiguousarray(self._row_hashes[known]).tobytes())
        rows = self.frame.loc[known, ["game_id", "season", "game_date"]]
        example = self.frame.iloc[np.flatnonzero(known)[-EXAMPLE_ROWS:]]
        return TrainingSet(month, cutoff, rows, example, digest.hexdigest(), self._config_hash)

    @cached_property
    def trainer(self) -> Trainer:
        """Built only if a month needs training; folds that it had to make are stored for the next training."""
        stored = read_training_folds(self._connection)
        folds = {(fold.stage, fold.season): Fold.from_bytes(fold.digest, fold.content) for fold in stored}
        trainer = Trainer(self.frame, self.config, KeptFolds(self._config_hash, self._row_hashes, folds))
        write_training_folds(
            self._connection,
            [
                StoredFold(stage, season, fold.digest, fold.to_bytes())
                for (stage, season), fold in trainer.made_folds.items()
            ],
        )
        return trainer


def _fit_month(
    training: TrainingSet, history: _TrainingHistory, stored: Sequence[GameModelRow]
) -> MonthOutcome | tuple[str, GameModel]:
    """The month's version and model; the outcome where it gets no new one."""
    plan = plan_month(training, stored)
    if isinstance(plan, Refuse):
        return MonthOutcome("refused", plan.reason, training.games)
    if isinstance(plan, Keep):
        return MonthOutcome("kept", f"{plan.version}, trained on the same data", training.games)
    model = history.trainer.model_at(pd.Timestamp(training.cutoff))
    if model is None:
        reason = f"{_known(training)}, and a model needs {history.config.least_training_games} with features at a stage"
        return MonthOutcome("refused", reason, training.games)
    return plan.version, model


@dataclass(frozen=True)
class _Registered:
    """A month whose model is in MLflow, and its row of curated.game_models."""

    logged: LoggedModel
    row: GameModelRow

    @property
    def outcome(self) -> MonthOutcome:
        """As the report has it."""
        description = f"{self.row.model_version}, MLflow run {self.row.mlflow_run_id}"
        return MonthOutcome("trained", description, self.row.training_games)


@dataclass(frozen=True)
class _Registrar:
    """Logs months' models in a thread of its own, and stores their rows."""

    connection: psycopg.Connection[Any]
    history: _TrainingHistory
    runs: MlflowRuns
    wait_for_scores: Callable[[], None] | None

    def register(
        self, version: str, model: GameModel, training: TrainingSet, before: Future[_Registered] | None
    ) -> _Registered:
        """Log the month's model in MLflow, and store the month unless past scores have to be waited for."""
        if before is not None:
            # Nor is anything registered after a month that could not be.
            before.result()
        record, runs = self._record(version, training, model), self.runs
        with hold_lock(self.connection, Lock.MODEL_REGISTRY):
            logged = log_month(
                model, record, training.example, runs.experiment_ids, runs.session_run_id, runs.dagster_run_id
            )
        row = GameModelRow(
            model_version=record.model_version,
            month=training.month,
            cutoff=training.cutoff,
            mlflow_experiment_id=runs.experiment_ids[TARGETS[0]],
            mlflow_run_id=logged.run_id,
            target_runs=logged.target_runs,
            registered_version=logged.registered_version,
            model_uri=logged.model_uri,
            feature_version=record.tags["feature_version"],
            training_games=training.games,
            training_data_hash=training.data_hash,
            config_hash=training.config_hash,
            artifact_uri=logged.artifact_uri,
            file_digests=logged.file_digests,
            **dict(zip(("curve_season", "curve_prices"), _curve_of(model) or (None, None), strict=True)),
        )
        registered = _Registered(logged, row)
        if self.wait_for_scores is None:
            self._store(registered)
        return registered

    def store_waiting(self, months: Iterable[Future[_Registered]]) -> None:
        """Wait for past scores, if they have to be, and store the months that could be registered."""
        done = [month.result() for month in months if not month.cancelled() and month.exception() is None]
        if self.wait_for_scores is not None and done:
            self.wait_for_scores()
            for registered in done:
                self._store(registered)

    def _store(self, registered: _Registered) -> None:
        """Log what the series had done before the month, then store its row: without one it is trained again."""
        month = registered.row.month
        scores = read_walk_forward_scores(self.connection, month)
        # A year's pictures take 2 s: drawn for the month that goes live, not for each of a backfill's sixty.
        pictures = pictures_of_month(self.connection, month) if month == self.history.last_month else {}
        log_past(registered.logged, {target: scores.get(target, {}) for target in TARGETS}, pictures)
        with self.connection.transaction():
            write_game_model(self.connection, registered.row)

    def _record(self, version: str, training: TrainingSet, model: GameModel) -> MonthRecord:
        curve, history = _curve_of(model), self.history
        month, dates = training.month, training.rows["game_date"]
        return MonthRecord(
            model_version=version,
            cutoff=training.cutoff.isoformat(),
            params={
                **history.config.flat(),
                "feature_version": history.feature_version,
                "training_games": training.games,
                "training_from": str(dates.min().date()),
                "training_to": str(dates.max().date()),
                "curve_season": "none: even news is assumed" if curve is None else curve[0],
                "curve_prices": 0 if curve is None else curve[1],
            },
            tags={
                "data_version": training.data_hash[:16],
                "feature_version": history.feature_version,
                "month": f"{month:%Y-%m}",
            },
        )


def _curve_of(model: GameModel) -> tuple[int, int] | None:
    """The latest season that a stage's anchor has its curve from, and its moneylines: a log's are the same at each."""
    curves = [(facts["curve_season"], facts["stamped_prices"]) for facts in model.facts.values()]
    return max((curve for curve in curves if curve[0] is not None), default=None)


def _known(training: TrainingSet) -> str:
    return f"{training.games} finished games known before {training.month:%Y-%m}"


def _cutoff(month: date) -> datetime:
    return cutoff_of(pd.Timestamp(month)).to_pydatetime()
