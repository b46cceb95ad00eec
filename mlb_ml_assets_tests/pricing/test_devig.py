"""Promises of the devig methods.

Belongs here: known answers of seven methods, their properties, and what is refused as no market.
Not here: consensus over books.
"""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mlb_ml_assets.pricing.devig import METHODS, NotAMarket, SideQuote, devig, devig_shin, devig_two_way, market_prices
from mlb_ml_assets_tests.pricing.vectors import DEVIG

NOON = datetime(2018, 7, 4, 16, tzinfo=UTC)

# A fair probability and a margin per side: every pair is a market that a book could quote.
fair_and_margin = st.tuples(st.floats(0.12, 0.88), st.floats(0.0, 0.05), st.floats(0.0, 0.05))


def two_prices(drawn):
    fair, first_margin, second_margin = drawn
    return 1 / (fair + first_margin), 1 / (1 - fair + second_margin)


@pytest.mark.parametrize("row", DEVIG, ids=lambda row: row["name"])
@pytest.mark.parametrize("method", METHODS)
def test_known_answers(row, method):
    """The reference numbers were checked against the shin package, penaltyblog and the R package implied."""
    market = devig(row["odds"], method)
    assert np.abs(market.probabilities - row[method]).max() < 1e-9
    assert market.overround == pytest.approx(row["overround"], abs=1e-12)
    if method + "_param" in row:
        assert market.parameter == pytest.approx(row[method + "_param"], abs=1e-9)


@given(fair_and_margin, st.sampled_from(METHODS))
def test_probabilities_sum_to_one_and_keep_the_order(drawn, method):
    """A method that lets mass leak overstates every bet of one side."""
    prices = two_prices(drawn)
    fair = devig(prices, method).probabilities
    assert fair.sum() == pytest.approx(1, abs=1e-9)
    assert (fair[0] - fair[1]) * (prices[1] - prices[0]) >= -1e-12


@given(fair_and_margin, st.sampled_from(METHODS))
def test_swapping_the_sides_swaps_the_answer(drawn, method):
    """Home and away must not matter to the margin."""
    first, second = two_prices(drawn)
    there, back = devig([first, second], method).probabilities, devig([second, first], method).probabilities
    assert there == pytest.approx(back[::-1], abs=1e-10)


@given(st.floats(0.12, 0.88), st.sampled_from(METHODS))
def test_without_a_margin_nothing_changes(fair, method):
    """The identity at zero margin separates a devig from a recalibration."""
    assert devig([1 / fair, 1 / (1 - fair)], method).probabilities == pytest.approx([fair, 1 - fair], abs=1e-7)


@given(fair_and_margin)
def test_shin_is_additive_for_two_outcomes(drawn):
    """Jullien and Salanie 1994; the general iteration divides by n - 2 and cannot be used here."""
    prices = two_prices(drawn)
    assert devig_shin(prices) == pytest.approx(devig(prices, "additive").probabilities, abs=1e-12)


@given(st.floats(0.55, 0.85), st.floats(0.005, 0.05))
def test_the_methods_are_ordered_on_a_favourite(favourite, margin):
    """The order says which methods believe in a favourite-longshot bias; a sign error reverses it."""
    prices = [1 / (favourite * (1 + margin)), 1 / ((1 - favourite) * (1 + margin))]
    assume(min(prices) > 1.05)
    order = ("multiplicative", "additive", "odds_ratio", "power", "goto")
    values = [devig(prices, method).probabilities[0] for method in order]
    assert all(low <= high + 1e-9 for low, high in pairwise(values))


@given(st.lists(fair_and_margin, min_size=1, max_size=30), st.sampled_from(METHODS))
def test_the_vectorised_path_gives_the_same_answers(drawn, method):
    """Training takes the fast path and serving the slow one: they must agree."""
    pairs = np.array([two_prices(d) for d in drawn])
    fast = devig_two_way(pairs[:, 0], pairs[:, 1], method)
    slow = [devig(pair, method).probabilities[0] for pair in pairs]
    assert fast == pytest.approx(slow, abs=1e-10)


@given(st.lists(st.floats(0.05, 1.0), min_size=3, max_size=6), st.floats(0.005, 0.1))
def test_shin_iterates_to_its_own_equation_for_more_outcomes(weights, margin):
    """A wrong fixed point still sums to one if it is normalised; the equation itself must hold."""
    fair = np.array(weights) / sum(weights)
    assume(fair.max() * (1 + margin) < 0.97)
    market = devig(1 / (fair * (1 + margin)), "shin")
    z, r = market.parameter, fair * (1 + margin)
    again = (np.sqrt(z * z + 4 * (1 - z) * r * r / r.sum()) - z) / (2 * (1 - z))
    assert market.probabilities.sum() == pytest.approx(1, abs=1e-9)
    assert again == pytest.approx(market.probabilities, abs=1e-12)


@pytest.mark.parametrize(
    ("prices", "why"),
    [
        ([1.9], "at least two"),
        ([], "at least two"),
        ([1.9, 1.0], "> 1"),
        ([1.9, float("nan")], "finite"),
        ([2.2, 2.2], "overround"),
        ([1.5, 1.5], "overround"),
    ],
)
def test_what_is_no_market_is_refused_with_its_prices(prices, why):
    """An arbitrage inside one book is a data error; devigged, it would look like the safest bet of the day."""
    with pytest.raises(NotAMarket, match=why):
        devig(prices)


def test_a_long_shot_that_would_go_negative_is_refused():
    """Additive takes the same amount off every outcome: of 1% there is not that much to take."""
    with pytest.raises(NotAMarket, match="additive"):
        devig([1.05, 9.0, 101.0], "additive")


def test_prices_of_two_books_or_two_instants_are_not_a_market():
    """FanDuel -106 against MGM +400 gave a public pipeline its best edges."""
    home = SideQuote("draftkings", NOON, 1.8)
    assert market_prices([home, SideQuote("draftkings", NOON, 2.1)]).tolist() == [1.8, 2.1]
    with pytest.raises(NotAMarket, match="books"):
        market_prices([home, SideQuote("fanduel", NOON, 2.1)])
    with pytest.raises(NotAMarket, match="instants"):
        market_prices([home, SideQuote("draftkings", NOON + timedelta(minutes=1), 2.1)])


def test_bad_pairs_stop_a_batch_or_become_unknown_as_asked():
    """A backfill must be able to count what it refuses; a single wrong pair must not pass for a price."""
    first, second = np.array([1.9, 2.5, np.nan]), np.array([1.95, 2.5, 1.9])
    with pytest.raises(NotAMarket, match="position 1"):
        devig_two_way(first, second)
    assert np.isnan(devig_two_way(first, second, refused="nan")).tolist() == [False, True, True]
