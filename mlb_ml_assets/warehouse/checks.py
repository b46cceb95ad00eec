"""Rows that break a promise.

Belongs here: running a check query and counting what it gives.
Does not: what the promises are (automation/checks.py), the queries (sql/queries/check_*.sql).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from mlb_ml_assets.warehouse.sql import query

# Enough to see the pattern; the count is what it is.
_MOST_ROWS = 1000


@dataclass(frozen=True)
class Offenders:
    """How many rows break a promise, and the first of them."""

    count: int
    rows: list[dict[str, Any]]


def find_offenders(connection: psycopg.Connection[Any], check: str, first: date, last: date) -> Offenders:
    """Run sql/queries/check_<check>.sql over the official dates [first, last)."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(query(f"check_{check}"), {"first": first, "last": last}).fetchmany(_MOST_ROWS)
    return Offenders(len(rows), rows)
