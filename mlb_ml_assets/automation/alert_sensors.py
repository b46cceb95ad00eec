"""The alert sensors: failed runs, and checks that fail for the first time in a day.

Belongs here: the sensors over finished runs, and the message of each event.
Not here: sending (alerts.py), the checks (checks.py).
"""

import os
from datetime import datetime

import dagster as dg

from mlb_ml_assets.assets.run_partitions import PARTITION, read_partitions
from mlb_ml_assets.automation.alerts import Alert, alert_urls, send
from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.warehouse.settings import is_automation_on

# Checks whose failure has a kind of its own; any other is "check failed".
_KINDS = {
    "today_is_covered": "today uncovered",
    "stakes_are_still_advised": "advice withdrawn",
    "payloads_keep_their_shape": "source changed shape",
    "challenger_was_promoted": "promotion refused",
    "scores_are_not_too_good": "alarm",
    "nobody_beats_the_close": "alarm",
    "features_were_knowable": "alarm",
}
# A chat is not a log: the UI shows what else failed.
_MOST_PER_RUN = 5
_EARLIER_EVALUATIONS = 20


def _status() -> dg.DefaultSensorStatus:
    on = is_automation_on() and bool(alert_urls())
    return dg.DefaultSensorStatus.RUNNING if on else dg.DefaultSensorStatus.STOPPED


@dg.run_failure_sensor(
    name="tell_failed_runs",
    minimum_interval_seconds=30,
    default_status=_status(),
    description="Sends a message when a run fails, once a day per job and partition. "
    "Runs where MLB_ML_ALERT_URLS is set.",
)
def tell_failed_runs(context: dg.RunFailureSensorContext) -> dg.SkipReason:
    """Sends one message for the run, and one for each check that failed in it."""
    run = context.dagster_run
    alerts = [] if _failed_earlier_today(context.instance, run) else [describe_failed_run(context)]
    return _send_alerts(context.instance, run, alerts)


@dg.run_status_sensor(
    name="tell_failed_checks",
    run_status=dg.DagsterRunStatus.SUCCESS,
    minimum_interval_seconds=30,
    default_status=_status(),
    description="Sends a message when a check fails in a run that succeeds: today uncovered, an alarm, a refused "
    "promotion. Once a day per check. Runs where MLB_ML_ALERT_URLS is set.",
)
def tell_failed_checks(context: dg.RunStatusSensorContext) -> dg.SkipReason:
    """Sends one message for each check that failed and had not failed before on the same day."""
    return _send_alerts(context.instance, context.dagster_run, [])


def _send_alerts(instance: dg.DagsterInstance, run: dg.DagsterRun, alerts: list[Alert]) -> dg.SkipReason:
    alerts = [*alerts, *describe_failed_checks(instance, run)]
    if not alerts:
        return dg.SkipReason(f"run {run.run_id}: nothing new to report")
    sent = sum(send(alert) for alert in alerts[:_MOST_PER_RUN])
    return dg.SkipReason(f"run {run.run_id}: {sent} of {len(alerts)} messages sent")


def describe_failed_run(context: dg.RunFailureSensorContext) -> Alert:
    """The message of a failed run: job, partition, step, and the innermost reason."""
    run = context.dagster_run
    lines = []
    for event in context.get_step_failure_events():
        error = event.step_failure_data.error
        while error is not None and error.cause is not None:
            error = error.cause
        lines.append(f"step {event.step_key}: {error.message.strip() if error is not None else event.message}")
    return Alert(
        kind="run failed",
        title=f"{run.job_name} {_partition(run)}".strip(),
        body="\n".join([*(lines or [context.failure_event.message or "no reason recorded"]), _link(run)]),
        level="failure",
    )


def describe_failed_checks(instance: dg.DagsterInstance, run: dg.DagsterRun) -> list[Alert]:
    """The messages of checks that failed in this run, without those already sent today."""
    alerts = []
    records = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ASSET_CHECK_EVALUATION).records
    for record in records:
        event = record.event_log_entry.get_dagster_event()
        evaluation = event.asset_check_evaluation_data
        if evaluation.passed or _failed_before(instance, evaluation.asset_check_key, run.run_id, record.timestamp):
            continue
        metadata = {name: value.value for name, value in evaluation.metadata.items()}
        remedy = f"What to do: {metadata['what to do']}" if "what to do" in metadata else ""
        alerts.append(
            Alert(
                kind=_KINDS.get(evaluation.check_name, "check failed"),  # type: ignore[arg-type]
                title=f"{evaluation.check_name.replace('_', ' ')} ({evaluation.asset_key.to_user_string()})",
                body="\n".join(filter(None, [evaluation.description, remedy, _link(run)])),
                level="failure" if evaluation.severity == dg.AssetCheckSeverity.ERROR else "warning",
            )
        )
    return alerts


def _failed_before(instance: dg.DagsterInstance, check: dg.AssetCheckKey, run_id: str, at: float) -> bool:
    """Whether the evaluation before this run's failed too, on the same Eastern day: then it was reported already."""
    history = instance.event_log_storage.get_asset_check_execution_history(check, limit=_EARLIER_EVALUATIONS)
    for record in history:
        if record.run_id == run_id or record.event is None or record.event.timestamp > at:
            continue
        evaluation = record.event.get_dagster_event()
        if evaluation.event_type != dg.DagsterEventType.ASSET_CHECK_EVALUATION:
            continue
        failed = not evaluation.asset_check_evaluation_data.passed
        return failed and _eastern_day(record.event.timestamp) == _eastern_day(at)
    return False


def _failed_earlier_today(instance: dg.DagsterInstance, run: dg.DagsterRun) -> bool:
    tags = {PARTITION: run.tags[PARTITION]} if PARTITION in run.tags else {}
    this = instance.get_run_record_by_id(run.run_id)
    assert this is not None
    failed = instance.get_run_records(
        dg.RunsFilter(
            job_name=run.job_name,
            tags=tags,
            statuses=[dg.DagsterRunStatus.FAILURE],
            created_before=this.create_timestamp,
        ),
        limit=1,
    )
    return bool(failed) and _eastern_day(failed[0].create_timestamp.timestamp()) == _eastern_day(
        this.create_timestamp.timestamp()
    )


def _eastern_day(timestamp: float) -> str:
    return datetime.fromtimestamp(timestamp, EASTERN).date().isoformat()


def _partition(run: dg.DagsterRun) -> str:
    first, last = read_partitions(run.tags) or ("", "")
    return first if first == last else f"{first} to {last}"


def _link(run: dg.DagsterRun) -> str:
    return f"http://127.0.0.1:{os.environ.get('MLB_ML_DAGSTER_PORT') or 3000}/runs/{run.run_id}"


ALERT_SENSORS = (tell_failed_runs, tell_failed_checks)
