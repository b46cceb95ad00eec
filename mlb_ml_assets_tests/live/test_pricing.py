"""One pricing of the resident pricer: what it stores, what it leaves alone, what it keeps in memory.

Belongs here: pricings on a live day of the simulated league, beside asset runs at the same instants.
Not here: the process and its lock (test_resident.py), events of Dagster (test_reports.py).
"""

from dataclasses import replace
from datetime import timedelta

from mlb_ml_assets.live.pricing import Pricer, _next_partition
from mlb_ml_assets.warehouse.arrivals import Waiting, WaitingGame, read_waiting
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets_tests.chain import LEAGUE, _enter, at, one, run_job
from mlb_ml_assets_tests.flows.tables import BETS, FEATURES, GAMES, PREDICTIONS, meant
from mlb_ml_assets_tests.live.conftest import MORNING, listings, move, pointed_at, price_what_waits

STRANGER = """
    INSERT INTO staging.action_network_odds_historical
        (external_game_id, sportsbook_external_id, market_type, side, odds, updated_at)
    VALUES ('77777777', '68', 'moneyline', 'home', %s, %s)
"""
PRICED_AT = "SELECT COUNT(*) FROM curated.ml_predictions WHERE prediction_timestamp = %s"
BOARD = """
    INSERT INTO staging.game_sightings (source, source_game_id, captured_at) VALUES ('action_network', %s, %s)
"""
# What the sources still quote: the open and close of a game keep the prices of other instants.
PULLED = """
    SELECT COUNT(*) FROM curated.market_lines AS l JOIN curated.game_identity AS i USING (game_id)
    WHERE i.source = 'action_network' AND i.source_game_id = %s AND l.stage = 'lineup'
        AND l.book LIKE 'action_network:%%'
"""
COMPARED = (
    *GAMES, *FEATURES, *PREDICTIONS, *BETS, "curated.game_openings", "curated.missing_closes",
    "curated.reference_closes", "curated.operator_closes",
)  # fmt: skip


def test_a_database_without_games_has_nothing_to_price(database, monkeypatch):
    """The first hour of an installation: an error here would be one every second."""
    _enter(monkeypatch, database)
    with connect(database.dsn, "mlb_ml:pricer", autocommit=True) as connection:
        pricer = Pricer(connection)
        (pricing,) = price_what_waits(pricer)
        assert (pricing.is_full, pricing.quotes, pricing.is_stopped) == (True, 0, False)
        assert not pricer.has_work(read_waiting(connection))


def test_quotes_of_games_that_no_schedule_lists_are_tried_once_a_minute(live, pricer, monkeypatch):
    """Quotes of another league would have every game priced again with each of them."""
    with at(MORNING.isoformat()), live.connect() as connection:
        price_what_waits(pricer)
        for price, is_full in ((-120, True), (-125, False)):
            connection.execute(STRANGER, (price, MORNING + timedelta(seconds=price)))
            assert [each.is_full for each in price_what_waits(pricer)] == [is_full]
        monkeypatch.setattr("mlb_ml_assets.live.pricing.SECONDS_BETWEEN_LINKS", -1.0)
        connection.execute(STRANGER, (-130, MORNING))
        assert [each.is_full for each in price_what_waits(pricer)] == [True]


def test_changed_facts_are_known_before_the_next_price_is_answered(live, pricer):
    """A starter that is scratched at noon must not be in the forecast that a price of one minute later gets."""
    with at(MORNING.isoformat()), live.connect() as connection:
        price_what_waits(pricer)
        connection.execute(
            "UPDATE staging.probable_starters SET known_at = known_at - INTERVAL '1 second' WHERE known_at > %s",
            (MORNING - timedelta(hours=12),),
        )
        waiting = read_waiting(connection)
        assert (waiting.games, waiting.has_facts) == ((), True)
        (pricing,) = price_what_waits(pricer)
        assert pricing.is_full
        connection.execute("UPDATE staging.probable_starters SET known_at = known_at WHERE FALSE")
        assert not pricer.has_work(read_waiting(connection))


def test_facts_that_are_committed_while_a_pricing_reads_stay_logged(live, pricer, monkeypatch):
    """A schedule page that arrived after the games were built had its notice deleted with those before it."""

    def build_games_and_miss_a_page(*arguments):
        report = build_enhanced_games(*arguments)
        connection.execute("UPDATE staging.probable_starters SET known_at = known_at")
        return report

    with at(MORNING.isoformat()), live.connect() as connection:
        connection.autocommit = True
        with monkeypatch.context() as patch:
            patch.setattr("mlb_ml_assets.live.pricing.build_enhanced_games", build_games_and_miss_a_page)
            pricer.price(read_waiting(connection))
        assert read_waiting(connection).has_facts
        (pricing,) = price_what_waits(pricer)
        assert pricing.is_full


def test_quotes_of_a_clock_that_is_ahead_are_priced_once_they_may_be_used(live, pricer):
    """A collector two seconds ahead of us commits prices that nothing announces again when their time has come."""
    stamp = MORNING + timedelta(minutes=10)
    with at(MORNING.isoformat()), live.connect() as connection:
        price_what_waits(pricer)
    with at((stamp - timedelta(seconds=2)).isoformat()), live.connect() as connection:
        move(connection, listings(connection)[-2:], stamp)
        price_what_waits(pricer)
        assert one(connection, PRICED_AT, stamp) == (0,)
        # Another price of the game that may be used does not hide the one that may not yet.
        move(connection, listings(connection)[-1:], stamp - timedelta(seconds=3))
        price_what_waits(pricer)
    with at((stamp + timedelta(seconds=1)).isoformat()), live.connect() as connection:
        (pricing,) = price_what_waits(pricer)
        assert (pricing.is_full, pricing.quotes) == (False, 0)
        assert one(connection, PRICED_AT, stamp) == (2,)


def test_a_board_that_shows_no_price_any_more_is_priced_with_the_next_quote(live, twin, pricer):
    """Lines of games without new quotes were once not built again: a price that was pulled stayed the one to bet at."""
    captured, moved = MORNING + timedelta(minutes=10), MORNING + timedelta(minutes=11)
    with live.connect() as own, twin.connect() as other:
        games = listings(own)
        with at(MORNING.isoformat()):
            price_what_waits(pricer)
        run_assets(twin, MORNING)
        with at(moved.isoformat()):
            for connection in (own, other):
                connection.execute(BOARD, (games[0], captured))
            assert not pricer.has_work(read_waiting(pricer._connection))
            for connection in (own, other):
                move(connection, games[-1:], moved)
            (pricing,) = price_what_waits(pricer)
            assert not pricing.is_full
        run_assets(twin, moved)
        assert meant(own, COMPARED) == meant(other, COMPARED)
        assert one(own, "SELECT COUNT(*) FROM staging.board_arrivals") == (0,)
        assert one(own, PULLED, games[0]) == (0,)


def test_boards_of_earlier_days_do_not_wait_for_ever():
    """Each would be looked up ten times a second, until the upkeep of a Monday a month later."""
    board = WaitingGame("action_network", "1", 7, LEAGUE.today - timedelta(days=1), quotes=0)
    quote = replace(board, source_game_id="2", quotes=2)
    with at(MORNING.isoformat()):
        days, games = _next_partition(Waiting((board, quote), has_facts=False))
        assert (days.first, games) == (LEAGUE.today, [board])
        days, games = _next_partition(Waiting((quote,), has_facts=False))
        assert (days.first, games) == (quote.game_date, [quote])


def run_assets(database, instant):
    """The job of the odds sensor, on another copy."""
    with pointed_at(database), at(instant.isoformat()):
        result = run_job("slate", LEAGUE.today.isoformat(), LEAGUE.today.isoformat())
    assert result.success


def test_after_every_commit_the_rows_are_those_of_an_asset_run(live, twin, pricer):
    """Pricing a part of a day can forget what the part moves elsewhere: caps of the slate, superseded decisions."""
    with live.connect() as own, twin.connect() as other:
        games = listings(own)
        script = [
            (0, []), (10, games[-1:]), (20, games[-1:]), (30, games[:3]), (31, games),
            (45, listings(own, LEAGUE.today + timedelta(days=1))[:2] + games[1:2]),
        ]  # fmt: skip
        full = []
        for minutes, moved in script:
            instant = MORNING + timedelta(minutes=minutes)
            for connection in (own, other):
                move(connection, moved, instant)
            with at(instant.isoformat()):
                full += [pricing.is_full for pricing in price_what_waits(pricer)]
            run_assets(twin, instant)
            assert meant(own, COMPARED) == meant(other, COMPARED), f"at {instant}"
        # The first pricing links the listings, whose quotes then count as arrived.
        assert full[0]
        assert not any(full[1:])
        assert len(full) == 7
        instants = [MORNING + timedelta(minutes=minutes) for minutes, moved in script if moved]
        answered = "SELECT COUNT(DISTINCT p.prediction_timestamp) FROM curated.ml_predictions AS p "
        answered += "WHERE p.prediction_timestamp = ANY(%s)"
        assert one(own, answered, instants) == (len(instants),)
    assert read_waiting(pricer._connection).games == ()
