"""Lumify's events with betting splits of DraftKings and Circa, as recorded in August 2026, in both of its layouts.

Belongs here: splits by book and their consensus, and the moneyline beside them.
Not here: run lines and totals, which it gives without a price.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.domain.clock import eastern_date
from mlb_ml_assets.domain.markets import SIDES_OF_MARKET
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import (
    Parsed,
    Quote,
    Split,
    mapping_of,
    pair,
    reading_payload,
)
from mlb_ml_assets.sources.spec import SourceSpec

SOURCE = "lumify"
STATUS = {
    "scheduled": "scheduled",
    "inprogress": "live",
    "final": "final",
    "postponed": "postponed",
    "cancelled": "cancelled",
    "suspended": "suspended",
}
BOOKS = {"dk": "draftkings"}
NAMES = {"draftkings": "DraftKings", "circa": "Circa"}


def quote_stamps(content: object) -> Mapping[str, Sequence[datetime]]:
    """The instants at which the events' splits were taken, as one book's."""
    stamps = [
        reading.as_instant(splits["captured_at"], "captured_at")
        for event in (content if isinstance(content, list) else [])
        if isinstance((splits := mapping_of(mapping_of(event).get("splits"))).get("captured_at"), str)
    ]
    return {SOURCE: stamps}


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Games, splits and moneylines. A split's `updated_at` is when Lumify took it, perhaps long before the capture.

    Raises:
        PayloadShapeError: not a list of events.
    """
    del endpoint
    with reading_payload(SOURCE):
        content = reading.load_json(body) if isinstance(body, bytes) else body
        if not isinstance(content, list):
            raise BadField("events", content, "not a list of events")
        parsed = Parsed(SOURCE, captured_at)
        for record in content:
            try:
                _add_event(parsed, record)
            except BadField as error:
                parsed.reject(error, record)
        books = sorted({quote.book_id for quote in parsed.quotes})
        parsed.books += [Book(book, NAMES.get(book, book), "book", bettable=True, parent=book) for book in books]
        parsed.sight_two_sided()
        return parsed.checked(len(content))


def _add_event(parsed: Parsed, record: object) -> None:
    event = reading.mapping(record, "event")
    away, separator, home = reading.text(event, "name").partition(" @ ")
    status = reading.text(event, "status")
    if status not in STATUS or not separator:
        raise BadField("status" if separator else "name", status if separator else event["name"], "not known")
    start = reading.instant(event, "starts_at")
    day = eastern_date(start)
    game = SourceGame(
        source_game_id=reading.identifier(event, "id"),
        game_date=day,
        season=day.year,
        home_team=home,
        away_team=away,
        scheduled_start=start,
        status="live" if STATUS[status] == "scheduled" and parsed.captured_at >= start else STATUS[status],
        status_detail=reading.text_or_none(event, "status_detail", 60),
        venue_name=reading.text_or_none(mapping_of(event.get("venue")), "name"),
        neutral_site=event.get("neutral_site") is True,
        captured_at=parsed.captured_at,
    )
    parsed.games.append(game)
    splits = mapping_of(mapping_of(record).get("splits"))
    if splits.get("available") is not True:
        parsed.left_out["game without splits"] += 1
        return
    taken = reading.instant(splits, "captured_at")
    books = splits.get("books", splits.get("bookmakers"))
    if not isinstance(books, list):
        raise BadField("splits.bookmakers", books, "not a list")
    consensus = {"bookmaker": "consensus", **mapping_of(splits.get("consensus"))}
    for book in [*books, consensus]:
        name = mapping_of(book).get("book", mapping_of(book).get("bookmaker"))
        if not isinstance(name, str) or not 0 < len(name) <= 60:
            parsed.reject(BadField("book", name, "no book"), book, game.source_game_id)
            continue
        for market_type in SIDES_OF_MARKET:
            market = mapping_of(mapping_of(book).get(market_type))
            if market:
                _add_market(parsed, game, BOOKS.get(name, name), market_type, market, taken)


def _add_market(
    parsed: Parsed, game: SourceGame, book: str, market_type: str, market: Mapping[str, Any], taken: datetime
) -> None:
    try:
        sides = [mapping_of(market.get(side)) for side in SIDES_OF_MARKET[market_type]]
        tickets = pair(*(_percent(side, "bets_pct") for side in sides))
        money = pair(*(_percent(side, "handle_pct") for side in sides))
        if tickets[0] is None and money[0] is None:
            parsed.left_out["split without data"] += 1
        else:
            parsed.splits.append(
                Split(game.source_game_id, book, market_type, parsed.captured_at, taken, *tickets, *money)
            )
        prices = [side.get("price") for side in sides]
        begun = game.scheduled_start is not None and taken >= game.scheduled_start
        if market_type != "moneyline" or book == "consensus" or begun or None in prices:
            return
        odds = [reading.american(price, "price") for price in prices]
        parsed.quotes += [
            Quote(game.source_game_id, book, market_type, side, price, None, taken, parsed.captured_at)
            for side, price in zip(SIDES_OF_MARKET[market_type], odds, strict=True)
        ]
    except BadField as error:
        parsed.reject(error, {"event": game.source_game_id, "book": book, market_type: market}, game.source_game_id)


def _percent(side: Mapping[str, Any], field: str) -> float | None:
    return None if side.get(field) is None else reading.number(side, field)


SPEC = SourceSpec(SOURCE, "splits", parse, quote_stamps=quote_stamps)
