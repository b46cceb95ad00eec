"""Payloads recorded earlier, by this program or by another collector: files, archives and folders of them.

Belongs here: which files hold payloads, what recorders wrap around a payload, and when each was captured.
Not here: reading what is in a payload (the source's module), opening archives (archive_files.py).
"""

import base64
import binascii
import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from pathlib import Path
from typing import Any

from mlb_ml_assets.domain.clock import EASTERN, present
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.archive_files import UnreadableRecording, read_files
from mlb_ml_assets.sources.reading import BadField, NotReadable, SourceError
from mlb_ml_assets.sources.rows import CLOCK_TOLERANCE, Parsed, Payload, PayloadShapeError, mapping_of
from mlb_ml_assets.sources.spec import SourceSpec

__all__ = ["NoCaptureTime", "Skipped", "UnreadableRecording", "instant_in_name", "read"]

# 2026-07-16T04-54-37-438Z, 20250806_141636+0000, 2025-08-16T09-00-00-0400, 2025-08-16 09:00:00 EDT. A date alone does
# not say which of its prices were before the game, nor does a range of days: 2024-06-01_2024-06-07.
NAME_INSTANT = re.compile(
    r"(?<!\d)(?P<year>20\d\d)-?(?P<month>0\d|1[0-2])-?(?P<day>[0-3]\d)"
    r"(?![T_ -]20\d\d(?P<dash>-?)(?:0\d|1[0-2])(?P=dash)[0-3]\d(?!\d))"
    r"(?P<separator>[T_ -]?)(?P<hour>[0-2]\d)[-:.]?(?P<minute>[0-5]\d)(?:[-:.]?(?P<second>[0-5]\d))?"
    r"(?:[-.,](?P<milli>\d{3})(?:\d{3})?(?!\d))?"
    r"[ _]?(?P<zone>Z|UTC|GMT|[+-]\d\d[:-]?\d\d(?!\d)|[ECMP][SD]T|ET)?(?![A-Za-z0-9])",
    re.IGNORECASE,
)
US_ZONES = {
    name: timezone(timedelta(hours=hours))
    for name, hours in (
        ("EST", -5), ("EDT", -4), ("CST", -6), ("CDT", -5), ("MST", -7), ("MDT", -6), ("PST", -8), ("PDT", -7),
    )
}  # fmt: skip
# No zone on earth is further from UTC, nor off it by other minutes.
LARGEST_OFFSET_HOURS, OFFSET_MINUTES = 14, (0, 15, 30, 45)
# What recorders call the payload, its address, and its capture time, in the order of preference.
PAYLOAD_KEYS = (
    "response", "body", "payload", "data", "content", "raw_response", "result", "results", "json", "raw", "events",
    "odds",
)  # fmt: skip
ADDRESS_KEYS = ("url", "endpoint", "request_url", "api_endpoint", "endpoint_url")
TIME_KEYS = (
    "captured_at", "capturedAt", "fetched_at", "fetchedAt", "retrieved_at", "collected_at", "scraped_at", "recorded_at",
    "received_at", "receivedAt", "timestamp",
)  # fmt: skip
DEEPEST_ENVELOPE = 3
LARGEST_BODY = 64 * 1024 * 1024


class NoCaptureTime(SourceError, ValueError):
    """Nothing says when a recorded payload was captured, and without that no price in it can be dated."""


@dataclass
class Skipped:
    """What a recording holds beside payloads.

    Attributes:
        files: name and reason of each file that was passed over.
        envelopes: how payloads were wrapped, with the number of payloads.
    """

    files: list[tuple[str, str]] = field(default_factory=list)
    envelopes: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Wrapped:
    """A body, its endpoint where an envelope names it, its capture time where one is given, and the envelopes."""

    body: bytes
    endpoint: str | None = None
    captured_at: datetime | None = None
    envelopes: tuple[str, ...] = ()


def read(
    source: SourceSpec, paths: Sequence[Path], captured_at: datetime | None = None, skipped: Skipped | None = None
) -> Iterator[Payload]:
    """Every payload in the files, in the order given; members of archives and folders by name.

    The capture time of a payload is the first of these: the time in its envelope or in the payload itself, an instant
    with a zone in the file's name, `captured_at`, the newest plausible stamp of its quotes.

    Args:
        source: the source of these payloads.
        paths: files, archives or folders. A file named here must be a payload; other files in folders are skipped.
        captured_at: fills in where neither content nor name has a capture time.
        skipped: receives the names of files that were skipped.

    Raises:
        NoCaptureTime: naming the file.
        UnreadableRecording: naming the path and what is wrong with it.
    """
    skipped = Skipped() if skipped is None else skipped
    for path in paths:
        for file in read_files(path):
            if file.why_not is not None:
                skipped.files.append((file.name, file.why_not))
                continue
            for wrapped in _unwrap(source, file.name, file.body):
                stamp = (
                    wrapped.captured_at
                    or _own_time(source, wrapped.body)
                    or instant_in_name(file.name, source.name_zone)
                    or captured_at
                    or _newest_stamp(source, wrapped.body)
                )
                if stamp is None:
                    parsed = _probe(source, wrapped)
                    if parsed is not None and parsed.is_empty():
                        skipped.files.append((file.name, "an empty payload"))
                        continue
                    if parsed is None and file.is_member:
                        skipped.files.append((file.name, f"not a payload of {source.name}"))
                        continue
                    raise NoCaptureTime(
                        f"{file.name}: neither content nor name gives the capture time with its zone: "
                        "give --captured-at"
                    )
                for envelope in wrapped.envelopes:
                    skipped.envelopes[envelope] = skipped.envelopes.get(envelope, 0) + 1
                yield Payload(source.name, wrapped.endpoint or f"recorded:{file.name}", 200, wrapped.body, stamp)


def _probe(source: SourceSpec, wrapped: _Wrapped) -> Parsed | None:
    """The payload as parsed with a capture time that nothing depends on; None where it is not one."""
    try:
        return source.parse(wrapped.body, present(), wrapped.endpoint or "")
    except PayloadShapeError:
        return None


def _content(body: bytes) -> Any:
    """The JSON value of a body, or the body itself where it is not JSON."""
    try:
        plain = reading.utf8(body)
    except NotReadable:
        return body
    try:
        return reading.load_json(plain) if reading.is_json(plain) else plain
    except NotReadable:
        return plain


def _unwrap(source: SourceSpec, name: str, body: bytes) -> Iterator[_Wrapped]:
    """The payloads of one file, without what its recorder wrapped around them."""
    content = _content(body)
    if isinstance(content, list) and content and all(_address(one) and "body" in mapping_of(one) for one in content):
        for one in content:
            yield _open(source, name, one, _Wrapped(b""))
    elif "_fixture_meta" in mapping_of(content):
        yield from (_Wrapped(page, endpoint) for endpoint, page in _rows_of_pages(content))
    elif _is_envelope(source, content, body):
        yield _open(source, name, content, _Wrapped(b""))
    elif lines := _json_lines(content):
        yield from _of_lines(source, name, lines)
    else:
        yield _Wrapped(reading.utf8(body))


def _json_lines(content: Any) -> list[Any]:
    """The values of a text with one JSON object or list a line; empty for anything else, and for a single line."""
    if not isinstance(content, bytes) or not reading.is_json(content):
        return []
    lines = [line for line in content.splitlines() if line.strip()]
    if len(lines) < 2 or not all(reading.is_json(line) for line in lines):
        return []
    try:
        return [reading.load_json(line) for line in lines]
    except NotReadable:
        return []


def _of_lines(source: SourceSpec, name: str, lines: Sequence[Any]) -> Iterator[_Wrapped]:
    """The payloads of a file with one record a line: an envelope or payload each, or together the items of one list."""
    together = _bytes_of(lines)
    if not any(_payload_key(line) for line in lines) and _probe(source, _Wrapped(together)) is not None:
        yield _Wrapped(together, envelopes=("one line each",))
        return
    for line in lines:
        body = _bytes_of(line)
        is_wrapped = _is_envelope(source, line, body)
        yield _open(source, name, line, _Wrapped(b"")) if is_wrapped else _Wrapped(body)


def _bytes_of(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _is_envelope(source: SourceSpec, content: Any, body: bytes) -> bool:
    """Whether a JSON object is what a recorder wrapped around a payload, and not a payload itself."""
    if _payload_key(content) is None:
        return False
    if _address(content) is not None:
        return True
    return _probe(source, _Wrapped(body)) is None


def _payload_key(content: Any) -> str | None:
    held = mapping_of(content)
    return next((key for key in PAYLOAD_KEYS if isinstance(held.get(key), dict | list | str)), None)


def _address(content: Any) -> str | None:
    held = mapping_of(content)
    return next((held[key] for key in ADDRESS_KEYS if isinstance(held.get(key), str)), None)


def _open(source: SourceSpec, name: str, content: Mapping[str, Any], outer: _Wrapped) -> _Wrapped:
    """Take one envelope off, and those inside it."""
    key = _payload_key(content)
    assert key is not None
    inner, coding = _decoded(name, key, content[key])
    address = _address(content)
    opened = _Wrapped(
        inner,
        outer.endpoint if address is None else _endpoint(address),
        outer.captured_at or _time_of(content),
        (*outer.envelopes, f"{key}{coding}"),
    )
    nested = _content(inner)
    if len(opened.envelopes) < DEEPEST_ENVELOPE and isinstance(nested, dict) and _is_envelope(source, nested, inner):
        return _open(source, name, nested, opened)
    return opened


def _decoded(name: str, key: str, value: Any) -> tuple[bytes, str]:
    """An envelope's content as bytes, and its coding for the report."""
    if not isinstance(value, str):
        return _bytes_of(value), ""
    text = value.encode("utf-8", "surrogatepass")
    if reading.is_json(text) or text.lstrip()[:1] == b"<":
        return text, ""
    try:
        packed = base64.b64decode("".join(value.split()), validate=True)
    except (binascii.Error, ValueError):
        return text, ""
    if packed[:2] != b"\x1f\x8b":
        return packed, " (base64)"
    try:
        return _gunzip(packed), " (base64, gzip)"
    except (OSError, EOFError, zlib.error) as error:
        raise UnreadableRecording(f"{name}: `{key}` is base64 of gzip that does not decompress: {error}") from error


def _gunzip(packed: bytes) -> bytes:
    unzip = zlib.decompressobj(wbits=31)
    body = unzip.decompress(packed, LARGEST_BODY)
    if not unzip.eof:
        raise gzip.BadGzipFile(f"it is cut, or holds more than {LARGEST_BODY} bytes")
    return body


def _rows_of_pages(content: Any) -> Iterator[tuple[str, bytes]]:
    """A recording that kept a page's table rows by feed and game, and neither the page nor the table's header."""
    for feed, games in content.items():
        rows = [row for kept in mapping_of(games).values() if isinstance(kept, list) for row in kept]
        if feed != "_fixture_meta" and rows and all(isinstance(row, str) for row in rows):
            table = f'<html><table class="sp-table"><tbody>{"".join(rows)}</tbody></table></html>'
            yield f"/betting-splits/?source={feed.upper()}", table.encode("utf-8", "replace")


def _endpoint(url: str) -> str:
    return "/" + re.sub(r"^https?://[^/]+/?", "", url).lstrip("/")


def _time_of(content: Mapping[str, Any]) -> datetime | None:
    """An envelope's capture time; a stamp without a zone is none."""
    for key in TIME_KEYS:
        try:
            return reading.epoch_or_instant(content, key)
        except BadField:
            continue
    return None


def _own_time(source: SourceSpec, body: bytes) -> datetime | None:
    try:
        return source.capture_time(_content(body))
    except (NotReadable, BadField):
        return None


def _newest_stamp(source: SourceSpec, body: bytes) -> datetime | None:
    """The newest stamp of the payload's quotes that another book confirms.

    A book's clock may be ahead by hours, so one book's stamp dates a board only where there is no other book's: of
    several that disagree by more than an hour the older half decides. None where the source has no such stamps.
    """
    try:
        by_book = source.quote_stamps(_content(body))
    except (NotReadable, BadField):
        return None
    latest = present() + CLOCK_TOLERANCE
    newest = sorted(max(stamps) for book in by_book.values() if (stamps := [at for at in book if at <= latest]))
    if not newest:
        return None
    for second, first in zip(newest[-2::-1], newest[:0:-1], strict=True):
        if first - second <= CLOCK_TOLERANCE:
            return first
    return newest[(len(newest) - 1) // 2]


def instant_in_name(name: str, zone: tzinfo | None = None) -> datetime | None:
    """The last instant with a zone in a file name or path, in UTC.

    Args:
        name: the name.
        zone: the zone of instants without one, where the source's recordings are known to be named so. Without a T
            and without seconds 2026-07-31_08-22 may be a range of days, and is no instant.
    """
    for found in reversed(list(NAME_INSTANT.finditer(name))):
        zone_text, second = found["zone"], found["second"]
        may_be_range = second is None and found["separator"] in ("_", "-")
        named = _zone_of(zone_text) if zone_text else None if may_be_range else zone
        if named is None:
            continue
        year, month, day, hour, minute = (int(found[name]) for name in ("year", "month", "day", "hour", "minute"))
        micro = int(found["milli"] or 0) * 1000
        try:
            wall = datetime(year, month, day, hour, minute, int(second or 0), micro, tzinfo=named)
        except ValueError:
            continue
        return wall.astimezone(UTC)
    return None


def _zone_of(text: str) -> tzinfo | None:
    """The zone of a suffix: Z, UTC, an offset such as -0400 or +05:30, or a US abbreviation. None for other numbers."""
    upper = text.upper()
    if upper in ("Z", "UTC", "GMT"):
        return UTC
    if upper == "ET":
        return EASTERN
    if upper in US_ZONES:
        return US_ZONES[upper]
    hours, minutes = int(text[1:3]), int(text[-2:])
    if hours > LARGEST_OFFSET_HOURS or minutes not in OFFSET_MINUTES:
        return None
    offset = timedelta(hours=hours, minutes=minutes)
    return timezone(-offset if text[0] == "-" else offset)
