"""The archive tier, from closed months to verified files.

Belongs here: when a month is closed, which months are written, what a pass over the tier did.
Not here: files (warehouse/month_files.py), places (warehouse/month_store.py), reading (warehouse/month_reads.py).
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg

from mlb_ml_assets.domain.clock import present, today
from mlb_ml_assets.domain.days import month_of
from mlb_ml_assets.warehouse.archived_months import (
    ArchivedMonth,
    MonthState,
    forget_month,
    mark_verified,
    one_snapshot,
    read_archived_months,
    read_database_id,
    read_states,
    write_archived_month,
)
from mlb_ml_assets.warehouse.locks import Lock, hold_lock
from mlb_ml_assets.warehouse.month_changes import note_written, read_settled_moves, record_pass
from mlb_ml_assets.warehouse.month_files import write_month_file
from mlb_ml_assets.warehouse.month_store import MonthFileDamaged, MonthStore
from mlb_ml_assets.warehouse.month_tables import TABLES, MonthTable

# The last day's results, settlements and closing prices are in by then; what arrives later has its month written again.
CLOSED_AFTER = timedelta(days=7)


@dataclass(frozen=True)
class TierReport:
    """What one pass wrote and deleted, and what the tier holds after it."""

    months_written: int
    files_deleted: int
    months: int
    rows: int
    megabytes: float


@dataclass(frozen=True)
class TableMonths:
    """One table in the tier: its months, rows, bytes, closed months that are due, and how many the tier has alone."""

    name: str
    months: int
    rows: int
    bytes: int
    due: tuple[date, ...]
    alone: int


@dataclass(frozen=True)
class Verification:
    """How many files are as they were written, and what is wrong with the others."""

    intact: int
    damaged: tuple[str, ...]


def archive_months(connection: psycopg.Connection[Any], store: MonthStore) -> TierReport:
    """Write every closed month that the tier lacks, or whose rows changed since; delete files without a record.

    Each month is a transaction of its own: its rows are read in one snapshot, the file is whole in its place before the
    record of it is committed. A pass killed anywhere leaves a file without a record at most: the next pass deletes it.

    Args:
        connection: in autocommit mode.
        store: where the files go.
    """
    with hold_lock(connection, Lock.ARCHIVED_MONTHS):
        for left in store.scratch.iterdir():
            left.unlink()
        own = read_database_id(connection)
        deleted = _delete_unrecorded(connection, store, own)
        written, names = 0, store.names()
        for table in TABLES.values():
            for month in _compare_months(connection, names, table):
                _archive_month(connection, store, table, month, own)
                written += 1
    held = read_archived_months(connection, list(TABLES))
    return TierReport(
        written, deleted, len(held), sum(each.row_count for each in held), sum(each.byte_count for each in held) / 1e6
    )


def describe_tier(connection: psycopg.Connection[Any], store: MonthStore) -> Iterator[TableMonths]:
    """What the tier holds of each table and what is due, table by table; nothing is written."""
    names = store.names()
    for table in TABLES.values():
        held = read_archived_months(connection, [table.name])
        yield TableMonths(
            table.name,
            len(held),
            sum(each.row_count for each in held),
            sum(each.byte_count for each in held),
            tuple(_due_months(connection, held, names, table)),
            sum(each.removed_at is not None for each in held),
        )


def verify_months(connection: psycopg.Connection[Any], store: MonthStore) -> Verification:
    """Read every file whole and compare its digest; the record of a damaged one is deleted, which makes the month due.

    That of a month which the tier has alone stays: nothing else knows that there was one.

    Args:
        connection: in autocommit mode.
        store: where the files are.
    """
    intact, damaged = 0, []
    for month in read_archived_months(connection, list(TABLES)):
        try:
            store.check(month.file, month.sha256)
        except MonthFileDamaged as error:
            forget_month(connection, month)
            alone = "" if month.removed_at is None else "the tier has this month alone: put the file back from a copy. "
            damaged.append(f"{month.table_name}, {month.month:%Y-%m}: {alone}{error}")
        else:
            mark_verified(connection, month, present())
            intact += 1
    return Verification(intact, tuple(damaged))


def _last_closed_day() -> date:
    return month_of(today() - CLOSED_AFTER).first - timedelta(days=1)


def _compare_months(connection: psycopg.Connection[Any], names: Collection[str], table: MonthTable) -> list[date]:
    """Compare a table's closed months with their files, in one snapshot, and record it; those that are due."""
    settled = read_settled_moves(connection)
    with one_snapshot(connection):
        held = read_archived_months(connection, [table.name])
        closed = _last_closed_day()
        states = read_states(connection, table, date.min, closed)
        for each in held:
            if each.month <= closed and each.month not in states:
                forget_month(connection, each)  # its rows are gone; that of a month which the tier has alone stays
        due = _due_of(held, names, states)
        late = {each.month for each in held if each.removed_at is not None and each.month in states}
        record_pass(connection, table, month_of(closed).first, {*due, *late}, settled)
    return due


def _due_months(
    connection: psycopg.Connection[Any], held: Collection[ArchivedMonth], names: Collection[str], table: MonthTable
) -> list[date]:
    """Closed months of a table whose rows none of the files `names` has, by the records `held` of them."""
    return _due_of(held, names, read_states(connection, table, date.min, _last_closed_day()))


def _due_of(held: Collection[ArchivedMonth], names: Collection[str], states: Mapping[date, MonthState]) -> list[date]:
    """What comes in for a month that the tier has alone stays in PostgreSQL: its file is not replaced by the few."""
    written_from = {each.month: each.rows_state for each in held if each.file in names}
    alone = {each.month for each in held if each.removed_at is not None}
    return [month for month, state in states.items() if month not in alone and written_from.get(month) != state.digest]


def _archive_month(
    connection: psycopg.Connection[Any], store: MonthStore, table: MonthTable, month: date, own: str
) -> None:
    days = month_of(month)
    with one_snapshot(connection):
        state = read_states(connection, table, days.first, days.last).get(month)
        if state is None:
            return  # its rows were deleted since it was found due, and it stays marked as changed
        file = write_month_file(connection, table, days, store.scratch)
        name = f"{own}/{table.name}/{month:%Y-%m}-{file.sha256[:16]}.parquet"
        store.add(file.path, name)
        now = present()
        write_archived_month(
            connection,
            ArchivedMonth(
                table.name, month, name, file.row_count, file.byte_count, file.sha256, state.digest, now, now
            ),
        )
        note_written(connection, table, month)


def _delete_unrecorded(connection: psycopg.Connection[Any], store: MonthStore, own: str) -> int:
    """Delete this database's files that no record names: replaced before this pass, or left by a killed one.

    Files that this pass replaces are left to the next one, because a reader may be about to open them.
    """
    recorded = {each.file for each in read_archived_months(connection, list(TABLES))}
    unrecorded = [name for name in store.names() if name.startswith(f"{own}/") and name not in recorded]
    for name in unrecorded:
        store.delete(name)
    return len(unrecorded)
