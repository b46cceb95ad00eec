"""One batch of parsed payloads into staging: the order of writes, the source's lock, the quarantine.

Belongs here: what is written in which order within one transaction.
Not here: each table's own rules (live_quotes.py, live_facts.py), team codes (the caller maps them), commits.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.sources.rows import Parsed, Rejected
from mlb_ml_assets.sources.spec import SourceSpec
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
from mlb_ml_assets.warehouse.quarantine import write_quarantine

SINCE_EVER = "1900-01-01"
# Fact tables of staging, and the rows of a payload that they are written from.
FACT_TABLES = {
    "probable_starters": "probables",
    "game_results": "results",
    "game_suspensions": "suspensions",
    "game_conditions": "conditions",
    "lineups": "lineups",
    "starter_lines": "starter_lines",
    "bullpen_lines": "bullpen_lines",
    "team_lines": "team_lines",
    "batter_lines": "batter_lines",
    "pitcher_lines": "pitcher_lines",
    "lineup_positions": "lineup_positions",
}
# Adopted tables of games, by name, and what fills them.
GAMES_WRITERS = {"staging.action_network_games": write_action_network_games}


@dataclass(frozen=True)
class ParsedPayload:
    """One parsed payload with our team codes. `games`: those whose teams are known; `rejected` includes the others."""

    payload_id: int
    parsed: Parsed
    games: Sequence[TeamedGame]
    rejected: Sequence[Rejected] = ()


@dataclass
class StagingWritten:
    """What was written to staging, in rows."""

    games: int = 0
    facts: int = 0
    quotes: int = 0
    quotes_withdrawn: int = 0
    splits: int = 0
    forecasts: int = 0
    newly_rejected: int = 0
    touched_games: set[str] = field(default_factory=set)

    def __add__(self, other: "StagingWritten") -> "StagingWritten":
        return StagingWritten(
            self.games + other.games,
            self.facts + other.facts,
            self.quotes + other.quotes,
            self.quotes_withdrawn + other.quotes_withdrawn,
            self.splits + other.splits,
            self.forecasts + other.forecasts,
            self.newly_rejected + other.newly_rejected,
            self.touched_games | other.touched_games,
        )


def write_staging(
    connection: psycopg.Connection[Any],
    spec: SourceSpec,
    batch: Sequence[ParsedPayload],
    club_names: Mapping[str, str],
    books: Sequence[Book],
) -> StagingWritten:
    """Write a batch; the caller's transaction commits. Two writers of one source take turns.

    Args:
        connection: inside a transaction.
        spec: the source of these payloads.
        batch: parsed payloads in any order; the rows afterwards do not depend on it.
        club_names: full club names by our codes, for the adopted table of games.
        books: the books that the quotes are from, added to the catalog where it lacks them.
    """
    source = spec.name
    lock_partition(connection, "staging.source_games", source)
    done = StagingWritten()
    write_books(connection, source, books)
    games = [game for one in batch for game in one.games]
    game_ids = {game.game.source_game_id for game in games}
    done.games = write_games(connection, source, games)
    if spec.games_table is not None and games:
        GAMES_WRITERS[spec.games_table](connection, sorted(game_ids), club_names)
    for one in batch:
        write_people(connection, one.parsed.people)
    facts = [
        fact
        for one in batch
        for table, rows in FACT_TABLES.items()
        for fact in facts_of(table, getattr(one.parsed, rows))
    ]
    done.facts = write_facts(connection, source, facts)
    quotes = [(one.payload_id, place, quote) for one in batch for place, quote in enumerate(one.parsed.quotes)]
    done.quotes, done.quotes_withdrawn = write_quotes(connection, source, quotes, spec.quotes_table)
    write_sightings(
        connection,
        source,
        [(one.parsed.captured_at, sighting) for one in batch for sighting in one.parsed.sightings],
        [(one.parsed.captured_at, game) for one in batch for game in one.parsed.listed_games],
    )
    splits = [(one.payload_id, split) for one in batch for split in one.parsed.splits]
    done.splits = write_splits(connection, source, splits)
    done.newly_rejected = sum(write_quarantine(connection, source, one.rejected, one.payload_id) for one in batch)
    done.touched_games = game_ids | {split.source_game_id for _, split in splits}
    return done


def write_books(connection: psycopg.Connection[Any], source: str, books: Sequence[Book]) -> None:
    """Add the books that the catalog lacks; entries that exist stay as they are."""
    rows = {
        book.book_id: (source, book.book_id, book.name, book.kind, book.bettable, book.parent, SINCE_EVER)
        for book in books
    }
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
