"""The books of the league, under the ids by which Action Network and the other feeds know them.

Belongs here: ids, names, margins and habits of each book.
Not here: prices (quotes.py).
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Book:
    """One book.

    Attributes:
        id: Action Network's id.
        name: as it stands in Action Network's catalogue.
        margin: overround of a two-sided market.
        step: prices are multiples of this many cents.
        lag_minutes: how long, at most, it takes to follow a move; 0 for the book that leads.
        follows: share of the leader's moves that it follows one by one; it catches up at the next.
        parent: operator, as in the catalogue.
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
# Not bettable: an average over books, and the first price that anybody showed.
CONSENSUS = Book(15, "Consensus", 0.044, 1, 15, 0.6, "Consensus")
OPENER = Book(30, "Open", 0.04, 1, 0, 0.0, "Open")
BOOKS: tuple[Book, ...] = (CONSENSUS, OPENER, *RETAIL, SHARP)
BOOK_BY_ID = {book.id: book for book in BOOKS}
