"""Real-format seasons from a publisher on loopback to games with features' facts.

Belongs here: fetch, rearrange and import as one flow; interruption; the offline folder; seasons without an archive.
Not here: transfers (sources/test_downloads.py), the reading of an archive (sources/test_retrosheet_csv.py).
"""

import os
import random
import subprocess
import sys
import time
from datetime import UTC, date, datetime

import pytest

from mlb_ml_assets.flows.history_fetch import NoSeasonPublished, fetch_history, ingest_box_scores
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.simulation.payloads import Answers
from mlb_ml_assets.simulation.season_archives import write_register, write_season_archives
from mlb_ml_assets.simulation.server import SourceServer
from mlb_ml_assets.sources import downloads, politeness
from mlb_ml_assets.sources.mlb_stats_api import client
from mlb_ml_assets_tests.chain import rows_of
from mlb_ml_assets_tests.simulated_sources import fetch_from
from mlb_ml_assets_tests.sources.archive_server import ArchiveServer

SEASONS = [2023, 2024]


@pytest.fixture(scope="module")
def league():
    """A past season and a current one, three weeks each."""
    return simulate_league(SimulationConfig(season_days=21, today=date(2024, 4, 22)))


@pytest.fixture(scope="module")
def published(league, tmp_path_factory):
    """What the publishers serve, by path: archives of both seasons, register, MLB's schedules."""
    folder = tmp_path_factory.mktemp("published")
    files = {
        f"/downloads/{path.name[:4]}/{path.name}": path.read_bytes() for path in write_season_archives(league, folder)
    }
    for path in write_register(league, folder):
        files[f"/chadwickbureau/register/master/data/{path.name}"] = path.read_bytes()
    answers = Answers(league)
    for season in SEASONS:
        path = downloads.season_schedule(season).url.removeprefix(downloads.SCHEDULE_URL)
        files[path] = answers.get(path, datetime(2024, 11, 30, 12, tzinfo=UTC)).body
    return files


@pytest.fixture
def publisher(published, monkeypatch):
    monkeypatch.setattr(politeness, "_turns", {})
    monkeypatch.setattr(downloads, "_INTERVAL", 0.0)
    monkeypatch.setattr(downloads, "_LONGEST_WAIT", 0.0)
    with ArchiveServer(published) as server:
        yield server


def test_seasons_arrive_with_their_game_pks_and_box_scores(database, publisher, league):
    """A game of the archive beside one of the schedule is one game twice: bets on one, results on the other."""
    with database.connect() as connection:
        report = fetch_history(connection, SEASONS, database.settings.home, mirror=publisher.url)
        assert report.seasons == SEASONS
        played = league.games["official_date"] < league.config.today
        assert rows_of(
            connection,
            "SELECT count(*), count(mlb_stats_api_game_id), count(DISTINCT mlb_stats_api_game_id) "
            "FROM curated.enhanced_games WHERE home_score IS NOT NULL",
        ) == [(played.sum(),) * 3]
        # A schedule fetched today must not date results of past seasons today: no model would learn from them.
        assert rows_of(
            connection,
            "SELECT count(*) FROM curated.game_details AS d JOIN curated.enhanced_games AS g ON g.id = d.game_id "
            "WHERE NOT d.suspended AND d.result_known_at > g.game_date + INTERVAL '2 days'",
        ) == [(0,)]
        # Rained-out games have no box score; every played game has two of each.
        assert rows_of(connection, "SELECT count(*) FROM staging.team_lines") == [(2 * played.sum(),)]
        assert rows_of(connection, "SELECT count(*) FROM staging.starter_lines") == [(2 * played.sum(),)]
        assert rows_of(connection, "SELECT reason, count(*) FROM raw_data.quarantine GROUP BY 1") == []
        assert (database.settings.home / "archives" / "bundle" / "NOTICE.txt").read_text().count("Retrosheet") >= 2


def test_a_second_fetch_transfers_and_changes_nothing(database, publisher):
    """A schedule that fetches every week must not rewrite twenty seasons every week."""
    with database.connect() as connection:
        fetch_history(connection, SEASONS, database.settings.home, mirror=publisher.url)
        asked = len(publisher.requests)
        again = fetch_history(connection, SEASONS, database.settings.home, mirror=publisher.url)
        assert len(publisher.requests) == asked
        assert again.fetched == []
        assert again.imported.games == {}
        assert again.imported.unchanged


def test_a_fetch_ended_at_any_file_ends_whole_the_next_time(database, publisher):
    """Ctrl-C in the ninth of twenty files is what a newcomer does."""
    with database.connect() as connection:
        for after in (1, 2, 7, 18):
            seen = []

            def stop(path, seen=seen, after=after):
                seen.append(path)
                if len(seen) == after:
                    raise KeyboardInterrupt

            with pytest.raises(KeyboardInterrupt):
                fetch_history(
                    connection, SEASONS, database.settings.home, mirror=publisher.url,
                    on_bytes=lambda file, _done, _total, stop=stop: stop(file.name),
                )  # fmt: skip
        report = fetch_history(connection, SEASONS, database.settings.home, mirror=publisher.url)
        assert report.seasons == SEASONS
        assert rows_of(connection, "SELECT count(*) > 0 FROM curated.enhanced_games WHERE home_score IS NOT NULL") == [
            (True,)
        ]


FETCH = """
import sys
from pathlib import Path
from mlb_ml_assets.flows.history_fetch import fetch_history
from mlb_ml_assets.sources import downloads
from mlb_ml_assets.warehouse.connection import connect
downloads._INTERVAL = 0.0
with connect(sys.argv[1], "fetch", autocommit=True) as connection:
    fetch_history(
        connection, [2023, 2024], Path(sys.argv[2]), mirror=sys.argv[3],
        on_bytes=lambda *_: print("piece", flush=True), on_step=lambda *_: print("step", flush=True),
    )
print("end", flush=True)
"""


@pytest.mark.long
def test_a_fetch_killed_at_ten_random_points_ends_whole(database, publisher, league):
    """A machine that goes down in a transfer, between two files or in the import leaves half a season behind."""
    home, chance = database.settings.home, random.Random(os.environ.get("MLB_ML_DRILL_SEED", "20"))
    command = [sys.executable, "-c", FETCH, database.dsn, str(home), publisher.url]
    for _ in range(10):
        # Twenty files and eight steps of the import: about six kills are among the files, four in the import.
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            seen = [process.stdout.readline() for _ in range(chance.randint(1, 6))]
            time.sleep(chance.uniform(0.0, 0.2))
            process.kill()
        assert "end\n" not in seen
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    played = (league.games["official_date"] < league.config.today).sum()
    with database.connect() as connection:
        assert rows_of(
            connection,
            "SELECT count(*), count(DISTINCT mlb_stats_api_game_id) FROM curated.enhanced_games "
            "WHERE home_score IS NOT NULL",
        ) == [(played, played)]
        for table in ("team_lines", "starter_lines"):
            assert rows_of(connection, f"SELECT count(*) FROM staging.{table}") == [(2 * played,)]
        assert rows_of(connection, "SELECT count(*) FROM raw_data.quarantine") == [(0,)]
    assert not list(home.rglob("*.part"))


def test_a_folder_of_archives_is_enough(database, league, tmp_path):
    """Without a network the archives come on a stick, perhaps without schedule and odds."""
    write_season_archives(league, tmp_path)
    write_register(league, tmp_path)
    with database.connect() as connection:
        report = fetch_history(connection, SEASONS, database.settings.home, folder=tmp_path)
        assert set(report.missing) == {"schedule_2023.json", "schedule_2024.json"}
        assert rows_of(
            connection,
            "SELECT count(*) = %s FROM curated.enhanced_games",
            len(league.games[league.games["official_date"] < league.config.today]),
        ) == [(True,)]


def test_seasons_that_nobody_publishes_are_named(database, publisher):
    """A typo in a year must not end in success with nothing."""
    with database.connect() as connection, pytest.raises(NoSeasonPublished, match="no season archive of 1899 to 1900"):
        fetch_history(connection, [1899, 1900], database.settings.home, mirror=publisher.url)


def test_the_current_season_comes_from_mlb_box_scores(database, league, monkeypatch):
    """Retrosheet publishes a season after it has ended; a model of April needs April."""
    monkeypatch.setattr(politeness, "_turns", {})
    monkeypatch.setenv("MLB_ML_SIMULATED_NOW", "2024-04-05T15:00:00+00:00")
    from mlb_ml_assets.flows.history_fetch import FetchReport
    from mlb_ml_assets.sources.http import Limits

    report = FetchReport()
    with SourceServer(league, datetime(2024, 4, 5, 15, tzinfo=UTC)) as server, database.connect() as connection:
        fetch_from(server, monkeypatch)
        with client(limits=Limits(interval=0.0)) as opened:
            ingest_box_scores(connection, 2024, report, client=opened)
        played = rows_of(connection, "SELECT count(*) FROM staging.team_lines")[0][0] // 2
        assert report.box_scores == {2024: played}
        assert played > 20
