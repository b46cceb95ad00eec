"""The slate of a day as the API serves it: rows, version, bytes.

Belongs here: reading a day once per change, and its JSON.
Not here: the table for a terminal (board.py), the page (pages/).
"""

import hashlib
import json
import time
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.markets import FIRST_SIDES
from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.serving.board import board_json
from mlb_ml_assets.serving.database import ReadDatabase
from mlb_ml_assets.serving.price_paths import Bet, Path, build_paths
from mlb_ml_assets.serving.process import Metrics
from mlb_ml_assets.serving.representations import Checked, Representation
from mlb_ml_assets.warehouse.api_reads import Connection, Row, movement, slate_version
from mlb_ml_assets.warehouse.board import read_board, read_slate_day

# Quotes of past days change only when an archive is imported again, which appears within this time.
_SETTLED_SECONDS = 600.0
_MOVEMENT_SECONDS, _OLDEST_MOVEMENT_SECONDS = 15.0, 60.0
# A day's movement is all of its prices, 80 ms of a morning and .8 s after a day of steady changes: read again after
# so many times as long, it takes a fiftieth of a core.
_REST = 50.0


@dataclass(frozen=True)
class DaySlate:
    """A day in one state of the database.

    Attributes:
        day: official date.
        version: changes with any of its rows.
        games: by game, a digest of its rows.
        rows: of the board, by start.
        json: the response of /slates/{day}.
    """

    day: date
    version: str
    games: dict[int, str]
    rows: list[Row]
    json: Representation

    def of_games(self, game_ids: set[int]) -> list[dict[str, Any]]:
        """The games of the JSON with these ids."""
        return [game for game in json.loads(self.json.body)["games"] if game["game_id"] in game_ids]


@dataclass(frozen=True)
class _Movement:
    """`paths` of a day's prices, read at `read_at` (monotonic) in `seconds`."""

    read_at: float
    seconds: float
    paths: dict[Bet, Path]


def version_of(games: dict[int, str]) -> str:
    """One digest of all games of a day."""
    listed = ",".join(f"{game}:{digest}" for game, digest in games.items())
    return hashlib.sha256(listed.encode()).hexdigest()[:20]


class Slates:
    """Days as last read, revalidated at most every `recheck_seconds`."""

    def __init__(self, database: ReadDatabase, metrics: Metrics, recheck_seconds: float) -> None:
        self._database = database
        self._metrics = metrics
        self._days: Checked[DaySlate] = Checked(self._load, every=recheck_seconds)
        self._to_show: Checked[str] = Checked(self._load_to_show, every=max(recheck_seconds, 1.0), room=2)
        self._movements: Checked[_Movement] = Checked(
            self._load_movement, every=_MOVEMENT_SECONDS, room=16, oldest=_OLDEST_MOVEMENT_SECONDS
        )

    async def of(self, day: date, stage: str | None = None) -> DaySlate:
        """The slate of a day: the newest prediction of each game, or the newest of one stage."""
        return await self._days.get(f"{day.isoformat()}/{stage or ''}")

    async def day_to_show(self, today: date) -> date | None:
        """Today if it is predicted, else the last predicted day, or None."""
        day = await self._to_show.get(today.isoformat())
        return date.fromisoformat(day) if day else None

    async def movement(self, slate: DaySlate) -> dict[Bet, Path]:
        """How home and over moved up to the start, as of 15 s ago or, where that takes long to read, up to two minutes.

        Of past days, ten minutes. Only the first request of a day waits for it.
        """
        return (await self._movements.get(slate.day.isoformat())).paths

    def _load(self, key: str, held: DaySlate | None) -> DaySlate:
        written, stage = key.split("/")
        day = date.fromisoformat(written)
        models = [GAME_MODEL.name_of(stage)] if stage else GAME_MODEL.names

        def unit(connection: Connection) -> DaySlate:
            games = slate_version(connection, day)
            version = version_of(games)
            if held is not None and held.version == version:
                return held
            rows = read_board(connection, day, models)
            document = {"version": version, **board_json(day, rows)}
            body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
            return DaySlate(
                day, version, games, rows, Representation(body, "application/json", f'W/"{version}{stage}"')
            )

        slate = self._database.read(unit)
        self._metrics.slate_reads.labels("unchanged" if slate is held else "database").inc()
        return slate

    def _load_to_show(self, key: str, held: str | None) -> str:
        del held
        day = self._database.read(lambda connection: read_slate_day(connection, date.fromisoformat(key)))
        return day.isoformat() if day else ""

    def _load_movement(self, key: str, held: _Movement | None) -> _Movement:
        day, began = date.fromisoformat(key), time.monotonic()
        is_settled = day < present().date() - timedelta(days=2)
        rest = _SETTLED_SECONDS if is_settled else min(_REST * held.seconds, _OLDEST_MOVEMENT_SECONDS) if held else 0.0
        if held is not None and began - held.read_at < rest:
            return held

        def unit(connection: Connection) -> list[Row]:
            return movement(connection, list(slate_version(connection, day)), FIRST_SIDES)

        paths = build_paths(self._database.read(unit))
        return _Movement(time.monotonic(), time.monotonic() - began, paths)
