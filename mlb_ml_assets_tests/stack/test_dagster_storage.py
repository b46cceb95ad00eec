"""What a run plans is stored as Dagster stores it, in one statement."""

import dagster as dg
import pytest
from sqlalchemy import event

from mlb_ml_assets.stack.environment import dagster_instance

DAYS = dg.DailyPartitionsDefinition(start_date="2024-04-01", end_date="2024-04-11")
RANGE = {"dagster/asset_partition_range_start": "2024-04-01", "dagster/asset_partition_range_end": "2024-04-10"}


@dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run())
def games() -> None:
    """A toy."""


@dg.asset(partitions_def=DAYS, backfill_policy=dg.BackfillPolicy.single_run(), deps=[games])
def features() -> None:
    """Another toy."""


@dg.asset_check(asset=features)
def features_check() -> dg.AssetCheckResult:
    """A toy check: its plan is in the same batch."""
    return dg.AssetCheckResult(passed=True)


def _run() -> tuple[list[object], int]:
    """What a run over ten days left of its plan, and the statements that wrote events."""
    job = dg.Definitions(
        assets=[games, features],
        asset_checks=[features_check],
        jobs=[dg.define_asset_job("toy", partitions_def=DAYS)],
    ).resolve_job_def("toy")
    written: list[str] = []
    with dagster_instance() as instance:
        engine = instance.event_log_storage._engine
        event.listen(engine, "before_cursor_execute", lambda *call: written.append(call[2]))
        result = job.execute_in_process(instance=instance, tags=RANGE)
        planned = [
            (entry.get_dagster_event().asset_key.to_user_string(), entry.get_dagster_event().partition, entry.step_key)
            for entry in instance.all_logs(result.run_id, dg.DagsterEventType.ASSET_MATERIALIZATION_PLANNED)
        ]
        records = instance.get_asset_records([games.key, features.key])
        newest = [(record.asset_entry.last_run_id == result.run_id) for record in records]
        checks = instance.event_log_storage.get_asset_check_execution_history(
            dg.AssetCheckKey(features.key, "features_check"), limit=1
        )
        outcome = [planned, newest, [(check.status.value, check.run_id == result.run_id) for check in checks]]
    return outcome, sum(statement.startswith("INSERT INTO event_logs") for statement in written)


@pytest.mark.usefixtures("environment")
def test_a_plan_is_stored_in_one_statement_and_as_dagster_stores_it(monkeypatch):
    """Event by event the plan of a season took 3.4 s; a batch that forgot an asset would show it as never planned."""
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "0")
    one_by_one, statements = _run()
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "1000")
    in_batches, fewer = _run()
    assert len(one_by_one[0]) == 20
    assert in_batches == one_by_one
    # Twenty plans became one statement, twenty materializations two.
    assert statements - fewer == 37
