"""What one pricing costs in a warm process: its parts, and the CPU of this process, which other load changes little.

Belongs here: the resident pricer in this process on the demo's league, prices moved beside it, a profile.
Not here: the way of a price through the stack's processes (quote_to_stake.py).

`python -m benchmarks.pricing_cycle [PRICINGS] [GAMES ...]`, after `mlb-ml demo` and without `mlb-ml --demo up`. With
PROFILE=FILE, cProfile's statistics of the pricings are written there.
"""

import cProfile
import os
import statistics
import sys
import time
from collections.abc import Sequence

from benchmarks.quote_to_stake import Collector, enter_ten_minutes_later
from benchmarks.warm_pricer import price_moves
from mlb_ml_assets.live.pricing import Pricer, Pricing
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.arrivals import read_waiting
from mlb_ml_assets.warehouse.connection import connect


def measure(pricings: int, games: int) -> None:
    """Print medians of wall time, of this process's CPU time and of each part, in milliseconds."""
    dsn = ensure_database().dsn
    walls, cpus, parts = list[float](), list[float](), dict[str, list[float]]()
    profile = cProfile.Profile()
    with (
        connect(dsn, "mlb_ml:collector", autocommit=True) as other,
        connect(dsn, "mlb_ml:pricer", autocommit=True) as own,
    ):
        pricer, collector = Pricer(own), Collector(other, games)

        def price() -> Pricing:
            waiting = read_waiting(own)
            wall, cpu = time.perf_counter(), time.process_time()
            pricing: Pricing = (
                profile.runcall(pricer.price, waiting) if "PROFILE" in os.environ else pricer.price(waiting)
            )
            cpus.append(1000 * (time.process_time() - cpu))
            walls.append(1000 * (time.perf_counter() - wall))
            for part, spent in pricing.milliseconds.items():
                parts.setdefault(part.rsplit("/")[-1], []).append(spent)
            return pricing

        price_moves(pricer, own, collector, warm=2, counted=pricings, price=price)
    if "PROFILE" in os.environ:
        profile.dump_stats(os.environ["PROFILE"])
    shares = ", ".join(f"{part} {statistics.median(spent):.0f}" for part, spent in parts.items())
    tail = statistics.quantiles(walls, n=20)[-1]
    print(
        f"{games:2d} games: wall p50 {statistics.median(walls):.0f} p95 {tail:.0f} ms, "
        f"CPU p50 {statistics.median(cpus):.0f} ms ({pricings} pricings; {shares})"
    )


def main(arguments: Sequence[str]) -> None:
    """Measure one game and fifteen, or what is asked for."""
    enter_ten_minutes_later()
    pricings, *games = map(int, arguments or ["40"])
    for number in games or (1, 15):
        measure(pricings, number)


if __name__ == "__main__":
    main(sys.argv[1:])
