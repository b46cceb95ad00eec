"""Upkeep: what goes, and above all what stays; and which database errors are worth another try.

Belongs here: retention over real tables of Dagster's, retries of steps.
Not here: MLflow's own collection of deleted runs.
"""

from datetime import UTC, datetime, timedelta

import dagster as dg
import psycopg
import pytest

from mlb_ml_assets.resources.postgres import RETRIES, PostgresResource
from mlb_ml_assets.warehouse.upkeep import drop_old_arrivals, drop_old_events, table_sizes, vacuum

P = dg.DailyPartitionsDefinition("2024-06-01", end_date="2024-06-10")


@dg.asset(partitions_def=P, check_specs=[dg.AssetCheckSpec("fine", asset="day")])
def day():
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True)])


def test_old_chatter_goes_and_the_status_of_partitions_stays(environment, instance):
    """Deleting whole runs would empty the grid of partitions, and a backfill would begin again in 2009."""
    dg.materialize([day], instance=instance, partition_key="2024-06-03")
    with environment.connect() as connection:
        (before,) = connection.execute("SELECT COUNT(*) FROM dagster.event_logs").fetchone()
        assert drop_old_events(connection, datetime.now(UTC) - timedelta(hours=1)) == 0
        dropped = drop_old_events(connection, datetime.now(UTC) + timedelta(hours=1))
        (after,) = connection.execute("SELECT COUNT(*) FROM dagster.event_logs").fetchone()
    assert dropped == before - after > before / 2
    assert instance.get_materialized_partitions(dg.AssetKey("day")) == {"2024-06-03"}
    check = dg.AssetCheckKey(dg.AssetKey("day"), "fine")
    assert instance.event_log_storage.get_asset_check_execution_history(check, limit=1)
    (run,) = instance.get_runs()
    assert run.status == dg.DagsterRunStatus.SUCCESS


def test_arrivals_that_the_sensor_may_still_come_for_stay(environment, collector):
    """After a fortnight off the sensor catches up from its cursor: what is deleted meanwhile is never priced."""
    collector.quote("615")
    collector.quote("614")
    with environment.connect() as connection:
        connection.execute(
            "UPDATE staging.quote_arrivals SET arrived_at = arrived_at - INTERVAL '31 days' "
            "WHERE source_game_id = '615'"
        )
        assert drop_old_arrivals(connection, datetime.now(UTC) - timedelta(days=30)) == 1
        (left,) = connection.execute("SELECT COUNT(*) FROM staging.quote_arrivals").fetchone()
    assert left == 1


def test_tables_are_vacuumed_and_measured(environment, collector):
    """VACUUM cannot run in a transaction: a connection that opens one by itself fails only here, on Mondays."""
    with environment.connect() as writing:
        collector.quote("615", connection=writing)
        # Else its count of the row may arrive after that of VACUUM, and be added to it.
        writing.execute("SELECT pg_stat_force_next_flush()")
    with PostgresResource().connect("upkeep") as connection:
        assert "staging.action_network_odds_historical" in vacuum(connection)
        sizes = {size.name: size for size in table_sizes(connection)}
    assert sizes["staging.action_network_odds_historical"].rows == 1
    assert sizes["dagster.event_logs"].megabytes > 0


def test_only_what_changed_since_is_vacuumed_again(environment):
    """Statistics of a year ago, because a table counts as unchanged; or 1e8 quotes sampled that nobody wrote."""
    odds, seen = "staging.action_network_odds_historical", "staging.market_sightings"
    with environment.connect() as connection:
        connection.execute("SELECT pg_stat_reset()")  # as after a crash
        assert {odds, seen} <= set(vacuum(connection))
        assert vacuum(connection) == []
        connection.execute(
            "INSERT INTO staging.market_sightings (source, source_game_id, book_id, market_type, first_captured_at, "
            "last_captured_at) VALUES ('the_odds_api', 'g', 'b', 'total', '2024-06-01', '2024-06-01')"
        )
        assert vacuum(connection) == [seen]
        # Another part is analyzed by autovacuum, which never analyzes the whole.
        connection.execute("ANALYZE staging_months.market_sightings_rest")
        assert vacuum(connection) == [seen]
        connection.execute("DELETE FROM staging.market_sightings")
        assert vacuum(connection) == [seen]
        assert vacuum(connection) == []


def attempts_of(error, *, once=False):
    """How often a step runs whose first connection ends with an error."""
    tries = []

    @dg.asset
    def step(postgres: PostgresResource):
        with postgres.connect(once=once) as connection:
            tries.append(connection)
            if len(tries) == 1:
                raise error

    result = dg.materialize([step], resources={"postgres": PostgresResource()}, raise_on_error=False)
    return len(tries), result.success


@pytest.fixture
def no_waiting(monkeypatch):
    monkeypatch.setattr("mlb_ml_assets.resources.postgres.SECONDS_BETWEEN", 0)


@pytest.mark.parametrize(
    "error", [psycopg.errors.AdminShutdown(), psycopg.errors.DeadlockDetected(), psycopg.errors.TooManyConnections()]
)
def test_a_server_that_goes_away_is_tried_again(environment, no_waiting, error):
    """A restart of PostgreSQL at 08:30 must not cost the day."""
    assert attempts_of(error) == (2, True)


@pytest.mark.parametrize("error", [psycopg.errors.CheckViolation(), ValueError("odds")])
def test_an_error_of_the_data_is_not_tried_again(environment, no_waiting, error):
    """It would come again; three runs of a wrong build are three times as long to the message."""
    assert attempts_of(error) == (1, False)


def test_a_connection_that_is_really_cut_is_tried_again(environment, no_waiting):
    """From the server's side, as an administrator's restart does it."""
    seen = []

    @dg.asset
    def step(postgres: PostgresResource):
        with postgres.connect() as connection:
            seen.append(connection.info.backend_pid)
            if len(seen) <= RETRIES:
                with environment.connect() as other:
                    other.execute("SELECT pg_terminate_backend(%s)", [seen[-1]])
            connection.execute("SELECT 1")

    assert dg.materialize([step], resources={"postgres": PostgresResource()}, raise_on_error=False).success
    assert len(seen) == RETRIES + 1
