"""Replay equals live: what a run at an instant finds does not depend on what was captured later.

Belongs here: recorded series cut at instants; the prices of decisions and the market lines on both sides of the cut.
Not here: single captures with known answers (warehouse/test_sightings.py).
"""

import tarfile
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest

from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.market_lines import build_market_lines
from mlb_ml_assets.warehouse.recommendations import read_decision_quotes
from mlb_ml_assets_tests.chain import at
from mlb_ml_assets_tests.conftest import _fresh

pytestmark = pytest.mark.long

SEASON = (date(2024, 3, 1), date(2024, 11, 5))
LINES = """
    SELECT game_id, stage, market_type, book, books, home_or_over_odds, away_or_under_odds, line_value,
        fair_probability, quoted_at, known_at, seen_at
    FROM curated.market_lines ORDER BY game_id, stage, market_type
"""
MISSING = "SELECT game_id, market_type, reason, last_seen_at FROM curated.missing_closes ORDER BY game_id, market_type"
OPERATORS = "SELECT * FROM curated.operator_closes ORDER BY game_id, market_type, operator"


@pytest.fixture(scope="module")
def payloads(shared_data, tmp_path_factory):
    """Forty boards of DraftKings with their capture instants, in order: four days of May 2024."""
    folder = tmp_path_factory.mktemp("boards")
    with tarfile.open(shared_data / "payloads" / "draftkings_eventgroup" / "fantasy-toolz_2024_all.tar.xz") as opened:
        names = sorted(one.name for one in opened if one.isfile())[:40]
        opened.extractall(folder, [opened.getmember(name) for name in names], filter="data")
    return {
        folder / name: datetime.strptime(name.split("_")[2], "%Y-%m-%dT%H%M%S").replace(tzinfo=UTC) for name in names
    }


@pytest.fixture(scope="module")
def schedule(shared_data, database_server, template_database, tmp_path_factory):
    """A database with the season's games; the tests copy it."""
    fresh = _fresh(database_server, template_database, tmp_path_factory.mktemp("schedule"))
    database = next(fresh)
    with database.connect() as connection:
        path = shared_data / "payloads" / "mlb_statsapi" / "schedule_2024_full_season.json"
        ingest(connection, "mlb_stats_api", from_files=[path], captured_at=datetime(2024, 3, 1, tzinfo=UTC))
        with connection.transaction():
            build_enhanced_games(connection, *SEASON)
    yield database
    next(fresh, None)


def found_at(connection, instant, days):
    """The prices of a decision about every game of the days, and their lines, in a run at an instant."""
    with at(instant.isoformat()), connection.transaction():
        build_enhanced_games(connection, *days)
        build_market_lines(connection, *days)
    games = connection.execute(
        "SELECT id FROM curated.enhanced_games WHERE game_date BETWEEN %s AND %s ORDER BY id", days
    ).fetchall()
    decisions = pd.DataFrame({"game_id": [game for (game,) in games], "stage": "lineup", "as_of": instant})
    with at(instant.isoformat()):
        prices = read_decision_quotes(connection, decisions)
    prices = prices.sort_values(["game_id", "market_type", "side", "book"]).astype(object)
    return (
        # NaN, the line of a moneyline, equals nothing.
        prices.where(prices.notna(), None).to_dict("records"),
        connection.execute(LINES).fetchall(),
        connection.execute(MISSING).fetchall(),
        connection.execute(OPERATORS).fetchall(),
    )


def test_a_run_at_a_cut_finds_the_same_with_and_without_what_was_captured_later(
    payloads, schedule, database_server, tmp_path
):
    """Sightings of later, changes that later captures explained, closes of games that had not begun."""
    instants = list(payloads.values())
    days = (min(instants).date() - timedelta(days=1), max(instants).date() + timedelta(days=1))
    everything = _fresh(database_server, schedule.name, tmp_path)
    replay = next(everything).connect()
    ingest(replay, "draftkings_eventgroup", from_files=list(payloads))
    until = _fresh(database_server, schedule.name, tmp_path)
    live = next(until).connect()
    compared = 0
    for cut in range(3, len(payloads), 6):
        instant = instants[cut] + timedelta(minutes=3 * (cut % 7))
        known = [path for path, captured in payloads.items() if captured <= instant]
        ingest(live, "draftkings_eventgroup", from_files=known)
        lived, replayed = found_at(live, instant, days), found_at(replay, instant, days)
        assert replayed == lived, f"cut at {instant}"
        compared += sum(map(len, lived))
    assert compared > 500
    for connection, fresh in ((replay, everything), (live, until)):
        connection.close()
        next(fresh, None)
