"""The two grains of a quote: both prices of a market at an instant, and one price change of one side.

Belongs here: these records and the words for markets and sides.
Not here: when they come about (quotes.py, in_play.py), how a source prints them (payloads).
"""

from dataclasses import dataclass
from datetime import datetime

from mlb_ml_assets.simulation.books import Book

MARKETS = ("moneyline", "spread", "total")
SIDES = {"moneyline": ("home", "away"), "spread": ("home", "away"), "total": ("over", "under")}


@dataclass(frozen=True)
class Tick:
    """Both prices of one market at one book from one instant on; `line` is the home side's or the total."""

    book: Book
    market: str
    at: datetime
    first: int
    second: int
    line: float | None
    status: str = "normal"
    is_live: bool = False


@dataclass(frozen=True)
class SideChange:
    """One price change of one side: the grain of a source's history. `line` is the side's own."""

    book_id: int
    market: str
    side: str
    updated_at: datetime
    odds: int
    line: float | None
    status: str
    is_live: bool
