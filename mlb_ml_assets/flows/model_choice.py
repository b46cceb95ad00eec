"""Which trained model predicts a decision: the one rule of the pipeline and of the API.

Belongs here: the choice between the usable months and the champions, for any number of decisions.
Not here: their rows in the database (warehouse/game_models.py), their files (registry/game_model_runs.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
import psycopg
from numpy.typing import NDArray

from mlb_ml_assets.warehouse.game_models import (
    GameModelRow,
    ServingPeriod,
    read_serving_periods,
    read_usable_models,
)


@dataclass(frozen=True)
class ModelChoice:
    """The models of some decisions.

    Attributes:
        models: the usable months by cutoff, then the champions that are not among them.
        positions: for each decision, the position of its model in `models`; -1 where no model may be used.
        is_champion: for each decision, whether its model was champion at that instant.
    """

    models: tuple[GameModelRow, ...]
    positions: NDArray[np.int64]
    is_champion: NDArray[np.bool_]

    @property
    def used(self) -> list[GameModelRow]:
        """The models that at least one decision uses, in the order of `models`."""
        return [self.models[position] for position in np.unique(self.positions[self.positions >= 0])]


def choose_models(
    as_of: pd.DatetimeIndex, usable: Sequence[GameModelRow], periods: Sequence[ServingPeriod]
) -> ModelChoice:
    """The newest model whose cutoff is not after the decision; from the first promotion on, the champion of then.

    A new month's model therefore bets only after it was promoted, and a day that is run again is priced as it was.

    Args:
        as_of: decision instants with a zone, in any order.
        usable: models by cutoff, one per cutoff.
        periods: champions, oldest first.
    """
    instants = as_of.as_unit("ns")
    models = list(usable)
    positions = _last_not_after(instants, [model.cutoff for model in models])
    serving = _last_not_after(instants, [period.since for period in periods])
    for place in np.unique(serving[serving >= 0]):
        champion = periods[place].champion
        if champion not in models:
            models.append(champion)
        positions = np.where(serving == place, models.index(champion), positions)
    return ModelChoice(tuple(models), positions, serving >= 0)


def read_model_choice(connection: psycopg.Connection[Any], as_of: pd.DatetimeIndex) -> ModelChoice:
    """`choose_models` for decision instants, at least one, with the models and champions of the database."""
    usable = read_usable_models(connection, as_of.min(), as_of.max())
    return choose_models(as_of, usable, read_serving_periods(connection))


def _last_not_after(instants: pd.DatetimeIndex, stamps: list[datetime]) -> NDArray[np.int64]:
    ordered = pd.DatetimeIndex(stamps, tz="UTC").as_unit("ns")
    return np.asarray(ordered.searchsorted(instants, side="right") - 1, dtype=np.int64)
