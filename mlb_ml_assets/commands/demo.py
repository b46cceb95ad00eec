"""`mlb-ml demo`: the main job once, on a simulated league, ending with the board.

Belongs here: the order of the demonstration and its messages.
Not here: the league (simulation/), the work of each step (assets/, commands/materialize.py).
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

import numpy as np
import psycopg
from rich.console import Console
from rich.table import Table

from mlb_ml_assets.commands.demo_home import enter_demo_home
from mlb_ml_assets.commands.materialize import execute, plan
from mlb_ml_assets.commands.promotion import promote_challenger
from mlb_ml_assets.commands.show_board import show_board
from mlb_ml_assets.domain.clock import SIMULATED_NOW
from mlb_ml_assets.flows.history_import import import_history
from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.serving.ratings import rating_of
from mlb_ml_assets.simulation.demo import DEMO_SOURCES, DemoLeague, demo_league
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.stack.environment import dagster_instance, environment
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.player_ratings import read_newest_ratings
from mlb_ml_assets.warehouse.settings import project_home

_SHOWN = 5
_NOTE = (
    "A simulated league: results and prices are invented. Real seasons: mlb-ml start. "
    "Look around in this one: mlb-ml --demo up"
)


def run_demo() -> None:
    """Import simulated archives, ingest live days over HTTP, run every job, and print the board."""
    console = Console()
    console.print("[bold]A simulated league[/bold], from its archives to today's stakes. Nothing in it is real.")
    enter_demo_home(now=_league_clock())
    with _step(console, "embedded database"):
        settings = ensure_database()
    with _step(console, "simulated league"):
        league = demo_league(project_home(), players=True)
    with connect(settings.dsn, application_name="mlb_ml:demo", autocommit=True) as connection:
        with _step(console, "archives in"):
            import_history(connection, [league.bundle_folder])
        with _step(console, f"{len(league.live_days)} live days in, from their sources over HTTP"):
            collect_live_days(connection, league)
    first = league.league.config.first_day
    from mlb_ml_assets.definitions import build_definitions

    with dagster_instance() as instance:
        for result in execute(plan(first, league.today), build_definitions(), instance, on_step=lambda _: None):
            console.print(f"  {result.step.season} {result.step.job}: {result.seconds:.1f} s")
    promote_challenger(force=False)
    with connect(settings.dsn, application_name="mlb_ml:demo", autocommit=True) as connection:
        print_ratings(connection, league, console)
    show_board(league.today, as_json=False, note=_NOTE)


def _league_clock() -> str:
    from mlb_ml_assets.simulation.config import SimulationConfig

    return SimulationConfig().now.isoformat()


def collect_live_days(connection: psycopg.Connection[Any], league: DemoLeague) -> None:
    """Fetch every source at each of a collector's rounds, as it would have answered then."""
    with league.server() as server, environment(server.environment()):
        for at in league.rounds():
            server.clock = at
            with environment({SIMULATED_NOW: at.isoformat()}):
                for day in _collected_days(league, at):
                    for source in DEMO_SOURCES:
                        ingest(connection, source, day).raise_if_stopped()


def print_ratings(connection: psycopg.Connection[Any], league: DemoLeague, console: Console) -> None:
    """Print the best batters by rating beside their true skill, and how well all ratings agree with the truth."""
    roster = league.league.roster
    skill = dict(zip(roster.batter_ids.ravel().tolist(), roster.batter_skill[-1].ravel().tolist(), strict=True))
    rows = [
        (rating_of(row).runs_per_100 or 0.0, row["full_name"], skill[int(row["player_id"])])
        for row in read_newest_ratings(connection, "batter")
        if row["player_id"].isdigit() and int(row["player_id"]) in skill
    ]
    if len(rows) < _SHOWN:
        return
    table = Table(title="Batters by rating, and the truth that only a simulated league knows", title_justify="left")
    for name in ("Batter", "Runs per 100 PA", "True skill, sd"):
        table.add_column(name, justify="left" if name == "Batter" else "right")
    spread = float(np.std([true for _, _, true in rows]))
    for rated, name, true in sorted(rows, reverse=True)[:_SHOWN]:
        table.add_row(name, f"{rated:+.2f}", f"{true / spread:+.1f}")
    agreement = np.corrcoef([rated for rated, _, _ in rows], [true for _, _, true in rows])[0, 1]
    table.caption = f"correlation of rating and truth over {len(rows)} batters: {agreement:.2f}"
    console.print(table)


def _collected_days(league: DemoLeague, at: datetime) -> list[date]:
    """Yesterday for results, today, tomorrow."""
    today = at.astimezone(league.now.tzinfo).date()
    return [day for day in league.live_days if abs((day - today).days) <= 1]


@contextmanager
def _step(console: Console, what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    console.print(f"  {what}: {time.monotonic() - began:.1f} s")
