"""Sportsbooks as every package describes them.

Belongs here: the kind of a book, and one entry of a book catalog.
Not here: which books a source quotes (sources/), which names mean one operator (identity/books.py).
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

BookKind: TypeAlias = Literal["book", "exchange", "consensus", "opener", "archive"]
BOOK_KINDS: Final[tuple[BookKind, ...]] = get_args(BookKind)
# Averages, opening-line rows and archives are prices without a counter to bet at.
BETTABLE_KINDS: Final[frozenset[BookKind]] = frozenset({"book", "exchange"})


@dataclass(frozen=True, slots=True)
class Book:
    """One book as one source names it: a row of staging.book_catalogue.

    Attributes:
        book_id: the source's own id.
        name: the source's own name.
        kind: what its prices are.
        bettable: whether a bet could be placed at its prices.
        parent: the operator that holds its licenses; limits and outages are by operator.
    """

    book_id: str
    name: str
    kind: BookKind = "book"
    bettable: bool = True
    parent: str | None = None


def book_table(text: str) -> tuple[Book, ...]:
    """Books from lines of `book_id | name | kind | parent`; an empty parent is unknown, other kinds take no bets."""
    books = []
    for row in text.strip().splitlines():
        book_id, name, kind, parent = (cell.strip() for cell in row.split("|"))
        if kind not in BOOK_KINDS:
            raise ValueError(f"{row!r}: kind {kind!r} does not exist: use one of {', '.join(BOOK_KINDS)}")
        books.append(Book(book_id, name, kind, kind in BETTABLE_KINDS, parent or None))
    return tuple(books)
