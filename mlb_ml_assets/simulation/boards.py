"""What each book shows on a game at an instant: the latest price of every side that is on offer.

Belongs here: reducing a game's changes to a board.
Not here: when prices change (quotes.py), the shape in which a source prints them (payloads).
"""

from collections.abc import Iterable
from datetime import datetime

from mlb_ml_assets.simulation.quotes import GameQuotes
from mlb_ml_assets.simulation.ticks import SideChange

# book id, market, side, whether in play
Place = tuple[int, str, str, bool]


def latest(quotes: GameQuotes, now: datetime) -> dict[Place, SideChange]:
    """The last change of every side at `now`; of those in play only while the game is on."""
    board: dict[Place, SideChange] = {}
    for change in quotes.visible(now):
        board[change.book_id, change.market, change.side, change.is_live] = change
    return board


def first_prices(quotes: GameQuotes) -> dict[Place, SideChange]:
    """The first change of every side: what feeds call the opening price."""
    board: dict[Place, SideChange] = {}
    for change in quotes.changes:
        board.setdefault((change.book_id, change.market, change.side, change.is_live), change)
    return board


def by_book(changes: Iterable[SideChange]) -> dict[int, dict[str, list[SideChange]]]:
    """Changes by book and market, in the order given."""
    grouped: dict[int, dict[str, list[SideChange]]] = {}
    for change in changes:
        grouped.setdefault(change.book_id, {}).setdefault(change.market, []).append(change)
    return grouped
