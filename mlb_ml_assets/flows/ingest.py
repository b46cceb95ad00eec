"""From a source to staging: one path for the network, for recorded files and for what was put aside earlier.

Belongs here: fetch or read, keep the payload, parse, map teams and parks, write, link games; the report of it all.
Not here: Dagster definitions (raw_and_staging assets call this), any source's shape, SQL.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.identity.books import book_of
from mlb_ml_assets.identity.parks import park_of_venue
from mlb_ml_assets.identity.teams import (
    TEAMS,
    UnknownTeam,
    full_name,
    team_code,
    team_code_of_action_network_id,
    team_code_of_mlb_id,
)
from mlb_ml_assets.sources import recorded
from mlb_ml_assets.sources.catalogue import Source, source_of
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.http import SourceClient, SourceUnavailable
from mlb_ml_assets.sources.politeness import CircuitOpen
from mlb_ml_assets.sources.rows import BookEntry, Parsed, Payload, PayloadShapeError, Rejected
from mlb_ml_assets.warehouse import payloads as receipts
from mlb_ml_assets.warehouse import quarantine
from mlb_ml_assets.warehouse.copy_text import json_text
from mlb_ml_assets.warehouse.game_links import link_games
from mlb_ml_assets.warehouse.live_facts import TeamedGame
from mlb_ml_assets.warehouse.live_rows import ParsedPayload, storable, write_staging
from mlb_ml_assets.warehouse.split_promotion import promote_splits

EASTERN = ZoneInfo("America/New_York")
# Payloads a transaction: large enough that the database's work is by set, small enough that little is lost to a crash.
BATCH = 24
SHAPE_REASON = "payload_shape"


class IngestFailed(RuntimeError):
    """A source could not be asked, or what it sent was not taken; what came before is kept."""


@dataclass
class IngestReport:
    """What one ingest did. `refused`: payloads of which nothing was taken, with the message; `failed`: not fetched."""

    source: str
    payloads: int = 0
    unchanged: int = 0
    seen_before: int = 0
    games: int = 0
    facts: int = 0
    quotes: int = 0
    quotes_withdrawn: int = 0
    splits: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    released: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    linked: int = 0
    unmapped: Counter[str] = field(default_factory=Counter)
    splits_promoted: int = 0
    touched_games: set[str] = field(default_factory=set)

    def raise_if_stopped(self) -> None:
        """
        Raises:
            IngestFailed: a payload changed its shape, or the source gave none; names the field or the endpoint.
        """  # noqa: D212
        problems = [f"{endpoint}: {message}" for endpoint, message in self.refused] + self.failed
        if problems:
            raise IngestFailed(f"{self.source}: {len(problems)} problems; first: {problems[0]}")


def ingest(
    connection: psycopg.Connection[Any],
    source: str,
    day: date | None = None,
    *,
    from_files: Sequence[Path] = (),
    captured_at: datetime | None = None,
    client: SourceClient | None = None,
) -> IngestReport:
    """One source once: from the network for a day (default: today in New York), or from recorded payloads.

    Each batch commits by itself, raw payloads before their rows; what an ingest that was cut short had kept and not
    read is read at the end. A payload whose shape changed is kept, named in the report and stops nothing else; the
    caller decides whether to raise (`raise_if_stopped`).

    Args:
        connection: in autocommit mode.
        source: a name of sources/catalogue.py.
        day: the slate day to ask for.
        from_files: files, archives or folders instead of the network.
        captured_at: capture instant of the files where they do not tell.
        client: an open client; by default one is opened and closed here.

    Raises:
        UnknownSource: nothing was read.
        NoCaptureTime, UnreadableRecording: naming a file; whole batches before it were kept.
        IngestFailed: the source has no address to fetch from.
    """
    which, report = source_of(source), IngestReport(source)
    if from_files:
        incoming: Iterable[Payload] = recorded.read(which, from_files, captured_at)
    else:
        incoming = _fetched(connection, which, day or present().astimezone(EASTERN).date(), client, report)
    stream = iter(incoming)
    while batch := list(islice(stream, BATCH)):
        _keep_and_write(connection, which, batch, report)
    _link(connection, source, report)
    # Last, so that one that breaks its reader does not stand in the way of what came today.
    if left := receipts.unread(connection, source):
        _parse_kept(connection, which, left, report)
        _link(connection, source, report)
    return report


def retry_quarantine(connection: psycopg.Connection[Any], source: str) -> IngestReport:
    """Parse again what was refused or has records in quarantine; records that are now taken are released."""
    which, report = source_of(source), IngestReport(source)
    _parse_kept(connection, which, receipts.unparsed(connection, source), report)
    _link(connection, source, report)
    return report


def _parse_kept(
    connection: psycopg.Connection[Any], which: Source, stored: Sequence[receipts.StoredPayload], report: IngestReport
) -> None:
    for start in range(0, len(stored), BATCH):
        part = stored[start : start + BATCH]
        report.payloads += len(part)
        rejected = _write(connection, which, [(one.payload_id, one.payload) for one in part], report)
        with connection.transaction():
            report.released += _release(connection, which.name, {one.payload_id for one in part}, rejected)


def _fetched(
    connection: psycopg.Connection[Any], which: Source, day: date, client: SourceClient | None, report: IngestReport
) -> Iterator[Payload]:
    if which.fetch is None or which.client is None:
        raise IngestFailed(f"{which.name} has no address to ask: give recorded payloads with --from-files")
    opened = client or which.client(recall=lambda endpoint: receipts.known_etag(connection, which.name, endpoint))
    try:
        settled = (receipts.settled_games(connection, which.name, day, present()),) if which.skips_final else ()
        yield from which.fetch(opened, day, *settled)
    except (SourceUnavailable, CircuitOpen) as error:
        report.failed.append(str(error))
    except PayloadShapeError:
        # The payload itself was yielded before its content was needed to ask on: the batch tells the field.
        pass
    finally:
        if client is None:
            opened.close()


def _keep_and_write(
    connection: psycopg.Connection[Any], which: Source, batch: Sequence[Payload], report: IngestReport
) -> None:
    kept: list[tuple[int, Payload]] = []
    with connection.transaction():
        for payload in batch:
            receipt = receipts.receive(connection, payload)
            report.payloads += 1
            report.unchanged += not receipt.fresh
            report.seen_before += receipt.seen_before
            if not receipt.seen_before:
                kept.append((receipt.payload_id, payload))
    if kept:
        _write(connection, which, kept, report)


def _write(
    connection: psycopg.Connection[Any], which: Source, kept: Sequence[tuple[int, Payload]], report: IngestReport
) -> set[tuple[str, str]]:
    """Parse and write one batch in one transaction; gives reason and hash of every record rejected now."""
    batch: list[ParsedPayload] = []
    refusals: dict[int, str] = {}
    shapes: list[tuple[int, Rejected]] = []
    for place, (payload_id, payload) in enumerate(kept):
        try:
            parsed = which.parse(payload.body, payload.captured_at, payload.endpoint)
        except PayloadShapeError as error:
            refusals[place] = str(error)
            report.refused.append((payload.endpoint, str(error)))
            record = {"endpoint": payload.endpoint, "field": error.field}
            shapes.append((payload_id, Rejected(SHAPE_REASON, str(error), record)))
            continue
        batch.append(with_our_codes(which.name, payload_id, parsed))
        report.left_out += parsed.left_out
    with connection.transaction():
        written = write_staging(connection, which.name, batch, CLUB_NAMES, _books(which.name, batch))
        for payload_id, shape in shapes:
            written.newly_rejected += quarantine.put(connection, which.name, [_held(shape)], payload_id)
        for place, (payload_id, payload) in enumerate(kept):
            receipts.mark_parsed(connection, payload_id, payload.captured_at, refusals.get(place))
    report.games += written.games
    report.facts += written.facts
    report.quotes += written.quotes
    report.quotes_withdrawn += written.quotes_withdrawn
    report.splits += written.splits
    report.touched_games |= written.touched_games
    every = [one for parsed in batch for one in parsed.rejected] + [shape for _, shape in shapes]
    report.rejected.update(one.reason for one in every)
    return {(one.reason, quarantine.record_hash(_text(one))) for one in map(_held, every)}


def _held(one: Rejected) -> quarantine.Rejected:
    return quarantine.Rejected(one.reason, storable(one.detail), one.record, one.source_game_id, one.game_date)


def _text(one: quarantine.Rejected) -> str:
    return json_text(storable(one.record) if not isinstance(one.record, str) else [storable(one.record)])


def with_our_codes(source: str, payload_id: int, parsed: Parsed) -> ParsedPayload:
    """Map teams and parks. A game with a team that is none of ours is rejected, and its rows with it."""
    games: list[TeamedGame] = []
    rejected = list(parsed.rejected)
    foreign: set[str] = set()
    for game in parsed.games:
        try:
            home, away = (_code(source, team) for team in (game.home_team, game.away_team))
        except UnknownTeam as error:
            foreign.add(game.source_game_id)
            record = {"game": game.source_game_id, "home": game.home_team, "away": game.away_team}
            rejected.append(Rejected("unknown_team", str(error), record, game.source_game_id, game.game_date))
            continue
        games.append(TeamedGame(payload_id, game, home, away, _park(game)))
    if foreign:
        for name in ("quotes", "splits", "sightings", "probables", "results", "conditions", "lineups"):
            rows = getattr(parsed, name)
            setattr(parsed, name, [row for row in rows if row.source_game_id not in foreign])
        parsed.listed_games = [game for game in parsed.listed_games if game not in foreign]
    return ParsedPayload(payload_id, parsed, games, rejected)


def _code(source: str, team: str) -> str:
    if source == "mlb_stats_api":
        return team_code_of_mlb_id(int(team))
    if source == "action_network":
        return team_code_of_action_network_id(int(team))
    return team_code(team)


def _park(game: SourceGame) -> str | None:
    venue = int(game.venue_id) if game.venue_id is not None and game.venue_id.isdigit() else None
    park = park_of_venue(venue, game.venue_name)
    return None if park is None else park.park_id


CLUB_NAMES = {team.code: full_name(team.code, datetime.now(UTC).date()) for team in TEAMS}


def _books(source: str, batch: Sequence[ParsedPayload]) -> list[BookEntry]:
    """Every book quoted in the batch: as the project's table has it, else as the source names it."""
    told = {book.book_id: book for one in batch for book in one.parsed.books}
    quoted = {quote.book_id for one in batch for quote in one.parsed.quotes}
    quoted |= {split.book_id for one in batch for split in one.parsed.splits}
    entries = []
    for book_id in sorted(quoted | set(told)):
        named = told.get(book_id)
        book = book_of(source, book_id, None if named is None else named.book_name)
        kind = named.book_kind if named is not None and book.kind == "book" else book.kind
        bettable = book.bettable and (named is None or named.bettable)
        parent = book.parent or (None if named is None else named.parent_book)
        entries.append(BookEntry(book_id, book.name, kind, bettable, parent))
    return entries


def _release(
    connection: psycopg.Connection[Any], source: str, payload_ids: set[int], still: set[tuple[str, str]]
) -> int:
    held = quarantine.held(connection, source, limit=1_000_000)
    done = [
        one.id
        for one in held
        if one.payload_id in payload_ids and (one.reason, quarantine.record_hash(_text_of_held(one))) not in still
    ]
    return quarantine.release(connection, done)


def _text_of_held(one: quarantine.HeldRecord) -> str:
    return json_text(one.record)


def _link(connection: psycopg.Connection[Any], source: str, report: IngestReport) -> None:
    """Link what came in to our games, and pass on the splits of what came in or was linked."""
    with connection.transaction():
        links = link_games(connection, source)
        report.linked, report.unmapped = links.linked, links.unmapped
        report.splits_promoted = promote_splits(connection, source, report.touched_games | links.linked_games)
