"""Database, bucket, MLflow and API as the chart of deploy/helm runs them: processes that can be killed one by one.

Belongs here: the chart's commands and variables on this machine, one program's start, freeze and kill.
Not here: what must hold while one of them is away (test_*.py).
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import httpx

from mlb_ml_assets.domain.clock import SIMULATED_NOW
from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets.stack.processes import ProcessIdentity, last_lines, launch, stop_group
from mlb_ml_assets.warehouse.settings import DatabaseSettings
from mlb_ml_assets_tests.chain import LEAGUE
from mlb_ml_assets_tests.deploy.chart import chart_objects

BUCKET = "mlb-ml-test"
# Any keys do for the bucket's server; in a cluster the service account has them.
S3_KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "planted-s3-secret", "AWS_DEFAULT_REGION": "us-east-1"}
# Nothing asks for them: the server trusts its socket, and no source is collected.
PLANTED = {
    "MLB_ML_API_PASSWORD": "planted-api-password",
    "MLB_ML_MLFLOW_PASSWORD": "planted-mlflow-password",
    "MLFLOW_TRACKING_TOKEN": "planted-mlflow-token",
    "POSTGRES_PASSWORD": "planted-database-password",
    "MLB_ML_THE_ODDS_API_KEY": "planted-odds-key",
    "MLB_ML_ALERT_URLS": "json://planted-alert-user:planted-alert-password@127.0.0.1:9/",
}
_PROGRAMS = Path(sys.executable).parent


def container_of(kind: str, name: str) -> dict[str, Any]:
    """The one container of a job or deployment."""
    (found,) = chart_objects()[kind, name]["spec"]["template"]["spec"]["containers"]
    return found


@dataclass(eq=False)
class Program:
    """One process that listens on a port; `asks` is the path that answers once it serves."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    port: int
    asks: str
    folder: Path
    process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    def start(self) -> None:
        """Start it and wait until it serves."""
        self.launch()
        self.await_answer(self.asks)

    def launch(self) -> None:
        """Start it."""
        self.process = launch(self.command, self.environment, self.log, self.folder)

    def await_answer(self, path: str) -> None:
        """Wait until a path answers with success."""
        assert self.process is not None
        deadline = time.monotonic() + 120
        while not self.answers(path):
            assert self.process.poll() is None, last_lines(self.log, 40)
            assert time.monotonic() < deadline, last_lines(self.log, 40)
            time.sleep(0.2)

    def answers(self, path: str) -> bool:
        try:
            return httpx.get(f"{self.address}{path}", timeout=5, trust_env=False).is_success
        except httpx.TransportError:
            return False

    def freeze(self) -> None:
        """It accepts connections and says nothing more, as under a machine that hangs."""
        os.killpg(self.pid, signal.SIGSTOP)

    def kill(self) -> None:
        """SIGKILL to it and all that it started."""
        assert self.process is not None
        os.killpg(self.pid, signal.SIGKILL)
        self.process.wait(10)

    def end(self) -> None:
        """Leave no process behind."""
        if self.process is not None and self.process.poll() is None:
            os.killpg(self.pid, signal.SIGCONT)
            stop_group(ProcessIdentity.of(self.process.pid), seconds=3)


@dataclass
class Apart:
    """The programs of one deployment."""

    folder: Path
    server: EmbeddedServer
    settings: DatabaseSettings
    bucket: Program
    mlflow: Program
    api: Program
    environment: Mapping[str, str] = field(repr=False)

    def run(self, *arguments: str) -> str:
        """`mlb-ml …` with the variables that every pod has, and no key of the bucket; what it printed."""
        done = subprocess.run(
            [_PROGRAMS / "mlb-ml", *arguments],
            env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False, timeout=300,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return done.stdout

    @contextmanager
    def another_api(self, port: int) -> Iterator[Program]:
        """A second API, which has loaded no model yet."""
        other = api_program(self.folder, self.environment, port, "api_2")
        other.start()
        try:
            yield other
        finally:
            other.end()


def pod_environment(settings: DatabaseSettings, mlflow_port: int) -> dict[str, str]:
    """The ConfigMap's variables with this machine's addresses in place of the cluster's."""
    declared = dict(chart_objects()["ConfigMap", "mlb-ml-environment"]["data"])
    assert declared["MLFLOW_TRACKING_URI"] == "http://mlflow:5000"
    declared |= {
        "POSTGRES_HOST": settings.server_host,
        "POSTGRES_USER": settings.user,
        "MLB_ML_HOME": str(settings.home),
        "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{mlflow_port}",
        SIMULATED_NOW: LEAGUE.now.isoformat(),
        **PLANTED,
    }
    hidden = ("AWS_", "MLFLOW_", "POSTGRES_", "DAGSTER_", "MLB_ML_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(hidden)}
    return {**kept, **declared, "PATH": f"{_PROGRAMS}:{os.environ['PATH']}", "OMP_NUM_THREADS": "1"}


def bucket_program(folder: Path, port: int) -> Program:
    """A server that speaks S3."""
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    return Program("bucket", command, dict(os.environ), port, "/moto-api/", folder)


def bucket_of(apart: Apart) -> Any:
    """The bucket as its owner sees it (boto3's resource)."""
    keys = {name.lower(): value for name, value in S3_KEYS.items() if "KEY" in name}
    region = S3_KEYS["AWS_DEFAULT_REGION"]
    return boto3.resource("s3", endpoint_url=apart.bucket.address, region_name=region, **keys).Bucket(BUCKET)


def bucket_objects(apart: Apart) -> dict[str, bytes]:
    """All that lies in the bucket."""
    return {each.key: each.get()["Body"].read() for each in bucket_of(apart).objects.all()}


def mlflow_program(folder: Path, pod: Mapping[str, str], port: int, bucket: Program) -> Program:
    """MLflow as the deployment has it; it alone may touch the bucket."""
    container = container_of("Deployment", "mlflow")
    declared = {each["name"]: each["value"].replace("BUCKET", BUCKET) for each in container["env"] if "value" in each}
    assert declared == {"MLFLOW_ARTIFACTS_DESTINATION": f"s3://{BUCKET}/mlflow", "POSTGRES_USER": "mlb_mlflow"}
    command = [_here(part, 5000, port) for part in container["command"]]
    environment = {**pod, **declared, **S3_KEYS, "MLFLOW_S3_ENDPOINT_URL": bucket.address}
    asks = container["readinessProbe"]["httpGet"]["path"]
    return Program("mlflow", command, environment, port, asks, folder)


def api_program(folder: Path, pod: Mapping[str, str], port: int, name: str = "api") -> Program:
    """The API as the deployment has it, but that a loopback address needs no key."""
    container = container_of("Deployment", "mlb-ml-api")
    command = [_here(part, 8000, port) for part in container["command"] if part != "--require-keys"]
    asks = container["readinessProbe"]["httpGet"]["path"]
    environment = {**pod, "POSTGRES_USER": "mlb_api"}
    return Program(name, [sys.executable, *command[1:]], environment, port, asks, folder)


def _here(part: str, there: int, here: int) -> str:
    part = part.replace("0.0.0.0", "127.0.0.1").replace(f":{there}", f":{here}").replace("mlflow:", "127.0.0.1:")
    return str(here) if part == str(there) else part
