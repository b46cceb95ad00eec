"""SportsBettingDime: the current feed (wp-json/adpt) and the old one (srfeeds v2); prices and one consensus of splits.

Belongs here: both layouts; signed strings as odds and lines, "" where a book has nothing.
Not here: opening prices, which carry no stamp.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from mlb_ml_assets.domain.books import Book, book_table
from mlb_ml_assets.domain.clock import eastern_date
from mlb_ml_assets.domain.markets import SIDES_OF_MARKET
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.http import SourceClient
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import (
    Parsed,
    Payload,
    Quote,
    Split,
    mapping_of,
    pair,
    reading_payload,
)
from mlb_ml_assets.sources.spec import SPLITS_DESCRIPTION, Collector, LandingTable, SourceSpec

SOURCE = "sportsbettingdime"
URL = "https://www.sportsbettingdime.com"
PATH = "/wp-json/adpt/v1/mlb-odds"
BOOK_IDS = ("17324", "18149", "27447", "28901", "32219", "18186")
# Splits are one consensus of unnamed books.
CONSENSUS = "consensus"
STATUS = {
    "not_started": "scheduled",
    "scheduled": "scheduled",
    "live": "live",
    "inprogress": "live",
    "ended": "final",
    "closed": "final",
    "complete": "final",
    "postponed": "postponed",
    "delayed": "scheduled",
    "cancelled": "cancelled",
    "suspended": "suspended",
}


def client(**options: Any) -> SourceClient:
    """A client for this source; MLB_ML_SPORTSBETTINGDIME_URL points it elsewhere."""
    return SourceClient(SOURCE, URL, **options)


def fetch(source: SourceClient, day: date | None = None) -> Iterator[Payload]:
    """The current board; the source has no board of a day, so `day` does not change the request."""
    del day
    yield source.get(PATH, {"books": ",".join(f"sr:book:{book}" for book in BOOK_IDS), "format": "us"})


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Games, quotes and splits of either feed.

    Raises:
        PayloadShapeError: neither feed (the site's page without its data, for one).
    """
    del endpoint
    with reading_payload(SOURCE):
        content = reading.load_json(body) if isinstance(body, bytes) else body
        parsed = Parsed(SOURCE, captured_at)
        old = isinstance(reading.get(content, "games"), list)
        records = reading.sequence(content, "games" if old else "data")
        for record in records:
            try:
                (_add_old if old else _add_current)(parsed, record)
            except BadField as error:
                parsed.reject(error, record, str(reading.get(record, "_id" if old else "id"))[:100])
        parsed.sight_two_sided()
        return parsed.checked(len(records))


def _add_current(parsed: Parsed, record: object) -> None:
    if reading.text(record, "league") != "mlb":
        parsed.left_out["other league"] += 1
        return
    teams = reading.mapping(record, "competitors")
    home, away = reading.mapping(teams, "home"), reading.mapping(teams, "away")
    status = reading.text(record, "status")
    if status not in STATUS:
        raise BadField("status", status, "unknown status")
    game = _game(
        parsed,
        reading.identifier(record, "id"),
        reading.text(home, "abbr", 10),
        reading.text(away, "abbr", 10),
        reading.instant(record, "scheduled"),
        STATUS[status],
        reading.whole_or_none(away, "rotation_number", 0, 99_999),
    )
    _add_splits(parsed, game, record)
    if game.status != "scheduled":
        parsed.left_out["market of a game not scheduled"] += 1
        return
    markets = reading.mapping(record, "markets")
    parsed.listed_games.append(game.source_game_id)
    for market_type, sides in SIDES_OF_MARKET.items():
        for book in reading.listed(markets.get(market_type), "books"):
            offers = {side: mapping_of(mapping_of(book).get(side)) for side in sides}
            lines = {"total": mapping_of(book).get("total")}
            _add_book(
                parsed,
                game,
                str(mapping_of(book).get("id", "")),
                str(mapping_of(book).get("name", "")),
                market_type,
                {
                    side: (offer.get("odds"), lines["total"] if market_type == "total" else offer.get("spread"))
                    for side, offer in offers.items()
                },
            )


def _add_old(parsed: Parsed, record: object) -> None:
    game = _game(
        parsed,
        reading.identifier(record, "_id"),
        reading.text(reading.mapping(record, "home"), "code", 10),
        reading.text(reading.mapping(record, "away"), "code", 10),
        reading.instant(record, "date"),
        "scheduled" if parsed.captured_at < reading.instant(record, "date") else "live",
        None,
    )
    _add_splits(parsed, game, record)
    if game.status != "scheduled":
        parsed.left_out["market of a game not scheduled"] += 1
        return
    parsed.listed_games.append(game.source_game_id)
    for book in reading.sequence(record, "sportsbooks"):
        odds = mapping_of(mapping_of(book).get("odds"))
        name = str(mapping_of(book).get("name", ""))
        for market_type, sides in SIDES_OF_MARKET.items():
            market = mapping_of(odds.get(market_type))
            prices: dict[str, tuple[Any, Any]] = {}
            for side in sides:
                offer = mapping_of(market.get(side))
                price = offer if market_type == "moneyline" else mapping_of(offer.get("odds"))
                prices[side] = (price.get("american"), offer.get("points"))
            _add_book(parsed, game, name, name, market_type, prices)


def _game(
    parsed: Parsed, game_id: str, home: str, away: str, start: datetime, status: str, rotation: int | None
) -> SourceGame:
    day = eastern_date(start)
    started = status == "scheduled" and parsed.captured_at >= start
    game = SourceGame(
        source_game_id=game_id,
        game_date=day,
        season=day.year,
        home_team=home,
        away_team=away,
        away_rotation=rotation,
        scheduled_start=start,
        status="live" if started else status,
        captured_at=parsed.captured_at,
    )
    parsed.games.append(game)
    return game


def _add_book(
    parsed: Parsed, game: SourceGame, book_id: str, name: str, market_type: str, prices: Mapping[str, tuple[Any, Any]]
) -> None:
    if all(odds in ("", None) for odds, _ in prices.values()):
        parsed.left_out["book without prices"] += 1
        return
    for side, (odds, line) in prices.items():
        if odds in ("", None):
            parsed.left_out["side without a price"] += 1
            continue
        try:
            if not book_id or len(book_id) > 60:
                raise BadField("book", book_id, "no book id")  # noqa: TRY301 - the price goes to quarantine with it
            parsed.quotes.append(
                Quote(
                    source_game_id=game.source_game_id,
                    book_id=book_id,
                    market_type=market_type,
                    side=side,
                    odds=reading.american(odds),
                    line_value=None if market_type == "moneyline" else reading.as_number(line, "line"),
                    updated_at=parsed.captured_at,
                    captured_at=parsed.captured_at,
                )
            )
        except BadField as error:
            record = {"book": book_id, "market": market_type, "side": side, "odds": odds, "line": line}
            parsed.reject(error, {"game": game.source_game_id, **record}, game.source_game_id)
    if all(one.book_id != book_id for one in parsed.books) and book_id and 0 < len(name) <= 100:
        parsed.books.append(Book(book_id, name, "book", bettable=True, parent=None))


def _add_splits(parsed: Parsed, game: SourceGame, record: object) -> None:
    for market_type, sides in SIDES_OF_MARKET.items():
        split = mapping_of(mapping_of(record).get("bettingSplits")).get(market_type)
        if not isinstance(split, Mapping):
            parsed.left_out["market without splits"] += 1
            continue
        try:
            shares = [mapping_of(split.get(side)) for side in sides]
            tickets = pair(*(_share(share, "betsPercentage") for share in shares))
            money = pair(*(_share(share, "stakePercentage") for share in shares))
            if tickets[0] is None and money[0] is None:
                parsed.left_out["split without data"] += 1
                continue
            parsed.splits.append(
                Split(
                    game.source_game_id,
                    CONSENSUS,
                    market_type,
                    parsed.captured_at,
                    reading.instant(split, "updated"),
                    *tickets,
                    *money,
                    reading.whole_or_none(split, "bets", 0),
                )
            )
        except BadField as error:
            parsed.reject(error, {"game": game.source_game_id, market_type: split}, game.source_game_id)


def _share(share: Mapping[str, Any], field: str) -> float | None:
    return None if share.get(field) is None else reading.number(share, field)


BOOKS = book_table("""
sr:book:6 | Unibet | book | unibet
sr:book:7612 | Betway | book | betway
sr:book:17324 | MGM | book | betmgm
sr:book:18149 | DraftKings | book | draftkings
sr:book:18186 | FanDuel | book | fanduel
sr:book:27447 | BetRivers | book | betrivers
sr:book:27769 | PointsBet | book | pointsbet
sr:book:28901 | Bet365 NJ | book | bet365
sr:book:32219 | William Hill NJ | book | caesars
""")
SPEC = SourceSpec(
    SOURCE,
    "splits",
    parse,
    client,
    fetch,
    books=BOOKS,
    landing=LandingTable("raw_data.sbd_betting_splits", "api_endpoint", "raw_response"),
    splits_name="sbd",
    collector=Collector(("sbd_betting_splits",), "source_splits", SPLITS_DESCRIPTION),
)
