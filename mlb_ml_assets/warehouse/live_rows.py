"""One batch of parsed payloads into staging: the order of writes, the source's lock, the quarantine.

Belongs here: what is written in which order within one transaction.
Not here: each table's own rules (live_quotes.py, live_facts.py), team codes (the caller maps them), commits.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from mlb_ml_assets.sources.rows import BookEntry, Parsed
from mlb_ml_assets.sources.rows import Rejected as RejectedRecord
from mlb_ml_assets.warehouse.live_facts import (
    TeamedGame,
    facts_of,
    write_action_network_games,
    write_facts,
    write_games,
    write_people,
)
from mlb_ml_assets.warehouse.live_quotes import write_quotes, write_sightings, write_splits
from mlb_ml_assets.warehouse.locks import lock_partition
from mlb_ml_assets.warehouse.quarantine import Rejected, put

SINCE_EVER = "1900-01-01"


@dataclass(frozen=True)
class ParsedPayload:
    """One parsed payload with our team codes. `games`: those whose teams are known; `rejected` includes the others."""

    payload_id: int
    parsed: Parsed
    games: Sequence[TeamedGame]
    rejected: Sequence[RejectedRecord] = ()


@dataclass
class StagingWritten:
    """What one batch did to staging, in rows."""

    games: int = 0
    facts: int = 0
    quotes: int = 0
    quotes_withdrawn: int = 0
    splits: int = 0
    newly_rejected: int = 0
    touched_games: set[str] = field(default_factory=set)


def write_staging(
    connection: psycopg.Connection[Any],
    source: str,
    batch: Sequence[ParsedPayload],
    club_names: Mapping[str, str],
    books: Sequence[BookEntry],
) -> StagingWritten:
    """Write a batch; the caller's transaction commits. Two writers of one source take turns.

    Args:
        connection: inside a transaction.
        source: whose payloads these are.
        batch: parsed payloads in any order; the rows that stand afterwards do not depend on it.
        club_names: full club names by our codes, for the adopted table of games.
        books: the books that the quotes are from, as the catalogue should have them where it has not.
    """
    lock_partition(connection, "staging.source_games", source)
    done = StagingWritten()
    _write_books(connection, source, books)
    games = [game for one in batch for game in one.games]
    done.games = write_games(connection, source, games)
    if source == "action_network" and games:
        write_action_network_games(connection, sorted({g.game.source_game_id for g in games}), club_names)
    for one in batch:
        write_people(connection, one.parsed.people)
    done.facts = write_facts(
        connection,
        source,
        [
            fact
            for one in batch
            for table, rows in (
                ("probable_starters", one.parsed.probables),
                ("game_results", one.parsed.results),
                ("game_conditions", one.parsed.conditions),
                ("lineups", one.parsed.lineups),
                ("starter_lines", one.parsed.starter_lines),
                ("bullpen_lines", one.parsed.bullpen_lines),
                ("team_lines", one.parsed.team_lines),
            )
            for fact in facts_of(table, rows)
        ],
    )
    done.quotes, done.quotes_withdrawn = write_quotes(
        connection,
        source,
        [(one.payload_id, place, quote) for one in batch for place, quote in enumerate(one.parsed.quotes)],
    )
    write_sightings(
        connection,
        source,
        [(one.parsed.captured_at, sighting) for one in batch for sighting in one.parsed.sightings],
        [(one.parsed.captured_at, game) for one in batch for game in one.parsed.listed_games],
    )
    done.splits = write_splits(
        connection, source, [(one.payload_id, split) for one in batch for split in one.parsed.splits]
    )
    for one in batch:
        done.newly_rejected += put(connection, source, map(_held, one.rejected), one.payload_id)
    done.touched_games = {game.game.source_game_id for game in games}
    done.touched_games |= {split.source_game_id for one in batch for split in one.parsed.splits}
    return done


def _write_books(connection: psycopg.Connection[Any], source: str, books: Sequence[BookEntry]) -> None:
    """Books that the catalogue does not have yet; what it says of others stays."""
    rows = {
        book.book_id: (
            source, book.book_id, book.book_name, book.book_kind, book.bettable, book.parent_book, SINCE_EVER,
        )
        for book in books
    }  # fmt: skip
    if not rows:
        return
    known = connection.execute("SELECT book_id FROM staging.book_catalogue WHERE source = %s", (source,)).fetchall()
    fresh = [row for book_id, row in sorted(rows.items()) if (book_id,) not in known]
    if fresh:
        with connection.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO staging.book_catalogue "
                "(source, book_id, book_name, book_kind, bettable, parent_book, valid_from) "
                "VALUES (%s, %s, %s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                fresh,
            )


def _held(record: RejectedRecord) -> Rejected:
    return Rejected(
        reason=storable(record.reason)[:60],
        detail=storable(record.detail)[:2000],
        record=storable(json.loads(json.dumps(record.record, default=str))),
        source_game_id=None if record.source_game_id is None else storable(record.source_game_id)[:100],
        game_date=record.game_date,
    )


def storable(value: Any) -> Any:
    """JSON values that PostgreSQL can hold: no NUL, no half of a surrogate pair."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\x00", "\ufffd")
    if isinstance(value, dict):
        return {storable(key): storable(inner) for key, inner in value.items()}
    return [storable(inner) for inner in value] if isinstance(value, list) else value
