"""A game's prices and splits for the game page.

Belongs here: quotes to chart lines and to tables by book; splits to bars; metrics of a market to words.
Not here: drawing (charts/).
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from markupsafe import Markup

from mlb_ml_assets.domain.markets import MARKETS, MONEYLINE, SPREAD, TOTAL, Market, Side, market_of
from mlb_ml_assets.pricing.odds import american_to_implied
from mlb_ml_assets.serving.answers import MarketMetrics, MarketState
from mlb_ml_assets.serving.charts.movement import PALETTE, BookLine, Offer, movement_chart
from mlb_ml_assets.serving.charts.svg import Scale, element, percent, picture, text
from mlb_ml_assets.warehouse.api_reads import Row

_SPLIT_WIDTH = 300


@dataclass(frozen=True)
class PriceChart:
    """One chart of price movement, and the names of its colors."""

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
        """Whether the last differs from the first in price or line."""
        return (self.first["odds"], self.first["line_value"]) != (self.last["odds"], self.last["line_value"])


@dataclass(frozen=True)
class BookMove:
    """Both sides of one market at one book; None for a side that the book never quoted."""

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


@dataclass(frozen=True)
class CurrentMarket:
    """One market over all its books: metrics, and some of them in words."""

    title: str
    sides: tuple[str, str]
    metrics: MarketMetrics
    best_books: list[str | None]
    steam: str
    against: str


def price_charts(quotes: list[Row], game: Row, decided: list[tuple[datetime, str]]) -> list[PriceChart]:
    """The home side's price and the total's line, book by book; a chart without quotes is omitted."""
    described = (
        (MONEYLINE, f"{game['home_team']} moneyline", "Implied probability, vig included."),
        (TOTAL, "Total", "Line at each book, runs."),
        (SPREAD, f"{game['home_team']} run line", "Implied probability at each book’s own line, vig included."),
    )
    charts = []
    for market, title, lead in described:
        of_side = [row for row in quotes if (row["market_type"], row["side"]) == (market.key, market.first_side)]
        as_share = market is not TOTAL
        books = [
            BookLine(name, [Offer(row["at"], row["until"], _value(row, as_share=as_share)) for row in rows])
            for name, rows in groupby(of_side, key=lambda row: row["book_name"])
        ]
        # The most active first: they get the clearest colors.
        books.sort(key=lambda book: -len(book.offers))
        svg = movement_chart(
            books, decided, game["start"], as_percent=as_share, description=f"{title} by book over time"
        )
        if svg:
            charts.append(PriceChart(title, lead, svg, [book.name for book in books][:PALETTE]))
    return charts


def book_moves(quotes: list[Row], game: Row) -> list[MarketMoves]:
    """First and last price of both sides at each book, by market; a market without quotes is omitted."""
    held: dict[tuple[str, str, str], list[Row]] = {}
    for row in quotes:
        held.setdefault((row["market_type"], row["book_name"], row["side"]), []).append(row)
    moves = []
    for market in MARKETS:
        # Away before home, as games are written; over before under.
        sides = market.sides if market is TOTAL else market.sides[::-1]
        first, second = (side_label(market, side, game) for side in sides)
        books = [
            _book_move(book, [held.get((market.key, book, side), []) for side in sides])
            for book in sorted({book for kind, book, _ in held if kind == market.key})
        ]
        if books:
            moves.append(MarketMoves(market.label, (first, second), books))
    return moves


def _book_move(book: str, quoted: list[list[Row]]) -> BookMove:
    first, second = (SideMove(rows[0], rows[-1]) if rows else None for rows in quoted)
    return BookMove(book, max(map(len, quoted)), (first, second))


def side_label(market: Market, side: Side, game: Row) -> str:
    """A side as a column title: the team, Over or Under."""
    return side.capitalize() if market is TOTAL else str(game[f"{side}_team"])


def current_markets(state: MarketState, game: Row) -> list[CurrentMarket]:
    """Each market that a bettable book quotes, home or over first."""
    names = {price.book: price.book_name for price in state.prices}
    by_market = {metrics.market_type: metrics for metrics in state.markets if metrics.books}
    current = []
    for market in MARKETS:
        metrics = by_market.get(market.key)
        if metrics is None:
            continue
        first, second = (side_label(market, side, game) for side in market.sides)
        steam, against = (
            (first if direction > 0 else second) if direction else ""
            for direction in (metrics.steam_direction, metrics.reverse_line_movement)
        )
        best = [names.get(book or "") for book in (metrics.best_home_or_over_book, metrics.best_away_or_under_book)]
        current.append(CurrentMarket(market.label, (first, second), metrics, best, steam, against))
    return current


def split_bars(splits: list[Row]) -> list[SplitBar]:
    """Splits as bars, home or over on the left."""
    bars = []
    for row in splits:
        tickets = (row["tickets_home_or_over"], row["tickets_away_or_under"])
        money = (row["money_home_or_over"], row["money_away_or_under"])
        if None in tickets and None in money:
            continue
        source = row["book"] if row["book"] == row["source"] else f"{row['book']} ({row['source']})"
        market = market_of(row["market_type"])
        bars.append(SplitBar(source, market.label, row["captured_at"], _bar(tickets, "Tickets"), _bar(money, "Money")))
    return bars


def _bar(shares: tuple[float | None, float | None], measure: str) -> Markup:
    left, right = shares
    if left is None or right is None:
        return Markup()
    x = Scale(0, 100, 0, _SPLIT_WIDTH)
    first, second = float(left) / 100, float(right) / 100
    return picture(
        _SPLIT_WIDTH,
        18,
        f"{measure}: {percent(first)} to {percent(second)}",
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
