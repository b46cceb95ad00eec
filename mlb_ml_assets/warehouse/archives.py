"""Archive rows into staging.

Belongs here: writing the rows of one archive so that a second import changes nothing, receipts of the files, players.
Not here: parsing, stamps (archive_stamps.py), linking games (games.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.sources.archive_rows import ArchiveFrames
from mlb_ml_assets.warehouse.conditions import with_stored_conditions
from mlb_ml_assets.warehouse.locks import lock_partition
from mlb_ml_assets.warehouse.partition_write import Target, Written, replace_window, upsert
from mlb_ml_assets.warehouse.quarantine import write_quarantine
from mlb_ml_assets.warehouse.quote_months import give_months
from mlb_ml_assets.warehouse.sql import query
from mlb_ml_assets.warehouse.upkeep import analyze

_KEYS: Mapping[str, tuple[str, ...]] = {
    "source_games": ("source", "source_game_id"),
    "game_results": ("source", "source_game_id", "known_at"),
    "game_conditions": ("source", "source_game_id", "known_at"),
    "game_suspensions": ("source", "source_game_id", "known_at"),
    **dict.fromkeys(
        ("probable_starters", "lineups", "starter_lines", "bullpen_lines", "team_lines"),
        ("source", "source_game_id", "side", "known_at"),
    ),
    "archive_quotes": (
        "source_game_id", "source", "feed", "book", "quote_kind", "market_type", "side", "updated_at",
    ),
}  # fmt: skip
FACT_TABLES: Mapping[str, Target] = {name: Target(f"staging.{name}", keys) for name, keys in _KEYS.items()}
_PEOPLE = Target("staging.people", keys=("player_id",))
_BOOKS = Target("staging.book_catalogue", keys=("source", "book_id", "valid_from"))
_ANALYZE_FROM_ROWS = 1000
_OF_THE_GAMES = "source = %(source)s AND source_game_id = ANY(%(games)s)"


@dataclass(frozen=True)
class ArchiveWritten:
    """What one archive's rows did to staging, by table, and how many rejected records are new."""

    tables: dict[str, Written]
    newly_rejected: int


def write_archive(
    connection: psycopg.Connection[Any],
    frames: ArchiveFrames,
    rows: Mapping[str, pd.DataFrame],
    payload_id: int | None = None,
) -> ArchiveWritten:
    """Make these the only rows of staging for their games; the caller's transaction commits.

    A fact whose known-at changed since the last import replaces the old one: an archive has each fact once.
    """
    lock_partition(connection, "staging.source_games", frames.source)
    written: dict[str, Written] = {}
    if "people" in frames.tables:
        written["people"] = upsert(connection, _PEOPLE, frames.tables["people"])
    for name, target in FACT_TABLES.items():
        table = rows.get(name)
        if table is None or table.empty:
            continue
        if name == "source_games":
            # captured_at stays the first import's: the record did not change by being read again.
            update = [column for column in target.changing(list(table.columns)) if column != "captured_at"]
            written[name] = upsert(connection, target, table, update=update)
            continue
        if name == "game_conditions":
            table = with_stored_conditions(connection, frames.source, table)
        where, params = _OF_THE_GAMES, {"source": frames.source, "games": list(table["source_game_id"].unique())}
        if name == "archive_quotes":
            # Opens and closes may be in one file and ticks in another.
            where += " AND feed || ':' || quote_kind = ANY(%(parts)s)"
            params["parts"] = list((table["feed"] + ":" + table["quote_kind"]).unique())
        written[name] = replace_window(connection, target, table, where=where, params=params)
    for name, counts in written.items():
        if counts.inserted > _ANALYZE_FROM_ROWS:
            # Without statistics the next import compares half a million keys by nested loops: 62 s instead of 14.
            analyze(connection, f"staging.{name}")
    rejected = write_quarantine(connection, frames.source, (one.rejected for one in frames.rejected), payload_id)
    return ArchiveWritten(written, rejected)


def give_archive_months(connection: psycopg.Connection[Any], rows: Mapping[str, pd.DataFrame]) -> None:
    """Give the months of an archive's quotes their partitions before they are written; else each is written twice.

    In autocommit mode, outside a transaction.
    """
    quotes = rows.get("archive_quotes")
    if quotes is not None and not quotes.empty:
        stamps = pd.to_datetime(quotes["updated_at"], utc=True).dt.tz_localize(None)
        give_months(
            connection, "staging.archive_quotes", stamps.dt.to_period("M").drop_duplicates().dt.start_time.dt.date
        )


def record_file(connection: psycopg.Connection[Any], source: str, name: str, sha256: str, size: int) -> int:
    """The receipt of an archive file, one per content; its id goes with the rejected records. The body is not kept."""
    row = connection.execute(
        query("record_archive_file"), {"source": source, "name": name, "sha256": sha256, "size": size}
    ).fetchone()
    assert row is not None
    return int(row[0])


def count_archive_rows(connection: psycopg.Connection[Any], source: str) -> dict[str, int]:
    """Rows of this source in each staging table: what a second import compares before it reads anything."""
    return dict(connection.execute(query("archive_rows_held"), {"source": source}).fetchall())


def stamp_receipts(connection: psycopg.Connection[Any], receipts: Sequence[int], reader: str, rows: int) -> None:
    """Record by which reader these files were imported, and how many rows their source had afterwards."""
    connection.execute(query("stamp_receipts"), {"receipts": list(receipts), "reader": reader, "rows": rows})


def is_imported(connection: psycopg.Connection[Any], source: str, files: Mapping[str, str], reader: str) -> bool:
    """Whether every file (name to SHA-256) was imported by this reader, and the source still has all its rows."""
    held = sum(count_archive_rows(connection, source).values())
    names = list(files)
    params = {
        "source": source,
        "names": names,
        "hashes": [files[name] for name in names],
        "reader": reader,
        "rows": held,
    }
    row = connection.execute(query("files_taken_in"), params).fetchone()
    return row is not None and row[0] == len(files)


def read_player_ids(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Our player id by Retrosheet id, of everyone whose Retrosheet id is known."""
    rows = connection.execute(query("player_ids_by_retrosheet_id")).fetchall()
    return dict(rows)


def write_book_catalogue(connection: psycopg.Connection[Any], books: pd.DataFrame) -> Written:
    """Bring staging.book_catalogue up to date with identity/books.py."""
    return upsert(connection, _BOOKS, books)
