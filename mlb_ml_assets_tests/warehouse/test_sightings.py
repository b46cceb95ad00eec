"""What had last been seen by an instant, whatever was captured later and in whatever order it arrived.

Belongs here: runs of sightings against the captures that they stand for; prices as of an instant.
Not here: recorded series (flows/test_replay_equals_live.py), what is bet at a price (betting/).
"""

import random
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from mlb_ml_assets.sources.rows import Quote, Sighting
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.live_quotes import write_quotes, write_sightings
from mlb_ml_assets.warehouse.recommendations import read_decision_quotes
from mlb_ml_assets_tests.warehouse.game_rows import DAY, START, book, record

NOON = datetime(2026, 7, 1, 16, tzinfo=UTC)
MARKETS = ("moneyline", "total", "spread")
RUNS = (
    "SELECT market_type, first_captured_at, last_captured_at, seen_at FROM staging.market_sightings "
    "WHERE source = 'feed' ORDER BY market_type, first_captured_at"
)
LAST_SEEN = """
    SELECT r.market_type,
        COALESCE(r.seen_at, CASE WHEN r.last_captured_at <= %(at)s THEN r.last_captured_at ELSE b.at END)
    FROM (SELECT MAX(captured_at) AS at FROM staging.game_sightings WHERE captured_at <= %(at)s) AS b
    CROSS JOIN (
        SELECT DISTINCT ON (market_type) * FROM staging.market_sightings
        WHERE source = 'feed' AND first_captured_at <= %(at)s ORDER BY market_type, first_captured_at DESC
    ) AS r
"""


def minute(count):
    return NOON + timedelta(minutes=count)


def captures_of(seed):
    """Minute -> (lists the game in full, market -> minutes before the capture at which the source had seen it)."""
    chance = random.Random(seed)
    lags = (0,) if seed % 2 else (0, 0, 1, 3)
    return {
        at: (
            chance.random() < 0.8,
            {market: chance.choice(lags) for market in MARKETS if chance.random() < 0.7},
        )
        for at in sorted(chance.sample(range(0, 200, 5), chance.randint(1, 14)))
    }


def write(connection, captures, *batch):
    """Write some of the captures in one transaction."""
    with connection.transaction():
        write_sightings(
            connection,
            "feed",
            [
                (minute(at), Sighting("1", "68", market, minute(at - lag)))
                for at in batch
                for market, lag in captures[at][1].items()
            ],
            [(minute(at), "1") for at in batch if captures[at][0]],
        )


def last_seen(captures, at):
    """Market -> instant of its last sighting by a minute, from the captures themselves."""
    found = {}
    for captured, (_, markets) in captures.items():
        found |= {market: minute(captured - lag) for market, lag in markets.items() if captured <= at}
    return found


@pytest.mark.parametrize("seed", range(12))
def test_the_last_sighting_by_any_instant_is_that_of_the_captures_in_any_order_of_arrival(database, seed):
    """An all-time maximum knew that a price would be seen again: a replay bet prices that were hours old."""
    captures = captures_of(seed)
    with database.connect() as connection:
        write(connection, captures, *captures)
        in_order = connection.execute(RUNS).fetchall()
        for at in range(-5, 215, 7):
            assert dict(connection.execute(LAST_SEEN, {"at": minute(at)}).fetchall()) == last_seen(captures, at)
        for round_ in range(3):
            connection.execute("TRUNCATE staging.market_sightings, staging.game_sightings")
            order = list(captures)
            random.Random(seed * 100 + round_).shuffle(order)
            while order:
                batch, order = order[: round_ + 1], order[round_ + 1 :]
                write(connection, captures, *batch)
                write(connection, captures, batch[0])
            assert connection.execute(RUNS).fetchall() == in_order


def test_a_market_captured_every_few_minutes_is_one_row(database):
    """A row per capture would be a second table of prices."""
    captures = {at: (True, dict.fromkeys(MARKETS, 0)) for at in range(0, 1000, 5)}
    with database.connect() as connection:
        for at in captures:
            write(connection, captures, at)
        assert connection.execute(RUNS).fetchall() == [
            (market, minute(0), minute(995), None) for market in sorted(MARKETS)
        ]


@pytest.fixture
def game(database):
    """A linked game at one feed, and a book that takes bets."""
    with database.connect() as connection:
        record(connection, "1")
        record(connection, "odds-1", source="the_odds_api")
        book(connection, "alpha")
        with connection.transaction():
            build_enhanced_games(connection, DAY, DAY)
        yield connection


def capture(connection, hours, odds, *, stamp=None, listed=True):
    """A board captured so many hours before START: the moneyline of one book, or without it where `odds` is None."""
    at = START - timedelta(hours=hours)
    stamp = at if stamp is None else START - timedelta(hours=stamp)
    sides = [] if odds is None else [("home", odds), ("away", -odds)]
    quotes = [Quote("odds-1", "alpha", "moneyline", side, price, None, stamp, at) for side, price in sides]
    seen = [(at, Sighting("odds-1", "alpha", "moneyline", stamp))] if quotes else []
    with connection.transaction():
        write_quotes(connection, "the_odds_api", [(1, place, quote) for place, quote in enumerate(quotes)])
        write_sightings(connection, "the_odds_api", seen, [(at, "odds-1")] if listed else [])


def decided(connection, hours):
    """(odds, minutes since seen, down) of the home side at a decision so many hours before START."""
    (game_id,) = connection.execute("SELECT id FROM curated.enhanced_games").fetchone()
    as_of = START - timedelta(hours=hours)
    found = read_decision_quotes(
        connection, pd.DataFrame({"game_id": [game_id], "stage": ["lineup"], "as_of": [as_of]})
    )
    return [
        (row.odds, round((as_of - row.seen_at).total_seconds() / 60), row.down)
        for row in found[found["side"] == "home"].itertuples()
    ]


def test_a_decision_sees_what_was_captured_by_then_and_nothing_later(game):
    """Replay equals live: the same answer before the later captures arrive and afterwards."""
    boards = [(8, -120), (6, -130), (4, None), (2, -140), (1, -150)]
    moments = (9, 8, 7, 5.9, 4, 3, 2, 1.5, 0.5)
    live = {}
    for moment in moments:
        for hours, odds in [board for board in boards if board[0] >= moment]:
            capture(game, hours, odds)
        live[moment] = decided(game, moment)
        game.execute("TRUNCATE staging.quote_observations, staging.source_quotes, staging.market_sightings")
        game.execute("TRUNCATE staging.game_sightings")
    for hours, odds in reversed(boards):
        capture(game, hours, odds)
    assert {moment: decided(game, moment) for moment in moments} == live
    assert live[7] == [(-120, 60, False)]
    assert live[3] == [(-130, 180, True)]
    assert live[9] == []


def test_a_price_counts_from_its_capture_not_from_its_stamp(game):
    """A board stamps its prices a minute before it is read: a decision at the stamp could not have been made."""
    capture(game, 5, -120, stamp=5.5)
    assert decided(game, 5.25) == []
    assert decided(game, 5) == [(-120, 30, False)]


def test_a_price_that_a_later_capture_stamps_the_same_does_not_replace_the_one_seen_first(game):
    """The change row keeps the last price of a stamp; a decision before it saw the first."""
    capture(game, 5, -120, stamp=6)
    capture(game, 4, -150, stamp=6)
    assert decided(game, 4.5) == [(-120, 90, False)]
    assert decided(game, 3.5) == [(-150, 150, False)]
