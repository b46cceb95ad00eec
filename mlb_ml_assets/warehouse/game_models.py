"""Which trained model may be used from which instant on: curated.game_models.

Belongs here: writing a trained month, reading the models of a range of instants.
Not here: training (modeling/), artifacts (registry/).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row
from psycopg.types.json import Jsonb

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.sql import query


class UnknownModelVersion(WarehouseError, LookupError):
    """A model version that this database has no record of."""


@dataclass(frozen=True)
class GameModelRow:
    """One trained month.

    Attributes:
        cutoff: the instant through which its training data was known.
        file_digests: SHA-256 of every logged file by its path; None for a model trained before they were kept.
        curve_season: latest season with stamped prices that its anchor's weights by time were learned from.
        curve_prices: moneylines of that season; both are None where there was no such season before the cutoff.
    """

    model_version: str
    month: date
    cutoff: datetime
    mlflow_experiment_id: str
    mlflow_run_id: str
    target_runs: Mapping[str, str]
    registered_version: int
    model_uri: str
    feature_version: str
    training_games: int
    training_data_hash: str
    config_hash: str
    artifact_uri: str | None
    file_digests: Mapping[str, str] | None = None
    curve_season: int | None = None
    curve_prices: int | None = None

    def describe_curve(self) -> str:
        """What the weight of memory against a price between opening and first pitch rests on."""
        if self.curve_season is None:
            return "weights by hours to first pitch assumed (even news): no stamped prices before its cutoff"
        prices = f"{self.curve_prices:,} stamped moneylines of {self.curve_season}"
        return f"weights by hours to first pitch learned from {prices}"


@dataclass(frozen=True)
class ServingPeriod:
    """A champion, the instant from which it served, and why; the period ends where the next one begins."""

    since: datetime
    champion: GameModelRow
    reason: str


def write_game_model(connection: psycopg.Connection[Any], row: GameModelRow) -> None:
    """Store a trained month; a version is written once and never changed."""
    connection.execute(
        query("record_game_model"),
        {
            **row.__dict__,
            "target_runs": Jsonb(dict(row.target_runs)),
            "file_digests": None if row.file_digests is None else Jsonb(dict(row.file_digests)),
        },
    )


def read_models_of_month(connection: psycopg.Connection[Any], month: date) -> list[GameModelRow]:
    """Every version trained for this month, oldest first."""
    with connection.cursor(row_factory=class_row(GameModelRow)) as cursor:
        return cursor.execute(query("game_models_of_month"), {"month": month}).fetchall()


def read_usable_models(connection: psycopg.Connection[Any], first: datetime, last: datetime) -> list[GameModelRow]:
    """The models that an as-of instant in [first, last] may use: latest retrain of each cutoff, by cutoff."""
    with connection.cursor(row_factory=class_row(GameModelRow)) as cursor:
        return cursor.execute(query("game_models_usable_between"), {"first": first, "last": last}).fetchall()


def read_model(connection: psycopg.Connection[Any], model_version: str) -> GameModelRow:
    """The trained month of one version.

    Raises:
        UnknownModelVersion: no such version was trained here.
    """
    with connection.cursor(row_factory=class_row(GameModelRow)) as cursor:
        row = cursor.execute(query("game_model_of_version"), {"model_version": model_version}).fetchone()
    if row is None:
        raise UnknownModelVersion(f"model version {model_version!r} is in the registry but not in curated.game_models")
    return row


def read_serving_periods(connection: psycopg.Connection[Any]) -> list[ServingPeriod]:
    """The champions and their periods, oldest first; empty before the first promotion."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query("champions")).fetchall()
    return [
        ServingPeriod(since=row.pop("since"), reason=row.pop("reason"), champion=GameModelRow(**row)) for row in rows
    ]


def read_newest_model(connection: psycopg.Connection[Any]) -> GameModelRow | None:
    """The latest version of the latest month, which training makes challenger; None before the first one."""
    with connection.cursor(row_factory=class_row(GameModelRow)) as cursor:
        return cursor.execute(query("newest_game_model")).fetchone()


def write_champion(connection: psycopg.Connection[Any], model_version: str, reason: str) -> None:
    """Store that this version became champion, by promotion or rollback."""
    parameters = {"since": present(), "model_version": model_version, "reason": reason}
    connection.execute(query("record_champion"), parameters)
