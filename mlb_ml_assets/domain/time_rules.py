"""The time rules of the product: when a game is decided, when undated facts are known, when a price is stale.

Belongs here: limits and hours as named constants, and the instants that follow from a date by rule.
Not here: the present (clock.py), the comparison of a fact with a decision time (features/knowable.py).
"""

from datetime import date, datetime, time, timedelta
from typing import Final

from mlb_ml_assets.domain.clock import EASTERN

# The tables' CHECK: predictions are frozen 60 minutes before the scheduled first pitch.
CUTOFF_BEFORE_START: Final = timedelta(minutes=60)
# A price last seen longer ago than this cannot be bet, nor count as a closing line.
MAX_QUOTE_AGE: Final = timedelta(minutes=15)
# Opening prices of an archive: noon Eastern, the day before.
OPENING_HOUR: Final = time(12)
# Results and box scores: 06:00 Eastern, the day after.
RESULT_HOUR: Final = time(6)


def noon_before(day: date) -> datetime:
    """Noon Eastern on the day before an official date: when an archive's opening price is assumed known."""
    return datetime.combine(day - timedelta(days=1), OPENING_HOUR, tzinfo=EASTERN)
