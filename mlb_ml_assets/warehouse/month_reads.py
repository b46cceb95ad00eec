"""Months of tables read by DuckDB, wherever a file has the rows that PostgreSQL has.

Belongs here: which days of a range the tier may answer, and their files as tables under their own names.
Not here: the queries (their own modules run them), writing files (month_files.py).
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from mlb_ml_assets.domain.days import month_of
from mlb_ml_assets.warehouse.archived_months import ArchivedMonth, read_archived_months
from mlb_ml_assets.warehouse.month_changes import read_compared
from mlb_ml_assets.warehouse.month_files import open_duckdb
from mlb_ml_assets.warehouse.month_store import MonthStore
from mlb_ml_assets.warehouse.month_tables import MonthColumn, month_table, read_columns
from mlb_ml_assets.warehouse.sql import split_name, table_identifier

if TYPE_CHECKING:
    import duckdb

_Files = Mapping[str, tuple[ArchivedMonth, ...]]


@dataclass(frozen=True)
class Span:
    """Days that one of the two answers: the tier from `files`, by table, or PostgreSQL where there are none."""

    first: date
    last: date
    files: _Files | None = None


def read_spans(
    connection: psycopg.Connection[Any], store: MonthStore | None, tables: Sequence[str], first: date, last: date
) -> list[Span]:
    """Divide a range of days by who answers for it, in order of the days.

    A month is read from the tier only while PostgreSQL has the very rows that the files of all these tables were
    written from: what the tier answers is what PostgreSQL would.

    Args:
        connection: in the snapshot in which PostgreSQL is read for the other days.
        store: the tier; None: PostgreSQL answers everything.
        tables: that a query joins by game; its rows come from games of one month each.
        first: first day.
        last: last day.
    """
    compared = read_compared(connection, tables) if store is not None else {}
    if store is None or len(compared) < len(tables):
        return [Span(first, last)]
    names = store.names()
    records = {(each.table_name, each.month): each for each in read_archived_months(connection, tables)}
    through = month_of(min(each.through for each in compared.values())).last
    # Months of which nothing is known to be there or to have changed have no rows, up to `through`.
    months = sorted(
        month
        for month in {month for _, month in records}.union(*(each.changed for each in compared.values()))
        if month_of(first).first <= month <= min(last, through)
    )

    def is_held(month: date) -> bool:
        return all(
            compared[name].is_unchanged(month) and ((name, month) not in records or records[name, month].file in names)
            for name in tables
        )

    spans: list[Span] = []
    for by_tier, group in groupby(months, key=is_held):
        run = list(group)
        files = {name: tuple(records[name, each] for each in run if (name, each) in records) for name in tables}
        start = spans[-1].last + timedelta(days=1) if spans else first
        spans.append(Span(start, min(month_of(run[-1]).last, last), files if by_tier else None))
    if not spans or spans[-1].last < last:
        start = spans[-1].last + timedelta(days=1) if spans else first
        spans.append(Span(start, last))
    return spans


@contextmanager
def open_months(
    connection: psycopg.Connection[Any], store: MonthStore, files: _Files
) -> "Iterator[duckdb.DuckDBPyConnection]":
    """A DuckDB where the tables of `files` have their names of PostgreSQL, columns and types.

    Raises:
        MonthFileDamaged: a file is gone or has other bytes than were written.
    """
    with open_duckdb(threads=os.cpu_count() or 1) as database:
        for name, months in files.items():
            schema = sql.Identifier(split_name(name)[0])
            database.execute(sql.SQL("CREATE SCHEMA IF NOT EXISTS {}").format(schema).as_string())
            paths = [str(store.fetch(month.file, month.sha256)) for month in months]
            columns = read_columns(connection, month_table(name))
            database.execute(_definition(name, columns, paths).as_string())
        yield database


def _definition(name: str, columns: Sequence[MonthColumn], paths: Sequence[str]) -> sql.Composed:
    if paths:
        listed = sql.SQL(", ").join(map(sql.Literal, paths))
        return sql.SQL("CREATE VIEW {} AS SELECT * FROM read_parquet([{}])").format(table_identifier(name), listed)
    declared = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column.name), sql.SQL(column.duckdb_type)) for column in columns
    )
    return sql.SQL("CREATE TABLE {} ({})").format(table_identifier(name), declared)
