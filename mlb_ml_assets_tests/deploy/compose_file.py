"""docker-compose.yml as a program reads it: its services, in the order in which they may start.

Belongs here: reading the file, variables of the shell put in, files laid over it.
Not here: running anything (containers).
"""

import re
import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE = ROOT / "docker-compose.yml"
SECRETS = ROOT / "deploy" / "compose.secrets.yaml"
# What the file demands from .env.
SECRET_VARIABLES = (
    "POSTGRES_PASSWORD",
    "MLB_ML_API_PASSWORD",
    "MLB_ML_MLFLOW_PASSWORD",
    "MLB_ML_DAGSTER_PASSWORD",
    "MLB_ML_CODE_PASSWORD",
    "MLFLOW_TRACKING_TOKEN",
    "MLB_ML_DAGSTER_TOKEN",
)
PASSWORD_VARIABLES = SECRET_VARIABLES[:5]
_VARIABLE = re.compile(r"\$\{(\w+)(?:(:?[-?])([^}]*))?\}")


@dataclass(frozen=True)
class Service:
    """One service; its entry in the file is `declared`."""

    name: str
    declared: Mapping[str, Any]

    @property
    def command(self) -> list[str]:
        command = self.declared["command"]
        return shlex.split(command) if isinstance(command, str) else [str(part) for part in command]

    @property
    def environment(self) -> dict[str, str]:
        return dict(self.declared["environment"])

    @property
    def needs(self) -> Mapping[str, Mapping[str, str]]:
        return self.declared.get("depends_on", {})

    @property
    def ends(self) -> bool:
        """Whether it does its work and is over, instead of serving."""
        return self.declared.get("restart") == "no"

    @property
    def has_health_check(self) -> bool:
        return "healthcheck" in self.declared

    @property
    def health_check(self) -> list[str]:
        kind, *parts = self.declared["healthcheck"]["test"]
        return ["sh", "-c", *parts] if kind == "CMD-SHELL" else parts

    @property
    def port(self) -> int | None:
        return next(iter(self.ports), None)

    @property
    def ports(self) -> list[int]:
        return [int(each.rsplit(":", 1)[1]) for each in self.declared.get("ports", [])]

    @property
    def volumes(self) -> dict[str, str]:
        """Volume by the folder that it is mounted on."""
        pairs = (each.split(":", 1) for each in self.declared.get("volumes", []))
        return {folder: volume for volume, folder in pairs}


def read_compose(shell: Mapping[str, str], *files: Path) -> dict[str, Service]:
    """The services of the files, later ones laid over earlier ones, in the order of the first file."""
    services: dict[str, dict[str, Any]] = {}
    for file in files or (COMPOSE,):
        for name, declared in _filled(yaml.safe_load(file.read_text()), shell)["services"].items():
            before = services.setdefault(name, {})
            environment = {**before.get("environment", {}), **declared.get("environment", {})}
            services[name] = {**before, **declared, "environment": environment}
    return {name: Service(name, declared) for name, declared in services.items()}


def _filled(part: Any, shell: Mapping[str, str]) -> Any:
    # After parsing, as compose does it: ${X:-on} is the word, not YAML's truth.
    if isinstance(part, dict):
        return {name: _filled(value, shell) for name, value in part.items()}
    if isinstance(part, list):
        return [_filled(value, shell) for value in part]
    if not isinstance(part, str):
        return part

    def value(found: re.Match[str]) -> str:
        name, kind, word = found.groups()
        given = shell.get(name)
        missing = given is None or (given == "" and (kind or "").startswith(":"))
        if missing and (kind or "").endswith("?"):
            raise KeyError(f"{name}: {word}")
        return word if missing and (kind or "").endswith("-") else given or ""

    return _VARIABLE.sub(value, part)


def in_starting_order(services: Iterable[Service]) -> list[Service]:
    """Each after what it needs, otherwise as the file has them."""
    waiting, started = list(services), []
    while waiting:
        names = {each.name for each in started}
        following = next((each for each in waiting if set(each.needs) <= names), None)
        assert following is not None, f"these wait for each other: {[each.name for each in waiting]}"
        waiting.remove(following)
        started.append(following)
    return started
