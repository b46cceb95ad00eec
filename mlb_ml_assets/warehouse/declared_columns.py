"""The columns of the tables as the migrations declare them, read without a database.

Belongs here: CREATE TABLE, ALTER TABLE and COMMENT ON COLUMN of sql/migrations, and the comments of
sql/adopted_columns.sql: the one place that says what a column means.
Not here: whether a database has them (contract/).
"""

import re
from dataclasses import dataclass
from functools import cache

from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.sql import migrations_folder, sql_folder

_TABLE = re.compile(r"^CREATE TABLE (?:IF NOT EXISTS )?(\w+\.\w+) \(\n(.*?)\n\);", re.DOTALL | re.MULTILINE)
_COLUMN = re.compile(r"^ {4}([a-z_][a-z0-9_]*) ([A-Z].*?),?$", re.MULTILINE)
_ALTERED = re.compile(r"^ALTER TABLE (\w+\.\w+)\s+([^;]+);", re.MULTILINE)
# A comma in parentheses is of the type: NUMERIC(4, 1).
_ADDED = re.compile(r"ADD COLUMN (\w+) ((?:\([^)]*\)|[^,(])+)")
_LOOSENED = re.compile(r"ALTER COLUMN (\w+) DROP NOT NULL")
_COMMENT = re.compile(r"^COMMENT ON COLUMN (\w+\.\w+)\.(\w+) IS '((?:[^']|'')*)';", re.MULTILINE)
_AFTER_TYPE = re.compile(
    r" (?:NOT NULL|NULL|DEFAULT|CHECK|REFERENCES|PRIMARY|UNIQUE|GENERATED|CONSTRAINT)\b.*", re.DOTALL
)


class TableNotDeclared(WarehouseError, LookupError):
    """No migration creates a table of this name."""


class ColumnNotDeclared(WarehouseError, LookupError):
    """The table is declared without a column of this name."""


@dataclass(frozen=True)
class DeclaredColumn:
    """One column.

    Attributes:
        name: its name.
        type: its type as SQL spells it, in lower case.
        required: whether it is NOT NULL.
        comment: what it means, with unit and time semantics; empty where nothing says so.
    """

    name: str
    type: str
    required: bool
    comment: str


def declared_columns(table: str) -> tuple[DeclaredColumn, ...]:
    """The columns of a schema-qualified table, in order.

    Raises:
        TableNotDeclared: no migration creates it.
    """
    try:
        return _declared()[table]
    except KeyError:
        raise TableNotDeclared(f"no migration creates {table!r}") from None


def describe_column(table: str, column: str) -> str:
    """What a column means, in one sentence.

    Raises:
        TableNotDeclared: no migration creates the table.
        ColumnNotDeclared: the table has no such column.
    """
    for declared in declared_columns(table):
        if declared.name == column:
            return declared.comment
    raise ColumnNotDeclared(f"{table} has no column {column!r}")


def declared_tables() -> tuple[str, ...]:
    """Every table that a migration creates, schema-qualified, in order."""
    return tuple(_declared())


@cache
def _declared() -> dict[str, tuple[DeclaredColumn, ...]]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(migrations_folder().glob("*.sql")))
    described = text + (sql_folder() / "adopted_columns.sql").read_text(encoding="utf-8")
    comments = {(table, column): meaning.replace("''", "'") for table, column, meaning in _COMMENT.findall(described)}
    columns = {table: dict(_COLUMN.findall(body)) for table, body in _TABLE.findall(text)}
    for table, changes in _ALTERED.findall(text):
        columns.setdefault(table, {}).update(_ADDED.findall(changes))
        for column in _LOOSENED.findall(changes):
            columns[table][column] = columns[table][column].replace("NOT NULL", "")
    return {
        table: tuple(
            DeclaredColumn(
                name=name,
                type=_AFTER_TYPE.sub("", declaration).strip().lower(),
                required="NOT NULL" in declaration or "PRIMARY KEY" in declaration,
                comment=comments.get((table, name), ""),
            )
            for name, declaration in found.items()
        )
        for table, found in columns.items()
    }
