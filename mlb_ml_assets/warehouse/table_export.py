"""Stored tables as files: parquet, CSV or a spreadsheet, streamed.

Belongs here: which tables can be exported, the rows of a range of dates, the three formats.
Not here: the history bundle (archive_export.py), frames for analysts (read.py).
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain
from pathlib import Path
from typing import Any, Final, Literal

import psycopg
import pyarrow as pa
from psycopg import sql

from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.month_files import open_duckdb
from mlb_ml_assets.warehouse.month_removal import read_removed_months
from mlb_ml_assets.warehouse.month_store import month_store
from mlb_ml_assets.warehouse.queries import run_query
from mlb_ml_assets.warehouse.quote_months import DIVIDED

Format = Literal["parquet", "csv", "xlsx"]
_BATCH: Final = 20_000
# One worksheet holds 2^20 rows, the header included.
_LARGEST_SHEET: Final = 1_048_575
_ARROW_TYPES: Final[dict[str, pa.DataType]] = {
    "int2": pa.int16(), "int4": pa.int32(), "int8": pa.int64(), "float4": pa.float32(), "float8": pa.float64(),
    "numeric": pa.float64(), "bool": pa.bool_(), "date": pa.date32(), "timestamptz": pa.timestamp("us", tz="UTC"),
    "timestamp": pa.timestamp("us"), "bytea": pa.binary(),
}  # fmt: skip


class NotExportable(WarehouseError, ValueError):
    """A table that does not exist, has no dates to select by, or does not fit the format."""


@dataclass(frozen=True)
class ExportColumn:
    """One column: its name and PostgreSQL's name of its type."""

    name: str
    type_name: str

    @property
    def arrow_type(self) -> pa.DataType:
        """The column's type in a parquet file; types without a counterpart, JSON among them, are text."""
        return _ARROW_TYPES.get(self.type_name, pa.string())

    @property
    def selected(self) -> sql.Composable:
        """The column as it is selected: as text where `arrow_type` is text, as double where it is numeric."""
        name = sql.Identifier(self.name)
        if self.type_name == "numeric":
            return sql.SQL("t.{}::DOUBLE PRECISION").format(name)
        if self.arrow_type == pa.string():
            return sql.SQL("t.{}::TEXT").format(name)
        return sql.SQL("t.{}").format(name)


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
    statement = _statement(schema, name, columns, first, last)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{schema}.{name}.{file_format}"
    part = path.with_name(f"{path.name}.part")
    with connection.transaction():
        removed = _batches_of_tier(connection, f"{schema}.{name}", columns)
        if file_format == "csv":
            rows = _write_csv(connection, statement, part) + _append_csv(removed, part)
        elif file_format == "parquet":
            rows = _write_parquet(chain(_batches(connection, statement, columns), removed), columns, part)
        else:
            batches = chain(_batches(connection, statement, columns), removed)
            rows = _write_workbook(batches, columns, part, path.name)
    part.replace(path)
    return path, rows


def _statement(
    schema: str, name: str, columns: Sequence[ExportColumn], first: date | None, last: date | None
) -> sql.Composed:
    selected = sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(column.selected, sql.Identifier(column.name)) for column in columns
    )
    table = sql.Identifier(schema, name)
    statement = sql.SQL("SELECT {} FROM {} AS t").format(selected, table)
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
    connection: psycopg.Connection[Any], statement: sql.Composed, columns: Sequence[ExportColumn]
) -> Iterator[pa.RecordBatch]:
    schema = _arrow_schema(columns)
    with connection.cursor(name="export") as cursor:
        cursor.itersize = _BATCH
        cursor.execute(statement)
        while rows := cursor.fetchmany(_BATCH):
            arrays = [
                pa.array(values, column.type) for values, column in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            yield pa.RecordBatch.from_arrays(arrays, schema=schema)


def _batches_of_tier(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[ExportColumn]
) -> Iterator[pa.RecordBatch]:
    """The rows of a table that the archive tier has alone."""
    if table not in DIVIDED or not (removed := read_removed_months(connection, [table])):
        return
    store = month_store()
    if store is None:
        raise NotExportable(f"the archive tier alone has {len(removed)} months of {table}: set MLB_ML_ARCHIVE to it")
    schema = _arrow_schema(columns)
    with open_duckdb() as database:
        for month in removed:
            rows = database.read_parquet(str(store.fetch(month.file, month.sha256)))
            for batch in rows.select(*schema.names).to_arrow_reader(_BATCH):
                yield pa.RecordBatch.from_arrays(
                    [batch[name].cast(schema.field(name).type) for name in schema.names], schema=schema
                )


def _arrow_schema(columns: Sequence[ExportColumn]) -> pa.Schema:
    return pa.schema([(column.name, column.arrow_type) for column in columns])


def _write_csv(connection: psycopg.Connection[Any], statement: sql.Composed, path: Path) -> int:
    with path.open("wb") as file, connection.cursor() as cursor:
        with cursor.copy(sql.SQL("COPY ({}) TO STDOUT (FORMAT CSV, HEADER)").format(statement)) as copy:
            for piece in copy:
                file.write(piece)
        return cursor.rowcount


def _append_csv(batches: Iterator[pa.RecordBatch], path: Path) -> int:
    """Rows after those of PostgreSQL, as its COPY prints them."""
    rows = 0
    with path.open("a", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        for batch in batches:
            writer.writerows(
                [[_csv_text(value) for value in row] for row in zip(*batch.to_pydict().values(), strict=True)]
            )
            rows += batch.num_rows
    return rows


def _csv_text(value: object) -> str | None:
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, datetime):
        text = value.strftime("%Y-%m-%d %H:%M:%S")
        return f"{text}.{value.microsecond:06d}".rstrip("0").rstrip(".") + "+00" if value.microsecond else f"{text}+00"
    if isinstance(value, float):
        return repr(value).removesuffix(".0")
    return None if value is None else str(value)


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
