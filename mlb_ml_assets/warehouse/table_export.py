"""Stored tables as files: parquet, CSV or a spreadsheet, streamed.

Belongs here: which tables can be exported, the rows of a range of dates, the three formats.
Not here: the history bundle (archive_export.py), frames for analysts (read.py).
"""

from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, Final, Literal, LiteralString

import psycopg
import pyarrow as pa
from psycopg import sql

from mlb_ml_assets.warehouse.archived_months import one_snapshot
from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.exported_column import ExportColumn, build_select_list
from mlb_ml_assets.warehouse.exported_months import Part, read_file_batches, read_file_lines, read_parts
from mlb_ml_assets.warehouse.month_removal import read_removed_months
from mlb_ml_assets.warehouse.month_store import month_store
from mlb_ml_assets.warehouse.month_tables import TABLES
from mlb_ml_assets.warehouse.queries import run_query

Format = Literal["parquet", "csv", "xlsx"]
_BATCH: Final = 20_000
# One worksheet holds 2^20 rows, the header included.
_LARGEST_SHEET: Final = 1_048_575


class NotExportable(WarehouseError, ValueError):
    """A table that does not exist, has no dates to select by, or does not fit the format."""


def list_tables(connection: psycopg.Connection[Any]) -> list[str]:
    """Tables of raw_data, staging and curated that this role may read, as schema.table."""
    return [table for (table,) in run_query(connection, "export_tables")]


def export_table(
    connection: psycopg.Connection[Any],
    table: str,
    folder: Path,
    file_format: Format,
    first: date | None = None,
    last: date | None = None,
) -> tuple[Path, int]:
    """Write a table to `folder`/schema.table.format, also what the archive tier alone has; the file and its rows.

    A table that the archive tier holds is written in order of months and keys, and its closed months come from the tier
    where their files are current: the rows are PostgreSQL's, whichever of the two gives them. CSV of a table with REAL
    or DOUBLE PRECISION columns comes from PostgreSQL alone, whose digits no other program prints.

    Args:
        connection: any; one transaction is opened, so that the rows are of one instant.
        table: schema.table, or a table of curated without its schema.
        folder: created if absent; a file of the same name is replaced once the new one is whole.
        file_format: parquet, csv or xlsx.
        first: only rows of games from this official date on.
        last: only rows of games up to this official date.

    Raises:
        NotExportable: no such table; or dates are given and the table has neither a date nor a game; or it has more
            rows than a worksheet holds.
    """
    schema, _, name = table.rpartition(".")
    schema = schema or "curated"
    columns = [ExportColumn(*row) for row in run_query(connection, "export_columns", {"schema": schema, "name": name})]
    if not columns:
        raise NotExportable(f"table {schema}.{name} does not exist: `mlb-ml export --list` names those that do")
    parts = _parts(connection, schema, name, columns, first, last, file_format)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{schema}.{name}.{file_format}"
    part = path.with_name(f"{path.name}.part")
    with one_snapshot(connection):
        if file_format == "csv":
            rows = _write_csv(connection, parts, columns, part)
        elif file_format == "parquet":
            rows = _write_parquet(_batches(connection, parts, columns), columns, part)
        else:
            rows = _write_workbook(_batches(connection, parts, columns), columns, part, path.name)
    part.replace(path)
    return path, rows


def _parts(
    connection: psycopg.Connection[Any],
    schema: str,
    name: str,
    columns: Sequence[ExportColumn],
    first: date | None,
    last: date | None,
    file_format: Format,
) -> Iterator[Part]:
    """Where the rows come from; refused at once is what cannot be selected."""
    statement = _statement(schema, name, columns, first, last)
    table = TABLES.get(f"{schema}.{name}")
    if table is None or ((first or last) and not table.is_selected_by_day({column.name for column in columns})):
        return iter([Part(statement)])
    removed, store = read_removed_months(connection, [table.name]), month_store()
    if store is None and removed:
        raise NotExportable(
            f"the archive tier alone has {len(removed)} months of {table.name}: set MLB_ML_ARCHIVE to it"
        )
    is_equal = all(column.is_printed_alike if file_format == "csv" else column.is_in_files for column in columns)
    days = (first or date.min, last or date.max)
    return read_parts(connection, store, table, columns, *days, removed=removed, only_removed=not is_equal)


def _statement(
    schema: str, name: str, columns: Sequence[ExportColumn], first: date | None, last: date | None
) -> sql.Composed:
    table = sql.Identifier(schema, name)
    statement = sql.SQL("SELECT {} FROM {} AS t").format(build_select_list(columns), table)
    if first is None and last is None:
        return statement
    names = {column.name for column in columns}
    days = {"first": sql.Literal(first or date.min), "last": sql.Literal(last or date.max)}
    if "game_date" in names:
        return statement + sql.SQL(" WHERE t.game_date BETWEEN {first} AND {last}").format(**days)
    if "evaluation_period_start" in names:
        where = sql.SQL(" WHERE t.evaluation_period_start BETWEEN {first} AND {last}")
        return statement + where.format(**days)
    if "game_id" in names:
        where = sql.SQL(
            " WHERE t.game_id IN "
            "(SELECT g.id FROM curated.enhanced_games AS g WHERE g.game_date BETWEEN {first} AND {last})"
        )
        return statement + where.format(**days)
    raise NotExportable(f"table {schema}.{name} has neither a date nor a game: export it without --from and --to")


def _batches(
    connection: psycopg.Connection[Any], parts: Iterator[Part], columns: Sequence[ExportColumn]
) -> Iterator[pa.RecordBatch]:
    schema = _arrow_schema(columns)
    for part in parts:
        if part.statement is None:
            yield from read_file_batches(part.files, columns, schema, _BATCH)
        else:
            yield from _server_batches(connection, part.statement, schema)


def _server_batches(
    connection: psycopg.Connection[Any], statement: sql.Composed, schema: pa.Schema
) -> Iterator[pa.RecordBatch]:
    with connection.cursor(name="export") as cursor:
        cursor.itersize = _BATCH
        cursor.execute(statement)
        while rows := cursor.fetchmany(_BATCH):
            arrays = [
                pa.array(values, column.type) for values, column in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _arrow_schema(columns: Sequence[ExportColumn]) -> pa.Schema:
    return pa.schema([(column.name, column.arrow_type) for column in columns])


def _write_csv(
    connection: psycopg.Connection[Any], parts: Iterator[Part], columns: Sequence[ExportColumn], path: Path
) -> int:
    header = sql.SQL("SELECT {} LIMIT 0").format(
        sql.SQL(", ").join(sql.SQL("NULL AS {}").format(sql.Identifier(column.name)) for column in columns)
    )
    rows = 0
    with path.open("wb") as file:
        _copy_out(connection, header, "FORMAT CSV, HEADER", file)
        for part in parts:
            if part.statement is not None:
                rows += _copy_out(connection, part.statement, "FORMAT CSV", file)
                continue
            for lines in read_file_lines(part.files, columns, _BATCH):
                file.write("".join(lines).encode())
                rows += len(lines)
    return rows


def _copy_out(
    connection: psycopg.Connection[Any], statement: sql.Composed, options: LiteralString, file: BinaryIO
) -> int:
    with connection.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY ({}) TO STDOUT ({})").format(statement, sql.SQL(options))) as copy:
            for piece in copy:
                file.write(piece)
        return cursor.rowcount


def _write_parquet(batches: Iterator[pa.RecordBatch], columns: Sequence[ExportColumn], path: Path) -> int:
    from pyarrow import parquet

    rows = 0
    with parquet.ParquetWriter(path, _arrow_schema(columns), compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
            rows += batch.num_rows
    return rows


def _write_workbook(batches: Iterator[pa.RecordBatch], columns: Sequence[ExportColumn], path: Path, name: str) -> int:
    from openpyxl import Workbook

    workbook = Workbook(write_only=True)
    sheet = workbook.create_sheet(name[:31])
    sheet.append([column.name for column in columns])
    rows = 0
    for batch in batches:
        rows += batch.num_rows
        if rows > _LARGEST_SHEET:
            raise NotExportable(
                f"{name}: a worksheet holds {_LARGEST_SHEET:,} rows; narrow --from and --to, or use csv"
            )
        for row in batch.to_pylist():
            # A worksheet has no time zones; instants are UTC in every format.
            sheet.append([value.replace(tzinfo=None) if hasattr(value, "tzinfo") else value for value in row.values()])
    workbook.save(path)
    return rows
