"""The environment of our processes: a .env file, variables for a while, DAGSTER_HOME, and that of a child process.

Belongs here: reading, completing and restoring environment variables; the Dagster instance that they name.
Not here: the meaning of database variables (warehouse/settings.py), the storage of the instance (dagster_storage.py).
"""

import os
import stat
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from mlb_ml_assets.stack.errors import StackError
from mlb_ml_assets.warehouse.settings import DatabaseSettings, expand_variables, source_tree

if TYPE_CHECKING:
    import dagster as dg

# What a .env file may set. PYTHONPATH, PATH or LD_PRELOAD in it would run another program as us.
_SETTABLE = ("POSTGRES_", "MLB_ML_", "MLFLOW_", "AWS_")
# Our matrices have a few hundred columns: a second thread of OpenBLAS does not make a fit faster, and where another
# process is at work both wait for each other (11.3 s for eight months' models instead of 3.5 s).
ONE_BLAS_THREAD = ("OPENBLAS_NUM_THREADS", "1")
_SETTABLE_NAMES = frozenset({"DAGSTER_HOME", "TZ"})


class HomeUnusable(StackError, OSError):
    """The folder of the installation cannot be written: a full disk, a read-only one, another user's."""


def load_env_file(folder: Path | None = None) -> list[str]:
    """Set the variables of `.env` in `folder` (default: the current one) that the environment does not have yet.

    Only variables of this project, of its database, of MLflow and of its artifact store are set, and only from a file
    that no other user could have written. What is left out is named on standard error.

    Returns:
        The names that were set.
    """
    path = (folder or Path.cwd()) / ".env"
    try:
        state = path.stat()
    except OSError:
        return []
    if not stat.S_ISREG(state.st_mode):
        return []
    if state.st_uid not in {0, os.geteuid()} or state.st_mode & 0o022:
        sys.stderr.write(f"{path} was ignored: user id {state.st_uid} owns it, or others may write to it\n")
        return []
    from dotenv.main import DotEnv

    # ${NAME} in a value is the environment's own NAME where it has one, as for every other setting.
    found = {name: value for name, value in DotEnv(path, override=False).dict().items() if value is not None}
    # In an address it is quoted: a password with an @ or a / of its own would be taken for parts of the address.
    written = DotEnv(path, override=False, interpolate=False).dict()
    for name, value in written.items():
        if value is not None and "://" in value and "${" in value and ":-" not in value:
            found[name] = expand_variables(name, value, {**found, **os.environ})
    unknown = sorted(name for name in found if not name.startswith(_SETTABLE) and name not in _SETTABLE_NAMES)
    if unknown:
        sys.stderr.write(f"{path}: ignored {', '.join(unknown)}: set them in the environment\n")
    given = {name: value for name, value in found.items() if name not in {*unknown, *os.environ}}
    os.environ.update(given)
    return sorted(given)


def make_private_folder(folder: Path, *, holds_database: bool = False) -> Path:
    """Create a folder of the installation, and its parents, for its owner alone; one that exists stays as it is.

    Under root, parents and folders with `holds_database` can be passed through, not listed: the database in them runs
    as another user.
    """
    for missing in reversed([part for part in (folder, *folder.parents) if not part.exists()]):
        is_passable = os.geteuid() == 0 and (holds_database or missing != folder)
        # Another process may be faster.
        missing.mkdir(mode=0o711 if is_passable else 0o700, exist_ok=True)
    return folder


@contextmanager
def environment(values: Mapping[str, str]) -> Iterator[None]:
    """Set these variables for the length of the block, then restore the values of before."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def project_environment(settings: DatabaseSettings) -> dict[str, str]:
    """The environment of every process of the stack: ours, completed so that all of them mean the same places."""
    # An empty variable counts as unset, also for programs that do not think so.
    environment = {name: value for name, value in os.environ.items() if value or not name.startswith("MLFLOW_")}
    environment |= {"MLB_ML_HOME": str(settings.home), "DAGSTER_HOME": str(dagster_home(settings))}
    environment |= {"DAGSTER_DISABLE_TELEMETRY": "true", "MLFLOW_DISABLE_TELEMETRY": "true", "PYTHONUNBUFFERED": "1"}
    environment.setdefault("MLB_ML_AUTOMATION", "on")
    environment.setdefault(*ONE_BLAS_THREAD)
    # Processes run elsewhere than in the folder of the command, which a source tree needs to be found from.
    package = str(Path(__file__).resolve().parents[2])
    paths = [part for part in environment.get("PYTHONPATH", "").split(os.pathsep) if part]
    environment["PYTHONPATH"] = os.pathsep.join(
        dict.fromkeys([package, *(str(Path(part).absolute()) for part in paths)])
    )
    return environment


def dagster_home(settings: DatabaseSettings | None = None) -> Path:
    """The given DAGSTER_HOME, else a folder under MLB_ML_HOME with the project's dagster.yaml.

    Without one Dagster leaves `.tmp_dagster_home_*` in the current folder.
    """
    given = os.environ.get("DAGSTER_HOME", "")
    if given:
        return Path(given)
    settings = settings or DatabaseSettings.from_environment()
    home, shipped = settings.home / "dagster", Path(__file__).with_name("dagster.yaml")
    source = shipped if shipped.is_file() else source_tree() / "dagster.yaml"
    text, place = source.read_bytes(), home / "dagster.yaml"
    try:
        # Written only where it changes: `status` must work on a full or read-only disk.
        if not place.is_file() or place.read_bytes() != text:
            unfinished = make_private_folder(home) / f".dagster.yaml.{os.getpid()}"
            unfinished.write_bytes(text)
            unfinished.rename(place)
    except OSError as error:
        raise HomeUnusable(
            f"the folder {settings.home} cannot be used: {error}; make room, or set MLB_ML_HOME"
        ) from error
    return home


@contextmanager
def dagster_instance(settings: DatabaseSettings | None = None) -> Iterator["dg.DagsterInstance"]:
    """The project's Dagster instance; its runs and events are those that the UI shows."""
    # 1.3 s that `down` and `status` do not need.
    import dagster as dg

    os.environ["DAGSTER_HOME"] = str(dagster_home(settings))
    with dg.DagsterInstance.get() as instance:
        yield instance
