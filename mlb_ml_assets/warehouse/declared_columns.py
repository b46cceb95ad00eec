"""The columns of our tables as the migrations declare them, without asking a database.

Belongs here: reading CREATE TABLE, ADD COLUMN and COMMENT ON COLUMN out of sql/migrations.
Not here: whether a database has them (contract.py), features (features/registry.py).
"""

import re
from dataclasses import dataclass
from functools import cache

from mlb_ml_assets.warehouse.sql import migrations_folder

_TABLE = re.compile(r"^CREATE TABLE (?:IF NOT EXISTS )?(\w+\.\w+) \(\n(.*?)\n\);", re.DOTALL | re.MULTILINE)
_COLUMN = re.compile(r"^ {4}([a-z_][a-z0-9_]*) ([A-Z].*?),?$", re.MULTILINE)
_ADDED = re.compile(r"^ALTER TABLE (\w+\.\w+) ADD COLUMN (\w+) ([^;]+);", re.MULTILINE)
_COMMENT = re.compile(r"^COMMENT ON COLUMN (\w+\.\w+)\.(\w+) IS '((?:[^']|'')*)';", re.MULTILINE)
_AFTER_TYPE = re.compile(
    r" (?:NOT NULL|NULL|DEFAULT|CHECK|REFERENCES|PRIMARY|UNIQUE|GENERATED|CONSTRAINT)\b.*", re.DOTALL
)


class TableNotDeclared(LookupError):
    """No migration creates a table of this name."""


@dataclass(frozen=True)
class DeclaredColumn:
    """One column: its type in SQL's words, and what it means where a migration says so."""

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


@cache
def _declared() -> dict[str, tuple[DeclaredColumn, ...]]:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(migrations_folder().glob("*.sql")))
    comments = {(table, column): said.replace("''", "'") for table, column, said in _COMMENT.findall(text)}
    columns = {table: _COLUMN.findall(body) for table, body in _TABLE.findall(text)}
    for table, column, kind in _ADDED.findall(text):
        columns.setdefault(table, []).append((column, kind))
    return {
        table: tuple(
            DeclaredColumn(
                name=name,
                type=_AFTER_TYPE.sub("", kind).strip().lower(),
                required="NOT NULL" in kind or "PRIMARY KEY" in kind,
                comment=comments.get((table, name), ""),
            )
            for name, kind in found
        )
        for table, found in columns.items()
    }
