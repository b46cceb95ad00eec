"""Metrics of the path of one side's price, for many paths at once.

Belongs here: opening, newest and closing price, changes, moves and velocities, from prices in order of their stamps.
Not here: reading quotes (warehouse/quote_metrics.py), several books together (quote_movement.py).
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.features.knowable import is_known

WINDOWS_HOURS: Final = (1, 6, 24)


@dataclass(frozen=True)
class QuotePaths:
    """Prices of many keys, one key after the other, each in the order of its stamps and with at least one price.

    Attributes:
        lengths: prices of each key.
        stamps: when each price began, datetime64[us] in UTC.
        odds: American.
        lines: in runs, NaN where the market has none.
        open_for_bets: not suspended.
    """

    lengths: NDArray[np.int64]
    stamps: NDArray[np.datetime64]
    odds: NDArray[np.int64]
    lines: NDArray[np.float64]
    open_for_bets: NDArray[np.bool_]


def path_metrics(paths: QuotePaths, instants: NDArray[np.datetime64], is_closed: NDArray[np.bool_]) -> pd.DataFrame:
    """The metrics of each path, one row per key.

    Args:
        paths: only prices that were known at their key's instant.
        instants: per key, datetime64[us] in UTC: the decision, or first pitch where that came earlier.
        is_closed: per key: first pitch has passed at the decision.

    Returns:
        opening_odds, opening_line, opened_at: the first price open for bets; odds, line_value, quoted_at,
        open_for_bets: the newest; closing_odds, closing_line: the same once closed. changes: of odds or line.
        largest_move: largest single step of the side's break-even probability (0..1, margin included) at an unchanged
        line; largest_line_move: in runs. velocity_1h, _6h, _24h: break-even probability an hour over that window
        before the instant, NaN without a price at its beginning or if the line changed since. minutes_since_change.
        step_times (datetime64[us], UTC), step_sizes, step_lines: the changes open for bets, one array per key. Odds are
        American, as floats.
    """
    lengths = paths.lengths
    ends = np.cumsum(lengths)
    starts, last = ends - lengths, ends - 1
    odds = paths.odds.astype(np.float64)
    even = np.where(odds > 0, 100.0, -odds) / (100.0 + np.abs(odds))
    step, line_step = _steps(even, starts), _steps(paths.lines, starts)
    # Of NaN, which a key's first price has, this is False.
    line_moved = np.abs(line_step) > 0
    changed = (np.abs(_steps(odds, starts)) > 0) | line_moved
    frame = _opening(paths, odds, starts)
    frame |= {
        "odds": odds[last],
        "line_value": paths.lines[last],
        "quoted_at": _utc(paths.stamps[last]),
        "open_for_bets": paths.open_for_bets[last],
        "closing_odds": np.where(is_closed, odds[last], np.nan),
        "closing_line": np.where(is_closed, paths.lines[last], np.nan),
        "changes": _counts(changed, starts),
        "largest_move": _largest(np.where(line_moved, np.nan, np.abs(step)), starts),
        "largest_line_move": _largest(np.abs(line_step), starts),
    }
    for hours in WINDOWS_HOURS:
        known = is_known(paths.stamps, np.repeat(instants - np.timedelta64(hours, "h"), lengths))
        count = _counts(known, starts)
        before = np.maximum(starts + count - 1, 0)
        comparable = (count > 0) & _same(paths.lines[last], paths.lines[before])
        frame[f"velocity_{hours}h"] = np.where(comparable, (even[last] - even[before]) / hours, np.nan)
    frame["minutes_since_change"] = (instants - paths.stamps[last]) / np.timedelta64(1, "m")
    kept = changed & paths.open_for_bets
    cuts = np.cumsum(_counts(kept, starts)).tolist()
    for name, steps in (
        ("step_times", paths.stamps[kept]),
        ("step_sizes", step[kept]),
        ("step_lines", np.nan_to_num(line_step[kept])),
    ):
        # A third of the time of np.split, for 117,000 keys of a season; a path without steps costs no array.
        empty = steps[:0]
        arrays = [steps[begin:end] if begin < end else empty for begin, end in pairwise([0, *cuts])]
        frame[name] = pd.Series(arrays, dtype=object)
    return pd.DataFrame(frame, copy=False)


def _counts(flags: NDArray[np.bool_], starts: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many of each key's prices have the flag."""
    return np.add.reduceat(flags, starts, dtype=np.int64) if len(starts) else np.zeros(0, np.int64)


def _steps(values: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Each value less the one before it of the same key; NaN at a key's first."""
    steps = np.empty_like(values)
    np.subtract(values[1:], values[:-1], out=steps[1:])
    steps[starts] = np.nan
    return steps


def _largest(values: NDArray[np.float64], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """The largest of each key; NaN where all are."""
    return np.fmax.reduceat(values, starts) if len(starts) else np.zeros(0)


def _same(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.bool_]:
    return np.isclose(first, second, rtol=0, atol=0, equal_nan=True)


def _opening(paths: QuotePaths, odds: NDArray[np.float64], starts: NDArray[np.int64]) -> dict[str, Any]:
    """The first bettable price of each key; missing where all were suspended."""
    places = np.where(paths.open_for_bets, np.arange(len(odds)), len(odds))
    first = np.minimum.reduceat(places, starts) if len(starts) else np.zeros(0, np.int64)
    absent = first == len(odds)
    first = np.where(absent, 0, first)
    stamps = paths.stamps[first]
    stamps[absent] = np.datetime64("NaT")
    return {
        "opening_odds": np.where(absent, np.nan, odds[first]),
        "opening_line": np.where(absent, np.nan, paths.lines[first]),
        "opened_at": _utc(stamps),
    }


def _utc(stamps: NDArray[np.datetime64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(stamps).tz_localize("UTC")
