"""Partitions of the graph: days of games, and months of models.

Belongs here: the two partition definitions, and the days and months of a run.
Not here: what is done with a day (flows/).
"""

from datetime import date, timedelta

import dagster as dg

from mlb_ml_assets.domain.clock import EASTERN_ZONE, today
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.warehouse.settings import is_demo_home, project_home


def _partitions() -> tuple[dg.DailyPartitionsDefinition, dg.MonthlyPartitionsDefinition]:
    """Official dates, Eastern, and months of models, each up to and with today's.

    end_offset=1: today exists today. Both definitions need it and the time zone, or today maps to a month that does not
    exist. No exclusions: with end_offset they invent a future key in the off-season (dagster#33551); a day without
    games is a valid partition without rows. The demo's days end with its league's today: "Latest" would otherwise
    be a real day, which the league never plays.
    """
    if not is_demo_home(project_home()):
        return (
            dg.DailyPartitionsDefinition(start_date=_FIRST_DAY, timezone=EASTERN_ZONE, end_offset=1),
            dg.MonthlyPartitionsDefinition(start_date=_FIRST_DAY, timezone=EASTERN_ZONE, end_offset=1),
        )
    end_of_day, end_of_month = today() + timedelta(days=1), (today().replace(day=1) + timedelta(days=32)).replace(day=1)
    return (
        dg.DailyPartitionsDefinition(start_date=_FIRST_DAY, end_date=end_of_day.isoformat(), timezone=EASTERN_ZONE),
        dg.MonthlyPartitionsDefinition(start_date=_FIRST_DAY, end_date=end_of_month.isoformat(), timezone=EASTERN_ZONE),
    )


_FIRST_DAY = "2009-01-01"
game_days, model_months = _partitions()


def days_of(context: dg.AssetExecutionContext) -> DayRange:
    """The days of this run: one partition, or a range in a single run.

    Today's partition includes tomorrow's known games: their first prices appear the day before, when they are worth
    most, and tomorrow has no partition yet.
    """
    window = context.partition_time_window
    first, last = window.start.date(), window.end.date() - timedelta(days=1)
    return DayRange(first, last + timedelta(days=1) if last == today() else last)


def months_of(context: dg.AssetExecutionContext) -> list[date]:
    """First days of the months of this run, in order."""
    return [date.fromisoformat(key) for key in sorted(context.partition_keys)]
