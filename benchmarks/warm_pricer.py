"""A resident pricer in this process that prices moves of a collector, warmed before the first that counts.

Belongs here: the order of moving, pricing and looking for the stakes.
Not here: what is measured (pricing_cycle.py, sizes.py), committing prices (quote_to_stake.py).
"""

import gc
from collections.abc import Callable
from typing import Any

import psycopg

from benchmarks.quote_to_stake import Collector
from mlb_ml_assets.live.pricing import Pricer, Pricing
from mlb_ml_assets.warehouse.arrivals import read_waiting


def price_moves(
    pricer: Pricer,
    own: psycopg.Connection[Any],
    collector: Collector,
    *,
    warm: int,
    counted: int,
    price: Callable[[], Pricing],
) -> None:
    """Move prices `warm` times, then `counted` times, of which `price` answers each.

    Args:
        pricer: works through `own`.
        own: its connection.
        collector: moves prices by another one.
        warm: before each of these everything that waits is priced.
        counted: in these no other fact may change.
        price: lets the pricer price what waits.

    Raises:
        AssertionError: a move is without its stakes, or a counted pricing priced every game.
    """
    for number in range(-warm, counted):
        while number < 0 and pricer.has_work(waiting := read_waiting(own)):
            pricer.price(waiting)
        if number == 0:
            # As the resident pricer does.
            gc.collect()
            gc.freeze()
        at = collector.move()
        pricing = pricer.price(read_waiting(own)) if number < 0 else price()
        assert collector.is_answered(collector.connection, at), f"no stakes at the prices of {at}"
        assert number < 0 or not pricing.is_full, "facts changed: every game was priced"
