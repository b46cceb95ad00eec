"""From a committed quote to a new stake in the tables, in one warm process.

Belongs here: a simulated league with its models, one new price at a time, and how long our own code takes of the way.
Not here: the sensor's interval, starting a run's process (docs/operations.md), the distributions alone (slate.py).
"""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from benchmarks.figures import Figure
from benchmarks.scratch import Scratch
from mlb_ml_assets.domain.clock import SIMULATED_NOW
from mlb_ml_assets.stack.environment import environment
from mlb_ml_assets.warehouse.arrivals import poll_arrivals

TIMES = 5
_QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
# A run of the sensor draws no pictures (assets/report.py).
_BY_SENSOR = {"dagster/sensor_name": "new_odds"}
# Moneylines of the day's last game, whose lineups are not known yet, a few points off, as if every book had just moved.
_MOVE = """
INSERT INTO staging.action_network_odds_historical (external_game_id, sportsbook_external_id, sportsbook_name,
    market_type, side, odds, line_value, updated_at, data_collection_time, line_status)
SELECT external_game_id, sportsbook_external_id, sportsbook_name, market_type, side,
    CASE WHEN odds BETWEEN -100 AND 100 THEN 105 ELSE odds + SIGN(odds) * 3 END, line_value,
    %(now)s::TIMESTAMPTZ - INTERVAL '1 minute' + %(turn)s * INTERVAL '1 second', %(now)s, 'normal'
FROM (
    SELECT DISTINCT ON (h.sportsbook_external_id, h.side) h.*
    FROM staging.action_network_odds_historical AS h
    JOIN curated.game_identity AS i ON i.source = 'action_network' AND i.source_game_id = h.external_game_id
    JOIN curated.enhanced_games AS e ON e.id = i.game_id
    WHERE e.game_date = %(day)s AND h.market_type = 'moneyline'
        AND e.id = (
            SELECT MAX(id) FROM curated.enhanced_games
            WHERE game_date = %(day)s AND game_datetime > %(now)s::TIMESTAMPTZ + INTERVAL '2 hours'
        )
    ORDER BY h.sportsbook_external_id, h.side, h.updated_at DESC
) AS newest
"""
_STAKES = """
SELECT COUNT(*), MAX(r.prediction_id)
FROM curated.ml_recommendations AS r
JOIN curated.enhanced_games AS e ON e.id = r.game_id
WHERE e.game_date = %s
"""


def measure(scratch: Scratch) -> list[Figure]:
    """Seconds from the poll to the stored stake: inside our steps, and with Dagster around them."""
    from mlb_ml_assets.commands.demo import collect_live_days
    from mlb_ml_assets.flows.history_import import import_history
    from mlb_ml_assets.simulation.demo import demo_league

    with tempfile.TemporaryDirectory(prefix="mlb_ml-bench-") as folder, scratch.entered():
        league = demo_league(Path(folder))
        variables = {
            SIMULATED_NOW: league.now.isoformat(),
            "MLFLOW_DEFAULT_ARTIFACT_ROOT": Path(folder, "runs").as_uri(),
        }
        with environment(variables), scratch.connect() as connection:
            import_history(connection, [league.bundle_folder])
            collect_live_days(connection, league)
            return _measured(connection, league)


def _measured(connection: psycopg.Connection[Any], league: Any) -> list[Figure]:
    import dagster as dg

    from mlb_ml_assets.commands.materialize import execute, plan
    from mlb_ml_assets.commands.promotion import promote_challenger
    from mlb_ml_assets.definitions import build_definitions

    definitions = build_definitions()
    ours, whole, used = [], [], []
    with dg.DagsterInstance.ephemeral() as instance:
        list(execute(plan(league.league.config.first_day, league.today), definitions, instance, on_step=lambda _: None))
        promote_challenger(force=False)
        job = definitions.resolve_job_def("slate")
        snapshot = poll_arrivals(connection, None).snapshot
        for turn in range(TIMES + 1):
            before = connection.execute(_STAKES, (league.today,)).fetchone()
            connection.execute(_MOVE, {"now": league.now, "day": league.today, "turn": turn})
            began, began_cpu = time.perf_counter(), time.process_time()
            arrivals = poll_arrivals(connection, snapshot)
            polled = time.perf_counter() - began
            snapshot = arrivals.snapshot
            result = job.execute_in_process(
                instance=instance, partition_key=league.today.isoformat(), run_config=_QUIET, tags=_BY_SENSOR
            )
            whole.append(time.perf_counter() - began)
            used.append(time.process_time() - began_cpu)
            steps = [event.step_success_data.duration_ms for event in result.all_events if event.is_step_success]
            ours.append(polled + sum(steps) / 1e3)
            assert result.success
            assert league.today in arrivals.quotes_by_day
            assert connection.execute(_STAKES, (league.today,)).fetchone() != before, "no new stake for a new price"
    # The first turn imports and plans what later ones have.
    seconds, around, cpu = (statistics.median(spans[1:]) for spans in (ours, whole, used))
    name = f"a quote committed to its stake stored, {len(steps)} steps"
    return [
        Figure("slate", name, "s", seconds, None, "", 2, 0.5, note="our code, warm: the poll and job slate's steps"),
        Figure("slate", "the same with Dagster around it", "s", around, None, "", note="one process, events in memory"),
        Figure("slate", "the same, CPU of our process", "s", cpu, None, "", note="what a busy machine does not change"),
    ]
