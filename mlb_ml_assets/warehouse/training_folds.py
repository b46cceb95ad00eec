"""Seasons that a training need not predict again: curated.training_folds.

Belongs here: reading and writing the stored content of a fold, by stage and season.
Not here: what a fold is, when it may be used, what its bytes hold (modeling/out_of_fold.py).
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

import psycopg


class StoredFold(NamedTuple):
    """One season of one stage; `content` is read only by what wrote it, if `digest` is the expected one."""

    stage: str
    season: int
    digest: str
    content: bytes


def read_training_folds(connection: psycopg.Connection[Any]) -> list[StoredFold]:
    """Every fold, at most one a stage and season."""
    rows = connection.execute("SELECT stage, season, digest, fold FROM curated.training_folds ORDER BY stage, season")
    return [StoredFold(*row) for row in rows]


def write_training_folds(connection: psycopg.Connection[Any], folds: Iterable[StoredFold]) -> None:
    """Replace the folds of these stages and seasons."""
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO curated.training_folds (stage, season, digest, fold) VALUES (%s, %s, %s, %s) "
            "ON CONFLICT (stage, season) "
            "DO UPDATE SET digest = excluded.digest, fold = excluded.fold, written_at = now()",
            list(folds),
        )
