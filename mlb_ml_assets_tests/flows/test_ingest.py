"""From a source to staging against the simulated league, faults and all, and what is put aside on the way.

Belongs here: ingest as a whole: network, quarantine, retry, links, landing tables.
Not here: order of payloads (warehouse/test_live_replay.py), single parsers (sources/).
"""

import json
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest

from mlb_ml_assets.domain.clock import SIMULATED_NOW
from mlb_ml_assets.flows.ingest import IngestFailed, ingest, map_codes, retry_quarantine
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.faults import Fault, Faults
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.simulation.server import SourceServer
from mlb_ml_assets.sources import action_network, mlb_stats_api
from mlb_ml_assets.sources.http import Limits
from mlb_ml_assets.sources.rows import Parsed
from mlb_ml_assets.warehouse.live_rows import FACT_TABLES
from mlb_ml_assets_tests.simulated_sources import fetch_from

CAPTURED = datetime(2025, 6, 16, 20, 57, 20, tzinfo=UTC)


@pytest.fixture(scope="module")
def league():
    return simulate_league(SimulationConfig(first_day=date(2024, 5, 1), season_days=20))


@pytest.fixture
def server(league, monkeypatch):
    """The league's sources, and this process's clients pointed at them."""
    with SourceServer(league, league.config.now, faults=Faults(slow_seconds=0.01)) as running:
        fetch_from(running, monkeypatch)
        yield running


@pytest.fixture
def at(server, monkeypatch):
    """Move the sources' clock and ours."""

    def move(instant: datetime) -> None:
        server.clock = instant
        monkeypatch.setenv(SIMULATED_NOW, instant.isoformat())

    move(server.clock)
    return move


def stored_prices(connection) -> dict:
    rows = connection.execute(
        "SELECT external_game_id::int, sportsbook_external_id::int, market_type, side, updated_at, "
        "odds, line_value::float "
        "FROM staging.action_network_odds_historical WHERE data_collection_time <> updated_at"
    ).fetchall()
    return {row[:5]: row[5:] for row in rows}


def published_prices(server) -> dict:
    """Every pre-game price that a whole response listed, but those marked as suspended."""
    return {
        key: (odds, line)
        for key, (odds, line, status, is_live) in server.published.items()
        if not is_live and status != "suspended"
    }


def test_every_price_change_ever_published_is_in_staging_once_with_all_faults_on(server, at, database):
    """403, 429, 500, slow, cut and garbled bodies, a changed layout, doubled and shuffled lists, a fast clock."""
    server.faults.everything(0.06)
    server.faults.clock_skew = timedelta(seconds=40)
    server.faults.retry_after = 0
    connection = database.connect()
    start = server.clock
    client = action_network.client(limits=Limits(interval=0, longest_wait=0.01), pause=lambda _: None)
    client.breaker.failures = 10**6
    for step in range(8):
        at(start + timedelta(minutes=20 * step))
        ingest(connection, "action_network", server.clock.date(), client=client)
    client.close()
    published = published_prices(server)
    assert len(published) > 500
    assert {fault for _, _, fault in server.requests if fault} == set(Fault)
    assert {key: value for key, value in stored_prices(connection).items() if key in published} == published
    assert stored_prices(connection).keys() <= server.published.keys()


def test_a_whole_day_of_every_source_links_and_leaves_nothing_aside(server, at, database):
    """Mapping is 100 % on simulated games, or identity is broken."""
    from mlb_ml_assets.warehouse.games import build_enhanced_games

    connection = database.connect()
    day = server.clock.date()
    for one in (day, day + timedelta(days=1)):
        ingest(connection, "mlb_stats_api", one).raise_if_stopped()
    with connection.transaction():
        build_enhanced_games(connection, day - timedelta(days=1), day + timedelta(days=2))
    for source in ("action_network", "sportsbettingdime", "vsin", "the_odds_api"):
        report = ingest(connection, source, day)
        report.raise_if_stopped()
        assert report.written.games > 0
        assert report.written.quotes > 0, source
        assert report.unmapped == {}, source
        assert (report.written.splits > 0) == (source != "the_odds_api")
    assert connection.execute("SELECT * FROM curated.unmapped_games").fetchall() == []
    promoted = connection.execute(
        "SELECT data_source, COUNT(*) FROM curated.unified_betting_splits GROUP BY 1"
    ).fetchall()
    assert {source for source, _ in promoted} == {"action_network", "sbd", "vsin"}
    early = connection.execute("SELECT MIN(minutes_before_game) FROM curated.unified_betting_splits").fetchone()
    assert early[0] >= 60


def test_a_changed_layout_stops_its_payload_by_name_and_nothing_else(server, at, database):
    """The raw payload is kept, so that a fixed parser can read it."""
    connection = database.connect()
    server.faults.once(Fault.CHANGED_LAYOUT, path="/api/v1/schedule")
    report = ingest(connection, "mlb_stats_api", server.clock.date())
    with pytest.raises(IngestFailed, match="dates"):
        report.raise_if_stopped()
    kept = connection.execute("SELECT refusal FROM raw_data.payload_sightings").fetchall()
    assert len(kept) == 1
    assert "'dates'" in kept[0][0]
    ingest(connection, "mlb_stats_api", server.clock.date()).raise_if_stopped()


def test_a_source_that_is_down_is_named_and_loses_nothing_kept_before(server, at, database):
    """A schedule that came in before the box scores failed stays."""
    connection = database.connect()
    server.faults.once(Fault.FORBIDDEN, path="/feed/live")
    at(server.clock - timedelta(hours=6))
    report = ingest(connection, "mlb_stats_api", server.clock.date() - timedelta(days=1))
    with pytest.raises(IngestFailed, match="feed/live: answered 403"):
        report.raise_if_stopped()
    assert connection.execute("SELECT COUNT(*) > 0 FROM staging.source_games").fetchone() == (True,)


def test_a_box_score_is_asked_for_again_only_after_half_a_day(server, at, database):
    """Fifteen feeds of 700 kB at every poll would be rude; never again would miss the scorer's corrections."""
    connection = database.connect()
    yesterday = server.clock.date() - timedelta(days=1)

    def feeds() -> int:
        server.requests.clear()
        ingest(connection, "mlb_stats_api", yesterday).raise_if_stopped()
        return sum("feed/live" in path for path, _, _ in server.requests)

    first = feeds()
    assert first > 0
    at(server.clock + timedelta(minutes=10))
    assert feeds() == 0
    at(server.clock + timedelta(hours=13))
    assert feeds() == first
    at(server.clock + timedelta(hours=13))
    assert feeds() == 0


def test_an_unchanged_payload_is_stored_once_however_often_it_is_seen(server, at, database):
    """ETag, hash, and one row; the sightings tell each time."""
    connection = database.connect()
    for minute in range(3):
        at(server.clock + timedelta(seconds=minute))
        server.clock = server.clock.replace(microsecond=0)
        ingest(connection, "vsin")
    stored, seen = connection.execute(
        "SELECT COUNT(*), SUM(times_seen) FROM raw_data.payload_receipts WHERE source = 'vsin'"
    ).fetchone()
    assert (stored, seen) == (4, 12)
    assert any(status == 304 for _, status, _ in server.requests)


def board(games: list[dict]) -> bytes:
    return json.dumps({"league": {"name": "mlb"}, "games": games}).encode()


def outcome(game: int, side: str, odds: object) -> dict:
    return {"event_id": game, "side": side, "odds": odds, "value": 0, "is_live": False, "line_status": "normal"}


def game(number: int, home: int = 214, away: int = 212, odds: object = -110) -> dict:
    return {
        "id": number,
        "status": "scheduled",
        "start_time": "2025-06-16T22:40:00.000Z",
        "home_team_id": home,
        "away_team_id": away,
        "teams": [{"id": away}, {"id": home}],
        "markets": {"68": {"event": {"moneyline": [outcome(number, "home", odds), outcome(number, "away", -110)]}}},
    }


def write(folder, name: str, body: bytes):
    (folder / name).write_bytes(body)
    return folder / name


def test_a_bad_record_is_put_aside_and_its_neighbours_go_on(database, tmp_path):
    """One mistyped price must not cost the game its other side, nor the slate the game."""
    connection = database.connect()
    path = write(tmp_path, "board.json", board([game(1, odds="minus"), game(2, home=9999), game(3)]))
    report = ingest(connection, "action_network", from_files=[path], captured_at=CAPTURED)
    assert report.rejected == {"bad_odds": 1, "unknown_team": 1}
    stored = connection.execute(
        "SELECT external_game_id, side FROM staging.action_network_odds_historical ORDER BY 1, 2"
    ).fetchall()
    assert stored == [("1", "away"), ("3", "away"), ("3", "home")]
    held = connection.execute(
        "SELECT reason, source_game_id, payload_id FROM raw_data.quarantine ORDER BY 1"
    ).fetchall()
    assert [row[:2] for row in held] == [("bad_odds", "1"), ("unknown_team", "2")]
    assert all(row[2] is not None for row in held)


def test_after_a_parser_is_fixed_the_quarantine_is_read_again_and_released(database, tmp_path, monkeypatch):
    """What was put aside is not lost: it comes in as of its own capture."""
    connection = database.connect()
    path = write(tmp_path, "board.json", board([game(1, odds="minus"), game(3)]))
    ingest(connection, "action_network", from_files=[path], captured_at=CAPTURED)
    still = retry_quarantine(connection, "action_network")
    assert (still.released, still.rejected) == (0, {"bad_odds": 1})
    from mlb_ml_assets.sources import action_network_markets

    known = action_network_markets.reading.american
    monkeypatch.setattr(
        action_network_markets.reading,
        "american",
        lambda value, field="odds": -150 if value == "minus" else known(value, field),
    )
    fixed = retry_quarantine(connection, "action_network")
    assert fixed.released == 1
    row = connection.execute(
        "SELECT odds, updated_at FROM staging.action_network_odds_historical "
        "WHERE external_game_id = '1' AND side = 'home'"
    ).fetchone()
    assert row == (-150, CAPTURED)
    assert retry_quarantine(connection, "action_network").payloads == 0


def test_a_crash_between_payload_and_rows_loses_nothing(database, tmp_path, monkeypatch):
    """The payload is committed first; the next ingest reads it too, as of its own capture, by itself."""
    from mlb_ml_assets.flows import ingest as module

    connection = database.connect()
    path = write(tmp_path, "board.json", board([game(3)]))

    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(module, "write_staging", crash)
        with pytest.raises(KeyboardInterrupt):
            ingest(connection, "action_network", from_files=[path], captured_at=CAPTURED)
    assert connection.execute("SELECT COUNT(*) FROM staging.source_games").fetchone() == (0,)
    later = write(tmp_path, "later.json", board([game(4)]))
    report = ingest(connection, "action_network", from_files=[later], captured_at=CAPTURED + timedelta(hours=1))
    assert (report.payloads, report.written.quotes) == (2, 4)
    stamps = connection.execute(
        "SELECT external_game_id, updated_at FROM staging.action_network_odds_historical GROUP BY 1, 2 ORDER BY 1"
    ).fetchall()
    assert stamps == [("3", CAPTURED), ("4", CAPTURED + timedelta(hours=1))]
    again = ingest(connection, "action_network", from_files=[path], captured_at=CAPTURED)
    assert (again.seen_before, again.written.quotes) == (1, 0)


def test_payloads_also_land_where_other_programs_look(database, tmp_path):
    """The landing table of July 2025, with its own names; the receipt says which row it is."""
    connection = database.connect()
    path = write(tmp_path, "board.json", board([game(3)]))
    ingest(connection, "action_network", from_files=[path], captured_at=CAPTURED)
    landed = connection.execute(
        "SELECT l.raw_response -> 'games' -> 0 ->> 'id', l.collected_at, r.landed_in "
        "FROM raw_data.payload_receipts AS r "
        "INNER JOIN raw_data.action_network_games AS l ON l.id = r.landed_id"
    ).fetchall()
    assert landed == [("3", CAPTURED, "raw_data.action_network_games")]


def test_text_that_the_database_cannot_hold_does_not_stop_a_payload(database, tmp_path):
    """A NUL or half a surrogate pair is legal JSON and illegal JSONB."""
    connection = database.connect()
    strange = {**game(4), "status": "\u0000\ud800"}
    path = write(tmp_path, "board.json", board([strange, game(3)]))
    report = ingest(connection, "action_network", from_files=[path], captured_at=CAPTURED)
    assert report.rejected == {"bad_status": 1}
    assert report.written.quotes == 2


def test_consensus_and_opener_are_in_the_catalogue_as_no_place_to_bet(database, tmp_path):
    """Staking at an average is staking nowhere."""
    connection = database.connect()
    one = game(3)
    one["markets"] = dict.fromkeys(("15", "30", "68"), one["markets"]["68"])
    ingest(connection, "action_network", from_files=[write(tmp_path, "b.json", board([one]))], captured_at=CAPTURED)
    rows = connection.execute(
        "SELECT book_id, book_kind, bettable FROM staging.book_catalogue WHERE source = 'action_network' "
        "AND book_id IN ('15', '30', '68') ORDER BY 1"
    ).fetchall()
    assert rows == [("15", "consensus", False), ("30", "opener", False), ("68", "book", True)]


def test_a_bad_row_of_a_recorded_table_names_file_line_and_column(database, tmp_path):
    """Which of four hundred files, and where in it, was for the reader to find out."""
    head = "game_pk,game_date_et,start_time_utc,status,home_team,away_team,home_score,away_score"
    rows = [f"{pk},2026-08-01,{start},Final,SD,LAD,3,5" for pk, start in ((1, "2026-08-01T23:10:00Z"), (2, "evening"))]
    (tmp_path / "results_2026-08-02T100000Z.csv").write_text("\n".join([head, *rows]) + "\n")
    connection = database.connect()
    report = ingest(connection, "game_tables", from_files=[tmp_path])
    assert (report.written.games, report.rejected) == (1, {"bad_start_time_utc": 1})
    (held,) = connection.execute("SELECT detail FROM raw_data.quarantine").fetchone()
    assert held.startswith("results_2026-08-02T100000Z.csv, line 3, start_time_utc = 'evening'")


def test_no_row_of_a_foreign_game_is_written():
    """A new kind of row that the filter does not know would store an all-star game's batters as ours."""
    names = ("quotes", "splits", "sightings", *FACT_TABLES.values())
    parsed = Parsed(mlb_stats_api.SOURCE, CAPTURED)
    parsed.games = [SimpleNamespace(source_game_id="1", game_date=CAPTURED.date(), home_team="159", away_team="160")]
    for name in names:
        setattr(parsed, name, [SimpleNamespace(source_game_id="1"), SimpleNamespace(source_game_id="2")])
    mapped = map_codes(mlb_stats_api.SPEC, 1, parsed)
    assert [one.reason for one in mapped.rejected] == ["unknown_team"]
    assert {tuple(row.source_game_id for row in getattr(parsed, name)) for name in names} == {("2",)}
