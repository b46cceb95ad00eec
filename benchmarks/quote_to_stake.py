"""How long a committed price takes to its stake, through the stack as `mlb-ml --demo up` runs it.

Belongs here: committing prices as an outside collector would, waiting for their stakes, and where the time went.
Not here: the steps themselves. Run it as `python -m benchmarks.quote_to_stake [TIMES]`; it works on the
demo's simulated league and refuses any other database.
"""

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psycopg

from mlb_ml_assets.commands.demo_home import use_demo_home
from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import connect

PATIENCE = 300
# The last game whose prices are all older than the demo's now: our newer ones are then in effect.
_GAME = """
    SELECT i.source_game_id FROM curated.enhanced_games AS g
    JOIN curated.game_identity AS i ON i.game_id = g.id AND i.source = 'action_network'
    JOIN staging.action_network_odds_historical AS q ON q.external_game_id = i.source_game_id
    WHERE g.game_datetime > %(now)s + INTERVAL '65 minutes' AND g.game_status = 'scheduled'
    GROUP BY g.id, i.source_game_id HAVING MAX(q.updated_at) < %(now)s
    ORDER BY MAX(g.game_datetime) DESC LIMIT 1
"""
# Every book moves its moneyline by a few cents, each to a price it had not shown.
_MOVE = """
    INSERT INTO staging.action_network_odds_historical
        (external_game_id, sportsbook_external_id, market_type, side, odds, updated_at, data_collection_time)
    SELECT DISTINCT ON (sportsbook_external_id, side) external_game_id, sportsbook_external_id, market_type, side,
        CASE WHEN odds > 0 THEN odds + 2 ELSE odds - 2 END, %(at)s, %(at)s
    FROM staging.action_network_odds_historical
    WHERE external_game_id = %(game)s AND market_type = 'moneyline' AND updated_at < %(at)s
    ORDER BY sportsbook_external_id, side, updated_at DESC
"""
_RUN = """
    SELECT r.run_id FROM dagster.runs AS r JOIN dagster.run_tags AS t USING (run_id)
    WHERE r.pipeline_name = 'slate' AND t.key = 'dagster/sensor_name' AND r.create_timestamp > %s
    ORDER BY r.id LIMIT 1
"""
_EVENTS = """
    SELECT dagster_event_type, step_key, timestamp FROM dagster.event_logs WHERE run_id = %s
        AND (dagster_event_type IN ('PIPELINE_ENQUEUED', 'PIPELINE_START', 'STEP_START')
            OR dagster_event_type = 'STEP_SUCCESS' AND step_key = 'curated__ml_recommendations')
    ORDER BY id
"""


class NoStake(RuntimeError):
    """No stake came within PATIENCE seconds, or the demo has no game left to price."""


@dataclass(frozen=True)
class StakePath:
    """Seconds since the commit at which each part of the path ended, in order; the last is the stake."""

    ends: dict[str, float]

    def parts(self) -> Iterator[tuple[str, float]]:
        """How long each part took."""
        before = 0.0
        for name, end in self.ends.items():
            yield name, end - before
            before = end

    @property
    def seconds(self) -> float:
        """From the commit to the stored stake."""
        return max(self.ends.values())


def measure(times: int) -> list[StakePath]:
    """Move the price of one game `times` times, each after the stake of the one before, and time each way.

    Raises:
        NoStake: see there.
    """
    with connect(ensure_database().dsn, "mlb_ml:quote_to_stake", autocommit=True) as connection:
        row = connection.execute(_GAME, {"now": present()}).fetchone()
        if row is None:
            raise NoStake("no game of the demo starts later than 65 minutes from its now: run `mlb-ml demo` again")
        return [_one(connection, *row) for _ in range(times)]


def _one(connection: psycopg.Connection[Any], listing: str) -> StakePath:
    (newest,) = _row(
        connection,
        "SELECT MAX(updated_at) FROM staging.action_network_odds_historical "
        "WHERE external_game_id = %s AND updated_at < %s",
        (listing, present()),
    )
    # The demo's clock does not move: stamps grow by halves of what is left before it.
    connection.execute(_MOVE, {"at": newest + (present() - newest) / 2, "game": listing})
    committed = time.time()
    while (way := way_since(connection, committed)) is None:
        if time.time() - committed > PATIENCE:
            raise NoStake(f"no stake within {PATIENCE} s: is `mlb-ml --demo up` running, and its sensor new_odds on?")
        time.sleep(0.5)
    return way


def way_since(connection: psycopg.Connection[Any], committed: float) -> StakePath | None:
    """The path of the first run that the sensor requested after an instant; None until its stakes are stored."""
    run = connection.execute(_RUN, (datetime.fromtimestamp(committed, UTC).replace(tzinfo=None),)).fetchone()
    at: dict[str, float] = {}
    for kind, step, stamp in connection.execute(_EVENTS, run) if run is not None else ():
        name = f"step {step}" if kind == "STEP_START" else kind
        at.setdefault(name, stamp.replace(tzinfo=UTC).timestamp() - committed)
    if "STEP_SUCCESS" not in at:
        return None
    return StakePath(
        {
            "until a tick of new_odds requested a run": at["PIPELINE_ENQUEUED"],
            "run queue, process, loading Dagster and the code location": at["PIPELINE_START"],
            "until its first step": min(end for name, end in at.items() if name.startswith("step ")),
            "its steps, to the stored stake": at["STEP_SUCCESS"],
        }
    )


def _row(connection: psycopg.Connection[Any], statement: str, parameters: tuple[object, ...]) -> tuple[Any, ...]:
    row = connection.execute(statement, parameters).fetchone()
    if row is None:
        raise NoStake(f"no row: {statement.strip()}")
    return tuple(row)


def main(times: int) -> None:
    """Print each way, and the mean of each part."""
    use_demo_home()
    ways = measure(times)
    for name in ways[0].ends:
        each = [dict(way.parts())[name] for way in ways]
        print(f"{name:62s} {sum(each) / len(each):6.1f} s   ({', '.join(f'{one:.1f}' for one in each)})")
    totals = [way.seconds for way in ways]
    print(f"{'from the commit to the stake':62s} {sum(totals) / len(totals):6.1f} s   "
          f"({', '.join(f'{one:.1f}' for one in totals)})")  # fmt: skip


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 3)
