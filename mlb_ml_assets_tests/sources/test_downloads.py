"""Archive files fetched once, whatever happens to the connection.

Belongs here: resuming, checksums, refusals, offline folders, mirrors.
Not here: what the files hold.
"""

import json
import random
import socket

import pytest

from mlb_ml_assets.sources import politeness
from mlb_ml_assets.sources.downloads import (
    RECORD,
    DownloadCache,
    DownloadFailed,
    NotASeason,
    register_files,
    season_archive,
    seasons_of,
    workbook,
)
from mlb_ml_assets.sources.http import SourceNotFound
from mlb_ml_assets_tests.sources.archive_server import ArchiveServer

PATH = "/downloads/2016/2016csvs.zip"
BODY = random.Random(1).randbytes(300_000)


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setattr(politeness, "_turns", {})
    with ArchiveServer({PATH: BODY}) as server:
        yield server


@pytest.fixture
def cache(tmp_path):
    return DownloadCache(tmp_path / "archives", pause=lambda _: None)


def test_a_cut_transfer_continues_where_it_ended(server, cache):
    """Thirty megabytes over a poor line would otherwise never arrive."""
    server.cut_after = [100_000, 50_000]
    path = cache.fetch(season_archive(2016, server.url))
    assert path.read_bytes() == BODY
    assert [asked for _, asked in server.requests] == [None, "bytes=100000-", "bytes=150000-"]


def test_a_part_left_by_an_ended_process_is_continued(server, cache):
    """A fetch that is killed after twenty of twenty-one seasons has twenty-one seasons left otherwise."""
    server.cut_after = [1000] * 5
    with pytest.raises(DownloadFailed, match="run the command again"):
        cache.fetch(season_archive(2016, server.url))
    again = DownloadCache(cache.folder, pause=lambda _: None)
    assert again.fetch(season_archive(2016, server.url)).read_bytes() == BODY
    assert server.requests[-1] == (PATH, "bytes=5000-")


def test_without_a_network_the_first_file_names_the_other_ways(tmp_path):
    """A newcomer without a network waited half a minute to be asked to run the command again."""
    pauses = []
    cache = DownloadCache(tmp_path / "offline", pause=pauses.append)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        # Bound and not listening: a connection is refused.
        mirror = f"http://127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(DownloadFailed, match=r"--from-folder .* --base-url"):
            cache.fetch(season_archive(2016, mirror))
    assert sum(pauses) <= 4


def test_a_file_that_changed_between_two_attempts_starts_over(server, cache):
    """Two halves of two releases are a file that nobody published."""
    server.cut_after = [1000] * 5
    with pytest.raises(DownloadFailed):
        cache.fetch(season_archive(2016, server.url))
    server.files[PATH] = newer = BODY[::-1]
    assert cache.fetch(season_archive(2016, server.url)).read_bytes() == newer


def test_a_server_without_ranges_sends_the_whole_file_again(server, cache):
    """Appending a whole file to a part gives a file that opens nowhere."""
    server.has_ranges, server.cut_after = False, [1000]
    assert cache.fetch(season_archive(2016, server.url)).read_bytes() == BODY


def test_a_fetched_file_is_not_fetched_again_unless_it_was_changed(server, cache):
    """A publisher that gives its work away should not serve it twice; an edited archive must not pass as theirs."""
    path = cache.fetch(season_archive(2016, server.url))
    cache.fetch(season_archive(2016, server.url))
    assert len(server.requests) == 1
    path.write_bytes(BODY[:-1])
    assert not cache.has(season_archive(2016, server.url))
    assert cache.fetch(season_archive(2016, server.url)).read_bytes() == BODY


def test_what_is_not_published_is_said_at_once_and_busy_servers_are_retried(server, cache):
    """A missing season is an answer; a busy minute is not."""
    with pytest.raises(SourceNotFound, match="not published"):
        cache.fetch(season_archive(2031, server.url))
    assert len(server.requests) == 1
    server.status = [503, 429]
    assert cache.fetch(season_archive(2016, server.url)).read_bytes() == BODY
    server.status = [403]
    with pytest.raises(DownloadFailed, match="refused with status 403"):
        cache.fetch(workbook(2016, server.url))


def test_a_folder_of_archives_needs_no_network(tmp_path, cache):
    """A machine behind a closed network gets its archives on a stick."""
    (tmp_path / "stick" / "deep").mkdir(parents=True)
    (tmp_path / "stick" / "deep" / "2016csvs.zip").write_bytes(BODY)
    offline = DownloadCache(cache.folder, offline_folder=tmp_path / "stick")
    assert offline.fetch(season_archive(2016)).read_bytes() == BODY
    with pytest.raises(SourceNotFound, match="is not in"):
        offline.fetch(season_archive(2017))


def test_the_record_names_address_size_and_checksum(server, cache):
    """A year later someone needs to know which release a model was trained on."""
    cache.fetch(season_archive(2016, server.url))
    entry = json.loads((cache.folder / RECORD).read_text())["2016csvs.zip"]
    assert entry["url"] == server.url + PATH
    assert entry["bytes"] == len(BODY)
    assert len(entry["sha256"]) == 64


def test_addresses_follow_the_environment(monkeypatch):
    """A mirror inside a company is set once, for every command."""
    monkeypatch.setenv("MLB_ML_RETROSHEET_URL", "http://mirror.invalid/retrosheet/")
    assert season_archive(2016).url == "http://mirror.invalid/retrosheet/downloads/2016/2016csvs.zip"
    assert len(register_files()) == 16


@pytest.mark.parametrize(
    ("text", "seasons"), [("2016", [2016]), ("2010-2012", [2010, 2011, 2012]), ("2012, 2010", [2010, 2012])]
)
def test_seasons_of_an_option(text, seasons):
    """2010-2012 is three seasons, not a subtraction."""
    assert seasons_of(text) == seasons


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        *((text, "give a year") for text in ("", "16", "2016-", "a-b")),
        ("2018-2010", "give 2010-2018"),
        ("1850", "give seasons from 1898"),
    ],
)
def test_a_mistyped_season_is_named(text, remedy):
    """A range that ends before it begins would fetch nothing and succeed."""
    with pytest.raises(NotASeason, match=remedy):
        seasons_of(text)
