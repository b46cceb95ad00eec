"""Odds that another program wrote get their games and their market lines, and its rows keep their values.

Belongs here: the tables of the earlier system as its writers fill them, with and without MLB's schedule.
Not here: weighing one game's evidence (identity/test_odds_listings.py).
"""

from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from psycopg.types.json import Jsonb

from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.foreign_results import take_over_results
from mlb_ml_assets.flows.odds_identification import identify_odds
from mlb_ml_assets.warehouse.arrivals import poll_arrivals
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.market_lines import build_market_lines
from mlb_ml_assets.warehouse.migrations import migrate
from mlb_ml_assets.warehouse.odds_evidence import mark_listed_odds, read_listed_odds
from mlb_ml_assets.warehouse.recommendations import read_decision_quotes

DAY = date(2024, 6, 25)
# 21:40 Eastern: the date of the start in UTC is a day late.
START = datetime(2024, 6, 26, 1, 40, tzinfo=UTC)
GAMES = "curated.enhanced_games"


def insert(connection, table, **values):
    names, marks = ", ".join(values), ", ".join(["%s"] * len(values))
    connection.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", list(values.values()))


def type_a(connection, action_network_id="230059", home="AZ", away="MIN", start=START, **values):
    """A game as the service writes it that decides by Action Network's id: scheduled for ever, the date in UTC."""
    insert(
        connection, GAMES, action_network_game_id=int(action_network_id), home_team=home, away_team=away,
        home_team_full_name=home, away_team_full_name=away, game_datetime=start, game_date=start.date(), season=2024,
        **values,
    )  # fmt: skip


def type_b(connection, game_pk="744919", home="ARI", away="MIN", start=START):
    """The same game as the result sync writes it."""
    insert(
        connection, GAMES, mlb_stats_api_game_id=game_pk, home_team=home, away_team=away, game_datetime=start,
        game_date=start.date(), season=2024, game_status="final", home_score=5, away_score=4, winning_team=home,
    )  # fmt: skip


def odds(connection, action_network_id="230059", start=START, game_pk=None):
    for book, name in (("15", "FanDuel"), ("68", "BetMGM"), ("69", "Caesars")):
        for side, price in (("home", -150), ("away", 130)):
            insert(
                connection, "staging.action_network_odds_historical", external_game_id=action_network_id,
                mlb_stats_api_game_id=game_pk, sportsbook_external_id=book, sportsbook_name=name,
                market_type="moneyline", side=side, odds=price, updated_at=start - timedelta(hours=6),
            )  # fmt: skip


def staged(connection, action_network_id="230059", home="ARI", away="MIN", start=START):
    """Action Network's own listing of the game."""
    insert(
        connection, "staging.action_network_games", external_game_id=action_network_id, home_team=home, away_team=away,
        game_date=start.date(), game_time=start.time(),
    )  # fmt: skip


def schedule(connection, game_pk=744919, home="ARI", away="MIN", start=START, day=DAY, **values):
    insert(
        connection, "staging.source_games", source="mlb_stats_api", source_game_id=str(game_pk), game_pk=game_pk,
        game_date=day, season=2024, season_type="regular", home_team=home, away_team=away, scheduled_start=start,
        captured_at=start - timedelta(days=2), content_hash="0" * 64, **({"status": "scheduled"} | values),
    )  # fmt: skip


@pytest.fixture
def connection(database):
    with database.connect() as opened:
        yield opened


def run(connection, days=DayRange(DAY, DAY)):  # noqa: B008 (frozen)
    """The games and prices of a day, as the assets build them."""
    with connection.transaction():
        report = identify_odds(connection, days) | take_over_results(connection, days)
        report |= build_enhanced_games(connection, days.first, days.last)
    with connection.transaction():
        build_market_lines(connection, days.first, days.last)
    return report


def lines(connection):
    return connection.execute(
        "SELECT g.game_date, g.home_team, g.away_team, m.stage, m.home_or_over_odds FROM curated.market_lines AS m "
        "JOIN curated.resolved_games AS g ON g.id = m.game_id ORDER BY m.stage, g.id"
    ).fetchall()


def values(connection):
    rows = connection.execute(f"SELECT to_jsonb(e) FROM {GAMES} AS e ORDER BY id").fetchall()
    return [{name: value for name, value in row.items() if value is not None} for (row,) in rows]


def kept(before, after):
    """Whether every value of before is there unchanged."""
    return all(old.items() <= new.items() for old, new in zip(before, after, strict=True))


def test_odds_are_priced_without_any_source_of_ours(connection):
    """A slate of a living database ended with rc 0 and no price, because only our own ingest listed games."""
    type_a(connection)
    odds(connection)
    before = values(connection)
    assert run(connection)["odds_games_listed"] == 1
    assert lines(connection) == [(DAY, "ARI", "MIN", stage, -150) for stage in ("lineup", "open")]
    assert kept(before, values(connection))
    assert run(connection) | {"odds_games_listed": 0} == run(connection)


def test_odds_whose_game_only_the_schedule_knows_are_found_by_their_gamepk(connection):
    """Two generations of the earlier system write no table of games; a quarter of their odds name the gamePk."""
    odds(connection, game_pk="744919")
    schedule(connection)
    run(connection)
    assert [row[:3] for row in lines(connection)] == [(DAY, "ARI", "MIN")] * 2
    assert connection.execute(f"SELECT action_network_game_id FROM {GAMES}").fetchall() == [(230059,)]


def test_only_games_without_a_listing_are_looked_at_on_every_day(connection):
    """Each build of a day read all games that ever had odds; one whose listing somebody deletes is identified again."""

    def elsewhere():
        later = DAY + timedelta(days=60)
        return [one.external_game_id for one in read_listed_odds(connection, DayRange(later, later))]

    odds(connection, game_pk="744919")
    assert elsewhere() == ["230059"]
    schedule(connection)
    run(connection)
    assert elsewhere() == []
    marks = "SELECT is_listed FROM staging.odds_games"
    assert connection.execute(marks).fetchall() == [(True,)]
    # Our own ingest lists a game before its odds arrive: upkeep and a large ingest mark it.
    connection.execute("UPDATE staging.odds_games SET is_listed = FALSE")
    assert elsewhere() == []
    mark_listed_odds(connection)
    assert connection.execute(marks).fetchall() == [(True,)]
    connection.execute("DELETE FROM staging.source_games WHERE source = 'action_network'")
    assert elsewhere() == ["230059"]


def test_odds_that_name_two_gamepks_are_no_evidence_of_either(connection):
    """One of them was taken, whichever row was read first."""
    odds(connection, game_pk="744919")
    connection.execute(
        "UPDATE staging.action_network_odds_historical SET mlb_stats_api_game_id = '744920' "
        "WHERE sportsbook_external_id = '68'"
    )
    schedule(connection)
    assert run(connection)["odds games not identified: no table says who plays"] == 1
    assert lines(connection) == []


def test_a_scheduled_and_a_final_row_are_one_game(connection):
    """Either row alone was taken for the game, the other stopped the slate as its double."""
    type_a(connection, home="ARI")
    type_b(connection)
    odds(connection)
    before = values(connection)
    run(connection)
    assert connection.execute("SELECT duplicate_id, game_id FROM curated.duplicate_games").fetchall() == [(1, 2)]
    assert [row[:3] for row in lines(connection)] == [(DAY, "ARI", "MIN")] * 2
    assert connection.execute("SELECT id, game_status FROM curated.resolved_games").fetchall() == [(2, "final")]
    assert kept(before, values(connection))


def test_a_row_written_twice_is_one_game(connection):
    """Two rows of one writer stopped the slate of all games."""
    type_a(connection, home="ARI")
    type_a(connection, home="ARI")
    odds(connection)
    run(connection)
    assert connection.execute("SELECT id FROM curated.resolved_games").fetchall() == [(1,)]
    assert len(lines(connection)) == 2


def test_the_games_of_a_doubleheader_stay_two(connection):
    """The second is listed five minutes after the first; a row with another id is another game."""
    for minutes, game in enumerate(("230059", "230060")):
        type_a(connection, game, home="ARI", start=START + timedelta(minutes=5 * minutes))
    for minutes, game_pk in enumerate(("744919", "744920")):
        type_b(connection, game_pk, start=START + timedelta(minutes=5 * minutes))
    run(connection)
    found = connection.execute("SELECT duplicate_id, game_id FROM curated.duplicate_games ORDER BY duplicate_id")
    assert found.fetchall() == [(1, 3), (2, 4)]


def test_exchanged_clubs_are_put_right_when_the_schedule_says_so(connection):
    """Prices of the home side became the visitors' on days whose rows of games are exchanged; they stay as they are."""
    type_a(connection, home="MIN", away="ARI")
    odds(connection)
    schedule(connection)
    before = values(connection)
    run(connection)
    assert [row[:3] for row in lines(connection)] == [(DAY, "ARI", "MIN")] * 2
    # The sides of the odds are Action Network's; only the row of games has the clubs exchanged.
    assert {row[4] for row in lines(connection)} == {-150}
    after = values(connection)
    assert kept(before, after)
    assert after[0]["mlb_stats_api_game_id"] == "744919"


def test_sides_follow_action_networks_own_listing(connection):
    """A club at home in another's park: Action Network lists it so, and its odds refer to that."""
    odds(connection)
    schedule(connection)
    staged(connection, home="MIN", away="AZ")
    run(connection)
    assert [row[:3] for row in lines(connection)] == [(DAY, "ARI", "MIN")] * 2
    assert {row[4] for row in lines(connection)} == {130}


def test_a_final_row_puts_an_exchanged_one_right(connection):
    """Without a schedule of ours the result of the other program has the gamePk, and counts more."""
    type_a(connection, home="MIN", away="ARI")
    type_b(connection)
    odds(connection)
    run(connection)
    assert [row[1:3] for row in lines(connection)] == [("ARI", "MIN")] * 2
    assert {row[4] for row in lines(connection)} == {-150}


@pytest.mark.parametrize("column", ["raw_response", "raw_game_data"])
@pytest.mark.parametrize("whole", [True, False], ids=["scoreboard", "one game"])
def test_a_landed_payload_names_the_game(connection, column, whole):
    """Two generations write no table of games, but keep the payloads of the games."""
    if column == "raw_game_data":
        connection.execute("ALTER TABLE raw_data.action_network_games RENAME COLUMN raw_response TO raw_game_data")
    game = {
        "id": 230059, "status": "scheduled", "start_time": START.isoformat(), "home_team_id": 205, "away_team_id": 194,
        "teams": [{"id": 194}, {"id": 205}], "season": 2024, "type": "reg",
    }  # fmt: skip
    payload = {"games": [game]} if whole else game
    insert(connection, "raw_data.action_network_games", external_game_id="230059", **{column: Jsonb(payload)})
    odds(connection)
    assert run(connection)["odds_games_created"] == 1
    assert run(connection)["odds_games_created"] == 0
    assert [row[:3] for row in lines(connection)] == [(DAY, "ARI", "CWS")] * 2
    assert {row[4] for row in lines(connection)} == {-150}


def test_a_gamepk_of_other_clubs_is_not_believed(connection):
    """A wrong id in a quarter of the odds' rows would price another game."""
    staged(connection, home="ARI", away="MIN")
    odds(connection, game_pk="744999")
    schedule(connection, game_pk=744999, home="SD", away="WSH")
    schedule(connection)
    run(connection)
    assert [row[:3] for row in lines(connection)] == [(DAY, "ARI", "MIN")] * 2


def test_a_row_that_names_the_game_is_it_with_its_clubs_exchanged(connection):
    """Action Network's own listing has the clubs right; 22 of 36 games lost their prices over the other row."""
    type_a(connection, home="MIN", away="ARI")
    staged(connection)
    odds(connection)
    run(connection)
    assert [row[1:3] for row in lines(connection)] == [("ARI", "MIN")] * 2
    assert {row[4] for row in lines(connection)} == {-150}


def test_final_scores_of_another_program_are_results_to_learn_from(connection):
    """Two seasons of one's own finished games and closing prices gave no model: only our own sources had results."""
    type_a(connection, home="ARI")
    type_b(connection)
    odds(connection)
    before = values(connection)
    assert run(connection)["results_taken_over"] == 1
    found = connection.execute(
        "SELECT g.game_status, g.home_score, g.away_score, d.result_known_at FROM curated.resolved_games AS g "
        "JOIN curated.game_details AS d ON d.game_id = g.id"
    )
    assert found.fetchall() == [("final", 5, 4, datetime(2024, 6, 26, 10, tzinfo=UTC))]
    assert kept(before, values(connection))
    assert run(connection)["results_taken_over"] == 0


def test_a_listing_follows_better_evidence(connection):
    """A start that was put right in the curated row left the listing on the old one."""
    type_a(connection, home="ARI")
    odds(connection)
    run(connection)
    later = START + timedelta(minutes=30)
    connection.execute(f"UPDATE {GAMES} SET game_datetime = %s", [later])
    assert run(connection)["odds_games_listed"] == 1
    found = connection.execute("SELECT scheduled_start FROM staging.source_games WHERE source = 'action_network'")
    assert found.fetchall() == [(later,)]


def test_a_row_that_is_no_game_is_counted_by_its_reason(connection):
    """Odds without any word of who plays stay odds without a game, and somebody must see how many."""
    type_a(connection, home="XXX")
    odds(connection)
    odds(connection, action_network_id="230060")
    report = run(connection)
    reasons = {name: count for name, count in report.items() if name.startswith("odds games not identified")}
    assert sum(reasons.values()) == 2
    assert any("XXX" in name for name in reasons)


def test_a_gamepk_that_another_row_holds_is_not_written_twice(connection):
    """The unique key of curated.enhanced_games ended the whole build."""
    type_a(connection, home="ARI")
    odds(connection)
    run(connection)
    type_b(connection)
    schedule(connection)
    before = values(connection)
    run(connection)
    assert kept(before, values(connection))
    assert len(connection.execute("SELECT id FROM curated.resolved_games").fetchall()) == 1


def test_the_sensor_sees_the_day_of_odds_that_only_another_program_lists(connection):
    """Quotes of games that no source of ours lists requested no run: their day was never priced."""
    type_a(connection)
    start = poll_arrivals(connection, None)
    odds(connection)
    assert poll_arrivals(connection, start.snapshot).quotes_by_day == {DAY: 6}


UNIFIED = """CREATE TABLE staging.betting_odds_unified (
    id BIGSERIAL PRIMARY KEY, data_source VARCHAR(50) NOT NULL, external_game_id VARCHAR(255) NOT NULL,
    home_team VARCHAR(10), away_team VARCHAR(10), game_date DATE, game_start_time TIMESTAMPTZ,
    mlb_stats_api_game_id VARCHAR(50), sportsbook_external_id VARCHAR(50), sportsbook_name VARCHAR(100),
    market_type VARCHAR(20) NOT NULL, home_moneyline_odds INTEGER, away_moneyline_odds INTEGER,
    spread_line NUMERIC(4, 2), home_spread_odds INTEGER, away_spread_odds INTEGER, total_line NUMERIC(4, 2),
    over_odds INTEGER, under_odds INTEGER, odds_timestamp TIMESTAMPTZ, collected_at TIMESTAMPTZ DEFAULT NOW(),
    UNIQUE (data_source, external_game_id, sportsbook_external_id, market_type, odds_timestamp))"""


@pytest.fixture
def unified(empty_database):
    """A database whose other program keeps its odds in the second table."""
    with empty_database.connect() as opened:
        opened.execute("CREATE SCHEMA staging")
        opened.execute(UNIFIED)
        migrate(empty_database.dsn)
        yield opened


def unified_odds(connection, books=("15", "68", "69"), at=START - timedelta(hours=6), **values):
    for book in books:
        given = {
            "data_source": "action_network", "external_game_id": "230059", "home_team": "ARI", "away_team": "MIN",
            "game_date": START.date(), "game_start_time": START, "sportsbook_external_id": book,
            "sportsbook_name": book, "market_type": "moneyline", "home_moneyline_odds": -150,
            "away_moneyline_odds": 130, "odds_timestamp": at,
            "collected_at": at + timedelta(minutes=2),
        }  # fmt: skip
        insert(connection, "staging.betting_odds_unified", **(given | values))


def test_a_second_table_of_odds_is_priced_alone(unified):
    """The newest generation writes no other table: its odds had neither game nor price."""
    unified_odds(unified)
    unified_odds(unified, market_type="total", home_moneyline_odds=None, away_moneyline_odds=None, total_line=8.5,
                 over_odds=-110, under_odds=-110)  # fmt: skip
    report = run(unified)
    assert (report["unified_odds_read"], report["odds_games_created"]) == (12, 1)
    assert [row[:3] for row in lines(unified)] == [(DAY, "ARI", "MIN")] * 4
    assert run(unified)["unified_odds_read"] == 0


def test_a_quote_in_both_tables_counts_once(unified):
    """Read twice, a book's price had two sides too many, and its changes were counted double."""
    odds(unified)
    unified.execute("UPDATE staging.action_network_odds_historical "
                    "SET data_collection_time = updated_at + INTERVAL '2 minutes'")  # fmt: skip
    unified_odds(unified)
    unified_odds(unified, at=START - timedelta(hours=6) + timedelta(minutes=2))
    unified_odds(unified, books=("69",), at=START - timedelta(hours=3), home_moneyline_odds=-160)
    assert run(unified)["unified_odds_read"] == 2
    assert len(lines(unified)) == 2


def test_prices_that_are_none_are_left_out(unified):
    """A zero, a price inside 100 and a line of a quarter run end the whole insert, or become a price."""
    unified_odds(unified, books=("15",), home_moneyline_odds=0)
    unified_odds(unified, books=("68",), home_moneyline_odds=-50)
    unified_odds(unified, books=("69",), market_type="total", home_moneyline_odds=None, away_moneyline_odds=None,
                 total_line=8.25, over_odds=-110, under_odds=-110)  # fmt: skip
    assert run(unified)["unified_odds_read"] == 2


def test_the_sensor_sees_the_second_table_of_odds(unified):
    """Odds that only the second table has requested no run."""
    start = poll_arrivals(unified, None)
    unified_odds(unified)
    assert poll_arrivals(unified, start.snapshot).quotes_by_day == {DAY: 3}


def test_the_second_table_stays_its_owners(unified):
    """A view of ours over it would refuse its next migration."""
    unified_odds(unified)
    run(unified)
    unified.execute("ALTER TABLE staging.betting_odds_unified ALTER COLUMN spread_line TYPE NUMERIC(6, 2)")
    unified.execute("ALTER TABLE staging.betting_odds_unified DROP COLUMN total_line")
    assert run(unified)["unified_odds_read"] == 0
    unified.execute("DROP TABLE staging.betting_odds_unified")
    assert run(unified)["unified_odds_read"] == 0


def test_a_log_of_changes_holds_while_its_writer_records(connection):
    """One row a change: 2,752 of 3,086 sides were stale although their collector ran; when it stops, they are."""
    odds(connection)
    staged(connection)
    odds(connection, "230060", start=START + timedelta(hours=3, minutes=30))
    staged(connection, "230060", home="LAD", away="SF")
    run(connection)
    games = dict(connection.execute("SELECT home_team, id FROM curated.resolved_games").fetchall())
    # Prices of ARI were recorded six hours before START and never after, those of LAD 2.5 hours before START.
    assert is_held(connection, games, START - timedelta(hours=1))["ARI"]
    assert is_held(connection, games, START + timedelta(hours=5))["ARI"]
    assert not is_held(connection, games, START + timedelta(hours=6))["ARI"]
    assert not is_held(connection, {"ARI": games["ARI"]}, START + timedelta(hours=5))["ARI"]


def is_held(connection, games, at):
    """Which games' prices have no age at a decision about these."""
    decisions = pd.DataFrame({"game_id": list(games.values()), "stage": "lineup", "as_of": at})
    found = read_decision_quotes(connection, decisions).groupby("game_id")["seen_at"]
    return {team: found.get_group(game).isna().all() for team, game in games.items()}
