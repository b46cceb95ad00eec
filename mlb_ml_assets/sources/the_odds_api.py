"""The Odds API (api.the-odds-api.com v4): documented, keyed, and sold for programs like this one.

Belongs here: its address, its key from the environment, its odds payload with moneyline, run line and total.
Not here: in-play prices, which it returns for games that have begun and which are left out here.
"""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.domain.clock import eastern_date
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.http import SourceClient, SourceRefused
from mlb_ml_assets.sources.main_line import Offer, favorite_of, main_offers
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, Payload, Quote, mapping_of, reading_payload
from mlb_ml_assets.sources.spec import Collector, SourceSpec

SOURCE = "the_odds_api"
URL = "https://api.the-odds-api.com"
KEY_VARIABLE = "MLB_ML_THE_ODDS_API_KEY"
REGIONS = "us,eu"
PATH = "/v4/sports/baseball_mlb/odds"
MARKETS = {"h2h": "moneyline", "spreads": "spread", "totals": "total"}
PriceReader = Callable[[object], int]
EXCHANGES = {"betfair_ex_eu", "betfair_ex_uk", "matchbook", "prophetx", "novig", "kalshi", "polymarket"}


def client(**options: Any) -> SourceClient:
    """A client for this source; MLB_ML_THE_ODDS_API_URL points it elsewhere."""
    return SourceClient(SOURCE, URL, **options)


def fetch(source: SourceClient, day: date | None = None) -> Iterator[Payload]:
    """The current board of every upcoming game; the source has no board of a day, so `day` does not change the request.

    Raises:
        SourceRefused: no key in MLB_ML_THE_ODDS_API_KEY, or a key that is not accepted.
    """
    del day
    key = os.environ.get(KEY_VARIABLE)
    if not key:
        raise SourceRefused(SOURCE, PATH, f"no key: set {KEY_VARIABLE} to the one from the-odds-api.com")
    params = {"regions": REGIONS, "markets": ",".join(MARKETS), "oddsFormat": "american", "dateFormat": "iso"}
    yield source.get(PATH, params, secret_params={"apiKey": key})


def capture_time(content: object) -> datetime | None:
    """The `timestamp` of a historical snapshot: the instant at which the board was as it is."""
    if isinstance(mapping_of(content).get("data"), list) and "timestamp" in mapping_of(content):
        return reading.epoch_or_instant(content, "timestamp")
    return None


def quote_stamps(content: object) -> Mapping[str, Sequence[datetime]]:
    """Every last_update of a board, of bookmakers and of markets, by book."""
    stamps: dict[str, list[datetime]] = {}
    for event in _events(content):
        for book in reading.listed(event, "bookmakers"):
            for holder in (book, *reading.listed(book, "markets")):
                if mapping_of(holder).get("last_update") is not None:
                    at = reading.epoch_or_instant(holder, "last_update")
                    stamps.setdefault(str(mapping_of(book).get("key")), []).append(at)
    return stamps


def _events(content: Any) -> list[Any]:
    """The events of a board, of a historical snapshot, or of one event.

    Raises:
        BadField: none of these.
    """
    if isinstance(content, list):
        return content
    held = mapping_of(content)
    if isinstance(held.get("data"), list):
        return list(held["data"])
    if isinstance(held.get("data"), Mapping):
        return [held["data"]]
    if "bookmakers" in held:
        return [content]
    if "message" in held:
        raise BadField("message", held["message"], "an error message instead of a board")
    why = "neither a board (a list of events) nor a historical snapshot (timestamp and data)"
    raise BadField("events", sorted(held)[:10] if held else content, why)


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Games and quotes of a board, current or historical.

    A game's id is the event's: `commence_time` drifts by minutes between polls. A quote's `updated_at` is the
    last_update of its market or, on boards before 2023, of its bookmaker: when the source last saw the price, not when
    the book changed it. Decimal prices are converted to American odds.

    Raises:
        PayloadShapeError: not a board.
    """
    del endpoint
    with reading_payload(SOURCE):
        content = _events(reading.load_json(body) if isinstance(body, bytes) else body)
        parsed = Parsed(SOURCE, captured_at)
        books: dict[str, str] = {}
        read_price = _price_reader(content)
        for event in content:
            try:
                _add_event(parsed, event, books, read_price)
            except BadField as error:
                parsed.reject(error, event, str(reading.get(event, "id"))[:100])
        parsed.books += [
            Book(key, name, "exchange" if key in EXCHANGES else "book", bettable=True, parent=key)
            for key, name in sorted(books.items())
        ]
        parsed.sight_two_sided()
        return parsed.checked(len(content))


def _price_reader(events: list[Any]) -> PriceReader:
    """How the prices of a board are written: decimal where most of them lie where no American odds do."""
    prices = [
        price
        for event in events
        for book in _list(event, "bookmakers")
        for market in _list(book, "markets")
        for outcome in _list(market, "outcomes")
        if (price := _number(mapping_of(outcome).get("price"))) is not None
    ]
    if 2 * sum(1 < price < 100 for price in prices) > len(prices):
        return lambda value: reading.american_of_decimal(reading.as_number(value, "price"), "price")
    return lambda value: reading.american(value, "price")


def _number(price: object) -> float | None:
    """A price as a number, also from text; None where it is none."""
    try:
        return reading.as_number(price, "price")
    except BadField:
        return None


def _list(record: object, field: str) -> list[Any]:
    value = mapping_of(record).get(field)
    return value if isinstance(value, list) else []


def _add_event(parsed: Parsed, event: object, books: dict[str, str], read_price: PriceReader) -> None:
    if reading.text(event, "sport_key") != "baseball_mlb":
        parsed.left_out["other sport"] += 1
        return
    start = reading.epoch_or_instant(event, "commence_time")
    day = eastern_date(start)
    game = SourceGame(
        source_game_id=reading.identifier(event, "id"),
        game_date=day,
        season=day.year,
        home_team=reading.text(event, "home_team"),
        away_team=reading.text(event, "away_team"),
        scheduled_start=start,
        status="scheduled" if parsed.captured_at < start else "live",
        captured_at=parsed.captured_at,
    )
    bookmakers = reading.sequence(event, "bookmakers")
    parsed.games.append(game)
    if game.status == "live":
        parsed.left_out["in-play book"] += len(bookmakers)
        return
    parsed.listed_games.append(game.source_game_id)
    for bookmaker in bookmakers:
        try:
            key, name = reading.text(bookmaker, "key", 60), reading.text(bookmaker, "title", 100)
            markets = reading.sequence(bookmaker, "markets")
        except BadField as error:
            parsed.reject(error, bookmaker, game.source_game_id)
            continue
        books[key] = name
        favorite = _favorite(game, markets, read_price)
        for market in markets:
            _add_market(parsed, game, bookmaker, market, read_price, favorite)


def _favorite(game: SourceGame, markets: Sequence[Any], read_price: PriceReader) -> str | None:
    """The side that a book's moneyline favors."""
    for market in markets:
        if mapping_of(market).get("key") == "h2h":
            try:
                return favorite_of(_offer(game, "moneyline", one, read_price) for one in _list(market, "outcomes"))
            except BadField:
                return None
    return None


def _add_market(
    parsed: Parsed,
    game: SourceGame,
    bookmaker: Mapping[str, Any],
    market: object,
    read_price: PriceReader,
    favorite: str | None,
) -> None:
    book = bookmaker["key"]
    try:
        market_type = MARKETS.get(reading.text(market, "key"))
        if market_type is None:
            parsed.left_out["other market"] += 1
            return
        dated = market if mapping_of(market).get("last_update") is not None else bookmaker
        stamp = reading.epoch_or_instant(dated, "last_update")
        offers = [_offer(game, market_type, one, read_price) for one in reading.sequence(market, "outcomes")]
        main = main_offers(market_type, offers, favorite)
        parsed.leave_out("alternate line", len(offers) - len(main))
        parsed.quotes += [
            Quote(game.source_game_id, book, market_type, side, odds, line, stamp, parsed.captured_at)
            for side, line, odds in main
        ]
    except BadField as error:
        parsed.reject(error, {"event": game.source_game_id, "book": book, "market": market}, game.source_game_id)


def _offer(game: SourceGame, market_type: str, outcome: object, read_price: PriceReader) -> Offer:
    name = reading.text(outcome, "name")
    sides = (
        {"Over": "over", "Under": "under"}
        if market_type == "total"
        else {game.home_team: "home", game.away_team: "away"}
    )
    if name not in sides:
        raise BadField("name", name, f"no side of {game.away_team} at {game.home_team}")
    line = None if market_type == "moneyline" else reading.number(outcome, "point")
    return sides[name], line, read_price(reading.get(outcome, "price"))


SPEC = SourceSpec(
    SOURCE,
    "odds",
    parse,
    client,
    fetch,
    capture_time,
    quote_stamps,
    collector=Collector(
        ("payload_receipts",), "source_quotes", "The Odds API's prices: documented, keyed, sold for this use."
    ),
)
