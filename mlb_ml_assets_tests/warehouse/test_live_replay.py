"""Rows of staging are a function of what was seen, not of the order in which it came in.

Belongs here: replays of recorded series against a real database, and small made-up series with known answers.
Not here: parsing (sources/), matching (identity/).
"""

import tarfile
from datetime import UTC, date, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import psycopg
import pytest

from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.sources.catalogue import SOURCES
from mlb_ml_assets.sources.rows import Quote, Sighting
from mlb_ml_assets.sources.spec import SOURCE_QUOTES
from mlb_ml_assets.warehouse.live_facts import write_facts
from mlb_ml_assets.warehouse.live_quotes import compact_observations, write_quotes, write_sightings
from mlb_ml_assets.warehouse.quote_months import give_months, read_months_of_rest

NOON = datetime(2026, 7, 1, 16, tzinfo=UTC)
STAGING = {
    "source_quotes": "source_game_id, book_id, market_type, side, updated_at, odds, line_value, captured_at",
    "quote_sightings": "source_game_id, book_id, market_type, first_seen_at, last_seen_at, last_pulled_at",
    "source_games": "source_game_id, game_date, home_team, scheduled_start, status, captured_at, content_hash",
    "game_status_history": "source_game_id, captured_at, status, game_date, scheduled_start, game_number, doubleheader",
    "source_splits": "source_game_id, book_id, market_type, captured_at, tickets_home_or_over, money_home_or_over",
    "probable_starters": "source_game_id, side, known_at, player_id, player_name",
}


def staging(connection: psycopg.Connection) -> dict[str, list]:
    return {
        table: connection.execute(f"SELECT {columns} FROM staging.{table} ORDER BY 1, 2, 3, 4, 5").fetchall()
        for table, columns in STAGING.items()
    }


def members(archive: Path, folder: Path, wanted: slice) -> list[Path]:
    with tarfile.open(archive) as opened:
        names = sorted(one.name for one in opened if one.isfile())[wanted]
        opened.extractall(folder, [opened.getmember(name) for name in names], filter="data")
    return [folder / name for name in names]


@pytest.fixture(scope="module")
def series(shared_data, tmp_path_factory) -> dict[str, list[Path]]:
    payloads, folder = shared_data / "payloads", tmp_path_factory.mktemp("series")
    return {
        "boltodds": members(payloads / "boltodds" / "jriordan55_snapshots.tar.xz", folder / "bolt", slice(2, 12, 2)),
        "draftkings_eventgroup": members(
            payloads / "draftkings_eventgroup" / "fantasy-toolz_2024_all.tar.xz", folder / "dk", slice(100, 124)
        ),
        "game_tables": members(
            payloads / "mlb_statsapi" / "probable_pitchers_history_johnnydoe314.tar.xz", folder / "sp", slice(100, 112)
        ),
        "lumify": sorted((payloads / "splits_lumify" / "panthera" / "2026-08-01").glob("*.json")),
    }


@pytest.fixture(scope="module")
def in_order(series, database_server, template_database, tmp_path_factory):
    """What staging holds after each series was ingested once, in order."""
    from mlb_ml_assets_tests.conftest import _fresh

    held = {}
    for source, paths in series.items():
        fresh = _fresh(database_server, "migrated_template", tmp_path_factory.mktemp(source))
        database = next(fresh)
        with database.connect() as connection:
            report = ingest(connection, source, from_files=paths)
            assert report.refused == []
            held[source] = staging(connection)
        next(fresh, None)
    return held


@pytest.mark.parametrize("source", ["boltodds", "draftkings_eventgroup", "game_tables", "lumify"])
def test_a_series_in_reverse_one_payload_at_a_time_ends_in_the_same_rows(source, series, in_order, database):
    """A late snapshot must turn a false change into none, and the other way round; also in months of their own."""
    connection = database.connect()
    for place, path in enumerate(reversed(series[source])):
        ingest(connection, source, from_files=[path])
        if place == len(series[source]) // 2:
            for table, months in read_months_of_rest(connection).items():
                give_months(connection, table, months)
    assert staging(connection) == in_order[source]
    assert any(in_order[source].values())


@pytest.mark.parametrize("source", ["boltodds", "draftkings_eventgroup"])
def test_a_series_doubled_and_shuffled_ends_in_the_same_rows(source, series, in_order, database):
    """Collectors restart and send again what they sent."""
    connection = database.connect()
    paths = series[source]
    ingest(connection, source, from_files=[*paths[1::2], *paths[::2]])
    again = ingest(connection, source, from_files=paths)
    assert again.seen_before == len(paths)
    assert again.written.quotes == 0
    assert staging(connection) == in_order[source]


def ingest_each(dsn: str, source: str, paths: list[Path]) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for path in paths:
            ingest(connection, source, from_files=[path])


def test_a_series_interleaved_by_two_processes_ends_in_the_same_rows(series, in_order, database):
    """Neither process sees the other's open transaction: without taking turns both would write the same change."""
    paths = series["boltodds"]
    halves = (paths[::2] + paths[1:2], list(reversed(paths[1::2])))
    context = get_context("spawn")
    workers = [context.Process(target=ingest_each, args=(database.dsn, "boltodds", half)) for half in halves]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=120)
        assert worker.exitcode == 0
    assert staging(database.connect()) == in_order["boltodds"]


def quote(minute: int, odds: int, *, stamp: int | None = None, line: float | None = None, book: str = "68") -> Quote:
    captured = NOON + timedelta(minutes=minute)
    return Quote(
        "1",
        book,
        "moneyline" if line is None else "spread",
        "home",
        odds,
        line,
        captured if stamp is None else NOON + timedelta(minutes=stamp),
        captured,
        stamped=stamp is not None,
    )


def prices(connection: psycopg.Connection, table: str = "source_quotes") -> list[tuple[int, int]]:
    rows = connection.execute(f"SELECT updated_at, odds FROM staging.{table} ORDER BY updated_at").fetchall()
    return [(round((at - NOON).total_seconds() / 60), odds) for at, odds in rows]


def put(connection: psycopg.Connection, *quotes: Quote, source: str = "some_feed") -> tuple[int, int]:
    with connection.transaction():
        table = SOURCES[source].quotes_table if source in SOURCES else SOURCE_QUOTES
        return write_quotes(connection, source, [(1, place, one) for place, one in enumerate(quotes)], table)


def test_a_late_snapshot_withdraws_the_change_that_it_explains(database):
    """-120 was there at minute 5 already: the row at minute 10 is no change."""
    connection = database.connect()
    put(connection, quote(0, -110), quote(10, -120))
    assert prices(connection) == [(0, -110), (10, -120)]
    assert put(connection, quote(5, -120)) == (1, 1)
    assert prices(connection) == [(0, -110), (5, -120)]


def test_a_late_snapshot_within_a_run_splits_it(database):
    """The price went and came back between two equal snapshots: three changes, not one."""
    connection = database.connect()
    put(connection, quote(0, -110), quote(10, -110), quote(20, -110))
    put(connection, quote(5, -130))
    assert prices(connection) == [(0, -110), (5, -130), (10, -110)]


def test_of_two_prices_with_one_stamp_the_last_in_source_order_stands(database):
    """Pinnacle 2016 has hundreds of such pairs; the adopted table's key holds one."""
    connection = database.connect()
    put(connection, quote(9, -110, stamp=3), quote(9, -115, stamp=3), source="action_network")
    assert prices(connection, "action_network_odds_historical") == [(3, -115)]


def test_a_rewritten_price_replaces_the_older_version_whichever_comes_in_first(database):
    """A source corrects the price of a stamp: the later payload counts, also when it is read first."""
    connection = database.connect()
    put(connection, quote(20, -115, stamp=3), source="action_network")
    put(connection, quote(10, -110, stamp=3), source="action_network")
    assert prices(connection, "action_network_odds_historical") == [(3, -115)]


def test_a_price_history_takes_the_place_of_the_snapshot_that_saw_its_price(database):
    """The board showed -115 at minute 10; the history says since minute 3: one change, at its own stamp."""
    connection = database.connect()
    put(connection, quote(10, -115), source="action_network")
    put(connection, quote(12, -110, stamp=0), quote(12, -115, stamp=3), source="action_network")
    assert prices(connection, "action_network_odds_historical") == [(0, -110), (3, -115)]
    current = connection.execute(
        "SELECT odds FROM staging.action_network_odds_historical WHERE is_current_odds"
    ).fetchall()
    assert current == [(-115,)]


def test_old_observations_can_be_forgotten_without_changing_a_row(series, database):
    """A price that was in effect for a day was seen every few minutes."""
    connection = database.connect()
    ingest(connection, "draftkings_eventgroup", from_files=series["draftkings_eventgroup"])
    before = staging(connection)
    with connection.transaction():
        assert compact_observations(connection, date(2020, 1, 1), date(2030, 1, 1)) > 50
    again = ingest(connection, "draftkings_eventgroup", from_files=series["draftkings_eventgroup"])
    assert again.written.quotes == 0
    assert staging(connection) == before


def test_a_moved_line_with_the_same_price_is_a_change(database):
    """-110 at 1.5 and -110 at 2.5 are two offers."""
    connection = database.connect()
    put(connection, quote(0, -110, line=-1.5), quote(5, -110, line=-2.5), quote(9, -110, line=-2.5))
    assert prices(connection) == [(0, -110), (5, -110)]


def sight(connection: psycopg.Connection, minute: int, *markets: str) -> None:
    at = NOON + timedelta(minutes=minute)
    with connection.transaction():
        write_sightings(
            connection, "some_feed", [(at, Sighting("1", "68", market, at)) for market in markets], [(at, "1")]
        )


@pytest.mark.parametrize("order", [(0, 5, 9), (9, 5, 0), (5, 9, 0), (5, 0, 9)])
def test_a_market_missing_from_its_games_payload_was_pulled_then(order, database):
    """Also when the payload without it was read before any with it."""
    connection = database.connect()
    listed = {0: ("moneyline", "total"), 5: ("moneyline",), 9: ("moneyline",)}
    for minute in order:
        sight(connection, minute, *listed[minute])
    rows = connection.execute(
        "SELECT market_type, last_seen_at, last_pulled_at FROM staging.quote_sightings ORDER BY 1"
    ).fetchall()
    assert rows == [
        ("moneyline", NOON + timedelta(minutes=9), None),
        ("total", NOON, NOON + timedelta(minutes=9)),
    ]


def listed_starter(minute: int, player: str | None) -> tuple:
    content = {"player_id": player, "player_name": None}
    return ("1", "probable_starters", "home", NOON + timedelta(minutes=minute), content)


@pytest.mark.parametrize("order", [(0, 1, 2, 3, 4), (4, 3, 2, 1, 0), (2, 0, 4, 1, 3)])
def test_probable_starters_are_kept_through_time_and_only_when_they_change(order, database):
    """Nobody at first, then A, still A, withdrawn, B."""
    connection = database.connect()
    told = [None, "11", "11", None, "22"]
    for minute in order:
        with connection.transaction():
            write_facts(connection, "some_feed", [listed_starter(minute, told[minute])])
    rows = connection.execute("SELECT known_at, player_id FROM staging.probable_starters ORDER BY 1").fetchall()
    assert [(round((at - NOON).total_seconds() / 60), player) for at, player in rows] == [
        (1, "11"),
        (3, None),
        (4, "22"),
    ]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 2, 0)])
def test_a_result_told_in_parts_keeps_what_an_earlier_part_said(order, database):
    """The schedule has no starters; reading it after the live feed must not forget them."""
    connection = database.connect()
    parts = [
        {"home_score": 3, "away_score": 2, "home_starter_id": None, "innings": 9},
        {"home_score": 3, "away_score": 2, "home_starter_id": "11", "innings": None},
        {"home_score": 3, "away_score": 2, "home_starter_id": None, "innings": 9},
    ]
    blank = {"suspended": False, "home_bats_first": False}
    for minute in order:
        with connection.transaction():
            at = NOON + timedelta(minutes=minute)
            write_facts(connection, "some_feed", [("1", "game_results", "", at, {**blank, **parts[minute]})])
    rows = connection.execute(
        "SELECT known_at, home_score, innings, home_starter_id FROM staging.game_results ORDER BY 1"
    ).fetchall()
    assert rows == [(NOON, 3, 9, None), (NOON + timedelta(minutes=1), 3, 9, "11")]
