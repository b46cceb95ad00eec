"""The numbers behind a stake, and the way of a new price to it.

Belongs here: joint distributions of a slate beside numpy's outer products, margins off many prices beside a division.
Not here: that way itself (new_quote.py), waiting for Dagster's daemon and the sensor.
"""

import numpy as np

from benchmarks import new_quote
from benchmarks.figures import Figure, side_by_side
from benchmarks.scratch import Scratch
from mlb_ml_assets.modeling.run_distribution import joint_pmf, negative_binomial
from mlb_ml_assets.modeling.run_rules import rules_for
from mlb_ml_assets.pricing.devig import devig_two_way

GAMES, MARKETS = 15, 100_000


def measure(scratch: Scratch) -> list[Figure]:
    """Seconds from a new quote to its stake; milliseconds a slate of 15 games, and of 100,000 two-sided prices."""
    chance = np.random.default_rng(3)
    home, away = chance.uniform(3, 6, (2, GAMES))
    rules = rules_for(2024, "regular", 9)
    first, second = chance.uniform(1.85, 2.0, (2, MARKETS))

    def outer() -> None:
        np.einsum("ni,nj->nij", negative_binomial(home, 3.5), negative_binomial(away, 3.4))

    def plain() -> None:
        (1 / first) / (1 / first + 1 / second)

    joint, bare = side_by_side(lambda: joint_pmf(home, away, rules), outer, 10)
    margin, division = side_by_side(lambda: devig_two_way(first, second), plain, 10)
    return [
        *new_quote.measure(scratch),
        Figure("slate", f"joint distribution of runs, {GAMES} games", "ms", 1e3 * joint, 1e3 * bare,
            "outer product of two negative binomials", note="ninths not played, walk-offs, extra innings"),
        Figure("slate", f"margin off {MARKETS:,} two-sided prices (Shin)", "ms", 1e3 * margin, 1e3 * division,
            "proportional, numpy alone"),
    ]  # fmt: skip
