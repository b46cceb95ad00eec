"""From a committed quote to the numbers behind a stake: what our own code takes of it.

Belongs here: joint distributions of a slate beside numpy's outer products, margins off many prices beside a division.
Does not: Dagster's and the sensor's waiting, the database (asof.py, sensor.py).
"""

import numpy as np

from mlb_ml_assets.bench.figures import Figure, median_seconds
from mlb_ml_assets.bench.scratch import Scratch
from mlb_ml_assets.modeling.run_distribution import joint_pmf, negative_binomial
from mlb_ml_assets.modeling.run_rules import rules_for
from mlb_ml_assets.pricing.devig import devig_two_way

GAMES, MARKETS = 15, 100_000


def measure(scratch: Scratch) -> list[Figure]:  # noqa: ARG001 - needs no database
    """Milliseconds a slate of 15 games, and of 100,000 two-sided prices."""
    chance = np.random.default_rng(3)
    home, away = chance.uniform(3, 6, (2, GAMES))
    rules = rules_for(2024, "regular", 9)
    first, second = chance.uniform(1.85, 2.0, (2, MARKETS))

    def outer() -> None:
        np.einsum("ni,nj->nij", negative_binomial(home, 3.5), negative_binomial(away, 3.4))

    def plain() -> None:
        (1 / first) / (1 / first + 1 / second)

    joint = median_seconds(lambda: joint_pmf(home, away, rules), 9)
    bare = median_seconds(outer, 9)
    margin = median_seconds(lambda: devig_two_way(first, second), 9)
    division = median_seconds(plain, 9)
    return [
        Figure("slate", f"joint distribution of runs, {GAMES} games", "ms", 1e3 * joint, 1e3 * bare,
            "outer product of two negative binomials", note="ninths not played, walk-offs, extra innings"),
        Figure("slate", f"margin off {MARKETS:,} two-sided prices (Shin)", "ms", 1e3 * margin, 1e3 * division,
            "proportional, numpy alone"),
    ]  # fmt: skip
