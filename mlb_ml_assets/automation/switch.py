"""Whether schedules and sensors start by themselves.

Belongs here: the reading of MLB_ML_AUTOMATION.
Not here: what they do.
"""

import os

import dagster as dg


def automation_is_on() -> bool:
    """MLB_ML_AUTOMATION=on, which `mlb-ml up` sets; a stray `dagster dev` on the same database must not bet twice."""
    return os.environ.get("MLB_ML_AUTOMATION", "").lower() in {"on", "1", "true", "yes"}


def schedule_status() -> dg.DefaultScheduleStatus:
    """RUNNING where automation is on."""
    return dg.DefaultScheduleStatus.RUNNING if automation_is_on() else dg.DefaultScheduleStatus.STOPPED


def sensor_status() -> dg.DefaultSensorStatus:
    """RUNNING where automation is on."""
    return dg.DefaultSensorStatus.RUNNING if automation_is_on() else dg.DefaultSensorStatus.STOPPED
