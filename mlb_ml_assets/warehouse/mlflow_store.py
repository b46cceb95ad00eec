"""The MLflow store that is configured: where it is, and whether the installed MLflow could use it as it is.

Belongs here: reading a store's schema and migration, and refusing to upgrade a store that another program created.
Not here: MLflow's client (registry/), its server (stack/). Imports no MLflow: the store is read by SQL, the installed
version's newest migration from its files.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import psycopg

from mlb_ml_assets.warehouse.connection import DatabaseUnreachable
from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.settings import DatabaseSettings
from mlb_ml_assets.warehouse.sql import query

OWN_SCHEMA: Final = "mlflow"
_REVISION = re.compile(r"""^revision(?:: str)? = ["'](\w+)["']""", re.MULTILINE)
_PARENT = re.compile(r"""^down_revision(?:: [^=]+)? = ["'](\w+)["']""", re.MULTILINE)


class MlflowStoreNotOurs(WarehouseError, PermissionError):
    """Using the store would upgrade tables of another program; nothing was changed."""


@dataclass(frozen=True)
class MlflowStore:
    """A store in PostgreSQL.

    Attributes:
        address: database and server, without a password.
        schema: where its tables are, or would be created; None where the session has no schema to create in.
        is_given: whether MLFLOW_BACKEND_STORE_URI names it.
        head: its newest applied migration; None where there are no tables.
        is_mlflow: whether the tables beside that migration are MLflow's.
    """

    address: str
    schema: str | None
    is_given: bool
    head: str | None
    is_mlflow: bool

    @property
    def is_current(self) -> bool:
        """Whether the installed MLflow opens it without changing a table."""
        return self.head == installed_head()

    def render(self) -> str:
        """One line for people."""
        place = f"MLflow store: schema {self.schema} of {self.address}"
        if self.head is None:
            return f"{place}: no tables yet; mlb-ml migrate --mlflow creates them"
        if not self.is_mlflow:
            return f"{place}: HOLDS ANOTHER PROGRAM'S alembic_version ({self.head}); {_OWN_STORE}"
        if self.is_current:
            return f"{place}: fits MLflow {version('mlflow')} (migration {self.head})"
        age = "older" if self.head in _installed_revisions() else "newer or unknown"
        return (
            f"{place}: at migration {self.head}, {age} than that of the installed MLflow {version('mlflow')} "
            f"({installed_head()})"
        )


_OWN_STORE = f"leave MLFLOW_BACKEND_STORE_URI empty for a store of our own in schema {OWN_SCHEMA}"


def read_mlflow_store(settings: DatabaseSettings) -> MlflowStore | None:
    """The configured store as it is; None where it is no PostgreSQL database. Changes nothing.

    Raises:
        DatabaseUnreachable: its server does not answer, or refuses us.
    """
    scheme, _, rest = settings.mlflow_backend_uri.partition("://")
    if scheme.partition("+")[0] not in {"postgresql", "postgres"}:
        return None
    try:
        with psycopg.connect(f"postgresql://{rest}", autocommit=True, connect_timeout=10) as connection:
            row = connection.execute(query("mlflow_store")).fetchone()
            assert row is not None
            schema, versions, has_experiments = row
            head = None
            if versions is not None:
                found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
                head = found[0] if found else None
            address = f"{connection.info.dbname} at {connection.info.host or connection.info.hostaddr}"
    except psycopg.OperationalError as error:
        host = urlsplit(settings.mlflow_backend_uri).hostname
        raise DatabaseUnreachable(f"no connection to the MLflow store at {host}: {error}".strip()) from error
    return MlflowStore(address, schema, bool(settings.given_mlflow_backend), head, has_experiments)


def require_usable_store(settings: DatabaseSettings, *, may_upgrade: bool = False) -> None:
    """Refuse to open a given store that MLflow would upgrade by opening it.

    MLflow creates whatever table is missing and brings the others to its own version, after which the program that
    created the store cannot open it any more. A store in our own schema is ours to upgrade.

    Args:
        settings: which store.
        may_upgrade: whether its owner agreed.

    Raises:
        MlflowStoreNotOurs: the store is of another version and its owner did not agree, or of a newer version, or its
            schema holds tables of another program.
        DatabaseUnreachable: its server does not answer, or refuses us.
    """
    store = read_mlflow_store(settings)
    if store is None or store.head is None or store.is_current:
        return
    if not store.is_mlflow or store.head not in _installed_revisions():
        raise MlflowStoreNotOurs(f"{store.render()}. Nothing was changed: {_OWN_STORE}, or install the MLflow it needs")
    if store.is_given and not may_upgrade:
        raise MlflowStoreNotOurs(
            f"{store.render()}. Opening it would upgrade it and lock out the program that created it. Nothing was "
            f"changed: {_OWN_STORE}, or run mlb-ml migrate --mlflow --upgrade-mlflow if it may be upgraded"
        )


def has_usable_store(settings: DatabaseSettings) -> bool:
    """Whether the store exists and the installed MLflow opens it without changing a table.

    Raises:
        DatabaseUnreachable: its server does not answer, or refuses us.
    """
    store = read_mlflow_store(settings)
    return store is not None and store.is_mlflow and store.is_current


def installed_head() -> str:
    """The newest migration of the installed MLflow."""
    heads = set(_installed_revisions()) - set(_installed_revisions().values())
    assert len(heads) == 1, heads
    return heads.pop()


@cache
def _installed_revisions() -> dict[str, str]:
    """Each migration of the installed MLflow and the one before it, empty for the first."""
    spec = find_spec("mlflow")
    assert spec is not None
    assert spec.origin is not None
    revisions = {}
    for path in (Path(spec.origin).parent / "store" / "db_migrations" / "versions").glob("*.py"):
        text = path.read_text(encoding="utf-8")
        revision, parent = _REVISION.search(text), _PARENT.search(text)
        if revision is not None:
            revisions[revision[1]] = parent[1] if parent is not None else ""
    return revisions
