"""Rows of a bundle that cannot be read, each set aside with its line and column before anything computes with it.

Belongs here: the kind of every column of the bundle's files, and the check of each value.
Not here: what a readable row means (history_bundle.py, bundle_boxscores.py, bundle_odds.py).
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from mlb_ml_assets.sources.archive_rows import ArchiveFrames, ArchiveShapeChanged

# Columns that are not numbers, by file; all others are.
TEXTS: Mapping[str, tuple[str, ...]] = {
    "games": (
        "game_id", "game_type", "home_team", "away_team", "home_starter_id", "home_starter_name", "away_starter_id",
        "away_starter_name", "park", "day_night", "winddir", "sky", "precip", "fieldcond", "ump_hp_id", "ump_hp_name",
        "home_line", "away_line", "home_retro", "away_retro", "verified",
    ),
    "lineups": ("game_id", "game_date", "home_team", "away_team", *(
        f"{side}_bat{number}_id" for side in ("home", "away") for number in range(1, 10)
    )),
    "people": ("retro_id", "bbref_id", "first", "last", "bats", "throws", "debut"),
    "starter_lines": ("home_starter_name", "away_starter_name", "home_starter_team", "away_starter_team", "game_id"),
    "bullpen_lines": ("game_id",),
    "team_lines": ("home_team_abbreviation", "away_team_abbreviation", "game_id"),
    "odds_open_close": (
        "game_id", "game_date", "game_type", "home_team", "away_team", "source", "book", "home_pitcher",
        "away_pitcher", "neutral", "odds_defect", "match",
    ),
    "line_history": ("game_id", "game_date", "home_team", "away_team", "source", "book", "kind", "defect"),
}  # fmt: skip
TRUTHS = {"games": ("suspended", "home_bats_first"), "odds_open_close": ("is_primary", "swapped")}
DAYS = {"games": ("game_date",), "starter_lines": ("date",), "bullpen_lines": ("date",), "team_lines": ("date",)}
CLOCKS = {"games": ("starttime",)}
INSTANTS = {"line_history": ("ts_utc", "commence_utc")}
KINDS = ("open", "close", "tick", "snapshot")
# A file has one row per value of these.
KEYS = {**dict.fromkeys(("games", "lineups", "starter_lines", "bullpen_lines", "team_lines"), "game_id"),
        "people": "retro_id"}  # fmt: skip
CLOCK_FORMATS = ("%I:%M%p", "%H:%M", "%H:%M:%S")
# A column in which more than this share cannot be read is another column, not a bad row.
WRONG_COLUMN = 0.5


def clocks(values: "pd.Series[Any]") -> "pd.Series[Any]":
    """Times of day as time since midnight: 7:05PM, 7:05 pm, 19:05, 19:05:00; missing for anything else."""
    text = values.astype("string").str.replace(" ", "").str.upper()
    read = pd.Series(pd.NaT, index=values.index, dtype="datetime64[ns]")
    for form in CLOCK_FORMATS:
        read = read.fillna(pd.to_datetime(text, format=form, errors="coerce"))
    since_midnight: pd.Series[Any] = read - read.dt.normalize()
    return since_midnight


def readable_rows(raw: Mapping[str, pd.DataFrame], frames: ArchiveFrames) -> dict[str, pd.DataFrame]:
    """The files by name without the rows that cannot be read, columns of numbers as numbers.

    Rows of a game whose own row is set aside go with it.

    Raises:
        ArchiveShapeChanged: most values of a column are not what the column holds.
    """
    checked = {name: _checked(name, frame, frames) if name in TEXTS else frame for name, frame in raw.items()}
    games = set(checked["games"]["game_id"])
    for name, frame in checked.items():
        if name in TEXTS and "game_id" in frame:
            orphans = ~frame["game_id"].isin(games)
            why = "its game is not among the games that were read"
            checked[name] = _without(name, frame, orphans, "row of a game that is set aside", "game_id", why, frames)
    return checked


def _checked(name: str, raw: pd.DataFrame, frames: ArchiveFrames) -> pd.DataFrame:
    frame = raw.copy()
    checks: list[tuple[str, Callable[[pd.Series[Any]], pd.Series[Any]], str]] = []
    others = {*TRUTHS.get(name, ()), *DAYS.get(name, ()), *CLOCKS.get(name, ()), *INSTANTS.get(name, ())}
    checks += [
        (str(column), _numbers, "is not a number") for column in frame if column not in {*TEXTS.get(name, ()), *others}
    ]
    checks += [(column, _truths, "is not true or false") for column in TRUTHS.get(name, ())]
    checks += [(column, _as_read(_days), "is not a day like 2016-04-05") for column in DAYS.get(name, ())]
    checks += [(column, _as_read(clocks), "is not a time like 7:05PM or 19:05") for column in CLOCKS.get(name, ())]
    checks += [(column, _as_read(_instants), "is not an instant") for column in INSTANTS.get(name, ())]
    for column, read, why in checks:
        if column in frame:
            values = read(frame[column])
            bad = frame[column].notna() & values.isna()
            if len(frame) > 1 and bad.mean() > WRONG_COLUMN:
                raise ArchiveShapeChanged(f"{name}.csv: most values of column {column} cannot be read: each {why}")
            frame[column] = values
            frame = _without(name, frame, bad, f"{column} {why}"[:60], column, why, frames, raw)
    if name == "line_history":
        unknown = frame["kind"].notna() & ~frame["kind"].isin(KINDS)
        why = f"is none of {', '.join(KINDS)}"
        frame = _without(name, frame, unknown, "unknown kind of line", "kind", why, frames)
    if name in KEYS:
        again = frame.duplicated(KEYS[name])
        frame = _without(name, frame, again, "listed twice", KEYS[name], "is in an earlier line too", frames)
    return frame


def _without(
    name: str,
    frame: pd.DataFrame,
    bad: "pd.Series[bool]",
    reason: str,
    column: str,
    why: str,
    frames: ArchiveFrames,
    raw: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """The frame without these rows, which are set aside with their line. The frame's index counts rows from 0."""
    if not bad.any():
        return frame
    rows = (frame if raw is None else raw).loc[bad.index[bad]]
    details = [
        f"{name}.csv line {number + 2}, column {column}: {value!r} {why}"
        for number, value in zip(rows.index, rows[column], strict=True)
    ]
    frames.reject(rows, reason, details, file=name)
    return frame[~bad]


def _numbers(values: "pd.Series[Any]") -> "pd.Series[Any]":
    if pd.api.types.is_numeric_dtype(values):
        return values
    read = pd.to_numeric(values.astype("string").str.strip(), errors="coerce").astype(float)
    whole = read.notna().all() and bool((read % 1 == 0).all())
    return read.astype("int64") if whole and len(read) else read


def _truths(values: "pd.Series[Any]") -> "pd.Series[Any]":
    if pd.api.types.is_bool_dtype(values):
        return values
    words = {"true": True, "1": True, "1.0": True, "yes": True, "false": False, "0": False, "0.0": False, "no": False}
    read = values.astype("string").str.strip().str.lower().map(words)
    return read.astype(bool) if read.notna().all() else read.astype(object)


def _days(values: "pd.Series[Any]") -> "pd.Series[Any]":
    return pd.to_datetime(values.astype("string"), format="%Y-%m-%d", errors="coerce")


def _instants(values: "pd.Series[Any]") -> "pd.Series[Any]":
    return pd.to_datetime(values.astype("string"), format="ISO8601", utc=True, errors="coerce")


def _as_read(read: Callable[["pd.Series[Any]"], "pd.Series[Any]"]) -> Callable[["pd.Series[Any]"], "pd.Series[Any]"]:
    """The values themselves where they can be read: the reader of the file converts them."""

    def keep(values: "pd.Series[Any]") -> "pd.Series[Any]":
        return values.where(read(values).notna(), np.nan if values.dtype == float else None)

    return keep
