"""Payloads as they came: raw_data.payload_receipts, its sightings, and the landing tables that other programs share.

Belongs here: keeping each content once before anything parses it, remembering ETags, what is still to be parsed.
Not here: parsing (sources/), rows of staging (live_rows.py).
"""

import gzip
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from mlb_ml_assets.sources.catalogue import source_of
from mlb_ml_assets.sources.rows import Payload
from mlb_ml_assets.warehouse.contract import can_write
from mlb_ml_assets.warehouse.sql import query


@dataclass(frozen=True)
class Receipt:
    """A kept payload. `fresh`: its content is new; `seen_before`: this very capture of it was kept already."""

    payload_id: int
    fresh: bool
    seen_before: bool


@dataclass(frozen=True)
class StoredPayload:
    """A kept payload and one instant at which it was captured."""

    payload_id: int
    payload: Payload


def write_payload(connection: psycopg.Connection[Any], payload: Payload) -> Receipt:
    """Keep a payload; the caller's transaction commits. The same capture twice changes nothing but a counter."""
    packed = gzip.compress(payload.body, compresslevel=6, mtime=0)
    row = connection.execute(
        query("receive_payload"),
        {
            "source": payload.source,
            "endpoint": payload.endpoint,
            # 304 means: as the 200 before it.
            "status": 200 if payload.status == 304 else payload.status,
            "sha256": hashlib.sha256(payload.body).hexdigest(),
            "size": len(payload.body),
            "captured_at": payload.captured_at,
            "etag": payload.headers.get("etag"),
            "body": packed,
        },
    ).fetchone()
    assert row is not None
    payload_id, fresh, landed_id = row
    sighting = connection.execute(
        "INSERT INTO raw_data.payload_sightings (payload_id, captured_at) VALUES (%s, %s) ON CONFLICT DO NOTHING",
        (payload_id, payload.captured_at),
    )
    if fresh and landed_id is None:
        _land(connection, payload, payload_id)
    return Receipt(payload_id, fresh, sighting.rowcount == 0)


def _land(connection: psycopg.Connection[Any], payload: Payload, payload_id: int) -> None:
    """Also write it to the source's shared landing table, where that is of the generation with a place for it."""
    landing = source_of(payload.source).landing
    if landing is None or not can_write(connection, landing.table):
        return
    schema, name = landing.table.split(".")
    statement = sql.SQL(
        "INSERT INTO {table} ({endpoint}, {content}, collected_at) VALUES (%s, %s, %s) RETURNING id"
    ).format(
        table=sql.Identifier(schema, name),
        endpoint=sql.Identifier(landing.endpoint_column),
        content=sql.Identifier(landing.content_column),
    )
    try:
        with connection.transaction():
            row = connection.execute(
                statement, (payload.endpoint[:100], _as_json(payload.body), payload.captured_at)
            ).fetchone()
    except psycopg.DataError:
        # JSONB holds no NUL and no half of a surrogate pair; the receipt has the bytes.
        return
    assert row is not None
    connection.execute(
        "UPDATE raw_data.payload_receipts SET landed_in = %s, landed_id = %s WHERE id = %s",
        (landing.table, row[0], payload_id),
    )


def _as_json(body: bytes) -> str:
    """The body where it is JSON, else a JSON object that holds the page."""
    text = body.decode("utf-8-sig", errors="replace")
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return json.dumps({"page": text.replace("\x00", "")})
    return text


def mark_parsed(
    connection: psycopg.Connection[Any], payload_id: int, captured_at: datetime, refusal: str | None = None
) -> None:
    """Note that this capture has been through the parser; `refusal`: why nothing of it was taken."""
    connection.execute(
        "UPDATE raw_data.payload_sightings SET parsed_at = NOW(), refusal = %s "
        "WHERE payload_id = %s AND captured_at = %s",
        (refusal, payload_id, captured_at),
    )
    connection.execute(
        "UPDATE raw_data.payload_receipts SET parsed_at = NOW() WHERE id = %s AND parsed_at IS NULL", (payload_id,)
    )


def read_unparsed(connection: psycopg.Connection[Any], source: str) -> Sequence[StoredPayload]:
    """Captures to parse again: never parsed, refused as a whole, or with records in quarantine. Oldest first."""
    return _stored(connection, source, query("unparsed_payloads"))


def read_never_parsed(connection: psycopg.Connection[Any], source: str) -> Sequence[StoredPayload]:
    """Captures that were kept and never came to the parser: their ingest was cut short. Oldest first."""
    return _stored(connection, source, query("unread_payloads"))


def _stored(connection: psycopg.Connection[Any], source: str, statement: LiteralString) -> Sequence[StoredPayload]:
    rows = connection.execute(statement, {"source": source}).fetchall()
    return [
        StoredPayload(payload_id, Payload(source, endpoint, status, gzip.decompress(body), captured_at))
        for payload_id, endpoint, status, body, captured_at in rows
    ]


def read_etag(connection: psycopg.Connection[Any], source: str, endpoint: str) -> tuple[str, bytes] | None:
    """The ETag and body that this endpoint gave last, to ask only for what changed since."""
    row = connection.execute(query("known_etag"), {"source": source, "endpoint": endpoint}).fetchone()
    return None if row is None else (str(row[0]), gzip.decompress(row[1]))


def read_settled_games(connection: psycopg.Connection[Any], source: str, day: date, now: datetime) -> frozenset[str]:
    """Games about `day` whose box score was read lately, or late enough to have the scorer's corrections."""
    rows = connection.execute(query("settled_box_scores"), {"source": source, "day": day, "now": now}).fetchall()
    return frozenset(game for (game,) in rows)
