"""Promises of vig removal.

Belongs here: known answers, properties, and what is refused as no market.
Not here: consensus over books.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlb_ml_assets.pricing.devig import NotAMarket, devig_two_way
from mlb_ml_assets_tests.pricing.vectors import DEVIG

TWO_WAY = [row for row in DEVIG if len(row["odds"]) == 2]
# A fair probability and a margin per side: every pair is a market that a book could quote.
fair_and_margin = st.tuples(st.floats(0.12, 0.88), st.floats(0.0, 0.05), st.floats(0.0, 0.05))


def two_prices(drawn):
    fair, first_margin, second_margin = drawn
    return 1 / (fair + first_margin), 1 / (1 - fair + second_margin)


@pytest.mark.parametrize("row", TWO_WAY, ids=lambda row: row["name"])
def test_known_answers(row):
    """The reference numbers were checked against the shin package, penaltyblog and the R package implied."""
    fair = devig_two_way(*row["odds"], overround_bounds=(0.0, 0.25))
    assert fair == pytest.approx(row["shin"][0], abs=1e-9)


@given(fair_and_margin)
def test_probabilities_sum_to_one_and_keep_the_order(drawn):
    """A method that lets mass leak overstates every bet of one side; home and away must not matter to the margin."""
    first, second = two_prices(drawn)
    fair, other = devig_two_way(first, second), devig_two_way(second, first)
    assert fair + other == pytest.approx(1, abs=1e-9)
    assert (fair - other) * (second - first) >= -1e-12


@given(st.floats(0.12, 0.88))
def test_without_a_margin_nothing_changes(fair):
    """The identity at zero margin separates vig removal from a recalibration."""
    assert devig_two_way(1 / fair, 1 / (1 - fair)) == pytest.approx(fair, abs=1e-7)


@pytest.mark.parametrize(
    ("first", "second"), [(1.9, 1.0), (1.9, float("inf")), (2.2, 2.2), (1.5, 1.5)], ids=["free", "inf", "arb", "wide"]
)
def test_prices_that_are_no_market_are_refused(first, second):
    """An arbitrage inside one book is a data error; devigged, it would look like the safest bet of the day."""
    with pytest.raises(NotAMarket, match=f"{first}, {second}"):
        devig_two_way(first, second)


def test_bad_pairs_stop_a_batch_or_become_unknown_as_asked():
    """A backfill must be able to count what it refuses; a single wrong pair must not pass for a price."""
    first, second = np.array([1.9, 2.5, np.nan]), np.array([1.95, 2.5, 1.9])
    with pytest.raises(NotAMarket, match="position 1"):
        devig_two_way(first, second)
    assert np.isnan(devig_two_way(first, second, refused="nan")).tolist() == [False, True, True]
