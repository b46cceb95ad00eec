"""API keys: creating one, and checking a given one against the stored hashes.

Belongs here: the format of a key, `create_key`, the key ring of a running API.
Not here: the table (warehouse/api_keys.py), where a request carries its key and what a refusal is (gate.py).

A key is `mlbml_<id>_<secret>`. The secret is 32 random bytes, so that a plain SHA-256 is enough at rest: a slow hash
protects only secrets that can be guessed. Rotation: create a second key, change the clients over, revoke the first.
"""

import asyncio
import hashlib
import hmac
import re
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
from starlette.concurrency import run_in_threadpool

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.warehouse.api_keys import ApiKeyRow, write_key

_PATTERN = re.compile(r"mlbml_([a-z0-9]{8})_([A-Za-z0-9_-]{43})")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
# A revoked key is accepted for at most this long; its streams end one comparison later.
KEPT_SECONDS = 2.0
# An unknown key may be a new one: the table is read again, but not for every guess.
_REREAD_SECONDS = 0.25
_NO_HASH = bytes(32)


@dataclass(frozen=True)
class NewKey:
    """A new key: `key` is shown to its owner once and stored nowhere."""

    key_id: str
    key: str
    label: str
    expires_at: datetime | None

    def __repr__(self) -> str:
        return f"NewKey(key_id={self.key_id!r}, label={self.label!r})"


def create_key(
    connection: psycopg.Connection[Any],
    label: str,
    *,
    days: int | None = None,
    requests_per_minute: int | None = None,
) -> NewKey:
    """Create a key and store its hash; the caller commits.

    Args:
        connection: a session that may write to mlb_ml.api_keys.
        label: whose key it is, for `mlb-ml api-key list`.
        days: how long it is valid; None for no limit.
        requests_per_minute: its own limit; None for the server's.
    """
    key_id = "".join(secrets.choice(_LETTERS) for _ in range(8))
    key = f"mlbml_{key_id}_{secrets.token_urlsafe(32)}"
    expires_at = None if days is None else present() + timedelta(days=days)
    write_key(connection, key_id, label, _hash(key), requests_per_minute=requests_per_minute, expires_at=expires_at)
    return NewKey(key_id, key, label, expires_at)


class KeyRing:
    """All stored keys as read at most `KEPT_SECONDS` ago, so that guesses cost no query. Lives in one event loop.

    Args:
        read: every stored key; runs in a thread.
        now: a monotonic clock, seconds.
    """

    def __init__(self, read: Callable[[], list[ApiKeyRow]], now: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._now = now
        self._rows: dict[str, ApiKeyRow] = {}
        self._read_at = float("-inf")
        self._reading = asyncio.Lock()

    async def find(self, key: str) -> ApiKeyRow | None:
        """The row of a valid key, or None. Takes the same steps whether the id or the secret is wrong."""
        match = _PATTERN.fullmatch(key)
        if match is None:
            return None
        await self._refresh(KEPT_SECONDS)
        if match[1] not in self._rows:
            await self._refresh(_REREAD_SECONDS)
        row = self._rows.get(match[1])
        is_same = hmac.compare_digest(row.key_sha256 if row else _NO_HASH, _hash(key))
        return row if row is not None and is_same and _is_in_effect(row) else None

    async def is_valid(self, key_id: str) -> bool:
        """Whether the key with this id exists and is neither revoked nor expired."""
        await self._refresh(KEPT_SECONDS)
        row = self._rows.get(key_id)
        return row is not None and _is_in_effect(row)

    async def _refresh(self, max_age: float) -> None:
        if self._now() - self._read_at <= max_age:
            return
        async with self._reading:
            if self._now() - self._read_at > max_age:
                # Stamped before reading: a key revoked meanwhile counts as not yet seen.
                stamp = self._now()
                self._rows = {row.key_id: row for row in await run_in_threadpool(self._read)}
                self._read_at = stamp


def _is_in_effect(row: ApiKeyRow) -> bool:
    return row.revoked_at is None and (row.expires_at is None or row.expires_at > present())


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
