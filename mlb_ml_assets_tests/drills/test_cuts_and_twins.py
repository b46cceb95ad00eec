"""A cut network, two identical runs at once, a tracking server that is gone, a backup under load.

Belongs here: faults around the database rather than in it.
Not here: kills (test_killed_runs.py, test_killed_server.py).
"""

import threading
from dataclasses import replace

import pytest

from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings
from mlb_ml_assets_tests.conftest import Database, free_ports
from mlb_ml_assets_tests.drills.proxy import Proxy
from mlb_ml_assets_tests.drills.world import (
    PIECE,
    SELECT,
    back_up_and_restore,
    broken,
    environment_of,
    finish,
    mlb_ml,
    running_sessions,
    wait_for,
)
from mlb_ml_assets_tests.flows.tables import ALL, FEATURES, forget, held, meant

pytestmark = pytest.mark.long


def test_a_cut_network_fails_the_run_and_not_the_data(played, warm, outcome):
    """A database on another machine goes away for a minute; the run says so, and the next one heals."""
    proxy = Proxy(f"{played.settings.host}/.s.PGSQL.{played.settings.port}")
    cabled = {**played.environment, "POSTGRES_HOST": "127.0.0.1", "POSTGRES_PORT": str(proxy.port)}
    # The drill's own server lets its own users in over the socket only; the proxy speaks for us there.
    with played.connect() as connection:
        forget(connection, PIECE.first, PIECE.last)
        empty = meant(connection, FEATURES)
        running = warm.start(environment_of(cabled), ["command", "run", *SELECT, "prepare"])
        wait_for("the run is in the middle", lambda: proxy.bytes > 400_000 or running.done())
        proxy.cut()
        ended = running.result(200)
        assert ended.code == 1, ended.output[-3000:]
        cut = meant(connection, FEATURES)
        proxy.mend()
        assert warm.run(environment_of(cabled), ["command", "run", *SELECT, "prepare"]).code == 0
        whole = meant(connection, FEATURES)
        assert len(whole[FEATURES[0]]) > len(empty[FEATURES[0]])
        assert all(cut[table] in (empty[table], whole[table]) for table in FEATURES)
        assert broken(connection) == []
    proxy.close()
    outcome("network cut in a run", "exit code 1, all or nothing; healed by the next run")


def test_two_identical_backfills_at_once_end_as_one(played, warm, outcome):
    """Two people press the same button: waiting is fine, two sets of rows are not."""
    environment = environment_of(played.environment)
    with played.connect() as connection:
        forget(connection, PIECE.first, PIECE.last)
        assert warm.run(environment, ["command", "run", *SELECT, "prepare,predict,score"]).code == 0
        alone = meant(connection)
        forget(connection, PIECE.first, PIECE.last)
        twins = [mlb_ml(environment, "run", *SELECT, "prepare,predict,score") for _ in range(2)]
        for twin in twins:
            finish(twin)
        assert meant(connection) == alone
        assert broken(connection) == []
    outcome("two identical backfills at once", "both ended well; rows as of one")


def test_a_tracking_server_that_is_gone_stops_training_and_nothing_else(prepared, warm, outcome):
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
    refused = warm.run(gone, ["command", *train])
    assert refused.code == 1, refused.output[-3000:]
    with prepared.connect() as connection:
        assert connection.execute("SELECT COUNT(*) FROM curated.game_models").fetchone() == (0,)
        healing = warm.run(environment_of(prepared.environment), ["command", *train])
        assert healing.code == 0, healing.output[-3000:]
        assert connection.execute("SELECT COUNT(*) FROM curated.game_models").fetchone() == (1,)
        assert running_sessions(connection) == 0
        assert broken(connection) == []
    outcome("MLflow server gone during training", "exit code 1, no model recorded; trained by the next run")


def test_a_backup_taken_under_load_restores_whole_on_another_server(played, own_server, warm, outcome):
    """The one backup that matters is the one taken while the season runs."""
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

    own_server.start()
    home = DatabaseSettings.from_environment({"MLB_ML_HOME": str(own_server.home)})
    target = replace(home, host=home.server_host, database="restored")
    writer = threading.Thread(target=keep_writing)
    with played.connect() as connection:
        before = held(connection)
        writer.start()
        try:
            back_up_and_restore(played.settings, target)
        finally:
            stop.set()
            writer.join()
        elsewhere = Database(target)
        with elsewhere.connect() as restored:
            assert held(restored) == before
            loaded = restored.execute(
                "SELECT COUNT(*) FILTER (WHERE sides <> 2), COUNT(*) FROM (SELECT COUNT(*) AS sides"
                " FROM staging.source_quotes WHERE source_game_id LIKE 'load%' GROUP BY source_game_id) AS t"
            ).fetchone()
            assert loaded[0] == 0, "half of a transaction is in the backup"
            assert allowed_to_read(restored, "mlb_api")
            after = warm.run(environment_of(elsewhere.environment), ["command", "run", *SELECT, "prepare,predict"])
            assert after.code == 0, after.output[-3000:]
            tables = [table for table in ALL if "performance" not in table and "comparison" not in table]
            assert meant(restored, tables) == meant(connection, tables)
            assert broken(restored) == []
    outcome("backup under load, restored on another server", "every row, no half transaction; runs go on there")


def allowed_to_read(connection, role):
    (may,) = connection.execute(
        "SELECT has_table_privilege(%s, 'curated.ml_predictions', 'SELECT')", (role,)
    ).fetchone()
    return may
