"""Which book a price is from, and whether a bet could have been placed there.

Belongs here: a book's catalog entry, from what is known of it and what its source reports.
Not here: the known books of a source (its `SPEC`), combining prices (pricing/), rules of a book (betting/).
"""

from collections.abc import Iterable
from dataclasses import replace

from mlb_ml_assets.domain.books import Book

# Operator by the names that feeds give it, letters and digits only; licenses of a state count as the operator. Caps,
# outages and rules are the operator's, so a name that is missing here lets one operator count as two.
_OPERATORS = {
    "caesars": ("williamhill", "williamhillus", "williamhillnj", "czr", "caesarssportsbook"),
    "unibet": ("unibetus", "unibeteu", "unibetuk", "unibetnj"),
    "espn_bet": ("espnbet", "espn", "thescorebet", "score"),
    "betmgm": ("mgm", "betmgmus"),
    "bet365": ("bet365us", "bet365nj", "bet365eu", "bet365au"),
    "betrivers": ("betriversus", "betriversny", "betriversnj", "sugarhouse"),
    "pointsbet": ("pointsbetus",),
    "draftkings": ("dk", "dknj", "draftkingsus", "draftkingsnj"),
    "fanduel": ("fd", "fdnj", "fanduelus", "fanduelnj"),
    "hard_rock": ("hardrock", "hardrockbet"),
    "bally_bet": ("ballybet", "ballys"),
    "betonline": ("betonlineag", "betonline.ag"),
    "mybookie": ("mybookieag",),
    "bet_at_home": (),
}  # fmt: skip


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


_OPERATOR_OF = {_plain(name): operator for operator, names in _OPERATORS.items() for name in (operator, *names)}


def operator_of(name: str | None) -> str | None:
    """The one name of an operator that feeds call by several: williamhill_us is caesars. Other names stay."""
    return None if name is None else _OPERATOR_OF.get(_plain(name), name)


# Words in a name that say that no bet can be placed at it, for books that a feed adds before its SPEC lists them.
NOT_BOOKS = ("consensus", "open", "average", "best odds", "market")


def describe_book(book_id: str, known: Iterable[Book], reported: Book | None = None) -> Book:
    """The catalog entry of a book.

    A known book keeps its name; an unknown one is judged by the name its source reports, and is not bettable without
    one: nobody could say where the bet was placed. What the source reports narrows a known book, and never widens it.
    """
    listed = next((book for book in known if book.book_id == book_id), None)
    if reported is None:
        book = listed or Book(book_id, book_id, "archive", bettable=False)
        return replace(book, parent=operator_of(book.parent))
    book = listed or _judge_by_name(reported)
    return Book(
        book_id,
        book.name,
        reported.kind if book.kind == "book" else book.kind,
        book.bettable and reported.bettable,
        operator_of(book.parent or reported.parent),
    )


def _judge_by_name(book: Book) -> Book:
    name = book.name.casefold()
    takes_bets = not any(word in name.split() or name.startswith(word) for word in NOT_BOOKS)
    return Book(book.book_id, book.name, "book" if takes_bets else "consensus", takes_bets)
