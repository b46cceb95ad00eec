"""The months of the archive tier: which files it has, and whether PostgreSQL still has the rows they were written from.

Belongs here: curated.archived_months, the state of a month's rows, one snapshot for several statements.
Not here: writing a file (month_files.py), reading files (month_reads.py), when a month is closed (flows/archive.py).
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.warehouse.month_changes import note_changed
from mlb_ml_assets.warehouse.month_tables import MonthColumn, MonthTable, read_columns
from mlb_ml_assets.warehouse.queries import read_objects, run_query
from mlb_ml_assets.warehouse.sql import query


@dataclass(frozen=True)
class ArchivedMonth:
    """A row of curated.archived_months; since `removed_at` the tier has the month alone."""

    table_name: str
    month: date
    file: str
    row_count: int
    byte_count: int
    sha256: str
    rows_state: str
    written_at: datetime
    verified_at: datetime
    compared_at: datetime
    removed_at: datetime | None = None


@dataclass(frozen=True)
class MonthState:
    """The rows that a month of a table has in PostgreSQL: how many, and a digest of their columns and versions."""

    row_count: int
    digest: str


@contextmanager
def one_snapshot(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Let all statements of the block see the rows of one instant; inside an open transaction, those that it sees."""
    if connection.info.transaction_status != TransactionStatus.IDLE:
        yield
        return
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield


def read_states(
    connection: psycopg.Connection[Any], table: MonthTable, spans: Sequence[DayRange]
) -> Mapping[date, MonthState]:
    """The state of each month with rows, by its first day, in one statement: no row is read twice.

    Args:
        connection: any.
        table: of the tier.
        spans: of whole months.
    """
    if not spans:
        return {}
    columns = read_columns(connection, table)
    within = sql.SQL(" OR ").join(
        sql.SQL("({} AND {})").format(table.dated(span.first, span.last), table.within(span.first, span.last))
        for span in spans
    )
    statement = sql.SQL(query("month_states")).format(
        day=sql.SQL(table.day), version=sql.SQL(table.version), source=table.source, within=within
    )
    return {
        month: MonthState(count, _digest(columns, count, versions))
        for month, count, versions in connection.execute(statement)
    }


def read_archived_months(connection: psycopg.Connection[Any], tables: Sequence[str]) -> list[ArchivedMonth]:
    """The months of these tables that have a file, by table and month."""
    return read_objects(connection, "archived_months", ArchivedMonth, {"tables": list(tables)})


def write_archived_month(connection: psycopg.Connection[Any], month: ArchivedMonth) -> None:
    """Record a month's file; the caller's transaction commits."""
    run_query(connection, "write_archived_month", vars(month) | {"now": month.written_at})


def read_database_id(connection: psycopg.Connection[Any]) -> str:
    """Eight digits that no other database has, first in the name of each of its files.

    Two databases may share a folder or a bucket: each deletes only its own files.
    """
    row = connection.execute(
        "SELECT s.system_identifier || '/' || d.oid FROM pg_control_system() AS s, pg_database AS d "
        "WHERE d.datname = current_database()"
    ).fetchone()
    assert row is not None
    return hashlib.sha256(row[0].encode()).hexdigest()[:8]


def mark_verified(connection: psycopg.Connection[Any], month: ArchivedMonth, now: datetime) -> None:
    """Record that a month's file was read whole and is as it was written."""
    connection.execute(
        "UPDATE curated.archived_months SET verified_at = greatest(written_at, %s) "
        "WHERE table_name = %s AND month = %s AND sha256 = %s",
        (now, month.table_name, month.month, month.sha256),
    )


def mark_compared(
    connection: psycopg.Connection[Any], table: MonthTable, months: Sequence[date], now: datetime
) -> None:
    """Record that the rows of these months, by their first days, were compared with their files."""
    connection.execute(
        "UPDATE curated.archived_months SET compared_at = greatest(compared_at, %s) "
        "WHERE table_name = %s AND month = ANY(%s)",
        (now, table.name, list(months)),
    )


def forget_month(connection: psycopg.Connection[Any], month: ArchivedMonth) -> None:
    """Delete the record of a month whose rows PostgreSQL has; the next pass writes them again."""
    with connection.transaction():
        # A month without a file is one without rows, unless it is marked.
        note_changed(connection, month.table_name, month.month)
        connection.execute(
            "DELETE FROM curated.archived_months "
            "WHERE table_name = %s AND month = %s AND sha256 = %s AND removed_at IS NULL",
            (month.table_name, month.month, month.sha256),
        )


def _digest(columns: Sequence[MonthColumn], count: int, versions: str) -> str:
    return hashlib.sha256(repr(([vars(column) for column in columns], count, versions)).encode()).hexdigest()
