"""From a source to staging: one path for the network, for recorded files and for what was set aside earlier.

Belongs here: read payloads, store them, parse them, map teams and parks, write, link games; the report of it all.
Not here: Dagster definitions (assets/sources.py), the shape of any source (sources/), SQL.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.domain.clock import present, today
from mlb_ml_assets.identity.books import describe_book
from mlb_ml_assets.identity.parks import park_of_venue
from mlb_ml_assets.identity.schedule_rules import assumed_start, is_neutral_site, scheduled_innings, zone_of
from mlb_ml_assets.identity.teams import TEAMS, UnknownTeam, full_name, team_code_by
from mlb_ml_assets.sources import recorded
from mlb_ml_assets.sources.catalogue import source_of
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.http import SourceClient, SourceUnavailable
from mlb_ml_assets.sources.politeness import CircuitOpen
from mlb_ml_assets.sources.rows import Parsed, Payload, PayloadShapeError, Rejected
from mlb_ml_assets.sources.spec import SourceSpec
from mlb_ml_assets.warehouse import payloads as receipts
from mlb_ml_assets.warehouse import quarantine
from mlb_ml_assets.warehouse.game_links import link_games, read_unlinked
from mlb_ml_assets.warehouse.games import refresh_games
from mlb_ml_assets.warehouse.live_facts import TeamedGame
from mlb_ml_assets.warehouse.live_quotes import promote_splits
from mlb_ml_assets.warehouse.live_rows import FACT_TABLES, ParsedPayload, StagingWritten, write_staging
from mlb_ml_assets.warehouse.locks import lock_partition
from mlb_ml_assets.warehouse.odds_evidence import mark_listed_odds
from mlb_ml_assets.warehouse.payloads import StoredPayload
from mlb_ml_assets.warehouse.upkeep import FILLED_BY_INGEST, analyze_filled
from mlb_ml_assets.warehouse.weather import read_places, write_forecasts

# Payloads per transaction: enough that the database works by set, few enough that little is lost to a crash.
BATCH = 24
SHAPE_REASON = "payload_shape"
# Endpoint of a payload whose address nobody recorded: this and the name of its file.
RECORDED = "recorded:"
CLUB_NAMES = {team.code: full_name(team.code, datetime.now(UTC).date()) for team in TEAMS}


class IngestFailed(RuntimeError):
    """A source could not be fetched, or its payloads were refused; what was stored before is kept."""


@dataclass
class IngestReport:
    """What one ingest did.

    Attributes:
        source: its name.
        written: rows of staging.
        payloads: payloads read.
        unchanged: of these, how many had known content.
        seen_before: of these, how many captures were stored already.
        rejected: records in quarantine, by reason.
        released: records released from quarantine.
        left_out: parts that were understood and are not stored, by reason.
        refused: endpoint and message of payloads of which nothing was taken.
        failed: messages of requests without a payload.
        skipped: files of a recording that were passed over, and envelopes that were opened.
        linked: new or moved links to games.
        unmapped: games without a link, by reason: of the day and a week around it, of any day where files were read.
        splits_promoted: rows of curated.unified_betting_splits.
    """

    source: str
    written: StagingWritten = field(default_factory=StagingWritten)
    payloads: int = 0
    unchanged: int = 0
    seen_before: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    released: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    refused: list[tuple[str, str]] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    skipped: recorded.Skipped = field(default_factory=recorded.Skipped)
    linked: int = 0
    unmapped: Counter[str] = field(default_factory=Counter)
    splits_promoted: int = 0

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
    """Ingest one source once: from the network for a day (default: today in New York), or from recorded payloads.

    Each batch commits by itself, raw payloads before their rows; payloads that an interrupted ingest stored and did not
    parse are parsed at the end. A payload whose shape changed is kept, named in the report and stops nothing else; the
    caller decides whether to raise (`raise_if_stopped`).

    Args:
        connection: in autocommit mode.
        source: a name of sources/catalogue.py.
        day: the slate day to fetch.
        from_files: files, archives or folders instead of the network.
        captured_at: capture instant of files whose content and name do not give one.
        client: an open client; by default one is opened and closed here.

    Raises:
        UnknownSource: nothing was read.
        NoCaptureTime, UnreadableRecording: naming a file; whole batches before it were kept.
        IngestFailed: the source has no address to fetch from.
    """
    spec, report = source_of(source), IngestReport(source)
    if from_files:
        incoming: Iterable[Payload] = recorded.read(spec, from_files, captured_at, report.skipped)
    else:
        incoming = _fetch(connection, spec, day or today(), client, report)
    stream = iter(incoming)
    while batch := list(islice(stream, BATCH)):
        _parse_and_write(connection, spec, _store(connection, batch, report), report)
    written = report.written
    rows = written.games + written.facts + written.quotes + written.splits
    if analyze_filled(connection, (*FILLED_BY_INGEST, spec.quotes_table), rows):
        mark_listed_odds(connection)
    linked_day = None if from_files else day or today()
    _link(connection, source, report, linked_day)
    # Last, so that a payload that breaks its parser does not hold up what came today.
    if left := receipts.read_never_parsed(connection, source):
        _parse_stored(connection, spec, left, report)
        _link(connection, source, report, linked_day)
    return report


def retry_quarantine(connection: psycopg.Connection[Any], source: str) -> IngestReport:
    """Parse again what was refused or has records in quarantine; records that are taken now are released."""
    spec, report = source_of(source), IngestReport(source)
    _parse_stored(connection, spec, receipts.read_unparsed(connection, source), report)
    _link(connection, source, report, None)
    return report


def _fetch(
    connection: psycopg.Connection[Any], spec: SourceSpec, day: date, client: SourceClient | None, report: IngestReport
) -> Iterator[Payload]:
    if spec.fetch is None or spec.client is None:
        raise IngestFailed(f"{spec.name} has no address to fetch from: give recorded payloads with --from-files")
    opened = client or spec.client(recall=lambda endpoint: receipts.read_etag(connection, spec.name, endpoint))
    try:
        given: list[Any] = []
        if spec.skips_final:
            given.append(receipts.read_settled_games(connection, spec.name, day, present()))
        if spec.takes_places:
            given.append(read_places(connection, day))
        yield from spec.fetch(opened, day, *given)
    except (SourceUnavailable, CircuitOpen) as error:
        report.failed.append(str(error))
    except PayloadShapeError:
        # The payload was yielded before its content was needed for the next request: its batch names the field.
        pass
    finally:
        if client is None:
            opened.close()


def _store(connection: psycopg.Connection[Any], batch: Sequence[Payload], report: IngestReport) -> list[StoredPayload]:
    """Keep the payloads; returns the captures that were not stored before."""
    fresh: list[StoredPayload] = []
    with connection.transaction():
        for payload in batch:
            receipt = receipts.write_payload(connection, payload)
            report.payloads += 1
            report.unchanged += not receipt.fresh
            report.seen_before += receipt.seen_before
            if not receipt.seen_before:
                fresh.append(StoredPayload(receipt.payload_id, payload))
    return fresh


def _parse_stored(
    connection: psycopg.Connection[Any], spec: SourceSpec, stored: Sequence[StoredPayload], report: IngestReport
) -> None:
    for start in range(0, len(stored), BATCH):
        batch = stored[start : start + BATCH]
        report.payloads += len(batch)
        rejected = _parse_and_write(connection, spec, batch, report)
        with connection.transaction():
            report.released += _release(connection, spec.name, {one.payload_id for one in batch}, rejected)


def _parse_and_write(
    connection: psycopg.Connection[Any], spec: SourceSpec, stored: Sequence[StoredPayload], report: IngestReport
) -> list[Rejected]:
    """Parse and write one batch in one transaction; returns every record rejected now."""
    if not stored:
        return []
    batch = parse_batch(spec, stored)
    with connection.transaction():
        report.written += write_staging(connection, spec, batch.parsed, CLUB_NAMES, describe_books(spec, batch.parsed))
        forecasts = [forecast for one in batch.parsed for forecast in one.parsed.forecasts]
        new_forecasts, placeless = write_forecasts(connection, spec.name, forecasts)
        report.written.forecasts += new_forecasts
        report.written.newly_rejected += quarantine.write_quarantine(connection, spec.name, placeless)
        for one in stored:
            receipts.mark_parsed(connection, one.payload_id, one.payload.captured_at)
        for one, refusal in batch.refused:
            report.written.newly_rejected += quarantine.write_quarantine(
                connection, spec.name, [refusal], one.payload_id
            )
            receipts.mark_parsed(connection, one.payload_id, one.payload.captured_at, refusal.detail)
    report.refused += [(one.payload.endpoint, refusal.detail) for one, refusal in batch.refused]
    for parsed in batch.parsed:
        report.left_out += parsed.parsed.left_out
    rejected = [record for parsed in batch.parsed for record in parsed.rejected]
    rejected += [*placeless, *(refusal for _, refusal in batch.refused)]
    report.rejected.update(one.reason for one in rejected)
    return rejected


@dataclass
class ParsedBatch:
    """Parsed payloads with our codes, and why nothing was taken of the refused ones."""

    parsed: list[ParsedPayload] = field(default_factory=list)
    refused: list[tuple[StoredPayload, Rejected]] = field(default_factory=list)


def parse_batch(spec: SourceSpec, stored: Iterable[StoredPayload]) -> ParsedBatch:
    """Parse stored payloads of one source."""
    batch = ParsedBatch()
    for one in stored:
        endpoint = one.payload.endpoint
        file = endpoint.removeprefix(RECORDED) if endpoint.startswith(RECORDED) else None
        try:
            parsed = spec.parse(one.payload.body, one.payload.captured_at, endpoint)
        except PayloadShapeError as error:
            record = {"endpoint": endpoint, "field": error.field}
            batch.refused.append((one, Rejected(SHAPE_REASON, str(error), record)))
        else:
            if file is not None:
                parsed.rejected = [replace(record, detail=f"{file}, {record.detail}") for record in parsed.rejected]
            batch.parsed.append(map_codes(spec, one.payload_id, parsed))
    return batch


def map_codes(spec: SourceSpec, payload_id: int, parsed: Parsed) -> ParsedPayload:
    """Map teams and parks to our codes. A game with a team that is not ours is rejected, and its rows with it."""
    games: list[TeamedGame] = []
    rejected = list(parsed.rejected)
    foreign: set[str] = set()
    for game in parsed.games:
        try:
            home, away = (team_code_by(spec.team_naming, team) for team in (game.home_team, game.away_team))
        except UnknownTeam as error:
            foreign.add(game.source_game_id)
            record = {"game": game.source_game_id, "home": game.home_team, "away": game.away_team}
            rejected.append(Rejected("unknown_team", str(error), record, game.source_game_id, game.game_date))
            continue
        park_id = _park_id(game)
        games.append(TeamedGame(payload_id, complete_schedule(game, home, park_id), home, away, park_id))
    if foreign:
        for name in ("quotes", "splits", "sightings", *FACT_TABLES.values()):
            rows = getattr(parsed, name)
            setattr(parsed, name, [row for row in rows if row.source_game_id not in foreign])
        parsed.listed_games = [game for game in parsed.listed_games if game not in foreign]
    return ParsedPayload(payload_id, parsed, games, rejected)


def complete_schedule(game: SourceGame, home_team: str, park_id: str | None) -> SourceGame:
    """A game with what its source leaves open filled in by rule: start, scheduled innings, neutral site."""
    start = game.scheduled_start
    if start is None and game.start_assumed:
        zone = zone_of(park_id, home_team, game.season)
        start = assumed_start(game.game_date, game.day_night or "D", game.game_number, zone)
    innings = game.scheduled_innings or scheduled_innings(game.game_date, game.season_type, game.doubleheader)
    neutral = is_neutral_site(park_id, home_team, game.season) if game.neutral_site is None else game.neutral_site
    return replace(game, scheduled_start=start, scheduled_innings=innings, neutral_site=neutral)


def _park_id(game: SourceGame) -> str | None:
    venue = int(game.venue_id) if game.venue_id is not None and game.venue_id.isdigit() else None
    park = park_of_venue(venue, game.venue_name)
    return None if park is None else park.park_id


def describe_books(spec: SourceSpec, batch: Iterable[ParsedPayload]) -> list[Book]:
    """Catalog entries of every book that the batch reports or quotes."""
    batch = list(batch)
    reported = {book.book_id: book for one in batch for book in one.parsed.books}
    quoted = {quote.book_id for one in batch for quote in one.parsed.quotes}
    quoted |= {split.book_id for one in batch for split in one.parsed.splits}
    return [describe_book(book_id, spec.books, reported.get(book_id)) for book_id in sorted(quoted | set(reported))]


def _release(
    connection: psycopg.Connection[Any], source: str, payload_ids: set[int], rejected: Sequence[Rejected]
) -> int:
    """Release the records of these payloads that were not rejected again."""
    still = {(one.reason, quarantine.record_hash(quarantine.record_text(one.record))) for one in rejected}
    held = quarantine.read_held(connection, source, limit=1_000_000)
    done = [
        one.id
        for one in held
        if one.payload_id in payload_ids
        and (one.reason, quarantine.record_hash(quarantine.record_text(one.record))) not in still
    ]
    return quarantine.release_records(connection, done)


def _link(connection: psycopg.Connection[Any], source: str, report: IngestReport, day: date | None) -> None:
    """Link new games to ours, and promote the splits of games that were written or linked.

    Games that were listed before and have no link are tried again: those around `day`, or without one, for recordings
    of any days, all of them.
    """
    with connection.transaction():
        tried = report.written.touched_games
        if day is None:
            tried = tried | read_unlinked(connection, source)
        links = link_games(connection, source, tried, day)
        if links.left_games:
            # What a dropped link contributed to a game, a score perhaps, is removed with it.
            lock_partition(connection, "curated.enhanced_games", "identity")
            refresh_games(connection, links.left_games)
        report.linked, report.unmapped = links.linked, links.unmapped
        touched = report.written.touched_games | links.linked_games
        report.splits_promoted = promote_splits(connection, source, touched)
