"""The model registry as the API sees it.

Belongs here: which model predicts at an instant, whether MLflow answers, loading the model that a prediction needs.
Not here: promotion (registry/), which stored row is served.

MLflow may be absent: it is queried in a thread of its own at most every half minute, and every response that needs no
model does without it.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

import httpx
import pandas as pd

from mlb_ml_assets.flows.model_choice import read_model_choice
from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.modeling.game_model import GameModel, UnreadableModel
from mlb_ml_assets.registry.aliases import CHAMPION, version_of
from mlb_ml_assets.registry.game_model_runs import load_game_model, local_folder
from mlb_ml_assets.serving.problems import Problem, unavailable
from mlb_ml_assets.serving.process import freeze_gc
from mlb_ml_assets.warehouse.api_reads import Connection
from mlb_ml_assets.warehouse.game_models import GameModelRow
from mlb_ml_assets.warehouse.mlflow_store import has_usable_store
from mlb_ml_assets.warehouse.settings import DatabaseSettings

_log = logging.getLogger("mlb_ml.api")
_KEPT_SECONDS = 30.0
_PING_SECONDS = 2.0
State = Literal["unknown", "ok", "unreachable", "empty"]


@dataclass(frozen=True)
class RegistryState:
    """The last answer, and when it was requested: `empty` is a registry that answers and has no champion."""

    state: State = "unknown"
    asked_at: float = float("-inf")


class ModelRegistry:
    """MLflow as the API sees it.

    Args:
        settings: where it is.
        in_database: whether a store without a server exists and can be opened. Read first: a client without a server
            would create its tables, or upgrade them.
    """

    def __init__(
        self,
        settings: Callable[[], DatabaseSettings] = DatabaseSettings.from_environment,
        in_database: Callable[[DatabaseSettings], bool] = has_usable_store,
    ) -> None:
        self._settings = settings
        self._in_database = in_database
        self._last = RegistryState()
        self._asking = threading.Lock()

    def state(self) -> RegistryState:
        """The last answer, at once; queries again in the background if it is old."""
        if time.monotonic() - self._last.asked_at > _KEPT_SECONDS and not self._asking.locked():
            threading.Thread(target=self.ask, name="model-registry", daemon=True).start()
        return self._last

    def ask(self) -> RegistryState:
        """Query now and remember; callers that arrived before another's query began share its answer."""
        arrived = time.monotonic()
        with self._asking:
            if self._last.asked_at >= arrived:
                return self._last
            asked_at = time.monotonic()
            answer = self._query()
            if answer.state != self._last.state:
                _log.info("model registry: %s", answer.state)
                # The first answer imports MLflow's modules.
                freeze_gc()
            self._last = replace(answer, asked_at=asked_at)
            return self._last

    def _query(self) -> RegistryState:
        try:
            # Before MLflow's own client, whose import alone takes 4 s.
            if not self._reachable():
                return RegistryState("unreachable")
            self._use()
            champion = version_of(CHAMPION)
        except Exception as error:  # noqa: BLE001 (a broken registry must not break the API, however it breaks)
            # Its message may repeat the store's address, password included.
            _log.warning("model registry does not answer: %s", type(error).__name__)
            return RegistryState("unreachable")
        return RegistryState("ok" if champion else "empty")

    def _reachable(self) -> bool:
        address = self._settings().mlflow_tracking_uri
        if not address.startswith(("http://", "https://")):
            return self._in_database(self._settings())
        # MLflow's own client retries for minutes; one short request first.
        with httpx.Client(timeout=_PING_SECONDS, trust_env=False) as client:
            # The variable by which MLflow's own client sends the secret of a server.
            token = os.environ.get("MLFLOW_TRACKING_TOKEN", "")
            headers = {"Authorization": f"Bearer {token}"} if token else {}
            url = f"{address}/api/2.0/mlflow/experiments/search"
            response = client.post(url, json={"max_results": 1}, headers=headers)
        return response.is_success

    def _use(self) -> None:
        import mlflow

        for name, value in (
            ("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1"),
            ("MLFLOW_HTTP_REQUEST_TIMEOUT", "10"),
            ("GIT_PYTHON_REFRESH", "quiet"),
        ):
            os.environ.setdefault(name, value)
        address = self._settings().mlflow_tracking_uri
        mlflow.set_tracking_uri(address)
        mlflow.set_registry_uri(address)

    def settled(self) -> RegistryState:
        """The last answer; queries first unless it was good."""
        return self._last if self._last.state == "ok" else self.ask()

    def load(self, row: GameModelRow) -> GameModel:
        """A trained month, from its folder on this machine or through the registry; kept in memory.

        Raises:
            Problem: 503 if the registry does not answer, or the files cannot be read.
        """
        try:
            return self._loaded(row)
        except UnreadableModel as error:
            _log.warning("model %s: %s", row.model_version, error)
            raise Problem(
                503,
                "model-unreadable",
                f"the artifacts of model {row.model_version} are missing or of another version: restore them, or run "
                f"`mlb-ml run --from {row.month} --to {row.month:%Y-%m}-28 --select train`. Stored predictions remain",
            ) from error

    def _loaded(self, row: GameModelRow) -> GameModel:
        if local_folder(row.artifact_uri) is not None:
            return load_game_model(row.model_uri, row.artifact_uri, row.file_digests)
        detail = f"model {row.model_version} cannot be loaded: MLflow does not answer. Stored predictions are served"
        # Queried before MLflow is imported here: two threads that import it at once find it half initialized.
        if self.settled().state == "unreachable":
            raise unavailable("model-registry-unavailable", detail, retry_after=30)
        from mlflow.exceptions import MlflowException

        try:
            self._use()
            return load_game_model(row.model_uri, row.artifact_uri, row.file_digests)
        except (MlflowException, OSError) as error:
            _log.warning("model %s cannot be loaded: %s", row.model_version, type(error).__name__)
            raise unavailable("model-registry-unavailable", detail, retry_after=30) from error


def model_at(connection: Connection, as_of: datetime) -> tuple[GameModelRow, bool]:
    """The model that predicts at an instant, and whether it is the champion: the rule of the pipeline.

    The choice rests on our own tables, so that MLflow is not queried.

    Raises:
        Problem: 409 if none was trained for that instant.
    """
    choice = read_model_choice(connection, pd.DatetimeIndex([as_of]))
    if not choice.used:
        raise Problem(
            409,
            "no-model",
            f"no model was trained on what was known before {as_of:%Y-%m-%d %H:%M} UTC. "
            f"Next: `{read_next_commands(connection).for_models}`",
        )
    return choice.used[0], bool(choice.is_champion[0])
