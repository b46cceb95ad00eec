"""Every recorded payload is read, and no cut or changed one is taken for something it is not.

Belongs here: whole recordings, prefixes, mutations, capture instants of files.
Not here: single rules of a source (its own test file).
"""

import base64
import gzip
import json
import lzma
import random
import tarfile
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import astuple
from datetime import UTC, datetime
from functools import cache
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlb_ml_assets.sources import recorded
from mlb_ml_assets.sources.catalogue import SOURCES
from mlb_ml_assets.sources.recorded import NoCaptureTime, UnreadableRecording, instant_in_name
from mlb_ml_assets.sources.rows import Parsed, Payload, PayloadShapeError
from mlb_ml_assets_tests.sources.recorded_series import SERIES, payloads_of, tally
from mlb_ml_assets_tests.sources.test_vsin import NEW_HEAD, new_page

NOW = datetime(2026, 9, 1, tzinfo=UTC)
# Games, quotes, splits, records in quarantine, payloads refused.
EXPECTED = {
    ("mlb_stats_api", "mlb_statsapi/*.json"): (2514, 0, 0, 5, 4),
    ("mlb_stats_api", "mlb_statsapi/pymlb_stubs"): (48, 0, 0, 0, 0),
    ("action_network", "action_network/public_betting_page_2025-06-16.html"): (7, 378, 21, 0, 0),
    ("action_network", "action_network/DERIVED_scoreboardResponse_2025-06-16.json"): (7, 378, 21, 0, 0),
    ("action_network", "action_network/nfl_2025"): (0, 0, 0, 0, 0),
    ("sportsbettingdime", "sbd/v2_matchups_mlb_2025-06-13.json"): (15, 334, 45, 0, 0),
    ("sportsbettingdime", "sbd/wp_json_mlb-odds_2026-09-27_EXCERPT_game1.json"): (1, 36, 3, 0, 0),
    ("sportsbettingdime", "sbd/public_betting_page_shell_2026-07.html"): (0, 0, 0, 0, 1),
    ("vsin", "vsin"): (0, 0, 0, 0, 3),
    ("the_odds_api", "odds_api/panthera"): (690, 30664, 0, 0, 0),
    ("lumify", "splits_lumify"): (350, 902, 3023, 0, 0),
    ("splitvault", "splits_splitvault"): (1013, 2026, 3010, 9, 0),
    ("sportsbookreview", "sportsbookreview"): (16, 184, 0, 0, 0),
    ("game_tables", "results/panthera_games_2026-07-31_08-22.csv"): (312, 0, 0, 0, 0),
    ("daily_tables", "results/jameskroeker_2025_2026_daily.tar.xz"): (3611, 0, 0, 90, 1),
}


@pytest.mark.parametrize(("source", "path", "captured_at"), SERIES, ids=[path for _, path, _ in SERIES])
def test_every_recorded_payload_is_read(source, path, captured_at, shared_data):
    """A series that suddenly gives fewer rows has lost them somewhere."""
    # The two long series whole only in the long run: 37 and 88 MB.
    most = 20 if source in ("boltodds", "draftkings_eventgroup") else None
    done = tally(shared_data / "payloads", source, path, captured_at, most)
    counts = tuple(done.rows[name] for name in ("games", "quotes", "splits", "rejected"))
    expected = EXPECTED.get((source, path))
    if expected is not None:
        assert (*counts, sum(done.refused.values())) == expected, (done.refused, done.rejected)
    assert (
        done.payloads == sum(done.refused.values())
        or sum(done.rows.values()) + sum(done.left_out.values()) > 0
        or ("allBooks" in path)
    )
    assert sum(done.rejected.values()) <= 0.05 * max(sum(done.rows.values()), 100)


@pytest.mark.long
@pytest.mark.parametrize(
    ("source", "expected"), [("draftkings_eventgroup", (6966, 34233, 0, 16)), ("boltodds", (3844, 38376, 0, 6))]
)
def test_the_long_series_are_read_whole(source, expected, shared_data):
    """The sums over all 505 and 60 snapshots."""
    done = tally(shared_data / "payloads", source, source, None)
    assert tuple(done.rows[name] for name in ("games", "quotes", "splits", "rejected")) == expected


@cache
def samples(folder: Path) -> dict[str, Payload]:
    """One small payload a source that has rows, and the odd shapes beside it."""
    chosen: dict[str, Payload] = {}
    for source, path, captured_at in SERIES:
        for payload in islice(payloads_of(folder, source, path, captured_at), 3):
            try:
                parsed = SOURCES[source].parse(payload.body, payload.captured_at, payload.endpoint)
            except PayloadShapeError:
                continue
            held = chosen.get(source)
            if parsed.games and (held is None or len(payload.body) < len(held.body)):
                chosen[source] = payload
    feed = (folder / "mlb_statsapi" / "live_feed_v1.1_715720_2022-11-25.json").read_bytes()
    chosen["mlb_stats_api, live feed"] = Payload("mlb_stats_api", "/api/v1.1/game/715720/feed/live", 200, feed, NOW)
    prices = json.loads((folder / "action_network" / "nfl_2025" / "history_254118.json").read_bytes())
    entry = {"odds": -120, "value": 0, "updated_at": "2026-07-21T17:39:30.195056Z", "line_status": "normal"}
    for book in prices.values():
        book["event"] = book.pop("firsthalf", {})
        for outcome in book["event"].get("moneyline", []):
            outcome["history"] = [entry, {**entry, "odds": -125, "updated_at": "2026-07-21T18:00:00Z"}]
    address = "/web/v2/markets/event/254118/history"
    chosen["action_network, history"] = Payload("action_network", address, 200, json.dumps(prices).encode(), NOW)
    page = new_page(NEW_HEAD.format("Handle", "Bets"))
    forecasts = (
        ("national_weather_service", "nws/gridpoints_forecast_hourly_us.json", datetime(2019, 10, 15, tzinfo=UTC)),
        ("open_meteo", "open_meteo/single_run.json", NOW),
        ("open_meteo_previous_runs", "open_meteo/previous_runs.json", NOW),
    )
    for source, path, at in forecasts:
        chosen[source] = Payload(source, "", 200, (folder.parent / "weather" / path).read_bytes(), at)
    chosen["vsin"] = Payload("vsin", "/betting-splits/?source=DK", 200, page, NOW)
    return chosen


SAMPLES = sorted([*SOURCES, "mlb_stats_api, live feed", "action_network, history"])


def parse(payload: Payload, body: bytes) -> Parsed | None:
    """Rows, or None where the payload was refused by name; anything else is a crash."""
    try:
        return SOURCES[payload.source].parse(body, payload.captured_at, payload.endpoint)
    except PayloadShapeError:
        return None


def rows_of(parsed: Parsed) -> set[tuple[Any, ...]]:
    return {
        astuple(row) for name in ("games", "quotes", "splits", "results", "probables") for row in getattr(parsed, name)
    }


@pytest.mark.parametrize("source", SAMPLES)
def test_no_prefix_of_a_payload_crashes_or_gives_a_row_that_the_whole_does_not_have(source, shared_data):
    """A connection that breaks must not turn "-110" into "-11" or 82 % into 8 %."""
    payload = samples(shared_data / "payloads")[source]
    chance = random.Random(7)
    cuts = {0, 1, len(payload.body) - 1} | {chance.randrange(len(payload.body)) for _ in range(40)}
    _cut(payload, sorted(cuts))


@pytest.mark.long
@pytest.mark.parametrize("source", SAMPLES)
def test_no_prefix_at_all_of_a_small_payload_and_none_of_two_thousand_of_a_large_one(source, shared_data):
    """The same without luck: a digit or a closing bracket that happens to end a value is one byte in thousands."""
    payload = samples(shared_data / "payloads")[source]
    _cut(payload, range(0, len(payload.body), max(1, len(payload.body) // 2000)))


def _cut(payload: Payload, cuts: Iterable[int]) -> None:
    whole = rows_of(parse(payload, payload.body))
    for cut in cuts:
        parsed = parse(payload, payload.body[:cut])
        assert parsed is None or rows_of(parsed) <= whole, cut


ODDITIES = [
    None,
    True,
    -1,
    0,
    10**30,
    1.5,
    "",
    "x",
    "\x00",
    "\ud800",
    [],
    {},
    [[]],
    {"a": 1},
    "-110",
    "NaN",
    "9" * 5000,
]


def mutate(value: Any, chance: random.Random) -> Any:
    """One random node replaced, removed, doubled or moved."""
    parents: list[Any] = []

    def walk(node: Any) -> None:
        if isinstance(node, dict | list) and node:
            parents.append(node)
            for inner in node.values() if isinstance(node, dict) else node:
                walk(inner)

    walk(value)
    if not parents:
        return chance.choice(ODDITIES)
    for _ in range(chance.randint(1, 3)):
        parent = chance.choice(parents)
        key = chance.choice(list(parent)) if isinstance(parent, dict) and parent else None
        if isinstance(parent, dict) and parent:
            if chance.random() < 0.3:
                parent.pop(key)
            else:
                parent[key] = chance.choice(ODDITIES)
        elif isinstance(parent, list) and parent:
            place = chance.randrange(len(parent))
            if chance.random() < 0.3:
                parent.insert(place, parent[-1])
            else:
                parent[place] = chance.choice(ODDITIES)
    return value


def mutated(payload: Payload, seed: int) -> bytes:
    chance = random.Random(seed)
    if payload.body.lstrip()[:1] in (b"{", b"[") and chance.random() < 0.8:
        return json.dumps(mutate(json.loads(payload.body), chance)).encode()
    body = bytearray(payload.body)
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(body))
        body[place : place + chance.randint(0, 3)] = bytes(chance.randrange(256) for _ in range(chance.randint(0, 3)))
    return bytes(body)


def check_mutation(payload: Payload, seed: int) -> None:
    parsed = parse(payload, mutated(payload, seed))
    if parsed is None:
        return
    for quote in parsed.quotes:
        assert abs(quote.odds) >= 100
        assert quote.captured_at.tzinfo is not None
    known = {game.source_game_id for game in parsed.games}
    if payload.source != "action_network":
        assert {row.source_game_id for row in (*parsed.quotes, *parsed.splits)} <= known
    json.dumps([one.record for one in parsed.rejected], default=str)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(source=st.sampled_from(SAMPLES), seed=st.integers(0, 2**32))
def test_no_mutation_of_a_payload_crashes_or_gives_an_impossible_row(source, seed, shared_data):
    """What a source sends tomorrow is not what it sent yesterday."""
    check_mutation(samples(shared_data / "payloads")[source], seed)


@pytest.mark.long
def test_no_mutation_of_ten_thousand_crashes_or_gives_an_impossible_row(shared_data):
    chosen = samples(shared_data / "payloads")
    for number in range(10_000):
        check_mutation(chosen[sorted(chosen)[number % len(chosen)]], number)


def test_files_archives_and_folders_give_the_same_payloads(tmp_path):
    """An archive of somebody's collector is a source like any other."""
    body, name = b'{"odds": [], "capturedAt": "2026-07-16T04:54:37Z"}', "2026-07-16T04-54-37-438Z.json"
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / name).write_bytes(body)
    (tmp_path / f"{name}.gz").write_bytes(gzip.compress(body))
    with lzma.open(tmp_path / "all.tar.xz", "wb") as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        archive.add(tmp_path / "plain" / name, arcname=name)
    source = SOURCES["boltodds"]
    for path in (tmp_path / "plain", tmp_path / "plain" / name, tmp_path / f"{name}.gz", tmp_path / "all.tar.xz"):
        (payload,) = recorded.read(source, [path])
        assert (payload.body, payload.captured_at) == (body, datetime(2026, 7, 16, 4, 54, 37, tzinfo=UTC))


@pytest.mark.parametrize(
    ("name", "stamp"),
    [
        ("2026-07-16T04-54-37-438Z.json", datetime(2026, 7, 16, 4, 54, 37, 438000, tzinfo=UTC)),
        ("2024/dk_eventgroup_2024-05-25T081230_ff62e604.json", None),
        ("mlb_odds_20250806_141636.json", None),
        ("mlb_odds_20250806_141636+0000.json", datetime(2025, 8, 6, 14, 16, 36, tzinfo=UTC)),
        ("sbr_2025-08-16T13-45-00-0400.json", datetime(2025, 8, 16, 17, 45, tzinfo=UTC)),
        ("sbr_2025-08-16T13:45:00+05:30.json", datetime(2025, 8, 16, 8, 15, tzinfo=UTC)),
        ("2025-08-16T13-45-00-07-00/board.json", datetime(2025, 8, 16, 20, 45, tzinfo=UTC)),
        ("board 2025-08-16 13.45 EDT.json", datetime(2025, 8, 16, 17, 45, tzinfo=UTC)),
        ("20250816T134500.123456Z.json.gz", datetime(2025, 8, 16, 13, 45, 0, 123000, tzinfo=UTC)),
        ("2025-08-16T13-45-00-0002.json", None),
        ("splits.real-capture_2026-04-03.json", None),
        ("2026-13-45T99-99-99.json", None),
    ],
)
def test_a_file_name_tells_its_instant_or_nothing(name, stamp):
    """A day alone does not say which of its prices were before the game; a local time read as UTC is hours early."""
    assert instant_in_name(name) == stamp


@pytest.mark.parametrize(
    ("name", "stamp"),
    [
        ("dk_eventgroup_2024-05-25T081230_ff62e604.json", datetime(2024, 5, 25, 8, 12, 30, tzinfo=UTC)),
        ("board_20240525_081230.json", datetime(2024, 5, 25, 8, 12, 30, tzinfo=UTC)),
        ("board 2024-05-25 08.12.json", datetime(2024, 5, 25, 8, 12, tzinfo=UTC)),
        ("games_2026-07-31_08-22.csv", None),
        ("games_2026-07-31-2026-08-22.csv", None),
        ("games_2026-07-31_2026-08-22_2026-08-23T09-00.csv", datetime(2026, 8, 23, 9, tzinfo=UTC)),
        ("games_2026-07-31_08-22Z.csv", datetime(2026, 7, 31, 8, 22, tzinfo=UTC)),
    ],
)
def test_a_range_of_days_in_a_name_is_no_instant(name, stamp):
    """Results of three weeks were dated at 08:22 on the first day: known before their games were played."""
    assert instant_in_name(name, UTC) == stamp


def test_content_dates_a_payload_before_its_name_and_its_name_before_the_caller(tmp_path):
    """--captured-at for a folder would otherwise move every payload that has its own instant."""
    board = '{"odds": []%s}'
    files = {
        "named_2026-07-16T05-00-00Z.json": board % "",
        "content_2026-07-16T05-00-00Z.json": board % ', "capturedAt": "2026-07-16T04:54:37Z"',
        "2026-07-16T05-00-00.json": board % "",
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    stamps = {one.endpoint: one.captured_at for one in recorded.read(SOURCES["boltodds"], [tmp_path], NOW)}
    assert stamps == {
        "recorded:2026-07-16T05-00-00.json": NOW,
        "recorded:content_2026-07-16T05-00-00Z.json": datetime(2026, 7, 16, 4, 54, 37, tzinfo=UTC),
        "recorded:named_2026-07-16T05-00-00Z.json": datetime(2026, 7, 16, 5, tzinfo=UTC),
    }


def test_other_files_of_a_folder_are_named_and_passed_over(tmp_path):
    """A README or the .DS_Store of a Mac stopped the import of a whole folder."""
    body, name = b'{"odds": [], "capturedAt": "2026-07-16T04:54:37Z"}', "snapshot.json"
    (tmp_path / name).write_bytes(body)
    (tmp_path / ".DS_Store").write_bytes(b"\x00\x00\x00\x01Bud1")
    (tmp_path / "README.md").write_text("[series](x)")
    (tmp_path / "notes").write_text("from the old laptop")
    (tmp_path / "package.json").write_text('{"name": "collector"}')
    (tmp_path / "empty.json").write_text("[]")
    with zipfile.ZipFile(tmp_path / "more.zip", "w") as archive:
        archive.writestr("a/snapshot.json", body)
        archive.writestr("__MACOSX/a/._snapshot.json", b"\x00\x05\x16\x07")
    (tmp_path / "one.json.xz").write_bytes(lzma.compress(body))
    skipped = recorded.Skipped()
    assert len(list(recorded.read(SOURCES["boltodds"], [tmp_path], skipped=skipped))) == 3
    assert [name for name, _ in skipped.files] == [
        ".DS_Store", "README.md", "empty.json", "more.zip/__MACOSX/a/._snapshot.json", "notes", "package.json",
    ]  # fmt: skip


def test_an_empty_board_needs_no_capture_time(tmp_path):
    """An off day's board is []: nothing in it needs a date, and it must not stop the files after it."""
    (tmp_path / "board.json").write_text("[]")
    assert list(recorded.read(SOURCES["the_odds_api"], [tmp_path / "board.json"])) == []


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_text_in_other_encodings_is_the_same_payload(tmp_path, encoding):
    """Windows tools save UTF-16 or a byte order mark: what was sniffed by its first byte was refused."""
    kept = {"url": "https://statsapi.mlb.com/api/v1/schedule", "response": {"dates": []}, "name": "Peña"}
    (tmp_path / "x.json").write_text(json.dumps(kept, ensure_ascii=False), encoding=encoding)
    (payload,) = recorded.read(SOURCES["mlb_stats_api"], [tmp_path / "x.json"], NOW)
    assert (payload.endpoint, json.loads(payload.body)) == ("/api/v1/schedule", {"dates": []})


@pytest.mark.parametrize(
    ("wrap", "envelope"),
    [
        (lambda body: {"payload": json.loads(body)}, "payload"),
        (lambda body: {"captured_at": "2026-07-16T05:00:00Z", "data": body.decode()}, "data"),
        (lambda body: {"body": base64.b64encode(body).decode()}, "body (base64)"),
        (lambda body: {"response": base64.b64encode(gzip.compress(body)).decode()}, "response (base64, gzip)"),
        (lambda body: {"result": {"content": json.loads(body)}}, "result"),
        (lambda body: {"fetched_with": "x", "json": json.loads(body)}, "json"),
        (lambda body: {"results": json.loads(body)}, "results"),
    ],
)
def test_the_usual_envelopes_are_opened_and_named(tmp_path, wrap, envelope):
    """Collectors keep payloads under a key of their own, often packed."""
    body = b'{"games": [], "x": 1}'
    (tmp_path / "a_2026-07-16T04-00-00Z.json").write_text(json.dumps(wrap(body)))
    skipped = recorded.Skipped()
    (payload,) = recorded.read(SOURCES["action_network"], [tmp_path], skipped=skipped)
    assert json.loads(payload.body) == json.loads(body)
    assert envelope in skipped.envelopes
    at = 5 if envelope == "data" else 4
    assert payload.captured_at == datetime(2026, 7, 16, at, tzinfo=UTC)


def test_a_file_of_one_record_a_line_is_its_payloads(tmp_path):
    """A collector that appends each response to one file had its whole season refused as no JSON."""
    game = {
        "sport_key": "baseball_mlb", "commence_time": "2026-07-16T23:05:00Z", "home_team": "Boston Red Sox",
        "away_team": "New York Yankees", "bookmakers": [],
    }  # fmt: skip
    board = [{"id": str(number), **game} for number in range(3)]
    by_capture = [{"fetched_at": f"2026-07-16T0{hour}:00:00Z", "json": board[:1]} for hour in (4, 5)]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, by_capture)) + "\n")
    first, second = recorded.read(SOURCES["the_odds_api"], [tmp_path / "a.jsonl"])
    assert [json.loads(one.body) for one in (first, second)] == [board[:1]] * 2
    assert (first.captured_at.hour, second.captured_at.hour) == (4, 5)
    (tmp_path / "b_2026-07-16T06-00-00Z.jsonl").write_text("\n".join(map(json.dumps, board)))
    (whole,) = recorded.read(SOURCES["the_odds_api"], [tmp_path / "b_2026-07-16T06-00-00Z.jsonl"])
    assert json.loads(whole.body) == board


def test_a_genuine_payload_under_one_of_those_keys_is_not_opened():
    """SportsBettingDime's own feed is an object with `data`, The Odds API's snapshots too."""
    for source, body in (("sportsbettingdime", b'{"data": []}'), ("the_odds_api", b'{"timestamp": "x", "data": []}')):
        assert not recorded._is_envelope(SOURCES[source], json.loads(body), body)


def test_a_payload_without_any_capture_instant_is_refused(tmp_path):
    """A price without an instant would be knowable at any time."""
    (tmp_path / "board.json").write_text("{}")
    with pytest.raises(NoCaptureTime, match="--captured-at"):
        list(recorded.read(SOURCES["sportsbookreview"], [tmp_path / "board.json"]))


@pytest.mark.parametrize(
    "name", ["absent.json", "text.tar.xz", "text.tar", "text.json.gz", "cut.json.gz", "cut.tar.xz"]
)
def test_a_path_that_cannot_be_read_is_named(tmp_path, name):
    """A mistyped path or half a download ended in a traceback."""
    if name.startswith("text"):
        (tmp_path / name).write_text("no archive")
    elif name == "cut.json.gz":
        (tmp_path / name).write_bytes(gzip.compress(b"{}" * 1000)[:20])
    elif name == "cut.tar.xz":
        with tarfile.open(tmp_path / name, "w:xz") as archive:
            archive.add(__file__, "recorded.json")
        (tmp_path / name).write_bytes((tmp_path / name).read_bytes()[:1000])
    with pytest.raises(UnreadableRecording, match=name):
        list(recorded.read(SOURCES["action_network"], [tmp_path / name], NOW))


def test_a_recorder_that_kept_the_request_is_unwrapped(tmp_path):
    """The response is the payload; its address is the endpoint."""
    kept = {"url": "https://statsapi.mlb.com/api/v1/game/747175/boxscore", "response": {"a": 1}}
    (tmp_path / "x.json").write_text(json.dumps(kept))
    (payload,) = recorded.read(SOURCES["mlb_stats_api"], [tmp_path / "x.json"], NOW)
    assert (payload.endpoint, json.loads(payload.body)) == ("/api/v1/game/747175/boxscore", {"a": 1})


def walk_files(folder: Path) -> Iterator[Path]:
    yield from (one for one in folder.rglob("*") if one.is_file())


def test_every_recorded_file_is_gone_through_or_named_here(shared_data):
    """A payload that nobody reads is a payload lost."""
    folder = shared_data / "payloads"
    read = set()
    for _, path, _ in SERIES:
        for one in folder.glob(path) if "*" in path else [folder / path]:
            read |= {one} if one.is_file() else set(walk_files(one))
    left = {str(one.relative_to(folder)) for one in walk_files(folder)} - {str(one.relative_to(folder)) for one in read}
    assert left == {
        "MANIFEST.md",
        # Team ids and page addresses taken out of payloads: no payloads themselves.
        "action_network/mlb_teams_data_20250701_170717.csv",
        "action_network/todays_urls_clean_20250701.txt",
        # A database with local stamps without a zone, mostly in play.
        "odds_api/alxorca/mlb_odds_2025-08-11.db",
    }
