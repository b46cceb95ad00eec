"""PostgreSQL killed under a writing command, a disk that fills up, a migration cut short.

Belongs here: servers of a drill's own that die.
Not here: our processes dying (test_killed_runs.py), the network (test_network.py).
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from mlb_ml_assets.simulation.demo import demo_league
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.stack.embedded import EmbeddedServer
from mlb_ml_assets.stack.server_user import server_programs, server_user
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.migrations import MigrationError, migrate
from mlb_ml_assets.warehouse.settings import DatabaseSettings
from mlb_ml_assets_tests.chain import LEAGUE
from mlb_ml_assets_tests.conftest import Database
from mlb_ml_assets_tests.drills.world import (
    PIECE,
    POINTS,
    SEED,
    SELECT,
    back_up_and_restore,
    broken,
    digests,
    environment_of,
    finish,
    mlb_ml,
    our_tables,
    running_sessions,
    wait_for_backends,
)
from mlb_ml_assets_tests.drills.writers import CHAIN, tables_of
from mlb_ml_assets_tests.flows.tables import forget

pytestmark = pytest.mark.long

STAGED = (
    "staging.source_games", "staging.game_results", "staging.lineups", "staging.starter_lines", "staging.team_lines",
    "staging.archive_quotes", "curated.enhanced_games", "curated.market_lines",
)  # fmt: skip


def settings_of(server: EmbeddedServer) -> DatabaseSettings:
    return DatabaseSettings.from_environment({"MLB_ML_HOME": str(server.home)})


def counts(settings: DatabaseSettings) -> dict[str, int]:
    with connect(settings.dsn, "test", autocommit=True) as connection:
        return {table: connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0] for table in STAGED}


def kill_server(server: EmbeddedServer) -> None:
    process = server.process()
    assert process is not None
    os.kill(process.pid, signal.SIGKILL)


def environment(server: EmbeddedServer) -> dict[str, str]:
    found = environment_of({"MLB_ML_HOME": str(server.home)})
    return {name: value for name, value in found.items() if not name.startswith("POSTGRES_")}


def test_the_server_killed_in_the_middle_of_an_import(own_server, tmp_path, outcome):
    """An import of years takes minutes: what was committed is kept, the rest is not there, the same command goes on."""
    bundle = demo_league(tmp_path, LEAGUE, live_days=0).bundle_folder
    settings = ensure_database(settings_of(own_server))
    first = mlb_ml(environment(own_server), "history", "import", str(bundle))
    with connect(settings.dsn, "test", autocommit=True) as watching:
        deadline = time.monotonic() + 120
        while first.poll() is None and time.monotonic() < deadline:
            busy = watching.execute(
                "SELECT 1 FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query ~ 'incoming_rows|COPY'"
            ).fetchone()
            if busy:
                break
            time.sleep(0.02)
    kill_server(own_server)
    out, _ = first.communicate(timeout=120)
    assert first.returncode not in (0, None), out
    ensure_database(settings)
    cut = counts(settings)
    finish(mlb_ml(environment(own_server), "history", "import", str(bundle)))
    whole = counts(settings)
    assert whole["curated.enhanced_games"] > 800
    assert all(cut[table] in (0, whole[table]) for table in STAGED), cut
    finish(mlb_ml(environment(own_server), "history", "import", str(bundle)))
    assert counts(settings) == whole
    outcome("SIGKILL of PostgreSQL in an import", "all or nothing a table; the same command again completed it")


# Where the server dies: a writer of the chain and how it is run, or a whole range over the days of a month's end.
UNDER = {
    "ingest": "collect action_network",
    "training": "game_model, a second month",
    "promotion": "model promote --force",
    "backfill": "housekeeping",
}
BACKFILL = ["command", "run", *SELECT, "prepare,predict,score"]
BACKFILLED = ("curated.game_features", "curated.ml_predictions", "curated.ml_recommendations")


@pytest.fixture
def copied_to(own_server, database_server):
    """Bring a database of the tests' server to the drill's own, as many copies of it as are requested."""
    programs = server_programs(server_user())
    own_server.start()

    def copies(template: str) -> Callable[[str], Database]:
        home = settings_of(own_server)
        target = {**os.environ, "PGHOST": home.server_host, "PGUSER": "postgres"}
        back_up_and_restore(replace(database_server, database=template), replace(home, database="before"))

        def copy(name: str) -> Database:
            subprocess.run([programs / "createdb", "-T", "before", name], env=target, check=True)
            return Database(replace(home, host=home.server_host, database=name))

        return copy

    return copies


@pytest.mark.parametrize("job", UNDER)
def test_the_server_killed_under_a_run_and_started_again(
    job, own_server, copied_to, before_writer, warm, sources, small_bundle, tmp_path, outcome
):
    """The database is upgraded, moved, out of memory: what was committed is kept, and the next run needs no hand."""
    (writer,) = (each for each in CHAIN if each.name == UNDER[job])
    what = BACKFILL if job == "backfill" else writer.what(small_bundle)
    groups = tuple((table,) for table in BACKFILLED) if job == "backfill" else writer.together
    tables = BACKFILLED if job == "backfill" else tables_of(writer)
    copy, chance = copied_to(before_writer(writer)), random.Random(job + SEED)

    def ready(name: str) -> tuple[Database, dict[str, str]]:
        database = copy(name)
        if job == "backfill":
            with database.connect() as connection:
                forget(connection, PIECE.first, PIECE.last)
        return database, environment_of({**database.environment, "MLB_ML_HOME": str(tmp_path / "home"), **sources})

    database, environment = ready("whole")
    with database.connect() as connection:
        empty = digests(connection, tables)
        whole_run = warm.run(environment, what)
        assert whole_run.code == 0, whole_run.output[-4000:]
        whole = digests(connection, our_tables(connection))
    # Later steps of a backfill fill in columns of stored rows: between two steps only their number is whole.
    standing = (lambda digest: digest[0]) if job == "backfill" else (lambda digest: digest)
    failed = 0
    for point in range(max(1, POINTS // 10)):
        database, environment = ready(f"cut_{point}")
        running = warm.start(environment, what)
        time.sleep(chance.uniform(0.2, 0.9) * whole_run.seconds)
        kill_server(own_server)
        own_server.start()
        ended = running.result(240)
        assert not ended.killed
        failed += ended.code != 0
        with database.connect() as connection:
            wait_for_backends(connection)
            now = digests(connection, tables)
            for group in groups:
                assert [standing(now[table]) for table in group] in (
                    [standing(empty[table]) for table in group], [standing(whole[table]) for table in group],
                ), f"{group} hold a part of what they should"  # fmt: skip
            assert broken(connection, healed=False) == []
            healing = warm.run(environment, what)
            assert healing.code == 0, healing.output[-4000:]
            now = digests(connection, our_tables(connection))
            assert [(table, now[table], whole[table]) for table in now if now[table] != whole[table]] == []
            assert broken(connection) == []
            if job == "training":
                assert running_sessions(connection) == 0
    points = max(1, POINTS // 10)
    outcome(
        f"SIGKILL of PostgreSQL in {job}: {points} kills",
        f"all or nothing; {failed} runs failed, {points - failed} outlived it; healed by the next run",
    )


def test_a_migration_cut_half_way_is_not_there_and_goes_in_whole_next_time(own_server, tmp_path, outcome):
    """A file that ran and is not marked runs twice; one that is marked and did not run is missing for ever."""
    settings = ensure_database(settings_of(own_server))
    folder = tmp_path / "migrations"
    folder.mkdir()
    from mlb_ml_assets.warehouse.sql import migrations_folder

    for path in migrations_folder().glob("*.sql"):
        (folder / path.name).write_text(path.read_text())
    text = "-- Cut half-way.\nCREATE TABLE staging.drill_a (a INTEGER);\n{}CREATE TABLE staging.drill_b (b INTEGER);\n"
    late = folder / "9000_drill.sql"
    late.write_text(text.format("SELECT pg_sleep(30);\n"))
    call = f"migrate({settings.dsn!r}, Path({str(folder)!r}))"
    code = f"from pathlib import Path; from mlb_ml_assets.warehouse.migrations import migrate; {call}"
    process = subprocess.Popen([sys.executable, "-c", code], env=environment(own_server))
    with connect(settings.dsn, "test", autocommit=True) as watching:
        for _ in range(600):
            if watching.execute("SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'").fetchone():
                break
            time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    with connect(settings.dsn, "test", autocommit=True) as connection:
        # The killed client's session notices at its next word; waiting for it is what a second migration does.
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
        assert connection.execute("SELECT to_regclass('staging.drill_a')").fetchone() == (None,)
    late.write_text(text.format(""))
    assert migrate(settings.dsn, folder) == ["9000_drill"]
    assert migrate(settings.dsn, folder) == []
    outcome("SIGKILL in a migration", "nothing of the file was kept; the next migrate applied it once")


def test_a_migration_under_a_dying_server_keeps_nothing(own_server, tmp_path, outcome):
    """The server's own death is the other half of the same promise."""
    settings = ensure_database(settings_of(own_server))
    folder = tmp_path / "migrations"
    folder.mkdir()
    from mlb_ml_assets.warehouse.sql import migrations_folder

    for path in migrations_folder().glob("*.sql"):
        (folder / path.name).write_text(path.read_text())
    pid = own_server.process().pid
    (folder / "9001_drill.sql").write_text(
        "-- The server is killed by its own statement.\nCREATE TABLE staging.drill_c (c INTEGER);\n"
        f"COPY (SELECT 1) TO PROGRAM 'kill -9 {pid}';\nSELECT pg_sleep(20);\n"
    )
    with pytest.raises((MigrationError, psycopg.OperationalError)):
        migrate(settings.dsn, folder)
    ensure_database(settings)
    with connect(settings.dsn, "test", autocommit=True) as connection:
        assert connection.execute("SELECT to_regclass('staging.drill_c')").fetchone() == (None,)
    (folder / "9001_drill.sql").unlink()
    assert migrate(settings.dsn, folder) == []
    outcome("SIGKILL of PostgreSQL in a migration", "nothing of the file was kept")


@pytest.mark.root
def test_a_full_disk_fails_loudly_and_loses_nothing_committed(tmp_path, outcome):
    """A volume fills up over a season: rows must not be half there, and room must be all that it takes to go on."""
    if os.geteuid() != 0:
        pytest.skip("a small volume of its own needs root")
    volume = Path(f"/tmp/mlb_ml-drill-{os.getpid()}")
    volume.mkdir(mode=0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=400m,mode=755", "tmpfs", str(volume)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        volume.rmdir()
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.strip()}")
    server = EmbeddedServer(volume / "home")
    try:
        settings = ensure_database(settings_of(server))
        with connect(settings.dsn, "test", autocommit=True) as connection:
            connection.execute("CREATE TABLE staging.drill (n INTEGER, text TEXT)")
            connection.execute("INSERT INTO staging.drill SELECT n, 'kept' FROM generate_series(1, 1000) AS n")
            with pytest.raises(psycopg.Error, match=r"No space left|could not|connection"):
                connection.execute(
                    "INSERT INTO staging.drill SELECT n, repeat(md5(n::text), 40) FROM generate_series(1, 500000) AS n"
                )
        subprocess.run(["mount", "-o", "remount,size=1200m", str(volume)], check=True)
        ensure_database(settings)
        with connect(settings.dsn, "test", autocommit=True) as connection:
            assert connection.execute("SELECT COUNT(*), MAX(text) FROM staging.drill").fetchone() == (1000, "kept")
            connection.execute("INSERT INTO staging.drill VALUES (0, 'again')")
    finally:
        server.stop()
        subprocess.run(["umount", str(volume)], check=True)
        volume.rmdir()
    outcome("disk full", "the statement failed, committed rows were kept; with room again it went on")
