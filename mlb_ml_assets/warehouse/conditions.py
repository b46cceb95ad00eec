"""Observed weather and plate umpires of an archive's games, completed from more than one of its files.

Belongs here: filling what a row of staging.game_conditions lacks, in either order of the files.
Not here: reading files (sources/), live conditions (live_facts.py), forecasts.
"""

from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.warehouse.earlier_lines import stamp_earlier_rows
from mlb_ml_assets.warehouse.partition_write import Target, Written, update_existing, upsert
from mlb_ml_assets.warehouse.queries import read_frame

CONDITIONS = Target("staging.game_conditions", ("source", "source_game_id", "known_at"))
_FACTS = (
    "temperature_fahrenheit", "wind_speed_mph", "wind_direction", "sky", "precipitation", "roof_closed", "umpire_id",
    "umpire_name",
)  # fmt: skip
_WHOLE = ("temperature_fahrenheit", "wind_speed_mph")


def write_missing_conditions(
    connection: psycopg.Connection[Any], source: str, rows: pd.DataFrame
) -> tuple[Written, int]:
    """Fill what the stored conditions of an archive's games lack; a recorded value is never replaced.

    Conditions of seasons before the archive's first are stored with a stamp of their own.

    Args:
        connection: inside a transaction.
        source: the archive.
        rows: one a game: source_game_id and any of the facts.

    Returns:
        What was written, and the rows left out because the archive has no such game.
    """
    stored = _stored(connection, source, rows["source_game_id"])
    earlier_known_at = stamp_earlier_rows(connection, source, rows["source_game_id"])
    is_earlier = earlier_known_at.notna()
    known = rows[rows["source_game_id"].isin(stored["source_game_id"]) & ~is_earlier]
    written = Written()
    if len(known):
        written += update_existing(connection, CONDITIONS, _filled(stored, known))
    if is_earlier.any():
        earlier = rows.assign(source=source, known_at=earlier_known_at, assumed=True)[is_earlier]
        written += upsert(connection, CONDITIONS, earlier)
    return written, len(rows) - len(known) - int(is_earlier.sum())


def with_stored_conditions(connection: psycopg.Connection[Any], source: str, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of staging.game_conditions with what they lack taken from those that are stored already.

    An archive's own file, imported again, would otherwise blank what a file beside it had filled.
    """
    stored = _stored(connection, source, rows["source_game_id"])
    return _filled(rows, stored) if len(stored) else rows


def _stored(connection: psycopg.Connection[Any], source: str, games: "pd.Series[str]") -> pd.DataFrame:
    parameters = {"source": source, "games": list(games.unique())}
    return read_frame(connection, "stored_conditions", parameters, instants=("known_at",))


def _filled(rows: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    by_game = others.drop_duplicates("source_game_id").set_index("source_game_id")
    filled = rows.copy()
    for name in by_game.columns.intersection(list(_FACTS)):
        other = pd.Series(by_game[name].reindex(rows["source_game_id"]).array, index=rows.index, dtype=object)
        values = rows[name].astype(object)
        filled[name] = values.where(values.notna(), other)
    for name in _WHOLE:
        filled[name] = pd.to_numeric(filled[name]).astype("Int64")
    filled["roof_closed"] = filled["roof_closed"].astype("boolean")
    return filled
