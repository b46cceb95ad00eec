"""Several seasons in three processes.

Belongs here: the same rows as in one, and what becomes of the other processes when something fails.
Not here: what a run does (assets/), killed runs (drills/).
"""

import os
import signal
from datetime import date

import dagster as dg
import pytest

from mlb_ml_assets.commands.materialize import execute, plan
from mlb_ml_assets.commands.steps import RunFailed
from mlb_ml_assets.commands.worker import Worker
from mlb_ml_assets.definitions import build_definitions
from mlb_ml_assets_tests.flows.tables import forget, meant

# The end of the first season and the beginning of the second.
FIRST, LAST = date(2023, 6, 5), date(2024, 4, 3)


def run(beside=None):
    """Jobs that gave a result."""
    with dg.DagsterInstance.ephemeral() as instance:
        results = list(
            execute(plan(FIRST, LAST), build_definitions(), instance, on_step=lambda _step: None, beside=beside)
        )
    assert all(result.metadata and result.seconds > 0 for result in results)
    return [(result.step.season, result.step.job) for result in results]


def test_days_prepared_ahead_leave_the_rows_of_one_process(played):
    """Features of next season beside predictions of this one: neither may see, or wait forever for, the other."""
    with played.connect() as connection:
        forget(connection, FIRST, LAST)
        in_one = run()
        alone = meant(connection)
        forget(connection, FIRST, LAST)
        assert sorted(run(beside=dg.DagsterInstance.ephemeral)) == sorted(in_one)
        assert meant(connection) == alone
    assert in_one == [(year, job) for year in (2023, 2024) for job in ("prepare", "train", "predict", "score")]


@pytest.fixture
def worker(played):
    """A worker on two seasons' days."""
    steps = [step for step in plan(FIRST, LAST) if step.job == "prepare"]
    with Worker(dg.DagsterInstance.ephemeral) as worker:
        for step in steps:
            worker.start(step)
        yield worker, steps


def test_a_worker_that_is_gone_is_reported(worker):
    """A reader of a closed pipe gets nothing: it would take silence for an end, or wait."""
    beside, (first, *_) = worker
    os.kill(beside._process.pid, signal.SIGKILL)
    with pytest.raises(RunFailed, match=rf"job prepare, {first.first_key} .* ended with code -9"):
        beside.result(first)


def test_a_failure_in_the_worker_is_reported_in_its_words(played, worker):
    """An error that stays in the other process leaves a command that failed without a reason."""
    with played.connect() as connection:
        connection.execute("DROP TABLE curated.game_features CASCADE")
    beside, (first, *_) = worker
    with pytest.raises(RunFailed, match=r"step curated__ml_feature_vectors: .*game_features.* does not exist"):
        beside.result(first)


def test_a_failure_behind_the_training_is_reported_in_its_words(played):
    """A month waits for the scores of the season before: where there will be none, it must neither wait nor train."""
    with played.connect() as connection:
        connection.execute("DELETE FROM curated.game_models")
        connection.execute("ALTER TABLE curated.ml_predictions RENAME TO elsewhere")
        with pytest.raises(RunFailed, match=r"^job predict, 2023.*ml_predictions"):
            run(beside=dg.DagsterInstance.ephemeral)
        assert connection.execute("SELECT COUNT(*) FROM curated.game_models").fetchone() == (0,)


def test_a_command_that_ends_early_ends_its_worker(worker):
    """Ctrl-C in the middle: a process left behind would write on."""
    beside, (first, *_) = worker
    beside.result(first)
    beside.close()
    assert beside._process.poll() is not None


def test_an_interrupted_worker_prints_no_traceback(played, worker, capfd):
    """In the middle of a step: lines of Dagster's modules would hide the sentence that says what to do."""
    beside, (first, *_) = worker
    while not _works_on(played):
        assert beside._process.poll() is None
    beside._process.send_signal(signal.SIGINT)
    with pytest.raises(RunFailed, match=f"job prepare, {first.first_key}"):
        beside.result(first)
    assert beside._process.wait() in (0, 130)
    assert "Traceback" not in capfd.readouterr().err


def _works_on(database):
    with database.connect() as connection:
        (sessions,) = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
            "AND query LIKE '-- %%'"
        ).fetchone()
    return sessions > 0


def test_a_worker_that_is_interrupted_at_once_is_silent(worker, capfd):
    """Before its modules are read, which takes seconds, an interrupt showed where it met them."""
    beside, (first, *_) = worker
    beside._process.send_signal(signal.SIGINT)
    with pytest.raises(RunFailed, match="the process that runs it ended with code -2"):
        beside.result(first)
    assert capfd.readouterr().err == ""
