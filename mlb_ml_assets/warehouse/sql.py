"""The SQL files, found in the source tree and in the installed wheel alike.

Belongs here: reading sql/queries/*.sql by name, and where the migrations are.
Not here: running them.
"""

from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


class QueryNotFound(LookupError):
    """No file in sql/queries has this name."""


@cache
def sql_folder() -> Path:
    """The sql/ folder: inside the package where the wheel is installed, beside it in the source tree."""
    for folder in (PACKAGE / "sql", PACKAGE.parent / "sql"):
        if (folder / "migrations").is_dir():
            return folder
    raise QueryNotFound(f"no sql/migrations in {PACKAGE} nor in {PACKAGE.parent}: the installation is incomplete")


def migrations_folder() -> Path:
    """The folder of NNNN_name.sql files."""
    return sql_folder() / "migrations"


@cache
def query(name: str) -> str:
    """The text of sql/queries/<name>.sql."""
    path = sql_folder() / "queries" / f"{name}.sql"
    if not path.is_file():
        raise QueryNotFound(f"no query {name!r} in {path.parent}")
    return path.read_text(encoding="utf-8")
