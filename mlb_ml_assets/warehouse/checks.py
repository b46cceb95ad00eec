"""Rows that break a promise.

Belongs here: running a check query and counting its rows; how much of what sources reported was not ingested.
Not here: what the promises are (automation/checks.py), the queries (sql/queries/check_*.sql).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg

from mlb_ml_assets.warehouse.queries import read_dicts, read_objects

# Enough to see the pattern; the count stops there too.
_MAX_ROWS = 1000


@dataclass(frozen=True)
class Violations:
    """How many rows break a promise, and the first of them."""

    count: int
    rows: list[dict[str, Any]]


@dataclass(frozen=True)
class Intake:
    """What a source reported about some days: games, how many are linked to none of ours, quarantined records."""

    source: str
    games: int
    unmapped: int
    quarantined: int


def find_violations(
    connection: psycopg.Connection[Any], check: str, first: date, last: date, now: datetime
) -> Violations:
    """Run sql/queries/check_<check>.sql over the official dates [first, last), as of the instant `now`."""
    rows = read_dicts(connection, f"check_{check}", {"first": first, "last": last, "now": now}, limit=_MAX_ROWS)
    return Violations(len(rows), rows)


def read_intake(connection: psycopg.Connection[Any], first: date, last: date) -> list[Intake]:
    """What each source reported about the official dates [first, last), and how much of it was not ingested."""
    return read_objects(connection, "source_intake", Intake, {"first": first, "last": last})
