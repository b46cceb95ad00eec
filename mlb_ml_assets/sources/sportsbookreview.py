"""sportsbookreview.com's odds table (the page's __NEXT_DATA__): moneylines by book, opening and current.

Belongs here: games and current moneylines.
Not here: opening prices (no stamp), pick percentages (of visitors' picks, not of bets).
"""

from datetime import datetime
from typing import Any

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.domain.clock import eastern_date
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.game_rows import SourceGame
from mlb_ml_assets.sources.reading import BadField
from mlb_ml_assets.sources.rows import Parsed, Quote, mapping_of, reading_payload
from mlb_ml_assets.sources.spec import SourceSpec

SOURCE = "sportsbookreview"


def parse(body: bytes | object, captured_at: datetime, endpoint: str = "") -> Parsed:
    """Games and current moneylines of the MLB tables.

    Raises:
        PayloadShapeError: no odds tables.
    """
    del endpoint
    with reading_payload(SOURCE):
        content = reading.load_json(body) if isinstance(body, bytes) else body
        if not isinstance(content, list):
            raise BadField("oddsTables", content, "not a list of tables")
        parsed = Parsed(SOURCE, captured_at)
        records = 0
        for table in content:
            if reading.text(table, "league") != "MLB":
                parsed.left_out["other league"] += 1
                continue
            model = reading.mapping(table, "oddsTableModel")
            for row in reading.sequence(model, "gameRows"):
                records += 1
                try:
                    _add_row(parsed, row)
                except BadField as error:
                    parsed.reject(error, mapping_of(row).get("gameView"))
            for book in reading.listed(model, "sportsbooks"):
                name, key = mapping_of(book).get("name"), mapping_of(book).get("machineName")
                if isinstance(name, str) and isinstance(key, str) and 0 < len(key) <= 60 and 0 < len(name) <= 100:
                    parsed.books.append(Book(key, name, "book", bettable=True, parent=key))
        parsed.sight_two_sided()
        return parsed.checked(records)


def _add_row(parsed: Parsed, row: Any) -> None:
    view = reading.mapping(row, "gameView")
    start = reading.instant(view, "startDate")
    day = eastern_date(start)
    rotation = view.get("awayTeamRotationNumber")
    game = SourceGame(
        source_game_id=reading.identifier(view, "gameId"),
        game_date=day,
        season=day.year,
        # Its fullName of the Athletics is "Athletics Athletics".
        home_team=reading.text(reading.mapping(view, "homeTeam"), "nickname"),
        away_team=reading.text(reading.mapping(view, "awayTeam"), "nickname"),
        away_rotation=int(rotation) if isinstance(rotation, str) and rotation.isdigit() and len(rotation) < 6 else None,
        scheduled_start=start,
        # Its status numbers are not documented; whether the game has begun is decided by the clock.
        status="scheduled" if parsed.captured_at < start else "live",
        status_detail=reading.text_or_none(view, "gameStatusText", 60),
        venue_name=reading.text_or_none(view, "venueName"),
        captured_at=parsed.captured_at,
    )
    parsed.games.append(game)
    views = row.get("oddsViews")
    if game.status != "scheduled":
        parsed.left_out["market of a game not scheduled"] += 1
        return
    parsed.listed_games.append(game.source_game_id)
    for one in views if isinstance(views, list) else []:
        if one is None:
            parsed.left_out["book without prices"] += 1
            continue
        try:
            _add_view(parsed, game, one)
        except BadField as error:
            parsed.reject(error, one, game.source_game_id)


def _add_view(parsed: Parsed, game: SourceGame, view: Any) -> None:
    book = reading.text(view, "sportsbook", 60)
    if "MoneyLine" not in reading.text(view, "viewType"):
        parsed.left_out["other market"] += 1
        return
    line = reading.mapping(view, "currentLine")
    if not line.get("homeOdds") or not line.get("awayOdds"):
        parsed.left_out["book without prices"] += 1
        return
    stamp = parsed.captured_at
    parsed.quotes += [
        Quote(
            game.source_game_id,
            book,
            "moneyline",
            side,
            reading.american(line[f"{side}Odds"], f"{side}Odds"),
            None,
            stamp,
            stamp,
        )
        for side in ("home", "away")
    ]


SPEC = SourceSpec(SOURCE, "odds", parse)
