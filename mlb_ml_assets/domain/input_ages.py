"""The groups of facts that features are made of, and how old each may be before nothing is staked on them.

Belongs here: the groups with their limits, and the calendar in which their age is counted.
Not here: the age of the facts behind a decision (features/fact_ages.py), what it does to a forecast
(modeling/stale_inputs.py) or to a stake (betting/).
"""

from dataclasses import dataclass
from datetime import date
from typing import Final

# From here to there every club plays: openings of 2009-2024 are on 20 March to 7 April, last days on 27 September to
# 3 October. Days outside do not age a fact, so that no opening day is stale.
SEASON_BEGINS: Final = (4, 7)
SEASON_ENDS: Final = (9, 27)
# Seasons that began late for everybody.
LATE_SEASONS: Final = {2020: (7, 24)}
# Days without a game after which a club's last days are unknown instead of idle. The longest breaks of 2009-2018 were
# five days, around the All-Star Game.
LONGEST_BREAK: Final = 7


@dataclass(frozen=True)
class InputGroup:
    """One kind of facts about past games.

    Attributes:
        name: as in the column `age_<name>`.
        meaning: what the facts are.
        most_days: of the season without a fact, after which no stake rests on it.
    """

    name: str
    meaning: str
    most_days: int

    @property
    def column(self) -> str:
        """Its column in features, vectors and tables."""
        return age_column(self.name)


def age_column(group: str) -> str:
    """The column of a group's age."""
    return f"age_{group}"


@dataclass(frozen=True)
class InputAge:
    """The age of one group behind a decision, in days of the season; None where the group never had a fact."""

    group: InputGroup
    days: float | None

    @property
    def is_stale(self) -> bool:
        """Whether the group is older than its limit."""
        return self.days is not None and self.days > self.group.most_days


# Kept by market memory, which any club's close renews; the others are counted by club.
CLOSES: Final = "closes"
INPUT_GROUPS: Final = (
    InputGroup("results", "final scores", 10),
    InputGroup("starters", "box scores of starting pitchers", 21),
    InputGroup("bullpen", "box scores of bullpens", 21),
    InputGroup("batting", "box scores of team batting", 21),
    InputGroup("lineups", "batting orders", 21),
    InputGroup("players", "lines of single players", 21),
    InputGroup(CLOSES, "closing prices", 21),
)
AGE_COLUMNS: Final = tuple(group.column for group in INPUT_GROUPS)


def season_bounds(year: int) -> tuple[date, date]:
    """The first and the last day of a year on which facts age."""
    return date(year, *LATE_SEASONS.get(year, SEASON_BEGINS)), date(year, *SEASON_ENDS)
