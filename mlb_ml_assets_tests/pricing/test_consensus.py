"""Promises of the consensus over books.

Belongs here: pairing, medians, best prices and disagreement.
Not here: what may be bet.
"""

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.pricing.consensus import UnknownSide, best_prices, consensus, paired_markets
from mlb_ml_assets.pricing.odds import american_to_decimal

NOON = pd.Timestamp("2024-07-04 16:00", tz="UTC")


def quotes(rows):
    frame = pd.DataFrame(rows, columns=["book", "market_type", "side", "odds", "line_value"])
    frame["decimal_odds"] = american_to_decimal(frame.pop("odds").to_numpy(float))
    return frame.assign(game_id=1, quoted_at=NOON)


def moneyline(book, home, away):
    return [(book, "moneyline", "home", home, np.nan), (book, "moneyline", "away", away, np.nan)]


def test_the_two_sides_of_a_run_line_meet_at_the_home_number():
    """Joined on their own numbers, -1.5 and +1.5 never meet; joined on the absolute one, +1.5 and +1.5 do."""
    rows = [("a", "spread", "home", 140, -1.5), ("a", "spread", "away", -160, 1.5)]
    rows += [("b", "spread", "home", -180, 1.5), ("b", "spread", "away", 155, -1.5)]
    pairs = paired_markets(quotes(rows)).set_index("book")
    assert pairs["market_line"].to_dict() == {"a": -1.5, "b": 1.5}
    assert pairs["defect"].isna().all()
    assert pairs.loc["a", "fair_probability"] == pytest.approx((1 + 100 / 240 - 160 / 260) / 2)


def test_prices_of_two_books_never_pair():
    """Best of each side over books is an arbitrage by construction, not a market."""
    pairs = paired_markets(quotes([moneyline("a", 120, -130)[0], moneyline("b", 120, -130)[1]]))
    assert pairs["defect"].tolist() == ["one-sided market"] * 2
    assert pairs["fair_probability"].isna().all()


def test_an_impossible_margin_and_stamps_apart_are_named():
    """The reason decides what an operator looks at: the parser or the feed."""
    frame = quotes(moneyline("a", 150, 150) + moneyline("b", -110, -110))
    frame.loc[3, "quoted_at"] = NOON - pd.Timedelta(hours=2)
    pairs = paired_markets(frame, maximum_gap=pd.Timedelta(minutes=5)).set_index("book")
    assert pairs["defect"].to_dict() == {"a": "not a market", "b": "stamps apart"}
    assert paired_markets(frame).set_index("book").loc["b", "defect"] is None


def test_the_consensus_is_the_median_at_the_number_most_books_quote():
    """A mean over different totals is a price of no number at all."""
    rows = [row for book, home in (("a", -110), ("b", -120), ("c", -150)) for row in moneyline(book, home, -home - 10)]
    rows += [(b, "total", s, -110, n) for b, n in (("a", 8.5), ("b", 8.5), ("c", 9.0)) for s in ("over", "under")]
    summary = consensus(paired_markets(quotes(rows))).set_index("market_type")
    assert summary.loc["total", "market_line"] == 8.5
    assert summary.loc["total", "books"] == 2
    assert summary.loc["moneyline", "book"] == "b"
    fair = paired_markets(quotes(rows)).query("market_type == 'moneyline'")["fair_probability"]
    assert summary.loc["moneyline", "fair_probability"] == pytest.approx(fair.median())
    assert summary.loc["moneyline", "spread"] == pytest.approx(fair.max() - fair.min())


def test_the_best_price_of_each_side_and_number():
    """Ties must fall the same way on every run, or the same data gives two rows."""
    rows = moneyline("b", -110, 100) + moneyline("a", -110, -105)
    best = best_prices(quotes(rows)).set_index("side")
    assert best.loc["home", "book"] == "a"
    assert best.loc["away", "decimal_odds"] == 2.0


def test_a_side_that_its_market_does_not_have_is_refused():
    """'over' on a moneyline is a parser that slipped a column."""
    with pytest.raises(UnknownSide, match="over"):
        paired_markets(quotes([("a", "moneyline", "over", -110, np.nan)]))
