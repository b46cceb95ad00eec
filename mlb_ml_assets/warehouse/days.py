"""Days as the unit of writing.

Belongs here: locking the days of a range for one table.
Not here: the writes.
"""

from datetime import date
from typing import Any

import psycopg

from mlb_ml_assets.warehouse.sql import query


def lock_days(connection: psycopg.Connection[Any], table: str, first: date, last: date) -> None:
    """Hold, until the transaction ends, the right to write each day of [first, last] of `table`.

    Taken in order of days, so that two ranges that overlap wait for each other and never for good.
    """
    connection.execute(query("lock_days"), {"table": table, "first": first, "last": last}).fetchall()
