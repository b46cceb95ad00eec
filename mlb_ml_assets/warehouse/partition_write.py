"""The one way to write a partition.

Belongs here: locking a partition, upserting and updating rows by key, replacing a window of rows, assertions.
Not here: any table's own rules; moving the rows (incoming_rows.py, few_rows.py, copy_rows.py); committing other than
by `partition`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, LiteralString

import pandas as pd
import psycopg
from psycopg import sql

from mlb_ml_assets.warehouse.errors import WarehouseError, WriteRefused
from mlb_ml_assets.warehouse.few_rows import are_few, merge_few, update_few
from mlb_ml_assets.warehouse.incoming_rows import (
    INCOMING,
    Rows,
    Target,
    check_rows,
    drop_incoming,
    insert_new,
    load_incoming,
    merge_incoming,
    read_back,
    update_from_incoming,
)
from mlb_ml_assets.warehouse.locks import lock_partition
from mlb_ml_assets.warehouse.sql import query, quote_name

__all__ = [
    "PartitionBroken",
    "Target",
    "Written",
    "no_rows",
    "partition",
    "replace_window",
    "update_existing",
    "upsert",
]

# A check to run before the commit: None when the promise holds, else what is violated.
Assertion = Callable[[psycopg.Connection], str | None]


class PartitionBroken(WarehouseError, RuntimeError):
    """An assertion on what was just written does not hold; the transaction is rolled back."""


@dataclass(frozen=True)
class Written:
    """What one write did, in rows. `returned` holds the requested columns of every incoming row, changed or not."""

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
    """An assertion that holds when `statement`, which selects violations, returns nothing."""

    def check(connection: psycopg.Connection) -> str | None:
        violations = connection.execute(statement, params).fetchmany(3)
        return None if not violations else f"{promise}; violated by {', '.join(map(str, violations))}"

    return check


def upsert(
    connection: psycopg.Connection,
    target: Target,
    rows: Rows,
    *,
    update: Sequence[str] | None = None,
    returning: Sequence[str] = (),
) -> Written:
    """Insert rows, or update those whose key exists and whose values differ; equal rows are not touched.

    Args:
        connection: inside a transaction, which the caller commits.
        target: where to.
        rows: a DataFrame, whose columns are the table's, or tuples of the target's `columns`.
        update: columns to bring up to date on conflict; None means all but the keys, () means keep the existing row.
        returning: columns of the table to read back for every incoming row, such as its id, in no particular order.

    Raises:
        WriteRefused: unknown or computed column, a missing key, one key twice in `rows`, or PostgreSQL refuses a row.
        NotStorable: a value does not fit its column.
        ContractError: the table is an adopted one and does not fit.
    """
    incoming = check_rows(connection, target, rows)
    if not returning and insert_new(connection, incoming):
        return Written(inserted=incoming.count)
    changing = target.changing(incoming.names) if update is None else update
    if not returning and are_few(incoming) and (merged := merge_few(connection, incoming, changing)) is not None:
        return Written(*merged)
    load_incoming(connection, incoming, joined=bool(returning))
    counts = merge_incoming(connection, incoming, changing)
    returned = read_back(connection, target, returning) if returning else []
    drop_incoming(connection)
    return Written(*counts, returned=returned)


def update_existing(connection: psycopg.Connection, target: Target, rows: pd.DataFrame) -> Written:
    """Bring columns of existing rows up to date; a key that does not exist is left out, equal rows are not touched.

    Args:
        connection: inside a transaction, which the caller commits.
        target: where to.
        rows: a frame of the keys and the columns to set.

    Raises:
        WriteRefused: as in `upsert`.
        ContractError: the table is an adopted one and does not fit.
    """
    incoming = check_rows(connection, target, rows)
    if are_few(incoming) and (few := update_few(connection, incoming)) is not None:
        return Written(updated=few, unchanged=incoming.count - few)
    load_incoming(connection, incoming, joined=True)
    updated = update_from_incoming(connection, incoming)
    drop_incoming(connection)
    return Written(updated=updated, unchanged=incoming.count - updated)


def replace_window(
    connection: psycopg.Connection, target: Target, rows: Rows, *, where: LiteralString, params: dict[str, Any]
) -> Written:
    """Make the window hold exactly these rows: delete those of it that are not among them, upsert the rest.

    Args:
        connection: inside a transaction, which the caller commits.
        target: where to; no other table may refer to it.
        rows: as in `upsert`; every row must lie in the window.
        where: condition on the table's columns, with %(name)s placeholders.
        params: the placeholders' values.

    Raises:
        WriteRefused: as in `upsert`; also when another table refers to this one, or a row lies outside the window.
    """
    incoming = check_rows(connection, target, rows)
    table = target.table
    referring = [row[0] for row in connection.execute(query("referencing_tables"), {"table": quote_name(table)})]
    if referring:
        raise WriteRefused(f"{table}: {', '.join(referring)} refer to its rows, which keep their ids: use upsert")
    load_incoming(connection, incoming, joined=True)
    window = {"target": target.identifier, "where": sql.SQL(where), "incoming": INCOMING, "same": target.same_key}
    gone = sql.SQL(
        "DELETE FROM {target} AS t WHERE ({where}) AND NOT EXISTS (SELECT 1 FROM {incoming} AS i WHERE {same})"
    )
    deleted = connection.execute(gone.format(**window), params).rowcount
    counts = merge_incoming(connection, incoming, target.changing(incoming.names))
    held = connection.execute(sql.SQL("SELECT count(*) FROM {target} WHERE {where}").format(**window), params)
    in_window = (held.fetchone() or (0,))[0]
    drop_incoming(connection)
    if in_window != incoming.count:
        raise WriteRefused(
            f"{table}: {incoming.count} rows were given for the window {where} {params}, and {in_window} lie in it"
        )
    return Written(*counts, deleted)
