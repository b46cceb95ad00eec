"""How prices moved, from quotes written by hand whose every metric has a known answer.

Belongs here: metrics of one side at one book, of a market over its books, splits, and what must not count.
Not here: steam and reverse movement without a database (features/test_quote_movement.py), real prices
(assets/test_history_import.py).
"""

import struct
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.quote_metrics import (
    SPLITS_COLUMNS,
    read_market_metrics,
    read_quote_metrics,
    read_splits_columns,
)
from mlb_ml_assets.warehouse.row_codec import NotFixedWidth, decode_arrays
from mlb_ml_assets_tests.warehouse.game_rows import (
    DAY,
    START,
    add_quotes_of_others,
    book,
    insert,
    quote,
    record,
    result,
    seen,
)


@pytest.fixture
def connection(database):
    """A linked game with an odds source of three books, and one page that takes no bets."""
    with database.connect() as connection:
        record(connection, "1")
        record(connection, "odds-1", source="the_odds_api")
        for name in ("alpha", "beta", "gamma"):
            book(connection, name)
        book(connection, "consensus", bettable=False)
        with connection.transaction():
            build_enhanced_games(connection, DAY, DAY)
        yield connection


def asked(connection, hours):
    """The request of the game at so many hours before its start, negative for after it."""
    (game,) = connection.execute("SELECT id FROM curated.enhanced_games").fetchone()
    return pd.DataFrame({"game_id": [game], "as_of": [pd.Timestamp(START - timedelta(hours=hours))]})


def home(connection, hours, name="alpha"):
    found = read_quote_metrics(connection, asked(connection, hours))
    return found[(found["book"] == f"the_odds_api:{name}") & (found["side"] == "home")].squeeze()


def moneyline(connection, name, *prices):
    for home_odds, away_odds, at in prices:
        quote(connection, name, "home", home_odds, at)
        quote(connection, name, "away", away_odds, at)


def split(connection, tickets, money, at, book_id="alpha", market="moneyline"):
    insert(
        connection, "staging.source_splits", source="the_odds_api", source_game_id="odds-1", book_id=book_id,
        market_type=market, captured_at=START - timedelta(hours=at), tickets_home_or_over=tickets,
        tickets_away_or_under=100 - tickets, money_home_or_over=money, money_away_or_under=100 - money,
    )  # fmt: skip


PATH = ((100, -110, 30), (-150, 130, 5), (-150, 130, 4), (-100, -110, 1.5))


def test_each_metric_of_a_side_has_its_known_answer(connection):
    """Break-even .5 at 30 h, .6 at 5 h, the same again at 4 h, .5 at 1.5 h: measured one hour before."""
    moneyline(connection, "alpha", *PATH)
    seen(connection, "alpha", 1.25)
    told = home(connection, 1)
    assert (told["opening_odds"], told["odds"], told["opened_at"]) == (100, -100, START - timedelta(hours=30))
    assert told["changes"] == 2
    assert told["largest_move"] == pytest.approx(0.1)
    assert told["velocity_1h"] == pytest.approx(0.5 - 0.6)
    assert told["velocity_6h"] == pytest.approx(0.0)
    assert told["velocity_24h"] == pytest.approx(0.0)
    assert (told["minutes_since_change"], told["minutes_since_seen"]) == (30, 15)
    assert np.isnan(told["closing_odds"])


def test_a_window_without_a_price_at_its_beginning_has_no_velocity(connection):
    """Zero would say that the market did not move before it existed."""
    moneyline(connection, "alpha", (100, -110, 5), (-150, 130, 2))
    told = home(connection, 1)
    assert told["velocity_1h"] == pytest.approx(0.0)
    assert np.isnan(told["velocity_6h"])


def test_prices_at_two_numbers_are_not_compared(connection):
    """Over 8 at +100 to over 8.5 at -110 is a rise of the number; read as a price it would be a fall of nothing."""
    for number, odds, at in ((8.0, 100, 30), (8.5, -110, 2)):
        quote(connection, "alpha", "over", odds, at, line=number)
        quote(connection, "alpha", "under", -110, at, line=number)
    found = read_quote_metrics(connection, asked(connection, 1))
    over = found[found["side"] == "over"].squeeze()
    assert (over["changes"], over["largest_line_move"]) == (1, 0.5)
    assert np.isnan(over["largest_move"])
    assert np.isnan(over["velocity_24h"])
    assert read_market_metrics(connection, asked(connection, 1))["line_move"].tolist() == [0.5]


def test_a_quote_after_the_instant_changes_nothing(connection):
    """Any metric that sees it has the future in it."""
    moneyline(connection, "alpha", *PATH[:3])
    moneyline(connection, "beta", *PATH[:3])
    split(connection, 60, 70, at=3)
    before = [read(connection, asked(connection, 2)) for read in (read_quote_metrics, read_market_metrics)]
    moneyline(connection, "alpha", (-300, 250, 1.5))
    moneyline(connection, "gamma", (-300, 250, 1.9))
    split(connection, 10, 5, at=1.5)
    after = [read(connection, asked(connection, 2)) for read in (read_quote_metrics, read_market_metrics)]
    for one, other in zip(before, after, strict=True):
        pd.testing.assert_frame_equal(one, other)


def test_the_close_is_the_last_price_before_the_actual_first_pitch(connection):
    """After a rain delay prices between the listed and the real start are pre-game; after the real start, never."""
    record(connection, "PIT202406040", source="history_bundle", status="final")
    result(connection, "PIT202406040", 1, 0, source="history_bundle", first_pitch=START + timedelta(hours=1))
    with connection.transaction():
        build_enhanced_games(connection, DAY, DAY)
    moneyline(connection, "alpha", (-110, -110, 5), (-125, 105, -0.5), (-400, 310, -1), (-900, 600, -2))
    told = home(connection, -3)
    assert (told["odds"], told["closing_odds"], told["changes"]) == (-125, -125, 1)
    assert told["minutes_since_change"] == 30


def test_without_a_known_first_pitch_the_listed_start_ends_the_quotes(connection):
    """In-play prices know the score."""
    moneyline(connection, "alpha", (-110, -110, 5), (-400, 310, -0.5))
    assert home(connection, -3)["closing_odds"] == -110


def test_a_market_is_told_over_its_bettable_books(connection):
    """Best prices and the median; a page's own average and a suspended book are no place to bet."""
    moneyline(connection, "alpha", (-110, -110, 5))
    moneyline(connection, "beta", (-120, 110, 5))
    moneyline(connection, "gamma", (-105, -105, 6), (-130, 120, 5))
    moneyline(connection, "consensus", (200, 200, 5))
    row = read_market_metrics(connection, asked(connection, 1)).squeeze()
    fair = [
        (even - other + 1) / 2
        for even, other in ((110 / 210, 110 / 210), (120 / 220, 100 / 210), (130 / 230, 100 / 220))
    ]
    assert row["books"] == 3
    assert row["consensus"] == pytest.approx(fair[1])
    assert row["spread_across_books"] == pytest.approx(fair[2] - fair[0])
    assert (row["best_home_or_over_odds"], row["best_home_or_over_book"]) == (-110, "the_odds_api:alpha")
    assert (row["best_away_or_under_odds"], row["best_away_or_under_book"]) == (120, "the_odds_api:gamma")
    quote(connection, "alpha", "home", -110, 2, status="suspended")
    seen(connection, "gamma", 3, pulled=2)
    assert read_market_metrics(connection, asked(connection, 1)).squeeze()["books"] == 1


def test_steam_and_reverse_movement_come_out_of_the_tables(connection):
    """Three books to home inside ten minutes, against 70 percent of the tickets."""
    for name, at in (("alpha", 3.0), ("beta", 2.95), ("gamma", 2.9)):
        moneyline(connection, name, (-110, -110, 20), (-130, 115, at))
    split(connection, 30, 55, at=2)
    row = read_market_metrics(connection, asked(connection, 1)).squeeze()
    assert (row["steam_direction"], row["steam_books"]) == (1, 3)
    assert row["steam_at"] == START - timedelta(hours=2.9)
    assert (row["tickets"], row["handle_ticket_gap"], row["reverse_line_movement"]) == (30, 25, 1)


def test_a_vectors_splits_are_those_known_then_row_by_row(connection):
    """A share captured later, or of another market, in a stored vector is a leak that no retraining shows."""
    split(connection, 60, 70, at=20)
    split(connection, 50, 80, at=20, book_id="beta")
    split(connection, 40, 44, at=3, market="total")
    requests = pd.concat([asked(connection, hours) for hours in (1, 10, 30)]).set_index(pd.Index([7, 5, 5]))
    told = read_splits_columns(connection, requests)
    assert tuple(told.columns) == SPLITS_COLUMNS
    assert told.index.tolist() == [7, 5, 5]
    assert told["splits_money_gap_home"].tolist()[:2] == [20, 20]
    assert told["splits_tickets_home"].tolist()[:2] == [55, 55]
    assert told["splits_money_gap_over"].iloc[0] == 4
    assert told["splits_money_gap_over"].iloc[1:].isna().all()
    assert told.iloc[2].isna().all()


def test_sides_of_a_record_with_the_clubs_the_other_way_about_change_places(connection):
    """A club at home in another's park: its home price read as the host's is the wrong team's."""
    record(connection, "odds-2", source="action_network", home_team="NYM", away_team="PIT")
    (game,) = connection.execute("SELECT id FROM curated.enhanced_games").fetchone()
    insert(
        connection, "curated.game_identity", source="action_network", source_game_id="odds-2", game_id=game,
        confidence=1, method="test", evidence="{}",
    )  # fmt: skip
    insert(
        connection, "staging.action_network_odds_historical", external_game_id="odds-2", sportsbook_external_id="68",
        market_type="moneyline", side="home", odds=-140, updated_at=START - timedelta(hours=2),
    )  # fmt: skip
    told = read_quote_metrics(connection, asked(connection, 1))
    assert told[["book", "side", "odds"]].values.tolist() == [["action_network:68", "away", -140]]


def test_a_slate_reads_its_own_quotes_however_many_there_are(connection):
    """A query that scans the table takes longer every day of every season."""
    add_quotes_of_others(connection)
    moneyline(connection, "alpha", *PATH)
    scans = "SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname LIKE 'source_quotes%'"
    connection.execute("SELECT pg_stat_force_next_flush()")
    before = connection.execute(scans).fetchone()
    assert len(read_quote_metrics(connection, asked(connection, 1)))
    connection.execute("SELECT pg_stat_force_next_flush()")
    assert connection.execute(scans).fetchone() == before


def test_a_game_without_quotes_gives_no_rows(connection):
    """A slate before its first price is no error, and has the columns that callers ask for."""
    moneyline(connection, "alpha", (-110, -110, 5))
    assert read_quote_metrics(connection, asked(connection, 6)).empty
    assert set(read_quote_metrics(connection, asked(connection, 6)).columns) == set(
        read_quote_metrics(connection, asked(connection, 1)).columns
    )


def test_an_array_with_a_null_is_refused():
    """Its bytes are four fewer: read by stride, every later price would be its neighbour's."""
    head = struct.pack(">iiiii", 1, 1, 23, 2, 1)
    whole = head + struct.pack(">iiii", 4, -110, 4, 120)
    values, lengths = decode_arrays("integer", [whole, whole])
    assert (values.tolist(), lengths.tolist()) == ([-110, 120, -110, 120], [2, 2])
    with pytest.raises(NotFixedWidth, match="NULL"):
        decode_arrays("integer", [head + struct.pack(">iii", 4, -110, -1)])
    with pytest.raises(NotFixedWidth, match="NULL"):
        decode_arrays("integer", [head + struct.pack(">ii", -1, -1)])
