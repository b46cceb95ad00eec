"""Where the files of the archive tier are: a folder or an S3 bucket.

Belongs here: the setting MLB_ML_ARCHIVE, storing, finding, fetching and deleting a file.
Not here: what is in the files (month_files.py), which are current (archived_months.py).
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.settings import SettingsError, project_home

_S3 = "s3://"
_OFF = "off"


class MonthFileDamaged(WarehouseError, ValueError):
    """A file of the tier has other bytes than were written."""


class BucketUnusable(WarehouseError, RuntimeError):
    """The library for S3 is absent, or the bucket refuses us."""


class MonthStore(Protocol):
    """A place for files that never change once they have their name."""

    @property
    def scratch(self) -> Path:
        """An existing local folder for files that are being written; on the same file system as a folder's files."""

    @property
    def address(self) -> str:
        """The place, as people write it."""

    def names(self) -> frozenset[str]:
        """The names of all files."""

    def add(self, written: Path, name: str) -> None:
        """Move a file into the place: after this it is there whole, also after a power failure."""

    def fetch(self, name: str, sha256: str) -> Path:
        """A local file with these bytes.

        Raises:
            MonthFileDamaged: the file is gone or has other bytes.
        """

    def check(self, name: str, sha256: str) -> None:
        """Read a file whole where it is kept, and compare its digest.

        Raises:
            MonthFileDamaged: the file is gone or has other bytes.
        """

    def delete(self, name: str) -> None:
        """Delete a file; nothing happens where there is none."""


def month_store(environment: Mapping[str, str] | None = None) -> MonthStore | None:
    """The place that `MLB_ML_ARCHIVE` names: a folder, `s3://bucket/prefix`, or `off` (None).

    The default is the folder `months` below `MLB_ML_HOME`. The keys of a bucket are those of boto3 (`AWS_ACCESS_KEY_ID`
    ..., or the machine's role), its server too (`AWS_ENDPOINT_URL_S3`).

    Raises:
        SettingsError: the variable names neither a folder nor a bucket.
    """
    environment = os.environ if environment is None else environment
    given = environment.get("MLB_ML_ARCHIVE", "").strip()
    default = project_home(environment) / "months"
    if given.lower() == _OFF:
        return None
    if given.startswith(_S3):
        bucket, _, prefix = given.removeprefix(_S3).partition("/")
        if not bucket:
            raise SettingsError(f"MLB_ML_ARCHIVE is {given!r}: set s3://bucket or s3://bucket/prefix")
        return BucketStore(bucket, prefix.strip("/"), cache=default)
    if "://" in given:
        raise SettingsError(f"MLB_ML_ARCHIVE is {given!r}: set a folder, s3://bucket/prefix, or off")
    return FolderStore(Path(given).expanduser().absolute() if given else default)


@dataclass(frozen=True)
class FolderStore:
    """Files below a folder of this machine."""

    root: Path

    @property
    def scratch(self) -> Path:
        """A folder beside the files, so that a rename moves a file into its place."""
        return _existing(self.root / ".writing")

    @property
    def address(self) -> str:
        """The folder."""
        return str(self.root)

    def names(self) -> frozenset[str]:
        """Paths of the files below the root."""
        found = self.root.glob("[!.]*/*/*.parquet")
        return frozenset(path.relative_to(self.root).as_posix() for path in found)

    def add(self, written: Path, name: str) -> None:
        """Write through to the disk, then rename, then write the folder through."""
        path = self.root / name
        _existing(path.parent)
        _sync(written)
        written.replace(path)
        _sync(path.parent)

    def fetch(self, name: str, sha256: str) -> Path:
        """The file itself, after its digest was compared."""
        self.check(name, sha256)
        return self.root / name

    def check(self, name: str, sha256: str) -> None:
        """Read the file and compare its digest."""
        _compare(self.root / name, sha256, name)

    def delete(self, name: str) -> None:
        """Delete a file; nothing happens where there is none."""
        (self.root / name).unlink(missing_ok=True)


@dataclass(frozen=True)
class BucketStore:
    """Objects of an S3 bucket below a prefix; those that were read are kept in a folder, by their names."""

    bucket: str
    prefix: str
    cache: Path

    @property
    def scratch(self) -> Path:
        """A folder of this machine."""
        return _existing(self.cache / ".writing")

    @property
    def address(self) -> str:
        """The bucket and the prefix."""
        return f"{_S3}{self.bucket}/{self.prefix}".rstrip("/")

    def names(self) -> frozenset[str]:
        """Keys of the objects below the prefix, without it."""
        start = len(self._key(""))
        with self._client() as client:
            pages = client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self._key(""))
            return frozenset(found["Key"][start:] for page in pages for found in page.get("Contents", ()))

    def add(self, written: Path, name: str) -> None:
        """Upload; an object appears whole or not at all, and S3 refuses bytes that were damaged on the way."""
        with self._client() as client:
            client.upload_file(str(written), self.bucket, self._key(name), ExtraArgs={"ChecksumAlgorithm": "SHA256"})
        written.replace(_existing((self.cache / name).parent) / Path(name).name)

    def fetch(self, name: str, sha256: str) -> Path:
        """The copy in the cache if it has the digest, else the object."""
        path = self.cache / name
        if not path.is_file() or file_sha256(path) != sha256:
            self.check(name, sha256)
        return path

    def check(self, name: str, sha256: str) -> None:
        """Download the object, compare its digest, and keep it in the cache."""
        path = self.cache / name
        part = _existing(path.parent) / f".{os.getpid()}-{path.name}"
        try:
            with self._client() as client:
                try:
                    client.download_file(self.bucket, self._key(name), str(part))
                except client.exceptions.ClientError as error:
                    # A missing bucket answers as a missing object does: only listing it fails.
                    if error.response["Error"]["Code"] != "404" or name in self.names():
                        raise
            _compare(part, sha256, name)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def delete(self, name: str) -> None:
        """Delete an object and its copy; nothing happens where there is none."""
        with self._client() as client:
            client.delete_object(Bucket=self.bucket, Key=self._key(name))
        (self.cache / name).unlink(missing_ok=True)

    def _key(self, name: str) -> str:
        return f"{self.prefix}/{name}" if self.prefix else name

    @contextmanager
    def _client(self) -> Iterator[Any]:
        try:
            import boto3
            from boto3.exceptions import Boto3Error
            from botocore.exceptions import BotoCoreError, ClientError
        except ModuleNotFoundError as error:
            raise BucketUnusable(
                f"MLB_ML_ARCHIVE is {self.address}, and boto3 is not installed: install mlb-ml-assets[kubernetes]"
            ) from error
        try:
            yield boto3.client("s3")
        except (Boto3Error, BotoCoreError, ClientError) as error:
            raise BucketUnusable(
                f"MLB_ML_ARCHIVE is {self.address}: {error}. Check the bucket, AWS_ACCESS_KEY_ID or the machine's "
                "role, AWS_DEFAULT_REGION and AWS_ENDPOINT_URL_S3; with MLB_ML_ARCHIVE=off PostgreSQL answers alone"
            ) from error


def _existing(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_sha256(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _compare(path: Path, sha256: str, name: str) -> None:
    found = file_sha256(path) if path.is_file() else "none"
    if found != sha256:
        raise MonthFileDamaged(
            f"file {name} of the archive tier has SHA-256 {found[:16]} instead of {sha256[:16]}. "
            "Next: mlb-ml archive verify, then mlb-ml archive write: it is written again from PostgreSQL"
        )
