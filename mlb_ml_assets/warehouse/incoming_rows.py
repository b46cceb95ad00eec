"""Rows on their way into a table: straight where all are new, else by a temporary table that is merged into it.

Belongs here: the target of a write, checking the rows, COPY into either table, INSERT and UPDATE from incoming rows.
Not here: locks, transactions, windows (partition_write.py); values as COPY writes them (copy_rows.py); a few rows
without a temporary table (few_rows.py).
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
import psycopg
from psycopg import sql

from mlb_ml_assets.warehouse.connection import require_transaction
from mlb_ml_assets.warehouse.contract import require_fit
from mlb_ml_assets.warehouse.copy_rows import TargetColumn, copy_rows
from mlb_ml_assets.warehouse.errors import WriteRefused
from mlb_ml_assets.warehouse.quote_months import DIVIDED
from mlb_ml_assets.warehouse.sql import query, quote_name, table_identifier

Rows = pd.DataFrame | Sequence[Sequence[Any]]

INCOMING: Final = sql.Identifier("pg_temp", "incoming_rows")
# A temporary table has no statistics: 25,000 keys took 26 s by nested loops, 0.2 s hashed.
_ANALYZE_FROM_ROWS: Final = 1_000
# Fewer rows are mostly a day built again, some of whose keys exist.
_TRY_NEW_FROM_ROWS: Final = 1_000
_NEVER_MISSING: Final = {str, int, bool, datetime, date}
# Of each connection, as the contract's checks: the catalog took a millisecond of each small write.
_TYPES: Final[WeakKeyDictionary[psycopg.Connection[Any], dict[str, dict[str, tuple[Any, ...]]]]] = WeakKeyDictionary()


@dataclass(frozen=True)
class Target:
    """A table that rows are written to.

    Attributes:
        table: schema-qualified name.
        keys: columns of a unique key of the table; missing in no row.
        columns: which columns to write, in the order of tuples; None: all of a DataFrame's.
        touch: columns set to the transaction's time when a row is updated, and not compared.
    """

    table: str
    keys: tuple[str, ...]
    columns: tuple[str, ...] | None = None
    touch: tuple[str, ...] = ()

    @property
    def identifier(self) -> sql.Identifier:
        """The table in a statement."""
        return table_identifier(self.table)

    @property
    def same_key(self) -> sql.Composed:
        """Condition that target row t and incoming row i have one key."""
        return sql.SQL(" AND ").join(sql.SQL("t.{0} = i.{0}").format(sql.Identifier(key)) for key in self.keys)

    def changing(self, names: Sequence[str]) -> list[str]:
        """Those of the written columns that an update brings up to date: neither keys nor touched."""
        return [name for name in names if name not in self.keys and name not in self.touch]


@dataclass(frozen=True)
class Incoming:
    """Checked rows of one write, column by column."""

    target: Target
    columns: tuple[TargetColumn, ...]
    values: tuple[Any, ...]
    count: int

    @property
    def names(self) -> list[str]:
        """Names of the written columns."""
        return [column.name for column in self.columns]


def check_rows(connection: psycopg.Connection[Any], target: Target, rows: Rows) -> Incoming:
    """Rows whose columns exist in the target and whose keys are complete.

    Raises:
        WriteRefused: no transaction is open; an unknown or computed column; a part of the key is missing.
        ContractError: the table is an adopted one and does not fit.
    """
    require_transaction(connection)
    names, values = _columns_of(target, rows)
    absent = sorted(set(target.keys) - set(names))
    if absent or not target.keys:
        raise WriteRefused(
            f"{target.table}: key column {', '.join(absent) or '(none given)'} is not among {', '.join(names)}"
        )
    require_fit(connection, target.table)
    for name, column in zip(names, values, strict=True):
        if name in target.keys and _has_missing(column):
            raise WriteRefused(
                f"{target.table}: {name} is part of the key and missing in a row, which could then never be found again"
            )
    return Incoming(target, tuple(_target_columns(connection, target.table, names)), tuple(values), len(rows))


def _columns_of(target: Target, rows: Rows) -> tuple[list[str], list[Any]]:
    """Names and values, column by column, of a frame or of tuples."""
    table, columns = target.table, target.columns
    if isinstance(rows, pd.DataFrame):
        names = [str(name) for name in (rows.columns if columns is None else columns)]
        absent = [name for name in names if name not in rows.columns]
        if absent:
            raise WriteRefused(f"{table}: the frame has no column {', '.join(absent)}")
        return names, [rows[name] for name in names]
    if columns is None:
        raise WriteRefused(f"{table}: rows that are tuples need the target's `columns`")
    ragged = next((row for row in rows if len(row) != len(columns)), None)
    if ragged is not None:
        raise WriteRefused(f"{table}: {len(columns)} columns are named and a row has {len(ragged)} values: {ragged!r}")
    return list(columns), [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in columns]


def _has_missing(column: Any) -> bool:
    if not isinstance(column, pd.Series) and set(map(type, column)) <= _NEVER_MISSING:
        return False
    return bool(pd.isna(pd.Series(column, dtype=None if len(column) else object)).any())


def _target_columns(connection: psycopg.Connection[Any], table: str, names: list[str]) -> list[TargetColumn]:
    known = _TYPES.setdefault(connection, {})
    found = known.get(table)
    if found is None or not found.keys() >= set(names):
        found = {row[0]: row for row in connection.execute(query("column_types"), {"table": quote_name(table)})}
        if not found:
            raise WriteRefused(f"{table} does not exist")
        known[table] = found
    unknown = [name for name in names if name not in found]
    if unknown:
        raise WriteRefused(f"{table} has no column {', '.join(unknown)}")
    computed = [name for name in names if found[name][3]]
    if computed:
        raise WriteRefused(f"{table}: PostgreSQL computes {', '.join(computed)} itself")
    return [TargetColumn(name, found[name][1], found[name][2], found[name][4]) for name in names]


def load_incoming(connection: psycopg.Connection[Any], rows: Incoming, *, joined: bool) -> None:
    """COPY the rows into pg_temp.incoming_rows, whose columns have the target's types and no constraint.

    `joined`: a later statement joins them with the target by key, so the planner needs statistics of the keys.
    """
    listed = sql.SQL(", ").join(map(sql.Identifier, rows.names))
    try:
        connection.execute(
            sql.SQL("CREATE TEMPORARY TABLE incoming_rows ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
                listed, rows.target.identifier
            )
        )
        copy_rows(connection, INCOMING, rows.columns, rows.values)
        if joined and rows.count >= _ANALYZE_FROM_ROWS:
            keys = sql.SQL(", ").join(map(sql.Identifier, rows.target.keys))
            connection.execute(sql.SQL("ANALYZE {} ({})").format(INCOMING, keys))
    except psycopg.DataError as error:
        raise WriteRefused(f"{rows.target.table}: {error.diag.message_primary} ({error.diag.context})") from error


def drop_incoming(connection: psycopg.Connection[Any]) -> None:
    """Make room for the next write of the transaction."""
    connection.execute(sql.SQL("DROP TABLE {}").format(INCOMING))


def insert_new(connection: psycopg.Connection[Any], rows: Incoming) -> bool:
    """COPY straight into the table: True where all rows are new and stored, else False and nothing is kept.

    1.5 times the rows a second of the way over pg_temp.incoming_rows, which looks each key up before it inserts. A few
    keys are looked up first, because what a failed COPY has written stays as dead rows until the table is vacuumed.
    """
    if rows.count < _TRY_NEW_FROM_ROWS or _any_exists(connection, rows):
        return False
    try:
        with connection.transaction():
            copy_rows(connection, rows.target.identifier, rows.columns, rows.values)
    except (psycopg.DataError, psycopg.IntegrityError):
        # A key exists, or a row cannot be stored: the slower way shows which.
        return False
    return True


def _any_exists(connection: psycopg.Connection[Any], rows: Incoming) -> bool:
    """Whether one of sixteen keys, from the first to the last, is in the table."""
    places = sorted({round(place) for place in np.linspace(0, rows.count - 1, 16)})
    keys = rows.target.keys
    by_name = dict(zip(rows.names, zip(rows.columns, rows.values, strict=True), strict=True))
    arrays, samples = [], []
    for key in keys:
        column, values = by_name[key]
        arrays.append(sql.SQL("%s::{}[]").format(sql.Identifier(column.type_name)))
        samples.append(pd.Series(values, dtype=object).iloc[places].tolist())
    statement = sql.SQL(
        "SELECT EXISTS (SELECT 1 FROM UNNEST({arrays}) AS i ({keys}) JOIN {target} AS t ON {same})"
    ).format(
        arrays=sql.SQL(", ").join(arrays),
        keys=sql.SQL(", ").join(map(sql.Identifier, keys)),
        target=rows.target.identifier,
        same=rows.target.same_key,
    )
    ((found,),) = connection.execute(statement, samples).fetchall()
    return bool(found)


def merge_incoming(
    connection: psycopg.Connection[Any], rows: Incoming, changing: Sequence[str]
) -> tuple[int, int, int]:
    """INSERT … ON CONFLICT from pg_temp.incoming_rows: inserted, updated, unchanged."""
    insert = merge_statement(rows.target, rows.names, changing, INCOMING)
    with refusing(rows.target):
        if changing and rows.target.table in DIVIDED:
            inserted = rows.count - _count_existing(connection, rows.target)
            updated = connection.execute(insert).rowcount - inserted
        elif changing:
            inserted, updated = connection.execute(insert).fetchone() or (0, 0)
        else:
            inserted, updated = connection.execute(insert).rowcount, 0
    return inserted, updated, rows.count - inserted - updated


def merge_statement(
    target: Target, names: Sequence[str], changing: Sequence[str], source: sql.Composable
) -> sql.Composed:
    """INSERT … ON CONFLICT from the rows of `source`, which may call themselves i.

    Where columns are `changing`, it selects how many rows were inserted and how many updated; not of a table that is
    divided by months.
    """
    if changing:
        action: sql.Composable = sql.SQL("UPDATE SET {settings} WHERE ({old}) IS DISTINCT FROM ({new})").format(
            settings=_settings(target, changing, "excluded"),
            old=sql.SQL(", ").join(sql.Identifier("t", name) for name in changing),
            new=sql.SQL(", ").join(sql.Identifier("excluded", name) for name in changing),
        )
    else:
        action = sql.SQL("NOTHING")
    insert = sql.SQL(
        "INSERT INTO {target} AS t ({listed}) SELECT {listed} FROM {source} ON CONFLICT ({keys}) DO {action}"
    ).format(
        target=target.identifier,
        listed=sql.SQL(", ").join(map(sql.Identifier, names)),
        source=source,
        keys=sql.SQL(", ").join(map(sql.Identifier, target.keys)),
        action=action,
    )
    if not changing or target.table in DIVIDED:
        # Nothing to distinguish: without RETURNING, 1.25 times the rows a second. A partition's rows have no xmax here.
        return insert
    # xmax is zero on a row that this statement inserted, and our own transaction on one that it updated.
    return sql.SQL(
        "WITH written AS ({insert} RETURNING (t.xmax = 0) AS fresh) "
        "SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM written"
    ).format(insert=insert)


def update_from_incoming(connection: psycopg.Connection[Any], rows: Incoming) -> int:
    """UPDATE the target's rows from the incoming rows of their keys, where anything differs; how many."""
    source = sql.SQL("{} AS i").format(INCOMING)
    with refusing(rows.target):
        return connection.execute(update_statement(rows.target, rows.names, source)).rowcount


def update_statement(target: Target, names: Sequence[str], source: sql.Composable) -> sql.Composed:
    """UPDATE of the target's rows t, where anything differs, from the rows i of `source` with their keys."""
    changing = target.changing(names)
    return sql.SQL(
        "UPDATE {target} AS t SET {settings} FROM {source} WHERE {same} AND ({old}) IS DISTINCT FROM ({new})"
    ).format(
        target=target.identifier,
        settings=_settings(target, changing, "i"),
        source=source,
        same=target.same_key,
        old=sql.SQL(", ").join(sql.Identifier("t", name) for name in changing),
        new=sql.SQL(", ").join(sql.Identifier("i", name) for name in changing),
    )


def _settings(target: Target, changing: Sequence[str], new: str) -> sql.Composed:
    """The SET list of an update from the rows called `new`."""
    settings = [sql.SQL("{} = {}").format(sql.Identifier(name), sql.Identifier(new, name)) for name in changing]
    settings += [sql.SQL("{} = now()").format(sql.Identifier(name)) for name in target.touch]
    return sql.SQL(", ").join(settings)


@contextmanager
def refusing(target: Target) -> Iterator[None]:
    """Rows that PostgreSQL does not take are refused in our words.

    Raises:
        WriteRefused: with the table and the server's reason.
    """
    try:
        yield
    except psycopg.errors.CardinalityViolation as error:
        raise WriteRefused(f"{target.table}: two of the rows have the same key ({', '.join(target.keys)})") from error
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        reason = " ".join(filter(None, (error.diag.message_primary, error.diag.message_detail)))
        raise WriteRefused(f"{target.table}: {reason}") from error


def _count_existing(connection: psycopg.Connection[Any], target: Target) -> int:
    """How many of the incoming rows have their key in the target."""
    statement = sql.SQL("SELECT count(*) FROM {incoming} AS i INNER JOIN {target} AS t ON {same}")
    ((count,),) = connection.execute(
        statement.format(incoming=INCOMING, target=target.identifier, same=target.same_key)
    ).fetchall()
    return int(count)


def read_back(connection: psycopg.Connection[Any], target: Target, returning: Sequence[str]) -> list[tuple[Any, ...]]:
    """Columns of the target's rows that the incoming rows became or already were."""
    statement = sql.SQL("SELECT {wanted} FROM {target} AS t INNER JOIN {incoming} AS i ON {same}").format(
        wanted=sql.SQL(", ").join(sql.Identifier("t", name) for name in returning),
        target=target.identifier,
        incoming=INCOMING,
        same=target.same_key,
    )
    return connection.execute(statement).fetchall()
