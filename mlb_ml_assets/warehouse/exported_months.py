"""The rows of a table of the archive tier for an export: from its files where they are current, else from PostgreSQL.

Belongs here: which of the two gives which days, their one order, files of the tier as batches and as lines of CSV.
Not here: tables that the tier does not hold, formats (table_export.py), a column's value (exported_column.py).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg
import pyarrow as pa
from psycopg import sql

from mlb_ml_assets.domain.days import month_of
from mlb_ml_assets.warehouse.archived_months import ArchivedMonth
from mlb_ml_assets.warehouse.exported_column import ExportColumn, build_select_list
from mlb_ml_assets.warehouse.month_files import open_duckdb
from mlb_ml_assets.warehouse.month_reads import Span, read_spans
from mlb_ml_assets.warehouse.month_store import MonthStore
from mlb_ml_assets.warehouse.month_tables import MonthTable

# A file has texts in the order of their bytes.
_TEXTS: Final = frozenset(("text", "varchar", "bpchar", "json", "jsonb", "uuid"))
_ONE_DAY: Final = timedelta(days=1)


@dataclass(frozen=True)
class Part:
    """Rows that follow each other: those of `files`, or of a statement of PostgreSQL where there are none."""

    statement: sql.Composed | None = None
    files: tuple[Path, ...] = ()


def read_parts(
    connection: psycopg.Connection[Any],
    store: MonthStore | None,
    table: MonthTable,
    columns: Sequence[ExportColumn],
    first: date,
    last: date,
    *,
    removed: Sequence[ArchivedMonth] = (),
    only_removed: bool = False,
) -> Iterator[Part]:
    """Where the rows of a range of days come from, in order of their months and in a month of the table's keys.

    Text is in order of its bytes, whoever gives it. With all days, rows that are of none come last. A month that the
    tier has alone comes from its file, and after it what came in of it since.

    Args:
        connection: in the snapshot in which the statements are run.
        store: the tier; None: PostgreSQL gives everything that it has.
        table: of the tier.
        columns: of the export.
        first: date.min for all.
        last: date.max for all.
        removed: months that the tier has alone.
        only_removed: no other month comes from the tier.

    Raises:
        MonthFileDamaged: a file is gone or has other bytes than were written.
    """
    for span in _read_spans_of_months(connection, None if only_removed else store, table, first, last):
        if store is None or span.files is None:
            start = span.first
            for month in (each for each in removed if span.first <= each.month <= span.last):
                if start < month.month:
                    yield Part(_statement(table, columns, start, month.month - _ONE_DAY))
                yield _part_of_files(store, [month])
                start = month.month
            yield Part(_statement(table, columns, start, span.last))
        elif span.files[table.name]:
            yield _part_of_files(store, span.files[table.name])
    if (first, last) == (date.min, date.max):
        yield Part(
            sql.SQL("SELECT {} {} ORDER BY {}").format(build_select_list(columns), table.undated, _keys(table, columns))
        )


def read_file_batches(
    files: Sequence[Path], columns: Sequence[ExportColumn], schema: pa.Schema, size: int
) -> Iterator[pa.RecordBatch]:
    """The rows of files of the tier, in their order, at most `size` at a time."""
    selected = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(column.selected_of_file, sql.Identifier(column.name)) for column in columns
    )
    for batch in _query_files(files, selected, size):
        arrays = [batch.column(place).cast(field.type) for place, field in enumerate(schema)]
        yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def read_file_lines(files: Sequence[Path], columns: Sequence[ExportColumn], size: int) -> Iterator[list[str]]:
    """The same rows as the lines that COPY writes into CSV."""
    line = sql.SQL(" || ',' || ").join(column.csv_of_file for column in columns)
    for batch in _query_files(files, sql.SQL("{} || chr(10)").format(line), size):
        yield batch.column(0).to_pylist()


def _query_files(files: Sequence[Path], selected: sql.Composable, size: int) -> Iterator[pa.RecordBatch]:
    listed = sql.SQL(", ").join(sql.Literal(str(path)) for path in files)
    # One thread: the rows stay in the order of the files.
    with open_duckdb() as database:
        statement = sql.SQL("SELECT {} FROM read_parquet([{}]) AS t").format(selected, listed)
        yield from database.sql(statement.as_string()).to_arrow_reader(size)


def _part_of_files(store: MonthStore | None, months: Sequence[ArchivedMonth]) -> Part:
    assert store is not None  # removed months are refused without one
    return Part(files=tuple(store.fetch(month.file, month.sha256) for month in months))


def _read_spans_of_months(
    connection: psycopg.Connection[Any], store: MonthStore | None, table: MonthTable, first: date, last: date
) -> Iterator[Span]:
    """The spans of a range of days; a month of which the range has a part is PostgreSQL's."""
    begin = first if first.day == 1 else month_of(first).last + _ONE_DAY
    end = last if month_of(last).last == last else last.replace(day=1) - _ONE_DAY
    if begin > end:
        yield Span(first, last)
        return
    if first < begin:
        yield Span(first, begin - _ONE_DAY)
    yield from read_spans(connection, store, [table.name], begin, end)
    if end < last:
        yield Span(end + _ONE_DAY, last)


def _statement(table: MonthTable, columns: Sequence[ExportColumn], first: date, last: date) -> sql.Composed:
    return sql.SQL("SELECT {} FROM {} WHERE {} AND {} ORDER BY DATE_TRUNC('month', {}), {}").format(
        build_select_list(columns), table.source, table.dated(first, last), table.within(first, last),
        sql.SQL(table.day), _keys(table, columns),
    )  # fmt: skip


def _keys(table: MonthTable, columns: Sequence[ExportColumn]) -> sql.Composable:
    texts = {column.name for column in columns if column.type_name in _TEXTS}
    return sql.SQL(", ").join(
        sql.SQL('{} COLLATE "C"' if key in texts else "{}").format(sql.Identifier("t", key)) for key in table.keys
    )
