"""Stakes for all bets of a slate at once.

Belongs here: from a frame of opportunities to single, slate and final stakes, every step recorded.
Not here: find the opportunities (recommendations.py), the optimisation (slate_optimum.py), the caps (stake_limits.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.betting.errors import BettingError
from mlb_ml_assets.betting.expected_value import Outcomes
from mlb_ml_assets.betting.kelly import SingleBets
from mlb_ml_assets.betting.slate_growth import slate_growth
from mlb_ml_assets.betting.slate_optimum import SlateOptimum, maximize_growth
from mlb_ml_assets.betting.slate_scenarios import (
    Bet,
    GameScenarios,
    IncompatibleProbabilities,
    joint_scenarios,
    single_bet_scenarios,
)
from mlb_ml_assets.betting.stake_limits import CommittedStakes, StakeLimits, limited_stakes

FloatArray = NDArray[np.float64]
_CERTAINTY = 1e-4
OPPORTUNITY_COLUMNS = (
    "game_id",
    "market_type",
    "side",
    "book",
    "decimal_odds",
    "line_value",
    "win_probability",
    "push_probability",
)


class IncompleteOpportunities(BettingError):
    """A frame of opportunities that lacks a column, or a bet without a price or probability; the message names both."""


@dataclass
class _Slate:
    """Games of the slate with the row positions of their bets, in the optimiser's order."""

    games: list[GameScenarios] = field(default_factory=list)
    rows: list[int] = field(default_factory=list)
    dependence: dict[int, str] = field(default_factory=dict)

    def add(self, scenarios: GameScenarios, rows: Sequence[int], how: str) -> None:
        self.games.append(scenarios)
        self.rows.extend(rows)
        self.dependence.update(dict.fromkeys(rows, how))


def size_slate(
    opportunities: pd.DataFrame,
    run_distributions: Mapping[int, FloatArray],
    limits: StakeLimits | None = None,
    committed: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Stakes for bets that are decided together, as fractions of bankroll.

    Games are independent; bets of one game are correlated through its distribution of runs. Only bets of positive
    expected value enter. Where a game has several and no distribution of runs, or probabilities that no distribution
    can have together, only its single best bet by growth is kept.

    Args:
        opportunities: one row a bet with `OPPORTUNITY_COLUMNS`; win and push probabilities are unconditional, and
            line_value is the bettor's own line (NaN for a moneyline). Optional: probability_sd, the standard error of
            the win probability given no push; operator, what the book cap counts by (default: book).
        run_distributions: by game_id, P(home runs = i, away runs = j).
        limits: default `StakeLimits()`.
        committed: stakes of earlier decisions that share the caps: game_id, book (or operator), stake.

    Returns:
        The index of `opportunities` with kelly_single, kelly_slate, kelly_fractional (after uncertainty and fraction),
        stake, and kelly_steps (a dict a row).

    Raises:
        IncompleteOpportunities: a missing column, or NaN in a price or probability.
    """
    limits = limits or StakeLimits()
    _check(opportunities)
    price = opportunities["decimal_odds"].to_numpy(np.float64)
    outcomes = Outcomes.of(opportunities["win_probability"], opportunities["push_probability"])
    probability_sd, is_assumed = _probability_sd(opportunities, limits)
    single = SingleBets.of(outcomes, price, probability_sd)
    slate = _group_by_game(opportunities, single, run_distributions)
    optimum = maximize_growth(slate_growth(slate.games), limits.budget)
    optimal = np.zeros(len(opportunities))
    optimal[slate.rows] = optimum.stakes
    game, game_names = pd.factorize(opportunities["game_id"])
    book, book_names = pd.factorize(_operator(opportunities))
    placed = _committed(committed, game_names, book_names)
    steps = limited_stakes(optimal, single.uncertainty, game, book, limits, placed)
    recorded = _recorded(steps, single.uncertainty, probability_sd, is_assumed, slate, optimum, limits)
    sized = {
        "kelly_single": single.stake,
        "kelly_slate": optimal,
        "kelly_fractional": steps["fraction"],
        "stake": steps["minimum"],
    }
    frame = pd.DataFrame(sized, index=opportunities.index)
    frame["kelly_steps"] = pd.Series(recorded, index=opportunities.index, dtype=object)
    return frame


def _check(opportunities: pd.DataFrame) -> None:
    missing = [column for column in OPPORTUNITY_COLUMNS if column not in opportunities]
    if missing:
        raise IncompleteOpportunities(f"opportunities lack the columns {missing}")
    for column in ("decimal_odds", "win_probability", "push_probability"):
        unknown = opportunities[column].isna()
        if unknown.any():
            row = opportunities[unknown].iloc[0]
            raise IncompleteOpportunities(
                f"{column} is unknown for game {row['game_id']} {row['market_type']} {row['side']}"
            )


def _bets(opportunities: pd.DataFrame) -> list[Bet]:
    columns = [opportunities[name].tolist() for name in OPPORTUNITY_COLUMNS]
    bets = []
    for _, market_type, side, _, price, line, win, push in zip(*columns, strict=True):
        # With a certain bet on the slate the best stake is everything and has no derivative; no result is certain.
        chance = min(max(float(win), _CERTAINTY), 1 - push - _CERTAINTY)
        bets.append(Bet(market_type, side, float(price), chance, float(push), None if pd.isna(line) else float(line)))
    return bets


def _group_by_game(
    opportunities: pd.DataFrame, single: SingleBets, run_distributions: Mapping[int, FloatArray]
) -> _Slate:
    slate = _Slate()
    all_bets, games = _bets(opportunities), opportunities["game_id"].tolist()
    by_game: dict[int, list[int]] = {}
    for position in np.flatnonzero(single.value > 0).tolist():
        by_game.setdefault(int(games[position]), []).append(position)
    for game_id, rows in by_game.items():
        bets = [all_bets[row] for row in rows]
        best = int(np.argmax(single.growth[rows]))
        distribution = run_distributions.get(game_id)
        if len(rows) == 1:
            slate.add(single_bet_scenarios(bets[0]), rows, "single bet")
        elif distribution is None:
            slate.add(single_bet_scenarios(bets[best]), [rows[best]], "best bet only: no run distribution")
        else:
            try:
                slate.add(joint_scenarios(bets, distribution), rows, "run distribution")
            except IncompatibleProbabilities:
                slate.add(single_bet_scenarios(bets[best]), [rows[best]], "best bet only: incompatible probabilities")
    return slate


def _probability_sd(opportunities: pd.DataFrame, limits: StakeLimits) -> tuple[FloatArray, NDArray[np.bool_]]:
    if "probability_sd" not in opportunities:
        known = np.full(len(opportunities), np.nan)
    else:
        known = opportunities["probability_sd"].to_numpy(np.float64)
    assumed = np.isnan(known)
    return np.where(assumed, limits.assumed_probability_sd, known), assumed


def _operator(frame: pd.DataFrame) -> pd.Series:
    return frame["operator"].where(frame["operator"].notna(), frame["book"]) if "operator" in frame else frame["book"]


def _committed(committed: pd.DataFrame | None, games: pd.Index, books: pd.Index) -> CommittedStakes:
    if committed is None or committed.empty:
        return CommittedStakes.none(len(games), len(books))
    stake = committed["stake"].astype(np.float64)
    by_game = stake.groupby(committed["game_id"]).sum().reindex(games, fill_value=0.0)
    by_book = stake.groupby(_operator(committed)).sum().reindex(books, fill_value=0.0)
    return CommittedStakes(
        np.asarray(by_game, dtype=np.float64), np.asarray(by_book, dtype=np.float64), float(stake.sum())
    )


def _recorded(
    steps: dict[str, FloatArray],
    factor: FloatArray,
    probability_sd: FloatArray,
    is_assumed: NDArray[np.bool_],
    slate: _Slate,
    optimum: SlateOptimum,
    limits: StakeLimits,
) -> list[dict[str, object]]:
    columns = {name: values.tolist() for name, values in steps.items()}
    recorded: list[dict[str, object]] = []
    for row in range(factor.size):
        after = {name: values[row] for name, values in columns.items()}
        names = list(after)
        cut = [now for before, now in pairwise(names[2:]) if after[now] < after[before] - 1e-12]
        recorded.append(
            {
                "dependence": slate.dependence.get(row, "not on the slate"),
                "method": optimum.method,
                "after": after,
                "uncertainty_factor": float(factor[row]),
                "probability_sd": float(probability_sd[row]),
                "probability_sd_assumed": bool(is_assumed[row]),
                "kelly_fraction": limits.kelly_fraction,
                "cut_by": cut,
            }
        )
    return recorded
