"""The Dockerfile's own steps, run in a plain folder.

Belongs here: the build stage from an empty environment, and that what comes out runs every service's program.
Not here: the base image, users and owners (they need an engine), whether services work (test_services_of_compose.py).
"""

import os
import re
import shutil
import subprocess
import sys

import pytest

from mlb_ml_assets_tests.deploy.compose_file import ROOT, SECRET_VARIABLES, read_compose
from mlb_ml_assets_tests.deploy.image import build_steps, image_environment

pytestmark = [pytest.mark.long, pytest.mark.by_hand]


@pytest.mark.parametrize("requirements", ["requirements.txt", "requirements-cluster.txt"])
def test_the_build_stage_makes_an_environment_that_runs_every_service(tmp_path, requirements):
    """A package that only the tests' environment has, found missing when the first container starts."""
    build, venv = tmp_path / "build", tmp_path / "venv"
    build.mkdir()
    kept = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}
    environment = {**kept, "REQUIREMENTS": requirements}
    for kind, declared in build_steps():
        if kind == "COPY":
            *names, place = declared.split()
            for source in (path for name in names for path in ROOT.glob(name)):
                target = build / place if len(names) == 1 and source.is_dir() else build / place / source.name
                shutil.copytree(source, target) if source.is_dir() else shutil.copyfile(source, target)
        else:
            command = declared.replace("/opt/venv", str(venv)).replace("python -m venv", f"{_python()} -m venv")
            done = subprocess.run(
                ["sh", "-euc", command], cwd=build, env=environment, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr[-3000:]
    # What runs has the image's variables and nothing of the tests' environment.
    image = {name: value for name, value in image_environment().items() if not value.startswith("/opt")}
    environment = {**image, "HOME": str(tmp_path), "PATH": f"{venv}/bin:/usr/bin:/bin"}
    programs = {service.command[0] for service in read_compose(dict.fromkeys(SECRET_VARIABLES, "x")).values()}
    for program in sorted(programs - {"sh", "postgres", "python"}):
        done = subprocess.run(
            [venv / "bin" / program, "--help"], cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        assert done.returncode == 0, (program, done.stderr[-2000:])
    modules = ["mlb_ml_assets.definitions", "mlb_ml_assets.serving.app", "mlflow"]
    if "cluster" in requirements:
        modules += ["boto3", "dagster_k8s", "dagster_celery"]
    done = subprocess.run(
        [venv / "bin/python", "-c", f"import {', '.join(modules)}"], cwd=tmp_path, env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    declared = subprocess.run(
        [venv / "bin/python", "-c", "import mlb_ml_assets; print(mlb_ml_assets.__file__)"], cwd=tmp_path,
        env=environment, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert re.match(rf"{re.escape(str(venv))}/lib/.*site-packages", declared), (
        "the checkout was used and not the image's"
    )


def _python() -> str:
    """The image's version where it is installed here, else the tests' own."""
    (wanted,) = set(re.findall(r"^ARG PYTHON_IMAGE=(python:[\d.]+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE))
    found = shutil.which(wanted.replace(":", ""))
    works = found and subprocess.run([found, "-c", ""], capture_output=True, check=False).returncode == 0
    return found if works else sys.executable
