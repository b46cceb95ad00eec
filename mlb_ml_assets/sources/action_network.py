"""Action Network (api.actionnetwork.com, undocumented): scoreboard with markets and splits, price history, books.

Belongs here: its addresses and payloads; also its public-betting page, which carries the same scoreboard.
Not here: which of its book ids is which operator at which time (identity/books.py), team codes (identity/teams.py).
"""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from typing import Any

from mlb_ml_assets.domain.books import Book, book_table
from mlb_ml_assets.domain.clock import eastern_date
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.action_network_markets import add_markets
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.http import SourceClient
from mlb_ml_assets.sources.reading import BadField, NotReadable
from mlb_ml_assets.sources.rows import Parsed, Payload, mapping_of, reading_payload
from mlb_ml_assets.sources.spec import Collector, LandingTable, SourceSpec

SOURCE = "action_network"
URL = "https://api.actionnetwork.com"
# Consensus, Open, and the New Jersey licences of the operators (the catalogue's own ids of 2025-06-16), and Pinnacle.
BOOK_IDS = "15,30,68,69,71,75,78,79,123,247,972,3"
SCOREBOARD = "/web/v2/scoreboard/publicbetting/mlb"
HISTORY = re.compile(r"/markets/event/(\d+)/history")
STATUS = {
    "scheduled": "scheduled",
    "created": "scheduled",
    "time-tbd": "scheduled",
    "delayed": "scheduled",
    "inprogress": "live",
    "complete": "final",
    "closed": "final",
    "postponed": "postponed",
    "cancelled": "cancelled",
    "canceled": "cancelled",
    "suspended": "suspended",
}
SEASON_TYPE = {"reg": "regular", "post": "postseason", "pre": "spring"}
NEXT_DATA = re.compile(rb'<script id="__NEXT_DATA__"[^>]*>(.*?)</script>', re.DOTALL)
# Prices that nobody takes: the average of all books, and the first price seen anywhere.
CONSENSUS_NAMES = ("consensus",)


def client(**options: Any) -> SourceClient:
    """A client for this source; MLB_ML_ACTION_NETWORK_URL points it elsewhere. It refuses unknown programs with 403."""
    return SourceClient(SOURCE, URL, **options)


def fetch(source: SourceClient, day: date) -> Iterator[Payload]:
    """The day's scoreboard (an Eastern day), then the price history of each of its games that has not begun."""
    params = {"bookIds": BOOK_IDS, "date": day.strftime("%Y%m%d"), "periods": "event"}
    scoreboard = source.get(SCOREBOARD, params)
    yield scoreboard
    for game in parse(scoreboard.body, scoreboard.captured_at, scoreboard.endpoint).games:
        if game.status == "scheduled":
            yield fetch_history(source, game.source_game_id)


def fetch_history(source: SourceClient, game: str) -> Payload:
    """Every recorded price of one game; kept by the source for about two weeks."""
    return source.get(f"/web/v2/markets/event/{game}/history", {"bookIds": BOOK_IDS})


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Rows of a scoreboard, a price history, a book catalogue, or a page that embeds a scoreboard.

    Raises:
        PayloadShapeError: none of these, or one whose parts moved.
    """
    with reading_payload(SOURCE):
        return _parse(_content(body), Parsed(SOURCE, captured_at), endpoint)


def _parse(content: Any, parsed: Parsed, endpoint: str) -> Parsed:
    if isinstance(reading.get(content, "games"), list):
        records = reading.sequence(content, "games")
        for record in records:
            _add_game(parsed, record)
        parsed.sight_two_sided()
        return parsed.checked(len(records))
    if isinstance(reading.get(content, "books"), list):
        _add_books(parsed, list(reading.sequence(content, "books")))
    elif not isinstance(content, Mapping) or not content or not all(key.isdigit() for key in content):
        raise BadField("games", reading.get(content, "games"), "neither scoreboard, history nor books")
    elif all("display_name" in mapping_of(one) for one in content.values()):
        _add_books(parsed, list(content.values()))
    else:
        _add_history(parsed, content, endpoint)
        return parsed.checked(len(content))
    return parsed


def capture_time(content: object) -> datetime | None:
    """When a recorded page was made, by its own word (receivedAt, milliseconds)."""
    received = mapping_of(content).get("receivedAt")
    if isinstance(received, int) and 0 < received < 4_102_444_800_000:
        return datetime.fromtimestamp(received / 1000, tz=UTC)
    return None


def _content(body: bytes | object) -> Any:
    if not isinstance(body, bytes):
        return body
    body = reading.utf8(body)
    if reading.is_json(body):
        return reading.load_json(body)
    found = NEXT_DATA.search(body)
    if found is None:
        raise NotReadable(f"neither JSON nor a page with __NEXT_DATA__: {body[:40]!r}")
    page = reading.load_json(found.group(1))
    return reading.mapping(reading.mapping(reading.mapping(page, "props"), "pageProps"), "scoreboardResponse")


def _add_game(parsed: Parsed, record: object) -> None:
    league = mapping_of(record).get("league_name", "mlb")
    if league != "mlb":
        parsed.left_out[f"league {str(league)[:20]}"] += 1
        return
    try:
        game = _game(record, parsed.captured_at)
    except BadField as error:
        parsed.reject(error, _short(record), str(reading.get(record, "id"))[:100])
        return
    parsed.games.append(game)
    markets = mapping_of(record).get("markets")
    if not isinstance(markets, Mapping):
        if mapping_of(record).get("odds") is not None:
            parsed.left_out["flat odds of version 1"] += 1
        return
    if game.status != "scheduled":
        # The board of a game that has begun is in play, whatever its flags say.
        parsed.left_out["market of a game not scheduled"] += len(markets)
        return
    tickets = reading.whole_or_none(record, "num_bets", 0)
    add_markets(parsed, game.source_game_id, markets, ticket_count=tickets)
    parsed.listed_games.append(game.source_game_id)


def _game(record: object, captured_at: datetime) -> SourceGame:
    status = reading.text(record, "status")
    if status not in STATUS:
        raise BadField("status", status, "unknown status")
    start = reading.instant(record, "start_time")
    home, away = reading.identifier(record, "home_team_id"), reading.identifier(record, "away_team_id")
    # teams[] has no fixed order; home_team_id and away_team_id identify the sides.
    listed = {reading.identifier(team, "id") for team in reading.sequence(record, "teams")}
    if listed != {home, away}:
        raise BadField("teams", sorted(listed), f"not the teams {home} and {away} of the game")
    kind = reading.text_or_none(record, "type")
    return SourceGame(
        source_game_id=reading.identifier(record, "id"),
        game_date=eastern_date(start),
        season=reading.whole_or_none(record, "season", 1900, 2100) or eastern_date(start).year,
        season_type=SEASON_TYPE.get(kind or ""),
        home_team=home,
        away_team=away,
        away_rotation=reading.whole_or_none(record, "away_rotation_number", 0, 99_999),
        scheduled_start=start,
        start_assumed=status == "time-tbd",
        status=STATUS[status],
        status_detail=(reading.text_or_none(record, "real_status") or status)[:60],
        captured_at=captured_at,
    )


def _short(record: object) -> object:
    """The game without its long parts, which the payload itself keeps."""
    if not isinstance(record, Mapping):
        return json.loads(json.dumps(record, default=str))
    return {key: value for key, value in record.items() if not isinstance(value, dict | list) or key == "teams"}


def _add_history(parsed: Parsed, content: Mapping[str, Any], endpoint: str) -> None:
    found = HISTORY.search(endpoint)
    events = {
        str(outcome.get("event_id"))
        for book in content.values()
        for period in mapping_of(book).values()
        for market in mapping_of(period).values()
        for outcome in (market if isinstance(market, list) else [])
        if isinstance(outcome, Mapping)
    }
    if found is not None:
        events.add(found.group(1))
    if len(events) > 1:
        raise BadField("event_id", sorted(events)[:5], "outcomes of more than one game")
    if not events:
        raise BadField("event_id", endpoint, "no outcome of a full game, and an address without a game")
    game = events.pop()
    add_markets(parsed, game, content, ticket_count=None)
    parsed.listed_games.append(game)
    parsed.sight_two_sided(parsed.captured_at)


def _add_books(parsed: Parsed, records: list[Any]) -> None:
    for record in records:
        try:
            name = reading.text(record, "display_name", 100)
            consensus = any(word in name.lower() for word in CONSENSUS_NAMES)
            opener = name.strip().lower() == "open"
            parent = reading.text_or_none(record, "parent_name", 60)
            parsed.books.append(
                Book(
                    book_id=reading.identifier(record, "id"),
                    name=name,
                    kind="consensus" if consensus else "opener" if opener else "book",
                    bettable=not consensus and not opener,
                    parent=None if parent is None else parent.lower(),
                )
            )
        except BadField as error:
            parsed.reject(error, {"id": str(reading.get(record, "id"))[:50], "field": error.field})


# Its own catalog of 2025-06-16; 15 and 30 take no bets. 76 does not exist there.
BOOKS = book_table("""
15 | Consensus | consensus |
30 | Open | opener |
3 | Pinnacle | book | pinnacle
68 | DraftKings NJ | book | draftkings
69 | FanDuel NJ | book | fanduel
71 | BetRivers NJ | book | betrivers
75 | BetMGM NJ | book | betmgm
78 | Circa | book | circa
79 | bet365 NJ | book | bet365
123 | Caesars NJ | book | caesars
247 | Unibet NJ | book | unibet
972 | BetRivers NY | book | betrivers
""")
SPEC = SourceSpec(
    SOURCE,
    "odds",
    parse,
    client,
    fetch,
    capture_time,
    team_naming="action_network_id",
    books=BOOKS,
    landing=LandingTable("raw_data.action_network_games", "endpoint_url", "raw_response"),
    quotes_table="staging.action_network_odds_historical",
    games_table="staging.action_network_games",
    splits_name="action_network",
    collector=Collector(
        ("action_network_games", "action_network_odds", "action_network_history"),
        "action_network_odds_historical",
        "Action Network's prices, one row per price change of one side at one book.",
    ),
)
