"""SIGKILL at random statements of every command that writes.

Belongs here: prepare, train, predict, score and ingest, killed and run again.
Does not: a killed server (test_killed_server.py).
"""

import random
from datetime import date

import pytest

from mlb_ml_assets.assets.partitions import DayRange
from mlb_ml_assets_tests.assets.tables import BETS, FEATURES, PREDICTIONS, SCORES, forget, meant
from mlb_ml_assets_tests.drills.world import (
    OUTCOMES,
    POINTS,
    environment_of,
    finish,
    mlb_ml,
    running_sessions,
    statements_of,
    was_killed,
)

pytestmark = [pytest.mark.long, pytest.mark.by_hand]

PIECE = DayRange(date(2024, 4, 29), date(2024, 5, 2))
WRITES = {"prepare": FEATURES, "predict": (*PREDICTIONS, *BETS[:1]), "score": SCORES}
SELECT = ("--from", str(PIECE.first), "--to", str(PIECE.last), "--select")


@pytest.mark.parametrize("job", WRITES)
def test_a_killed_job_leaves_all_or_nothing_and_the_next_run_heals(played, job, tmp_path):
    """A run dies of memory, of a deploy, of a power cut: half a slate of stakes is worse than none."""
    environment = environment_of(played.environment)
    before_job = {"prepare": "", "predict": "prepare", "score": "prepare,predict"}[job]
    with played.connect() as connection:
        forget(connection, PIECE.first, PIECE.last)
        if before_job:
            finish(mlb_ml(environment, "run", *SELECT, before_job))
        empty = meant(connection, WRITES[job])
        steps = statements_of(environment, tmp_path, "run", *SELECT, job)
        whole = meant(connection, WRITES[job])
        assert whole != empty
        undo(connection, job)
        chance, killed, kept = random.Random(job), 0, 0
        for _ in range(POINTS):
            killed += was_killed(mlb_ml(environment, "run", *SELECT, job, kill_at=chance.randint(1, steps)))
            now = meant(connection, WRITES[job])
            for table, rows in now.items():
                assert rows in (empty[table], whole[table]), f"{job}: {table} holds a part of what it should"
            kept += now == whole
        finish(mlb_ml(environment, "run", *SELECT, job))
        assert meant(connection, WRITES[job]) == whole
        assert running_sessions(connection) == 0
    OUTCOMES.add(
        f"SIGKILL of {job}, {killed} of {POINTS} points",
        f"all or nothing ({kept} had committed); healed by the next run",
    )


def undo(connection, job):
    """Take back what the job wrote, so that a kill has something to cut."""
    if job == "prepare":
        forget(connection, PIECE.first, PIECE.last)
        return
    games = "(SELECT id FROM curated.enhanced_games WHERE game_date BETWEEN %s AND %s)"
    if job == "predict":
        connection.execute(f"DELETE FROM curated.ml_predictions WHERE game_id IN {games}", (PIECE.first, PIECE.last))
    for table in SCORES:
        connection.execute(f"DELETE FROM {table}")


def test_killed_training_leaves_no_half_model_and_no_open_run(prepared, tmp_path):
    """A month that is in MLflow and not in our table, or the other way round, would be used or trained twice."""
    environment = environment_of(prepared.environment)
    train = ("run", "--from", "2024-04-01", "--to", "2024-04-20", "--select", "train")
    chance = random.Random("train")
    told = "SELECT model_version, training_data_hash, config_hash, training_games FROM curated.game_models ORDER BY 1"
    with prepared.connect() as connection:
        steps = statements_of(environment, tmp_path, *train)
        whole = connection.execute(told).fetchall()
        assert [row[0] for row in whole] == ["2024-04"]
        killed = 0
        for _ in range(POINTS):
            connection.execute("DELETE FROM curated.game_models")
            # The first third is Dagster's own; the interesting part is what follows.
            killed += was_killed(mlb_ml(environment, *train, kill_at=chance.randint(steps // 3, steps)))
            assert connection.execute(told).fetchall() in ([], whole)
        finish(mlb_ml(environment, *train))
        assert connection.execute(told).fetchall() == whole
        assert running_sessions(connection) == 0, "the next run ends what a killed one left open"
    OUTCOMES.add(
        f"SIGKILL of train, {killed} of {POINTS} points", "no half model, no run left RUNNING; trained by the next run"
    )
