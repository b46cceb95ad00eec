"""Unabated's game list as reshaped by a public collector (2025): games of MLB; its odds are empty in all that was seen.

Belongs here: its games.
Not here: odds, whose layout nobody has recorded.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from mlb_ml_assets.domain.clock import eastern_date
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, mapping_of, reading_payload
from mlb_ml_assets.sources.spec import SourceSpec

SOURCE = "unabated"
STATUS = {"Pre-game": "scheduled", "Live": "live", "Final": "final", "Postponed": "postponed", "Canceled": "cancelled"}


def capture_time(content: object) -> datetime | None:
    """When the feed was made, by its own word."""
    stamp = mapping_of(mapping_of(content).get("feed_info")).get("generated_at")
    return reading.as_instant(stamp, "generated_at").astimezone(UTC) if isinstance(stamp, str) else None


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Games of the feed; times without a zone are UTC (a night game in Denver is at 00:40).

    Raises:
        PayloadShapeError: no list of games.
    """
    del endpoint
    with reading_payload(SOURCE):
        content = reading.load_json(body) if isinstance(body, bytes) else body
        records = reading.sequence(content, "games")
        parsed = Parsed(SOURCE, captured_at)
        for record in records:
            try:
                parsed.games.append(_game(record, captured_at))
            except BadField as error:
                parsed.reject(error, record, str(reading.get(record, "game_id"))[:100])
                continue
            if any(mapping_of(mapping_of(record).get("odds")).values()):
                parsed.left_out["odds of an unrecorded layout"] += 1
        return parsed.checked(len(records))


def _game(record: object, captured_at: datetime) -> SourceGame:
    status = reading.text(record, "status")
    if status not in STATUS:
        raise BadField("status", status, "unknown status")
    start = reading.instant(record, "game_time", ZoneInfo("UTC"))
    day = eastern_date(start)
    return SourceGame(
        source_game_id=reading.identifier(record, "game_id"),
        game_date=day,
        season=day.year,
        home_team=reading.text(record, "home_team"),
        away_team=reading.text(record, "away_team"),
        scheduled_start=start,
        status=STATUS[status],
        captured_at=captured_at,
    )


SPEC = SourceSpec(SOURCE, "odds", parse, capture_time=capture_time)
