"""Everything from staging to performance: a simulated league's seasons with live quotes, through the project's jobs.

Belongs here: making the league and its quotes, running the jobs in a process of their own, where the time goes.
Not here: the jobs (commands/materialize.py), Dagster's event log, which is kept in memory here.
"""

import json
import os
import subprocess
import sys
import tempfile
from datetime import date
from pathlib import Path

from rich.console import Console

from benchmarks.figures import Figure, seconds_of
from benchmarks.league_odds import add_league_odds, add_league_records
from benchmarks.scratch import Scratch
from mlb_ml_assets.simulation.bundle import write_bundle
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import simulate_league

LAST_SEASON = 2024
SEASON_DAYS = 181
ROWS_PER_SEASON = 35_000_000 / 12
GOAL_SECONDS, AIM_SECONDS, GOAL_MB = 600, 240, 3072


def measure(scratch: Scratch) -> list[Figure]:
    """Seconds and memory of as many seasons as the scale has rows for, at least two: the first one only warms up."""
    progress = Console(stderr=True)
    seasons = max(2, round(scratch.rows / ROWS_PER_SEASON))
    config = SimulationConfig(
        first_day=date(LAST_SEASON - seasons + 1, 4, 1), today=date(LAST_SEASON, 9, 26), season_days=SEASON_DAYS
    )
    with tempfile.TemporaryDirectory(prefix="mlb_ml-bench-") as folder:
        imported = seconds_of(lambda: import_league(scratch, config, Path(folder) / "league"))
        progress.print(f"league of {seasons} seasons made and imported: {imported:.0f} s", style="dim")
        rows, made = add_league_odds(scratch.settings.dsn, scratch.rows)
        progress.print(f"{rows:,} quotes made: {made:.0f} s", style="dim")
        results = _run(scratch, config, Path(folder))
    return _figures(results, seasons, rows)


def import_league(scratch: Scratch, config: SimulationConfig, folder: Path) -> None:
    """The seasons of a simulated league as an archive, and a live record of each game, linked."""
    from mlb_ml_assets.flows.history_import import import_history

    write_bundle(simulate_league(config), folder)
    with scratch.connect() as connection:
        import_history(connection, [folder])
        add_league_records(scratch.settings.dsn)
        # Linked here once, because quotes are made from the linked games' prices; the measured run links again.
        from mlb_ml_assets.warehouse.games import build_enhanced_games

        for season in config.seasons:
            with connection.transaction():
                build_enhanced_games(connection, date(season, 1, 1), date(season, 12, 31))
        connection.execute("VACUUM (ANALYZE)")


def _run(scratch: Scratch, config: SimulationConfig, folder: Path) -> dict:
    command = [sys.executable, "-m", "benchmarks.chain_process", str(config.first_day), str(config.today)]
    variables = scratch.environment() | {"MLFLOW_DEFAULT_ARTIFACT_ROOT": (folder / "artifacts").as_uri()}
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MLFLOW_")}
    done = subprocess.run(command, env=environment | variables, stdout=subprocess.PIPE, check=True, text=True)  # noqa: S603
    return json.loads(done.stdout.splitlines()[-1])


def _figures(results: dict, seasons: int, rows: int) -> list[Figure]:
    aside = results["seconds"] - results["event_seconds"]
    jobs = ", ".join(f"{job} {seconds:.0f} s" for job, seconds in results["jobs"].items())
    counts = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in results["counts"].items())
    size = f"{seasons} seasons, {rows / 1e6:.1f}M quotes"
    whole = rows > 0.8 * ROWS_PER_SEASON * 12
    return [
        Figure("whole", f"{size}: staging to performance", "s", aside, None, "", GOAL_SECONDS if whole else None,
            AIM_SECONDS if whole else None,
            note=f"{jobs}; Dagster's events {results['event_seconds']:.0f} s beside; {counts}"),
        Figure("whole", f"{size}: CPU of our processes", "s", results["cpu_seconds"], None, "",
            note="the server's and the wait for it come on top"),
        Figure("whole", f"{size}: peak memory", "MB", results["peak_mb"], None, "", GOAL_MB),
    ]  # fmt: skip
