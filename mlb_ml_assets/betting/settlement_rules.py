"""House rules by which bets are settled, as data.

Belongs here: one row per rule set and market with its validity and the place where it is published; the same rows are
in curated.settlement_rules (a test keeps the two equal).
Not here: apply them (settlement.py).
"""

from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Literal

import pandas as pd

from mlb_ml_assets.domain.markets import MARKET_KEYS, MONEYLINE, MarketKey

ANY_OPERATOR = "*"
ALWAYS = date(1900, 1, 1)
FOREVER = date(9999, 12, 31)
_GAME = "game"


@dataclass(frozen=True)
class SettlementRule:
    """How one market is settled at one operator in one period.

    Attributes:
        rule_id: name of the rule set, as recorded with every settled bet.
        operator: whose rule; "*" is used where an operator has none of its own.
        market_type: key of the market.
        period: the part of the game that settles it: "game", later first_five and innings.
        valid_from, valid_to: dates of the bet's game, both inclusive.
        minimum_innings: full innings that a nine-inning game needs, half an inning less if the second team leads.
        minimum_innings_of_seven: the same for a game scheduled for seven innings.
        decided_stands: in a game too short, a total already exceeded is settled and only the rest is void.
        pitchers: "action" whichever pitchers start; "listed" needs both starters listed when the bet was made.
        same_day: the game must be played on the date it was scheduled for when the bet was made.
        start_within_hours: or start at most so late; None where only the date counts.
        complete_within_hours: a suspended game must end within this many hours of its scheduled start.
        resume_within_hours: or be resumed within this many.
        complete_by_pacific_hour: or by this hour of the next morning in Los Angeles.
        suspended_official: a suspended game that is long enough counts with its score at suspension.
        length_change_voids: a game cut from nine to seven innings (or back) after the bet voids it.
        has_fractional_results: an exchange's contracts pay any share from 0 to 1, not only all or nothing.
        assumed: no publication of this operator's own was found; the rule of its kind is used.
        source: where it is published: publisher, title, year where the page states one.
    """

    rule_id: str
    operator: str
    market_type: MarketKey
    period: str
    valid_from: date
    valid_to: date
    minimum_innings: int
    minimum_innings_of_seven: int
    decided_stands: bool
    pitchers: Literal["action", "listed"]
    same_day: bool
    start_within_hours: int | None
    complete_within_hours: int | None
    complete_by_pacific_hour: int | None
    resume_within_hours: int | None
    suspended_official: bool
    length_change_voids: bool
    has_fractional_results: bool
    assumed: bool
    source: str


_TITANBET = "Titanbet, Betting Rules: Baseball (listed pitchers unless specified; Las Vegas rules otherwise)"
_WAGER_INFO = "wager-info.com, Baseball Game Rules (official after 5 innings, totals and run lines after 9)"
_GALAXY = "Galaxy Sports, Baseball official game times (2020)"
_GALAXY_OVERVIEW = "Galaxy Sports, Baseball rules overview; Betcris, Baseball and Softball (length changes)"
_DRAFTKINGS = "DraftKings, Sport rules: Baseball; My MLB game was suspended and postponed (36 hours)"
_BETMGM = "BetMGM, Baseball wager types and rules (29 August 2024: 36 hours, then the last full inning's score)"
_ESPN = "ESPN BET, Betting on Baseball (48 hours; postponed games void unless started on the day)"
_ACTION_NETWORK = "Action Network, Suspended and shortened MLB betting rules; ESPN BET, Betting on Baseball"
# The Supreme Court's ruling in Murphy v. NCAA: before it there is no retail book outside Nevada.
_RETAIL_BEGINS = date(2018, 5, 14)


def _three_markets(
    rule_id: str,
    operator: str,
    validity: tuple[date, date],
    sides: tuple[int, int],
    **common: object,
) -> list[SettlementRule]:
    """The moneyline with its own minimum innings, total and run line with nine, or seven of seven."""
    rules = []
    for market_type in MARKET_KEYS:
        is_moneyline = market_type == MONEYLINE.key
        nine, seven = sides if is_moneyline else (9, 7)
        values = {
            "resume_within_hours": None,
            "has_fractional_results": False,
            **common,
            "suspended_official": bool(common["suspended_official"]) and is_moneyline,
        }
        rules.append(SettlementRule(rule_id, operator, market_type, _GAME, *validity, nine, seven, **values))  # type: ignore[arg-type]
    return rules


_LISTED = {
    "decided_stands": False, "pitchers": "listed", "same_day": True, "start_within_hours": None,
    "complete_within_hours": None, "complete_by_pacific_hour": 5, "suspended_official": True,
    "length_change_voids": True, "source": f"{_TITANBET}; {_WAGER_INFO}",
}  # fmt: skip
_LATE_OFFICIAL = {
    "decided_stands": True, "pitchers": "action", "same_day": True, "start_within_hours": None,
    "complete_within_hours": None, "complete_by_pacific_hour": 5, "suspended_official": False,
    "length_change_voids": True, "source": f"{_GALAXY}; {_GALAXY_OVERVIEW}",
}  # fmt: skip
_RETAIL = {
    "decided_stands": True, "pitchers": "action", "same_day": True, "start_within_hours": None,
    "complete_within_hours": 48, "complete_by_pacific_hour": None, "suspended_official": False,
    "length_change_voids": True,
}  # fmt: skip
_DRAFTKINGS_RULE = {
    **_RETAIL, "same_day": False, "start_within_hours": 12, "complete_within_hours": None, "resume_within_hours": 36,
    "source": _DRAFTKINGS,
}  # fmt: skip
_BETMGM_RULE = {
    **_RETAIL, "complete_within_hours": None, "resume_within_hours": 36, "suspended_official": True, "source": _BETMGM,
}  # fmt: skip

SETTLEMENT_RULES: tuple[SettlementRule, ...] = (
    *_three_markets("listed_pitchers", ANY_OPERATOR, (ALWAYS, date(2018, 5, 13)), (5, 5), **_LISTED, assumed=True),
    # Offshore archives kept listed pitchers for two seasons more than the new retail books.
    *_three_markets("listed_pitchers", "archive", (ALWAYS, date(2019, 12, 31)), (5, 5), **_LISTED, assumed=True),
    *_three_markets("listed_pitchers", "pinnacle", (ALWAYS, date(2019, 12, 31)), (5, 5), **_LISTED, assumed=True),
    *_three_markets(
        "us_retail", ANY_OPERATOR, (_RETAIL_BEGINS, FOREVER), (5, 5), **_RETAIL, assumed=True, source=_ACTION_NETWORK
    ),
    *_three_markets("us_retail", "espn_bet", (_RETAIL_BEGINS, FOREVER), (5, 5), **_RETAIL, assumed=False, source=_ESPN),
    *_three_markets(
        "draftkings_36_hours", "draftkings", (_RETAIL_BEGINS, FOREVER), (5, 5), **_DRAFTKINGS_RULE, assumed=False
    ),
    *_three_markets("betmgm_36_hours", "betmgm", (_RETAIL_BEGINS, FOREVER), (5, 5), **_BETMGM_RULE, assumed=False),
    # No text of their own was found: what Action Network reports of retail books.
    *(
        rule
        for operator in ("fanduel", "caesars", "bet365", "circa")
        for rule in _three_markets(
            "us_retail", operator, (_RETAIL_BEGINS, FOREVER), (5, 5), **_RETAIL, assumed=True, source=_ACTION_NETWORK
        )
    ),
    *(
        rule
        for operator in ("galaxysports", "bookmaker", "betcris", "justbet")
        for rule in (
            *_three_markets(
                "official_after_five", operator, (ALWAYS, date(2019, 12, 31)), (5, 5), **_LATE_OFFICIAL, assumed=False
            ),
            *_three_markets(
                "official_after_nine", operator, (date(2020, 1, 1), FOREVER), (9, 7), **_LATE_OFFICIAL, assumed=False
            ),
        )
    ),
)


def settlement_rules() -> pd.DataFrame:
    """The rules as a frame: one row per rule set, operator and market, columns as `SettlementRule`."""
    columns = [field.name for field in fields(SettlementRule)]
    return pd.DataFrame([asdict(rule) for rule in SETTLEMENT_RULES], columns=columns)
