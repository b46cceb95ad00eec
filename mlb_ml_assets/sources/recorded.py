"""Payloads recorded earlier, by us or by somebody else's collector: plain files, .gz, .tar and .tar.xz, folders.

Belongs here: finding the payloads in files, and when each was captured: by its content, its name, or the caller.
Not here: reading what is in them (the source's module).
"""

import gzip
import json
import lzma
import re
import tarfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.reading import BadField, NotReadable, SourceError
from mlb_ml_assets.sources.rows import Payload, mapping_of
from mlb_ml_assets.sources.spec import SourceSpec

# 2026-07-16T04-54-37-438Z, 2024-05-25T081230, 20250806_141636: instants that recorders put into names. A day alone does
# not say which of its prices were pre-game.
NAME_INSTANT = re.compile(
    r"(20\d\d)-?(0\d|1[0-2])-?([0-3]\d)[T_ ]([0-2]\d)[-:]?([0-5]\d)[-:]?([0-5]\d)(?:[-.](\d{3}))?Z?(?!\d)"
)
LARGEST_MEMBER = 64 * 1024 * 1024
_UNREADABLE = (OSError, EOFError, tarfile.TarError, lzma.LZMAError, zlib.error)


class UnreadableRecording(SourceError, ValueError):
    """A file or folder of recorded payloads is not there, is not ours to read, or is no archive."""


class NoCaptureTime(SourceError, ValueError):
    """Nothing says when a recorded payload was captured, and without that no price in it can be dated."""


def read(source: SourceSpec, paths: Sequence[Path], captured_at: datetime | None = None) -> Iterator[Payload]:
    """Every payload in the files, in the order given; archive members by name.

    Args:
        source: whose payloads these are.
        paths: files, archives or folders.
        captured_at: used where neither content nor name tells, and before either when given.

    Raises:
        NoCaptureTime: naming the file.
        UnreadableRecording: naming the path and what is wrong with it.
    """
    for path in paths:
        for name, body in _readable_contents(path):
            for endpoint, content in _unwrapped(name, body):
                stamp = captured_at or _capture_time(source, name, content)
                if stamp is None:
                    raise NoCaptureTime(
                        f"{name}: neither content nor name tells when it was captured: give --captured-at"
                    )
                yield Payload(source.name, endpoint, 200, content, stamp)


def _readable_contents(path: Path) -> Iterator[tuple[str, bytes]]:
    try:
        yield from _contents(path)
    except _UNREADABLE as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableRecording(f"--from-files {path}: {why}") from error


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    if path.is_dir():
        for inner in sorted(one for one in path.rglob("*") if one.is_file()):
            for name, body in _readable_contents(inner):
                yield f"{inner.relative_to(path).parent.as_posix()}/{name}".removeprefix("./"), body
    elif path.name.endswith((".tar.xz", ".tar.gz", ".tar", ".tgz")):
        with tarfile.open(path) as archive:
            for member in sorted((one for one in archive if one.isfile()), key=lambda one: one.name):
                if member.size > LARGEST_MEMBER:
                    raise NotReadable(f"{path.name}: {member.name} has {member.size} bytes")
                opened = archive.extractfile(member)
                if opened is not None:
                    yield member.name, opened.read()
    elif path.suffix == ".gz":
        with gzip.open(path) as held:
            yield path.name, held.read()
    else:
        yield path.name, path.read_bytes()


def _unwrapped(name: str, body: bytes) -> Iterator[tuple[str, bytes]]:
    """Some recorders keep the request beside the response; gives endpoint and response, else name and body."""
    content: Any = None
    if body.lstrip()[:1] in (b"{", b"["):
        try:
            content = reading.load_json(body)
        except NotReadable:
            content = None
    if mapping_of(content).get("response") is not None and isinstance(mapping_of(content).get("url"), str):
        yield _endpoint(content["url"]), _bytes(content["response"])
    elif (
        isinstance(content, list)
        and content
        and all("url" in mapping_of(x) and "body" in mapping_of(x) for x in content)
    ):
        for one in content:
            yield _endpoint(str(one["url"])), _bytes(one["body"])
    elif "_fixture_meta" in mapping_of(content):
        yield from _rows_of_pages(content)
    else:
        yield f"recorded:{name}", body


def _rows_of_pages(content: Any) -> Iterator[tuple[str, bytes]]:
    """A recording that kept a page's table rows by feed and game, and neither the page nor the table's header."""
    for feed, games in content.items():
        rows = [row for kept in mapping_of(games).values() if isinstance(kept, list) for row in kept]
        if feed != "_fixture_meta" and rows and all(isinstance(row, str) for row in rows):
            table = f'<html><table class="sp-table"><tbody>{"".join(rows)}</tbody></table></html>'
            yield f"/betting-splits/?source={feed.upper()}", table.encode("utf-8", "replace")


def _endpoint(url: str) -> str:
    return "/" + re.sub(r"^https?://[^/]+/?", "", url)


def _bytes(content: object) -> bytes:
    return json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _capture_time(source: SourceSpec, name: str, body: bytes) -> datetime | None:
    try:
        content = reading.load_json(body) if body.lstrip()[:1] in (b"{", b"[") else body
        told = source.capture_time(content)
    except (NotReadable, BadField):
        told = None
    return told or instant_in_name(name)


def instant_in_name(name: str) -> datetime | None:
    """The last instant in a file name or path, taken as UTC."""
    found = list(NAME_INSTANT.finditer(name))
    for one in reversed(found):
        year, month, day, hour, minute, second, milli = one.groups()
        try:
            micro = int(milli or 0) * 1000
            return datetime(int(year), int(month), int(day), int(hour), int(minute), int(second), micro, tzinfo=UTC)
        except ValueError:
            continue
    return None
