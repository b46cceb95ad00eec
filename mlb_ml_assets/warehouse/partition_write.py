"""The one way to write a partition.

Belongs here: locking a partition, upserting and updating rows by key, replacing a window of rows, assertions.
Not here: any table's own rules; moving the rows (incoming_rows.py, copy_text.py); committing other than by `partition`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import pandas as pd
import psycopg
from psycopg import sql

from mlb_ml_assets.warehouse.contract import require_fit
from mlb_ml_assets.warehouse.errors import WarehouseError, WriteRefused
from mlb_ml_assets.warehouse.incoming_rows import (
    INCOMING,
    WORTH_TRYING,
    Rows,
    as_columns,
    insert_new,
    load_incoming,
    merge_incoming,
    read_back,
    require_keys,
    same_key,
    update_from_incoming,
)
from mlb_ml_assets.warehouse.locks import lock_partition
from mlb_ml_assets.warehouse.sql import query, quote_name, table_identifier

__all__ = [
    "PartitionBroken",
    "WriteRefused",
    "Written",
    "no_rows",
    "partition",
    "replace_window",
    "update_existing",
    "upsert",
]

# A check to run before the commit: None when the promise holds, else what is broken.
Assertion = Callable[[psycopg.Connection], str | None]


class PartitionBroken(WarehouseError, RuntimeError):
    """An assertion on what was just written does not hold; the transaction is rolled back."""


@dataclass(frozen=True)
class Written:
    """What one write did, in rows. `returned` holds the asked-for columns of every incoming row, changed or not."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    returned: list[tuple[Any, ...]] = field(default_factory=list, repr=False)

    def __add__(self, other: "Written") -> "Written":
        return Written(
            self.inserted + other.inserted,
            self.updated + other.updated,
            self.unchanged + other.unchanged,
            self.deleted + other.deleted,
            self.returned + other.returned,
        )


@contextmanager
def partition(
    connection: psycopg.Connection, table: str, name: str, assertions: Sequence[Assertion] = ()
) -> Iterator[None]:
    """One transaction for one partition of one table: its lock, the caller's writes, the assertions, the commit.

    Inside an open transaction this is a savepoint of it, and the lock is held to the end of the outer one.

    Raises:
        PartitionBroken: an assertion does not hold; nothing is kept.
    """
    with connection.transaction():
        lock_partition(connection, table, name)
        yield
        broken = [message for assertion in assertions if (message := assertion(connection)) is not None]
        if broken:
            raise PartitionBroken(f"{table}, partition {name}: " + "; ".join(broken))


def no_rows(promise: str, statement: LiteralString | sql.Composed, params: dict[str, Any] | None = None) -> Assertion:
    """An assertion that holds when `statement`, which selects offenders, returns nothing."""

    def check(connection: psycopg.Connection) -> str | None:
        offenders = connection.execute(statement, params).fetchmany(3)
        return None if not offenders else f"{promise}; not so for {', '.join(map(str, offenders))}"

    return check


def upsert(
    connection: psycopg.Connection,
    table: str,
    rows: Rows,
    *,
    keys: Sequence[str],
    columns: Sequence[str] | None = None,
    update: Sequence[str] | None = None,
    touch: Sequence[str] = (),
    returning: Sequence[str] = (),
) -> Written:
    """Insert rows, or update those whose key exists and whose values differ; equal rows are not touched.

    Args:
        connection: inside a transaction, which the caller commits.
        table: schema-qualified name.
        rows: a DataFrame (its columns are the table's), or tuples together with `columns`.
        keys: columns of a unique key of the table; none may be missing in any row.
        columns: which columns to write, in the tuples' order; default all of the frame's.
        update: columns to bring up to date on conflict; None means all but the keys, () means keep the existing row.
        touch: columns set to the transaction's time when a row is updated, and not compared.
        returning: columns of the table to read back for every incoming row, such as its id, in no particular order.

    Raises:
        WriteRefused: unknown or computed column, a missing key, one key twice in `rows`, or PostgreSQL refuses a row.
        NotStorable: a value cannot stand in its column.
        ContractError: the table is an adopted one and does not fit.
    """
    names, values = as_columns(table, rows, columns)
    absent = sorted(set(keys) - set(names))
    if absent or not keys:
        raise WriteRefused(f"{table}: key column {', '.join(absent) or '(none given)'} is not among {', '.join(names)}")
    require_fit(connection, table)
    require_keys(table, names, values, keys)
    if len(rows) >= WORTH_TRYING and not returning and insert_new(connection, table, names, values, keys):
        return Written(inserted=len(rows))
    changing = [name for name in names if name not in keys and name not in touch] if update is None else list(update)
    load_incoming(connection, table, names, values, joined=bool(returning))
    written = merge_incoming(connection, table, names, keys, changing, touch, came=len(rows))
    returned = read_back(connection, table, keys, returning) if returning else []
    connection.execute(sql.SQL("DROP TABLE {}").format(INCOMING))
    return Written(*written, returned=returned)


def update_existing(
    connection: psycopg.Connection, table: str, rows: pd.DataFrame, *, keys: Sequence[str], touch: Sequence[str] = ()
) -> Written:
    """Bring columns of rows that are there up to date; a key that is not there is left out, equal rows are not touched.

    Args:
        connection: inside a transaction, which the caller commits.
        table: schema-qualified name.
        rows: a frame of the keys and the columns to set.
        keys: columns of a unique key of the table; none may be missing in any row.
        touch: columns set to the transaction's time when a row is updated, and not compared.

    Raises:
        WriteRefused: as in `upsert`.
        ContractError: the table is an adopted one and does not fit.
    """
    names, values = as_columns(table, rows, None)
    require_fit(connection, table)
    require_keys(table, names, values, keys)
    load_incoming(connection, table, names, values, joined=True)
    changing = [name for name in names if name not in keys]
    updated = update_from_incoming(connection, table, keys, changing, touch)
    connection.execute(sql.SQL("DROP TABLE {}").format(INCOMING))
    return Written(updated=updated, unchanged=len(rows) - updated)


def replace_window(
    connection: psycopg.Connection,
    table: str,
    rows: Rows,
    *,
    where: LiteralString,
    params: dict[str, Any],
    keys: Sequence[str],
    columns: Sequence[str] | None = None,
    touch: Sequence[str] = (),
) -> Written:
    """Make the window hold exactly these rows: delete those of it that no longer come, upsert the rest.

    Args:
        connection: inside a transaction, which the caller commits.
        table: schema-qualified name; no other table may refer to it.
        rows: as in `upsert`; every row must lie in the window.
        where: condition on the table's columns, with %(name)s placeholders.
        params: the placeholders' values.
        keys: columns of a unique key of the table.
        columns: as in `upsert`.
        touch: as in `upsert`.

    Raises:
        WriteRefused: as in `upsert`; also when another table refers to this one, or a row lies outside the window.
    """
    names, values = as_columns(table, rows, columns)
    require_fit(connection, table)
    referring = [row[0] for row in connection.execute(query("referencing_tables"), {"table": quote_name(table)})]
    if referring:
        raise WriteRefused(f"{table}: {', '.join(referring)} refer to its rows, which keep their ids: use upsert")
    require_keys(table, names, values, keys)
    load_incoming(connection, table, names, values, joined=True)
    target = table_identifier(table)
    gone = sql.SQL(
        "DELETE FROM {target} AS t WHERE ({where}) AND NOT EXISTS (SELECT 1 FROM {incoming} AS i WHERE {same})"
    )
    same = same_key(keys)
    deleted = connection.execute(
        gone.format(target=target, where=sql.SQL(where), incoming=INCOMING, same=same), params
    ).rowcount
    changing = [name for name in names if name not in keys and name not in touch]
    inserted, updated, unchanged = merge_incoming(connection, table, names, keys, changing, touch, came=len(rows))
    held = connection.execute(sql.SQL("SELECT count(*) FROM {} WHERE {}").format(target, sql.SQL(where)), params)
    in_window = (held.fetchone() or (0,))[0]
    connection.execute(sql.SQL("DROP TABLE {}").format(INCOMING))
    if in_window != len(rows):
        raise WriteRefused(f"{table}: {len(rows)} rows came for the window {where} {params}, and {in_window} lie in it")
    return Written(inserted, updated, unchanged, deleted)
