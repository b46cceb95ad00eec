"""Action Network's boards and histories, by what its recorded payloads and its catalogue say.

Belongs here: ids of both kinds, sides by id, live and suspended outcomes, splits without data, histories.
Not here: which rows the database holds (warehouse/test_live_replay.py).
"""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from mlb_ml_assets.sources import action_network
from mlb_ml_assets.sources.rows import Parsed, PayloadShapeError

NOW = datetime(2025, 7, 21, 18, tzinfo=UTC)


def outcome(side: str, odds: object = -110, value: object = 0, market: str = "moneyline", **more: object) -> dict:
    return {
        "event_id": 1, "side": side, "odds": odds, "value": value, "type": market, "is_live": False,
        "line_status": "normal", "market_id": "14043363", "outcome_id": "1754254109", **more,
    }  # fmt: skip


def board(markets: dict, **changes: object) -> Parsed:
    game = {
        "id": 1, "league_name": "mlb", "status": "scheduled", "start_time": "2025-07-21T23:05:00.000Z", "season": 2025,
        "home_team_id": 214, "away_team_id": 212, "teams": [{"id": 212}, {"id": 214}], "type": "reg",
        "away_rotation_number": 951, "num_bets": 21457, "markets": markets, **changes,
    }  # fmt: skip
    return action_network.parse({"games": [game]}, NOW)


def history(*entries: dict, **more: object) -> Parsed:
    one = outcome("home", -135, -1.5, "spread", history=list(entries), **more)
    other = outcome("away", 115, 1.5, "spread", history=[], **more)
    return action_network.parse(
        {"68": {"event": {"spread": [one, other]}}}, NOW, "/web/v2/markets/event/1/history?bookIds=68"
    )


@pytest.fixture(scope="module")
def recorded(shared_data) -> Parsed:
    page = shared_data / "payloads" / "action_network" / "public_betting_page_2025-06-16.html"
    return action_network.parse(page.read_bytes(), datetime(2025, 6, 16, 20, 57, 20, tzinfo=UTC))


def test_the_recorded_page_has_every_price_of_nine_books(recorded):
    """7 games, 9 books, 3 markets, 2 sides."""
    assert Counter(one.book_id for one in recorded.quotes) == dict.fromkeys(
        ("15", "30", "68", "69", "71", "75", "79", "123", "972"), 42
    )
    assert all((one.line_value is None) == (one.market_type == "moneyline") for one in recorded.quotes)


def test_splits_come_from_the_consensus_alone(recorded):
    """Every other book carries 0/0, which is no split of nought."""
    assert {one.book_id for one in recorded.splits} == {"15"}
    first = next(one for one in recorded.splits if one.source_game_id == "256499" and one.market_type == "total")
    assert (first.tickets_home_or_over, first.money_home_or_over, first.ticket_count) == (94.0, 92.0, 21457)


def test_sides_go_by_id_not_by_the_order_of_teams(recorded):
    """teams[] lists LAA first at NYY and the home team first elsewhere."""
    game = next(one for one in recorded.games if one.source_game_id == "256501")
    assert (game.home_team, game.away_team, game.away_rotation) == ("191", "198", 957)


def test_ids_may_be_numbers_or_text():
    """Numbers on one page, text in another; the tables hold numbers."""
    for kind in (14043363, "14043363"):
        parsed = board({"68": {"event": {"moneyline": [outcome("home", market_id=kind), outcome("away")]}}})
        assert parsed.quotes[0].market_id == 14043363
        assert parsed.rejected == []


def test_live_and_suspended_outcomes_are_no_offers():
    """An in-play price taken for a close, or one that nobody could have."""
    parsed = board(
        {
            "68": {"event": {"moneyline": [outcome("home", is_live=True), outcome("away", is_live=True)]}},
            "69": {"event": {"moneyline": [outcome("home", line_status="suspended"), outcome("away")]}},
        }
    )
    assert [(one.book_id, one.side) for one in parsed.quotes] == [("69", "away")]
    assert parsed.sightings == []
    assert parsed.left_out == {"live outcome": 2, "suspended outcome": 1}
    assert parsed.listed_games == ["1"]


def test_a_board_of_a_game_that_has_begun_is_left_out_whole():
    """Flags may lag; the game's own state does not."""
    parsed = board({"68": {"event": {"moneyline": [outcome("home")]}}}, status="inprogress")
    assert (parsed.quotes, parsed.listed_games, parsed.games[0].status) == ([], [], "live")


def test_zero_and_zero_is_no_data_and_zero_and_hundred_is():
    """All tickets on one side happens in the morning."""
    none = {"bet_info": {"tickets": {"percent": 0}, "money": {"percent": 0}}}
    parsed = board({"15": {"event": {"moneyline": [outcome("home", **none), outcome("away", **none)]}}})
    assert parsed.splits == []
    some = [{"bet_info": {"tickets": {"percent": share}, "money": {"percent": 0}}} for share in (0, 100)]
    (split,) = board({"15": {"event": {"moneyline": [outcome("home", **some[0]), outcome("away", **some[1])]}}}).splits
    assert (split.tickets_home_or_over, split.tickets_away_or_under, split.money_home_or_over) == (0.0, 100.0, None)


def test_a_history_gives_each_price_at_its_own_stamp():
    """The book's change, not our look, is when it could be had."""
    stamps = ["2025-07-21T13:00:00.195056Z", "2025-07-21T17:39:30.195056Z"]
    parsed = history(
        {"odds": -120, "value": -1.5, "updated_at": stamps[0], "line_status": "opener"},
        {"odds": -130, "value": -1.5, "updated_at": stamps[0], "line_status": "suspended"},
        {"odds": -135, "value": -1.5, "updated_at": stamps[1], "line_status": None},
    )
    told = [(one.odds, one.updated_at, one.line_status, one.stamped) for one in parsed.quotes if one.side == "home"]
    assert told == [
        (-120, datetime.fromisoformat(stamps[0]), "opener", True),
        (-135, datetime.fromisoformat(stamps[1]), None, True),
    ]
    away = [one for one in parsed.quotes if one.side == "away"]
    assert [(one.odds, one.updated_at, one.stamped) for one in away] == [(115, NOW, False)]
    assert parsed.sightings[0].seen_at == NOW


def test_the_past_of_a_suspended_outcome_counts_and_its_present_does_not():
    """It was on offer this morning; it is not now."""
    entry = {"odds": -120, "value": -1.5, "updated_at": "2025-07-21T13:00:00Z", "line_status": "normal"}
    parsed = history(entry, line_status="suspended")
    assert [one.odds for one in parsed.quotes] == [-120]
    assert parsed.sightings == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"odds": -50}, "bad_odds"),
        ({"odds": "-1x0"}, "bad_odds"),
        ({"odds": True}, "bad_odds"),
        ({"value": 3}, "bad_value"),
        ({"side": "draw"}, "bad_side"),
        ({"event_id": 2}, "bad_event_id"),
        ({"market_id": "12.5"}, "bad_market_id"),
    ],
)
def test_an_impossible_outcome_is_put_aside_alone(changes, reason):
    """Its other side stays."""
    parsed = board({"68": {"event": {"moneyline": [{**outcome("home"), **changes}, outcome("away")]}}})
    assert [one.reason for one in parsed.rejected] == [reason]
    assert [one.side for one in parsed.quotes] == ["away"]


def test_a_stamp_from_the_future_is_put_aside():
    """A clock that runs ahead by a minute is a clock; by a day it is a mistake."""
    near, far = ((NOW + ahead).isoformat() for ahead in (timedelta(minutes=1), timedelta(days=1)))
    parsed = history(
        {"odds": -120, "value": -1.5, "updated_at": near}, {"odds": -125, "value": -1.5, "updated_at": far}
    )
    assert [one.odds for one in parsed.quotes if one.stamped] == [-120]
    assert [one.reason for one in parsed.rejected] == ["bad_updated_at"]


def test_a_renamed_period_stops_the_payload():
    """No full-game market anywhere is a new layout, not a quiet day."""
    with pytest.raises(PayloadShapeError, match="event"):
        board({"68": {"fullgame": {"moneyline": [outcome("home"), outcome("away")]}}})


def test_the_catalogue_says_where_one_can_bet(shared_data):
    """15 is an average and 30 a memory; 68 is DraftKings in New Jersey."""
    file = shared_data / "payloads" / "action_network" / "DERIVED_allBooks_catalogue_2025-06-16.json"
    books = {one.book_id: one for one in action_network.parse(file.read_bytes(), NOW).books}
    assert len(books) == 430
    assert (books["15"].kind, books["15"].bettable) == ("consensus", False)
    assert (books["30"].kind, books["30"].bettable) == ("opener", False)
    assert (books["68"].name, books["68"].bettable) == ("DK NJ", True)
    assert "76" not in books
