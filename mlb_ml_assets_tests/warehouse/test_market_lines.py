"""Market lines from live quotes.

Belongs here: stages, consensus, and quotes that must not count.
Not here: archives (assets/test_history_import.py).
"""

from datetime import timedelta

import pytest

from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.market_lines import build_market_lines
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
    """A game with an odds source and three books, one of which takes no bets."""
    with database.connect() as connection:
        record(connection, "1")
        record(connection, "odds-1", source="the_odds_api")
        for name in ("alpha", "beta", "gamma"):
            book(connection, name)
        book(connection, "consensus", bettable=False)
        yield connection


def lines(connection):
    """(stage, market) -> (home or over odds, away or under odds, line, book, books), and the build's report."""
    with connection.transaction():
        build_enhanced_games(connection, DAY, DAY)
        report = build_market_lines(connection, DAY, DAY).report
    rows = connection.execute(
        "SELECT stage, market_type, home_or_over_odds, away_or_under_odds, line_value::float, book, books, "
        "fair_probability, quoted_at, assumed FROM curated.market_lines"
    ).fetchall()
    return {row[:2]: row[2:] for row in rows}, report


def moneyline(connection, name, *prices, until=0.05):
    """(home, away, hours before the start) at one book, last seen `until` hours before it."""
    for home, away, at in prices:
        quote(connection, name, "home", home, at)
        quote(connection, name, "away", away, at)
    seen(connection, name, until)


def test_each_stage_has_the_price_that_stood_then(connection):
    """The last price of the day as the opening price is the future sold as the past."""
    moneyline(connection, "alpha", (-110, -110, 24), (-120, 100, 3), (-130, 110, 0.5))
    found, _ = lines(connection)
    assert [found[stage, "moneyline"][0] for stage in ("open", "lineup", "close")] == [-110, -120, -130]
    assert not found["close", "moneyline"][-1]
    assert found["lineup", "moneyline"][-2] == START - timedelta(hours=3)


def test_odds_that_are_no_price_are_quarantined_and_the_rest_is_priced(connection):
    """One -98 in another program's table stopped the stakes of a whole day."""
    moneyline(connection, "alpha", (-110, -110, 24))
    moneyline(connection, "beta", (-112, -108, 24))
    listing = ("56789", "68")
    record(connection, listing[0], source="action_network")
    book(connection, listing[1], source="action_network")
    connection.execute(
        "INSERT INTO staging.action_network_odds_historical "
        "(external_game_id, sportsbook_external_id, market_type, side, odds, updated_at) "
        "VALUES (%s, %s, 'moneyline', 'home', -98, %s), (%s, %s, 'moneyline', 'away', -110, %s)",
        (*listing, START - timedelta(hours=24), *listing, START - timedelta(hours=24)),
    )
    found, report = lines(connection)
    assert found["open", "moneyline"][4] == 2
    assert report["quotes that are no prices"] == 1
    held = connection.execute("SELECT source, reason, source_game_id FROM raw_data.quarantine").fetchall()
    assert held == [("action_network", "impossible price", "56789")]


def test_a_price_after_first_pitch_is_no_close(connection):
    """In-play prices know the score; as a close they beat every model."""
    moneyline(connection, "alpha", (-110, -110, 24), (-400, 310, -0.5))
    assert lines(connection)[0]["close", "moneyline"][0] == -110


def test_the_actual_first_pitch_decides_what_is_in_play(connection):
    """A rain delay: prices between the listed and the real start are still pre-game."""
    record(connection, "PIT202406040", source="history_bundle", status="final")
    result(connection, "PIT202406040", 1, 0, source="history_bundle", first_pitch=START + timedelta(hours=1))
    moneyline(connection, "alpha", (-110, -110, 24), (-125, 105, -0.5), until=-0.9)
    assert lines(connection)[0]["close", "moneyline"][0] == -125


def test_a_close_last_seen_over_fifteen_minutes_before_is_none(connection):
    """A dead scraper's last price is not what the market closed at."""
    moneyline(connection, "alpha", (-110, -110, 24), until=0.3)
    found, _ = lines(connection)
    assert ("close", "moneyline") not in found
    assert ("lineup", "moneyline") in found


def test_a_price_seen_standing_counts_however_old_its_change_is(connection):
    """Age counts from when a price was last on offer: an unmoved line is not a stale one."""
    moneyline(connection, "alpha", (-110, -110, 40), until=0.1)
    assert lines(connection)[0]["close", "moneyline"][0] == -110


def test_the_consensus_is_the_median_book_and_names_the_nearest(connection):
    """A mean lets one wild book move the market; odds that no book shows cannot be bet."""
    moneyline(connection, "alpha", (-110, -110, 5))
    moneyline(connection, "beta", (-115, -105, 5))
    moneyline(connection, "gamma", (-150, 130, 5))
    home, away, _, name, books, fair, *_ = lines(connection)[0]["close", "moneyline"]
    assert (home, away, name, books) == (-115, -105, "the_odds_api:beta", 3)
    margin = 115 / 215 + 105 / 205 - 1
    assert fair == pytest.approx(115 / 215 - margin / 2)


def test_sides_of_two_books_are_never_one_market(connection):
    """Best home of one book with best away of another is an arbitrage that nobody could take."""
    quote(connection, "alpha", "home", -110, 5)
    quote(connection, "beta", "away", 120, 5)
    assert lines(connection)[0] == {}


def test_over_and_under_of_different_numbers_are_no_pair(connection):
    """Over 8 at -110 and under 9 at -110 is a middle, not a price."""
    quote(connection, "alpha", "over", -110, 5, line=8.0)
    quote(connection, "alpha", "under", -110, 5, line=9.0)
    assert lines(connection)[0] == {}


def test_the_number_that_most_books_show_is_the_market(connection):
    """Averaging 8 and 9 to 8.5 invents a number with another push."""
    for name, number in (("alpha", 8.0), ("beta", 8.0), ("gamma", 9.0)):
        quote(connection, name, "over", -110, 5, line=number)
        quote(connection, name, "under", -110, 5, line=number)
        seen(connection, name, 0.1, market="total")
    assert lines(connection)[0]["close", "total"][2] == 8.0


def test_a_run_line_is_told_from_the_home_side(connection):
    """A book that lists home +1.5 and one that lists home -1.5 do not price one bet."""
    quote(connection, "alpha", "home", 150, 5, line=-1.5)
    quote(connection, "alpha", "away", -170, 5, line=1.5)
    seen(connection, "alpha", 0.1, market="spread")
    assert lines(connection)[0]["close", "spread"][:3] == (150, -170, -1.5)


def test_impossible_margins_are_refused_and_counted(connection):
    """An overround below zero is a mistyped price; devigged, it would be the surest bet on the board."""
    moneyline(connection, "alpha", (150, 150, 5))
    found, report = lines(connection)
    assert found == {}
    assert report["refused moneyline: overround outside 0 to .12"] == 3


@pytest.mark.parametrize("name", ["consensus", "nobody"])
def test_prices_of_no_bettable_book_do_not_count(connection, name):
    """A page's own average is not a place to bet, and an unlisted book may be one."""
    moneyline(connection, name, (-110, -110, 5))
    assert lines(connection)[0] == {}


def test_a_suspended_or_pulled_market_is_not_standing(connection):
    """Books take a market down when they know something; its last price was withdrawn."""
    moneyline(connection, "alpha", (-110, -110, 5))
    quote(connection, "alpha", "home", -110, 2, status="suspended")
    quote(connection, "beta", "home", -110, 5)
    quote(connection, "beta", "away", -110, 5)
    seen(connection, "beta", 3, pulled=2)
    found, _ = lines(connection)
    assert set(found) == {("open", "moneyline")}


def test_a_line_whose_quotes_are_gone_goes(connection):
    """A corrected source must be able to take a wrong price back."""
    moneyline(connection, "alpha", (-110, -110, 5))
    lines(connection)
    connection.execute("DELETE FROM staging.source_quotes")
    found, report = lines(connection)
    assert found == {}
    assert report["lines_removed"] == 3


def test_action_networks_own_table_counts_like_any_other(connection):
    """The adopted odds table holds most of the live prices there are."""
    record(connection, "77", source="action_network")
    book(connection, "68", source="action_network")
    for side, odds in (("home", -120), ("away", 100)):
        insert(
            connection, "staging.action_network_odds_historical", external_game_id="77", sportsbook_external_id="68",
            market_type="moneyline", side=side, odds=odds, updated_at=START - timedelta(hours=2),
        )  # fmt: skip
    found, _ = lines(connection)
    assert found["lineup", "moneyline"][:4] == (-120, 100, None, "action_network:68")


def test_a_days_work_reads_the_days_quotes_by_index(connection):
    """A build that scans the table takes longer every day of every season."""
    add_quotes_of_others(connection)
    moneyline(connection, "alpha", (-110, -110, 5))
    lines(connection)
    connection.execute("SELECT pg_stat_force_next_flush()")
    scans = "SELECT sum(seq_tup_read) FROM pg_stat_user_tables WHERE relname LIKE 'source_quotes%'"
    before = connection.execute(scans).fetchone()
    lines(connection)
    connection.execute("SELECT pg_stat_force_next_flush()")
    assert connection.execute(scans).fetchone() == before
