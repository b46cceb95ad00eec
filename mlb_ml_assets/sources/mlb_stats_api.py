"""MLB Stats API (statsapi.mlb.com, no key): schedule, live feed 1.1, box score.

Belongs here: its addresses, and which of its payloads is which.
Not here: reading them (mlb_schedule.py, mlb_live_feed.py, mlb_box_score.py), park and team codes (identity/).
"""

from collections.abc import Callable, Container, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from mlb_ml_assets.sources import mlb_box_score, mlb_live_feed, mlb_schedule, reading
from mlb_ml_assets.sources.http import SourceClient
from mlb_ml_assets.sources.rows import Parsed, Payload, reading_payload
from mlb_ml_assets.sources.spec import Collector, LandingTable, SourceSpec

SOURCE = "mlb_stats_api"
URL = "https://statsapi.mlb.com"
HYDRATE = "probablePitcher(note),linescore,team,weather,venue,decisions,officials,lineups"

Reader = Callable[[Parsed, object, str], None]


def client(**options: Any) -> SourceClient:
    """A client for this source; MLB_ML_MLB_STATS_API_URL points it elsewhere."""
    return SourceClient(SOURCE, URL, **options)


def fetch(source: SourceClient, day: date, have_final: Container[str] = ()) -> Iterator[Payload]:
    """The day's schedule, then the live feed of each of its finished games not in `have_final` (gamePks as text)."""
    schedule = source.get("/api/v1/schedule", {"sportId": "1", "date": day.isoformat(), "hydrate": HYDRATE})
    yield schedule
    for game in parse(schedule.body, schedule.captured_at, schedule.endpoint).games:
        if game.status == "final" and game.source_game_id not in have_final:
            yield fetch_game(source, game.source_game_id)


def fetch_game(source: SourceClient, game: str) -> Payload:
    """The live feed (version 1.1: version 1 has neither weather nor first pitch) of one gamePk."""
    return source.get(f"/api/v1.1/game/{game}/feed/live")


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Rows of a schedule, a postseason series list, a live feed or a box score; the content decides which.

    Raises:
        PayloadShapeError: none of these, or one whose parts moved.
    """
    with reading_payload(SOURCE):
        content = reading.load_json(body) if isinstance(body, bytes) else body
        parsed = Parsed(SOURCE, captured_at)
        read = next((read for key, kind, read in READERS if _has(content, key, kind)), _read_schedule)
        read(parsed, content, endpoint)
        return parsed.checked(1)


def _has(content: object, key: str, kind: type) -> bool:
    value = reading.get(content, key)
    return value is not reading.MISSING and isinstance(value, kind)


def _read_schedule(parsed: Parsed, content: object, endpoint: str) -> None:
    mlb_schedule.add_schedule(parsed, _games(content, "dates"), endpoint)


def _read_series(parsed: Parsed, content: object, endpoint: str) -> None:
    mlb_schedule.add_schedule(parsed, _games(content, "series"), endpoint)


def _read_one_game(parsed: Parsed, content: object, endpoint: str) -> None:
    mlb_schedule.add_schedule(parsed, [reading.mapping(content, "game")], endpoint)


def _read_live_feed(parsed: Parsed, content: object, _endpoint: str) -> None:
    mlb_live_feed.add_live_feed(parsed, content)


def _leave_out(what: str) -> Reader:
    def leave_out(parsed: Parsed, _content: object, _endpoint: str) -> None:
        parsed.left_out[what] += 1

    return leave_out


# Marker key, type of its value, reader; the first that applies. A payload without any marker is a schedule.
READERS: tuple[tuple[str, type, Reader], ...] = (
    ("gameData", object, _read_live_feed),
    ("officials", object, mlb_box_score.add_box_score),
    ("series", object, _read_series),
    ("game", Mapping, _read_one_game),
    ("teams", list, _leave_out("catalog without games")),
    ("seasons", object, _leave_out("catalog without games")),
    ("innings", object, _leave_out("line score without its game")),
)


def _games(content: object, field: str) -> list[Any]:
    return [game for part in reading.sequence(content, field) for game in reading.sequence(part, "games")]


SPEC = SourceSpec(
    SOURCE,
    "schedule",
    parse,
    client,
    fetch,
    skips_final=True,
    team_naming="mlb_id",
    landing=LandingTable("raw_data.mlb_stats_api", "api_endpoint", "raw_response"),
    collector=Collector(
        ("mlb_stats_api",), "source_games", "MLB's schedule, probables, lineups, results and box scores."
    ),
)
