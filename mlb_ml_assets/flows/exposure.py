"""What is at risk: the stakes of all decisions about the games of some days, beside what they are worth now.

Belongs here: the bets of earlier decisions with their value and availability now, and the exposure that they add up to.
Not here: new advice (flows/recommendations.py), showing it (serving/board.py), results (flows/performance.py).
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.domain.time_rules import MAX_QUOTE_AGE
from mlb_ml_assets.pricing.odds import american_to_decimal
from mlb_ml_assets.warehouse.offers import read_offers
from mlb_ml_assets.warehouse.queries import read_dicts

# better, worse: the book still quotes the bet's line, at another price than taken. gone: it quotes no such bet.
Availability = Literal["same", "better", "worse", "gone", "started", "unknown"]


@dataclass(frozen=True)
class BetAtRisk:
    """A stake of a decision, not settled yet.

    Attributes:
        game_id: our id of the game.
        game_date: official date of the game.
        away_team: its code.
        home_team: its code.
        title: both, as in SEA @ TEX.
        start: first pitch as scheduled.
        stage: of the decision.
        market_type: key of the market.
        side: side of the market.
        book: source and id of the book.
        book_name: as the catalog has it, else `book`.
        operator: the book's operator, by which caps apply.
        odds: American odds taken.
        line_value: line taken; None for a moneyline.
        stake: fraction of bankroll.
        decided_at: instant of the decision.
        value_then: expected value per unit at the decision.
        value_now: that of the price taken, at the newest forecast; None where that is for another line.
        availability: whether the book still offers it.
        odds_now: the book's price of the same line now, if it quotes one.
        is_withdrawn: whether a newer decision of the stage advises against it: placed, it is still at risk.
    """

    game_id: int
    game_date: date
    away_team: str
    home_team: str
    title: str
    start: datetime
    stage: str
    market_type: str
    side: str
    book: str
    book_name: str
    operator: str
    odds: int
    line_value: float | None
    stake: float
    decided_at: datetime
    value_then: float | None
    value_now: float | None
    availability: Availability
    odds_now: int | None
    is_withdrawn: bool


@dataclass(frozen=True)
class Exposure:
    """Bets at risk, by start; stakes are fractions of bankroll."""

    bets: tuple[BetAtRisk, ...]

    @property
    def total(self) -> float:
        """All stakes, those of withdrawn advice included."""
        return sum(bet.stake for bet in self.bets)

    @property
    def withdrawn(self) -> float:
        """Stakes that newer decisions advise against."""
        return sum(bet.stake for bet in self.bets if bet.is_withdrawn)

    @property
    def by_game(self) -> dict[str, float]:
        """Stakes by away and home team, largest first."""
        return self._sum(lambda bet: bet.title)

    @property
    def by_day(self) -> dict[str, float]:
        """Stakes by official date (ISO), largest first."""
        return self._sum(lambda bet: bet.game_date.isoformat())

    @property
    def by_operator(self) -> dict[str, float]:
        """Stakes by operator, largest first."""
        return self._sum(lambda bet: bet.operator)

    def of_day(self, day: date) -> "Exposure":
        """The bets on games of one official date."""
        return Exposure(tuple(bet for bet in self.bets if bet.game_date == day))

    def _sum(self, key: Callable[[BetAtRisk], str]) -> dict[str, float]:
        sums: dict[str, float] = {}
        for bet in self.bets:
            sums[key(bet)] = sums.get(key(bet), 0.0) + bet.stake
        return dict(sorted(sums.items(), key=lambda item: -item[1]))


def read_exposure(connection: psycopg.Connection[Any], days: DayRange, looked_up: DayRange | None = None) -> Exposure:
    """The bets at risk on games of these official dates, valued at the present.

    Args:
        connection: any.
        days: official dates.
        looked_up: dates of the games whose books are looked up, None means all; of the others availability is unknown.
    """
    rows = read_dicts(connection, "bets_at_risk", {"from_day": days.first, "to_day": days.last})
    now, looked_up = present(), looked_up or days
    games = {row["game_id"] for row in rows if looked_up.first <= row["game_date"] <= looked_up.last}
    offers = {
        (quote["game_id"], quote["book"], quote["market_type"], quote["side"]): quote
        for quote in (read_offers(connection, sorted(games), now) if games else ())
    }
    return Exposure(tuple(_bet(row, games, offers, now) for row in rows))


def _bet(
    row: dict[str, Any], games: set[int], offers: dict[tuple[Any, ...], dict[str, Any]], now: datetime
) -> BetAtRisk:
    availability, odds_now = "unknown", None
    if row["game_id"] in games:
        offer = offers.get((row["game_id"], row["book"], row["market_type"], row["side"]))
        availability, odds_now = compare_offer(row, offer, now)
    return BetAtRisk(
        game_id=row["game_id"],
        game_date=row["game_date"],
        away_team=row["away_team"],
        home_team=row["home_team"],
        title=f"{row['away_team']} @ {row['home_team']}",
        start=row["start"],
        stage=row["stage"],
        market_type=row["market_type"],
        side=row["side"],
        book=row["book"],
        book_name=row["book_name"],
        operator=row["operator"],
        odds=row["odds"],
        line_value=row["line_value"],
        stake=row["stake"],
        decided_at=row["decided_at"],
        value_then=row["expected_value"],
        value_now=_value_now(row),
        availability=availability,
        odds_now=odds_now,
        is_withdrawn=row["is_withdrawn"],
    )


def compare_offer(bet: dict[str, Any], offer: dict[str, Any] | None, now: datetime) -> tuple[Availability, int | None]:
    """Whether a book still offers a bet, and its price now.

    Args:
        bet: start, archive_price, odds, line_value.
        offer: the book's quote of the same side, as of decision_quotes.sql; None without one.
        now: the present.
    """
    if bet["archive_price"]:
        return "unknown", None
    if bet["start"] <= now:
        return "started", None
    # A log that another program writes has no sightings: its price holds until it changes.
    is_unseen = offer is not None and offer["seen_at"] is not None and offer["seen_at"] < now - MAX_QUOTE_AGE
    if offer is None or offer["down"] or is_unseen or offer["line_value"] != bet["line_value"]:
        return "gone", None
    odds_now = int(offer["odds"])
    taken, offered = american_to_decimal(bet["odds"]), american_to_decimal(odds_now)
    return ("same" if offered == taken else "better" if offered > taken else "worse"), odds_now


def _value_now(row: dict[str, Any]) -> float | None:
    """Expected net profit per unit at the price taken: a push returns the stake."""
    if row["now_probability"] is None or row["now_line"] != row["line_value"]:
        return None
    return float((1 - row["now_push"]) * (row["now_probability"] * american_to_decimal(row["odds"]) - 1))
