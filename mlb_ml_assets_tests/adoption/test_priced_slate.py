"""The odds of another program are priced in every generation, whatever tables of games it writes, and stay as they are.

Belongs here: databases filled by the recorded writers, from contract to the odds sensor; counts by generation and rows.
Not here: the weighing of single claims (flows/test_odds_identification.py), the tables alone (test_generations.py).
"""

import json
from datetime import UTC, datetime

import pytest

from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.flows.odds_identification import identify_odds
from mlb_ml_assets.warehouse.arrivals import poll_arrivals
from mlb_ml_assets.warehouse.contract import check_contract
from mlb_ml_assets.warehouse.game_references import find_game
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.market_lines import build_market_lines
from mlb_ml_assets_tests.adoption.fillings import DAYS, EACH, KEYED, ODDS, ROWS, fill, move_in
from mlb_ml_assets_tests.adoption.generations import changed_values, remember_values, shapes


def price(connection):
    """Games and prices of the days, as the assets build them."""
    with connection.transaction():
        report = identify_odds(connection, DAYS) | build_enhanced_games(connection, DAYS.first, DAYS.last)
    with connection.transaction():
        build_market_lines(connection, DAYS.first, DAYS.last)
    return report


def moneylines(connection):
    """Clubs and the price of the home club at the lineup decision, by Action Network's id."""
    return dict(
        connection.execute(
            "SELECT i.source_game_id, (g.home_team, g.away_team, l.home_or_over_odds)::TEXT "
            "FROM curated.market_lines AS l JOIN curated.resolved_games AS g ON g.id = l.game_id "
            "JOIN curated.game_identity AS i ON i.game_id = g.id AND i.source = 'action_network' "
            "WHERE l.market_type = 'moneyline' AND l.stage = 'lineup'"
        ).fetchall()
    )


def games_by_reference(connection):
    """Our game of each Action Network id, and those that its ids and its date and teams identify."""
    games = connection.execute(
        "SELECT i.game_id, i.source_game_id, g.mlb_stats_api_game_id, g.game_date, g.away_team, g.home_team, "
        "ROW_NUMBER() OVER (PARTITION BY g.game_date, g.away_team, g.home_team ORDER BY g.game_datetime) "
        "FROM curated.game_identity AS i JOIN curated.resolved_games AS g ON g.id = i.game_id "
        "WHERE i.source = 'action_network'"
    ).fetchall()
    for game, event, game_pk, day, away, home, number in games:
        references = [f"id:{game}", f"an:{event}", f"{day}-{away}-{home}-{number}"]
        references += [f"pk:{game_pk}"] if game_pk else []
        yield game, {reference: find_game(connection, reference) for reference in references}
    for duplicate, game in connection.execute("SELECT duplicate_id, game_id FROM curated.duplicate_games").fetchall():
        yield game, {duplicate: find_game(connection, f"id:{duplicate}")}


@pytest.mark.parametrize(("name", "rows"), EACH)
def test_odds_of_other_programs_are_priced_and_nothing_of_theirs_changes(adoption_cases, empty_database, name, rows):
    """A slate of a living database ended with rc 0 and no price; rows of other programs were rewritten."""
    generation, before = move_in(adoption_cases, empty_database, name, *ROWS[rows])
    with empty_database.connect() as connection:
        remembered = remember_values(connection)
        report = price(connection)
        (with_odds,) = connection.execute(f"SELECT COUNT(DISTINCT external_game_id) FROM {ODDS}").fetchone()
        priced = moneylines(connection)
        print(f"| {name} | {rows} | {remembered} | {with_odds} | {len(priced)} | {report['odds_games_created']} |")
        assert len(priced) >= 0.95 * with_odds
        for game, found in games_by_reference(connection):
            assert set(found.values()) == {game}, found
        assert changed_values(connection) == []
        after = shapes(connection, generation)
        assert {table for table, shape in after.items() if shape != before[table]} <= KEYED
        snapshot = poll_arrivals(connection, None).snapshot
        connection.execute((adoption_cases / "new_odds.sql").read_bytes())
        assert set(poll_arrivals(connection, snapshot).quotes_by_day) & set(DAYS)
        assert check_contract(connection).fits


@pytest.mark.long
def test_exchanged_rows_of_games_leave_the_prices_with_their_clubs(adoption_cases, empty_database, database):
    """Half the prices of such days were the other side's."""
    move_in(adoption_cases, empty_database, "f_grown", *ROWS["A exchanged + B"])
    fill(adoption_cases, database, *ROWS["A + B"])
    with empty_database.connect() as exchanged, database.connect() as straight:
        price(exchanged)
        price(straight)
        assert moneylines(exchanged) == moneylines(straight)


@pytest.mark.long
def test_odds_without_any_table_of_games_say_why_they_have_none(adoption_cases, empty_database, shared_data, tmp_path):
    """A quarter of them name the gamePk, which MLB's schedule knows; of the others nobody says who plays."""
    move_in(adoption_cases, empty_database, "d_described", "--no-type-a")
    season = json.loads((shared_data / "payloads" / "mlb_statsapi" / "schedule_2024_full_season.json").read_text())
    season["dates"] = [day for day in season["dates"] if day["date"] in map(str, DAYS)]
    page = tmp_path / "schedule.json"
    page.write_text(json.dumps(season))
    with empty_database.connect() as connection:
        ingest(connection, "mlb_stats_api", from_files=[page], captured_at=datetime(2024, 6, 25, tzinfo=UTC))
        report = price(connection)
        named = connection.execute(
            f"SELECT COUNT(DISTINCT external_game_id) FROM {ODDS} WHERE mlb_stats_api_game_id IS NOT NULL"
        ).fetchone()
        assert (len(moneylines(connection)),) == named
        (with_odds,) = connection.execute(f"SELECT COUNT(DISTINCT external_game_id) FROM {ODDS}").fetchone()
        assert report["odds games not identified: no table says who plays"] == with_odds - named[0]
