"""From when to when each price could be bet: the history beside what could be bet at an instant.

Belongs here: staging.quote_history against staging.quotes_at, instant by instant.
Not here: either of them against captures (test_sightings.py), pages and API (serving/).
"""

import random
from datetime import timedelta

import pandas as pd
import pytest

from mlb_ml_assets.sources.rows import Quote, Sighting
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.live_quotes import write_quotes, write_sightings
from mlb_ml_assets.warehouse.queries import read_dicts
from mlb_ml_assets.warehouse.quote_metrics import read_quote_metrics
from mlb_ml_assets_tests.warehouse.game_rows import DAY, START, book, insert, record

AT = """
    SELECT book_id, market_type, side, odds, line_value
    FROM staging.quotes_at(ARRAY[%(game)s::BIGINT], ARRAY[%(at)s::TIMESTAMPTZ], ARRAY[%(at)s::TIMESTAMPTZ], %(known)s)
    WHERE NOT suspended AND NOT pulled ORDER BY 1, 2, 3
"""
HISTORY = """
    SELECT SPLIT_PART(book, ':', 2), market_type, side, odds, line_value
    FROM staging.quote_history(ARRAY[%(game)s::BIGINT], %(known)s) WHERE offered @> %(at)s::TIMESTAMPTZ ORDER BY 1, 2, 3
"""


@pytest.fixture
def game(database):
    """A connection and a game that a feed lists."""
    with database.connect() as connection:
        record(connection, "1")
        record(connection, "odds-1", source="the_odds_api")
        book(connection, "alpha")
        with connection.transaction():
            build_enhanced_games(connection, DAY, DAY)
        (game_id,) = connection.execute("SELECT id FROM curated.enhanced_games").fetchone()
        yield connection, game_id


def minute(count):
    return START - timedelta(hours=8) + timedelta(minutes=count)


def write_board(connection, chance, at):
    """A board with what two books show of two markets then: prices move, come late in logs, pause, vanish, return."""
    quotes, seen = [], []
    for book_id in ("alpha", "beta"):
        for market, sides in (("moneyline", ("home", "away")), ("total", ("over", "under"))):
            if chance.random() < 0.3:
                continue
            for stamp in sorted(chance.sample(range(max(at - 60, 0), at + 1), chance.choice((1, 1, 1, 3)))):
                line = None if market == "moneyline" else chance.choice((8.5, 9.0))
                quotes += [
                    Quote(
                        "odds-1", book_id, market, side, chance.choice((-120, -110, 105)), line, minute(stamp),
                        minute(at), stamped=stamp < at,
                    )
                    for side in sides
                ]  # fmt: skip
            seen.append((minute(at), Sighting("odds-1", book_id, market, minute(at))))
    listed = bool(quotes) or chance.random() < 0.7
    with connection.transaction():
        write_quotes(connection, "the_odds_api", [(1, place, quote) for place, quote in enumerate(quotes)])
        write_sightings(connection, "the_odds_api", seen, [(minute(at), "odds-1")] if listed else [])
    if chance.random() < 0.2:
        insert(
            connection, "staging.game_status_history", source="the_odds_api", source_game_id="odds-1",
            captured_at=minute(at), status=chance.choice(("scheduled", "postponed")), game_date=DAY,
            scheduled_start=START,
        )  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_a_price_is_on_offer_exactly_while_a_decision_could_bet_it(game, seed):
    """Pages drew every stamp of a log, and prices of suspended and pulled markets: no decision ever had those."""
    connection, game_id = game
    chance = random.Random(seed)
    captures = sorted(chance.sample(range(10, 400, 5), 14))
    for at in captures:
        write_board(connection, chance, at)
    found = 0
    for at in sorted({0, *captures, *chance.sample(range(420), 40)}):
        for known in (minute(at), minute(500)):
            asked = {"game": game_id, "at": minute(at), "known": known}
            could_be_bet = connection.execute(AT, asked).fetchall()
            assert connection.execute(HISTORY, asked).fetchall() == could_be_bet, minute(at)
            found += len(could_be_bet)
    assert found


@pytest.mark.parametrize("reversed_", [False, True])
def test_the_history_of_two_sides_is_that_part_of_all(game, reversed_):
    """A source that has the clubs exchanged has the game's home side as away."""
    connection, game_id = game
    chance = random.Random(7)
    for at in range(10, 400, 30):
        write_board(connection, chance, at)
    if reversed_:
        connection.execute("UPDATE staging.source_games SET home_team = away_team, away_team = home_team "
                           "WHERE source = 'the_odds_api'")  # fmt: skip
    of_sides = "SELECT h::TEXT FROM staging.quote_history(ARRAY[%s::BIGINT], %s, sides => %s) AS h {} ORDER BY 1"
    now = minute(500)
    for sides in (["home", "over"], ["away"], []):
        part = connection.execute(of_sides.format(""), (game_id, now, sides)).fetchall()
        all_sides = of_sides.format("WHERE side = ANY(%s)")
        assert part == connection.execute(all_sides, (game_id, now, None, sides)).fetchall()
        assert bool(part) == bool(sides)


def test_only_books_that_take_bets_and_only_prices_that_exist(game):
    """Every book is looked up at each side of every market: one that quotes a single market has no others."""
    connection, game_id = game
    book(connection, "opener", bettable=False)
    quotes = [
        Quote("odds-1", book_id, market, side, -110, line, minute(0), minute(0))
        for book_id, market, sides, line in (
            ("alpha", "total", ("over", "under"), 8.5),
            ("opener", "moneyline", ("home", "away"), None),
            ("unlisted", "moneyline", ("home", "away"), None),
        )
        for side in sides
    ]
    with connection.transaction():
        write_quotes(connection, "the_odds_api", [(1, place, quote) for place, quote in enumerate(quotes)])
    sides_of = """
        SELECT book_id, market_type, side
        FROM staging.quotes_at(
            ARRAY[%s::BIGINT], ARRAY[%s::TIMESTAMPTZ], ARRAY[%s::TIMESTAMPTZ], %s, only_bettable => %s
        )
        ORDER BY 1, 2, 3
    """
    found = {
        only: connection.execute(sides_of, (game_id, minute(1), minute(1), minute(1), only)).fetchall()
        for only in (True, False)
    }
    assert found[True] == [("alpha", "total", "over"), ("alpha", "total", "under")]
    assert found[False] == sorted((quote.book_id, quote.market_type, quote.side) for quote in quotes)


def test_a_suspended_price_of_another_program_ends_the_one_before_it(game):
    """Shown on, it is a price that the book had taken down."""
    connection, game_id = game
    record(connection, "9", source="action_network")
    with connection.transaction():
        build_enhanced_games(connection, DAY, DAY)
    for at, status in ((0, "normal"), (60, "suspended"), (90, "normal")):
        insert(
            connection, "staging.action_network_odds_historical", external_game_id="9", sportsbook_external_id="68",
            market_type="moneyline", side="home", odds=-110, updated_at=minute(at), line_status=status,
        )  # fmt: skip
    for at, offered in ((30, True), (70, False), (95, True)):
        asked = {"game": game_id, "at": minute(at), "known": minute(500)}
        assert bool(connection.execute(HISTORY, asked).fetchall()) == offered
        assert bool(connection.execute(AT, asked).fetchall()) == offered


def test_odds_that_are_no_price_are_nowhere_one(game):
    """A -50 that another program wrote was quarantined by the pipeline, and a price for API, pages and analysts."""
    connection, game_id = game
    record(connection, "56789", source="action_network")
    book(connection, "68", source="action_network")
    with connection.transaction():
        build_enhanced_games(connection, DAY, DAY)
    for odds, hours in ((-110, 5), (-50, 3)):
        insert(
            connection, "staging.action_network_odds_historical", external_game_id="56789", sportsbook_external_id="68",
            market_type="moneyline", side="home", odds=odds, updated_at=START - timedelta(hours=hours),
            data_collection_time=START - timedelta(hours=hours),
        )  # fmt: skip
    every = {"market_type": None, "book": None, "since": None, "until": None, "limit": 9, "offset": 0}
    (quote,) = read_dicts(connection, "api_quotes", {"game_id": game_id, "now": START, **every})
    assert (quote["odds"], quote["ended_at"]) == (-110, START - timedelta(hours=3))
    (stretch,) = read_dicts(connection, "api_movement", {"game_ids": [game_id], "sides": ["home"], "now": START})
    assert (stretch["odds"], stretch["until"]) == (-110, START - timedelta(hours=3))
    (stored,) = read_dicts(connection, "read_quotes", {"from_day": DAY, "to_day": DAY, "as_of": None})
    assert stored["odds"] == -110
    request = pd.DataFrame({"game_id": [game_id], "as_of": [pd.Timestamp(START - timedelta(hours=1))]})
    (side,) = read_quote_metrics(connection, request).to_dict("records")
    assert (side["odds"], side["standing"]) == (-110, False)
