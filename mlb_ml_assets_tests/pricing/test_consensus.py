"""Promises of the consensus over books.

Belongs here: pairing and the main line.
Not here: what may be bet.
"""

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.pricing.consensus import UnknownSide, at_main_line, paired_markets
from mlb_ml_assets.pricing.odds import american_to_decimal

NOON = pd.Timestamp("2024-07-04 16:00", tz="UTC")


def quotes(rows):
    frame = pd.DataFrame(rows, columns=["book", "market_type", "side", "odds", "line_value"])
    frame["decimal_odds"] = american_to_decimal(frame.pop("odds").to_numpy(float))
    return frame.assign(game_id=1, quoted_at=NOON)


def moneyline(book, home, away):
    return [(book, "moneyline", "home", home, np.nan), (book, "moneyline", "away", away, np.nan)]


def test_the_two_sides_of_a_run_line_meet_at_the_home_line():
    """Joined on their own lines, -1.5 and +1.5 never meet; joined on the absolute one, +1.5 and +1.5 do."""
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


def test_an_impossible_margin_is_named():
    """The reason decides what an operator looks at: the parser or the feed."""
    pairs = paired_markets(quotes(moneyline("a", 150, 150) + moneyline("b", -110, -110))).set_index("book")
    assert pairs["defect"].to_dict() == {"a": "not a market", "b": None}


def test_a_side_with_an_old_stamp_still_has_its_market():
    """In a change log a side whose price did not move keeps its stamp of hours ago."""
    frame = quotes(moneyline("a", -110, -110))
    frame.loc[1, "quoted_at"] = NOON - pd.Timedelta(hours=2)
    pairs = paired_markets(frame)
    assert pairs["defect"].isna().all()
    assert pairs["quoted_at"].tolist() == [NOON]


def test_the_main_line_is_the_one_most_books_quote():
    """A mean over different totals is a price of no line at all."""
    rows = [row for book, home in (("a", -110), ("b", -120), ("c", -150)) for row in moneyline(book, home, -home - 10)]
    rows += [(b, "total", s, -110, n) for b, n in (("a", 8.5), ("b", 8.5), ("c", 9.0)) for s in ("over", "under")]
    main = at_main_line(paired_markets(quotes(rows)), by=["game_id", "market_type"])
    totals = main[main["market_type"] == "total"]
    assert totals["market_line"].tolist() == [8.5, 8.5]
    assert main[main["market_type"] == "moneyline"]["book"].tolist() == ["a", "b", "c"]
    assert at_main_line(totals, line="market_line").equals(totals)
    even = quotes([("a", "total", "over", -130, 8.0), ("a", "total", "under", 110, 8.0)])
    uneven = quotes([("b", "total", "over", -150, 7.5), ("b", "total", "under", 130, 7.5)])
    assert at_main_line(paired_markets(pd.concat([uneven, even])))["market_line"].tolist() == [8.0]


def test_a_side_that_its_market_does_not_have_is_refused():
    """'over' on a moneyline is a parser that slipped a column."""
    with pytest.raises(UnknownSide, match="over"):
        paired_markets(quotes([("a", "moneyline", "over", -110, np.nan)]))
