"""A game's prices and splits as the game page shows them.

Belongs here: quotes to lines of a chart and to a table by book; splits to bars; a market's metrics to words.
Not here: drawing (charts/).
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from markupsafe import Markup

from mlb_ml_assets.pricing.odds import american_to_implied
from mlb_ml_assets.serving.answers import MarketMetrics, MarketState
from mlb_ml_assets.serving.charts.movement import PALETTE, BookLine, movement_chart
from mlb_ml_assets.serving.charts.svg import Scale, element, percent, picture, text
from mlb_ml_assets.serving.pages.board_page import MARKETS
from mlb_ml_assets.warehouse.api_reads import Row

_SPLIT_WIDTH = 300


@dataclass(frozen=True)
class PriceChart:
    """One picture of movement with the names of its tones."""

    title: str
    lead: str
    svg: Markup
    books: list[str]


@dataclass(frozen=True)
class SideMove:
    """First and last price of one side at one book."""

    first: Row
    last: Row

    @property
    def moved(self) -> bool:
        """Whether the last differs from the first in price or number."""
        return (self.first["odds"], self.first["line_value"]) != (self.last["odds"], self.last["line_value"])


@dataclass(frozen=True)
class BookMove:
    """Both sides of one market at one book, a side None where the book never quoted it."""

    book: str
    quotes: int
    sides: tuple[SideMove | None, SideMove | None]


@dataclass(frozen=True)
class MarketMoves:
    """One market, book by book."""

    title: str
    sides: tuple[str, str]
    books: list[BookMove]


@dataclass(frozen=True)
class SplitBar:
    """Tickets and money of one market at one source."""

    source: str
    market: str
    captured_at: datetime
    tickets: Markup
    money: Markup
    told: str


@dataclass(frozen=True)
class StandingMarket:
    """One market over all its books: metrics, and those that are said in words."""

    title: str
    sides: tuple[str, str]
    metrics: MarketMetrics
    best_books: list[str | None]
    steam: str
    against: str


def price_charts(quotes: list[Row], game: Row, decided: list[tuple[datetime, str]]) -> list[PriceChart]:
    """The home side's price and the total's number, book by book; a chart without quotes is left out."""
    wanted = (
        ("moneyline", "home", f"{game['home_team']} to win", "Implied probability, margin included.", True),
        ("total", "over", "Total", "The number on offer.", False),
        (
            "spread",
            "home",
            f"{game['home_team']} on the run line",
            "Implied probability at each book’s own number.",
            True,
        ),
    )
    charts = []
    for market, side, title, lead, as_share in wanted:
        mine = [row for row in quotes if row["market_type"] == market and row["side"] == side]
        books = [
            BookLine(name, [(row["updated_at"], _value(row, as_share=as_share)) for row in rows])
            for name, rows in groupby(mine, key=lambda row: row["book_name"])
        ]
        # The most active first: they keep the clearest tones.
        books.sort(key=lambda book: -len(book.points))
        svg = movement_chart(
            books, decided, game["start"], shown_as_percent=as_share, told=f"{title}: how each book moved"
        )
        if svg:
            charts.append(PriceChart(title, lead, svg, [book.name for book in books][:PALETTE]))
    return charts


def book_moves(quotes: list[Row], game: Row) -> list[MarketMoves]:
    """First and last price of both sides at each book, market by market; a market without quotes is left out."""
    held: dict[tuple[str, str, str], list[Row]] = {}
    for row in quotes:
        held.setdefault((row["market_type"], row["book_name"], row["side"]), []).append(row)
    teams = (game["away_team"], game["home_team"])
    moves = []
    for market, title in MARKETS:
        sides, words = (("over", "under"), ("Over", "Under")) if market == "total" else (("away", "home"), teams)
        books = [
            _book_move(book, [held.get((market, book, side), []) for side in sides])
            for book in sorted({book for kind, book, _ in held if kind == market})
        ]
        if books:
            moves.append(MarketMoves(title, words, books))
    return moves


def _book_move(book: str, quoted: list[list[Row]]) -> BookMove:
    first, second = (SideMove(rows[0], rows[-1]) if rows else None for rows in quoted)
    return BookMove(book, max(map(len, quoted)), (first, second))


def standing_markets(state: MarketState, game: Row) -> list[StandingMarket]:
    """Each market that a book of those that take bets stands in, home or over first."""
    names = {price.book: price.book_name for price in state.prices}
    by_market = {told.market_type: told for told in state.markets if told.books}
    standing = []
    for market, title in MARKETS:
        told = by_market.get(market)
        if told is None:
            continue
        sides = ("Over", "Under") if market == "total" else (game["home_team"], game["away_team"])
        steam, against = (
            sides[0 if direction > 0 else 1] if direction else ""
            for direction in (told.steam_direction, told.reverse_line_movement)
        )
        best = [names.get(book or "") for book in (told.best_home_or_over_book, told.best_away_or_under_book)]
        standing.append(StandingMarket(title, sides, told, best, steam, against))
    return standing


def split_bars(splits: list[Row]) -> list[SplitBar]:
    """Splits as bars, home or over on the left."""
    bars = []
    for row in splits:
        tickets = (row["tickets_home_or_over"], row["tickets_away_or_under"])
        money = (row["money_home_or_over"], row["money_away_or_under"])
        if None in tickets and None in money:
            continue
        source = row["book"] if row["book"] == row["source"] else f"{row['book']} ({row['source']})"
        sides = "over and under" if row["market_type"] == "total" else "home and away"
        bars.append(
            SplitBar(
                source, row["market_type"], row["captured_at"], _bar(tickets, "tickets"), _bar(money, "money"), sides
            )
        )
    return bars


def _bar(shares: tuple[float | None, float | None], what: str) -> Markup:
    left, right = shares
    if left is None or right is None:
        return Markup()
    x = Scale(0, 100, 0, _SPLIT_WIDTH)
    first, second = float(left) / 100, float(right) / 100
    return picture(
        _SPLIT_WIDTH,
        18,
        f"{what}: {percent(first)} to {percent(second)}",
        [
            element("rect", x=0, y=3, width=max(x(100 * first) - 1, 0), height=12, rx=3, class_="left"),
            element(
                "rect",
                x=x(100 * first) + 1,
                y=3,
                width=max(_SPLIT_WIDTH - x(100 * first) - 1, 0),
                height=12,
                rx=3,
                class_="right",
            ),
            text(6, 13, percent(first), "label split-word"),
            text(_SPLIT_WIDTH - 6, 13, percent(second), "label split-word", "end"),
        ],
        class_="bar",
    )


def _value(row: Row, *, as_share: bool) -> float:
    return float(american_to_implied(float(row["odds"]))) if as_share else float(row["line_value"])
