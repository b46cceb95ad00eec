"""What this room's tests share: a deployment in separate processes, over a league whose last month is trained.

Belongs here: fixtures.
Not here: the programs (services_apart.py), the league (chain.py).
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets.stack.server_user import server_programs, server_user
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings
from mlb_ml_assets_tests.chain import LAST, MONTHS, played, played_template, prepared, prepared_template
from mlb_ml_assets_tests.conftest import free_ports
from mlb_ml_assets_tests.deploy.services_apart import (
    Apart,
    api_program,
    bucket_of,
    bucket_program,
    mlflow_program,
    pod_environment,
)

__all__ = ["played", "played_template", "prepared", "prepared_template"]


@pytest.fixture(scope="session")
def apart(database_server: DatabaseSettings, prepared_template: str) -> Iterator[Apart]:
    """A server of its own, a bucket, MLflow with its artifacts in there, an API; all but the last day is predicted."""
    folder = Path(tempfile.mkdtemp(prefix="mlb_ml-apart-"))
    folder.chmod(0o755)
    server = EmbeddedServer(folder / "home")
    bucket_port, mlflow_port, api_port = free_ports(3)
    programs = []
    try:
        server.start({"fsync": "off"})
        settings = DatabaseSettings.from_environment({"MLB_ML_HOME": str(server.home)})
        _copy(database_server, prepared_template, settings)
        pod = pod_environment(settings, mlflow_port)
        bucket = bucket_program(folder, bucket_port)
        mlflow = mlflow_program(folder, pod, mlflow_port, bucket)
        programs = [bucket, mlflow, api_program(folder, pod, api_port)]
        world = Apart(folder, server, settings, *programs, environment=pod)
        bucket.start()
        bucket_of(world).create()
        world.run("migrate", "--mlflow", "--logins")
        mlflow.start()
        month = ("--from", MONTHS[-1].isoformat(), "--to")
        world.run("run", *month, LAST.isoformat(), "--select", "train")
        world.run("model", "promote", "--force")
        world.run("run", *month, LAST.replace(day=LAST.day - 1).isoformat(), "--select", "predict")
        world.api.start()
        yield world
    finally:
        for program in reversed(programs):
            program.end()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _copy(source: DatabaseSettings, name: str, target: DatabaseSettings) -> None:
    """A database into another server, without MLflow's and Dagster's schemas: they name other folders."""
    with connect(target.dsn_of("postgres"), "test", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {target.database}")
        for role in ("mlb_owner", "mlb_pipeline", "mlb_api", "mlb_mlflow", "mlb_dagster", "mlb_code"):
            connection.execute(f"CREATE ROLE {role}")
    programs = server_programs(server_user())
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    dump = target.home / "league.dump"
    for program, settings, options in (
        ("pg_dump", source, ["-Fc", "-N", "mlflow", "-N", "dagster", "-f", str(dump), name]),
        ("pg_restore", target, ["--exit-on-error", "-d", target.database, str(dump)]),
    ):
        command = [str(programs / program), "-h", settings.server_host, "-U", "postgres", *options]
        subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
