"""Services of docker-compose.yml as plain processes, where there is no container engine.

Belongs here: a container's folders, names, ports and environment mapped to this machine; start, health, stop.
Not here: what the file says (compose_file), what the image holds (image).
"""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from mlb_ml_assets.stack.processes import ProcessIdentity, last_lines, launch, stop_group
from mlb_ml_assets_tests.deploy.compose_file import ROOT, Service
from mlb_ml_assets_tests.deploy.image import copied_to_image, image_environment, working_folder

LOOPBACK = "127.0.0.1"
# Docker's own, where the file names none.
GRACE_SECONDS = {"30s": 30, "2m": 120}
START_SECONDS = 150


@dataclass
class Machine:
    """Where all containers of one test run: volumes, secrets, ports; and the database that they are given."""

    folder: Path
    database: Path  # socket folder of the server
    ports: Mapping[tuple[str, int], int]  # free port here by service and port there
    secrets: Mapping[str, str] = field(default_factory=dict)

    def port(self, service: str) -> int:
        return next(here for (name, _), here in self.ports.items() if name == service)


@dataclass
class Container:
    """One service's process, and the folders that are only its own."""

    machine: Machine
    service: Service
    process: subprocess.Popen[bytes] | None = None
    given: frozenset[Path] = frozenset()
    was_healthy: bool = False

    @property
    def root(self) -> Path:
        return self.machine.folder / self.service.name

    @property
    def log(self) -> Path:
        return self.machine.folder / "output" / f"{self.service.name}.log"

    def start(self) -> None:
        """Lay out the folders as the image and the volumes do, and start the command."""
        for place, source in copied_to_image().items():
            self._place(place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, self._place(place))
        for place, volume in self.service.volumes.items():
            kept = self.machine.folder / "volumes" / volume
            kept.mkdir(parents=True, exist_ok=True)
            self._place(place).parent.mkdir(parents=True, exist_ok=True)
            self._place(place).symlink_to(kept)
        for name, text in self.machine.secrets.items():
            self._place(f"/run/secrets/{name}").parent.mkdir(parents=True, exist_ok=True)
            self._place(f"/run/secrets/{name}").write_text(text)
        self._place("/tmp").mkdir(parents=True, exist_ok=True)
        self._point_workspace()
        self.given = frozenset(self._outside_tmp())
        command = [self.mapped(part) for part in self.service.command]
        # Only a shell or a program of the venv: what the test's own PATH has is not in the image.
        assert command[0] == "sh" or (Path(sys.executable).parent / command[0]).exists(), command[0]
        self.process = launch(command, self.environment, self.log, self._place(working_folder()))

    def run_to_end(self) -> None:
        """Start, wait for the end, and insist that it went well."""
        self.start()
        assert self.process is not None
        assert self.process.wait(START_SECONDS) == 0, last_lines(self.log, 40)

    def await_health(self) -> None:
        """Repeat the file's own health check until it passes, once; what ends by itself has ended well already.

        Where the file has no check, a service is healthy while it runs, as for Docker.
        """
        deadline = time.monotonic() + START_SECONDS
        while not (self.was_healthy or self.service.ends or self.healthy()):
            assert self.process is not None
            assert self.process.poll() is None, f"{self.service.name} ended: {last_lines(self.log, 40)}"
            assert time.monotonic() < deadline, f"{self.service.name} is not healthy: {last_lines(self.log, 40)}"
            # Some checks start an interpreter and import Dagster: asking without a pause would slow down the service.
            time.sleep(1.5)
        self.was_healthy = True

    def healthy(self) -> bool:
        if not self.service.has_health_check:
            return self.process is not None and self.process.poll() is None
        command = [self.mapped(part) for part in self.service.health_check]
        return subprocess.run(command, env=self.environment, capture_output=True, check=False).returncode == 0

    def stop(self) -> int:
        """SIGTERM as the engine sends it; the exit code. Fails where it would have been killed."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(GRACE_SECONDS.get(self.service.declared.get("stop_grace_period", ""), 10))

    def end(self) -> None:
        """Whatever became of it, leave no process behind."""
        if self.process is not None and self.process.poll() is None:
            stop_group(ProcessIdentity.of(self.process.pid), seconds=1)

    def written_outside(self) -> list[str]:
        """Files that appeared where the container is read-only."""
        return sorted(str(path.relative_to(self.root)) for path in set(self._outside_tmp()) - self.given)

    @property
    def environment(self) -> dict[str, str]:
        """The image's and the service's variables, and nothing of ours but how to find the programs."""
        declared = {**image_environment(), **self.service.environment}
        environment = {name: self.mapped(value) for name, value in declared.items()}
        if environment.get("POSTGRES_HOST") == "postgres":
            environment["POSTGRES_HOST"] = str(self.machine.database)
        path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin"
        return {**environment, "PATH": path, "PYTHONPATH": str(ROOT), "TMPDIR": str(self._place("/tmp"))}

    def mapped(self, text: str) -> str:
        """A name, port or path of the container network as it is here."""
        for (name, port), here in self.machine.ports.items():
            text = re.sub(rf"\b{name}:{port}\b", f"{LOOPBACK}:{here}", text)
            if name == self.service.name:
                text = re.sub(rf"\b(localhost|127\.0\.0\.1):{port}\b", rf"\1:{here}", text)
                text = str(here) if text == str(port) else text
        text = text.replace("0.0.0.0", LOOPBACK)
        return re.sub(r"(?<![\w./:-])/(?=(dagster_home|artifacts|tmp|run)\b)", f"{self.root}/", text)

    def _place(self, path: str) -> Path:
        return self.root / path.lstrip("/")

    def _point_workspace(self) -> None:
        file = self._place("/dagster_home/workspace.yaml")
        workspace = yaml.safe_load(file.read_text())
        for entry in workspace["load_from"]:
            server = entry["grpc_server"]
            server |= {"host": LOOPBACK, "port": self.machine.ports[server["host"], server["port"]]}
        file.write_text(yaml.safe_dump(workspace))

    def _outside_tmp(self) -> Iterator[Path]:
        for folder, folders, files in os.walk(self.root):
            if Path(folder) == self.root:
                folders[:] = [name for name in folders if name != "tmp"]
            yield from (Path(folder, name) for name in [*folders, *files])
