"""What old facts add to the uncertainty of a forecast.

Belongs here: the standard deviation that the age of the facts adds to home logit and total.
Not here: ages (features/fact_ages.py), limits past which nothing is staked (domain/input_ages.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.input_ages import CLOSES, LONGEST_BREAK, age_column
from mlb_ml_assets.modeling.design import column

Floats = NDArray[np.float64]
Deviations = tuple[Floats, Floats]


# Ages at which the deviations were measured, after the longest that is usual.
_DAYS: Final = (LONGEST_BREAK, 10.0, 26.0, 52.0, 75.0, 105.0)


@dataclass(frozen=True)
class Aging:
    """How far forecasts move from what fresh facts would have given, as the facts of some groups age together.

    Attributes:
        groups: the facts; the oldest group counts.
        logit: by variant, the standard deviation of the home logit at each of the ages.
        runs: the same of the total, in runs of nine innings.
    """

    groups: tuple[str, ...]
    logit: Mapping[str, tuple[float, ...]]
    runs: Mapping[str, tuple[float, ...]]


# Measured on 16,636 forecasts of 2015-17 by the models of their months: root mean square difference between the
# forecast of a season whose facts end on a day (1 April, 15 June) and that of the complete season, mean of both
# stages. Of results, what their absence adds to that of box scores. RMSE of the anchored logit to the close is .10:
# after 26 days without box scores it becomes .11, after 75 days .12.
AGINGS: Final = (
    Aging(
        ("results",),
        logit={
            "blind": (0.0, 0.073, 0.096, 0.108, 0.116, 0.122),
            "memory": (0.0, 0.010, 0.019, 0.020, 0.022, 0.022),
            "anchored": (0.0, 0.025, 0.035, 0.038, 0.041, 0.042),
        },
        runs={
            "blind": (0.0, 0.167, 0.263, 0.309, 0.436, 0.471),
            "memory": (0.0, 0.067, 0.090, 0.090, 0.117, 0.117),
            "anchored": (0.0, 0.059, 0.084, 0.099, 0.133, 0.142),
        },
    ),
    Aging(
        ("starters", "bullpen", "batting", "players"),
        logit={
            "blind": (0.0, 0.071, 0.098, 0.124, 0.149, 0.163),
            "memory": (0.0, 0.024, 0.030, 0.033, 0.038, 0.039),
            "anchored": (0.0, 0.031, 0.043, 0.054, 0.064, 0.069),
        },
        runs={
            "blind": (0.0, 0.181, 0.250, 0.302, 0.335, 0.369),
            "memory": (0.0, 0.068, 0.083, 0.098, 0.107, 0.120),
            "anchored": (0.0, 0.055, 0.074, 0.093, 0.101, 0.113),
        },
    ),
    Aging(
        (CLOSES,),
        logit={
            "blind": (0.0,) * 6,
            "memory": (0.0, 0.097, 0.132, 0.156, 0.185, 0.215),
            "anchored": (0.0, 0.034, 0.046, 0.055, 0.065, 0.074),
        },
        runs={
            "blind": (0.0,) * 6,
            "memory": (0.0, 0.234, 0.332, 0.399, 0.545, 0.628),
            "anchored": (0.0, 0.088, 0.116, 0.139, 0.177, 0.198),
        },
    ),
)


def added_deviation(frame: pd.DataFrame, logit: Mapping[str, Floats], number: Mapping[str, Floats]) -> Deviations:
    """Standard deviation that the ages of a frame's facts add to the home logit, and to a nine-inning total in runs.

    Zero where every age is usual, or missing: a group that never had a fact is as old in what the model learned from.
    Past the last measured age it grows no further; long before, nothing is staked.

    Args:
        frame: with the columns `age_…` of `domain.input_ages`, days of the season.
        logit: expected home logits by variant, NaN where one is missing: the best available one counts.
        number: expected totals by variant, likewise.
    """
    win, total = np.zeros(len(frame)), np.zeros(len(frame))
    for aging in AGINGS:
        ages = np.column_stack([column(frame, age_column(group)) for group in aging.groups])
        age = np.nan_to_num(ages).max(axis=1)
        win += _of_best(logit, {name: np.interp(age, _DAYS, values) for name, values in aging.logit.items()}) ** 2
        total += _of_best(number, {name: np.interp(age, _DAYS, values) for name, values in aging.runs.items()}) ** 2
    return np.sqrt(win), np.sqrt(total)


def _of_best(expected: Mapping[str, Floats], values: Mapping[str, Floats]) -> Floats:
    """The values of the variant that a row's forecast rests on: anchored where there is a price, memory, else blind."""
    of_memory = np.where(np.isfinite(expected["memory"]), values["memory"], values["blind"])
    return np.where(np.isfinite(expected["anchored"]), values["anchored"], of_memory)
