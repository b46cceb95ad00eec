"""How long a committed price takes to its stake, through the stack as `mlb-ml --demo up` runs it.

Belongs here: committing prices as an outside collector would, waiting for their stakes, where the time went.
Not here: the steps themselves. It works on the demo's simulated league and refuses any other database. In this order:
`python -m benchmarks.quote_to_stake clock`, which sets the demo's clock ten minutes on: room for prices
newer than its last captures; `mlb-ml --demo up`; beside it `python -m benchmarks.quote_to_stake [COMMITS] [SECONDS]`.
"""

import re
import statistics
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg

from mlb_ml_assets.commands.demo_home import use_demo_home
from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings, project_home

PATIENCE = 120.0
_LOOK_SECONDS = 0.005
# Games that start later than the cutoff from the demo's now and whose prices are all older: newer ones are in effect.
_GAMES = """
    SELECT i.source_game_id, MAX(q.updated_at) FROM curated.enhanced_games AS g
    JOIN curated.game_identity AS i ON i.game_id = g.id AND i.source = 'action_network'
    JOIN staging.action_network_odds_historical AS q ON q.external_game_id = i.source_game_id
    WHERE g.game_datetime > %(now)s + INTERVAL '65 minutes' AND g.game_status = 'scheduled'
    GROUP BY g.id, i.source_game_id HAVING MAX(q.updated_at) < %(now)s
    ORDER BY MAX(g.game_datetime), i.source_game_id LIMIT %(most)s
"""
# Every book moves its moneyline by a few cents, up and down in turns, each to another price than before.
_MOVE = """
    INSERT INTO staging.action_network_odds_historical
        (external_game_id, sportsbook_external_id, market_type, side, odds, updated_at, data_collection_time)
    SELECT DISTINCT ON (external_game_id, sportsbook_external_id, side)
        external_game_id, sportsbook_external_id, market_type, side,
        CASE WHEN odds > 0 THEN GREATEST(odds + %(cents)s, 100) ELSE LEAST(odds - %(cents)s, -100) END, %(at)s, %(at)s
    FROM staging.action_network_odds_historical
    WHERE external_game_id = ANY(%(games)s) AND market_type = 'moneyline' AND updated_at < %(at)s
    ORDER BY external_game_id, sportsbook_external_id, side, updated_at DESC
"""
# Their stakes are stored by the same transaction.
_PRICED = """
    SELECT COUNT(*) FROM curated.market_lines AS l
    JOIN curated.game_identity AS i ON i.game_id = l.game_id AND i.source = 'action_network'
    WHERE i.source_game_id = ANY(%(games)s) AND l.stage = 'lineup' AND l.market_type = 'moneyline'
        AND l.quoted_at >= %(at)s
"""
_PART = re.compile(r"([a-z_]+) (\d+)")


class NoStake(RuntimeError):
    """The demo has too few games left to price, or no stake came within PATIENCE seconds."""


@dataclass
class Latencies:
    """Seconds from each commit to its last stored stake, and commits whose stakes never came."""

    seconds: list[float] = field(default_factory=list)
    missed: int = 0

    def summary(self) -> str:
        """Quantiles for a line of text."""
        if len(self.seconds) < 2:
            return f"{len(self.seconds)} measured, {self.missed} missed"
        quantiles = statistics.quantiles(self.seconds, n=20, method="inclusive")
        return (
            f"p50 {1000 * statistics.median(self.seconds):5.0f} ms  p95 {1000 * quantiles[-1]:5.0f} ms  "
            f"max {1000 * max(self.seconds):5.0f} ms  ({len(self.seconds)} commits, {self.missed} missed)"
        )


class Collector:
    """An outside program that moves prices. The demo's clock does not: stamps go on in thousandths of a second."""

    def __init__(self, connection: psycopg.Connection[Any], games: int) -> None:
        self.connection = connection
        rows = connection.execute(_GAMES, {"now": present(), "most": games}).fetchall()
        if len(rows) < games:
            raise NoStake(f"{len(rows)} games of the demo can still be priced, {games} are needed: `mlb-ml demo` again")
        self.games = [listing for listing, _ in rows]
        self._stamps = _stamps(max(newest for _, newest in rows))
        self._cents = 3

    def move(self) -> datetime:
        """Commit one move of every game; its stamp, which is the as-of time of the decisions that answer it."""
        at, self._cents = next(self._stamps), -self._cents
        self.connection.execute(_MOVE, {"at": at, "games": self.games, "cents": self._cents})
        return at

    def is_priced(self, connection: psycopg.Connection[Any], at: datetime) -> bool:
        """Whether the stakes of every game that answer the prices of `at`, or newer ones, are stored."""
        row = connection.execute(_PRICED, {"games": self.games, "at": at}).fetchone()
        return row == (len(self.games),)


def _stamps(after: datetime) -> Iterator[datetime]:
    step = (present() - after) / 100_000
    number = 0
    while True:
        number += 1
        yield after + number * step


def measure_one_by_one(connection: psycopg.Connection[Any], games: int, commits: int) -> Latencies:
    """Move the prices of some games, each time after the stakes of the time before."""
    collector, found = Collector(connection, games), Latencies()
    for _ in range(commits):
        at = collector.move()
        _await(collector, connection, at, time.perf_counter(), found)
        # Not in step with the polls.
        time.sleep(0.2 + 0.1 * (len(found.seconds) % 7) / 7)
    return found


def measure_load(dsn: str, games: int, seconds: int) -> Latencies:
    """One commit a second, whatever became of the one before."""
    found, committed = Latencies(), list[tuple[datetime, float]]()
    with (
        connect(dsn, "mlb_ml:collector", autocommit=True) as own,
        connect(dsn, "mlb_ml:bench", autocommit=True) as other,
    ):
        collector = Collector(own, games)
        done = threading.Event()

        def watch() -> None:
            while not done.is_set() or committed:
                if committed:
                    _await(collector, other, *committed[0], found, patience=10.0)
                    committed.pop(0)
                else:
                    time.sleep(_LOOK_SECONDS)

        watcher = threading.Thread(target=watch)
        watcher.start()
        began = time.perf_counter()
        for number in range(seconds):
            time.sleep(max(began + number - time.perf_counter(), 0.0))
            at = collector.move()
            committed.append((at, time.perf_counter()))
        done.set()
        watcher.join()
    return found


def _await(
    collector: Collector,
    connection: psycopg.Connection[Any],
    at: datetime,
    since: float,
    found: Latencies,
    patience: float = PATIENCE,
) -> None:
    while not collector.is_priced(connection, at):
        if time.perf_counter() - since > patience:
            found.missed += 1
            return
        time.sleep(_LOOK_SECONDS)
    found.seconds.append(time.perf_counter() - since)


def read_parts(lines: Sequence[str]) -> dict[str, float]:
    """Median milliseconds of each part, of lines that the pricer logged of games that moved."""
    parts: dict[str, list[int]] = {}
    for line in lines:
        if "games that moved" in line:
            for name, spent in _PART.findall(line.partition("; ms: ")[2]):
                parts.setdefault(name, []).append(int(spent))
    return {name: statistics.median(spent) for name, spent in parts.items()}


def set_clock_on() -> None:
    """Set the demo's clock to ten minutes after its last capture."""
    use_demo_home()
    with connect(ensure_database().dsn, "mlb_ml:bench", autocommit=True) as connection:
        (newest,) = connection.execute("SELECT MAX(captured_at) FROM staging.game_sightings").fetchone() or (None,)
    if newest is None:
        raise NoStake("the demo has captured nothing: run `mlb-ml demo` first")
    (project_home() / "now").write_text((newest + timedelta(minutes=10)).isoformat())


def main(commits: int, seconds: int) -> None:
    """Print the latencies and the parts of a pricing."""
    use_demo_home()
    log = Path(DatabaseSettings.from_environment().home) / "logs" / "pricer.log"
    dsn = ensure_database().dsn
    for games in (1, 15):
        before = len(log.read_text().splitlines())
        with connect(dsn, "mlb_ml:collector", autocommit=True) as connection:
            print(f"{games:2d} games, one by one      {measure_one_by_one(connection, games, commits).summary()}")
        parts = read_parts(log.read_text().splitlines()[before:])
        print("   ms: " + ", ".join(f"{name} {spent:.0f}" for name, spent in parts.items()))
    print(f"15 games, once a second  {measure_load(dsn, 15, seconds).summary()}")


if __name__ == "__main__":
    if sys.argv[1:] == ["clock"]:
        set_clock_on()
    else:
        main(*map(int, [*sys.argv[1:3], "60", "60"][:2]))
