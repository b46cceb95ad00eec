"""Our as-of prices, walk-forward, margins and stakes beside the libraries that one would take instead.

Belongs here: margins and stakes through each, answers compared before times are.
Not here: prices (others_asof.py), the walk-forward (others_walk_forward.py); installing the others: pip install
'mlb-ml-assets[bench-others]'.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.agreement import agree
from benchmarks.figures import Figure, side_by_side
from benchmarks.others_asof import compare_asof, need
from benchmarks.others_walk_forward import compare_walk_forward
from benchmarks.scratch import Scratch
from mlb_ml_assets.betting.expected_value import Outcomes
from mlb_ml_assets.betting.kelly import kelly_single
from mlb_ml_assets.betting.slate_growth import slate_growth
from mlb_ml_assets.betting.slate_optimum import maximize_growth
from mlb_ml_assets.betting.slate_scenarios import GameScenarios
from mlb_ml_assets.pricing.devig import devig_two_way

MARKETS = 2_000
PACKAGES = ("pandas", "polars", "duckdb", "sportsbet", "penaltyblog")


def measure(scratch: Scratch) -> list[Figure]:
    """Ours beside each of the others, as ours / theirs.

    Raises:
        PackageMissing: one of the others is not installed.
        AnotherAnswer: an answer differs.
    """
    need(PACKAGES)
    return [*compare_asof(scratch), compare_walk_forward(), *_margins_and_stakes()]


def _margins_and_stakes() -> list[Figure]:
    from penaltyblog.betting import kelly_criterion, multiple_kelly_criterion
    from penaltyblog.implied import calculate_implied

    chance = np.random.default_rng(3)
    first, second = chance.uniform(1.7, 2.05, (2, MARKETS))
    second = np.clip(1 / (1.04 - 1 / first), 1.2, None)
    figures = []

    def theirs() -> list[float]:
        pairs = zip(first, second, strict=True)
        return [calculate_implied([one, two], method="shin").probabilities[0] for one, two in pairs]

    def ours() -> Any:
        return devig_two_way(first, second)

    agree("vig removal", ours(), theirs(), 1e-6)
    figures.append(_pair(f"vig of {MARKETS:,} markets, Shin", ours, theirs))
    chances = np.clip(1 / first + chance.normal(0, 0.05, MARKETS), 0.05, 0.95)

    def single() -> Any:
        return kelly_single(Outcomes(chances, np.zeros(MARKETS), 1 - chances), first)

    def single_theirs() -> Any:
        return kelly_criterion(first, chances).stake

    agree("Kelly of single bets", single(), single_theirs())
    figures.append(_pair(f"Kelly of {MARKETS:,} single bets", single, single_theirs))
    prices, outcomes = np.array([2.2, 3.6, 4.4]), np.array([0.5, 0.28, 0.22])
    returns = np.diag(prices) - 1.0

    def event() -> Sequence[float]:
        return list(maximize_growth(slate_growth([GameScenarios(outcomes, returns)]), 0.99).stakes)

    def event_theirs() -> Sequence[float]:
        return multiple_kelly_criterion(prices, outcomes).stakes

    mine, other = (_growth(stakes, prices, outcomes) for stakes in (event(), event_theirs()))
    agree("growth of one event's bets", mine, other, 1e-5)
    figures.append(_pair("Kelly of one event's three bets", event, event_theirs))
    return figures


def _growth(stakes: Sequence[float], prices: Any, outcomes: Any) -> float:
    """Different stakes may grow alike where the optimum is flat, so it is the growth that must agree."""
    return float(outcomes @ np.log(1 - sum(stakes) + np.asarray(stakes) * prices))


def _pair(name: str, ours: Callable[[], object], theirs: Callable[[], object]) -> Figure:
    seconds, limit = side_by_side(ours, theirs)
    return Figure("others", name, "ms", 1e3 * seconds, 1e3 * limit, "penaltyblog", 1, 0.5)
