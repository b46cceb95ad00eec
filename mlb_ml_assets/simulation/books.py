"""The books of the league, under the ids by which Action Network and the other feeds know them.

Belongs here: ids, names, margins and habits of each book, and how a fair probability becomes its price.
Not here: when a price changes (repricing.py), devigging (pricing/).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.domain.odds import FloatArray


@dataclass(frozen=True)
class Book:
    """One book.

    Attributes:
        id: Action Network's id.
        name: in Action Network's catalog.
        margin: overround of a two-sided market.
        step: prices are multiples of this many cents.
        lag_minutes: how long, at most, it takes to follow a move; 0 for the book that leads.
        follows: share of the leader's moves that it follows one by one; it catches up at the next.
        parent: operator, as in the catalog.
        dime_id: id in the SportsBettingDime feed, None where that feed lacks it.
        odds_api_key: key in The Odds API, None where it lacks it.
        in_play: whether it quotes after first pitch.
    """

    id: int
    name: str
    margin: float
    step: int
    lag_minutes: int
    follows: float
    parent: str
    dime_id: str | None = None
    odds_api_key: str | None = None
    in_play: bool = False


SHARP = Book(3, "Pinnacle", 0.023, 1, 0, 1.0, "Pinnacle", odds_api_key="pinnacle", in_play=True)
RETAIL = (
    Book(68, "DK NJ", 0.045, 2, 12, 0.75, "DraftKings", "sr:book:18149", "draftkings", in_play=True),
    Book(69, "FanDuel NJ", 0.044, 2, 18, 0.7, "FanDuel", "sr:book:18186", "fanduel", in_play=True),
    Book(71, "BetRivers NJ", 0.048, 1, 25, 0.55, "BetRivers", "sr:book:27447", "betrivers"),
    Book(75, "BetMGM NJ", 0.047, 5, 30, 0.55, "BetMGM", "sr:book:17324", "betmgm"),
    Book(123, "Caesars NJ", 0.046, 5, 40, 0.5, "Caesars", "sr:book:32219", "williamhill_us"),
)
# Not bettable: an average over books, and the first price of any book.
CONSENSUS = Book(15, "Consensus", 0.044, 1, 15, 0.6, "Consensus")
OPENER = Book(30, "Open", 0.04, 1, 0, 0.0, "Open")
BOOKS: tuple[Book, ...] = (CONSENSUS, OPENER, *RETAIL, SHARP)
BOOK_BY_ID = {book.id: book for book in BOOKS}


def round_to_american(implied: FloatArray, step: int) -> NDArray[np.int64]:
    """American odds of implied probabilities, rounded to `step` cents; even money becomes +100."""
    implied = np.clip(implied, 0.015, 0.985)
    is_favorite = implied > 0.5
    raw = np.where(is_favorite, -100 * implied / (1 - implied), 100 * (1 - implied) / implied)
    rounded = (np.rint(raw / step) * step).astype(np.int64)
    return np.where(np.abs(rounded) <= 100, 100, rounded)


def price_both_sides(fair: FloatArray, margin: float, step: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Prices of both sides of a market: half the margin on each side (what additive devigging undoes)."""
    return round_to_american(fair + margin / 2, step), round_to_american(1 - fair + margin / 2, step)
