"""API keys: made, shown once, checked against their hashes.

Belongs here: what a key looks like, `create_key`, `revoke_key`, `list_keys` for the command line, and the checker.
Not here: the table (warehouse/api_keys.py), where in a request a key stands and what a refusal is (gate.py).

A key is `mlbml_<id>_<secret>`. The secret is 32 random bytes, so that a plain SHA-256 is enough at rest: there is
nothing to guess that a slow hash would protect. Rotation: make a second key, change the clients over, revoke the first.
"""

import hashlib
import hmac
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.warehouse.api_keys import ApiKeyRow, revoke_stored_key, store_key, stored_keys

_PATTERN = re.compile(r"mlbml_([a-z0-9]{8})_([A-Za-z0-9_-]{43})")
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
# A revoked key works on for at most this long in a running API.
KEPT_SECONDS = 5.0
_NOBODY = bytes(32)


@dataclass(frozen=True)
class NewKey:
    """A key just made: `key` is shown to its owner once and kept nowhere."""

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
    """Make a key and store its hash; the caller commits.

    Args:
        connection: a session that may write to mlb_ml.api_keys.
        label: whose key it is, for `list_keys`.
        days: how long it is valid; None for ever.
        requests_per_minute: its own limit; None for the server's.
    """
    key_id = "".join(secrets.choice(_LETTERS) for _ in range(8))
    key = f"mlbml_{key_id}_{secrets.token_urlsafe(32)}"
    expires_at = None if days is None else present() + timedelta(days=days)
    store_key(connection, key_id, label, _hashed(key), requests_per_minute=requests_per_minute, expires_at=expires_at)
    return NewKey(key_id, key, label, expires_at)


def revoke_key(connection: psycopg.Connection[Any], key_id: str) -> ApiKeyRow:
    """End a key; running APIs refuse it within `KEPT_SECONDS`.

    Raises:
        UnknownKey: no valid key has this id.
    """
    return revoke_stored_key(connection, key_id, present())


def list_keys(connection: psycopg.Connection[Any]) -> list[ApiKeyRow]:
    """Every key ever made, oldest first."""
    return stored_keys(connection)


class KeyChecker:
    """Whether a given key is one of ours, from hashes read through `find` and remembered for a few seconds."""

    def __init__(self, find: Callable[[str], ApiKeyRow | None], now: Callable[[], float] = time.monotonic) -> None:
        self._find = find
        self._now = now
        self._known: dict[str, tuple[float, ApiKeyRow]] = {}
        self._lock = threading.Lock()

    def remembered(self, key: str) -> ApiKeyRow | None:
        """The row of a valid key that was looked up a moment ago; None says nothing about the key."""
        match = _PATTERN.fullmatch(key)
        with self._lock:
            held = self._known.get(match[1]) if match else None
        if held is None or self._now() - held[0] > KEPT_SECONDS:
            return None
        return held[1] if _fits(held[1], key) else None

    def check(self, key: str) -> ApiKeyRow | None:
        """The row of a valid key, or None. Takes the same steps whether the id or the secret is wrong."""
        match = _PATTERN.fullmatch(key)
        if match is None:
            return None
        row = self._find(match[1])
        if row is None:
            hmac.compare_digest(_NOBODY, _hashed(key))
            return None
        if not _fits(row, key):
            return None
        with self._lock:
            if len(self._known) > 1000:
                self._known.clear()
            self._known[row.key_id] = (self._now(), row)
        return row


def _fits(row: ApiKeyRow, key: str) -> bool:
    same = hmac.compare_digest(row.key_sha256, _hashed(key))
    return same and row.revoked_at is None and (row.expires_at is None or row.expires_at > present())


def _hashed(key: str) -> bytes:
    return hashlib.sha256(key.encode()).digest()
