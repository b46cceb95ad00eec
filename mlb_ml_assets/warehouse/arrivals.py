"""Which games got new quotes since the last poll, and which first decisions came due: what a pricing waits for.

Belongs here: the sensor's poll by snapshot difference, clearing what it has seen, decisions whose wait ended; the
resident pricer's poll, and taking from the log what it prices.
Not here: what is done about it (automation/, live/).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import psycopg

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.warehouse.queries import read_dicts, run_query
from mlb_ml_assets.warehouse.quote_months import months_of_days
from mlb_ml_assets.warehouse.sql import query

# The snapshot of before any transaction: every row of the log is new since.
EVERYTHING: Final = "1:1:"


@dataclass(frozen=True)
class Arrivals:
    """New quotes by official game date, and the snapshot to give to the next poll.

    `unmapped` are new quotes of games that are not yet known: they come again once their game is.
    """

    snapshot: str
    quotes_by_day: dict[date, int]
    unmapped: int


@dataclass(frozen=True)
class WaitingGame:
    """A listing with quotes, or a board captured again, that nobody has priced yet.

    Attributes:
        source, source_game_id: the listing.
        game_id, game_date: its game and official date; None where no schedule lists it.
        quotes: new ones; 0 where its board was only captured again.
    """

    source: str
    source_game_id: str
    game_id: int | None
    game_date: date | None
    quotes: int


@dataclass(frozen=True)
class Waiting:
    """What a resident pricer has to do: games that moved or were seen, whether facts, schedule or models changed."""

    games: tuple[WaitingGame, ...]
    has_facts: bool

    @property
    def has_quotes(self) -> bool:
        """Whether a quote is new; a board that was captured again is priced with the next one."""
        return any(game.quotes for game in self.games)


def poll_arrivals(connection: psycopg.Connection[Any], since: str | None) -> Arrivals:
    """Quotes committed since the snapshot `since`, whatever the order in which their transactions committed.

    A row is new exactly when the earlier snapshot could not see its transaction. Neither an id cursor (loses the slow
    transaction) nor a horizon of running transactions (stalls behind any long one) has that property.

    Args:
        connection: reads only.
        since: `snapshot` of the poll before, or None: only take the snapshot.
    """
    if since is None:
        return Arrivals(str(_one(connection.execute("SELECT pg_current_snapshot()::TEXT"))), {}, 0)
    rows = run_query(connection, "new_quotes_by_day", {"since": since}).fetchall()
    by_day = {day: count for _, day, count in rows if day is not None}
    return Arrivals(rows[0][0], by_day, sum(count or 0 for _, day, count in rows if day is None))


def clear_arrivals(connection: psycopg.Connection[Any], seen: str) -> int:
    """Delete what the poller whose last snapshot is `seen` will never read again; the number of rows.

    That includes rows of the database that this one was restored from, whose transactions lie beyond the present ones.
    """
    return connection.execute(query("delete_seen_arrivals"), {"seen": seen}).rowcount


def read_due_decisions(connection: psycopg.Connection[Any], since: datetime, until: datetime) -> dict[date, int]:
    """First decisions by official date that came due in (since, until], by waiting, without a new quote."""
    return dict(run_query(connection, "due_decisions", {"since": since, "until": until}).fetchall())


def read_due_lines(connection: psycopg.Connection[Any], days: DayRange, since: datetime, until: datetime) -> set[int]:
    """Games of `days` whose lines change in (since, until] by waiting: a first decision, a first pitch."""
    window = {"first": days.first, "last": days.last, "since": since, "until": until}
    return {game for (game,) in run_query(connection, "due_lines", window)}


def read_quotes_ahead(
    connection: psycopg.Connection[Any], days: DayRange, games: Collection[int] | None, now: datetime
) -> dict[int, datetime]:
    """Games with quotes that are stamped later than `now`, and the first of these stamps. None means all of `days`.

    A collector whose clock is a second ahead of ours commits a price that may not be used before that second is over.
    """
    window = {
        "first": days.first, "last": days.last, "games": None if games is None else sorted(games), "now": now,
        **months_of_days(connection, days.first, days.last, games),
    }  # fmt: skip
    return dict(run_query(connection, "quotes_ahead", window).fetchall())


def read_waiting(connection: psycopg.Connection[Any]) -> Waiting:
    """Everything in the logs of arrivals. What a pricer has dealt with is no longer there."""
    rows = read_dicts(connection, "waiting_games")
    has_facts = [row.pop("has_facts") for row in rows]
    return Waiting(tuple(WaitingGame(**row) for row in rows if row["source"] is not None), any(has_facts))


def take_arrivals(connection: psycopg.Connection[Any], games: Sequence[WaitingGame], now: datetime) -> set[int]:
    """Delete the arrivals of these games; in the transaction that prices them, so that a death loses none.

    Quotes of the same games that were committed since the poll go too: what follows in the transaction sees them.

    Returns:
        The games of ours of which a quote that was taken is, or may be, stamped later than `now`.
    """
    taken = run_query(
        connection,
        "take_arrivals",
        {"sources": [game.source for game in games], "source_game_ids": [game.source_game_id for game in games]},
    )
    ahead = {(source, listing) for source, listing, newest in taken if newest is None or newest > now}
    return {game.game_id for game in games if game.game_id is not None and (game.source, game.source_game_id) in ahead}


def take_fact_arrivals(connection: psycopg.Connection[Any]) -> None:
    """Delete the log of changed facts before they are read: what is committed while they are read stays logged."""
    connection.execute("DELETE FROM staging.fact_arrivals")


def take_own_fact_arrivals(connection: psycopg.Connection[Any]) -> None:
    """Delete the entry of this transaction, which knows what it changed itself."""
    connection.execute("DELETE FROM staging.fact_arrivals WHERE xid = pg_current_xact_id()")


def _one(cursor: psycopg.Cursor[Any]) -> Any:
    row = cursor.fetchone()
    assert row is not None
    return row[0]
