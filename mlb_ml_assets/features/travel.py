"""Distance and time zones between two parks.

Belongs here: great circles and zone differences.
Not here: where a team was (state.py), the effect on results (modeling/).
"""

from datetime import datetime, time
from functools import lru_cache
from math import asin, cos, isnan, nan, sin, sqrt
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from mlb_ml_assets.features.decay import Floats, Ints
from mlb_ml_assets.features.knowable import day_of
from mlb_ml_assets.features.records import Codes

_EARTH_RADIUS_MILES = 3958.8


class ParkPlaces:
    """Coordinates and zones of parks by code; NaN for a park of unknown location."""

    def __init__(self, parks: pd.DataFrame, codes: Codes) -> None:
        # One extra row, so that code -1 (no park) reads NaN.
        self.radians = np.full((len(codes.ids) + 1, 2), np.nan)
        self.zones: list[str | None] = [None] * (len(codes.ids) + 1)
        code = codes.encode(parks["park_id"])
        self.radians[code] = np.radians(parks[["latitude", "longitude"]].to_numpy(dtype=np.float64))
        for place, zone in zip(code.tolist(), parks["time_zone"].tolist(), strict=True):
            self.zones[place] = zone if isinstance(zone, str) else None

    def miles(self, start: Ints, end: Ints) -> Floats:
        """Great-circle distance in miles."""
        pairs = zip(self.radians[start].tolist(), self.radians[end].tolist(), strict=True)
        return np.array([_miles(tuple(a), tuple(b)) for a, b in pairs], dtype=np.float64)

    def zones_east(self, start: Ints, end: Ints, day: Ints) -> Floats:
        """Time difference in hours between two parks on a day; positive is eastward."""
        pairs = zip(start.tolist(), end.tolist(), day.tolist(), strict=True)
        return np.array([_hours(self.zones[b], d) - _hours(self.zones[a], d) for a, b, d in pairs], dtype=np.float64)


@lru_cache(maxsize=4096)
def _miles(start: tuple[float, float], end: tuple[float, float]) -> float:
    """Haversine formula on a sphere of the Earth's mean radius."""
    half = sin((end[0] - start[0]) / 2) ** 2 + cos(start[0]) * cos(end[0]) * sin((end[1] - start[1]) / 2) ** 2
    return nan if isnan(half) else 2 * _EARTH_RADIUS_MILES * asin(sqrt(min(half, 1.0)))


@lru_cache(maxsize=65_536)
def _hours(zone: str | None, day: int) -> float:
    if zone is None:
        return float("nan")
    offset = datetime.combine(day_of(day), time(12), tzinfo=ZoneInfo(zone)).utcoffset()
    assert offset is not None
    return offset.total_seconds() / 3600
