"""Our as-of prices, walk-forward, margins and stakes beside the libraries that one would take instead.

Belongs here: the same job through each, answers compared before times are.
Does not: the queries of the others (others_asof.py); installing them: pip install 'mlb-ml-assets[bench-others]'.
"""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from mlb_ml_assets.bench.agreement import agree
from mlb_ml_assets.bench.figures import Figure, side_by_side
from mlb_ml_assets.bench.others_asof import compare_asof, need
from mlb_ml_assets.bench.scratch import Scratch
from mlb_ml_assets.betting.expected_value import Outcomes
from mlb_ml_assets.betting.kelly import kelly_single
from mlb_ml_assets.betting.slate_growth import slate_growth
from mlb_ml_assets.betting.slate_optimum import maximise_growth
from mlb_ml_assets.betting.slate_scenarios import GameScenarios
from mlb_ml_assets.modeling.linear import LogisticRegression
from mlb_ml_assets.pricing.devig import devig_two_way

# 2010-2018, a quarter of a season at a time, the first season only to learn from.
GAMES, COLUMNS, FOLDS = 9 * 2430, 60, 32
STAKE, CASH = 50.0, 1e4
MARKETS = 2_000
PACKAGES = ("pandas", "polars", "duckdb", "sportsbet", "penaltyblog")


def measure(scratch: Scratch) -> list[Figure]:
    """Ours beside each of the others, as ours / theirs.

    Raises:
        PackageMissing: one of the others is not installed.
        AnotherAnswer: an answer differs.
    """
    need(PACKAGES)
    return [*compare_asof(scratch), _walk_forward(), *_margins_and_stakes()]


def _walk_forward() -> Figure:
    """The same folds, features, odds and rule of betting: bets and profit of each fold must agree."""
    from sklearn.linear_model import LogisticRegression as Theirs
    from sklearn.model_selection import TimeSeriesSplit
    from sklearn.multioutput import MultiOutputClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sportsbet.evaluation import ClassifierBettor, backtest
    from threadpoolctl import threadpool_limits

    chance = np.random.default_rng(7)
    x = chance.normal(size=(GAMES, COLUMNS))
    logit = x @ chance.normal(0, 0.05, COLUMNS)
    won = chance.random(GAMES) < 1 / (1 + np.exp(-logit))
    market = 1 / (1 + np.exp(-logit + chance.normal(0, 0.2, GAMES)))
    prices = np.column_stack([0.96 / market, 0.96 / (1 - market)])
    season, number = np.divmod(np.arange(GAMES), 2430)
    # An instant of its own for each game: theirs orders by it, and not stably.
    days = pd.to_datetime({"year": 2010 + season, "month": 4, "day": 1}) + pd.to_timedelta(96 * number, unit="min")
    features = pd.DataFrame(x, index=pd.DatetimeIndex(days, name="date"), columns=[f"x{n}" for n in range(COLUMNS)])
    results = pd.DataFrame({"home_win__postplay__0min": won, "away_win__postplay__0min": ~won}, index=features.index)
    odds = pd.DataFrame(
        prices, index=features.index, columns=["m__home_win__preplay__0min", "m__away_win__preplay__0min"]
    )
    folds = TimeSeriesSplit(FOLDS, test_size=(GAMES - 2430) // FOLDS)
    solver = Theirs(C=1.0, tol=1e-8, max_iter=1000)
    bettor = ClassifierBettor(
        MultiOutputClassifier(make_pipeline(StandardScaler(), solver)), init_cash=CASH, stake=STAKE
    )

    def ours() -> list[tuple[int, float]]:
        told = []
        for train, test in folds.split(x):
            home = LogisticRegression(1.0).fit(x[train], won[train].astype(float)).predict_proba(x[test])[:, 1]
            value = np.column_stack([home, 1 - home]) * prices[test]
            bet = (value > 1) & (value == value.max(axis=1, keepdims=True))
            gain = np.where(np.column_stack([won[test], ~won[test]]), prices[test], 0.0) - 1
            told.append((int(bet.sum()), CASH + STAKE * float(gain[bet].sum())))
        return told

    def theirs() -> pd.DataFrame:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return backtest(bettor, features, results, odds, cv=folds, n_jobs=1)

    other = theirs()
    # A game whose value lies within rounding of 1 may be bet by one and not by the other.
    mine = np.array(ours())
    agree("walk-forward, bets a fold", mine[:, 0], other["Number of bets"], tolerance=1)
    agree("walk-forward, cash after a fold", mine[:, 1], other["Final cash"], tolerance=3 * STAKE)
    # BLAS threads of the one would fight with whatever else runs, and those of the other not.
    with threadpool_limits(1):
        seconds, limit = side_by_side(ours, theirs, 2)
    name = f"walk-forward, {GAMES:,} games of {COLUMNS}, {FOLDS} refits"
    return Figure(
        "others", name, "s", seconds, limit, "sports-betting's backtest, one process", 1, 0.5,
        note="the same folds, penalty, odds and bets",
    )  # fmt: skip


def _margins_and_stakes() -> list[Figure]:
    from penaltyblog.betting import kelly_criterion, multiple_kelly_criterion
    from penaltyblog.implied import calculate_implied

    chance = np.random.default_rng(3)
    first, second = chance.uniform(1.7, 2.05, (2, MARKETS))
    second = np.clip(1 / (1.04 - 1 / first), 1.2, None)
    figures = []
    for method in ("shin", "power", "additive", "multiplicative"):

        def theirs(method: str = method) -> list[float]:
            pairs = zip(first, second, strict=True)
            return [calculate_implied([one, two], method=method).probabilities[0] for one, two in pairs]

        def ours(method: str = method) -> Any:
            return devig_two_way(first, second, method=method)  # type: ignore[arg-type]

        agree(f"margin by {method}", ours(), theirs(), 1e-6)
        figures.append(_pair(f"margin off {MARKETS:,} markets, {method}", ours, theirs))
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
        return list(maximise_growth(slate_growth([GameScenarios(outcomes, returns)]), 0.99).stakes)

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
