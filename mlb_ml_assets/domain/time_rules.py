"""The time rules of the product: when a game is decided, when undated facts are known, when a price is stale.

Belongs here: limits and hours as named constants, and the instants that follow from a date by rule.
Not here: the present (clock.py), the comparison of a fact with a decision time (features/knowable.py).
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from mlb_ml_assets.domain.clock import EASTERN

# The tables' CHECK: predictions are frozen 60 minutes before the scheduled first pitch.
CUTOFF_BEFORE_START: Final = timedelta(minutes=60)
# A price last seen longer ago than this cannot be bet, nor count as a closing line.
MAX_QUOTE_AGE: Final = timedelta(minutes=15)
# A log of changes has no sightings: its prices hold until they change, while its writer records changes of any game.
# The recorded DraftKings archive of 2024 has four rounds a day.
MAX_LOG_SILENCE: Final = timedelta(hours=8)
# Opening prices of an archive: noon Eastern, the day before.
OPENING_HOUR: Final = time(12)
# Results and box scores: 06:00 Eastern, the day after.
RESULT_HOUR: Final = time(6)
# Hours before the scheduled start at which logs of price changes are read, between opening and first pitch.
PRICE_HOURS: Final = (1, 3, 6, 12)
# A log of price changes that ends earlier than this before first pitch was cut off: its last price is no close.
MAX_LAST_CHANGE_AGE: Final = timedelta(hours=1)


@dataclass(frozen=True)
class DecisionRule:
    """When live prices become a decision.

    The first decision of a game waits for the first of two things, so that it sees a market and not one book: a number
    of operators with a two-sided price, or a time since the first price. In a recorded month of The Odds API's boards
    (181 games, nine books, three captures a day), 96% of games had three books on their first board, and waiting six
    hours added .07 books a game; three is also the number from which the consensus is trusted alone. 30 minutes are
    three rounds of a collector that runs every ten.

    Attributes:
        books: operators that the first decision waits for.
        wait: the longest wait of the first decision after the first price.
        reaction: from the capture of a price to the decision that uses it.
    """

    books: int = 3
    wait: timedelta = timedelta(minutes=30)
    reaction: timedelta = timedelta(0)


def noon_before(day: date) -> datetime:
    """Noon Eastern on the day before an official date: when an archive's opening price is assumed known."""
    return datetime.combine(day - timedelta(days=1), OPENING_HOUR, tzinfo=EASTERN)
