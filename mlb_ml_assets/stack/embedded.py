"""The embedded PostgreSQL: started where it is absent, left running, stopped on demand.

Belongs here: initdb, start, readiness, stop, healing what a killed process left behind, settings fit to the machine.
Not here: tables (warehouse/migrations), a server that was given (POSTGRES_HOST).
"""

import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import psycopg

from mlb_ml_assets.stack.environment import make_private_folder
from mlb_ml_assets.stack.errors import StackError
from mlb_ml_assets.stack.processes import LOOPBACK, require_free
from mlb_ml_assets.stack.server_user import ServerUser, server_programs, server_user
from mlb_ml_assets.warehouse.settings import (
    DEFAULT_PORT,
    READER_PORT_VARIABLE,
    READER_ROLE,
    default_socket_folder,
    embedded_data_folder,
    embedded_port,
    embedded_socket_folder,
)

# Crash recovery of a large database replays up to max_wal_size; the wheel's own 10 s are too short for it.
START_TIMEOUT_SECONDS = 120
MAJOR_VERSION = "18"
MEGABYTE = 1024**2


class EmbeddedServerError(StackError, RuntimeError):
    """The embedded server cannot be started or stopped; the message ends with its last log lines."""


def usable_memory() -> int:
    """Bytes of memory: the machine's, or a container's limit where that is lower."""
    memory = int(psutil.virtual_memory().total)
    for limit in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            memory = min(memory, int(Path(limit).read_text()))
        except (OSError, ValueError):  # absent, or the word "max"
            continue
    return memory


def tuned_settings(disk: Path) -> dict[str, str]:
    """Durable settings for bulk loads and day-sized reads; memory and log sizes scale down on small machines.

    Every write is on disk when it is acknowledged: with rows written in batches, synchronous_commit=off gained 1.02x
    and is not worth it.
    """
    memory = usable_memory() // MEGABYTE
    free = shutil.disk_usage(disk).free // MEGABYTE
    return {
        "fsync": "on",
        "synchronous_commit": "on",
        "full_page_writes": "on",
        "shared_buffers": f"{max(64, min(1024, memory // 8))}MB",
        "effective_cache_size": f"{max(256, min(8192, memory // 2))}MB",
        "maintenance_work_mem": f"{max(64, min(512, memory // 16))}MB",
        "work_mem": f"{max(8, min(32, memory // 128))}MB",
        "wal_buffers": "16MB",
        # Checkpoints by time, not by a bulk load's volume; never more than a quarter of the free disk.
        "max_wal_size": f"{max(256, min(8192, free // 4))}MB",
        "checkpoint_timeout": "15min",
        "random_page_cost": "1.1",
        "jit": "off",
        "max_connections": "200",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "log_line_prefix": "%m [%p] %a ",
    }


@dataclass(frozen=True)
class EmbeddedServer:
    """The one server of a home folder."""

    home: Path

    @property
    def data(self) -> Path:
        """Its data folder."""
        return embedded_data_folder(self.home)

    @property
    def log(self) -> Path:
        """Its log file."""
        return self.home / "logs" / "postgres.log"

    def process(self) -> psutil.Process | None:
        """The running postmaster: the process of the number on file, if it is a server and works in this folder."""
        found = self._process_on_file()
        return found if found is not None and self._may_be_ours(found) else None

    def _process_on_file(self) -> psutil.Process | None:
        try:
            return psutil.Process(int((self.data / "postmaster.pid").read_text().split("\n", 1)[0]))
        except (OSError, ValueError, psutil.NoSuchProcess):
            return None

    def _may_be_ours(self, process: psutil.Process) -> bool:
        try:
            if not process.name().startswith("postgres") or process.status() == psutil.STATUS_ZOMBIE:
                return False
            return Path(process.cwd()).samefile(self.data)
        except psutil.AccessDenied:
            return True  # root in a container may not look into other users' processes; better ours than harmed
        except (OSError, psutil.NoSuchProcess):
            return False

    def start(self, settings: Mapping[str, str] | None = None, *, reader_port: int | None = None) -> bool:
        """Have the server running and answering; True where this call started it.

        Safe to call from any number of processes at once: all but one wait for the first.

        Args:
            settings: server settings over the tuned ones, used only by the call that starts it.
            reader_port: where the reading role, and no other, is let in on loopback with its password; likewise.

        Raises:
            EmbeddedServerError: it did not start, with the reason that the server gave.
            PortInUse: another program has the port for readers.
        """
        if self._is_used_read_only():
            return False
        with self._alone():
            if self._answers():
                return False
            user = server_user()
            programs = server_programs(user)
            self._clear_stale()
            self._initialize(user, programs, settings or {})
            self._configure(user, settings or {}, reader_port)
            self._launch(user, programs)
            return True

    def stop(self) -> bool:
        """Stop the server after its sessions were ended; True where it was running."""
        with self._alone():
            process = self.process()
            if process is None:
                return False
            user = server_user()
            command = [str(server_programs(user) / "pg_ctl"), "stop", "-m", "fast", "-w", "-t", "60"]
            done = subprocess.run(command, **self._as(user), capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise EmbeddedServerError(f"the database in {self.data} did not stop: {done.stderr.strip()}")
            self._remove_socket_folder(user)
            return True

    def _remove_socket_folder(self, user: ServerUser) -> None:
        # Only the one that we make, and only if it is empty: postmaster.pid and the configuration may name any other.
        folder = default_socket_folder(self.data)
        if folder != self.data and user.owns(folder):
            with suppress(OSError):
                folder.rmdir()

    def _is_used_read_only(self) -> bool:
        # A full or read-only disk stops no command that only reads from a server that runs.
        return not os.access(self.home, os.W_OK) and self.home.exists() and self._answers()

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # flock dies with its holder: a killed process leaves no lock behind.
        try:
            make_private_folder(self.home, holds_database=True)
            lock = (self.home / "postgres.lock").open("a")
        except OSError as error:
            raise EmbeddedServerError(f"the folder {self.home} cannot be used: {error}; set MLB_ML_HOME") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _as(self, user: ServerUser) -> dict[str, Any]:
        # The folder travels in the environment: pg_ctl hands a -D argument to a shell, which reads its $ and quotes.
        kept = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return {"env": {**kept, "PGDATA": str(self.data), "LC_ALL": "C"}, "cwd": "/", **user.drop}

    def _clear_stale(self) -> None:
        # postgres itself deals with the number of a process that is gone. It refuses to start where the number is by
        # now another program's, or a killed server's which nobody reaps, as in containers.
        if self._process_on_file() is None:
            return
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        socket, user = default_socket_folder(self.data), server_user()
        if user.owns(socket):
            for stale in socket.glob(".s.PGSQL.*"):
                stale.unlink(missing_ok=True)

    def _initialize(self, user: ServerUser, programs: Path, settings: Mapping[str, str]) -> None:
        version = self.data / "PG_VERSION"
        if version.is_file():
            found = version.read_text().strip()
            if found != MAJOR_VERSION:
                raise EmbeddedServerError(
                    f"{self.data} was made by PostgreSQL {found}, the embedded server is {MAJOR_VERSION}: "
                    "dump it with the old version, or set another MLB_ML_HOME"
                )
            return
        # Made beside its place and renamed into it: a killed initdb leaves nothing that looks like a database.
        unfinished = self.data.with_name(self.data.name + ".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        if self.data.exists() and any(self.data.iterdir()):
            raise EmbeddedServerError(f"{self.data} holds files but no database: move them away, or set MLB_ML_HOME")
        user.own(unfinished)
        command = [str(programs / "initdb"), "--pgdata", str(unfinished), "--username=postgres", "--auth=trust"]
        command += ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
        if settings.get("fsync") == "off":
            command.append("--no-sync")
        done = subprocess.run(command, **self._as(user), capture_output=True, text=True, check=False)
        if done.returncode != 0:
            reason = done.stderr.strip() or done.stdout.strip()
            raise EmbeddedServerError(f"initdb failed in {self.data.parent}: {reason}")
        unfinished.rename(self.data)

    def _configure(self, user: ServerUser, settings: Mapping[str, str], reader_port: int | None) -> None:
        socket = default_socket_folder(self.data)
        if socket != self.data:
            user.own(socket)
        # A name in double quotes may hold commas and spaces. No TCP: those who may enter the folder may connect.
        quoted = '"' + str(socket).replace('"', '""') + '"'
        fixed = {"listen_addresses": "", "unix_socket_directories": quoted, "unix_socket_permissions": "0700"}
        if reader_port:
            fixed |= self._let_readers_in(user, reader_port)
        lines = [
            f"{name} = '{value.replace(chr(92), chr(92) * 2).replace(chr(39), chr(39) * 2)}'"
            for name, value in {**tuned_settings(self.data), **fixed, **settings}.items()
        ]
        # Read after postgresql.conf and rewritten at every start, so an upgrade brings its settings along.
        header = "# Written at every start; put changes of yours into postgresql.conf."
        user.write(self.data / "mlb_ml.conf", "\n".join([header, *lines, ""]))
        include = "include_if_exists = 'mlb_ml.conf'"
        text = user.read(self.data / "postgresql.conf")
        if include not in text:
            user.write(self.data / "postgresql.conf", f"# Ours first: a setting below it wins.\n{include}\n\n{text}")

    def _let_readers_in(self, user: ServerUser, port: int) -> dict[str, str]:
        require_free(port, "programs that read the database", READER_PORT_VARIABLE)
        # Rules of our own: those of initdb trust every program on loopback.
        rules = self.data / "mlb_ml_hba.conf"
        user.write(
            rules,
            "# Written at a start with a port for readers.\n"
            "local all all trust\n"
            f"host all {READER_ROLE} {LOOPBACK}/32 scram-sha-256\n",
        )
        return {"listen_addresses": LOOPBACK, "port": str(port), "hba_file": str(rules)}

    def _launch(self, user: ServerUser, programs: Path) -> None:
        make_private_folder(self.log.parent)
        command = [str(programs / "pg_ctl"), "start", "-w", "-t", str(START_TIMEOUT_SECONDS)]
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while True:
            # The log is opened by us and inherited: the server's user need not be able to reach it.
            with self.log.open("ab") as log:
                before = log.tell()
                streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": log, "stderr": log}
                done = subprocess.run(command, **self._as(user), **streams, check=False, start_new_session=True)
            if done.returncode == 0:
                return
            with self.log.open("rb") as log:
                log.seek(before)
                text = log.read().decode(errors="replace").strip()
            # Sessions of a killed server see its death and end by themselves; until then postgres guards the data.
            if "pre-existing shared memory block" not in text or time.monotonic() > deadline:
                last = text.splitlines()[-12:]
                raise EmbeddedServerError("\n".join([f"database {self.data} did not start; {self.log} says:", *last]))
            time.sleep(0.2)

    def _answers(self) -> bool:
        # A running server may still recover; one that was killed a moment ago may still be listed.
        deadline = time.monotonic() + START_TIMEOUT_SECONDS
        while self.process() is not None:
            address = psycopg.conninfo.make_conninfo(
                host=str(embedded_socket_folder(self.data)), port=embedded_port(self.data, DEFAULT_PORT),
                user="postgres", dbname="postgres", connect_timeout=5,
            )  # fmt: skip
            try:
                psycopg.connect(address).close()
            except psycopg.OperationalError as error:
                if time.monotonic() > deadline:
                    raise EmbeddedServerError(
                        f"the database in {self.data} runs but does not answer: {error}"
                    ) from None
                time.sleep(0.2)
            else:
                return True
        return False
