"""When a price may be bet: thresholds as one typed object, and the words for every refusal.

Belongs here: the configuration of a recommendation and the reasons for not betting.
Not here: apply them (acceptable_quotes.py, recommendations.py); limits on stakes (stake_limits.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from mlb_ml_assets.domain.input_ages import INPUT_GROUPS
from mlb_ml_assets.domain.time_rules import MAX_QUOTE_AGE
from mlb_ml_assets.pricing.consensus import NOT_A_MARKET, ONE_SIDED
from mlb_ml_assets.pricing.devig import OVERROUND_BOUNDS

# Reasons that concern a quote, from the first check to the last: a side's reason is the furthest that any quote came.
NO_PRICE: Final = "no price"
OTHER_LINE: Final = "no price at this line"
NOT_BETTABLE: Final = "not bettable"
BOOK_DOWN: Final = "book down"
STALE: Final = "stale quote"
AGAINST_THE_REST: Final = "price far from other books"
QUOTE_CHECKS: Final = (OTHER_LINE, NOT_BETTABLE, BOOK_DOWN, ONE_SIDED, NOT_A_MARKET, STALE, AGAINST_THE_REST)
# Reasons that concern the bet.
NO_FORECAST: Final = "no probability"
TOO_LATE: Final = "too late"
SCRATCHED: Final = "listed starter scratched"
STALE_INPUTS: Final = "stale inputs"
BELOW_VALUE: Final = "below threshold"
BELOW_CONFIDENCE: Final = "below confidence threshold"
OTHER_SIDE: Final = "other side is better"
BEST_OF_GAME_ONLY: Final = "another bet of the game is better"
NOT_ON_SLATE: Final = "slate gives it no stake"
LIMITS_USED: Final = "limits used up"
TOO_SMALL: Final = "stake below minimum"


@dataclass(frozen=True)
class BettingRules:
    """What a bet must satisfy.

    Attributes:
        minimum_expected_value: EV per unit staked, at the final probability and the taken price.
        minimum_confidence: chance, given the probability's standard error, that the true EV is positive.
        maximum_age: a price last seen longer ago than this before as_of is stale. Prices without `seen_at` hold until
            they change (change logs, archives).
        overround_bounds: accepted margins of the two-sided market that a price belongs to.
        maximum_consensus_value: a price whose EV at the median no-vig probability of at least three books is above
            this counts as stale or mistyped.
        most_input_days: age of each group of facts (days of the season) past which nothing is staked on a forecast that
            rests on it; a group that is absent has no limit.
    """

    minimum_expected_value: float = 0.02
    minimum_confidence: float = 0.75
    maximum_age: timedelta = MAX_QUOTE_AGE
    overround_bounds: tuple[float, float] = OVERROUND_BOUNDS
    maximum_consensus_value: float = 0.08
    most_input_days: Mapping[str, int] = field(
        default_factory=lambda: {group.name: group.most_days for group in INPUT_GROUPS}
    )

    def __post_init__(self) -> None:
        if not 0 <= self.minimum_confidence < 1:
            raise ValueError(f"minimum_confidence must be in [0, 1), got {self.minimum_confidence}")
        if self.overround_bounds[0] > self.overround_bounds[1]:
            raise ValueError(f"overround_bounds must rise, got {self.overround_bounds}")
