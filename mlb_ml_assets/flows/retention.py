"""Old months of quotes leave PostgreSQL once the archive tier has them, and come back.

Belongs here: which months are old enough, the order of checks, what a pass did.
Not here: dropping and filling partitions (warehouse/month_removal.py), writing files (flows/archive.py).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.domain.days import month_of
from mlb_ml_assets.warehouse.archived_months import read_archived_months
from mlb_ml_assets.warehouse.locks import Lock, hold_lock
from mlb_ml_assets.warehouse.month_removal import (
    MonthNotRemovable,
    QuotesInUse,
    RemovedQuotes,
    read_removed_months,
    remove_month,
    restore_month,
)
from mlb_ml_assets.warehouse.month_store import MonthFileDamaged, MonthStore
from mlb_ml_assets.warehouse.quote_months import DIVIDED


@dataclass(frozen=True)
class RemovalReport:
    """Months and rows that one pass removed, and the months that it left, each with the reason."""

    months: int
    rows: int
    left: tuple[str, ...]


def remove_old_months(connection: psycopg.Connection[Any], store: MonthStore, kept_months: int) -> RemovalReport:
    """Remove months of quotes that are older than the last `kept_months` closed ones.

    Each month is one transaction, after its file was read whole and compared with its digest: dropped and marked, or
    neither. A month that the tier does not have as PostgreSQL has it stays, and is tried again by the next pass. The
    pass ends where a table is in use: every further month would make its readers wait once more.

    Args:
        connection: in autocommit mode.
        store: where the files are.
        kept_months: closed months that stay.
    """
    first_kept = today().replace(day=1)
    for _ in range(kept_months):
        first_kept = month_of(first_kept - timedelta(days=1)).first
    months, rows, left = 0, 0, []
    with hold_lock(connection, Lock.ARCHIVED_MONTHS):
        for month in read_archived_months(connection, DIVIDED):
            if month.removed_at is not None or month.month >= first_kept:
                continue
            try:
                store.check(month.file, month.sha256)
                remove_month(connection, month)
            except (MonthFileDamaged, MonthNotRemovable) as error:
                left.append(f"{month.table_name}, {month.month:%Y-%m}: {error}")
                if isinstance(error, QuotesInUse):
                    break
            else:
                months, rows = months + 1, rows + month.row_count
    return RemovalReport(months, rows, tuple(left))


def restore_months(connection: psycopg.Connection[Any], store: MonthStore, month: date) -> RemovalReport:
    """Bring a month of every table that it was removed from back into PostgreSQL; nothing is left.

    Raises:
        RemovedQuotes: no table lacks the month.
        MonthFileDamaged: a file is gone or has other bytes; tables before it have their rows.
    """
    with hold_lock(connection, Lock.ARCHIVED_MONTHS):
        removed = [each for each in read_removed_months(connection) if each.month == month.replace(day=1)]
        if not removed:
            raise RemovedQuotes(f"no quotes of {month:%Y-%m} were removed: PostgreSQL has what there is")
        rows = sum(
            restore_month(connection, each, store.fetch(each.file, each.sha256), store.scratch) for each in removed
        )
    return RemovalReport(len(removed), rows, ())
