"""A range of official dates.

Belongs here: `DayRange`, the unit in which flows are run.
Not here: partitions (assets/partitions.py), what is done with a day (flows/).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta


@dataclass(frozen=True)
class DayRange:
    """Official dates from `first` to `last`, both included."""

    first: date
    last: date

    def __iter__(self) -> Iterator[date]:
        return (self.first + timedelta(days=n) for n in range((self.last - self.first).days + 1))

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}..{self.last}"


def month_of(day: date) -> DayRange:
    """The month of a day."""
    first = day.replace(day=1)
    if (day.year, day.month) == (date.max.year, date.max.month):
        return DayRange(first, date.max)
    return DayRange(first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1))
