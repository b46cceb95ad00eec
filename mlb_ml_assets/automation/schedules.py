"""The schedules of a season, in Eastern time.

Belongs here: what runs at which hour, and why a day has nothing to run.
Not here: reacting to odds (odds_sensor.py), the work.
"""

from collections.abc import Sequence
from datetime import date, timedelta

import dagster as dg

from mlb_ml_assets.assets.partitions import model_months
from mlb_ml_assets.automation.jobs import (
    COLLECT_JOBS,
    DAY_TAG,
    examine,
    experiments,
    promote,
    schedule_status,
    settle,
    slate,
    train,
    upkeep,
    watch,
)
from mlb_ml_assets.domain.clock import EASTERN_ZONE, today
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.resources.postgres import PostgresResource
from mlb_ml_assets.warehouse.settings import is_demo_home, project_home

Requests = dg.RunRequest | dg.SkipReason | Sequence[dg.RunRequest]

# A day is in season if a game is known this close to it: the longest gap of a season is the All-Star break (4 days).
_AROUND = timedelta(days=10)


def eastern_day(context: dg.ScheduleEvaluationContext) -> date:
    """The Eastern date of the tick; the scheduled time already carries the zone, DST included.

    The demo's is always its league's today: the real date of the tick is a day that the league never plays.
    """
    return today() if is_demo_home(project_home()) else context.scheduled_execution_time.date()


def _where_games(postgres: PostgresResource, days: DayRange, request: dg.RunRequest) -> dg.RunRequest | dg.SkipReason:
    """The request if a game of the days is known; else the reason to skip: the off-season, the All-Star break."""
    from mlb_ml_assets.warehouse.board import read_season_spans

    with postgres.connect("schedule", once=True) as connection:
        if read_season_spans(connection, days.first, days.last):
            return request
    return dg.SkipReason(f"no game is known on {days}")


def _of_day(day: date) -> dg.RunRequest:
    return dg.RunRequest(partition_key=day.isoformat(), tags={DAY_TAG: day.isoformat()})


@dg.schedule(
    job=slate,
    cron_schedule="30 8 * * *",
    execution_timezone=EASTERN_ZONE,
    default_status=schedule_status(),
    description="08:30 Eastern: today's games, prices, features, predictions and stakes.",
)
def morning_slate(context: dg.ScheduleEvaluationContext, postgres: PostgresResource) -> Requests:
    """Today's slate, once the results of the night (06:00) are known; afterwards the odds sensor reprices it."""
    day = eastern_day(context)
    return _where_games(postgres, DayRange(day, day + timedelta(days=1)), _of_day(day))


@dg.schedule(
    job=settle,
    cron_schedule="0 8 * * *",
    execution_timezone=EASTERN_ZONE,
    default_status=schedule_status(),
    description="08:00 Eastern: yesterday's results and closing prices, settled and scored.",
)
def morning_score(context: dg.ScheduleEvaluationContext, postgres: PostgresResource) -> Requests:
    """Yesterday's bets and performance windows."""
    day = eastern_day(context) - timedelta(days=1)
    return _where_games(postgres, DayRange(day, day), _of_day(day))


@dg.schedule(
    job=train,
    cron_schedule="30 3 1 * *",
    execution_timezone=EASTERN_ZONE,
    default_status=schedule_status(),
    description="03:30 Eastern on the first: the month's model, from what was known two days before.",
)
def monthly_training(context: dg.ScheduleEvaluationContext, postgres: PostgresResource) -> Requests:
    """The model of the month that begins; none for a month without games."""
    first = eastern_day(context).replace(day=1)
    next_month = (first + timedelta(days=32)).replace(day=1)
    key = first.isoformat()
    if key not in model_months.get_partition_keys(current_time=context.scheduled_execution_time):
        return dg.SkipReason(f"{key} is not a model month yet")
    month = DayRange(first, next_month - timedelta(days=1))
    return _where_games(postgres, month, dg.RunRequest(partition_key=key))


@dg.schedule(
    job=experiments,
    cron_schedule="15 8 * * *",
    execution_timezone=EASTERN_ZONE,
    default_status=schedule_status(),
    description="08:15 Eastern: performance to MLflow, summary of its experiments.",
)
def morning_experiments(context: dg.ScheduleEvaluationContext, postgres: PostgresResource) -> Requests:
    """After the scores of a game day."""
    day = eastern_day(context)
    return _where_games(postgres, DayRange(day - _AROUND, day), dg.RunRequest())


@dg.schedule(
    job=watch,
    cron_schedule="10 9-23 * * *",
    execution_timezone=EASTERN_ZONE,
    default_status=schedule_status(),
    description="Every hour from 09:10 to 23:10 Eastern: checks that today is covered.",
)
def hourly_watch(context: dg.ScheduleEvaluationContext, postgres: PostgresResource) -> Requests:
    """In season only: finds what is missing although no run failed."""
    day = eastern_day(context)
    return _where_games(postgres, DayRange(day - _AROUND, day + timedelta(days=1)), dg.RunRequest())


@dg.schedule(
    job=examine,
    cron_schedule="45 8 * * *",
    execution_timezone=EASTERN_ZONE,
    default_status=schedule_status(),
    description="08:45 Eastern: alarms, calibration and drift over the season so far.",
)
def morning_examine(context: dg.ScheduleEvaluationContext, postgres: PostgresResource) -> Requests:
    """After the scores of a game day."""
    day = eastern_day(context) - timedelta(days=1)
    return _where_games(postgres, DayRange(day, day), dg.RunRequest())


@dg.schedule(
    job=promote,
    cron_schedule="0 9 * * 1",
    execution_timezone=EASTERN_ZONE,
    default_status=schedule_status(),
    description="Mondays 09:00 Eastern: decides whether the newest model becomes champion.",
)
def weekly_promotion(context: dg.ScheduleEvaluationContext, postgres: PostgresResource) -> Requests:
    """On Monday the week's games are settled; a challenger without new games is the same procedure on newer data."""
    day = eastern_day(context)
    return _where_games(postgres, DayRange(day - _AROUND, day), dg.RunRequest())


@dg.schedule(
    job=upkeep,
    cron_schedule="0 5 * * 1",
    execution_timezone=EASTERN_ZONE,
    default_status=schedule_status(),
    description="Mondays 05:00 Eastern, when no game is played: retention, vacuum, sizes, archived months.",
)
def weekly_upkeep(_: dg.ScheduleEvaluationContext) -> Requests:
    """All year: ticks and events accumulate without games, too."""
    return dg.RunRequest()


def collect_schedules() -> list[dg.ScheduleDefinition]:
    """When our own collectors run: results and the schedule in the morning, prices every ten minutes."""
    if not COLLECT_JOBS:
        return []
    (collect,) = COLLECT_JOBS

    @dg.schedule(
        name="morning_collect",
        job=collect,
        cron_schedule="30 7 * * *",
        execution_timezone=EASTERN_ZONE,
        default_status=schedule_status(),
        description="07:30 Eastern: yesterday's results, today's and tomorrow's games; without known games, too, "
        "because it makes them known.",
    )
    def morning_collect(context: dg.ScheduleEvaluationContext) -> Requests:
        day = eastern_day(context)
        return [dg.RunRequest(partition_key=each.isoformat()) for each in (day - timedelta(days=1), day)]

    @dg.schedule(
        name="collect_rounds",
        job=collect,
        cron_schedule="*/10 9-23 * * *",
        execution_timezone=EASTERN_ZONE,
        default_status=schedule_status(),
        description="Every ten minutes from 09:00 to 23:50 Eastern, on days with games.",
    )
    def collect_rounds(context: dg.ScheduleEvaluationContext, postgres: PostgresResource) -> Requests:
        day = eastern_day(context)
        return _where_games(
            postgres, DayRange(day, day + timedelta(days=1)), dg.RunRequest(partition_key=day.isoformat())
        )

    return [morning_collect, collect_rounds]


SCHEDULES = (
    morning_slate,
    morning_score,
    morning_experiments,
    morning_examine,
    monthly_training,
    hourly_watch,
    weekly_promotion,
    weekly_upkeep,
    *collect_schedules(),
)
