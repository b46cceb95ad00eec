"""How far back the decisions about a range of games reach.

Belongs here: the last day whose results the earliest decision may use.
Not here: the decisions themselves (features/decisions.py).
"""

from datetime import date, timedelta
from typing import Any

import psycopg

from mlb_ml_assets.features.knowable import state_day
from mlb_ml_assets.warehouse.sql import query


def earliest_state_day(connection: psycopg.Connection[Any], first: date, last: date) -> date:
    """The last day whose results the earliest decision about the games of [first, last] may use.

    Two days before the first game (noon Eastern of the day before it), or earlier where a price was quoted earlier.
    """
    row = connection.execute(query("earliest_opening"), {"first": first, "last": last}).fetchone()
    usual = first - timedelta(days=2)
    return usual if row is None or row[0] is None else min(usual, state_day(row[0]))
