"""Checkpoints of the feature sweep, and the version that vectors are stored under.

Belongs here: curated.feature_checkpoints (immutable states by day and version), curated.feature_generations.
Not here: what is in a state (features/state.py), features.
"""

from datetime import date, datetime, timedelta
from typing import Any

import psycopg

from mlb_ml_assets.features.knowable import batch_instant
from mlb_ml_assets.features.registry import FEATURE_VERSION
from mlb_ml_assets.features.state import SweepState
from mlb_ml_assets.warehouse.sql import query


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


def write_checkpoint(connection: psycopg.Connection[Any], state: SweepState, day: date, feature_version: str) -> bool:
    """Keep a state for its day; one that exists already stands. True if it was written."""
    written = connection.execute(
        "INSERT INTO curated.feature_checkpoints (day, feature_version, state) VALUES (%s, %s, %s) "
        "ON CONFLICT (day, feature_version) DO NOTHING",
        (day, feature_version, state.to_bytes()),
    )
    return written.rowcount == 1


def write_memory(connection: psycopg.Connection[Any], memory: bytes, day: date, feature_version: str) -> None:
    """Keep market memory with the checkpoint of its day; one that is kept already stands."""
    connection.execute(
        "UPDATE curated.feature_checkpoints SET memory = %s WHERE day = %s AND feature_version = %s AND memory IS NULL",
        (memory, day, feature_version),
    )


def is_kept(connection: psycopg.Connection[Any], day: date, feature_version: str) -> bool:
    """Whether the state of a day and its market memory are kept: what is kept stands."""
    row = connection.execute(
        "SELECT 1 FROM curated.feature_checkpoints WHERE day = %s AND feature_version = %s AND memory IS NOT NULL",
        (day, feature_version),
    ).fetchone()
    return row is not None


def read_memory(connection: psycopg.Connection[Any], day: date, feature_version: str) -> bytes | None:
    """Market memory of a checkpoint's day, or None where it was not kept."""
    row = connection.execute(
        "SELECT memory FROM curated.feature_checkpoints WHERE day = %s AND feature_version = %s", (day, feature_version)
    ).fetchone()
    return None if row is None or row[0] is None else bytes(row[0])


def read_checkpoint(
    connection: psycopg.Connection[Any], last_day: date, as_of: datetime, feature_version: str
) -> tuple[date, SweepState] | None:
    """The newest checkpoint of a day up to `last_day` that nothing known at `as_of` has overtaken.

    A result or box score that became known after a checkpoint, about a day inside it, makes it unusable for later
    decisions; an earlier one is looked for.

    Returns:
        (day, state), or None: then the sweep begins at the first game.
    """
    while True:
        row = connection.execute(
            "SELECT day, state FROM curated.feature_checkpoints WHERE feature_version = %s AND day <= %s "
            "ORDER BY day DESC LIMIT 1",
            (feature_version, last_day),
        ).fetchone()
        if row is None:
            return None
        day, content = row
        whole = last_whole_day(connection, day, as_of)
        if whole == day:
            return day, SweepState.from_bytes(bytes(content))
        last_day = whole


def last_whole_day(connection: psycopg.Connection[Any], day: date, as_of: datetime) -> date:
    """The newest day up to `day` whose checkpoint nothing known at `as_of` has overtaken, or would overtake."""
    while True:
        late = connection.execute(
            query("late_facts"), {"day": day, "batch_instant": batch_instant(day), "as_of": as_of}
        ).fetchone()
        if late is None or late[0] is None:
            return day
        day = late[0] - timedelta(days=1)


def drop_checkpoints(connection: psycopg.Connection[Any]) -> int:
    """Forget all checkpoints; costs time at the next build and changes nothing else."""
    return connection.execute("DELETE FROM curated.feature_checkpoints").rowcount
