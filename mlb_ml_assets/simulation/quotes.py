"""The quotes of a game: both prices of a market at an instant, the price changes of each side, and a book's board.

Belongs here: these records, and the board that a game's changes add up to at an instant.
Not here: when a book changes a price (repricing.py), the shape in which a source publishes a quote (payloads).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from mlb_ml_assets.domain.markets import MONEYLINE, SPREAD, TOTAL, market_of
from mlb_ml_assets.simulation.books import Book

# What the league's books quote. Random numbers are drawn in this order: it is part of a seed's meaning.
MARKET_KEYS = (MONEYLINE.key, SPREAD.key, TOTAL.key)
# Book id, market, side, whether in play.
QuoteKey = tuple[int, str, str, bool]


@dataclass(frozen=True)
class Tick:
    """Both prices of one market at one book from one instant on; `line` is that of the market's first side."""

    book: Book
    market: str
    at: datetime
    first: int
    second: int
    line: float | None
    status: str = "normal"
    is_live: bool = False

    @property
    def side_lines(self) -> tuple[float | None, float | None]:
        """The line of the first side and of the second."""
        if self.line is not None and market_of(self.market).is_line_negated:
            return self.line, -self.line
        return self.line, self.line


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

    @property
    def key(self) -> QuoteKey:
        """What the price belongs to."""
        return self.book_id, self.market, self.side, self.is_live


@dataclass
class GameQuotes:
    """All quotes of one game at one listing (a postponed listing is a listing of its own).

    Attributes:
        event_id: Action Network's id of the listing.
        row: the game's position in the league.
        start: the start that books list.
        closes_at: first pitch, or the postponement: no pre-game quote is younger.
        ticks: in order of time.
        absences: (book id, market, side, from, until): the side is not offered.
    """

    event_id: int
    row: int
    start: datetime
    opens_at: datetime
    closes_at: datetime
    ticks: list[Tick]
    absences: list[tuple[int, str, str, datetime, datetime]] = field(default_factory=list)

    @cached_property
    def changes(self) -> list[SideChange]:
        """Every price change, in the order in which the source publishes them."""
        changes: list[SideChange] = []
        latest: dict[QuoteKey, SideChange] = {}
        for tick in self.ticks:
            for place, side in enumerate(market_of(tick.market).sides):
                at = tick.at + timedelta(microseconds=137 * place)
                odds, line = (tick.first, tick.second)[place], tick.side_lines[place]
                change = SideChange(tick.book.id, tick.market, side, at, odds, line, tick.status, tick.is_live)
                before = latest.get(change.key)
                is_same_price = before is not None and (before.odds, before.line) == (odds, line)
                if is_same_price and "suspended" not in (before.status, tick.status):
                    continue
                latest[change.key] = change
                changes.append(change)
        return changes

    def visible(self, now: datetime) -> list[SideChange]:
        """The changes that the source would publish at `now`: none later, and none of a side that is not offered."""
        away = {(book, market, side) for book, market, side, start, end in self.absences if start <= now < end}
        return [
            change
            for change in self.changes
            if change.updated_at <= now and (change.book_id, change.market, change.side) not in away
        ]

    def board(self, now: datetime) -> dict[QuoteKey, SideChange]:
        """The last change of every side at `now`; of those in play only during the game."""
        return {change.key: change for change in self.visible(now)}

    def opening_board(self) -> dict[QuoteKey, SideChange]:
        """The first change of every side: what feeds call the opening price."""
        board: dict[QuoteKey, SideChange] = {}
        for change in self.changes:
            board.setdefault(change.key, change)
        return board


def group_by_book(changes: Iterable[SideChange]) -> dict[int, dict[str, list[SideChange]]]:
    """Changes by book and market, in the order given."""
    grouped: dict[int, dict[str, list[SideChange]]] = {}
    for change in changes:
        grouped.setdefault(change.book_id, {}).setdefault(change.market, []).append(change)
    return grouped
