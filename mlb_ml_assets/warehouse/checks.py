"""Rows that break a promise.

Belongs here: running a check query and counting what it gives; what sources told and we did not take in.
Not here: what the promises are (automation/checks.py), the queries (sql/queries/check_*.sql).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row, dict_row

from mlb_ml_assets.domain.time_rules import CUTOFF_BEFORE_START
from mlb_ml_assets.warehouse.sql import query

# Enough to see the pattern; the count is what it is.
_MOST_ROWS = 1000


@dataclass(frozen=True)
class Offenders:
    """How many rows break a promise, and the first of them."""

    count: int
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Intake:
    """Of what a source told of some days: games, how many of them are linked to none of ours, records set aside."""

    source: str
    games: int
    unmapped: int
    quarantined: int


def find_offenders(
    connection: psycopg.Connection[Any], check: str, first: date, last: date, now: datetime
) -> Offenders:
    """Run sql/queries/check_<check>.sql over the official dates [first, last), as of the instant `now`."""
    with connection.cursor(row_factory=dict_row) as cursor:
        parameters = {"first": first, "last": last, "now": now, "cutoff": CUTOFF_BEFORE_START}
        rows = cursor.execute(query(f"check_{check}"), parameters).fetchmany(_MOST_ROWS)
    return Offenders(len(rows), rows)


def source_intake(connection: psycopg.Connection[Any], first: date, last: date) -> list[Intake]:
    """What each source told of the official dates [first, last), and how much of it was not taken in."""
    with connection.cursor(row_factory=class_row(Intake)) as cursor:
        return cursor.execute(query("source_intake"), {"first": first, "last": last}).fetchall()
