"""`mlb-ml archive status | write | verify | remove | restore`: the archive tier.

Belongs here: the commands, what they print and their exit codes.
Not here: writing and checking months (flows/archive.py).
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Annotated

import psycopg
import typer

from mlb_ml_assets.commands.days import parse_month

if TYPE_CHECKING:
    from mlb_ml_assets.warehouse.month_store import MonthStore

app = typer.Typer(
    no_args_is_help=True, help="Closed months as Parquet files, in the folder or bucket that MLB_ML_ARCHIVE names."
)


@app.command()
def status() -> None:
    """Show which tables and months the tier holds, and which are due."""
    from mlb_ml_assets.flows.archive import WEEKS_TO_COMPARE, describe_tier

    with _tier() as (connection, store):
        print(f"Archive tier: {store.address}")
        print(f"{'table':<42} {'months':>6} {'rows':>12} {'MB':>9} {'due':>5} {'alone':>6}")
        due = alone = 0
        compared = []
        for table in describe_tier(connection, store):
            due += len(table.due)
            size = f"{table.rows:>12,} {table.bytes / 1e6:>9.1f}"
            print(f"{table.name:<42} {table.months:>6} {size} {len(table.due):>5} {table.alone:>6}")
            alone += table.alone
            compared += [table.compared_at] if table.compared_at else []
        print(
            f"{due} months are due. Next: mlb-ml archive write" if due else "Every closed month is held as it is now."
        )
        if compared:
            print(
                f"Months without a mark of a change were last compared with their rows on {min(compared):%Y-%m-%d} or "
                f"later. The weekly upkeep compares each within {WEEKS_TO_COMPARE} weeks, mlb-ml archive verify all."
            )
        if alone:
            print(
                f"{alone} months were removed from PostgreSQL, so these files are all there is of them: back them up."
            )


@app.command()
def write() -> None:
    """Write the closed months that the tier lacks or that changed; the weekly upkeep does the same."""
    from mlb_ml_assets.flows.archive import archive_months

    with _tier() as (connection, store):
        report = archive_months(connection, store)
        print(
            f"{store.address}: {report.months_written} months written, {report.files_deleted} files without a record "
            f"deleted; {report.months} months, {report.rows:,} rows, {report.megabytes:.1f} MB in all"
        )
        if not report.months:
            print("No month with games is closed yet: one is a week after its last day.")


@app.command()
def verify() -> None:
    """Read every file whole and compare its digest, then every month's rows; exit code 1 if a file is damaged."""
    from mlb_ml_assets.flows.archive import verify_months

    with _tier() as (connection, store):
        result = verify_months(connection, store)
    print(f"{store.address}: {result.intact} files are as they were written")
    for damage in result.damaged:
        print(damage)
    if result.due:
        print(f"{result.due} months have other rows than their files, or no file. Next: mlb-ml archive write")
    if result.damaged:
        print("PostgreSQL answers for these months meanwhile. Next: mlb-ml archive write")
        sys.exit(1)


@app.command()
def remove() -> None:
    """Remove months of quotes older than MLB_ML_KEEP_QUOTE_MONTHS from PostgreSQL; the weekly upkeep does the same."""
    from mlb_ml_assets.flows.retention import remove_old_months
    from mlb_ml_assets.warehouse.settings import read_kept_quote_months

    kept = read_kept_quote_months()
    if kept is None:
        print("Nothing is removed. Next: set MLB_ML_KEEP_QUOTE_MONTHS to the closed months that stay", file=sys.stderr)
        sys.exit(1)
    with _tier() as (connection, store):
        report = remove_old_months(connection, store, kept)
    print(f"{report.months} months of quotes removed, {report.rows:,} rows; their files are in {store.address}")
    for reason in report.left:
        print(f"stays: {reason}")


@app.command()
def restore(
    month: Annotated[date, typer.Argument(metavar="MONTH", parser=parse_month, help="That was removed, as 2019-04.")],
) -> None:
    """Bring the quotes of a removed month back into PostgreSQL from their files."""
    from mlb_ml_assets.flows.retention import restore_months

    with _tier() as (connection, store):
        report = restore_months(connection, store, month)
    print(f"{month:%Y-%m}: {report.rows:,} rows of {report.months} tables are in PostgreSQL again")


@contextmanager
def _tier() -> "Iterator[tuple[psycopg.Connection, MonthStore]]":
    from mlb_ml_assets.stack.database import ensure_database
    from mlb_ml_assets.warehouse.connection import connect
    from mlb_ml_assets.warehouse.month_store import month_store

    store = month_store()
    if store is None:
        print("The archive tier is off. Next: set MLB_ML_ARCHIVE to a folder or to s3://bucket/prefix", file=sys.stderr)
        sys.exit(1)
    with connect(ensure_database().dsn, application_name="mlb_ml:archive", autocommit=True) as connection:
        yield connection, store
