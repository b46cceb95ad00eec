"""Months of quotes that leave PostgreSQL for the archive tier, and come back.

Belongs here: dropping a month's partition, reading its file back, games that lack quotes since.
Not here: which months are old enough, checking files (flows/retention.py).
"""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from mlb_ml_assets.domain.days import month_of
from mlb_ml_assets.warehouse.archived_months import ArchivedMonth, read_archived_months, read_states
from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.month_changes import note_changed
from mlb_ml_assets.warehouse.month_files import open_duckdb
from mlb_ml_assets.warehouse.month_tables import month_table, read_columns
from mlb_ml_assets.warehouse.queries import run_query
from mlb_ml_assets.warehouse.quote_months import DIVIDED, give_months
from mlb_ml_assets.warehouse.sql import split_name


class RemovedQuotes(WarehouseError, LookupError):
    """Quotes that the archive tier has alone are asked of PostgreSQL."""


class MonthNotRemovable(WarehouseError, RuntimeError):
    """A month that stays in PostgreSQL; the message gives the reason."""


class QuotesInUse(MonthNotRemovable):
    """A transaction that has read or written the table is open; while we wait for it, every other one waits for us."""


def read_removed_months(connection: psycopg.Connection[Any], tables: Sequence[str] = DIVIDED) -> list[ArchivedMonth]:
    """The months of these tables that the archive tier has alone, by table and month."""
    return [month for month in read_archived_months(connection, tables) if month.removed_at is not None]


def require_quotes(connection: psycopg.Connection[Any], first: date, last: date) -> None:
    """Refuse to read quotes of games of these days, both included, if the archive tier alone has some of them.

    Raises:
        RemovedQuotes: naming the months and what brings them back.
    """
    if games_without_their_quotes(connection, first, last, None):
        months = sorted({month.month for month in read_removed_months(connection)})
        raise RemovedQuotes(
            f"some quotes of games from {first} to {last} are in the archive tier alone, whose months are "
            f"{', '.join(f'{month:%Y-%m}' for month in months)}. Next: mlb-ml archive restore MONTH"
        )


def games_without_their_quotes(
    connection: psycopg.Connection[Any], from_day: date, to_day: date, games: Collection[int] | None
) -> set[int]:
    """Games of these days (of `games` alone where given) that retention has removed quotes of."""
    days = {"from_day": from_day, "to_day": to_day, "games": None if games is None else sorted(games)}
    return {game for (game,) in run_query(connection, "games_without_their_quotes", days)}


def read_removed_months_of_game(connection: psycopg.Connection[Any], game_id: int) -> list[date]:
    """First days of the months whose quotes of a game the archive tier has alone, in order; usually none."""
    return [month for (month,) in run_query(connection, "removed_months_of_game", {"game_id": game_id})]


def remove_month(connection: psycopg.Connection[Any], month: ArchivedMonth) -> None:
    """Drop a month's partition and mark the month, if PostgreSQL has the very rows that its file was written from.

    Args:
        connection: in autocommit mode; one transaction is opened.
        month: its file was just compared with its digest.

    Raises:
        MonthNotRemovable: its rows changed, or some of them are not in its partition yet.
        QuotesInUse: another transaction uses the table.
    """
    partition, days = _partition_of(month), month_of(month.month)
    try:
        with connection.transaction():
            connection.execute("SET LOCAL lock_timeout = '1s'")
            # Writers wait from here on: what is compared is what is dropped.
            connection.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(partition))
            state = read_states(connection, month_table(month.table_name), [days]).get(month.month)
            if state is None or state.digest != month.rows_state:
                raise MonthNotRemovable("its rows changed since its file was written: the next pass writes it first")
            ((rows,),) = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(partition)).fetchall()
            if rows != month.row_count:
                raise MonthNotRemovable(f"{month.row_count - rows:,} of its rows are not in its partition yet")
            connection.execute(
                "SELECT staging.remove_month(%s, %s, %s)", (split_name(month.table_name)[1], month.month, month.sha256)
            )
    except psycopg.errors.UndefinedTable:
        raise MonthNotRemovable("it has no partition of its own yet: the next upkeep makes one") from None
    except psycopg.errors.LockNotAvailable:
        raise QuotesInUse(
            "a transaction that uses the table has been open for 1 s: the next pass tries again"
        ) from None


def restore_month(connection: psycopg.Connection[Any], month: ArchivedMonth, file: Path, scratch: Path) -> int:
    """Bring a removed month back into PostgreSQL from its file; the number of rows.

    It becomes due, as its rows are new ones. They are no arrivals: nothing is priced because of them.

    Args:
        connection: in autocommit mode; one transaction is opened.
        month: that retention removed.
        file: its file, just compared with its digest.
        scratch: a folder for the rows on their way.
    """
    columns = read_columns(connection, month_table(month.table_name))
    listed = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    rows = scratch / f"{month.sha256[:16]}.csv"
    give_months(connection, month.table_name, [month.month])
    try:
        with open_duckdb() as database:
            # An empty text is quoted, NULL is nothing at all: as PostgreSQL's CSV has it.
            database.read_parquet(str(file)).write_csv(str(rows), header=False, na_rep="", quoting="ALL")
        partition = _partition_of(month)
        with connection.transaction():
            connection.execute(
                sql.SQL("CREATE TEMPORARY TABLE restored ON COMMIT DROP AS SELECT {} FROM {} LIMIT 0").format(
                    listed, partition
                )
            )
            copy = sql.SQL("COPY restored FROM STDIN (FORMAT CSV)")
            with connection.cursor() as cursor, rows.open("rb") as source, cursor.copy(copy) as sink:
                while piece := source.read(1 << 20):
                    sink.write(piece)
            ((count,),) = connection.execute("SELECT count(*) FROM restored").fetchall()
            if count != month.row_count:
                raise WarehouseError(f"{month.file} has {count:,} rows instead of {month.row_count:,}")
            # A payload that came in again since has left some of them already.
            connection.execute(
                sql.SQL("INSERT INTO {} ({}) SELECT {} FROM restored ON CONFLICT DO NOTHING").format(
                    partition, listed, listed
                )
            )
            # Triggers are on the table, and the rows went into its partition.
            note_changed(connection, month.table_name, month.month)
            connection.execute(
                "UPDATE curated.archived_months SET removed_at = NULL WHERE table_name = %s AND month = %s",
                (month.table_name, month.month),
            )
    finally:
        rows.unlink(missing_ok=True)
    return month.row_count


def _partition_of(month: ArchivedMonth) -> sql.Identifier:
    """The partition of a month's rows, as staging.give_month names it."""
    schema, name = split_name(month.table_name)
    return sql.Identifier(f"{schema}_months", f"{name}_{month.month:%Y_%m}")
