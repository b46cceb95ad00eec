"""The archive tier, from closed months to verified files.

Belongs here: when a month is closed, which months are written, what a pass over the tier did.
Not here: files (warehouse/month_files.py), places (warehouse/month_store.py), reading (warehouse/month_reads.py).
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import psycopg

from mlb_ml_assets.domain.clock import present, today
from mlb_ml_assets.domain.days import DayRange, month_of
from mlb_ml_assets.warehouse.archived_months import (
    ArchivedMonth,
    MonthState,
    forget_month,
    mark_compared,
    mark_verified,
    one_snapshot,
    read_archived_months,
    read_database_id,
    read_states,
    write_archived_month,
)
from mlb_ml_assets.warehouse.locks import Lock, hold_lock
from mlb_ml_assets.warehouse.month_changes import note_written, read_compared, read_settled_moves, record_pass
from mlb_ml_assets.warehouse.month_files import write_month_file
from mlb_ml_assets.warehouse.month_store import MonthFileDamaged, MonthStore
from mlb_ml_assets.warehouse.month_tables import TABLES, MonthTable, is_read_whole

# In so many weekly passes every month without a mark is compared: only what went round the triggers would show there.
WEEKS_TO_COMPARE = 13
# Of a smaller table all are, in each pass (17 s). Comparing all months took 284 s with 1e8 rows.
_COMPARED_ROWS = 10_000_000
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
    """One table in the tier.

    Attributes:
        name: with its schema.
        months: that have a file.
        rows: of all files.
        bytes: of all files.
        due: closed months without a current file; of those without a mark, as the last pass that compared them found.
        alone: how many the tier has alone.
        compared_at: when the month that was compared longest ago was; None without files.
    """

    name: str
    months: int
    rows: int
    bytes: int
    due: tuple[date, ...]
    alone: int
    compared_at: datetime | None


@dataclass(frozen=True)
class Verification:
    """How many files are as they were written, what is wrong with the others, and how many months have other rows."""

    intact: int
    damaged: tuple[str, ...]
    due: int


def archive_months(connection: psycopg.Connection[Any], store: MonthStore) -> TierReport:
    """Write every closed month that the tier lacks, or whose rows changed since; delete files without a record.

    Months with a mark of a change, and those that closed since the last pass, are compared with their files; of the
    others those that were compared longest ago, in WEEKS_TO_COMPARE passes all.

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
            for month in _compare_months(connection, names, table, every_month=False):
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
        spans = _spans_to_compare(connection, table, held, names, in_turn=False)
        states = read_states(connection, table, spans)
        yield TableMonths(
            table.name,
            len(held),
            sum(each.row_count for each in held),
            sum(each.byte_count for each in held),
            tuple(_due_of(held, names, states)),
            sum(each.removed_at is not None for each in held),
            min((each.compared_at for each in held), default=None),
        )


def verify_months(connection: psycopg.Connection[Any], store: MonthStore) -> Verification:
    """Read every file whole and compare its digest; the record of a damaged one is deleted, which makes the month due.

    That of a month which the tier has alone stays: nothing else knows that there was one. Then the rows of every month
    are compared with its file, and what differs is marked.

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
    with hold_lock(connection, Lock.ARCHIVED_MONTHS):
        names = store.names()
        due = sum(len(_compare_months(connection, names, table, every_month=True)) for table in TABLES.values())
    return Verification(intact, tuple(damaged), due)


def _last_closed_day() -> date:
    return month_of(today() - CLOSED_AFTER).first - timedelta(days=1)


def _compare_months(
    connection: psycopg.Connection[Any], names: Collection[str], table: MonthTable, *, every_month: bool
) -> list[date]:
    """Compare a table's closed months with their files, in one snapshot, and record it; those that are due."""
    settled = read_settled_moves(connection)
    with one_snapshot(connection):
        now, closed = present(), _last_closed_day()
        held = read_archived_months(connection, [table.name])
        spans = [DayRange(date.min, closed)]
        if not every_month:
            spans = _spans_to_compare(connection, table, held, names, in_turn=True)
        states = read_states(connection, table, spans)
        compared = [each for each in held if any(span.first <= each.month <= span.last for span in spans)]
        for each in compared:
            if each.month not in states:
                forget_month(connection, each)  # its rows are gone; that of a month which the tier has alone stays
        due = _due_of(held, names, states)
        late = {each.month for each in compared if each.removed_at is not None and each.month in states}
        record_pass(connection, table, month_of(closed).first, {*due, *late}, settled)
    mark_compared(connection, table, [each.month for each in compared], now)
    return due


def _spans_to_compare(
    connection: psycopg.Connection[Any],
    table: MonthTable,
    held: Sequence[ArchivedMonth],
    names: Collection[str],
    *,
    in_turn: bool,
) -> list[DayRange]:
    """Days of whole closed months that are to be compared.

    Those of a mark, of an absent file, and after the last file; `in_turn` also those that were compared longest ago.
    The days between two files count with the later one.

    Args:
        connection: in the snapshot in which the rows are compared.
        table: of the tier.
        held: its months that have a file, in order.
        names: of the files that exist.
        in_turn: False for the months alone that are known to be due.
    """
    closed = _last_closed_day()
    everything, is_whole = [DayRange(date.min, closed)], is_read_whole(connection, table)
    compared = read_compared(connection, [table.name]).get(table.name)
    if compared is None or not held:
        return everything
    chosen = {*compared.changed, *(each.month for each in held if each.file not in names)}
    if in_turn:
        chosen |= _months_in_turn(held, is_whole=is_whole)
    begins = {each.month: _day_after(before.month) for before, each in pairwise(held)} | {held[0].month: date.min}
    spans = [DayRange(begins.get(month, month), month_of(month).last) for month in chosen]
    # After the last file no row is known of: comparing those days costs nothing, unless one month costs what all do.
    last = compared.through if is_whole else min(held[-1].month, compared.through)
    spans = [span for span in [*spans, DayRange(_day_after(last), closed)] if span.first <= span.last <= closed]
    # Where one month costs what all of them do, all of them are compared.
    return everything if spans and is_whole else _joined(spans)


def _months_in_turn(held: Sequence[ArchivedMonth], *, is_whole: bool) -> set[date]:
    """Months that a pass compares without a mark: of a large table some, in WEEKS_TO_COMPARE passes all."""
    if sum(each.row_count for each in held) <= _COMPARED_ROWS:
        return {each.month for each in held}
    if is_whole:
        return set()  # each month that closes has all of them compared
    longest_ago = sorted(held, key=lambda each: (each.compared_at, each.month))
    return {each.month for each in longest_ago[: -(-len(held) // WEEKS_TO_COMPARE)]}


def _joined(spans: Sequence[DayRange]) -> list[DayRange]:
    """The same days, in order and each once, in as few spans as possible."""
    joined: list[DayRange] = []
    for span in sorted(spans, key=lambda each: each.first):
        if joined and span.first <= joined[-1].last + timedelta(days=1):
            joined[-1] = DayRange(joined[-1].first, max(joined[-1].last, span.last))
        else:
            joined.append(span)
    return joined


def _day_after(month: date) -> date:
    return month_of(month).last + timedelta(days=1)


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
        state = read_states(connection, table, [days]).get(month)
        if state is None:
            return  # its rows were deleted since it was found due, and it stays marked as changed
        file = write_month_file(connection, table, days, store.scratch)
        name = f"{own}/{table.name}/{month:%Y-%m}-{file.sha256[:16]}.parquet"
        store.add(file.path, name)
        now = present()
        write_archived_month(
            connection,
            ArchivedMonth(
                table.name, month, name, file.row_count, file.byte_count, file.sha256, state.digest, now, now, now
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
