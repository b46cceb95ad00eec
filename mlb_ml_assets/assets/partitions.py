"""Partitions of the graph: days of games, and months of models.

Belongs here: the two partition definitions, and the days and months of a run.
Not here: what is done with a day (flows/).
"""

from datetime import date, timedelta

import dagster as dg

from mlb_ml_assets.domain.clock import EASTERN_ZONE, today
from mlb_ml_assets.domain.days import DayRange

# Official dates, Eastern. end_offset=1: today exists today. No exclusions: with end_offset they invent a future key in
# the off-season (dagster#33551); a day without games is a valid partition without rows.
game_days = dg.DailyPartitionsDefinition(start_date="2009-01-01", timezone=EASTERN_ZONE, end_offset=1)

# Both definitions need the time zone and end_offset, or today maps to a month that does not exist.
model_months = dg.MonthlyPartitionsDefinition(start_date="2009-01-01", timezone=EASTERN_ZONE, end_offset=1)


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
