"""The Odds API (api.the-odds-api.com v4): documented, keyed, and sold for programs like this one.

Belongs here: its address, its key from the environment, its odds payload with moneyline, run line and total.
Not here: in-play prices, which it returns for games that have begun and which are left out here.
"""

import os
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.domain.clock import eastern_date
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.http import SourceClient, SourceRefused
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, Payload, Quote, mapping_of, reading_payload
from mlb_ml_assets.sources.spec import Collector, SourceSpec

SOURCE = "the_odds_api"
URL = "https://api.the-odds-api.com"
KEY_VARIABLE = "MLB_ML_THE_ODDS_API_KEY"
REGIONS = "us,eu"
PATH = "/v4/sports/baseball_mlb/odds"
MARKETS = {"h2h": "moneyline", "spreads": "spread", "totals": "total"}
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
    """The latest last_update in a recorded board: it was captured then or within minutes after."""
    stamps = [
        reading.as_instant(market["last_update"], "last_update")
        for event in (content if isinstance(content, list) else [])
        for book in reading.listed(event, "bookmakers")
        for market in reading.listed(book, "markets")
        if isinstance(mapping_of(market).get("last_update"), str)
    ]
    return max(stamps, default=None)


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Games and quotes of a board.

    A game's id is the event's: `commence_time` drifts by minutes between polls. A quote's `updated_at` is its market's
    last_update, when the source last saw the price, not when the book changed it.

    Raises:
        PayloadShapeError: not a list of events.
    """
    del endpoint
    with reading_payload(SOURCE):
        content = reading.load_json(body) if isinstance(body, bytes) else body
        if not isinstance(content, list):
            message = mapping_of(content).get("message", content)
            raise BadField("events", message, "not a list of events")
        parsed = Parsed(SOURCE, captured_at)
        books: dict[str, str] = {}
        for event in content:
            try:
                _add_event(parsed, event, books)
            except BadField as error:
                parsed.reject(error, event, str(reading.get(event, "id"))[:100])
        parsed.books += [
            Book(key, name, "exchange" if key in EXCHANGES else "book", bettable=True, parent=key)
            for key, name in sorted(books.items())
        ]
        parsed.sight_two_sided()
        return parsed.checked(len(content))


def _add_event(parsed: Parsed, event: object, books: dict[str, str]) -> None:
    if reading.text(event, "sport_key") != "baseball_mlb":
        parsed.left_out["other sport"] += 1
        return
    start = reading.instant(event, "commence_time")
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
        for market in markets:
            _add_market(parsed, game, key, market)


def _add_market(parsed: Parsed, game: SourceGame, book: str, market: object) -> None:
    try:
        market_type = MARKETS.get(reading.text(market, "key"))
        if market_type is None:
            parsed.left_out["other market"] += 1
            return
        stamp = reading.instant(market, "last_update")
        outcomes = reading.sequence(market, "outcomes")
        quotes = [_quote(parsed, game, book, market_type, outcome, stamp) for outcome in outcomes]
        if len({quote.side for quote in quotes}) != len(quotes):
            raise BadField("outcomes", [q.side for q in quotes], "a side twice")  # noqa: TRY301 - one record, one verdict
        parsed.quotes += quotes
    except BadField as error:
        parsed.reject(error, {"event": game.source_game_id, "book": book, "market": market}, game.source_game_id)


def _quote(
    parsed: Parsed, game: SourceGame, book: str, market_type: str, outcome: Mapping[str, Any], stamp: datetime
) -> Quote:
    name = reading.text(outcome, "name")
    sides = (
        {"Over": "over", "Under": "under"}
        if market_type == "total"
        else {game.home_team: "home", game.away_team: "away"}
    )
    if name not in sides:
        raise BadField("name", name, f"no side of {game.away_team} at {game.home_team}")
    return Quote(
        source_game_id=game.source_game_id,
        book_id=book,
        market_type=market_type,
        side=sides[name],
        odds=reading.american(reading.get(outcome, "price"), "price"),
        line_value=None if market_type == "moneyline" else reading.number(outcome, "point"),
        updated_at=stamp,
        captured_at=parsed.captured_at,
    )


SPEC = SourceSpec(
    SOURCE,
    "odds",
    parse,
    client,
    fetch,
    capture_time,
    collector=Collector(
        ("payload_receipts",), "source_quotes", "The Odds API's prices: documented, keyed, sold for this use."
    ),
)
