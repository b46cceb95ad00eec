"""The files in a file, an archive or a folder.

Belongs here: opening .gz, .xz, .bz2, .zip and .tar.* by their content, bounds on what they may hold, and telling
payloads from the other files that people keep beside them.
Not here: what is in a payload.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from time import monotonic
from typing import Protocol

from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.reading import NotReadable, SourceError

LARGEST_MEMBER = 64 * 1024 * 1024
# A season of recorded payloads is 300 MB in 20,000 files; JSON packs to a twentieth, at most to a fiftieth.
LARGEST_ARCHIVE, MOST_MEMBERS, HIGHEST_RATIO = 1024 * 1024 * 1024, 200_000, 200
# That season takes 5 s; a packed .tar whose files are not in order is unpacked again for each that lies further back.
LONGEST_UNPACKING = 300.0
# Tables of a bundle pack to a tenth, the line history to a sixteenth.
_HIGHEST_TABLE_RATIO = 50
# Of archives in archives; people have a .gz in a .zip in a .tar.
_DEEPEST = 5
_UNREADABLE = (OSError, EOFError, tarfile.TarError, lzma.LZMAError, zlib.error, zipfile.BadZipFile, RuntimeError)
_PACKED = ((b"\x1f\x8b", gzip.open), (b"\xfd7zXZ\x00", lzma.open), (b"BZh", bz2.open))
_TAR_MAGIC, _TAR_MAGIC_AT = b"ustar", 257
_ARCHIVE_SUFFIXES = (".tar", ".tgz", ".txz", ".tbz2", ".tar.gz", ".tar.xz", ".tar.bz2")
# Kept beside payloads, and readable as one: text that begins with "[" or "<", or JSON of another kind.
_FOREIGN_SUFFIXES = frozenset(
    {
        ".md", ".rst", ".py", ".ipynb", ".js", ".ts", ".sh", ".yml", ".yaml", ".toml", ".cfg", ".ini", ".lock", ".log",
        ".xlsx", ".docx", ".pdf", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".db", ".sqlite", ".parquet", ".whl", ".jar",
        ".xml", ".css", ".part", ".tmp",
    }
)  # fmt: skip
_TABLE_SUFFIXES = frozenset({".csv", ".tsv"})


class UnreadableRecording(SourceError, ValueError):
    """A file or folder of recorded payloads does not exist, may not be read, or is a damaged archive."""


@dataclass(frozen=True)
class RecordedFile:
    """One file with its content.

    Attributes:
        name: path inside the folder or archive, without the suffixes of compression that were undone.
        body: the content, decompressed.
        is_member: whether it was found in a folder or archive rather than named by the caller.
        why_not: why it holds no payload; None where it may.
    """

    name: str
    body: bytes
    is_member: bool
    why_not: str | None = None


class _Readable(Protocol):
    def read(self, size: int, /) -> bytes: ...


@dataclass
class _Allowance:
    """What one file that a user names has cost so far, all archives inside it included."""

    name: str
    expanded: int = 0
    seconds: float = 0.0

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Count the time of a block.

        Raises:
            OSError: the file has taken too long by now.
        """
        began = monotonic()
        yield
        self.seconds += monotonic() - began
        if self.seconds > LONGEST_UNPACKING:
            raise OSError(f"{self.name} takes more than {LONGEST_UNPACKING:.0f} s to unpack: unpack it yourself first")

    def read(self, opened: _Readable, member: str) -> bytes:
        """One member, of which no more than the limit is ever in memory.

        Raises:
            OSError: it, or all together, exceeds a limit.
        """
        with self.measured():
            body = opened.read(LARGEST_MEMBER + 1)
        self.expanded += len(body)
        _check_size(Path(self.name), member, len(body))
        if self.expanded > LARGEST_ARCHIVE:
            raise OSError(f"{self.name} expands to more than {LARGEST_ARCHIVE} bytes")
        return body


def read_plain(path: Path) -> bytes:
    """The content of one file, decompressed where its first bytes say that it is compressed.

    Raises:
        OSError: the file cannot be read, is damaged, or expands out of proportion.
    """
    body = path.read_bytes()
    for magic, opener in _PACKED:
        if body.startswith(magic):
            most = min(LARGEST_ARCHIVE, max(LARGEST_MEMBER, _HIGHEST_TABLE_RATIO * len(body)))
            try:
                with opener(io.BytesIO(body)) as packed:
                    plain = packed.read(most + 1)
            except (EOFError, lzma.LZMAError, zlib.error) as error:
                raise OSError(f"{path.name} is damaged: {error}") from error
            if len(plain) > most:
                raise OSError(f"{path.name} expands to more than {most} bytes, {most // len(body)} times its size")
            return plain
    return body


def read_files(path: Path) -> Iterator[RecordedFile]:
    """Every file of a path, in the order of their names.

    Raises:
        UnreadableRecording: naming the path.
    """
    try:
        yield from _read(path)
    except _UNREADABLE as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise UnreadableRecording(f"--from-files {path}: {why}") from error


def _read(path: Path) -> Iterator[RecordedFile]:
    if path.is_dir():
        for inner in sorted(one for one in path.rglob("*") if one.is_file()):
            name = inner.relative_to(path).as_posix()
            if (why := _why_foreign(name)) is not None:
                yield RecordedFile(name, b"", is_member=True, why_not=why)
                continue
            for file in read_files(inner):
                found = file.name if file.is_member else name
                prefix = f"{name}/" if file.is_member else ""
                why = file.why_not or _why_no_payload(found, file.body)
                yield RecordedFile(f"{prefix}{found}", file.body, is_member=True, why_not=why)
    elif path.name.endswith(_ARCHIVE_SUFFIXES) or _is_tar(path):
        allowance = _Allowance(path.name)
        with tarfile.open(path) as archive:
            yield from _read_tar(archive, allowance, depth=1)
    else:
        yield from _expand(path.name, path.read_bytes(), _Allowance(path.name), 0, is_member=False)


def _is_tar(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_TAR_MAGIC_AT + len(_TAR_MAGIC))
    return head[_TAR_MAGIC_AT:] == _TAR_MAGIC


def _members(name: str, body: bytes, allowance: _Allowance, depth: int) -> Iterator[RecordedFile]:
    why = _why_foreign(name)
    if why is not None:
        yield RecordedFile(name, b"", is_member=True, why_not=why)
        return
    for file in _expand(name, body, allowance, depth, is_member=True):
        why = file.why_not or _why_no_payload(file.name, file.body)
        yield RecordedFile(file.name, file.body, is_member=True, why_not=why)


def _expand(name: str, body: bytes, allowance: _Allowance, depth: int, *, is_member: bool) -> Iterator[RecordedFile]:
    """A file's content without its compression, by the first bytes; the members of a .zip or of a packed .tar.

    `depth` is the number of archives and compressions around it.
    """
    if depth > _DEEPEST:
        raise OSError(f"{allowance.name}: {name} is an archive in an archive, {depth} deep")
    for magic, opener in _PACKED:
        if body.startswith(magic):
            with opener(io.BytesIO(body)) as packed:
                plain = allowance.read(packed, name)
            yield from _expand(name, plain, allowance, depth + 1, is_member=is_member)
            return
    if name.endswith((".gz", ".xz", ".bz2")) and not is_member and not _could_be_payload(body):
        raise OSError(f"{name} is not the compressed file that its name promises")
    if body.startswith(b"PK\x03\x04") and PurePosixPath(name).suffix not in _FOREIGN_SUFFIXES:
        require_bounded_zip(io.BytesIO(body), name)
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for member in sorted(archive.infolist(), key=lambda one: one.filename):
                if not member.is_dir():
                    with archive.open(member) as opened:
                        content = allowance.read(opened, member.filename)
                    yield from _members(member.filename, content, allowance, depth + 1)
    elif body[_TAR_MAGIC_AT : _TAR_MAGIC_AT + len(_TAR_MAGIC)] == _TAR_MAGIC:
        with tarfile.open(fileobj=io.BytesIO(body)) as tar:
            yield from _read_tar(tar, allowance, depth + 1)
    else:
        yield RecordedFile(name, body, is_member)


def _read_tar(archive: tarfile.TarFile, allowance: _Allowance, depth: int) -> Iterator[RecordedFile]:
    for member in _tar_members(archive, allowance):
        with allowance.measured():
            opened = archive.extractfile(member)
        if opened is not None:
            yield from _members(member.name, allowance.read(opened, member.name), allowance, depth)


def _tar_members(archive: tarfile.TarFile, allowance: _Allowance) -> list[tarfile.TarInfo]:
    """The files of an archive by name, refused before more than the limits is decompressed to find them."""
    members: list[tarfile.TarInfo] = []
    expanded = 0
    listed = iter(archive)
    while True:
        with allowance.measured():
            member = next(listed, None)
        if member is None:
            return sorted(members, key=lambda one: one.name)
        _check_size(Path(allowance.name), member.name, member.size)
        expanded += member.size
        if expanded > LARGEST_ARCHIVE or len(members) >= MOST_MEMBERS:
            raise OSError(f"{allowance.name} expands to more than {LARGEST_ARCHIVE} bytes or {MOST_MEMBERS} files")
        if member.isfile():
            members.append(member)


def require_bounded_zip(file: Path | io.BytesIO, name: str = "") -> None:
    """Refuse a .zip (or workbook) that expands to more than an archive of payloads or seasons does.

    The sizes that it declares are those that the reader then holds it to.

    Raises:
        OSError: naming the limit.
        BadZipFile: it is none.
    """
    with zipfile.ZipFile(file) as archive:
        members = archive.infolist()
    expanded, packed = sum(one.file_size for one in members), sum(one.compress_size for one in members)
    name = name or (file.name if isinstance(file, Path) else "")
    if expanded > LARGEST_ARCHIVE or len(members) > MOST_MEMBERS:
        raise OSError(f"{name} expands to {expanded} bytes in {len(members)} files: more than any archive of a source")
    if expanded > LARGEST_MEMBER and expanded > HIGHEST_RATIO * max(packed, 1):
        raise OSError(f"{name} expands to {expanded // max(packed, 1)} times its size: more than text does")


def _check_size(path: Path, member: str, size: int) -> None:
    if size > LARGEST_MEMBER:
        raise OSError(f"{path.name}: {member} has more than {LARGEST_MEMBER} bytes")


def _plain_suffix(name: str) -> str:
    path = PurePosixPath(name.lower())
    return PurePosixPath(path.stem).suffix if path.suffix in (".gz", ".xz", ".bz2") else path.suffix


def _why_foreign(name: str) -> str | None:
    """Why a file is skipped by its name alone."""
    if any(part.startswith((".", "__")) for part in PurePosixPath(name).parts):
        return "a hidden file"
    suffix = _plain_suffix(name)
    return f"a {suffix} file" if suffix in _FOREIGN_SUFFIXES else None


def _why_no_payload(name: str, body: bytes) -> str | None:
    """Why a file is skipped by its content: neither JSON nor a page, and not named as a table."""
    if _plain_suffix(name) in _TABLE_SUFFIXES or _could_be_payload(body):
        return None
    return "neither JSON, a page nor a .csv table"


def _could_be_payload(body: bytes) -> bool:
    try:
        plain = reading.utf8(body)
    except NotReadable:
        return False
    return reading.is_json(plain) or plain.lstrip()[:1] == b"<"
