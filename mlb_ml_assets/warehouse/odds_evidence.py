"""What the tables of other programs say of the games and books of their odds.

Belongs here: reading the evidence about Action Network games, and the books that quote them.
Not here: what it amounts to (identity/odds_listings.py).
"""

from collections.abc import Sequence
from typing import Any

import psycopg

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.identity.odds_listings import OddsEvidence
from mlb_ml_assets.warehouse.queries import read_objects, run_query


def read_odds_evidence(connection: psycopg.Connection[Any], days: DayRange) -> list[OddsEvidence]:
    """The evidence about every Action Network game of these days of which no payload of ours is stored."""
    return read_objects(connection, "odds_evidence", OddsEvidence, {"from_day": days.first, "to_day": days.last})


def read_quoted_books(connection: psycopg.Connection[Any], games: Sequence[str]) -> list[Book]:
    """The books that quote these Action Network games, by the names that the rows give them."""
    rows = run_query(connection, "quoted_books", {"games": list(games)}).fetchall()
    return [Book(book_id, name or book_id) for book_id, name in rows]
