"""How long a committed price takes to its stake, through the stack as `mlb-ml --demo up` runs it.

Belongs here: committing prices as an outside collector would, waiting for their stakes, where the time went.
Not here: the steps themselves. It works on the demo's simulated league and refuses any other database.

`python -m benchmarks.quote_to_stake up` starts the demo's stack ten minutes after its last capture and without its own
collectors, whose captures at its unmoving present would hide every price that can be written. Beside it runs
`python -m benchmarks.quote_to_stake [COMMITS] [SECONDS]`. A commit is answered once forecasts and stakes of a decision
at its very stamp are stored, at the odds that it wrote. One that is not ends the benchmark without a figure; of a
commit a second it is counted as missed.
"""

import os
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
from mlb_ml_assets.domain.clock import SIMULATED_NOW, present
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.stack.service_list import declared_services
from mlb_ml_assets.stack.services import up
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.settings import DEMO_CLOCK, DatabaseSettings, project_home

PATIENCE = 30.0
_LOOK_SECONDS = 0.01
# Room for stamps after the last capture.
_AHEAD = timedelta(minutes=10)
# Games whose cutoff is still ahead at the demo's now, and until when their prices are known.
_GAMES = """
    SELECT i.source_game_id,
        GREATEST(
            MAX(q.updated_at), MAX(q.data_collection_time),
            (
                SELECT MAX(o.captured_at) FROM staging.quote_observations AS o
                WHERE o.source = i.source AND o.source_game_id = i.source_game_id
            )
        )
    FROM curated.enhanced_games AS g
    JOIN curated.game_identity AS i ON i.game_id = g.id AND i.source = 'action_network'
    JOIN staging.action_network_odds_historical AS q ON q.external_game_id = i.source_game_id
    WHERE g.game_datetime > %(now)s + INTERVAL '65 minutes' AND g.game_status = 'scheduled'
        AND q.market_type = 'moneyline'
    GROUP BY g.id, i.source, i.source_game_id
    ORDER BY MAX(g.game_datetime), i.source_game_id LIMIT %(most)s
"""
# Every book moves its moneyline by a few cents away from even and back, in turns: always to another price.
_MOVE = """
    INSERT INTO staging.action_network_odds_historical
        (external_game_id, sportsbook_external_id, market_type, side, odds, updated_at, data_collection_time)
    SELECT DISTINCT ON (external_game_id, sportsbook_external_id, side)
        external_game_id, sportsbook_external_id, market_type, side,
        CASE WHEN odds > 0 THEN odds + %(cents)s ELSE odds - %(cents)s END, %(at)s, %(at)s
    FROM staging.action_network_odds_historical
    WHERE external_game_id = ANY(%(games)s) AND market_type = 'moneyline' AND updated_at < %(at)s
    ORDER BY external_game_id, sportsbook_external_id, side, updated_at DESC
"""
# Games whose line in effect is of that stamp or later, with a forecast at it and stakes on both clubs; those at a book
# that moved are at the odds that the move wrote. Both may be at books of the other source, which do not move.
_ANSWERED = """
    SELECT COUNT(*)
    FROM UNNEST(%(games)s::VARCHAR[]) AS moved (listing)
    JOIN curated.game_identity AS i ON i.source = 'action_network' AND i.source_game_id = moved.listing
    JOIN curated.market_lines AS l
        ON l.game_id = i.game_id AND l.stage = 'lineup' AND l.market_type = 'moneyline' AND l.known_at >= %(at)s
    CROSS JOIN LATERAL (
        SELECT p.id
        FROM curated.ml_feature_vectors AS v
        JOIN curated.ml_predictions AS p ON p.feature_vector_id = v.id
        WHERE v.game_id = i.game_id AND v.feature_cutoff_time >= %(at)s
        ORDER BY v.feature_cutoff_time DESC
        LIMIT 1
    ) AS p
    CROSS JOIN LATERAL (
        SELECT COUNT(*) AS sides, COUNT(*) FILTER (WHERE r.quoted_at >= %(at)s AND h.odds = r.odds) AS answers,
            COUNT(*) FILTER (WHERE r.book LIKE 'action_network:%%') AS moved
        FROM curated.ml_recommendations AS r
        LEFT JOIN staging.action_network_odds_historical AS h
            ON h.external_game_id = moved.listing AND r.book = 'action_network:' || h.sportsbook_external_id
            AND h.market_type = r.market_type AND h.side = r.side AND h.updated_at = r.quoted_at
        WHERE r.prediction_id = p.id AND r.market_type = 'moneyline'
    ) AS r
    WHERE r.sides = 2 AND r.answers = r.moved
"""
_PART = re.compile(r"([a-z_]+) (\d+)")


class NoStake(RuntimeError):
    """Prices of the demo cannot be moved, or no stakes at them were stored."""


@dataclass
class Latencies:
    """Seconds from each commit to its last stored stake, and commits whose stakes did not come in time."""

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
    """An outside program that moves prices. The demo's clock does not move: stamps go on in thousandths of a second.

    Raises:
        NoStake: too few games, or captures leave no room for newer prices.
    """

    def __init__(self, connection: psycopg.Connection[Any], games: int) -> None:
        self.connection = connection
        rows = connection.execute(_GAMES, {"now": present(), "most": games}).fetchall()
        if len(rows) < games:
            raise NoStake(f"{len(rows)} games of the demo can still be priced, {games} are needed: `mlb-ml demo` again")
        newest = max(known_at for _, known_at in rows)
        if newest >= present():
            raise NoStake(
                f"prices were captured until {newest}, the demo's present: nothing newer can be in effect. "
                "Start its stack by `python -m benchmarks.quote_to_stake up`"
            )
        self.games = [listing for listing, _ in rows]
        self._stamps = _stamps(newest)
        self._cents = -3

    def move(self) -> datetime:
        """Commit one move of every game; its stamp, which is the as-of time of the decisions that answer it."""
        at, self._cents = next(self._stamps), -self._cents
        self.connection.execute(_MOVE, {"at": at, "games": self.games, "cents": self._cents})
        return at

    def is_answered(self, connection: psycopg.Connection[Any], at: datetime) -> bool:
        """Whether the stakes of every game are stored that answer the prices of `at`, or newer ones."""
        row = connection.execute(_ANSWERED, {"games": self.games, "at": at}).fetchone()
        return row == (len(self.games),)


def _stamps(after: datetime) -> Iterator[datetime]:
    step = (present() - after) / 100_000
    number = 0
    while True:
        number += 1
        yield after + number * step


def measure_one_by_one(connection: psycopg.Connection[Any], games: int, commits: int) -> Latencies:
    """Move the prices of some games, each time after the stakes of the time before.

    Raises:
        NoStake: after PATIENCE seconds; a figure without that commit would be false.
    """
    collector, found = Collector(connection, games), Latencies()
    for _ in range(commits):
        at = collector.move()
        _await(collector, connection, at, time.perf_counter(), found, PATIENCE)
        if found.missed:
            raise NoStake(f"no stakes at the prices of {at} after {PATIENCE:.0f} s: see logs/pricer.log")
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
    patience: float,
) -> None:
    while not collector.is_answered(connection, at):
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


def enter_ten_minutes_later() -> None:
    """Use the demo's home, for this process and its children ten minutes after its last capture.

    Raises:
        NoStake: there is no capture.
    """
    use_demo_home()
    with connect(ensure_database().dsn, "mlb_ml:bench", autocommit=True) as connection:
        (newest,) = connection.execute("SELECT MAX(captured_at) FROM staging.game_sightings").fetchone() or (None,)
    if newest is None:
        raise NoStake("the demo has captured nothing: run `mlb-ml demo` first")
    now = (newest + _AHEAD).isoformat()
    (project_home() / DEMO_CLOCK).write_text(now)
    os.environ[SIMULATED_NOW] = now


def start_stack() -> None:
    """Run the demo's stack, ten minutes after its last capture, until Ctrl-C."""
    enter_ten_minutes_later()
    # Without the league's service, and so without the variables that have the stack collect from it.
    up(declare=declared_services)


def main(commits: int, seconds: int) -> None:
    """Print the latencies, the parts of a pricing, and the load."""
    use_demo_home()
    log = Path(DatabaseSettings.from_environment().home) / "logs" / "pricer.log"
    dsn = ensure_database().dsn
    for games in (1, 15):
        before = len(log.read_text().splitlines())
        with connect(dsn, "mlb_ml:collector", autocommit=True) as connection:
            print(f"{games:2d} games, one by one      {measure_one_by_one(connection, games, commits).summary()}")
        parts = read_parts(log.read_text().splitlines()[before:])
        print("   ms: " + ", ".join(f"{name} {spent:.0f}" for name, spent in parts.items()))
    before = len(log.read_text())
    print(f"15 games, once a second  {measure_load(dsn, 15, seconds).summary()}")
    print(f"   errors: {log.read_text()[before:].count('Traceback')}; load average {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    if sys.argv[1:] == ["up"]:
        start_stack()
    else:
        main(*map(int, [*sys.argv[1:3], "60", "60"][:2]))
