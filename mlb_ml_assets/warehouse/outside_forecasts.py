"""curated.outside_forecasts: what other people and programs forecast.

Belongs here: writing and reading the table.
Not here: parsing (sources/), which forecast counts for a decision (evaluation/outside_forecasts.py).
"""

from datetime import date
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.warehouse.partition_write import Target, Written, upsert
from mlb_ml_assets.warehouse.queries import read_dicts, read_frame

_FORECASTS = Target("curated.outside_forecasts", keys=("forecaster", "game_id", "made_at"))
_NUMBERS = ("home_win", "over", "total_line", "cover", "spread_line")


def write_outside_forecasts(connection: psycopg.Connection[Any], rows: pd.DataFrame) -> Written:
    """Upsert forecasts by forecaster, game and instant; imported_at stays that of the first import."""
    return upsert(connection, _FORECASTS, rows) if len(rows) else Written()


def read_outside_forecasts(connection: psycopg.Connection[Any], first: date, last: date) -> pd.DataFrame:
    """Forecasts of games of the official dates first to last, both included: forecaster, game_id, made_at, numbers."""
    frame = read_frame(connection, "outside_forecasts", {"first": first, "last": last}, instants=("made_at",))
    return frame.astype(dict.fromkeys(_NUMBERS, float))


def read_forecasts_of_game(connection: psycopg.Connection[Any], game_id: int) -> list[dict[str, Any]]:
    """Every forecast of one game, newest first."""
    return read_dicts(connection, "api_outside_forecasts", {"game_id": game_id})
