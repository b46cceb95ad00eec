"""Promises of the consensus over books.

Belongs here: a quote's line as its market counts it, and the main line.
Not here: pairing the sides of a market (betting/test_acceptable_quotes.py), what may be bet.
"""

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.pricing.consensus import UnknownSide, at_main_line, market_line


def prices(rows):
    return pd.DataFrame(rows, columns=["market_type", "book", "market_line", "fair_probability"]).assign(game_id=1)


def test_the_main_line_is_the_one_most_books_quote():
    """A mean over different totals is a price of no line at all."""
    moneylines = [("moneyline", book, np.nan, fair) for book, fair in (("a", 0.5), ("b", 0.52), ("c", 0.58))]
    totals = [("total", book, line, 0.5) for book, line in (("a", 8.5), ("b", 8.5), ("c", 9.0))]
    main = at_main_line(prices(moneylines + totals), by=["game_id", "market_type"])
    kept = main[main["market_type"] == "total"]
    assert kept["market_line"].tolist() == [8.5, 8.5]
    assert main[main["market_type"] == "moneyline"]["book"].tolist() == ["a", "b", "c"]
    assert at_main_line(kept, line="market_line").equals(kept)
    uneven = prices([("total", "b", 7.5, 0.58), ("total", "a", 8.0, 0.54)])
    assert at_main_line(uneven)["market_line"].tolist() == [8.0]


def test_a_side_that_its_market_does_not_have_is_refused():
    """'over' on a moneyline is a parser that slipped a column."""
    with pytest.raises(UnknownSide, match="over"):
        market_line(pd.DataFrame([{"market_type": "moneyline", "side": "over", "line_value": np.nan}]))
