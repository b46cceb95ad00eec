"""Replay equals live on recordings, from payload to stake, cut after each capture of a series.

Belongs here: recorded boards and splits beside the listings of their games; models of the bundle's last seasons.
Not here: prices and lines alone, a sample in the long checks (test_replay_equals_live.py), the simulated league.
"""

import csv
import json
import os
import tarfile
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from mlb_ml_assets.commands.materialize import execute, plan
from mlb_ml_assets.domain.clock import eastern_date
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.history_import import import_history
from mlb_ml_assets.flows.ingest import ingest
from mlb_ml_assets.sources import recorded
from mlb_ml_assets.sources.catalogue import SOURCES
from mlb_ml_assets_tests.chain import _enter, _leave_mlflow, _made
from mlb_ml_assets_tests.conftest import _fresh
from mlb_ml_assets_tests.flows.decided_rows import RESULTS, decide

# 505 boards of one book take about twenty minutes, 66 captures of nine books about five.
pytestmark = [pytest.mark.long, pytest.mark.by_hand]

SEASONS = (date(2017, 4, 1), date(2018, 11, 10))
# Every so many captures are a cut; 1 is every one.
EVERY = int(os.environ.get("MLB_ML_SWEEP_EVERY", "1"))


@pytest.fixture(scope="session")
def modelled(database_server, template_database, shared_data):
    """Name of a database with the models of two seasons; nothing of the years of the recordings."""

    def fill(database):
        from mlb_ml_assets.definitions import build_definitions

        with database.connect() as connection:
            import_history(connection, [shared_data / "history"])
        instance = dg.DagsterInstance.ephemeral()
        list(execute(plan(*SEASONS), build_definitions(), instance, on_step=lambda _: None))

    return _made(database_server, "seasons_modelled", template_database, fill)


def list_schedule(shared_data: Path, folder: Path) -> Path:
    """The schedule of 2024 as before its first game: no result and no status is known."""
    schedule = json.loads((shared_data / "payloads" / "mlb_statsapi" / "schedule_2024_full_season.json").read_text())
    for day in schedule["dates"]:
        for game in day["games"]:
            game["status"] = {"codedGameState": "S", "detailedState": "Scheduled", "abstractGameState": "Preview"}
            for side in game["teams"].values():
                for known_later in ("score", "isWinner", "leagueRecord"):
                    side.pop(known_later, None)
    path = folder / "schedule.json"
    path.write_text(json.dumps(schedule))
    return path


def list_games(shared_data: Path, folder: Path) -> Path:
    """The games of August 2026 as a schedule that names no result."""
    with (shared_data / "payloads" / "results" / "panthera_games_2026-07-31_08-22.csv").open() as source:
        games = [
            {
                "gamePk": int(row["game_pk"]),
                "gameType": row["game_type"],
                "season": row["game_date_et"][:4],
                "gameDate": row["start_time_utc"],
                "officialDate": row["game_date_et"],
                "status": {"codedGameState": "S", "detailedState": "Scheduled", "abstractGameState": "Preview"},
                "teams": {
                    side: {"team": {"id": int(row[f"{side}_team_id"]), "name": row[f"{side}_team"]}}
                    for side in ("home", "away")
                },
                "gameNumber": int(row["game_number"]),
                "doubleHeader": row["doubleheader"],
            }
            for row in csv.DictReader(source)
        ]
    path = folder / "august.json"
    path.write_text(json.dumps({"dates": [{"date": "2026-08-01", "games": games}]}))
    return path


def captures_of(source: str, paths: list[Path]) -> list[tuple[datetime, str, Path]]:
    """Instant, source and file of each payload; one of a recording that is not used is left out."""
    return [(payload.captured_at, source, path) for path in paths for payload in recorded.read(SOURCES[source], [path])]


@pytest.fixture
def draftkings(shared_data, tmp_path):
    """The listing of the season 2024, and 505 boards of one book."""
    with tarfile.open(shared_data / "payloads" / "draftkings_eventgroup" / "fantasy-toolz_2024_all.tar.xz") as opened:
        opened.extractall(tmp_path / "boards", filter="data")
    boards = [path for path in (tmp_path / "boards").rglob("*") if path.is_file()]
    schedule = (datetime(2024, 3, 1, tzinfo=UTC), "mlb_stats_api", list_schedule(shared_data, tmp_path))
    return [schedule, *captures_of("draftkings_eventgroup", boards)]


@pytest.fixture
def august(shared_data, tmp_path):
    """The listing of August 2026, boards of nine books, splits, and results that came a week after the last board."""
    payloads = shared_data / "payloads"
    listing = (datetime(2026, 7, 30, tzinfo=UTC), "mlb_stats_api", list_games(shared_data, tmp_path))
    results = payloads / "results" / "panthera_games_2026-07-31_08-22.csv"
    return [
        listing,
        *captures_of("the_odds_api", sorted((payloads / "odds_api" / "panthera").rglob("*.json"))),
        *captures_of("lumify", sorted((payloads / "splits_lumify" / "panthera").rglob("*.json"))),
        (datetime(2026, 8, 23, tzinfo=UTC), "game_tables", results),
    ]


@pytest.mark.parametrize("series", ["draftkings", "august"])
def test_a_run_after_each_capture_decides_the_same_with_and_without_the_later_ones(
    series, request, modelled, database_server, tmp_path, monkeypatch
):
    """One reader that takes a row by its last state, not by its state at the cut, shows at some capture."""
    captures = sorted(request.getfixturevalue(series))
    pair = [_fresh(database_server, modelled, tmp_path / name) for name in ("replay", "live")]
    databases = [next(fresh) for fresh in pair]
    _enter(monkeypatch, databases[0])
    replay, live = (database.connect() for database in databases)
    for instant, source, path in captures:
        ingest(replay, source, from_files=[path], captured_at=instant)
    compared, differ = Counter(), {}
    for number, (instant, source, path) in enumerate(captures):
        ingest(live, source, from_files=[path], captured_at=instant)
        # A cut falls between two captures, sooner or later after the first.
        cut = instant + timedelta(minutes=3 * (number % 7))
        if number == 0 or number % EVERY or (number + 1 < len(captures) and captures[number + 1][0] <= cut):
            continue
        days = DayRange(eastern_date(cut) - timedelta(days=1), eastern_date(cut) + timedelta(days=1))
        lived, replayed = decide(live, cut, days), decide(replay, cut, days)
        compared += {"cuts": 1} | {name: len(rows) for name, rows in lived.items()}
        differ |= {
            (str(cut), name): (set(lived[name]) ^ set(replayed[name]))
            for name in RESULTS
            if replayed[name] != lived[name]
        }
    print(f"{series}: {dict(compared)}, {len(differ)} tables differ")
    _leave_mlflow()
    for connection, fresh in zip((replay, live), pair, strict=True):
        connection.close()
        next(fresh, None)
    assert not differ
    assert min(compared[name] for name in ("lines", "features", "predictions", "recommendations")) > 100
