"""The as-of rule: which facts a decision may use, and with which morning batch a fact enters state.

Belongs here: the comparison of known-at with as-of, and the calendar of the morning batches.
Not here: what the facts are (facts.py), what is computed from them (sweep.py).
"""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.domain.time_rules import RESULT_HOUR

_BATCH_OFFSET = timedelta(hours=RESULT_HOUR.hour, minutes=RESULT_HOUR.minute)

Instants = NDArray[np.datetime64]
Days = NDArray[np.int64]


class NotAnInstant(ValueError):
    """A time without a zone, or not a time at all, where an instant is needed."""


def is_known(known_at: Instants, as_of: Instants) -> NDArray[np.bool_]:
    """Whether each fact was knowable at `as_of`: the only `<=` on time in this package. NaT is never known.

    Args:
        known_at: UTC instants as naive datetime64.
        as_of: one instant, or one for each fact.
    """
    return np.asarray(known_at <= as_of, dtype=np.bool_)


def utc_array(instants: "pd.Series[pd.Timestamp] | pd.DatetimeIndex", name: str) -> Instants:
    """Instants with a zone as naive datetime64[ns] in UTC.

    Raises:
        NotAnInstant: the column has no time zone.
    """
    index = pd.DatetimeIndex(instants) if len(instants) else pd.DatetimeIndex([], tz="UTC")
    if index.tz is None:
        raise NotAnInstant(f"{name}: instants must carry a time zone, got {index.dtype}")
    converted: Instants = index.tz_convert("UTC").tz_localize(None).to_numpy(dtype="datetime64[ns]")
    return converted


def day_numbers(dates: "pd.Series[pd.Timestamp] | pd.DatetimeIndex") -> Days:
    """Dates as whole days since 1970-01-01."""
    return np.asarray(dates, dtype="datetime64[D]").astype(np.int64)


def day_of(number: int) -> date:
    """The date of a day number."""
    return date(1970, 1, 1) + timedelta(days=int(number))


def batch_instant(day: date) -> datetime:
    """When the results of a day enter state: 06:00 Eastern the morning after, as a UTC instant."""
    return datetime.combine(day + timedelta(days=1), RESULT_HOUR, tzinfo=EASTERN).astimezone(UTC)


def batch_instants(days: Days) -> pd.DatetimeIndex:
    """`batch_instant` of each day number, in UTC."""
    # Localizing the unique days instead of all rows is 20 times faster.
    unique, codes = np.unique(days, return_inverse=True)
    mornings = pd.DatetimeIndex((unique + 1).astype("datetime64[D]").astype("datetime64[ns]")) + _BATCH_OFFSET
    return mornings.tz_localize(EASTERN).tz_convert("UTC")[codes]


def latest_known(keys: Days, known_at: Instants, wanted: Days, as_of: Instants) -> Days:
    """Position of the latest fact with each wanted key that is known at its `as_of`; -1 where there is none.

    `keys` and `known_at` belong to the facts (of equal instants the later row counts), `wanted` and `as_of` to the
    requests.
    """
    if not len(keys):
        return np.full(len(wanted), -1, dtype=np.int64)
    order = np.lexsort((known_at, keys))
    keys, known_at = keys[order], known_at[order]
    first, end = np.searchsorted(keys, wanted, "left"), np.searchsorted(keys, wanted, "right")
    found = np.full(len(wanted), -1, dtype=np.int64)
    # Instants ascend within a key, so the last of its known facts wins.
    for version in range(int((end - first).max(initial=0))):
        row = np.minimum(first + version, len(keys) - 1)
        known = (first + version < end) & is_known(known_at[row], as_of)
        found[known] = order[row[known]]
    return found


def state_days(as_of: Instants) -> Days:
    """The last day whose results a decision at each `as_of` may use.

    Noon Eastern of day D-1 sees games through D-2; any time after 06:00 Eastern of day D sees games through D-1.
    """
    wall = _eastern_wall_clock(as_of) - np.timedelta64(_BATCH_OFFSET)
    return wall.astype("datetime64[D]").astype(np.int64) - 1


def entry_days(known_at: Instants, game_days: Days) -> Days:
    """The batch with which each fact about a game enters state: the game's own, or the first after it became known.

    Args:
        known_at: UTC instants as naive datetime64.
        game_days: day number of the game's official date.
    """
    # One nanosecond back, so that a fact stamped 06:00:00 is in the batch of 06:00:00.
    wall = _eastern_wall_clock(known_at - np.timedelta64(1, "ns")) - np.timedelta64(_BATCH_OFFSET)
    return np.maximum(wall.astype("datetime64[D]").astype(np.int64), game_days)


def state_day(as_of: datetime) -> date:
    """`state_days` for one decision.

    Raises:
        NotAnInstant: `as_of` has no time zone.
    """
    stamps = utc_array(pd.DatetimeIndex([pd.Timestamp(as_of)]), "as_of")
    return day_of(int(state_days(stamps)[0]))


def _eastern_wall_clock(instants: Instants) -> Instants:
    wall: Instants = (
        pd.DatetimeIndex(instants).tz_localize("UTC").tz_convert(EASTERN).tz_localize(None).to_numpy("datetime64[ns]")
    )
    return wall
