"""A few rows in one statement: as arrays, without a temporary table.

Belongs here: INSERT … ON CONFLICT and UPDATE of rows that are parameters.
Not here: many rows (incoming_rows.py), choosing between the two (partition_write.py).

Six rows took 6 ms through a temporary table, whose making, COPY and dropping are eight messages, and take 1 ms so.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from mlb_ml_assets.warehouse.copy_rows import TargetColumn, prepare_column
from mlb_ml_assets.warehouse.incoming_rows import Incoming, Target, merge_statement, refusing, update_statement
from mlb_ml_assets.warehouse.quote_months import DIVIDED

# From here on the temporary table, whose columns the planner can count, is as fast.
MOST_ROWS: Final = 200
# Types whose array PostgreSQL casts from what psycopg sends, without rounding or cutting a value.
_TYPES: Final = frozenset(
    {"int2", "int4", "int8", "float4", "float8", "varchar", "text", "bool", "date", "timestamptz", "numeric", "jsonb"}
)
# A table's own precision, which COPY into a temporary table of its columns would have applied.
_ROUNDED: Final = frozenset({"numeric", "timestamptz"})


def are_few(rows: Incoming) -> bool:
    """Whether these rows can be written here."""
    is_plain = all(column.element_type is None and column.type_name in _TYPES for column in rows.columns)
    # Of a table that is divided by months the statement does not count.
    return 0 < rows.count <= MOST_ROWS and is_plain and rows.target.table not in DIVIDED


def merge_few(
    connection: psycopg.Connection[Any], rows: Incoming, changing: Sequence[str]
) -> tuple[int, int, int] | None:
    """INSERT … ON CONFLICT: inserted, updated, unchanged.

    None where PostgreSQL does not take a value: nothing is kept, and the longer way shows which it is.

    Raises:
        WriteRefused: a constraint of the table is violated, or a key is there twice.
        NotStorable: a value does not fit its column.
    """
    cursor = _run(connection, rows, _merge_text(rows.target, rows.columns, tuple(changing)))
    if cursor is None:
        return None
    inserted, updated = (cursor.fetchone() or (0, 0)) if changing else (cursor.rowcount, 0)
    return inserted, updated, rows.count - inserted - updated


def update_few(connection: psycopg.Connection[Any], rows: Incoming) -> int | None:
    """UPDATE of existing rows where anything differs: how many. None and errors as `merge_few`."""
    cursor = _run(connection, rows, _update_text(rows.target, rows.columns))
    return None if cursor is None else cursor.rowcount


def _run(connection: psycopg.Connection[Any], rows: Incoming, statement: str) -> psycopg.Cursor[Any] | None:
    arrays = [list(prepare_column(column, values)) for column, values in zip(rows.columns, rows.values, strict=True)]
    if connection.info.transaction_status == TransactionStatus.IDLE:
        # The caller's own, which a first statement opens where nothing is committed by itself: else the block below
        # would be the transaction, and commit.
        connection.execute("SELECT")
    with refusing(rows.target):
        try:
            with connection.transaction():
                return connection.execute(statement, arrays)
        except psycopg.DataError:
            return None


# Composing a statement of thirty columns takes as long as running it.
@lru_cache(maxsize=64)
def _merge_text(target: Target, columns: tuple[TargetColumn, ...], changing: tuple[str, ...]) -> str:
    return merge_statement(target, [column.name for column in columns], changing, _source(columns)).as_string()


@lru_cache(maxsize=64)
def _update_text(target: Target, columns: tuple[TargetColumn, ...]) -> str:
    return update_statement(target, [column.name for column in columns], _source(columns)).as_string()


def _source(columns: Sequence[TargetColumn]) -> sql.Composed:
    """The rows of arrays, which are the statement's parameters, as i."""
    casts, named, chosen = [], [], []
    for column in columns:
        # Binary, as COPY: no text to write and to parse.
        casts.append(sql.SQL("%b::{}[]").format(sql.Identifier(column.type_name)))
        name = sql.Identifier(column.name)
        named.append(name)
        is_rounded = column.type_name in _ROUNDED and column.declared
        as_declared = sql.SQL("{0}::{1} AS {0}") if is_rounded else sql.SQL("{0}")
        chosen.append(as_declared.format(name, sql.SQL(column.declared)))
    comma = sql.SQL(", ")
    return sql.SQL("(SELECT {} FROM UNNEST({}) AS a ({})) AS i").format(
        comma.join(chosen), comma.join(casts), comma.join(named)
    )
