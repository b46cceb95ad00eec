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
from mlb_ml_assets.warehouse.archived_months import ArchivedMonth, read_archived_months, read_states
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
    records = read_archived_months(connection, tables) if store is not None else []
    if store is None or not records:
        return [Span(first, last)]
    begin, end = month_of(first).first, month_of(last).last
    states = {name: read_states(connection, month_table(name), begin, end) for name in tables}
    names = store.names()
    held = {(each.table_name, each.month): each for each in records if each.file in names}
    months = sorted({month for each in states.values() for month in each})

    def is_held(month: date) -> bool:
        pairs = [(states[name].get(month), held.get((name, month))) for name in tables]
        return all(
            (state is None and file is None) or (state and file and state.digest == file.rows_state)
            for state, file in pairs
        )

    spans: list[Span] = []
    for by_tier, group in groupby(months, key=is_held):
        run = list(group)
        files = {name: tuple(held[name, each] for each in run if (name, each) in held) for name in tables}
        start = spans[-1].last + timedelta(days=1) if spans else first
        spans.append(Span(start, month_of(run[-1]).last, files if by_tier else None))
    if not spans:
        return [Span(first, last)]
    # After the last month with rows there are none, whoever answers.
    return [*spans[:-1], Span(spans[-1].first, last, spans[-1].files)]


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
