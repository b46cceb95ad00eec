"""What `mlb-ml up` says of the runs that end in it.

Belongs here: lines of failed runs and of zeros, each once, over Dagster runs in memory.
Not here: the wording of zeros (test_zeros.py) and failures (test_steps.py), the thread (stack/test_services.py).
"""

import threading
import time
from datetime import date
from queue import Queue

import dagster as dg
import pytest

from mlb_ml_assets.commands import run_news
from mlb_ml_assets.commands.run_news import RunNews
from mlb_ml_assets.flows.next_command import NextCommands
from mlb_ml_assets.stack.environment import dagster_instance
from mlb_ml_assets.warehouse.holdings import Holdings

DAYS = dg.DailyPartitionsDefinition("2024-06-01")
COMMANDS = NextCommands(Holdings({2024: (date(2024, 4, 1), date(2024, 6, 2))}, has_features=True), date(2024, 6, 2))


def report(key, **metadata):
    @dg.asset(key=key.split("/"), partitions_def=DAYS)
    def asset():
        return dg.MaterializeResult(metadata=metadata)

    return asset


@pytest.fixture
def instance():
    with dg.instance_for_test() as instance:
        yield instance


def run(instance, *assets, job="slate"):
    """A run of 2 June, whatever becomes of it."""
    defined = dg.define_asset_job(job, partitions_def=DAYS)
    resolved = dg.Definitions(assets=assets, jobs=[defined]).resolve_job_def(job)
    return resolved.execute_in_process(instance=instance, partition_key="2024-06-02", raise_on_error=False)


def test_a_failed_run_is_printed_once_with_its_step_and_innermost_error(instance):
    """The terminal of `up` showed nothing of a failed run: its reason was in the event log alone."""

    @dg.asset(key=["curated", "ml_predictions"], partitions_def=DAYS)
    def broken():
        raise RuntimeError("around it") from KeyError("the cause")

    news = RunNews(instance, lambda: COMMANDS)
    run(instance, broken)
    (line,) = news.read()
    assert line == (
        "run failed: job slate, 2024-06-02 to 2024-06-02, step curated__ml_predictions: KeyError: 'the cause'"
    )
    assert news.read() == []


def test_zeros_of_a_run_are_printed_with_reason_count_and_next_command(instance):
    """A slate without a price looked like a slate without a bet."""
    news = RunNews(instance, lambda: COMMANDS)
    quoteless = [
        report("curated/enhanced_games", games=15), report("curated/market_lines", lines=0),
        report("curated/ml_feature_vectors", vectors=30), report("curated/ml_predictions", predictions=30),
        report("curated/ml_recommendations", recommendations=180, bets=0, **{"no bet: no price": 180}),
    ]  # fmt: skip
    for _ in range(2):
        run(instance, *quoteless)
    first, second = news.read()
    assert first.startswith(
        "0 market lines from 2024-06-02 to 2024-06-02: no linked source has a price of the 15 games"
    )
    assert first.endswith("Next: mlb-ml ingest action_network")
    assert second.startswith("0 bets from 2024-06-02 to 2024-06-02: 180 no price. Next: ")


def test_runs_before_the_start_and_jobs_without_days_are_no_news(instance):
    """Yesterday's failures at every start, and a zero of a job that promises no rows."""
    run(instance, report("curated/enhanced_games", games=0))
    news = RunNews(instance, lambda: COMMANDS)
    run(instance, report("housekeeping", rows=0), job="upkeep")
    assert news.read() == []


@pytest.mark.long
def test_the_runs_of_a_database_are_followed_until_the_end(database, monkeypatch):
    """The thread of `up` reads the instance that its daemon writes, and ends with it."""
    for name, value in database.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setattr(run_news, "SECONDS_BETWEEN_LOOKS", 0.1)
    printed, stopped = Queue(), threading.Event()
    follower = threading.Thread(target=run_news.follow_runs, args=(stopped, printed.put))
    with dagster_instance() as instance:
        follower.start()
        while printed.empty():
            run(instance, report("curated/ml_model_performance", performance_rows=0), job="score")
            time.sleep(1)
    assert printed.get().startswith("0 performance rows from 2024-06-02 to 2024-06-02: no game with a prediction")
    stopped.set()
    follower.join()
