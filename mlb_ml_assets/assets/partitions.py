"""Partitions of the graph: days of games, and months of models.

Belongs here: the two partition definitions and the day and month ranges read off a run.
Does not: what is done with a day (the assets' own files).
"""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import dagster as dg

from mlb_ml_assets.clock import present

EASTERN = "America/New_York"

# Official dates, Eastern. end_offset=1: today exists today. No exclusions: with end_offset they invent a future key in
# the off-season (dagster#33551); a day without games is a valid partition of no rows.
game_days = dg.DailyPartitionsDefinition(start_date="2009-01-01", timezone=EASTERN, end_offset=1)

# Both definitions need the time zone and end_offset, or today maps to a month that does not exist.
model_months = dg.MonthlyPartitionsDefinition(start_date="2009-01-01", timezone=EASTERN, end_offset=1)


@dataclass(frozen=True)
class DayRange:
    """Official dates from `first` to `last`, both included."""

    first: date
    last: date

    @classmethod
    def of(cls, context: dg.AssetExecutionContext) -> "DayRange":
        """The days of this run: one partition or a range in a single run.

        Today's partition takes tomorrow's games along, as far as they are known: their first prices come the day
        before, which is when they are worth most, and tomorrow has no partition yet.
        """
        window = context.partition_time_window
        first, last = window.start.date(), window.end.date() - timedelta(days=1)
        today = present().astimezone(ZoneInfo(EASTERN)).date()
        return cls(first, last + timedelta(days=1) if last == today else last)

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"


def months_of(context: dg.AssetExecutionContext) -> list[date]:
    """First days of the months of this run, in order."""
    return [date.fromisoformat(key) for key in sorted(context.partition_keys)]
