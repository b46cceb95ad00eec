"""`mlb-ml export`: tables as files.

Belongs here: which tables, the printed result.
Not here: reading and writing (warehouse/table_export.py), the history bundle (history.py).
"""

from datetime import date
from pathlib import Path

from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.table_export import Format, export_table, list_tables

EVERY_TABLE = "all"


def export_tables(table: str, folder: Path, file_format: Format, first: date | None, last: date | None) -> None:
    """Write one table, or with `all` every table of curated, to `folder`."""
    with connect(ensure_database().dsn, application_name="mlb_ml:export", autocommit=True) as connection:
        tables = [table]
        if table == EVERY_TABLE:
            tables = [name for name in list_tables(connection) if name.startswith("curated.")]
        total = 0
        for name in tables:
            path, rows = export_table(connection, name, folder, file_format, first, last)
            print(f"{path}: {rows:,} rows")
            total += rows
        if not total:
            print(f"Nothing is stored there yet. Next: {read_next_commands(connection).overall}")


def print_tables() -> None:
    """Print the tables that can be exported."""
    with connect(ensure_database().dsn, application_name="mlb_ml:export") as connection:
        print("\n".join(list_tables(connection)))
