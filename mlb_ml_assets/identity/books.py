"""Which book a price is from, and whether a bet could have been made there.

Belongs here: the books of every source with kind, parent operator and whether they take bets.
Not here: combine prices (pricing/consensus.py), or settle by a book's rules (betting/).
"""

from dataclasses import dataclass
from typing import Literal

BookKind = Literal["book", "exchange", "consensus", "opener", "archive"]


@dataclass(frozen=True)
class Book:
    """One row of staging.book_catalogue.

    `bettable` is False for consensus rows, opening-line rows, averages and archives; `parent` is one operator over its
    state licences, because limits and outages are by operator.
    """

    source: str
    book_id: str
    name: str
    kind: BookKind
    bettable: bool
    parent: str | None = None


def _books(source: str, table: str) -> tuple[Book, ...]:
    books = []
    for row in table.strip().split("\n"):
        book_id, name, kind, parent = (cell.strip() for cell in row.split("|"))
        bettable = kind in ("book", "exchange")
        books.append(Book(source, book_id, name, kind, bettable, parent or None))  # type: ignore[arg-type]
    return tuple(books)


# Action Network's own catalogue of 2025-06-16; 15 and 30 are no places to bet. 76 does not exist there.
_ACTION_NETWORK = """
15 | Consensus | consensus |
30 | Open | opener |
3 | Pinnacle | book | pinnacle
68 | DraftKings NJ | book | draftkings
69 | FanDuel NJ | book | fanduel
71 | BetRivers NJ | book | betrivers
75 | BetMGM NJ | book | betmgm
78 | Circa | book | circa
79 | bet365 NJ | book | bet365
123 | Caesars NJ | book | caesars
247 | Unibet NJ | book | unibet
972 | BetRivers NY | book | betrivers
"""
_SPORTSBETTINGDIME = """
sr:book:6 | Unibet | book | unibet
sr:book:7612 | Betway | book | betway
sr:book:17324 | MGM | book | betmgm
sr:book:18149 | DraftKings | book | draftkings
sr:book:18186 | FanDuel | book | fanduel
sr:book:27447 | BetRivers | book | betrivers
sr:book:27769 | PointsBet | book | pointsbet
sr:book:28901 | Bet365 NJ | book | bet365
sr:book:32219 | William Hill NJ | book | caesars
"""
_VSIN = """
DK | DraftKings | book | draftkings
CIRCA | Circa | book | circa
"""
_DRAFTKINGS = "draftkings | DraftKings | book | draftkings"
# An archive's price had a book once, but no stamp and often no name: replays count each feed as one pseudo-book.
_HISTORY_BUNDLE = """
sbro:sportsbookreviewsonline | sportsbookreviewsonline | archive |
orb_outlook:SBR (book unspecified) | SBR, book unspecified | archive |
grdavis:unspecified (covers.com consensus?) | covers.com consensus, perhaps | archive |
oddsportal_avg:OddsPortal average (8 books) | OddsPortal average of 8 books | consensus |
oddsportal_pinnacle:Pinnacle via OddsPortal | Pinnacle via OddsPortal | archive | pinnacle
pinnacle2016:Pinnacle | Pinnacle 2016 | archive | pinnacle
oddsportal_grrapport:18bet | 18bet | archive | 18bet
oddsportal_grrapport:1xBet | 1xBet | archive | 1xbet
oddsportal_grrapport:Marathonbet | Marathonbet | archive | marathonbet
oddsportal_grrapport:Pinnacle | Pinnacle | archive | pinnacle
oddsportal_grrapport:William Hill | William Hill | archive | caesars
oddsportal_grrapport:bet-at-home | bet-at-home | archive | bet_at_home
oddsportal_grrapport:bet365 | bet365 | archive | bet365
oddsportal_grrapport:bwin | bwin | archive | entain
"""
_SBRO = "workbook:sportsbookreviewsonline | sportsbookreviewsonline | archive |"

BOOKS: tuple[Book, ...] = (
    *_books("action_network", _ACTION_NETWORK),
    *_books("sportsbettingdime", _SPORTSBETTINGDIME),
    *_books("vsin", _VSIN),
    *_books("draftkings_eventgroup", _DRAFTKINGS),
    *_books("history_bundle", _HISTORY_BUNDLE),
    *_books("sbro", _SBRO),
)
# Words in a book's name that say no bet can be made there, for books a feed adds before this table does.
NOT_BOOKS = ("consensus", "open", "average", "best odds", "market")


def book_of(source: str, book_id: str, name: str | None = None) -> Book:
    """The catalogue's book; for one that it does not list yet, a book judged by the name the feed gives it.

    An unlisted book without a name is not bettable: nobody could say where the bet was placed.
    """
    for book in BOOKS:
        if (book.source, book.book_id) == (source, book_id):
            return book
    if name is None:
        return Book(source, book_id, book_id, "archive", bettable=False)
    no_book = any(word in name.casefold().split() or name.casefold().startswith(word) for word in NOT_BOOKS)
    return Book(source, book_id, name, "consensus" if no_book else "book", bettable=not no_book)
