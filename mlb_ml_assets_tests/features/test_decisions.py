"""The instants at which games are decided.

Belongs here: which requests a state of the schedule and the prices asks for.
Not here: prices at them (warehouse/), a played day (assets/test_live_day.py).
"""

from datetime import UTC, datetime, timedelta

import pandas as pd

from mlb_ml_assets.features.decisions import decision_requests

START = datetime(2024, 6, 2, 22, 35, tzinfo=UTC)
FIRST_PRICE = START - timedelta(hours=52)
NO_LINEUPS = pd.DataFrame({"game_id": [], "side": [], "known_at": []})


def requests(now, moved_at=None, priced_at=FIRST_PRICE):
    games = pd.DataFrame(
        {"game_id": [7], "game_date": pd.to_datetime(["2024-06-02"]), "start": pd.to_datetime([START]),
         "schedule_known_at": pd.to_datetime([moved_at], utc=True)}
    )  # fmt: skip
    lines = pd.DataFrame(
        {"game_id": 7, "stage": ["open", "lineup"], "market_type": "moneyline",
         "known_at": pd.to_datetime([FIRST_PRICE, priced_at])}
    )  # fmt: skip
    asked = decision_requests(games, lines, NO_LINEUPS, now)
    return [(row.stage, row.as_of.to_pydatetime(), row.price_stage) for row in asked.itertuples()]


def test_a_game_opens_at_its_first_price_and_again_where_the_price_moves():
    """The edge lives at the first price; a later one is another decision."""
    moved = FIRST_PRICE + timedelta(hours=3)
    assert requests(FIRST_PRICE + timedelta(hours=9)) == [("open", FIRST_PRICE, "open")]
    assert requests(FIRST_PRICE + timedelta(hours=9), priced_at=moved) == [
        ("open", FIRST_PRICE, "open"),
        ("open", moved, "lineup"),
    ]


def test_a_game_that_moved_is_decided_anew_when_its_new_place_is_known():
    """Rest, season day and doubleheader of a stored decision are the old schedule's: recomputed, it would differ."""
    told = FIRST_PRICE + timedelta(hours=27)
    assert requests(told + timedelta(hours=1), moved_at=told) == [("open", told, "open")]
    between = FIRST_PRICE + timedelta(hours=26)
    assert requests(told + timedelta(hours=1), moved_at=told, priced_at=between) == [("open", told, "lineup")]
    cutoff = START - timedelta(minutes=60)
    assert requests(START, moved_at=START - timedelta(minutes=5)) == [
        ("lineup", cutoff, "lineup"),
        ("open", cutoff, "open"),
    ]
