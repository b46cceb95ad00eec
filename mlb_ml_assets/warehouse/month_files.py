"""A month of a table as a Parquet file.

Belongs here: copying the rows of a month out of PostgreSQL, sorting and compressing them.
Not here: where files are kept (month_store.py), which months are written (flows/archive.py).
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
from psycopg import sql

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.month_store import file_sha256
from mlb_ml_assets.warehouse.month_tables import MonthColumn, MonthTable, read_columns

if TYPE_CHECKING:
    import duckdb


class MonthNotWritten(WarehouseError, RuntimeError):
    """The file has another number of rows than PostgreSQL sent."""


@dataclass(frozen=True)
class MonthFile:
    """A file that is written and has no place yet."""

    path: Path
    row_count: int
    byte_count: int
    sha256: str


def write_month_file(
    connection: psycopg.Connection[Any], table: MonthTable, month: DayRange, folder: Path
) -> MonthFile:
    """Write the rows of a month, sorted by the table's keys, as one Parquet file.

    The same rows give the same bytes: one thread, no stamp. Through CSV, which DuckDB parses as fast as the server
    sends it; PostgreSQL prints floats so that they are read back to the bit.

    Args:
        connection: reads only.
        table: of the tier.
        month: its days.
        folder: for the files; what a killed process left in it is deleted by the caller.

    Raises:
        MonthNotWritten: the file lacks rows.
    """
    columns = read_columns(connection, table)
    rows, path = folder / f"{os.getpid()}.csv", folder / f"{os.getpid()}.parquet"
    try:
        sent = _copy_out(connection, table, columns, month, rows)
        written = _convert(rows, columns, table.keys, path)
    finally:
        rows.unlink(missing_ok=True)
    if sent != written:
        raise MonthNotWritten(
            f"{table.name}, {month.first:%Y-%m}: PostgreSQL sent {sent:,} rows, the file has {written:,}"
        )
    return MonthFile(path, written, path.stat().st_size, file_sha256(path))


def _copy_out(
    connection: psycopg.Connection[Any],
    table: MonthTable,
    columns: Sequence[MonthColumn],
    month: DayRange,
    path: Path,
) -> int:
    statement = sql.SQL("COPY (SELECT {} FROM {} WHERE {} BETWEEN {} AND {} AND {}) TO STDOUT (FORMAT CSV)").format(
        sql.SQL(", ").join(sql.Identifier("t", column.name) for column in columns),
        table.source, sql.SQL(table.day), month.first, month.last,
        table.within(month.first, month.last),
    )  # fmt: skip
    with path.open("wb") as file, connection.cursor() as cursor:
        with cursor.copy(statement) as copy:
            for piece in copy:
                file.write(piece)
        return cursor.rowcount


@contextmanager
def open_duckdb(threads: int = 1) -> "Iterator[duckdb.DuckDBPyConnection]":
    """An empty DuckDB in memory whose instants are in UTC, as in our sessions; it never loads an extension."""
    import duckdb

    with duckdb.connect(config={"threads": threads, "autoinstall_known_extensions": False}) as database:
        # No option of connect(): the zones are read later.
        database.execute("SET TimeZone = 'UTC'")
        yield database


def _convert(rows: Path, columns: Sequence[MonthColumn], keys: Sequence[str], path: Path) -> int:
    with open_duckdb() as database:
        parsed = database.read_csv(
            str(rows),
            header=False,
            sep=",",
            quotechar='"',
            escapechar='"',
            na_values="",
            auto_detect=False,
            parallel=False,
            columns={column.name: column.duckdb_type for column in columns},
            # "" is an empty text, nothing at all is NULL.
            allow_quoted_nulls=False,
        )
        order = ", ".join(f'"{key}"' for key in keys)
        parsed.order(order).write_parquet(str(path), compression="zstd")
        (count,) = database.execute("SELECT count(*) FROM read_parquet(?)", [str(path)]).fetchone() or (0,)
    return int(count)
