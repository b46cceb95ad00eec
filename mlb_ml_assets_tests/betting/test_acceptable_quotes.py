"""Promises of the checks of single quotes: which two make up a market, and what is named where they do not.

Belongs here: pairing the sides of one book's market.
Not here: the price that is taken, and reasons as a bet shows them (test_recommendations.py).
"""

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.betting.acceptable_quotes import judge_quotes
from mlb_ml_assets.betting.betting_rules import OTHER_LINE, QUOTE_CHECKS, BettingRules
from mlb_ml_assets.pricing.consensus import NOT_A_MARKET, ONE_SIDED

NOON = pd.Timestamp("2024-07-04 16:00", tz="UTC")


def judged(rows, line=np.nan):
    """Checks, and the frame, of quotes (book, market, side, odds, line) at one decision of the market at `line`."""
    quotes = pd.DataFrame(rows, columns=["book", "market_type", "side", "odds", "line_value"])
    quotes = quotes.assign(game_id=1, stage="open", quoted_at=NOON, bettable=True)
    decision = {"game_id": 1, "stage": "open", "market_type": rows[0][1], "as_of": NOON, "market_line": line}
    return judge_quotes(quotes, pd.DataFrame([decision]), BettingRules())


def moneyline(book, home, away):
    return [(book, "moneyline", "home", home, np.nan), (book, "moneyline", "away", away, np.nan)]


def test_the_two_sides_of_a_run_line_meet_at_the_home_line():
    """Joined on their own lines, -1.5 and +1.5 never meet; joined on the absolute one, +1.5 and +1.5 do."""
    rows = [("a", "spread", "home", 140, -1.5), ("a", "spread", "away", -160, 1.5)]
    rows += [("b", "spread", "home", -180, 1.5), ("b", "spread", "away", 155, -1.5)]
    sides = judged(rows, line=-1.5)
    assert sides["own_line"].tolist() == [-1.5, -1.5, 1.5, 1.5]
    assert sides["defect"].tolist() == [""] * 4
    fair = (1 + 100 / 240 - 160 / 260) / 2
    assert sides["fair_probability"].tolist()[:2] == pytest.approx([fair, 1 - fair])
    assert sides["check"].tolist() == [len(QUOTE_CHECKS)] * 2 + [QUOTE_CHECKS.index(OTHER_LINE)] * 2


def test_prices_of_two_books_never_pair():
    """Best of each side over books is an arbitrage by construction, not a market."""
    sides = judged([moneyline("a", 120, -130)[0], moneyline("b", 120, -130)[1]])
    assert sides["defect"].tolist() == [ONE_SIDED] * 2
    assert sides["fair_probability"].isna().all()


def test_an_impossible_margin_is_named():
    """The reason decides what an operator looks at: the parser or the feed."""
    sides = judged(moneyline("a", 150, 150) + moneyline("b", -110, -110))
    assert sides["defect"].tolist() == [NOT_A_MARKET] * 2 + [""] * 2
    assert sides["check"].tolist() == [QUOTE_CHECKS.index(NOT_A_MARKET)] * 2 + [len(QUOTE_CHECKS)] * 2
