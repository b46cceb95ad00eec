"""Checkpoints from which features are built, and the version under which vectors are stored.

Belongs here: curated.feature_checkpoints (immutable states by day and version), the day that a build needs,
curated.feature_generations.
Not here: the content of a state (features/state.py, modeling/market_memory.py), features.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import psycopg

from mlb_ml_assets.features.knowable import batch_instant, state_day
from mlb_ml_assets.features.registry import FEATURE_VERSION
from mlb_ml_assets.warehouse.sql import query


@dataclass(frozen=True)
class Checkpoint:
    """States after the results of `day` entered: of the feature sweep and of market memory, as bytes."""

    day: date
    sweep: bytes
    memory: bytes


def current_feature_version(connection: psycopg.Connection[Any]) -> str:
    """The code's feature version and the data's generation, like 1.0: what new rows are stored under."""
    row = connection.execute("SELECT COALESCE(max(generation), 0) FROM curated.feature_generations").fetchone()
    assert row is not None
    return f"{FEATURE_VERSION}.{row[0]}"


def begin_feature_generation(connection: psycopg.Connection[Any], reason: str) -> str:
    """Declare that assumed history was imported anew: vectors from now on are not comparable with those before.

    Returns:
        The new version. Old vectors stay; the wide table's rows are replaced as days are built again.
    """
    connection.execute(
        "INSERT INTO curated.feature_generations (generation, reason) "
        "SELECT COALESCE(max(generation), 0) + 1, %s FROM curated.feature_generations",
        (reason,),
    )
    return current_feature_version(connection)


def write_checkpoint(connection: psycopg.Connection[Any], checkpoint: Checkpoint, feature_version: str) -> bool:
    """Store a checkpoint unless its day has one; True if it was stored."""
    # Rows written before market memory was checkpointed lack it, and get it once.
    written = connection.execute(
        "INSERT INTO curated.feature_checkpoints AS kept (day, feature_version, state, memory) "
        "VALUES (%s, %s, %s, %s) ON CONFLICT (day, feature_version) "
        "DO UPDATE SET memory = excluded.memory WHERE kept.memory IS NULL",
        (checkpoint.day, feature_version, checkpoint.sweep, checkpoint.memory),
    )
    return written.rowcount == 1


def has_checkpoint(connection: psycopg.Connection[Any], day: date, feature_version: str) -> bool:
    """Whether a day has a checkpoint."""
    row = connection.execute(
        "SELECT 1 FROM curated.feature_checkpoints WHERE day = %s AND feature_version = %s AND memory IS NOT NULL",
        (day, feature_version),
    ).fetchone()
    return row is not None


def read_checkpoint(
    connection: psycopg.Connection[Any], last_day: date, as_of: datetime, feature_version: str
) -> Checkpoint | None:
    """The newest checkpoint of a day up to `last_day` that contains every fact of its days known at `as_of`.

    A result or box score that became known after a checkpoint, about a day inside it, makes it unusable for later
    decisions; then an earlier one is read. None: the sweep begins with the first game.
    """
    while True:
        row = connection.execute(
            "SELECT day, state, memory FROM curated.feature_checkpoints "
            "WHERE feature_version = %s AND day <= %s AND memory IS NOT NULL ORDER BY day DESC LIMIT 1",
            (feature_version, last_day),
        ).fetchone()
        if row is None:
            return None
        day, sweep, memory = row
        last_day = last_complete_day(connection, day, as_of)
        if last_day == day:
            return Checkpoint(day, bytes(sweep), bytes(memory))


def last_complete_day(connection: psycopg.Connection[Any], day: date, as_of: datetime) -> date:
    """The newest day up to `day` whose checkpoint contains every fact of its days known at `as_of`."""
    while True:
        late = connection.execute(
            query("late_facts"), {"day": day, "batch_instant": batch_instant(day), "as_of": as_of}
        ).fetchone()
        if late is None or late[0] is None:
            return day
        day = late[0] - timedelta(days=1)


def read_earliest_state_day(connection: psycopg.Connection[Any], first: date, last: date) -> date:
    """The last day whose results the earliest decision about the games of [first, last] may use.

    Two days before the first game (noon Eastern of the day before it), or earlier where a price was quoted earlier.
    """
    row = connection.execute(query("earliest_opening"), {"first": first, "last": last}).fetchone()
    usual = first - timedelta(days=2)
    return usual if row is None or row[0] is None else min(usual, state_day(row[0]))
