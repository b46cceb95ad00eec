"""What docker-compose.yml and the Dockerfile promise, read without starting anything.

Belongs here: order, privileges, ports, secrets, names that must agree; the tools that check such files.
Not here: whether the commands work (test_services_of_compose).
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import yaml

from mlb_ml_assets_tests.deploy.compose_file import (
    COMPOSE,
    PASSWORD_VARIABLES,
    ROOT,
    SECRET_VARIABLES,
    SECRETS,
    in_starting_order,
    read_compose,
)
from mlb_ml_assets_tests.deploy.image import build_command, copied_to_build, copied_to_image, image_user, working_folder

SHELL = {name: f"planted-{name}" for name in SECRET_VARIABLES}
FILES = dict.fromkeys(PASSWORD_VARIABLES, "") | {f"{name}_FILE": "./x" for name in PASSWORD_VARIABLES}


@pytest.fixture(scope="module")
def services():
    return read_compose(SHELL)


def test_everything_waits_for_what_it_fails_without(services):
    """A code server before the migration stops with NotMigrated; a daemon before it has nothing to schedule."""
    order = [each.name for each in in_starting_order(services.values())]
    assert order[:2] == ["postgres", "migrate"]
    assert order.index("code") < min(order.index("webserver"), order.index("daemon"))
    for service in services.values():
        for name, needed in service.needs.items():
            expected = "service_completed_successfully" if services[name].ends else "service_healthy"
            assert needed["condition"] == expected, f"{service.name} does not wait until {name} works"


def test_the_database_is_asked_by_address(services):
    """Its image answers on the socket while it sets up, and stops that server again: under the migration."""
    check = services["postgres"].health_check
    assert check[check.index("-h") + 1] == "127.0.0.1"


def test_every_service_that_stays_has_a_health_check(services):
    """The pricer had none: hung, it kept its lock, the sensor stayed idle, and no stake followed any price."""
    assert [each.name for each in services.values() if not each.ends and not each.has_health_check] == []


def test_the_api_starts_without_mlflow(services):
    """It serves stored predictions while MLflow is away."""
    assert "mlflow" not in services["api"].needs


@pytest.mark.parametrize("secret", SHELL)
def test_without_a_secret_nothing_starts(secret):
    """A default secret would be everyone's secret."""
    with pytest.raises(KeyError, match=secret):
        read_compose({name: value for name, value in SHELL.items() if name != secret})


def test_each_secret_reaches_only_the_containers_that_use_it(services):
    """A container that is broken into holds what its neighbors are protected by."""
    holders = {
        value: {name for name, each in services.items() if value in each.environment.values()}
        for value in SHELL.values()
    }
    assert holders == {
        "planted-MLFLOW_TRACKING_TOKEN": {"mlflow", "api", "code", "pricer"},
        "planted-MLB_ML_DAGSTER_TOKEN": {"webserver"},
        "planted-POSTGRES_PASSWORD": {"postgres", "migrate"},
        "planted-MLB_ML_API_PASSWORD": {"migrate", "api"},
        "planted-MLB_ML_MLFLOW_PASSWORD": {"migrate", "mlflow"},
        "planted-MLB_ML_DAGSTER_PASSWORD": {"migrate", "webserver", "daemon"},
        "planted-MLB_ML_CODE_PASSWORD": {"migrate", "code", "pricer"},
    }
    users = {name: service.environment["POSTGRES_USER"] for name, service in services.items()}
    assert users == {
        "postgres": "mlb", "migrate": "mlb", "api": "mlb_api", "mlflow": "mlb_mlflow", "code": "mlb_code",
        "pricer": "mlb_code", "webserver": "mlb_dagster", "daemon": "mlb_dagster",
    }  # fmt: skip


def test_ports_are_on_loopback_and_each_once(services):
    """`5432:5432` listens on every address of the host, past its firewall."""
    published = [port for each in services.values() for port in each.declared.get("ports", [])]
    assert all(port.startswith("127.0.0.1:") for port in published)
    assert len(set(published)) == len(published) == 4


def test_no_container_may_more_than_it_needs(services):
    """Root in a container with a writable image is what an intruder hopes for."""
    assert image_user().split(":")[0].isdigit()
    assert int(image_user().split(":")[0]) > 0
    for service in services.values():
        assert service.declared["cap_drop"] == ["ALL"], service.name
        assert service.declared["read_only"] is True, service.name
        assert service.declared["security_opt"] == ["no-new-privileges:true"], service.name
        assert "mem_limit" in service.declared, service.name
        assert service.declared.get("user", "postgres") == "postgres"


def test_every_volume_is_declared_and_its_folder_made_for_the_user(services):
    """An undeclared one is refused; a folder that the image lacks belongs to root, and nothing can write to it."""
    declared = set(yaml.safe_load(COMPOSE.read_text())["volumes"])
    made = (ROOT / "Dockerfile").read_text().split("install -d -o mlb -g mlb ")[1].split("\n")[0].split()
    used = {}
    for service in services.values():
        for folder, volume in service.volumes.items():
            used.setdefault(volume, set()).add(folder)
            assert service.name == "postgres" or folder in made
    assert set(used) == declared
    assert all(len(folders) == 1 for folders in used.values())


def test_services_that_run_or_show_a_run_share_its_output(services):
    """The code server writes what a run prints, the web server shows it: two containers, one volume."""
    for name in ("code", "webserver"):
        assert services[name].volumes["/dagster_home/storage"] == "logs"


def test_mlflow_answers_to_the_name_that_others_call_it_by(services):
    """The gateway refuses any other name with 421, while /health says 200."""
    command = services["mlflow"].command
    allowed = command[command.index("--allowed-hosts") + 1].split(",")
    for service in services.values():
        if "MLFLOW_TRACKING_URI" in service.environment:
            assert urlsplit(service.environment["MLFLOW_TRACKING_URI"]).netloc in allowed
    check = " ".join(services["mlflow"].health_check)
    assert "'Host': 'mlflow:5000'" in check
    assert "experiments/search" in check


def test_dagster_looks_for_the_code_where_it_is(services):
    """The most common fault of such files: a server under another name or port than the workspace has."""
    server = yaml.safe_load((ROOT / "deploy/workspace.yaml").read_text())["load_from"][0]["grpc_server"]
    command = services[server["host"]].command
    assert command[command.index("--port") + 1] == str(server["port"])
    for name in ("webserver", "daemon"):
        assert services[name].command[-1] in copied_to_image()


def test_the_password_may_come_from_a_file():
    """Variables show in `docker inspect`; and where both were given, PostgreSQL's image refuses to start."""
    services = read_compose({**SHELL, **FILES}, COMPOSE, SECRETS)
    for service in services.values():
        own = "dagster_password" if service.name in {"webserver", "daemon"} else f"{service.name}_password"
        own = {"migrate": "postgres_password", "pricer": "code_password"}.get(service.name, own)
        assert service.environment["POSTGRES_PASSWORD"] == ""
        assert service.environment["POSTGRES_PASSWORD_FILE"] == f"/run/secrets/{own}"
        assert service.declared["secrets"] == [own] or service.name == "migrate"


def test_no_command_holds_the_password(services):
    """Arguments are for every user to list."""
    for service in services.values():
        declared = {name: value for name, value in service.declared.items() if name != "environment"}
        assert not [secret for secret in SHELL.values() if secret in repr(declared)]


def test_compose_itself_takes_the_files():
    """Its own check of keys, types and interpolation."""
    program = shutil.which("docker-compose")
    if program is None:
        pytest.skip("docker-compose is not installed")
    for files in ([COMPOSE], [COMPOSE, SECRETS]):
        arguments = [part for file in files for part in ("-f", str(file))]
        environment = {**os.environ, **SHELL, **(FILES if SECRETS in files else {})}
        done = subprocess.run(
            [program, *arguments, "config", "--quiet"], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr


IMAGES = {"PYTHON_IMAGE": "python:3.12-slim-bookworm", "POSTGRES_IMAGE": "postgres:18-alpine"}
DIGEST = "sha256:" + "ab" * 32


def test_images_can_be_pinned_by_digest(tmp_path):
    """A tag is whatever its registry serves today."""
    docker = tmp_path / "docker"
    docker.write_text(f"#!/bin/sh\necho {DIGEST}\n")
    docker.chmod(0o755)
    (tmp_path / ".env").write_text("POSTGRES_PASSWORD=kept\nPYTHON_IMAGE=old\n")
    environment = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = [ROOT / "deploy" / "pin-images", tmp_path / ".env"]
    subprocess.run(command, env=environment, capture_output=True, check=True)
    lines = (tmp_path / ".env").read_text().splitlines()
    assert lines == ["POSTGRES_PASSWORD=kept", *(f"{name}={tag}@{DIGEST}" for name, tag in IMAGES.items())]
    assert (tmp_path / ".env").stat().st_mode & 0o077 == 0
    services = read_compose({**SHELL, **dict(line.split("=", 1) for line in lines)})
    assert services["postgres"].declared["image"] == f"postgres:18-alpine@{DIGEST}"
    assert services["api"].declared["build"]["args"]["PYTHON_IMAGE"] == f"python:3.12-slim-bookworm@{DIGEST}"
    docker.write_text("#!/bin/sh\necho not a digest\n")
    refused = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert (tmp_path / ".env").read_text().splitlines() == lines


def test_both_files_start_from_the_images_that_the_script_pins():
    """A second tag somewhere is an image that nobody pinned."""
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert dockerfile.count("\nFROM ${PYTHON_IMAGE}") == 2
    assert f"ARG PYTHON_IMAGE={IMAGES['PYTHON_IMAGE']}\n" in dockerfile
    defaults = read_compose(SHELL)
    assert defaults["postgres"].declared["image"] == IMAGES["POSTGRES_IMAGE"]
    assert defaults["api"].declared["build"]["args"] == {"PYTHON_IMAGE": IMAGES["PYTHON_IMAGE"]}


def test_hadolint_has_nothing_to_say_of_the_dockerfile():
    """Unpinned bases, root at the end, a shell form that swallows signals."""
    program = Path(sys.executable).parent / "hadolint"
    if not program.exists():
        pytest.skip("hadolint is not installed: pip install -r requirements-dev.txt")
    done = subprocess.run([program, ROOT / "Dockerfile"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_image_builds_from_what_it_copies(tmp_path):
    """A file that the build reads and the Dockerfile does not copy fails only where there is an engine."""
    for source in copied_to_build():
        place = tmp_path / "build" / source.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(source, place, ignore=ignored) if source.is_dir() else shutil.copyfile(source, place)
    assert build_command()[-2:] == ["--no-build-isolation", "."]
    done = _hatchling(tmp_path / "build", tmp_path / "wheel")
    if "No module named hatchling" in done.stderr:
        pytest.skip("hatchling is not installed: pip install -r requirements-dev.txt")
    assert done.returncode == 0, done.stderr


def test_the_build_sees_only_what_it_copies():
    """Without .dockerignore the context holds .git, databases and .env; with a wrong one what is copied is missing."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    assert "*" in lines
    let_in = [line[1:] for line in lines if line.startswith("!")]
    for source in [*copied_to_build(), *copied_to_image().values()]:
        relative = source.relative_to(ROOT)
        assert any(relative.match(pattern) or relative.is_relative_to(pattern) for pattern in let_in), relative


def test_instance_and_workspace_lie_where_dagster_looks():
    """DAGSTER_HOME without dagster.yaml is an empty instance of its own, in SQLite."""
    assert f"{working_folder()}/dagster.yaml" in copied_to_image()


def _hatchling(folder: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_keys_for_others_reach_only_the_container_that_uses_them():
    """The web server and MLflow, which know no users, would otherwise hold a paid key in their environment."""
    declared = read_compose({**SHELL, "MLB_ML_THE_ODDS_API_KEY": "planted-key"})
    assert [name for name, each in declared.items() if "planted-key" in each.environment.values()] == ["code"]
