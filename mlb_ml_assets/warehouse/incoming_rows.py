"""Rows on their way into a table: straight where all are new, else by a temporary table that is merged into it.

Belongs here: checking the columns of what comes, COPY into either, INSERT and UPDATE out of pg_temp.incoming_rows.
Not here: locks, transactions, windows (partition_write.py); COPY's formats (copy_cells.py, copy_text.py).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pandas as pd
import psycopg
from psycopg import sql

from mlb_ml_assets.warehouse.connection import require_transaction
from mlb_ml_assets.warehouse.copy_cells import binary_blocks
from mlb_ml_assets.warehouse.copy_text import TargetColumn, copy_blocks
from mlb_ml_assets.warehouse.errors import WriteRefused
from mlb_ml_assets.warehouse.sql import query, quote_name, table_identifier

Rows = pd.DataFrame | Sequence[Sequence[Any]]

INCOMING = sql.Identifier("pg_temp", "incoming_rows")
WORTH_ANALYSING = 1_000
# Fewer rows are mostly a day built again, some of whose keys are there.
WORTH_TRYING = 1_000
_NEVER_MISSING = {str, int, bool, datetime, date}


def as_columns(table: str, rows: Rows, columns: Sequence[str] | None) -> tuple[list[str], list[Any]]:
    """Names and values, column by column, of a frame or of tuples."""
    if isinstance(rows, pd.DataFrame):
        names = [str(name) for name in (rows.columns if columns is None else columns)]
        absent = [name for name in names if name not in rows.columns]
        if absent:
            raise WriteRefused(f"{table}: the frame has no column {', '.join(absent)}")
        return names, [rows[name] for name in names]
    if columns is None:
        raise WriteRefused(f"{table}: rows that are tuples need `columns`")
    ragged = next((row for row in rows if len(row) != len(columns)), None)
    if ragged is not None:
        raise WriteRefused(f"{table}: {len(columns)} columns are named and a row has {len(ragged)} values: {ragged!r}")
    return list(columns), [list(column) for column in zip(*rows, strict=True)] if rows else [[] for _ in columns]


def require_keys(table: str, names: list[str], values: list[Any], keys: Sequence[str]) -> None:
    """Refuse rows without a part of their key."""
    for name, column in zip(names, values, strict=True):
        if name in keys and _has_missing(column):
            raise WriteRefused(
                f"{table}: {name} is part of the key and missing in a row, which would then never be found again"
            )


def load_incoming(
    connection: psycopg.Connection, table: str, names: list[str], values: list[Any], *, joined: bool
) -> None:
    """COPY the rows into pg_temp.incoming_rows, whose columns have the target's types and no constraint.

    `joined`: a later statement joins them with the target, so the planner has to know them.
    """
    require_transaction(connection)
    targets = _target_columns(connection, table, names)
    listed = sql.SQL(", ").join(map(sql.Identifier, names))
    try:
        connection.execute(
            sql.SQL("CREATE TEMPORARY TABLE incoming_rows ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA").format(
                listed, table_identifier(table)
            )
        )
        _copy(connection, INCOMING, targets, values)
        if joined and values and len(values[0]) >= WORTH_ANALYSING:
            # A temporary table has no statistics: 25,000 keys took 26 s by nested loops, .2 s hashed.
            connection.execute(sql.SQL("ANALYZE {}").format(INCOMING))
    except psycopg.DataError as error:
        raise WriteRefused(f"{table}: {error.diag.message_primary} ({error.diag.context})") from error


def insert_new(
    connection: psycopg.Connection, table: str, names: list[str], values: list[Any], keys: Sequence[str]
) -> bool:
    """COPY straight into the table: True where all rows are new and stored, else False and nothing is kept.

    1.5 times the rows a second of the way over pg_temp.incoming_rows, which looks each key up before it inserts. A few
    keys are looked up first, because what a failed COPY has written stays as dead rows until the table is vacuumed.
    """
    require_transaction(connection)
    targets = _target_columns(connection, table, names)
    if _some_there(connection, table, targets, names, values, keys):
        return False
    try:
        with connection.transaction():
            _copy(connection, table_identifier(table), targets, values)
    except (psycopg.DataError, psycopg.IntegrityError):
        # A key is there, or a row cannot be stored: the longer way tells which.
        return False
    return True


def _some_there(
    connection: psycopg.Connection,
    table: str,
    targets: Sequence[TargetColumn],
    names: list[str],
    values: list[Any],
    keys: Sequence[str],
) -> bool:
    """Whether one of sixteen keys, from the first to the last, is in the table."""
    places = sorted({round(place) for place in np.linspace(0, len(values[0]) - 1, 16)})
    parts = {name: pd.Series(column, dtype=object) for name, column in zip(names, values, strict=True) if name in keys}
    types = {target.name: sql.SQL("%s::{}[]").format(sql.Identifier(target.type_name)) for target in targets}
    statement = sql.SQL(
        "SELECT EXISTS (SELECT 1 FROM UNNEST({arrays}) AS i ({keys}) JOIN {target} AS t ON {same})"
    ).format(
        arrays=sql.SQL(", ").join(types[key] for key in keys),
        keys=sql.SQL(", ").join(map(sql.Identifier, keys)),
        target=table_identifier(table),
        same=same_key(keys),
    )
    ((found,),) = connection.execute(statement, [parts[key].iloc[places].tolist() for key in keys]).fetchall()
    return bool(found)


def _copy(
    connection: psycopg.Connection, target: sql.Identifier, columns: Sequence[TargetColumn], values: list[Any]
) -> None:
    blocks = binary_blocks(columns, values) if len(values) else None
    way = sql.SQL("" if blocks is None else " (FORMAT BINARY)")
    listed = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    with connection.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN{}").format(target, listed, way)) as copy:
        for block in copy_blocks(columns, values) if blocks is None else blocks:
            copy.write(block)


def _has_missing(column: Any) -> bool:
    if not isinstance(column, pd.Series) and set(map(type, column)) <= _NEVER_MISSING:
        return False
    return bool(pd.isna(pd.Series(column, dtype=None if len(column) else object)).any())


def _target_columns(connection: psycopg.Connection, table: str, names: list[str]) -> list[TargetColumn]:
    found = {row[0]: row for row in connection.execute(query("column_types"), {"table": quote_name(table)})}
    if not found:
        raise WriteRefused(f"{table} does not exist")
    unknown = [name for name in names if name not in found]
    if unknown:
        raise WriteRefused(f"{table} has no column {', '.join(unknown)}")
    computed = [name for name in names if found[name][3]]
    if computed:
        raise WriteRefused(f"{table}: PostgreSQL computes {', '.join(computed)} itself")
    return [TargetColumn(name, found[name][1], found[name][2]) for name in names]


def same_key(keys: Sequence[str]) -> sql.Composed:
    """Condition that target row t and incoming row i have one key."""
    return sql.SQL(" AND ").join(sql.SQL("t.{0} = i.{0}").format(sql.Identifier(key)) for key in keys)


def merge_incoming(
    connection: psycopg.Connection,
    table: str,
    names: list[str],
    keys: Sequence[str],
    changing: list[str],
    touch: Sequence[str],
    came: int,
) -> tuple[int, int, int]:
    """INSERT … ON CONFLICT from the incoming rows, of which there are `came`: inserted, updated, unchanged."""
    listed = sql.SQL(", ").join(map(sql.Identifier, names))
    if changing:
        settings = [sql.SQL("{0} = excluded.{0}").format(sql.Identifier(name)) for name in changing]
        settings += [sql.SQL("{} = now()").format(sql.Identifier(name)) for name in touch]
        action: sql.Composable = sql.SQL("UPDATE SET {settings} WHERE ({old}) IS DISTINCT FROM ({new})").format(
            settings=sql.SQL(", ").join(settings),
            old=sql.SQL(", ").join(sql.Identifier("t", name) for name in changing),
            new=sql.SQL(", ").join(sql.Identifier("excluded", name) for name in changing),
        )
    else:
        action = sql.SQL("NOTHING")
    insert = sql.SQL(
        "INSERT INTO {target} AS t ({listed}) SELECT {listed} FROM {incoming} ON CONFLICT ({keys}) DO {action}"
    ).format(
        target=table_identifier(table),
        listed=listed,
        incoming=INCOMING,
        keys=sql.SQL(", ").join(map(sql.Identifier, keys)),
        action=action,
    )
    try:
        inserted, updated = _run_counted(connection, insert, may_update=bool(changing))
    except psycopg.errors.CardinalityViolation as error:
        raise WriteRefused(f"{table}: two of the rows have the same key ({', '.join(keys)})") from error
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise _refused(table, error) from error
    return inserted, updated, came - inserted - updated


def update_from_incoming(
    connection: psycopg.Connection, table: str, keys: Sequence[str], changing: list[str], touch: Sequence[str]
) -> int:
    """UPDATE the target's rows from the incoming rows of their keys, where anything differs; gives how many."""
    settings = [sql.SQL("{0} = i.{0}").format(sql.Identifier(name)) for name in changing]
    settings += [sql.SQL("{} = now()").format(sql.Identifier(name)) for name in touch]
    statement = sql.SQL(
        "UPDATE {target} AS t SET {settings} FROM {incoming} AS i WHERE {same} AND ({old}) IS DISTINCT FROM ({new})"
    ).format(
        target=table_identifier(table),
        settings=sql.SQL(", ").join(settings),
        incoming=INCOMING,
        same=same_key(keys),
        old=sql.SQL(", ").join(sql.Identifier("t", name) for name in changing),
        new=sql.SQL(", ").join(sql.Identifier("i", name) for name in changing),
    )
    try:
        return connection.execute(statement).rowcount
    except (psycopg.DataError, psycopg.IntegrityError) as error:
        raise _refused(table, error) from error


def _refused(table: str, error: psycopg.Error) -> WriteRefused:
    return WriteRefused(f"{table}: " + " ".join(filter(None, (error.diag.message_primary, error.diag.message_detail))))


def _run_counted(connection: psycopg.Connection, insert: sql.Composed, *, may_update: bool) -> tuple[int, int]:
    """Run INSERT … ON CONFLICT; rows inserted, rows updated."""
    if not may_update:
        # Nothing to tell apart: without RETURNING, 1.25x the rows a second.
        return connection.execute(insert).rowcount, 0
    # xmax is zero on a row that this statement inserted, and our own transaction on one that it updated.
    counted = sql.SQL(
        "WITH written AS ({insert} RETURNING (t.xmax = 0) AS fresh) "
        "SELECT count(*) FILTER (WHERE fresh), count(*) FILTER (WHERE NOT fresh) FROM written"
    ).format(insert=insert)
    inserted, updated = connection.execute(counted).fetchone() or (0, 0)
    return inserted, updated


def read_back(
    connection: psycopg.Connection, table: str, keys: Sequence[str], returning: Sequence[str]
) -> list[tuple[Any, ...]]:
    """Columns of the target's rows that the incoming rows became or already were."""
    statement = sql.SQL("SELECT {wanted} FROM {target} AS t INNER JOIN {incoming} AS i ON {same}").format(
        wanted=sql.SQL(", ").join(sql.Identifier("t", name) for name in returning),
        target=table_identifier(table),
        incoming=INCOMING,
        same=same_key(keys),
    )
    return connection.execute(statement).fetchall()
