"""Archives of past seasons into the database, in one call.

Belongs here: recognising archive files, the order of the steps, progress, and the closing table of an import.
Not here: parse (sources/), stamp or write rows (warehouse/); nothing here is a Dagster type, the command line calls it.
"""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg
import pyarrow as pa
from pyarrow import csv as arrow_csv

from mlb_ml_assets.flows.forecast_import import import_forecasts
from mlb_ml_assets.flows.import_report import FileReport, ImportReport
from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.flows.player_import import import_player_files
from mlb_ml_assets.sources import (
    bundle_boxscores,
    bundle_odds,
    bundle_players,
    history_bundle,
    outside_forecasts,
    retrosheet,
    sbro,
)
from mlb_ml_assets.sources.archive_rows import ArchiveFrames, ArchiveShapeChanged
from mlb_ml_assets.sources.bundle_faults import located
from mlb_ml_assets.sources.bundle_rows import readable_rows
from mlb_ml_assets.sources.catalogue import ARCHIVES, SOURCES
from mlb_ml_assets.warehouse import archives
from mlb_ml_assets.warehouse.archive_export import bundle_frames
from mlb_ml_assets.warehouse.archive_links import linked_starts, refuse_swapped
from mlb_ml_assets.warehouse.archive_stamps import set_unknown_teams_aside, stamped
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.market_lines import build_market_lines
from mlb_ml_assets.warehouse.partition_write import Written
from mlb_ml_assets.warehouse.player_archive import read_player_frames
from mlb_ml_assets.warehouse.upkeep import FILLED_BY_BUILD, analyze_filled

Progress = Callable[[str, int, int], None]
Connection = psycopg.Connection[Any]
Parsed = tuple[ArchiveFrames, dict[str, pd.DataFrame]]

# Modules whose change makes old files worth reading again.
_PARSERS = (
    "archive_rows", "bundle_boxscores", "bundle_odds", "bundle_players", "history_bundle", "retrosheet", "sbro",
)  # fmt: skip

# Which tables a bundle file fills, for the closing table.
TABLES_OF = {
    "games": ("source_games", "game_results", "game_suspensions", "game_conditions", "probable_starters"),
    "lineups": ("lineups",),
    "people": ("people",),
    "starter_lines": ("starter_lines",),
    "bullpen_lines": ("bullpen_lines",),
    "team_lines": ("team_lines",),
    "odds_open_close": ("archive_quotes",),
    "line_history": ("archive_quotes",),
}


class NothingToImport(ValueError):
    """None of the paths is an archive that we know."""


def import_history(connection: Connection, paths: Iterable[Path], progress: Progress | None = None) -> ImportReport:
    """Import archives: a history bundle, player lines, Retrosheet logs, sportsbookreviewsonline workbooks, or folders.

    Each archive is one transaction; a second import of the same files changes nothing. Afterwards the games and the
    market lines of the days concerned are built, and only then do the files count as taken in: an import that was cut
    short is made whole by the next. FiveThirtyEight's forecasts beside a bundle become outside forecasts.

    Args:
        connection: autocommit; transactions are opened here.
        paths: files or folders, searched through.
        progress: called with a step's name, its number from 1, and how many there are.

    Raises:
        NothingToImport: no path is a known archive.
        ArchiveShapeChanged: a file lacks a column; archives before it stay imported.
    """
    files = _recognize(paths)
    bundles = list(dict.fromkeys(path.parent for path in files[history_bundle.SOURCE]))
    logs, workbooks, players = files[retrosheet.SOURCE], files[sbro.SOURCE], files[bundle_players.SOURCE]
    steps = _Steps(progress, 3 * len(bundles) + len(players) + len(logs) + len(workbooks) + 1 + bool(workbooks))
    report = ImportReport()
    with connection.transaction():
        archives.write_book_catalogue(connection, _catalogue())
    days: list[date] = []
    receipts: dict[str, list[int]] = {}
    for folder in bundles:
        days += _import_bundle(connection, folder, report, steps, receipts)
    if players and not _skipped(connection, bundle_players.SOURCE, players, report):
        import_player_files(connection, players, report, steps.next)
        with connection.transaction():
            receipts[bundle_players.SOURCE] = [_receipt(connection, bundle_players.SOURCE, path) for path in players]
    if logs and not _skipped(connection, retrosheet.SOURCE, logs, report):
        days += _import_files(connection, logs, _rows_of_log, report, steps, receipts)
    if workbooks and not _skipped(connection, sbro.SOURCE, workbooks, report):
        if days:
            steps.next("games")
            _build(connection, days, report, prices=False)
        days += _import_files(connection, workbooks, _rows_of_workbook, report, steps, receipts)
    with connection.transaction():
        if days:
            steps.next("games and market lines")
            _build(connection, days, report, prices=True)
        for source, ids in receipts.items():
            _stamp(connection, source, ids)
    analyze_filled(connection, FILLED_BY_BUILD, int(report.games.get("games", 0)))
    for path in (inner for folder in bundles for inner in sorted(folder.iterdir())):
        if outside_forecasts.is_bundle_file(path):
            found = import_forecasts(connection, path)
            file = FileReport(outside_forecasts.SOURCE, path.name, found.rows_read, found.written, dict(found.reasons))
            report.files.append(file)
    return report


def export_history(connection: Connection, folder: Path) -> dict[str, int]:
    """Write what we hold of a history bundle into `folder` as a bundle; rows by file name.

    Same files and columns as the bundle that came in; columns that we hold nothing of are empty. Importing it into an
    empty database gives the same rows of staging.

    Raises:
        NothingToImport: no bundle was ever imported here.
    """
    frames = bundle_frames(connection)
    if frames["games"].empty:
        commands = read_next_commands(connection)
        command = "mlb-ml export all" if commands.holdings.seasons else commands.overall
        raise NothingToImport(f"no game of a history bundle is in this database: nothing to export. Next: {command}")
    folder.mkdir(parents=True, exist_ok=True)
    frames |= read_player_frames(connection)
    for name, frame in frames.items():
        with pa.output_stream(folder / f"{name}.csv.gz", compression="gzip") as file:
            arrow_csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), file)
    return {f"{name}.csv.gz": len(frame) for name, frame in frames.items()}


class _Steps:
    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0

    def next(self, name: str) -> None:
        self.done += 1
        if self.progress is not None:
            self.progress(name, min(self.done, self.total), self.total)


def _recognize(paths: Iterable[Path]) -> dict[str, list[Path]]:
    """Archive files by archive; files of no archive are passed over."""
    given = list(paths)
    found: dict[str, list[Path]] = {archive.name: [] for archive in ARCHIVES}
    for path in _files(given):
        archive = next((archive for archive in ARCHIVES if archive.is_file(path)), None)
        if archive is not None:
            found[archive.name].append(path)
    if not any(found.values()):
        raise NothingToImport(
            f"no archive in {', '.join(map(str, given)) or 'no path'}: expected "
            f"{', '.join(archive.example for archive in ARCHIVES)}"
        )
    return {name: sorted(files) for name, files in found.items()}


def _files(paths: Iterable[Path]) -> Iterator[Path]:
    for path in paths:
        try:
            there = path.exists()
        except OSError as error:
            # A name of more than 255 bytes is not merely absent.
            raise NothingToImport(f"{str(path)[:80]}…: {error.strerror}") from error
        if not there:
            raise NothingToImport(f"{path} does not exist")
        yield from sorted(inner for inner in path.rglob("*") if inner.is_file()) if path.is_dir() else (path,)


def _import_bundle(
    connection: Connection, folder: Path, report: ImportReport, steps: _Steps, receipts: dict[str, list[int]]
) -> list[date]:
    found = {
        path.name.split(".", 1)[0]: path for path in sorted(folder.iterdir()) if history_bundle.is_bundle_file(path)
    }
    if "games" not in found:
        raise ArchiveShapeChanged(f"{folder}: no games.csv.gz, which every other file of a bundle needs beside it")
    if _skipped(connection, history_bundle.SOURCE, list(found.values()), report):
        return []
    steps.next(f"reading {folder.name}")
    raw = {name: history_bundle.read_file(path) for name, path in found.items()}
    frames = parse_bundle(raw)
    set_unknown_teams_aside(frames)
    steps.next(f"dating {folder.name}")
    players = archives.read_player_ids(connection)
    if "people" in frames.tables:
        people = frames.tables["people"]
        players |= dict(zip(people["retrosheet_id"], people["player_id"], strict=True))
    with located(raw):
        rows = stamped(frames, players, datetime.now(UTC))
    steps.next(f"writing {folder.name}")
    archives.give_archive_months(connection, rows)
    with connection.transaction():
        kept = {name: _receipt(connection, frames.source, path) for name, path in found.items()}
        written = archives.write_archive(connection, frames, rows, kept.get("odds_open_close"))
    receipts.setdefault(frames.source, []).extend(kept.values())
    _add_files(report, frames, written, {name: path.name for name, path in found.items()})
    return list(rows["source_games"]["game_date"].dt.date)


def parse_bundle(raw: dict[str, pd.DataFrame]) -> ArchiveFrames:
    """The bundle's files, by name without suffix, as archive frames; only `games` must be there.

    Raises:
        ArchiveShapeChanged: naming the file, and where it is found the column and the value.
    """
    with located(raw):
        return _parsed_bundle(raw)


def _parsed_bundle(given: dict[str, pd.DataFrame]) -> ArchiveFrames:
    frames = ArchiveFrames(history_bundle.SOURCE)
    raw = readable_rows(given, frames)
    listed = bundle_odds.listed_starts(raw["line_history"]) if "line_history" in raw else None
    history_bundle.parse_games(raw["games"], frames, listed)
    if "lineups" in raw:
        history_bundle.parse_lineups(raw["lineups"], frames)
    if "people" in raw:
        history_bundle.parse_people(raw["people"], raw["games"], raw.get("starter_lines"), frames)
    if {"starter_lines", "bullpen_lines", "team_lines"} <= raw.keys():
        if "people" not in frames.tables:
            raise ArchiveShapeChanged("box scores need people.csv.gz beside them: it says who the pitchers are")
        bundle_boxscores.parse_box_scores(
            raw["starter_lines"], raw["bullpen_lines"], raw["team_lines"], raw["games"], frames
        )
    if "odds_open_close" in raw:
        bundle_odds.parse_open_close(raw["odds_open_close"], frames, listed)
    if "line_history" in raw:
        bundle_odds.parse_line_history(raw["line_history"], frames)
    return frames


def _rows_of_log(connection: Connection, path: Path) -> Parsed:
    frames = retrosheet.parse_logs(retrosheet.read_logs(path), path.name)
    set_unknown_teams_aside(frames)
    return frames, stamped(frames, archives.read_player_ids(connection), datetime.now(UTC))


def _rows_of_workbook(connection: Connection, path: Path) -> Parsed:
    frames = sbro.parse_workbook(sbro.read_workbook(path))
    set_unknown_teams_aside(frames)
    starts = linked_starts(connection, frames)
    refuse_swapped(frames, starts)
    return frames, stamped(frames, {}, datetime.now(UTC), starts)


def _import_files(
    connection: Connection,
    paths: list[Path],
    read: Callable[[Connection, Path], Parsed],
    report: ImportReport,
    steps: _Steps,
    receipts: dict[str, list[int]],
) -> list[date]:
    days: list[date] = []
    for path in paths:
        steps.next(path.name)
        frames, rows = read(connection, path)
        archives.give_archive_months(connection, rows)
        with connection.transaction():
            receipt = _receipt(connection, frames.source, path)
            written = archives.write_archive(connection, frames, rows, receipt)
        receipts.setdefault(frames.source, []).append(receipt)
        _add_files(report, frames, written, {})
        days += list(rows["source_games"]["game_date"].dt.date)
    return days


def _skipped(connection: Connection, source: str, paths: list[Path], report: ImportReport) -> bool:
    """Whether these files were taken in by this very code and nothing of them is missing: then nothing is read."""
    if not archives.is_imported(connection, source, {path.name: _sha256(path) for path in paths}, reader()):
        return False
    held = archives.count_archive_rows(connection, source)
    for path in paths:
        report.files.append(FileReport(source, path.name, 0, Written()))
    report.unchanged[source] = sum(held.values())
    return True


def _stamp(connection: Connection, source: str, receipts: list[int]) -> None:
    held = sum(archives.count_archive_rows(connection, source).values())
    archives.stamp_receipts(connection, receipts, reader(), held)


@cache
def reader() -> str:
    """Name of the code that reads archives: it changes with the code, so that new code reads old files again."""
    package = Path(__file__).resolve().parents[1]
    modules = [
        *(
            package / "sources" / f"{name}.py"
            for name in (
                "archive_rows",
                "bundle_boxscores",
                "bundle_odds",
                "bundle_players",
                "bundle_rows",
                "history_bundle",
                "retrosheet",
                "sbro",
            )
        ),
        *(
            package / "identity" / f"{name}.py"
            for name in ("game_matching", "known_at", "parks", "schedule_rules", "teams")
        ),
        *(
            package / "warehouse" / f"{name}.py"
            for name in ("archive_links", "archive_stamps", "conditions", "player_archive")
        ),
    ]
    digest = hashlib.sha256(b"".join(module.read_bytes() for module in modules)).hexdigest()
    return f"history_import {digest[:16]}"


def _add_files(
    report: ImportReport, frames: ArchiveFrames, written: archives.ArchiveWritten, names: dict[str, str]
) -> None:
    counted: set[str] = set()
    for file, read in frames.rows_read.items():
        tables = set(TABLES_OF.get(file, tuple(written.tables))) - counted
        counted |= tables
        total = sum((written.tables[table] for table in sorted(tables) if table in written.tables), Written())
        reasons = Counter(one.rejected.reason for one in frames.rejected if one.file == file)
        report.files.append(FileReport(frames.source, names.get(file, file), read, total, reasons))
    for what, count in frames.repaired.items():
        if count:
            report.repaired[what] = report.repaired.get(what, 0) + count
    report.newly_rejected += written.newly_rejected


def _build(connection: Connection, days: list[date], report: ImportReport, *, prices: bool) -> None:
    first, last = min(days), max(days)
    with connection.transaction():
        report.games = dict(build_enhanced_games(connection, first, last))
        if prices:
            report.prices = build_market_lines(connection, first, last).report


def _receipt(connection: Connection, source: str, path: Path) -> int:
    return archives.record_file(connection, source, path.name, _sha256(path), path.stat().st_size)


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _catalogue() -> pd.DataFrame:
    rows = [
        (source, book.book_id, book.name, book.kind, book.bettable, book.parent, date(1900, 1, 1))
        for source, books in (
            *((spec.name, spec.books) for spec in SOURCES.values()),
            *((archive.name, archive.books) for archive in ARCHIVES),
        )
        for book in books
    ]
    names = ["source", "book_id", "book_name", "book_kind", "bettable", "parent_book", "valid_from"]
    return pd.DataFrame(rows, columns=names)
