"""The odds sensor: new quotes from any program cause a new pricing of their day.

Belongs here: one tick: poll, follow the runs, request.
Not here: what to request when (flows/odds_state.py), the poll (warehouse/arrivals.py).
"""

from dataclasses import replace
from datetime import datetime

import dagster as dg
from dagster import DagsterRunStatus

from mlb_ml_assets.automation.jobs import DAY_TAG, sensor_status, slate
from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.clock import today as eastern_today
from mlb_ml_assets.flows.odds_state import OddsState, RunState, add_arrivals, next_requests, settle_runs
from mlb_ml_assets.resources.postgres import PostgresResource

# After a break the oldest days wait: a tick has 60 s, and today's price matters most.
DAYS_PER_TICK = 3
RUN_KEY_TAG = "dagster/run_key"
ODDS = dg.AssetKey(["staging", "action_network_odds_historical"])


@dg.sensor(
    job=slate,
    minimum_interval_seconds=1,
    default_status=sensor_status(),
    description="Reprices a day when quotes of its games were committed, by our collectors or by any other program, "
    "and when a first decision has waited long enough. Idle while a resident pricer does so.",
)
def new_odds(context: dg.SensorEvaluationContext, postgres: PostgresResource) -> dg.SensorResult | dg.SkipReason:
    """One run per day with new quotes, or with a first decision whose wait has ended.

    A day with a run in progress waits for its end, which is the debounce. While a resident pricer holds its lock the
    cursor stays: what the pricer leaves behind at its end is in the log of arrivals, and is read at the next tick.
    """
    from mlb_ml_assets.warehouse.arrivals import EVERYTHING, clear_arrivals, poll_arrivals, read_due_decisions
    from mlb_ml_assets.warehouse.locks import Lock, is_held

    # The newest partition, by the clock that the assets use.
    today, now = eastern_today(), present()
    state = OddsState.from_cursor(context.cursor)
    due_since = datetime.fromisoformat(state.due_through) if state.due_through else now
    with postgres.connect("new_odds", once=True) as connection:
        if is_held(connection, Lock.PRICER):
            # Without a cursor, which an installation with a pricer never had, all of the log is new after its end.
            cursor = context.cursor or OddsState(snapshot=EVERYTHING).to_cursor()
            return dg.SensorResult(skip_reason="a resident pricer prices what arrives", cursor=cursor)
        arrivals = poll_arrivals(connection, state.snapshot)
        if state.snapshot is not None:
            clear_arrivals(connection, state.snapshot)
        due = read_due_decisions(connection, due_since, now)
    state = settle_runs(state, lambda run_key: _run_state(context.instance, run_key))
    state = add_arrivals(state, arrivals.snapshot, arrivals.quotes_by_day, today)
    state = replace(add_arrivals(state, arrivals.snapshot, due, today), due_through=now.isoformat())
    decision = next_requests(state, tick=arrivals.snapshot, most=DAYS_PER_TICK)
    return dg.SensorResult(
        run_requests=[
            dg.RunRequest(partition_key=day, run_key=run_key, tags={DAY_TAG: day})
            for day, run_key in decision.requests.items()
        ],
        cursor=decision.state.to_cursor(),
        asset_events=[
            dg.AssetMaterialization(ODDS, partition=day.isoformat(), metadata={"new quotes": quotes})
            for day, quotes in arrivals.quotes_by_day.items()
            if day <= today
        ],
        skip_reason=None if decision.requests else _skip_reason(decision.state, arrivals.unmapped),
    )


def _skip_reason(state: OddsState, unmapped: int) -> str:
    if state.going:
        return f"running: {', '.join(sorted(state.going))}"
    if state.given_up:
        return f"given up until new quotes come: {', '.join(sorted(state.given_up))}"
    return f"{unmapped} new quotes of games that no schedule lists" if unmapped else "no new quotes"


def _run_state(instance: dg.DagsterInstance, run_key: str) -> RunState:
    runs = instance.get_runs(filters=dg.RunsFilter(tags={RUN_KEY_TAG: run_key}), limit=1)
    if not runs:
        return "unknown"
    if runs[0].status == DagsterRunStatus.SUCCESS:
        return "succeeded"
    if runs[0].status == DagsterRunStatus.CANCELED:
        return "cancelled"
    return "failed" if runs[0].is_finished else "going"
