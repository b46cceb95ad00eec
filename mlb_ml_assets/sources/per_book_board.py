"""The Odds API's board as reshaped by MLB_Odds_Engine (2025): per game, market and outcome a price of each of 30 books.

Belongs here: its keys (2025-06-17-PIT@DET-T1841, "DET -1.5", "Over 8.5") and its main lines by book.
Not here: its own consensus numbers.
"""

import re
from collections import defaultdict
from datetime import datetime

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.main_line import Offer, favorite_of, main_pair
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, Quote, mapping_of, reading_payload
from mlb_ml_assets.sources.spec import SourceSpec
from mlb_ml_assets.sources.the_odds_api import EXCHANGES

SOURCE = "per_book_board"
KEY = re.compile(r"^(20\d\d-\d\d-\d\d)-([A-Z]{2,3})@([A-Z]{2,3})(?:-DH(\d))?-T(\d\d)(\d\d)$")
MARKETS = {"h2h": "moneyline", "spreads": "spread", "totals": "total"}


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Games and main-line quotes of one board; times in its keys are Eastern.

    Raises:
        PayloadShapeError: not an object of games.
    """
    del endpoint
    with reading_payload(SOURCE):
        content = reading.load_json(body) if isinstance(body, bytes) else body
        if not isinstance(content, dict):
            raise BadField("board", content, "not an object of games")
        parsed = Parsed(SOURCE, captured_at)
        for key, markets in content.items():
            try:
                _add_game(parsed, key, markets)
            except BadField as error:
                parsed.reject(error, {"key": str(key)[:200]}, str(key)[:100])
        books = sorted({quote.book_id for quote in parsed.quotes})
        parsed.books += [
            Book(book, book, "exchange" if book in EXCHANGES else "book", bettable=True, parent=book) for book in books
        ]
        parsed.sight_two_sided()
        return parsed.checked(len(content))


def _add_game(parsed: Parsed, key: str, markets: object) -> None:
    found = KEY.match(key)
    if found is None:
        raise BadField("key", key, "not day-AWAY@HOME-Thhmm")
    day, away, home, number, hour, minute = found.groups()
    start = reading.as_instant(f"{day}T{hour}:{minute}:00", "key", EASTERN)
    game_date = reading.as_day(day, "key")
    game = SourceGame(
        source_game_id=key,
        game_date=game_date,
        season=game_date.year,
        home_team=home,
        away_team=away,
        game_number=int(number or 1),
        doubleheader="S" if number else "N",
        scheduled_start=start,
        status="scheduled" if parsed.captured_at < start else "live",
        captured_at=parsed.captured_at,
    )
    parsed.games.append(game)
    if game.status != "scheduled":
        parsed.left_out["market of a game not scheduled"] += 1
        return
    parsed.listed_games.append(key)
    favorites: dict[str, str | None] = {}
    # The moneyline comes first: it says whose run line gives the runs.
    for name, market_type in MARKETS.items():
        offers: dict[str, list[Offer]] = defaultdict(list)
        for outcome, prices in mapping_of(mapping_of(markets).get(name)).items():
            try:
                side, line = _outcome(market_type, str(outcome), home, away)
                for book, price in mapping_of(mapping_of(prices).get("per_book")).items():
                    offers[str(book)[:60]].append((side, line, reading.american(price, "per_book")))
            except BadField as error:
                parsed.reject(error, {"key": key, "market": name, "outcome": str(outcome)[:100]}, key)
        for book, listed in offers.items():
            if market_type == "moneyline":
                favorites[book] = favorite_of(listed)
            _add_quotes(parsed, key, book, market_type, listed, favorites.get(book))


def _outcome(market_type: str, outcome: str, home: str, away: str) -> tuple[str, float | None]:
    name, _, line = outcome.partition(" ")
    sides = {"Over": "over", "Under": "under"} if market_type == "total" else {home: "home", away: "away"}
    if name not in sides:
        raise BadField("outcome", outcome, f"no side of {away} at {home}")
    return sides[name], None if market_type == "moneyline" else reading.as_number(line, "outcome")


def _add_quotes(
    parsed: Parsed, game: str, book: str, market_type: str, listed: list[Offer], favorite: str | None
) -> None:
    pair = main_pair(market_type, listed, favorite)
    parsed.leave_out("alternate or one-sided price", len(listed) - len(pair))
    try:
        stamp = parsed.captured_at
        parsed.quotes += [
            Quote(game, book, market_type, side, odds, line, stamp, stamp)
            for side, (line, odds) in sorted(pair.items())
        ]
    except BadField as error:
        parsed.reject(error, {"key": game, "book": book, "market": market_type, "pair": dict(pair)}, game)


SPEC = SourceSpec(SOURCE, "odds", parse)
