"""When seasons begin and end, as far as sources tell.

Belongs here: first and last official date of each season within a range.
Not here: anything that needs pandas: schedules and the command line ask this at every start.
"""

from datetime import date
from typing import Any

import psycopg

from mlb_ml_assets.warehouse.sql import query


def season_spans(connection: psycopg.Connection[Any], first: date, last: date) -> dict[int, tuple[date, date]]:
    """First and last game day of each season in [first, last], both included; a season without a game is absent."""
    rows = connection.execute(query("season_spans"), {"first": first, "last": last}).fetchall()
    return {season: (begins, ends) for season, begins, ends in rows}
