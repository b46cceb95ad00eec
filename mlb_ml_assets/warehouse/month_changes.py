"""Which months of the archive tier's tables changed since its last pass: an exact answer that reads no row of them.

Belongs here: curated.changed_months, which triggers fill, and curated.archive_passes.
Not here: comparing rows with files (archived_months.py), the pass (flows/archive.py), reading files (month_reads.py).
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from mlb_ml_assets.warehouse.month_tables import MonthTable
from mlb_ml_assets.warehouse.queries import run_query
from mlb_ml_assets.warehouse.sql import quote_name


@dataclass(frozen=True)
class Compared:
    """What is known of a table's months without reading its rows.

    Attributes:
        through: first day of the last month that the pass compared.
        changed: months that changed since, by their first days.
    """

    through: date
    changed: frozenset[date]

    def is_unchanged(self, month: date) -> bool:
        """Whether the month has the rows of its file, or none if it has no file."""
        return month <= self.through and month not in self.changed


def read_compared(connection: psycopg.Connection[Any], tables: Sequence[str]) -> Mapping[str, Compared]:
    """What the last pass left known of these tables; without those of which nothing is.

    A change that the caller sees has its mark, unless the pass that deleted the mark compared the changed rows. Records
    of files are to be read afterwards: where statements do not share a snapshot, a pass may come in between, each of
    whose steps leaves a month marked or its file recorded.
    """
    named = {"tables": list(tables), "relations": [quote_name(table) for table in tables]}
    passes = run_query(connection, "month_passes", named).fetchall()
    changed: dict[str, set[date | None]] = {table: set() for table in tables}
    for table, month in run_query(connection, "changed_months", named):
        changed[table].add(month)
    return {
        table: Compared(through, frozenset(month for month in changed[table] if month))
        for table, through, has_its_shape in passes
        if has_its_shape and None not in changed[table]
    }


def read_settled_moves(connection: psycopg.Connection[Any]) -> list[str]:
    """Transactions that moved games to other dates and that no writer of before outlives.

    A transaction that wrote rows of a game marked the month in which it saw the game. If another moves the game before
    it commits, its rows come up in a month that it did not mark: the mover's mark has to stay until then.

    Args:
        connection: in autocommit mode: the two statements need two snapshots.
    """
    moves = [
        xid
        for (xid,) in connection.execute(
            "SELECT DISTINCT moved_by::TEXT FROM curated.changed_months WHERE moved_by IS NOT NULL"
        )
    ]
    # A prepared transaction has no process, and may be of this database.
    writing = """
        SELECT 1
        FROM pg_locks AS l
        LEFT JOIN pg_stat_activity AS a ON a.pid = l.pid
        WHERE l.locktype = 'transactionid' AND l.granted AND l.mode = 'ExclusiveLock'
            AND (l.pid IS NULL OR a.datname = current_database())
        LIMIT 1
    """
    if moves and connection.execute(writing).fetchone():
        return []
    return moves


def record_pass(
    connection: psycopg.Connection[Any],
    table: MonthTable,
    last_month: date,
    differing: Iterable[date],
    settled: Collection[str],
) -> None:
    """Record that every month through `last_month` was compared in this snapshot, and which differ from their files.

    Args:
        connection: inside the transaction whose snapshot the rows were compared in.
        table: of the tier.
        last_month: first day of the last month that was compared.
        differing: first days of the months whose file is absent or of other rows.
        settled: what `read_settled_moves` gave before the snapshot was taken.
    """
    connection.execute(
        "DELETE FROM curated.changed_months WHERE table_name = %s "
        "AND (moved_by IS NULL OR moved_by = ANY(%s::TEXT[]::XID8[]))",
        (table.name, list(settled)),
    )
    connection.execute(
        "INSERT INTO curated.changed_months (table_name, month) SELECT %s, unnest(%s::DATE[])",
        (table.name, list(differing)),
    )
    run_query(
        connection,
        "write_archive_pass",
        {"table_name": table.name, "relation": quote_name(table.name), "last_month": last_month},
    )


def note_written(connection: psycopg.Connection[Any], table: MonthTable, month: date) -> None:
    """Delete a month's marks: its file has the rows of this snapshot, in whose transaction the file is recorded."""
    connection.execute(
        "DELETE FROM curated.changed_months WHERE table_name = %s AND month = %s AND moved_by IS NULL",
        (table.name, month),
    )


def note_changed(connection: psycopg.Connection[Any], table: str, month: date) -> None:
    """Mark a month that changed in a way that no trigger sees; the caller's transaction commits."""
    connection.execute("INSERT INTO curated.changed_months (table_name, month) VALUES (%s, %s)", (table, month))
