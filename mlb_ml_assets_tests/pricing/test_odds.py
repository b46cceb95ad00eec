"""Promises of the odds formats.

Belongs here: known answers, exactness and refusals of pricing/odds.py.
Not here: devig or bets.
"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mlb_ml_assets.pricing import odds
from mlb_ml_assets_tests.pricing.vectors import ODDS

americans = st.integers(-5000, -100) | st.integers(100, 5000)


@pytest.mark.parametrize("row", ODDS, ids=lambda row: str(row[0]))
def test_published_conversions_hold(row):
    """A rounded decimal turns a stake of 16.00% into 16.04% (seen in a public repository)."""
    american, decimal, implied = row
    assert odds.american_to_decimal(american) == pytest.approx(decimal, abs=1e-12)
    assert odds.american_to_implied(american) == pytest.approx(implied, abs=1e-12)


@given(americans)
def test_every_whole_price_survives_the_way_there_and_back(american):
    """A price that changes when it is stored and read again makes profit depend on the route it took."""
    back = odds.decimal_to_american(odds.american_to_decimal(american))
    assert back == pytest.approx(100 if american == -100 else american, rel=1e-12)
    assert odds.worst_american_at_least(odds.american_to_decimal(american)) == (100 if american == -100 else american)


@given(st.lists(americans, min_size=1, max_size=20))
def test_an_array_converts_as_its_elements_do(prices):
    """Two code paths for one formula drift apart."""
    assert odds.american_to_decimal(np.array(prices)).tolist() == [odds.american_to_decimal(p) for p in prices]


@given(st.floats(1.01, 30))
def test_the_minimum_price_is_never_worse_than_asked_for(decimal):
    """Rounded to nearest, a minimum price would let bets through that lose money on average."""
    whole = odds.worst_american_at_least(decimal)
    assert odds.american_to_decimal(whole) >= decimal * (1 - 1e-8)
    one_worse = -101 if whole == 100 else whole - 1
    assert odds.american_to_decimal(one_worse) < decimal


@pytest.mark.parametrize("price", [0, 50, -99.5, 99, float("inf"), float("nan")])
def test_an_impossible_american_price_is_refused_by_name(price):
    """A 0 in place of a missing price would become decimal odds of 1 or infinity."""
    with pytest.raises(odds.ImpossiblePrice):
        odds.american_to_decimal(price)


@pytest.mark.parametrize("price", [1.0, 0.5, -2.0, float("inf")])
def test_an_impossible_decimal_price_is_refused_by_name(price):
    """Decimal odds of 1 pay nothing: no book quotes them, but parsers of broken payloads do."""
    with pytest.raises(odds.ImpossiblePrice, match="decimal"):
        odds.decimal_to_american(price)


def test_the_message_names_value_and_position():
    """'Bad odds' in a frame of 50,000 rows helps nobody."""
    with pytest.raises(odds.ImpossiblePrice, match=r"7\.0 at position 2"):
        odds.american_to_decimal(np.array([-110, 120, 7]))


def test_unknown_prices_stay_unknown_in_arrays():
    """A NaN that became a price would be bet on."""
    assert np.isnan(odds.american_to_decimal(np.array([np.nan, 150.0]))).tolist() == [True, False]
