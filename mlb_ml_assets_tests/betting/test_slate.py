"""Promises of the slate: exact, correlated, limited in order, and every step on record.

Belongs here: known answers, brute force on small slates, limits.
Not here: finding opportunities.
"""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlb_ml_assets.betting.slate import IncompleteOpportunities, size_slate
from mlb_ml_assets.betting.slate_growth import EnumeratedGrowth, QuadratureGrowth, slate_growth
from mlb_ml_assets.betting.slate_optimum import maximize_growth
from mlb_ml_assets.betting.slate_scenarios import (
    Bet,
    GameScenarios,
    IncompatibleProbabilities,
    joint_scenarios,
    single_bet_scenarios,
)
from mlb_ml_assets.betting.stake_limits import StakeLimits
from mlb_ml_assets_tests.betting.runs import market_probabilities, run_distribution

# Win probabilities, decimal prices, stakes, growth.
INDEPENDENT = [
    ([0.5] * 2, [2.2] * 2, [0.08266649629857087] * 2, 0.008265197492493999),
    ([0.5] * 3, [2.2] * 3, [0.08199056788848215] * 3, 0.01234690786445626),
    ([0.5] * 5, [2.2] * 5, [0.08060539754736455] * 5, 0.020405750883302314),
    ([0.5] * 10, [2.2] * 10, [0.07680214820799247] * 10, 0.039900123319082215),
    ([0.55] * 2, [2.0] * 2, [0.0990099009909] * 2, 0.009966732859347044),
    (
        [0.55, 0.6, 0.52],
        [2.0, 1.8, 2.1],
        [0.09842479319008816, 0.09820080583104109, 0.08212872617776634],
        0.01277155583885458,
    ),
    ([0.45, 0.58], [2.35, 1.8333333333333335], [0.04238852788130361, 0.0758151689305266], 0.003631964357867612),
]
LARGE = StakeLimits(
    kelly_fraction=1.0, per_bet=1.0, per_game=1.0, per_day=1.0, per_book=1.0, minimum_stake=0, assumed_probability_sd=0
)


def priced(joint, market_type, side, line, edge):
    """A bet whose price gives it the stated expected value."""
    win, push = market_probabilities(joint, market_type, side, 0.0 if line is None else line)
    return Bet(market_type, side, 1 + (edge + 1 - win - push) / win, win, push, line)


def slate_of(rng, games, largest_edge):
    """Three markets a game, home, over and home run line, each with an edge between 0 and the largest."""
    scenarios = []
    for _ in range(games):
        joint = run_distribution(*rng.uniform(3.4, 5.6, 2))
        legs = (("moneyline", "home", None), ("total", "over", rng.choice([7.5, 8.0, 9.0])), ("spread", "home", -1.5))
        bets = [priced(joint, market, side, line, rng.uniform(0.0, largest_edge)) for market, side, line in legs]
        scenarios.append(joint_scenarios(bets, joint))
    return scenarios


def brute_force(games):
    """The same optimum by another road: every combination in plain loops, and a general-purpose optimiser."""
    from scipy.optimize import minimize

    weights, returns = [], []
    for combination in product(*[range(game.weights.size) for game in games]):
        weights.append(np.prod([game.weights[s] for game, s in zip(games, combination, strict=True)]))
        returns.append(np.concatenate([game.returns[s] for game, s in zip(games, combination, strict=True)]))
    weights, returns = np.array(weights), np.array(returns)
    count = returns.shape[1]
    found = minimize(
        lambda f: -weights @ np.log(np.maximum(1 + returns @ f, 1e-12)),
        np.full(count, 0.5 / count),
        jac=lambda f: -returns.T @ (weights / np.maximum(1 + returns @ f, 1e-12)),
        bounds=[(0, 1)] * count,
        constraints={"type": "ineq", "fun": lambda f: 0.999999 - f.sum(), "jac": lambda f: -np.ones(count)},
        method="SLSQP",
        options={"ftol": 1e-16, "maxiter": 1000},
    )
    return found.x, -found.fun


@pytest.mark.parametrize("evaluate", [EnumeratedGrowth, QuadratureGrowth])
@pytest.mark.parametrize(("win", "prices", "stakes", "growth"), INDEPENDENT)
def test_published_stakes_of_independent_games(win, prices, stakes, growth, evaluate):
    """Single Kelly stakes placed side by side overbet: the tenth bet at once is worth 8% less stake."""
    games = [single_bet_scenarios(Bet("moneyline", "home", d, p)) for p, d in zip(win, prices, strict=True)]
    found = maximize_growth(evaluate(games))
    assert found.stakes == pytest.approx(stakes, abs=1e-9)
    assert found.growth == pytest.approx(growth, abs=1e-12)


@pytest.mark.parametrize(("rho", "stake"), [(-0.2, 0.12315), (0.0, 0.09901), (0.2, 0.08278), (0.5, 0.06645)])
def test_published_stakes_of_two_correlated_bets(rho, stake):
    """Two legs that win together are nearly one bet; staked as two they overbet by half at a correlation of .5."""
    both = 0.55**2 + rho * 0.55 * 0.45
    weights = np.array([both, 0.55 - both, 0.55 - both, 1 - 1.1 + both])
    game = GameScenarios(weights, np.array([[1.0, 1.0], [1.0, -1.0], [-1.0, 1.0], [-1.0, -1.0]]))
    assert maximize_growth(slate_growth([game])).stakes == pytest.approx([stake] * 2, abs=6e-6)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("edge", [0.02, 0.06, 0.25])
def test_the_optimum_is_the_brute_force_optimum(seed, edge):
    """Nothing else can catch a derivative that is wrong by a factor near one."""
    games = slate_of(np.random.default_rng(seed), 2, edge)
    stakes, growth = brute_force(games)
    for evaluate in (EnumeratedGrowth, QuadratureGrowth):
        found = maximize_growth(evaluate(games))
        assert found.method == "newton"
        assert found.growth >= growth - 1e-9
        assert found.stakes == pytest.approx(stakes, abs=2e-5)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), st.floats(0.01, 0.3), st.floats(0.05, 0.9))
def test_quadrature_and_enumeration_are_one_function(seed, games, edge, staked):
    """Large slates are only ever seen by the quadrature; here both can be computed."""
    rng = np.random.default_rng(seed)
    slate = slate_of(rng, games, edge)
    exact, fast = EnumeratedGrowth(slate), QuadratureGrowth(slate)
    stakes = rng.dirichlet(np.ones(exact.bets)) * staked
    there, here = exact.at(stakes), fast.at(stakes)
    assert here.value == pytest.approx(there.value, abs=1e-9)
    assert here.gradient == pytest.approx(there.gradient, abs=1e-7)
    assert here.hessian == pytest.approx(there.hessian, abs=1e-5)
    for one, other in zip(exact.moments(), fast.moments(), strict=True):
        assert other == pytest.approx(one, abs=1e-12)


def test_the_derivatives_are_those_of_the_value():
    """Newton's method forgives a wrong Hessian with many steps and a wrong gradient with a wrong answer."""
    slate = QuadratureGrowth(slate_of(np.random.default_rng(3), 15, 0.05))
    stakes = np.full(slate.bets, 0.01)
    here = slate.at(stakes)
    for bet in (0, 7, 44):
        nudge = np.eye(slate.bets)[bet] * 1e-5
        up, down = slate.at(stakes + nudge), slate.at(stakes - nudge)
        assert here.gradient[bet] == pytest.approx((up.value - down.value) / 2e-5, abs=1e-8)
        assert here.hessian[bet] == pytest.approx((up.gradient - down.gradient) / 2e-5, abs=1e-6)


@pytest.mark.parametrize("edge", [0.03, 0.1, 0.4])
def test_a_full_slate_meets_the_conditions_of_an_optimum(edge):
    """15 games x 3 markets cannot be enumerated; the Karush-Kuhn-Tucker conditions prove the answer anyway."""
    growth = QuadratureGrowth(slate_of(np.random.default_rng(11), 15, edge))
    found = maximize_growth(growth)
    gradient = growth.at(found.stakes).gradient
    multiplier = max(gradient.max(), 0.0) if found.stakes.sum() > 1 - 1e-6 else 0.0
    assert found.method == "newton"
    assert found.stakes.sum() <= 1
    assert (gradient <= multiplier + 1e-6).all()
    assert gradient[found.stakes > 1e-5] == pytest.approx(multiplier, abs=1e-5)


def test_both_sides_of_every_market_can_stand_on_one_slate():
    """Best prices of two books can make both sides worth taking; a singular Hessian must not end the day."""
    rng, games = np.random.default_rng(5), []
    for _ in range(15):
        joint = run_distribution(*rng.uniform(3.4, 5.6, 2))
        legs = [("moneyline", "home", None), ("moneyline", "away", None), ("total", "over", 8.0)]
        legs += [("total", "under", 8.0), ("spread", "home", -1.5), ("spread", "away", 1.5)]
        games.append(joint_scenarios([priced(joint, *leg, rng.uniform(0.0, 0.03)) for leg in legs], joint))
    found = maximize_growth(slate_growth(games))
    assert found.method == "newton"
    assert found.stakes.size == 90
    assert found.growth > 0


def test_the_final_probabilities_are_kept_and_the_dependence_is_the_run_models():
    """The anchored forecast moves each market; the joint distribution must follow, or EV and stake disagree."""
    joint = run_distribution()
    bets = [
        Bet("moneyline", "home", 2.0, 0.56),
        Bet("spread", "home", 2.6, 0.41, 0.0, -1.5),
        Bet("total", "over", 2.0, 0.46, 0.09, 9.0),
    ]
    scenarios = joint_scenarios(bets, joint)
    for column, bet in enumerate(bets):
        won = scenarios.weights[scenarios.returns[:, column] > 0].sum()
        pushed = scenarios.weights[scenarios.returns[:, column] == 0].sum()
        assert (won, pushed) == pytest.approx((bet.win, bet.push), abs=1e-9)
    covers_and_loses = (scenarios.returns[:, 1] > 0) & (scenarios.returns[:, 0] < 0)
    assert not covers_and_loses.any()


def test_probabilities_that_contradict_each_other_are_refused():
    """Covering -1.5 is rarer than winning: a forecast that says otherwise must not size two bets on it."""
    bets = [Bet("moneyline", "home", 2.0, 0.5), Bet("spread", "home", 2.6, 0.55, 0.0, -1.5)]
    with pytest.raises(IncompatibleProbabilities):
        joint_scenarios(bets, run_distribution())


def opportunities(rows):
    columns = ["game_id", "market_type", "side", "book", "decimal_odds", "line_value", "win_probability"]
    return pd.DataFrame(rows, columns=columns).assign(push_probability=0.0)


def moneylines(count, win=0.55, price=2.0, book="pinnacle"):
    return opportunities([(game, "moneyline", "home", book, price, np.nan, win) for game in range(count)])


def test_a_frame_of_opportunities_gets_the_optimal_stakes():
    """The frame, the optimiser's order and the rows of bets without an edge must not get out of step."""
    frame = opportunities(
        [
            (7, "moneyline", "home", "pinnacle", 2.0, np.nan, 0.55),
            (8, "moneyline", "home", "pinnacle", 2.0, np.nan, 0.45),
            (9, "moneyline", "away", "pinnacle", 1.8, np.nan, 0.60),
            (5, "total", "over", "pinnacle", 2.1, 8.5, 0.52),
        ]
    ).set_index(pd.Index([10, 20, 30, 40]))
    sized = size_slate(frame, {}, LARGE)
    expected = [0.09842479319008816, 0.0, 0.09820080583104109, 0.08212872617776634]
    assert sized["kelly_slate"].tolist() == pytest.approx(expected, abs=1e-8)
    assert sized["stake"].tolist() == pytest.approx(expected, abs=1e-8)
    assert sized.index.tolist() == [10, 20, 30, 40]
    assert sized["kelly_single"].tolist() == pytest.approx([0.1, 0.0, 0.1, 0.0836363636363637])


def test_without_a_run_distribution_a_game_gets_its_best_bet_only():
    """Guessing independence inside a game doubles the exposure to one event."""
    rows = [
        (1, "moneyline", "home", "pinnacle", 2.0, np.nan, 0.55),
        (1, "spread", "home", "pinnacle", 2.6, -1.5, 0.41),
    ]
    sized = size_slate(opportunities(rows), {}, LARGE)
    assert (sized["stake"] > 0).sum() == 1
    assert sized.loc[0, "kelly_steps"]["dependence"] == "best bet only: no run distribution"
    both = size_slate(opportunities(rows), {1: run_distribution()}, LARGE)
    assert both["stake"].sum() < sized["kelly_single"].sum()
    assert both.loc[0, "kelly_steps"]["dependence"] == "run distribution"


def test_the_steps_come_in_order_and_explain_the_stake():
    """Caps before the fraction would let a quarter of a cap through as if it were a quarter of Kelly."""
    sized = size_slate(moneylines(4), {}, StakeLimits(per_bet=0.02, per_day=0.05, per_book=0.04))
    steps = sized.loc[0, "kelly_steps"]
    taken = "kelly_slate uncertainty fraction bet_cap game_cap day_cap book_cap database_cap minimum"
    assert list(steps["after"]) == taken.split()
    values = list(steps["after"].values())
    assert values == sorted(values, reverse=True)
    assert steps["after"]["fraction"] == pytest.approx(0.25 * steps["after"]["uncertainty"])
    assert steps["after"]["day_cap"] == pytest.approx(0.05 / 4)
    assert steps["after"]["book_cap"] == pytest.approx(0.04 / 4)
    assert steps["cut_by"] == ["bet_cap", "day_cap", "book_cap"]
    assert steps["probability_sd_assumed"] is True
    assert sized.loc[0, "kelly_fractional"] == steps["after"]["fraction"]
    assert sized.loc[0, "stake"] == steps["after"]["minimum"]


def test_no_limit_can_be_broken_by_decisions_made_apart():
    """Open-stage bets of the morning use up the same day, game and book that lineup bets of the evening want."""
    committed = pd.DataFrame({"game_id": [0], "book": ["pinnacle"], "stake": [0.03]})
    sized = size_slate(moneylines(3), {}, StakeLimits(per_game=0.03, per_day=0.05, per_book=0.06), committed)
    assert sized.loc[0, "stake"] == 0
    assert sized["stake"].sum() == pytest.approx(0.02)


def test_one_operator_is_one_book_over_its_state_licences():
    """DraftKings NJ and DraftKings PA are one counterparty; counted apart the book cap doubles."""
    frame = moneylines(4).assign(book=["dk_nj", "dk_pa", "dk_nj", "dk_pa"], operator="draftkings")
    assert size_slate(frame, {}, StakeLimits(per_book=0.03))["stake"].sum() == pytest.approx(0.03)


def test_no_stake_passes_the_databases_cap():
    """curated.ml_predictions refuses a Kelly fraction above .25: the whole partition would fail on one sure thing."""
    certain = moneylines(1, win=0.99, price=3.0)
    assert size_slate(certain, {}, LARGE)["stake"].tolist() == [0.25]


def test_small_stakes_are_not_placed():
    """A stake of a hundredth of a percent costs more attention than it can earn."""
    assert size_slate(moneylines(1, win=0.501), {}, StakeLimits())["stake"].tolist() == [0.0]


def test_an_unknown_probability_is_named_not_bet():
    """NaN compares false to everything and slips through every filter that asks for too little."""
    frame = moneylines(2)
    frame.loc[1, "win_probability"] = np.nan
    with pytest.raises(IncompleteOpportunities, match="win_probability is unknown for game 1"):
        size_slate(frame, {})
    with pytest.raises(IncompleteOpportunities, match="decimal_odds"):
        size_slate(frame.drop(columns="decimal_odds"), {})


def test_an_empty_slate_is_an_empty_answer():
    """Most days of winter."""
    assert size_slate(moneylines(0), {}).empty
    assert size_slate(moneylines(3, win=0.4), {})["stake"].tolist() == [0, 0, 0]


def test_certain_bets_do_not_break_the_slate():
    """Probabilities of 1 come from bugs, but a singular matrix must not take the day's other bets down."""
    frame = moneylines(3)
    frame.loc[0, "win_probability"] = 1.0
    sized = size_slate(frame, {}, StakeLimits())
    assert np.isfinite(sized["stake"]).all()
    assert sized["stake"].iloc[0] == 0.02


@pytest.mark.parametrize(("name", "value"), [("kelly_fraction", 0), ("per_bet", 1.5), ("minimum_stake", -0.1)])
def test_limits_that_make_no_sense_are_refused(name, value):
    """A per-bet cap of 2 meant as percent would stake everything."""
    with pytest.raises(ValueError, match=name):
        StakeLimits(**{name: value})
