"""A day's work in databases of different sizes: what a pricing, the pages, an ingest and upkeep cost in each.

Belongs here: the same work in turns in two copies of the demo's database, processor and wall time, their ratios.
Not here: filling the copies (older_seasons.py), single statements (asof.py), pages read (live/test_plans.py).

`python -m benchmarks.sizes SMALL LARGE [TURNS]` after `mlb-ml demo` and, for each of the two,
`python -m benchmarks.older_seasons NAME QUOTES`.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from benchmarks.ingest import made_quotes
from benchmarks.quote_to_stake import Collector, enter_ten_minutes_later
from benchmarks.warm_pricer import price_moves
from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.live.pricing import Pricer, Pricing
from mlb_ml_assets.sources.catalogue import SOURCES
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.arrivals import read_waiting
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.live_quotes import write_quotes

PRICINGS = 5
REQUESTS = 3
_PAGES = (
    "/", "/games/{game}", "/api/v2/slates/{day}", "/api/v2/games/{game}/movement", "/api/v2/games/{game}/quotes",
    "/api/v2/predictions/today", "/api/v2/exposure",
)  # fmt: skip


class Spent:
    """Wall and processor seconds by the name of the work: of this process and of the server's for its database."""

    def __init__(self, name: str) -> None:
        self.found: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._connection = connect(ensure_database().dsn_of("postgres"), "mlb_ml:bench", autocommit=True)
        self._name = name

    @contextmanager
    def on(self, what: str) -> Iterator[None]:
        """What the block costs."""
        own, server, began = time.process_time(), self._of_the_server(), time.perf_counter()
        yield
        wall = time.perf_counter() - began
        self.found[what].append((wall, time.process_time() - own + self._of_the_server() - server))

    def _of_the_server(self) -> float:
        rows = self._connection.execute("SELECT pid FROM pg_stat_activity WHERE datname = %s", (self._name,)).fetchall()
        spent = 0.0
        for (process,) in rows:
            with suppress(FileNotFoundError):
                spent += int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9
        return spent


def measure_pricings(spent: Spent, dsn: str) -> None:
    """A pricing of the whole day, then of one game and of fifteen whose prices moved."""
    with (
        connect(dsn, "mlb_ml:collector", autocommit=True) as other,
        connect(dsn, "mlb_ml:pricer", autocommit=True) as own,
    ):
        pricer = Pricer(own)
        with spent.on("pricing, the whole day, cold"):
            pricer.price(read_waiting(own))
        for games in (1, 15):

            def price(games: int = games) -> Pricing:
                with spent.on(f"pricing, {games} games moved"):
                    return pricer.price(read_waiting(own))

            price_moves(pricer, own, Collector(other, games), warm=1, counted=PRICINGS, price=price)


def measure_requests(spent: Spent, dsn: str) -> None:
    """Each page and answer of a day, of an API that has nothing in memory yet."""
    from fastapi.testclient import TestClient

    from mlb_ml_assets.serving.app import build_app
    from mlb_ml_assets.serving.database import ReadDatabase
    from mlb_ml_assets.serving.settings import ServingSettings

    settings = ServingSettings(allowed_hosts=("testserver",), requests_per_minute=1_000_000)
    with connect(dsn, "mlb_ml:bench", autocommit=True) as connection:
        ((game,),) = connection.execute(
            "SELECT MAX(game_id) FROM curated.ml_recommendations WHERE terms_game_date = %s", (today(),)
        ).fetchall()
    for path in _PAGES:
        for number in range(-1, REQUESTS):
            reads = ReadDatabase(settings.connections, settings.statement_timeout_ms, dsn=lambda: dsn)
            with TestClient(build_app(settings, database=reads)) as client:
                # Its sessions are open, as they are before somebody looks.
                client.get("/api/v2/slates")
                with spent.on(path) if number >= 0 else nullcontext():
                    answer = client.get(path.format(day=today(), game=game))
                assert answer.status_code == 200, f"{path}: {answer.text}"
            reads.close()


def measure_ingest(spent: Spent, dsn: str) -> None:
    """Prices of a board into the table of other programs and into the months of ours; rolled back."""
    quotes = [(1, place, quote) for place, quote in enumerate(made_quotes(8_000_000))][:10_000]
    with connect(dsn, "mlb_ml:bench", autocommit=True) as connection:
        for source in ("action_network", "the_odds_api"):
            for number in range(-1, REQUESTS):
                with (
                    connection.transaction(force_rollback=True),
                    spent.on(f"ingest, {source}") if number >= 0 else nullcontext(),
                ):
                    write_quotes(connection, source, quotes, SOURCES[source].quotes_table)


def measure_upkeep(spent: Spent, dsn: str) -> None:
    """A pass of the weekly upkeep after another one."""
    from mlb_ml_assets.flows.upkeep import run_upkeep

    with connect(dsn, "mlb_ml:bench", autocommit=True) as connection:
        with spent.on("upkeep, after this day's work"):
            run_upkeep(connection)
        with spent.on("upkeep, once more"):
            run_upkeep(connection)


def measure(name: str) -> None:
    """Print what each work costs in one database, as JSON: medians of wall and processor seconds."""
    enter_ten_minutes_later()
    os.environ["POSTGRES_DB"] = name
    dsn = ensure_database().dsn
    spent = Spent(name)
    for work in (measure_pricings, measure_requests, measure_ingest, measure_upkeep):
        work(spent, dsn)
    print(
        json.dumps(
            {
                what: [statistics.median(column) for column in zip(*found, strict=True)]
                for what, found in spent.found.items()
            }
        )
    )


def compare(small: str, large: str, turns: int) -> None:
    """Measure both in turns of A, B, B, A, each in a process of its own, and print medians and ratios."""
    found: dict[str, dict[str, list[list[float]]]] = {small: defaultdict(list), large: defaultdict(list)}
    for turn in range(turns):
        for name in (small, large) if turn % 2 == 0 else (large, small):
            command = [sys.executable, "-m", __spec__.name, name]
            answer = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.splitlines()[-1])  # noqa: S603
            for what, spent in answer.items():
                found[name][what].append(spent)
            print(f"{name}: load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    print(f"{'ms':<40} {small + ' wall':>14} {large + ' wall':>14} {'ratio':>6} {'CPU':>8} {'CPU':>8} {'ratio':>6}")
    for what in found[small]:
        (wall, cpu), (large_wall, large_cpu) = (
            [1e3 * statistics.median(column) for column in zip(*found[name][what], strict=True)]
            for name in (small, large)
        )
        print(
            f"{what:<40} {wall:>14.1f} {large_wall:>14.1f} {large_wall / wall:>6.2f} {cpu:>8.1f} {large_cpu:>8.1f} "
            f"{large_cpu / cpu:>6.2f}"
        )


def main(arguments: Sequence[str]) -> None:
    """Measure one database, or compare two."""
    if len(arguments) == 1:
        measure(arguments[0])
    else:
        compare(arguments[0], arguments[1], int([*arguments[2:], "2"][0]))


if __name__ == "__main__":
    main(sys.argv[1:])
