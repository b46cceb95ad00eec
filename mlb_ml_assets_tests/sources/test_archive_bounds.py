"""How much a file from outside may cost: bytes, time, archives in archives; and where a response may lead.

Belongs here: limits of expansion, the rule for redirects.
Not here: what files hold (test_recorded_payloads.py, test_archives.py), limits of a source's answer (test_http.py).
"""

import bz2
import gzip
import io
import lzma
import subprocess
import sys
import tarfile
import zipfile

import httpx
import pytest

from mlb_ml_assets.sources import archive_files
from mlb_ml_assets.sources.archive_files import LARGEST_MEMBER, UnreadableRecording, read_files, read_plain
from mlb_ml_assets.sources.downloads import DownloadCache, DownloadFailed, season_archive
from mlb_ml_assets.sources.redirects import foreign_redirect
from mlb_ml_assets_tests.sources.archive_server import ArchiveServer

PAYLOAD = b'{"odds": []}'


def _zip(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, body in members.items():
            archive.writestr(name, body)
    return file.getvalue()


def _tar(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        for name, body in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    return file.getvalue()


@pytest.mark.parametrize("pack", [gzip.compress, lzma.compress, bz2.compress])
def test_an_archive_in_an_archive_without_end_is_refused(tmp_path, pack):
    """A compressed file that holds itself is unpacked for ever."""
    body = PAYLOAD
    for _ in range(8):
        body = pack(body)
    (tmp_path / "day.json").write_bytes(body)
    with pytest.raises(UnreadableRecording, match="archive in an archive"):
        list(read_files(tmp_path / "day.json"))


def test_what_people_have_is_not_too_deep(tmp_path):
    """A .json.gz in a .zip in a .tar.gz is how some collectors keep a season."""
    (tmp_path / "season.tar.gz").write_bytes(_tar({"day.zip": _zip({"a.json.gz": gzip.compress(PAYLOAD)})}))
    (file,) = read_files(tmp_path / "season.tar.gz")
    assert file.body == PAYLOAD


@pytest.mark.parametrize("pack", [_zip, _tar], ids=["zip", "tar"])
def test_members_are_counted_together_however_deep(tmp_path, monkeypatch, pack):
    """A hundred small archives, each within the limit of one, expand to a hundred times the limit."""
    monkeypatch.setattr(archive_files, "LARGEST_ARCHIVE", 3_000_000)
    inner = pack({"a.json": b"[" + b" " * 1_000_000 + b"]"})
    (tmp_path / "all.zip").write_bytes(_zip({f"{day}.bin": inner for day in range(4)}))
    with pytest.raises(UnreadableRecording, match="expands to more than 3000000 bytes"):
        list(read_files(tmp_path / "all.zip"))


@pytest.mark.parametrize("pack", [_zip, _tar], ids=["zip", "tar"])
def test_unpacking_has_a_limit_of_time(tmp_path, monkeypatch, pack):
    """A packed .tar whose files are in reverse order is unpacked from its start for each of them: hours."""
    monkeypatch.setattr(archive_files, "LONGEST_UNPACKING", 0.0)
    (tmp_path / "all.bin").write_bytes(pack({"a.json": PAYLOAD}))
    with pytest.raises(UnreadableRecording, match="to unpack: unpack it yourself"):
        list(read_files(tmp_path / "all.bin"))


def test_a_table_that_expands_out_of_proportion_is_refused(tmp_path):
    """odds.csv.gz of half a megabyte filled the memory of the machine."""
    (tmp_path / "odds.csv.gz").write_bytes(gzip.compress(bytes(LARGEST_MEMBER + 1), 9))
    with pytest.raises(OSError, match="times its size"):
        read_plain(tmp_path / "odds.csv.gz")
    table = b"game_id,odds\n" * 1000
    (tmp_path / "odds.csv.gz").write_bytes(gzip.compress(table[:500]) + gzip.compress(table[500:]))
    assert read_plain(tmp_path / "odds.csv.gz") == table


@pytest.mark.long
@pytest.mark.parametrize("suffix", ["json.gz", "json.xz", "tar.xz", "zip", "csv.gz"])
def test_a_bomb_costs_little_memory(tmp_path, suffix):
    """Refusing a bomb after it was expanded in memory is no refusal: 4 MB of .json.gz took 4.1 GB."""
    bomb = tmp_path / f"bomb.{suffix}"
    subprocess.run([sys.executable, "-c", _MAKE_BOMB, str(bomb), suffix], check=True)
    assert bomb.stat().st_size < 8_000_000
    read = "read_plain(path)" if suffix == "csv.gz" else "[len(each.body) for each in read_files(path)]"
    code = f"""
import resource, sys
from pathlib import Path
from mlb_ml_assets.sources.archive_files import UnreadableRecording, read_files, read_plain
path, before = Path(sys.argv[1]), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    {read}
except (OSError, UnreadableRecording) as error:
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, error)
"""
    done = subprocess.run([sys.executable, "-c", code, str(bomb)], capture_output=True, text=True, check=True)
    kilobytes, _, reason = done.stdout.partition(" ")
    assert int(kilobytes) < 300 * 1024, reason


# Zeros, 4 GiB of them, in pieces: what packs best.
_MAKE_BOMB = """
import gzip, io, lzma, sys, tarfile, zipfile
path, suffix = sys.argv[1:]
piece = bytes(1 << 24)

class Zeros(io.RawIOBase):
    def readable(self):
        return True
    def readinto(self, room):
        room[:] = bytes(len(room))
        return len(room)

if suffix == "zip":
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("a.json", "w", force_zip64=True) as file:
            for _ in range(256):
                file.write(piece)
elif suffix == "tar.xz":
    with tarfile.open(path, "w:xz", preset=0) as archive:
        entry = tarfile.TarInfo("a.json")
        entry.size = 1 << 32
        archive.addfile(entry, Zeros())
else:
    with (lzma if suffix.endswith("xz") else gzip).open(path, "wb") as file:
        for _ in range(256):
            file.write(piece)
"""


@pytest.mark.parametrize(
    ("here", "location", "is_followed"),
    [
        ("https://www.example.org/a", "/b", True),
        ("http://example.org/a", "https://example.org/b", True),
        ("https://example.org/a", "https://www.example.org/b", True),
        ("http://127.0.0.1:8000/a", "/b", True),
        ("https://example.org/a", "http://example.org/b", False),
        ("https://example.org/a", "https://example.org:8443/b", False),
        ("https://example.org/a", "https://evil.example/b", False),
        ("https://example.org/a", "https://example.org.evil.example/b", False),
        ("https://example.org/a", "https://example.org@evil.example/b", False),
        ("http://example.org/a", "http://127.0.0.1/latest/meta-data", False),
        ("http://example.org/a", "http://169.254.169.254/latest", False),
        ("http://example.org/a", "http://[::1]/b", False),
        ("http://127.0.0.1:8000/a", "http://127.0.0.1:5432/b", False),
        ("http://127.0.0.1:8000/a", "http://localhost:8000/b", False),
        ("https://example.org/a", "ftp://example.org/b", False),
        ("https://example.org/a", "file:///etc/passwd", False),
    ],
)
def test_where_a_response_may_lead(here, location, is_followed):
    """A name of the publisher's that leads to this machine reads what only this machine may."""
    response = httpx.Response(302, headers={"Location": location}, request=httpx.Request("GET", here))
    assert (foreign_redirect(response) is None) is is_followed


def test_a_download_that_leads_elsewhere_is_refused(tmp_path):
    """An archive server told us to fetch the season from a port of this machine."""
    with ArchiveServer({}) as other, ArchiveServer({}) as server:
        server.redirect_to = f"{other.url}/secret"
        with pytest.raises(DownloadFailed, match="leads to"):
            DownloadCache(tmp_path, pause=lambda _: None).fetch(season_archive(2016, server.url))
        assert not other.requests
        assert len(server.requests) == 1
