"""The shape of a table, as we need it and as a database has it.

Belongs here: the value types of the contract, and reading a live table from the catalog.
Not here: which tables we need (landing.py, curated.py), comparing (compare.py), known generations.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import psycopg

from mlb_ml_assets.warehouse.sql import query

# The migration that creates the tables of the earlier system where they do not exist. Before it runs, those that do are
# compared with what ours need of them.
ADOPTING = "0001_adopted_tables"


@dataclass(frozen=True)
class Column:
    """One column: its type as format_type() prints it, and whether PostgreSQL fills it where a writer does not."""

    name: str
    type: str
    not_null: bool = False
    generated: bool = False
    default: bool = False

    def __str__(self) -> str:
        marks = (("not null", self.not_null), ("generated", self.generated), ("default", self.default))
        return " ".join([self.type, *(word for word, is_set in marks if is_set)])

    @property
    def must_be_given(self) -> bool:
        """Whether an INSERT without this column fails."""
        return self.not_null and not self.default and not self.generated


@dataclass(frozen=True)
class NeededIndex:
    """An index that statements of ours search: without it they are as right, and read more with each season.

    Attributes:
        columns: in the order in which they are searched; an index that begins with them does as well.
        migration: the file that creates it where the table is ours; before it has run, nothing lacks.
        name: where the file gives one.
        where: SQL of a partial one's rows, which is known by its name.
        method: access method and columns as SQL, where it is no B-tree; any index that begins with them does as well.
    """

    columns: tuple[str, ...]
    migration: str
    name: str = ""
    where: str = ""
    method: str = ""


@dataclass(frozen=True)
class NeededTable:
    """A table as this project needs it.

    Attributes:
        name: schema-qualified.
        columns: by name, what the column must be, in the words of `Column.__str__`.
        keys: unique keys that we upsert on or refer to, the primary key first.
        indexes: others that our statements search.
        refers_to: column -> table of each foreign key that we know and obey.
        optional: columns that later migrations of the earlier system added and we do not need.
        samples: rows that we write, at their legal extremes: a CHECK that refuses one is stricter than the contract.
        required: whether the pipeline needs it. A table that is not required and does not fit stops only its branch.
        fallback: what becomes of the rows then.
        referred_to: whether our rows only refer to it; then only the named columns and keys matter.
        foundation: whether our own tables or views refer to it, so that a misfit stops the migration.
    """

    name: str
    columns: Mapping[str, str]
    keys: tuple[tuple[str, ...], ...]
    indexes: tuple[NeededIndex, ...] = ()
    refers_to: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    samples: tuple[Mapping[str, Any], ...] = ()
    required: bool = True
    fallback: str = "payloads are kept in raw_data.payload_receipts"
    referred_to: bool = False
    foundation: bool = False


@dataclass(frozen=True)
class LiveKey:
    """A unique key: the name of its index, whether a constraint owns it, and its columns."""

    name: str
    is_constraint: bool
    columns: tuple[str, ...]


@dataclass(frozen=True)
class LiveIndex:
    """An index that can be searched: its columns in their order, None for an expression, and whether it lacks rows."""

    name: str
    columns: tuple[str | None, ...]
    is_partial: bool


@dataclass(frozen=True)
class Reference:
    """A foreign key of one column."""

    name: str
    column: str
    table: str


@dataclass(frozen=True)
class LiveTable:
    """A table as a database has it. `kind` is the catalog's relkind: r table, p partitioned, v view, m, f."""

    name: str
    kind: str
    columns: Mapping[str, Column]
    unique_keys: tuple[LiveKey, ...]
    indexes: tuple[LiveIndex, ...]
    checks: Mapping[str, str]
    references: tuple[Reference, ...]
    triggers: tuple[str, ...]
    lacking_rights: tuple[str, ...]

    @property
    def keys(self) -> tuple[tuple[str, ...], ...]:
        """The columns of each unique key."""
        return tuple(key.columns for key in self.unique_keys)

    @property
    def refers_to(self) -> tuple[tuple[str, str], ...]:
        """Column and table of each reference."""
        return tuple((one.column, one.table) for one in self.references)


def read_tables(connection: psycopg.Connection, names: Sequence[str]) -> dict[str, LiveTable]:
    """The named tables that exist, by schema-qualified name."""
    found = connection.execute(query("table_shapes"), {"tables": list(names)}).fetchall()
    return {row[0]: _live_table(row) for row in found}


def _live_table(row: Sequence[Any]) -> LiveTable:
    name, kind, columns, keys, indexes, checks, references, triggers, lacking_rights = row
    return LiveTable(
        name=name,
        kind=kind,
        columns={column["name"]: Column(**column) for column in columns or ()},
        unique_keys=tuple(LiveKey(index, owned, tuple(key)) for index, owned, key in keys or ()),
        indexes=tuple(LiveIndex(index, tuple(names), is_partial) for index, names, is_partial in indexes or ()),
        checks=checks or {},
        references=tuple(Reference(*one) for one in references or ()),
        triggers=tuple(triggers or ()),
        lacking_rights=tuple(lacking_rights or ()),
    )
