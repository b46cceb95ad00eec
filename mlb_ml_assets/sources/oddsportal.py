"""OddsPortal match pages as parsed by OddsHarvester: one game with average closing prices by book.

Belongs here: the game and its score.
Not here: its prices, which carry no stamp and may be of any minute. Its home team is kept as listed; identity/ refuses
the game where the two sides are exchanged.
"""

from datetime import datetime
from zoneinfo import ZoneInfo

from mlb_ml_assets.domain.clock import eastern_date
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import GameResult, SourceGame
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, mapping_of, reading_payload
from mlb_ml_assets.sources.spec import SourceSpec

SOURCE = "oddsportal"


def capture_time(content: object) -> datetime | None:
    """When the page was scraped, by its own word."""
    first = content[0] if isinstance(content, list) and content else content
    stamp = mapping_of(first).get("scraped_date", mapping_of(first).get("captured_at"))
    return _utc(stamp, "scraped_date") if isinstance(stamp, str) else None


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """The games of a list of matches.

    Raises:
        PayloadShapeError: not a list of matches.
    """
    del endpoint
    with reading_payload(SOURCE):
        content = reading.load_json(body) if isinstance(body, bytes) else body
        parsed = Parsed(SOURCE, captured_at)
        if "oddsharvester_version" in mapping_of(content):
            parsed.left_out["description of a recording"] += 1
            return parsed
        if not isinstance(content, list):
            raise BadField("matches", content, "not a list of matches")
        for record in content:
            try:
                _add(parsed, record)
            except BadField as error:
                parsed.reject(error, record)
        return parsed.checked(len(content))


def _add(parsed: Parsed, record: object) -> None:
    if reading.text(record, "league_name") != "MLB":
        parsed.left_out["other league"] += 1
        return
    start = _utc(reading.text(record, "match_date"), "match_date")
    day = eastern_date(start)
    scores = [reading.whole_or_none(record, f"{side}_score", 0, 60) for side in ("home", "away")]
    home, away = reading.text(record, "home_team"), reading.text(record, "away_team")
    game = SourceGame(
        source_game_id=_match_id(reading.text(record, "match_link", 500)) or f"{day} {away} @ {home}"[:100],
        game_date=day,
        season=day.year,
        home_team=home,
        away_team=away,
        scheduled_start=start,
        status="final" if None not in scores else "scheduled",
        venue_name=reading.text_or_none(record, "venue"),
        captured_at=parsed.captured_at,
    )
    parsed.games.append(game)
    if scores[0] is not None and scores[1] is not None:
        parsed.results.append(GameResult(game.source_game_id, parsed.captured_at, scores[0], scores[1]))
    parsed.left_out["price without a stamp"] += len(reading.listed(record, "home_away_market"))


def _match_id(link: str) -> str | None:
    """The id of a match in its link.

    Head-to-head pages of two clubs name the match in the fragment (…/h2h/home-AAAAAAA1/away-BBBBBBB2/#match); pages of
    one match end in it (…/home-away-CCCCCCC3/).
    """
    page, _, fragment = link.partition("#")
    match = fragment.split(":")[0].strip("/")
    if match:
        return match[:100]
    if "/h2h/" in page:
        return None
    return page.rstrip("/").rsplit("-", 1)[-1][:100] or None


def _utc(value: str, field: str) -> datetime:
    return reading.as_instant(value.removesuffix(" UTC"), field, ZoneInfo("UTC"))


SPEC = SourceSpec(SOURCE, "odds", parse, capture_time=capture_time)
