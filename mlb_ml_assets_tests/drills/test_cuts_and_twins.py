"""A cut network, two identical runs at once, a tracking server that is gone, a backup under load.

Belongs here: faults around the database rather than in it.
Does not: kills (test_killed_runs.py, test_killed_server.py).
"""

import os
import subprocess
import threading
import time

import pytest

from mlb_ml_assets.stack.server_user import server_programs, server_user
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.settings import SOCKET_NAME
from mlb_ml_assets_tests.assets.tables import ALL, FEATURES, forget, held, meant
from mlb_ml_assets_tests.conftest import free_ports
from mlb_ml_assets_tests.drills.proxy import Proxy
from mlb_ml_assets_tests.drills.test_killed_runs import PIECE, SELECT
from mlb_ml_assets_tests.drills.world import OUTCOMES, environment_of, finish, mlb_ml, running_sessions

pytestmark = [pytest.mark.long, pytest.mark.by_hand]


def test_a_cut_network_fails_the_run_and_not_the_data(played):
    """A database on another machine goes away for a minute; the run says so, and the next one heals."""
    proxy = Proxy(f"{played.settings.host}/{SOCKET_NAME}")
    cabled = {**played.environment, "POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(proxy.port)}
    # The drill's own server lets its own users in over the socket only; the proxy speaks for us there.
    with played.connect() as connection:
        forget(connection, PIECE.first, PIECE.last)
        empty = meant(connection, FEATURES)
        process = mlb_ml(environment_of(cabled), "run", *SELECT, "prepare")
        deadline = time.monotonic() + 120
        while proxy.bytes < 400_000 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        proxy.cut()
        out, _ = process.communicate(timeout=200)
        assert process.returncode == 1, out[-3000:]
        cut = meant(connection, FEATURES)
        proxy.mend()
        finish(mlb_ml(environment_of(cabled), "run", *SELECT, "prepare"))
        whole = meant(connection, FEATURES)
        assert len(whole[FEATURES[0]]) > len(empty[FEATURES[0]])
        assert all(cut[table] in (empty[table], whole[table]) for table in FEATURES)
    proxy.close()
    OUTCOMES.add("network cut in a run", "exit code 1, all or nothing; healed by the next run")


def test_two_identical_backfills_at_once_end_as_one(played):
    """Two people press the same button: waiting is fine, two sets of rows are not."""
    environment = environment_of(played.environment)
    with played.connect() as connection:
        forget(connection, PIECE.first, PIECE.last)
        finish(mlb_ml(environment, "run", *SELECT, "prepare,predict,score"))
        alone = meant(connection)
        forget(connection, PIECE.first, PIECE.last)
        twins = [mlb_ml(environment, "run", *SELECT, "prepare,predict,score") for _ in range(2)]
        for twin in twins:
            finish(twin)
        assert meant(connection) == alone
    OUTCOMES.add("two identical backfills at once", "both ended well; rows as of one")


def test_a_tracking_server_that_is_gone_stops_training_and_nothing_else(prepared):
    """Predictions of trained months and all other layers go on; the month is trained when the server is back."""
    (nobody,) = free_ports(1)
    gone = environment_of(
        {
            **prepared.environment,
            "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{nobody}",
            "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
            "MLFLOW_HTTP_REQUEST_TIMEOUT": "3",
        }
    )
    train = ("run", "--from", "2024-04-01", "--to", "2024-04-10", "--select", "train")
    process = mlb_ml(gone, *train)
    out, _ = process.communicate(timeout=240)
    assert process.returncode == 1, out[-3000:]
    with prepared.connect() as connection:
        assert connection.execute("SELECT COUNT(*) FROM curated.game_models").fetchone() == (0,)
        finish(mlb_ml(environment_of(prepared.environment), *train))
        assert connection.execute("SELECT COUNT(*) FROM curated.game_models").fetchone() == (1,)
        assert running_sessions(connection) == 0
    OUTCOMES.add("MLflow server gone during training", "exit code 1, no model recorded; trained by the next run")


def test_a_backup_taken_under_load_restores_whole(played, tmp_path):
    """The one backup that matters is the one taken while the season runs."""
    programs = server_programs(server_user())
    address = {**os.environ, "PGHOST": played.settings.host, "PGUSER": "postgres"}
    stop = threading.Event()

    def keep_writing() -> None:
        with connect(played.dsn, "load", autocommit=True) as connection:
            number = 0
            while not stop.is_set():
                number += 1
                connection.execute(
                    "INSERT INTO staging.source_quotes (source, source_game_id, book_id, market_type, side, updated_at,"
                    " odds, captured_at) VALUES ('the_odds_api', %s, 'b', 'moneyline', 'home', NOW(), -110, NOW()),"
                    " ('the_odds_api', %s, 'b', 'moneyline', 'away', NOW(), -110, NOW())",
                    (f"load{number}", f"load{number}"),
                )

    writer = threading.Thread(target=keep_writing)
    dump = tmp_path / "backup.dump"
    name = f"{played.name}_restored"
    with played.connect() as connection:
        before = held(connection)
        writer.start()
        subprocess.run([programs / "pg_dump", "-Fc", "-f", dump, played.name], env=address, check=True)
        stop.set()
        writer.join()
        connection.execute(f"CREATE DATABASE {name}")
        try:
            subprocess.run([programs / "pg_restore", "-d", name, dump], env=address, check=True)
            with connect(played.settings.dsn_of(name), "test", autocommit=True) as restored:
                assert held(restored) == before
                odd = restored.execute(
                    "SELECT source_game_id FROM staging.source_quotes WHERE source_game_id LIKE 'load%'"
                    " GROUP BY 1 HAVING COUNT(*) <> 2"
                ).fetchall()
                assert odd == [], "half of a transaction is in the backup"
            elsewhere = environment_of({**played.environment, "POSTGRES_DB": name})
            finish(mlb_ml(elsewhere, "run", *SELECT, "prepare,predict"))
            with connect(played.settings.dsn_of(name), "test", autocommit=True) as restored:
                tables = [table for table in ALL if "performance" not in table and "comparison" not in table]
                assert meant(restored, tables) == meant(connection, tables)
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    OUTCOMES.add("backup under load, restored elsewhere", "every row, no half transaction; runs go on there")
