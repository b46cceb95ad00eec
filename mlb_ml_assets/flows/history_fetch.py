"""Real seasons from where they are published: fetch the archives, rearrange them as a bundle, import it.

Belongs here: which files a range of seasons needs, the order of the steps, the report.
Not here: transfer (sources/downloads.py), reading an archive (sources/retrosheet_csv.py), import (history_import.py).
"""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg

from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.history_import import import_history
from mlb_ml_assets.flows.import_report import ImportReport
from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.sources import chadwick, downloads, retrosheet_csv
from mlb_ml_assets.sources.downloads import WORKBOOK_SEASONS, DownloadCache
from mlb_ml_assets.sources.http import SourceClient, SourceNotFound
from mlb_ml_assets.sources.retrosheet_csv import build_bundle, read_season

NOTICE_FILE = "NOTICE.txt"
_INPUTS = "inputs.json"


class NoSeasonPublished(ValueError):
    """None of the requested seasons has an archive."""


@dataclass
class FetchReport:
    """What one fetch did.

    Attributes:
        fetched: names of files that were transferred.
        cached: names of files that were here already.
        missing: reason by name, of files that are not published.
        left_out: rows of the archives that no bundle holds, by reason.
        seasons: those that have an archive.
        imported: the import's own report.
        box_scores: MLB's games by season, of seasons without an archive.
    """

    fetched: list[str] = field(default_factory=list)
    cached: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    seasons: list[int] = field(default_factory=list)
    imported: ImportReport | None = None
    box_scores: dict[int, int] = field(default_factory=dict)


def fetch_history(
    connection: psycopg.Connection[Any],
    seasons: Sequence[int],
    home: Path,
    *,
    mirror: str | None = None,
    folder: Path | None = None,
    on_bytes: downloads.Progress | None = None,
    on_step: Callable[[str, int, int], None] | None = None,
) -> FetchReport:
    """Fetch, rearrange and import the archives of `seasons`. Ended at any point, the next call continues.

    Args:
        connection: autocommit; transactions are opened by the import.
        seasons: years.
        home: MLB_ML_HOME; archives are kept in `archives/` below it.
        mirror: address that serves the same paths as the publishers.
        folder: archives that are already here, by their published names; nothing is fetched.
        on_bytes: progress of a transfer.
        on_step: progress of the import.

    Raises:
        NoSeasonPublished: no archive of any of the seasons exists.
        DownloadFailed: a transfer ended early; what arrived is kept.
        ArchiveShapeChanged: an archive lacks a member or a column.
    """
    cache = DownloadCache(home / "archives", offline_folder=folder, progress=on_bytes)
    report = FetchReport(fetched=cache.fetched, cached=cache.cached)
    archives = _fetch_seasons(cache, seasons, mirror, report)
    register = [cache.fetch(file) for file in downloads.register_files(mirror)]
    schedules = [downloads.season_schedule(season, mirror) for season in report.seasons]
    workbooks = [downloads.workbook(season, mirror) for season in report.seasons if season in WORKBOOK_SEASONS]
    for file in schedules:
        # First, so that the archive's games find their gamePk.
        if path := _fetch_if_published(cache, file, report):
            ingest(connection, file.service, from_files=[path], captured_at=cache.fetched_at(file)).raise_if_stopped()
    # A season without odds still trains the blind model.
    found = [_fetch_if_published(cache, file, report) for file in workbooks]
    bundle = write_bundle(home / "archives" / "bundle", archives, register, report)
    report.imported = import_history(connection, [bundle, *filter(None, found)], on_step)
    return report


def ingest_box_scores(
    connection: psycopg.Connection[Any],
    season: int,
    report: FetchReport,
    *,
    client: SourceClient | None = None,
    on_step: Callable[[str, int, int], None] | None = None,
) -> None:
    """MLB's schedule and box scores of a season that Retrosheet does not have yet, day by day up to yesterday.

    Games that are stored already are not fetched again. About one request per second: 45 minutes for a season.

    Raises:
        IngestFailed: MLB's API does not answer, or changed its shape; the days before stay.
    """
    last = min(date(season, 11, 15), today() - timedelta(days=1))
    days = DayRange(date(season, 3, 15), last)
    for number, day in enumerate(days, start=1):
        if on_step is not None:
            on_step(f"box scores of {day}", number, (last - days.first).days + 1)
        done = ingest(connection, "mlb_stats_api", day, client=client)
        done.raise_if_stopped()
        report.box_scores[season] = report.box_scores.get(season, 0) + done.payloads - 1


def write_bundle(folder: Path, archives: list[Path], register: list[Path], report: FetchReport) -> Path:
    """The archives as a history bundle in `folder`; left as it is if it was made from the same files by this code."""
    digest = downloads.digest_of([*archives, *register, Path(retrosheet_csv.__file__)])
    made = folder / _INPUTS
    if made.exists() and json.loads(made.read_text())["digest"] == digest:
        return folder
    made.unlink(missing_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    seasons = [read_season(path) for path in archives]
    for season in seasons:
        report.left_out += season.left_out
    for name, frame in build_bundle(seasons, chadwick.read_register(register)).items():
        # A fixed time in the header: the same archives give the same bytes, which the import then skips.
        with gzip.GzipFile(folder / f"{name}.csv.gz", "wb", compresslevel=4, mtime=0) as file:
            file.write(frame.to_csv(index=False, lineterminator="\n").encode())
    (folder / NOTICE_FILE).write_text(f"{retrosheet_csv.NOTICE}\n{chadwick.NOTICE}\n")
    made.write_text(json.dumps({"digest": digest, "archives": [path.name for path in archives]}))
    return folder


def _fetch_seasons(cache: DownloadCache, seasons: Sequence[int], mirror: str | None, report: FetchReport) -> list[Path]:
    paths = {
        season: path
        for season in seasons
        if (path := _fetch_if_published(cache, downloads.season_archive(season, mirror), report))
    }
    if not paths:
        first, last = min(seasons), max(seasons)
        raise NoSeasonPublished(
            f"no season archive of {first} to {last} was found: {next(iter(report.missing.values()))}. "
            "Retrosheet publishes a season in the autumn in which it ends."
        )
    report.seasons = list(paths)
    return list(paths.values())


def _fetch_if_published(cache: DownloadCache, file: downloads.Download, report: FetchReport) -> Path | None:
    try:
        return cache.fetch(file)
    except SourceNotFound as error:
        report.missing[file.name] = str(error)
        return None


def seasons_without_archive(report: FetchReport, seasons: Sequence[int], until: date) -> list[int]:
    """Seasons up to the current one that Retrosheet does not have yet: their box scores come from MLB."""
    return [season for season in seasons if season not in report.seasons and season <= until.year]
