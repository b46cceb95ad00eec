"""Our walk-forward over nine seasons beside sports-betting's backtester.

Belongs here: the games, the same folds and rule of betting through both, bets and profit compared before times are.
Not here: the product's own walk-forward (modeling/walk_forward.py), which does more with each fold.
"""

import warnings
from dataclasses import dataclass
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from benchmarks.agreement import agree
from benchmarks.figures import Figure, side_by_side
from mlb_ml_assets.features.declarations import FEATURE_COLUMNS
from mlb_ml_assets.modeling.linear import LogisticRegression
from mlb_ml_assets.pricing.odds import american_to_decimal
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.feature_store import read_training

# 2010-2018, a quarter of a season at a time, the first season only to learn from.
FIRST, LAST, FOLDS = date(2010, 1, 1), date(2018, 12, 31), 32
SEASON_GAMES, MADE_UP_COLUMNS = 2430, 60
STAKE, CASH = 50.0, 1e4
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Games:
    """Games in order of time: features (n, columns), whether the home side won, decimal prices (n, home and away)."""

    whose: str
    features: Floats
    won: NDArray[np.bool_]
    prices: Floats
    first_season: int


def compare_walk_forward() -> Figure:
    """The same folds, features, odds and rule of betting: bets and profit of each fold must agree."""
    from sklearn.linear_model import LogisticRegression as Theirs
    from sklearn.model_selection import TimeSeriesSplit
    from sklearn.multioutput import MultiOutputClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sportsbet.evaluation import ClassifierBettor, backtest
    from threadpoolctl import threadpool_limits

    games = _stored_games() or _made_up_games()
    count, columns = games.features.shape
    # An instant of its own for each game: theirs orders by it, and not stably.
    days = pd.date_range("2010-04-01", periods=count, freq="96min", name="date")
    x = pd.DataFrame(games.features, index=days, columns=[f"x{n}" for n in range(columns)])
    results = pd.DataFrame({"home_win__postplay__0min": games.won, "away_win__postplay__0min": ~games.won}, index=days)
    odds = pd.DataFrame(games.prices, days, ["m__home_win__preplay__0min", "m__away_win__preplay__0min"])
    folds = TimeSeriesSplit(FOLDS, test_size=(count - games.first_season) // FOLDS)
    solver = Theirs(C=1.0, solver="newton-cholesky", tol=1e-8)
    bettor = ClassifierBettor(
        MultiOutputClassifier(make_pipeline(StandardScaler(), solver)), init_cash=CASH, stake=STAKE
    )

    def ours() -> list[tuple[int, float]]:
        results = []
        for train, test in folds.split(games.features):
            fitted = LogisticRegression(1.0, max_abs_z=np.inf).fit(
                games.features[train], games.won[train].astype(float)
            )
            home = fitted.predict_proba(games.features[test])[:, 1]
            value = np.column_stack([home, 1 - home]) * games.prices[test]
            bet = (value > 1) & (value == value.max(axis=1, keepdims=True))
            landed = np.column_stack([games.won[test], ~games.won[test]])
            gain = np.where(landed, games.prices[test], 0.0) - 1
            results.append((int(bet.sum()), CASH + STAKE * float(gain[bet].sum())))
        return results

    def theirs() -> pd.DataFrame:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return backtest(bettor, x, results, odds, cv=folds, n_jobs=1)

    other = theirs()
    # A game whose value lies within rounding of 1 may be bet by one and not by the other.
    mine = np.array(ours())
    agree("walk-forward, bets a fold", mine[:, 0], other["Number of bets"], tolerance=1)
    agree("walk-forward, cash after a fold", mine[:, 1], other["Final cash"], tolerance=3 * STAKE)
    # BLAS threads of the one would fight with whatever else runs, and those of the other not.
    with threadpool_limits(1):
        seconds, limit = side_by_side(ours, theirs, 2)
    name = f"walk-forward, {count:,} {games.whose} games of {columns} features, {FOLDS} refits"
    return Figure(
        "others", name, "s", seconds, limit, "sports-betting's backtest, one process", 1, 0.5,
        note="the same folds, penalty, odds and bets",
    )  # fmt: skip


def _stored_games() -> Games | None:
    """The opening decisions of 2010-18 in the project's database with their own odds; None where they are not there."""
    with connect(ensure_database().dsn, "mlb_ml:bench") as connection:
        frame = read_training(connection, datetime.now(UTC), first_day=FIRST, last_day=LAST)
    frame = frame[frame["stage"] == "open"].dropna(subset=["home_win", "market_home_odds", "market_away_odds"])
    if frame["game_date"].dt.year.nunique() < LAST.year - FIRST.year + 1:
        return None
    x = frame[list(FEATURE_COLUMNS)]
    # A column that is empty in the first season, or constant, informs neither.
    known = x[frame["game_date"].dt.year == FIRST.year]
    x = x.loc[:, known.notna().any() & (known.std() > 0)]
    odds = frame[["market_home_odds", "market_away_odds"]].to_numpy(dtype=np.float64)
    return Games(
        "stored", x.fillna(x.mean()).to_numpy(dtype=np.float64), frame["home_win"].to_numpy() == 1,
        np.column_stack([american_to_decimal(odds[:, side]) for side in (0, 1)]), len(known),
    )  # fmt: skip


def _made_up_games() -> Games:
    chance = np.random.default_rng(7)
    count = (LAST.year - FIRST.year + 1) * SEASON_GAMES
    x = chance.normal(size=(count, MADE_UP_COLUMNS))
    logit = x @ chance.normal(0, 0.05, MADE_UP_COLUMNS)
    market = 1 / (1 + np.exp(-logit + chance.normal(0, 0.2, count)))
    return Games(
        "made-up", x, chance.random(count) < 1 / (1 + np.exp(-logit)),
        np.column_stack([0.96 / market, 0.96 / (1 - market)]), SEASON_GAMES,
    )  # fmt: skip
