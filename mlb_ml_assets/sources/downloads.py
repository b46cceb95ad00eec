"""Archive files fetched once: resumed when cut, kept by checksum, taken from a folder or a mirror where one is given.

Belongs here: which files a fetch needs and from where, transfer into the cache, the cache's record.
Not here: what a file holds (retrosheet_csv.py, chadwick.py, sbro.py), payloads of live sources (http.py).
"""

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from time import monotonic, sleep
from typing import Final
from urllib.parse import urlsplit

import httpx

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.sources import chadwick
from mlb_ml_assets.sources.http import SourceNotFound, SourceUnavailable, base_url, user_agent
from mlb_ml_assets.sources.politeness import wait_for_turn
from mlb_ml_assets.sources.redirects import foreign_redirect

RETROSHEET_URL: Final = "https://www.retrosheet.org"
REGISTER_URL: Final = "https://raw.githubusercontent.com"
SCHEDULE_URL: Final = "https://statsapi.mlb.com"
WORKBOOK_URL: Final = "https://www.sportsbookreviewsonline.com"
# Seasons whose workbooks were published.
WORKBOOK_SEASONS: Final = range(2010, 2022)
RECORD: Final = "downloads.json"
_INTERVAL, _ATTEMPTS, _LONGEST_WAIT = 1.0, 5, 60.0
# Of a first file: where no connection was ever made, one that is refused is no passing trouble.
_FIRST_CONNECTIONS: Final = 2
# Retrosheet's archives of whole seasons.
_FIRST_SEASON: Final = 1898
# A season's archive is 20 to 30 MB; all sixteen files of the register are 60 MB.
_LARGEST_FILE: Final = 200 * 1024 * 1024
# Of one attempt: the largest file at 60 KB/s. A server that sends a byte now and then is left; the part is kept.
_LONGEST_TRANSFER: Final = 3600.0


class DownloadFailed(SourceUnavailable):
    """A file could not be fetched whole; what arrived is kept, and the next attempt continues there."""


class NotASeason(ValueError):
    """Text that is neither a year nor a range of years."""


@dataclass(frozen=True)
class Download:
    """One file of a fetch: the service it belongs to, its address, and its name in the cache."""

    service: str
    url: str
    name: str


Progress = Callable[[Download, int, int | None], None]


def season_archive(season: int, mirror: str | None = None) -> Download:
    """Retrosheet's archive of a season."""
    root = mirror or base_url("retrosheet", RETROSHEET_URL)
    return Download("retrosheet", f"{root}/downloads/{season}/{season}csvs.zip", f"{season}csvs.zip")


def register_files(mirror: str | None = None) -> list[Download]:
    """The files of the Chadwick register."""
    root = mirror or base_url("chadwick", REGISTER_URL)
    return [Download("chadwick", f"{root}/chadwickbureau/register/master/data/{name}", name) for name in chadwick.FILES]


def season_schedule(season: int, mirror: str | None = None) -> Download:
    """MLB's schedule of a season that has ended: the gamePk of every game."""
    root = mirror or base_url("mlb_stats_api", SCHEDULE_URL)
    days = f"startDate={season}-03-01&endDate={season}-11-30"
    return Download("mlb_stats_api", f"{root}/api/v1/schedule?sportId=1&{days}", f"schedule_{season}.json")


def workbook(season: int, mirror: str | None = None) -> Download:
    """The sportsbookreviewsonline workbook of a season."""
    root = mirror or base_url("sbro", WORKBOOK_URL)
    name = f"mlb-odds-{season}.xlsx"
    return Download("sbro", f"{root}/wp-content/uploads/sportsbookreviewsonline_com_737/{name}", name)


class DownloadCache:
    """A folder of fetched files with a record of address, size, checksum and time of each.

    A file counts as fetched only if its checksum is the recorded one, so that a file that was cut or edited is fetched
    again. Safe to end at any point: files are written beside their final name and renamed.
    """

    def __init__(
        self,
        folder: Path,
        *,
        offline_folder: Path | None = None,
        progress: Progress | None = None,
        pause: Callable[[float], None] = sleep,
    ) -> None:
        """Open the cache.

        Args:
            folder: created if absent.
            offline_folder: files are taken from there, by name, and never from the network.
            progress: called with the file, its bytes so far and in all (None if unknown).
            pause: waits this many seconds; tests pass their own.
        """
        self.folder = folder
        self.offline_folder = offline_folder
        # Names of the files that `fetch` transferred, and of those that were here already.
        self.fetched: list[str] = []
        self.cached: list[str] = []
        self._progress = progress
        self._pause = pause
        folder.mkdir(parents=True, exist_ok=True)

    def path_of(self, download: Download) -> Path:
        """Where the file is once it is fetched."""
        return self.folder / download.name

    def has(self, download: Download) -> bool:
        """Whether the whole file is here, by its checksum."""
        recorded, path = self._record().get(download.name), self.path_of(download)
        return recorded is not None and path.exists() and sha256_of(path) == recorded["sha256"]

    def fetched_at(self, download: Download) -> datetime:
        """When a fetched file was fetched (UTC)."""
        return datetime.fromisoformat(str(self._record()[download.name]["fetched_at"]))

    def fetch(self, download: Download) -> Path:
        """The file, from the cache or else from where it is published.

        Raises:
            SourceNotFound: it is not published (yet), or not in the offline folder.
            DownloadFailed: all attempts ended early; what arrived is kept for the next.
        """
        if self.has(download):
            self.cached.append(download.name)
            return self.path_of(download)
        part = self.path_of(download).with_name(f"{download.name}.part")
        if self.offline_folder is not None:
            self._copy(download, part)
        else:
            self._transfer(download, part)
        record = self._record()
        record[download.name] = {
            "url": download.url,
            "bytes": part.stat().st_size,
            "sha256": sha256_of(part),
            "fetched_at": present().isoformat(),
        }
        part.replace(self.path_of(download))
        _write_whole(self.folder / RECORD, json.dumps(record, indent=1, sort_keys=True).encode())
        self.fetched.append(download.name)
        return self.path_of(download)

    def _copy(self, download: Download, part: Path) -> None:
        assert self.offline_folder is not None
        found = sorted(self.offline_folder.rglob(download.name))
        if not found:
            raise SourceNotFound(download.service, download.name, f"is not in {self.offline_folder}")
        _write_whole(part, found[0].read_bytes())

    def _transfer(self, download: Download, part: Path) -> None:
        def refuse_redirect(response: httpx.Response) -> None:
            if (place := foreign_redirect(response)) is not None:
                raise DownloadFailed(download.service, download.url, f"leads to {place}: name it with --base-url")

        # Proxies of the environment are used, as httpx does by itself.
        with httpx.Client(
            timeout=httpx.Timeout(30.0, connect=10.0),
            headers={"User-Agent": user_agent()},
            event_hooks={"response": [refuse_redirect]},
        ) as client:
            for attempt in range(1, _ATTEMPTS + 1):
                wait_for_turn(urlsplit(download.url).netloc, _INTERVAL, self._pause)
                try:
                    self._receive(client, download, part)
                    break
                except (httpx.HTTPError, _CutShort) as error:
                    if isinstance(error, httpx.ConnectError) and not self.fetched and attempt == _FIRST_CONNECTIONS:
                        reason = (
                            f"no connection ({error}): run the command again with a network, with --from-folder where "
                            "the archives are on this machine, or with --base-url where a mirror has them"
                        )
                        raise DownloadFailed(download.service, download.url, reason) from error
                    if attempt == _ATTEMPTS:
                        reason = f"{type(error).__name__}: {error}; run the command again"
                        raise DownloadFailed(download.service, download.url, reason) from error
                    self._pause(min(2.0**attempt, _LONGEST_WAIT))

    def _receive(self, client: httpx.Client, download: Download, part: Path) -> None:
        """Continue a part that an earlier attempt left, if the server can; a file that changed since starts over."""
        tag = part.with_name(f"{part.name}.etag")
        held = part.stat().st_size if part.exists() and tag.exists() else 0
        headers = {"Accept-Encoding": "identity"}
        if held:
            headers |= {"Range": f"bytes={held}-", "If-Range": tag.read_text()}
        with client.stream("GET", download.url, headers=headers, follow_redirects=True) as response:
            _require_content(download, response.status_code)
            if response.status_code == 200:
                held = 0
            length = response.headers.get("content-length", "")
            total = held + int(length) if length.isdigit() else None
            if total is not None and total > _LARGEST_FILE:
                raise DownloadFailed(download.service, download.url, f"{total:,} bytes is larger than any such file")
            mark = response.headers.get("etag") or response.headers.get("last-modified")
            if mark:
                tag.write_text(mark)
            else:
                tag.unlink(missing_ok=True)
            deadline = monotonic() + _LONGEST_TRANSFER
            with part.open("ab" if held else "wb") as file:
                for piece in response.iter_raw():  # as it arrives: a chunk size would hold back what a cut transfer has
                    file.write(piece)
                    held += len(piece)
                    if held > _LARGEST_FILE:
                        raise DownloadFailed(download.service, download.url, "is larger than any such file")
                    if monotonic() > deadline:
                        raise _CutShort(f"{held:,} bytes after {_LONGEST_TRANSFER:.0f} s")
                    if self._progress is not None:
                        self._progress(download, held, total)
        if total is not None and held != total:
            raise _CutShort(f"{held:,} of {total:,} bytes")
        tag.unlink(missing_ok=True)

    def _record(self) -> dict[str, dict[str, object]]:
        path = self.folder / RECORD
        if not path.exists():
            return {}
        record: dict[str, dict[str, object]] = json.loads(path.read_text())
        return record


def _require_content(download: Download, status: int) -> None:
    if status in (404, 410):
        raise SourceNotFound(download.service, download.url, f"is not published (status {status})")
    if status in (429, 500, 502, 503, 504):
        raise _CutShort(f"status {status}")
    if status not in (200, 206):
        raise DownloadFailed(download.service, download.url, f"refused with status {status}")


class _CutShort(Exception):
    """This attempt ended early; another may succeed."""


def sha256_of(path: Path) -> str:
    """Checksum of a file's content."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest_of(paths: Iterable[Path]) -> str:
    """One checksum over several files and their names, in order."""
    text = "\n".join(f"{path.name} {sha256_of(path)}" for path in paths)
    return hashlib.sha256(text.encode()).hexdigest()


def _write_whole(path: Path, content: bytes) -> None:
    beside = path.with_name(f"{path.name}.new")
    with beside.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def seasons_of(text: str) -> Sequence[int]:
    """Seasons of an option: 2016, 2010-2018, or several of them with commas.

    Raises:
        NotASeason: not a year or a range of years, a range that ends before it begins, or a season outside 1898 to this
            year's.
    """
    seasons: set[int] = set()
    newest = present().year
    for part in map(str.strip, text.split(",")):
        found = re.fullmatch(r"(\d{4})(?:-(\d{4}))?", part)
        if found is None:
            raise NotASeason(f"seasons {part!r}: give a year such as 2016, or a range such as 2010-2018")
        first, last = int(found[1]), int(found[2] or found[1])
        if last < first:
            raise NotASeason(f"seasons {part!r}: the range ends before it begins; give {last}-{first}")
        if first < _FIRST_SEASON or last > newest:
            raise NotASeason(f"seasons {part!r}: give seasons from {_FIRST_SEASON} to {newest}")
        seasons |= set(range(first, last + 1))
    return sorted(seasons)
