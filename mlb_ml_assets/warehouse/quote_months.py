"""Tables of quotes that are divided by months: which months a statement has to read, and months of their own.

Belongs here: staging.quote_spans as parameters of queries, giving months their partitions, the partitions that changed.
Not here: the statements that read quotes, vacuuming (upkeep.py).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import psycopg

from mlb_ml_assets.warehouse.queries import Parameters, read_dicts, run_query

# Divided by the month (UTC) of a stamp of their key: staging.month_stamp has the columns.
DIVIDED: Final = (
    "staging.archive_quotes",
    "staging.source_quotes",
    "staging.quote_observations",
    "staging.game_sightings",
    "staging.market_sightings",
)


@dataclass(frozen=True)
class MonthsGiven:
    """What one pass did: partitions made, rows moved into them, and months that are left to the next pass.

    A month is left where somebody was reading or writing the rows to move for longer than we wait.
    """

    made: int = 0
    rows_moved: int = 0
    left: int = 0

    def __add__(self, other: "MonthsGiven") -> "MonthsGiven":
        return MonthsGiven(self.made + other.made, self.rows_moved + other.rows_moved, self.left + other.left)


def months_of_days(
    connection: psycopg.Connection[Any], from_day: date, to_day: date, games: Collection[int] | None = None
) -> Parameters:
    """quotes_from and quotes_until of the games of these days, both included; of `games` alone where given.

    A statement that is given them as parameters is planned over the months between, and over no other partition. What
    is committed later may lie in another month: it is in the log of arrivals, which comes after.
    """
    days = {"from_day": from_day, "to_day": to_day, "games": None if games is None else sorted(games)}
    return read_dicts(connection, "quote_span_of_days", days)[0]


def months_of_games(connection: psycopg.Connection[Any], games: Collection[int]) -> Parameters:
    """quotes_from and quotes_until of these games."""
    return read_dicts(connection, "quote_span_of_games", {"games": sorted({int(game) for game in games})})[0]


def months_of_listings(connection: psycopg.Connection[Any], source: str, listings: Collection[str]) -> Parameters:
    """quotes_from and quotes_until of a source's own games, what this transaction has written included."""
    return read_dicts(connection, "quote_span_of_listings", {"source": source, "listings": sorted(listings)})[0]


def months_of_listed_days(connection: psycopg.Connection[Any], first: date, last: date) -> Parameters:
    """quotes_from and quotes_until of what the sources list for their own days [first, last)."""
    return read_dicts(connection, "quote_span_of_listed_days", {"first": first, "last": last})[0]


def give_months(connection: psycopg.Connection[Any], table: str, months: Iterable[date]) -> MonthsGiven:
    """Give months of a divided table a partition each, and move their rows there; those that have one stay as they are.

    Each is a statement of its own: killed anywhere, every row is in one place, and the next pass goes on.

    Args:
        connection: in autocommit mode, outside a transaction.
        table: one of DIVIDED.
        months: any day of each month.
    """
    done = MonthsGiven()
    for month in sorted({day.replace(day=1) for day in months}):
        try:
            ((moved,),) = connection.execute(
                "SELECT staging.give_month(%s, %s)", (table.removeprefix("staging."), month)
            ).fetchall()
        except psycopg.errors.LockNotAvailable:
            done += MonthsGiven(left=1)
        else:
            done += MonthsGiven() if moved is None else MonthsGiven(made=1, rows_moved=moved)
    return done


def read_months_of_rest(connection: psycopg.Connection[Any]) -> dict[str, set[date]]:
    """Of each divided table the months whose rows lie in the partition for the rest."""
    found: dict[str, set[date]] = {table: set() for table in DIVIDED}
    for table, month in run_query(connection, "months_of_rest"):
        found[table].add(month)
    return found


def read_changed_partitions(connection: psycopg.Connection[Any], table: str, rows: int) -> list[tuple[str, str]]:
    """Schema and name of each partition of a table with at least `rows` rows that changed since its last ANALYZE."""
    connection.execute("SELECT pg_stat_force_next_flush()")
    return run_query(connection, "changed_partitions", {"table": table, "rows": rows}).fetchall()
