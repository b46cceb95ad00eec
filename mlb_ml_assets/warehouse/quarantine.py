"""Records that cannot be trusted, and games that no source has been matched to: stored, counted, retried.

Belongs here: raw_data.quarantine and the view curated.unmapped_games.
Not here: deciding what is untrustworthy (sources/, identity/), payloads as they came (raw_data.payload_receipts).
"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg.rows import class_row

from mlb_ml_assets.sources.rows import Rejected
from mlb_ml_assets.warehouse.copy_rows import json_text
from mlb_ml_assets.warehouse.sql import query


@dataclass(frozen=True)
class HeldCount:
    """Records of one source held for one reason and not released."""

    source: str
    reason: str
    records: int
    since: datetime
    latest_detail: str


@dataclass(frozen=True)
class HeldRecord:
    """One record in quarantine."""

    id: int
    reason: str
    detail: str
    source_game_id: str | None
    game_date: date | None
    record: Any
    payload_id: int | None
    quarantined_at: datetime


@dataclass(frozen=True)
class UnmappedGame:
    """A game as one source lists it that is linked to no row of curated.enhanced_games."""

    source: str
    source_game_id: str
    game_date: date
    home_team: str
    away_team: str
    game_number: int
    scheduled_start: datetime
    status: str
    reason: str | None = None


def write_quarantine(
    connection: psycopg.Connection, source: str, rejected: Iterable[Rejected], payload_id: int | None = None
) -> int:
    """Write records to raw_data.quarantine; how many of them are new.

    The same record for the same reason is one row however often it arrives; one that was released is held again.
    """
    statement = query("put_quarantined")
    fresh = 0
    with connection.cursor() as cursor:
        for one in rejected:
            text = record_text(one.record)
            cursor.execute(
                statement,
                {
                    "source": source,
                    "reason": storable(one.reason)[:60],
                    "detail": storable(one.detail)[:2000],
                    "source_game_id": None if one.source_game_id is None else storable(one.source_game_id)[:100],
                    "game_date": one.game_date,
                    "record": text,
                    "record_sha256": record_hash(text),
                    "payload_id": payload_id,
                },
            )
            fresh += cursor.fetchone() == (True,)
    return fresh


def record_text(record: object) -> str:
    """A record as the JSON text that is stored; a bare string becomes a list of one."""
    return json_text(storable([record] if isinstance(record, str) else record))


def storable(value: Any) -> Any:
    """JSON values that PostgreSQL can hold: without NUL and lone halves of surrogate pairs."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    if isinstance(value, Mapping):
        return {storable(str(key)): storable(inner) for key, inner in value.items()}
    return [storable(inner) for inner in value] if isinstance(value, list | tuple) else value


def record_hash(text: str) -> str:
    """SHA-256 of a JSON text with its keys in order: the same content is the same record, however it is written."""
    canonical = json.dumps(json.loads(text), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def read_counts(connection: psycopg.Connection, source: str | None = None) -> list[HeldCount]:
    """What is held, by source and reason, the most frequent first."""
    with connection.cursor(row_factory=class_row(HeldCount)) as cursor:
        return cursor.execute(query("quarantine_counts"), {"source": source}).fetchall()


def read_held(
    connection: psycopg.Connection, source: str, reason: str | None = None, limit: int = 1000
) -> list[HeldRecord]:
    """Records of one source to try again, oldest first."""
    with connection.cursor(row_factory=class_row(HeldRecord)) as cursor:
        parameters = {"source": source, "reason": reason, "row_limit": limit}
        return cursor.execute(query("held_records"), parameters).fetchall()


def release_records(connection: psycopg.Connection, ids: Sequence[int]) -> int:
    """Mark records as dealt with; how many were still held. They stay in the table."""
    return len(connection.execute(query("release_records"), {"ids": list(ids)}).fetchall())


def read_unmapped_games(
    connection: psycopg.Connection,
    source: str | None = None,
    from_day: date | None = None,
    to_day: date | None = None,
) -> list[UnmappedGame]:
    """Source games without a game of ours, of one source or all, from_day <= game_date < to_day."""
    with connection.cursor(row_factory=class_row(UnmappedGame)) as cursor:
        parameters = {"source": source, "from_day": from_day, "to_day": to_day}
        return cursor.execute(query("unmapped_games"), parameters).fetchall()
