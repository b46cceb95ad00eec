"""The SQL files, found in the source tree and in the installed wheel alike, and names of tables.

Belongs here: reading sql/queries/*.sql by name, the folder of the migrations, table names as SQL.
Not here: running statements.
"""

from functools import cache
from pathlib import Path

from psycopg import sql

from mlb_ml_assets.warehouse.errors import WarehouseError, WriteRefused

PACKAGE = Path(__file__).resolve().parents[1]


class QueryNotFound(WarehouseError, LookupError):
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


def split_name(table: str) -> tuple[str, str]:
    """Schema and name of a schema-qualified table.

    Raises:
        WriteRefused: the name has no schema: what it meant would depend on the session's search path.
    """
    schema, dot, name = table.partition(".")
    if not (schema and dot and name) or "." in name:
        raise WriteRefused(f"{table!r} is not a schema-qualified table name")
    return schema, name


def table_identifier(table: str) -> sql.Identifier:
    """A schema-qualified table as an SQL identifier."""
    return sql.Identifier(*split_name(table))


def quote_name(table: str) -> str:
    """A schema-qualified table as SQL text, for to_regclass."""
    return table_identifier(table).as_string()
