"""Which book a price is from, and whether a bet could have been placed there.

Belongs here: a book's catalog entry, from what is known of it and what its source reports.
Not here: the known books of a source (its `SPEC`), combining prices (pricing/), rules of a book (betting/).
"""

from collections.abc import Iterable

from mlb_ml_assets.domain.books import Book

# Words in a name that say that no bet can be placed at it, for books that a feed adds before its SPEC lists them.
NOT_BOOKS = ("consensus", "open", "average", "best odds", "market")


def describe_book(book_id: str, known: Iterable[Book], reported: Book | None = None) -> Book:
    """The catalog entry of a book.

    A known book keeps its name; an unknown one is judged by the name its source reports, and is not bettable without
    one: nobody could say where the bet was placed. What the source reports narrows a known book, and never widens it.
    """
    listed = next((book for book in known if book.book_id == book_id), None)
    if reported is None:
        return listed or Book(book_id, book_id, "archive", bettable=False)
    book = listed or _judge_by_name(reported)
    return Book(
        book_id,
        book.name,
        reported.kind if book.kind == "book" else book.kind,
        book.bettable and reported.bettable,
        book.parent or reported.parent,
    )


def _judge_by_name(book: Book) -> Book:
    name = book.name.casefold()
    takes_bets = not any(word in name.split() or name.startswith(word) for word in NOT_BOOKS)
    return Book(book.book_id, book.name, "book" if takes_bets else "consensus", takes_bets)
