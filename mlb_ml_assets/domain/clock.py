"""The present, and the time zone of baseball's calendar.

Belongs here: the present instant (real, or simulated for a demonstration) and dates in Eastern time.
Not here: rules about time (time_rules.py).
"""

import os
from datetime import UTC, date, datetime
from typing import Final
from zoneinfo import ZoneInfo

# Official dates, partitions and schedules are in this zone; instants are stored in UTC.
EASTERN_ZONE: Final = "America/New_York"
EASTERN: Final = ZoneInfo(EASTERN_ZONE)

# A simulated league has its own present; set by `mlb-ml demo` for its own processes only.
SIMULATED_NOW = "MLB_ML_SIMULATED_NOW"


class NotAnInstant(ValueError):
    """MLB_ML_SIMULATED_NOW is no ISO instant with a zone."""


def present() -> datetime:
    """The present instant in UTC.

    Raises:
        NotAnInstant: the simulated instant cannot be read.
    """
    simulated = os.environ.get(SIMULATED_NOW, "")
    if not simulated:
        return datetime.now(UTC)
    try:
        instant = datetime.fromisoformat(simulated)
    except ValueError as error:
        raise NotAnInstant(f"{SIMULATED_NOW} is {simulated!r}: an ISO instant with a zone is needed") from error
    if instant.tzinfo is None:
        raise NotAnInstant(f"{SIMULATED_NOW} is {simulated!r}, without a zone")
    return instant.astimezone(UTC)


def eastern_date(instant: datetime) -> date:
    """The calendar date in Eastern time of an instant with a zone."""
    return instant.astimezone(EASTERN).date()


def today() -> date:
    """The present calendar date in Eastern time."""
    return eastern_date(present())
