"""BoltOdds' feed as flattened by a public collector: sportsbooks and exchanges, alternates beside main lines.

Belongs here: its rows of one price each, and which of a book's lines is the main one.
Not here: fetching, game states, links.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import Any

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.domain.clock import EASTERN, eastern_date
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.main_line import Offer, favorite_of, main_pair
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, Quote, mapping_of, reading_payload
from mlb_ml_assets.sources.spec import SourceSpec

SOURCE = "boltodds"
MARKETS = {"Moneyline": "moneyline", "Spread": "spread", "Total": "total"}
EXCHANGES = {"kalshi", "polymarket", "prophetx", "novig"}
# Books give starts of one game minutes apart, and one name to both games of a doubleheader: the part of the day
# distinguishes them. Of the 2,469 starts of 2024 none is within five minutes of either of these times.
AFTERNOON, EVENING = (14, 50), (17, 20)


def capture_time(content: object) -> datetime | None:
    """When the snapshot was taken, by its own word."""
    stamp = mapping_of(content).get("capturedAt")
    return reading.as_instant(stamp, "capturedAt") if isinstance(stamp, str) else None


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Games and main-line quotes of one snapshot.

    Raises:
        PayloadShapeError: no list of odds.
    """
    del endpoint
    with reading_payload(SOURCE):
        content = reading.load_json(body) if isinstance(body, bytes) else body
        records = reading.sequence(content, "odds")
        parsed = Parsed(SOURCE, captured_at)
        offers: dict[tuple[str, str, str], list[Offer]] = defaultdict(list)
        starts: dict[str, Counter[datetime]] = defaultdict(Counter)
        teams: dict[str, tuple[str, str]] = {}
        for record in records:
            try:
                _add(parsed, record, offers, starts, teams)
            except BadField as error:
                parsed.reject(error, record)
        for game, seen in starts.items():
            _add_game(parsed, game, teams[game], seen)
        scheduled = {game.source_game_id for game in parsed.games if game.status == "scheduled"}
        for (game, book, market_type), listed in offers.items():
            if game in scheduled:
                favorite = favorite_of(offers.get((game, book, "moneyline"), ()))
                _add_quotes(parsed, game, book, market_type, listed, favorite)
        parsed.books += [
            Book(book, book, "exchange" if book in EXCHANGES else "book", bettable=True, parent=book)
            for book in sorted({book for _, book, _ in offers})
        ]
        parsed.sight_two_sided()
        return parsed.checked(len(records))


def _add(
    parsed: Parsed,
    record: object,
    offers: Mapping[tuple[str, str, str], list[Offer]],
    starts: Mapping[str, Counter[datetime]],
    teams: dict[str, tuple[str, str]],
) -> None:
    if mapping_of(record).get("mode") != "prematch" or mapping_of(record).get("sport") != "MLB":
        parsed.left_out["in play or other sport"] += 1
        return
    market_type = MARKETS.get(reading.text(record, "market"))
    if market_type is None:
        parsed.left_out["other market"] += 1
        return
    name, _, _ = reading.text(record, "game").rpartition(",")
    home, separator, away = name.partition(" vs ")
    if not separator:
        raise BadField("game", reading.get(record, "game"), 'not "home vs away, day"')
    start = _start(reading.text(record, "starts_at"))
    local = start.astimezone(EASTERN)
    part = (
        "day" if (local.hour, local.minute) < AFTERNOON else "late" if (local.hour, local.minute) >= EVENING else "mid"
    )
    game = f"{home} vs {away}, {local.date()} {part}"[:100]
    line = mapping_of(record).get("line")
    if market_type != "moneyline" and line in ("", None):
        parsed.left_out["price without its line"] += 1
        return
    offers[game, reading.text(record, "sportsbook", 60), market_type].append(
        (
            _side(record, market_type, home, away),
            None if market_type == "moneyline" else reading.as_number(line, "line"),
            reading.american(reading.get(record, "odds")),
        )
    )
    starts[game][start] += 1
    teams[game] = (home, away)


def _side(record: object, market_type: str, home: str, away: str) -> str:
    if market_type == "total":
        side = {"O": "over", "U": "under"}.get(str(reading.get(record, "side")))
    else:
        side = {home: "home", away: "away"}.get(str(reading.get(record, "target")).strip())
    if side is None:
        raise BadField(
            "side", [reading.get(record, "side"), reading.get(record, "target")], f"no side of {market_type}"
        )
    return side


@lru_cache(maxsize=1024)
def _start(text: str) -> datetime:
    """The instant of an Eastern wall-clock time such as 2026-07-16, 07:10 PM."""
    try:
        local = datetime.strptime(text, "%Y-%m-%d, %I:%M %p").replace(tzinfo=EASTERN)
    except ValueError as error:
        raise BadField("starts_at", text, "not a local time") from error
    return reading.as_instant(local.isoformat(), "starts_at")


def _add_game(parsed: Parsed, game: str, teams: tuple[str, str], starts: Counter[datetime]) -> None:
    start = min(starts, key=lambda at: (-starts[at], at))
    day = eastern_date(start)
    begun = parsed.captured_at >= start
    try:
        parsed.games.append(
            SourceGame(
                source_game_id=game,
                game_date=day,
                season=day.year,
                home_team=teams[0],
                away_team=teams[1],
                scheduled_start=start,
                status="live" if begun else "scheduled",
                captured_at=parsed.captured_at,
            )
        )
    except BadField as error:
        parsed.reject(error, {"game": game}, game)
        return
    if begun:
        parsed.left_out["game that has begun"] += 1
    else:
        parsed.listed_games.append(game)


def _add_quotes(
    parsed: Parsed, game: str, book: str, market_type: str, listed: list[Offer], favorite: str | None
) -> None:
    pair = main_pair(market_type, listed, favorite)
    parsed.leave_out("alternate or one-sided price", len(listed) - len(pair))
    quotes: list[Quote] = []
    try:
        for side, (line, odds) in sorted(pair.items()):
            stamp: Any = parsed.captured_at
            quotes.append(Quote(game, book, market_type, side, odds, line, stamp, stamp))
    except BadField as error:
        parsed.reject(error, {"game": game, "book": book, "market": market_type, "pair": dict(pair)}, game)
        return
    parsed.quotes += quotes


SPEC = SourceSpec(SOURCE, "odds", parse, capture_time=capture_time)
