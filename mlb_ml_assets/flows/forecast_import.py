"""Forecasts of other people and programs into the database, beside ours.

Belongs here: file to rows, the game of each row, quarantine of the rest, the report.
Not here: the layouts (sources/outside_forecasts.py), scores (evaluation/).
"""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.sources import history_bundle
from mlb_ml_assets.sources.outside_forecasts import SOURCE, OutsideForecast, read_forecasts
from mlb_ml_assets.sources.rows import Rejected
from mlb_ml_assets.warehouse.game_links import read_game_ids
from mlb_ml_assets.warehouse.game_references import AmbiguousGame, NotAGameReference, UnknownGame, find_game
from mlb_ml_assets.warehouse.outside_forecasts import write_outside_forecasts
from mlb_ml_assets.warehouse.partition_write import Written
from mlb_ml_assets.warehouse.quarantine import write_quarantine

_FIELDS = ("forecaster", "made_at", "assumed", "home_win", "over", "total_line", "cover", "spread_line")
_KEYS = ["forecaster", "game_id", "made_at"]


@dataclass
class ForecastReport:
    """What an import of forecasts did: rows of the file, rows written, forecasters, and rows set aside by reason."""

    name: str
    rows_read: int
    written: Written
    forecasters: Counter[str] = field(default_factory=Counter)
    rejected: list[Rejected] = field(default_factory=list)

    @property
    def reasons(self) -> Counter[str]:
        """Rows set aside, by reason."""
        return Counter(one.reason for one in self.rejected)


def import_forecasts(connection: psycopg.Connection[Any], path: Path) -> ForecastReport:
    """Store the forecasts of a file, and set aside what cannot be read or is about no single game of ours.

    One transaction; a second import of the same file changes nothing.

    Raises:
        UnreadableRecording: the file does not exist or is damaged.
        ArchiveShapeChanged: it is no table of forecasts.
    """
    read = read_forecasts(path, present())
    games, rejected = _find_games(connection, read.forecasts)
    rows = pd.DataFrame(
        [
            {"game_id": games[one.game], **{name: getattr(one, name) for name in _FIELDS}}
            for one in read.forecasts
            if one.game in games
        ]
    )
    if len(rows):
        rows["made_at"] = pd.to_datetime(rows["made_at"], utc=True)
        # Of two rows of one instant the later line of the file is the correction.
        rows = rows.drop_duplicates(_KEYS, keep="last")
    with connection.transaction():
        written = write_outside_forecasts(connection, rows)
        write_quarantine(connection, SOURCE, [*read.rejected, *rejected])
    counts = Counter(rows["forecaster"]) if len(rows) else Counter()
    return ForecastReport(path.name, read.rows_read, written, counts, [*read.rejected, *rejected])


def _find_games(
    connection: psycopg.Connection[Any], forecasts: list[OutsideForecast]
) -> tuple[dict[str, int], list[Rejected]]:
    """Our game by each reference that identifies one, and the rows of the others."""
    # A bundle's forecasts name their games as the bundle does.
    games = read_game_ids(connection, history_bundle.SOURCE)
    why: dict[str, tuple[str, str]] = {}
    rejected = []
    for one in forecasts:
        if one.game not in games and one.game not in why:
            try:
                games[one.game] = find_game(connection, one.game)
            except NotAGameReference as error:
                why[one.game] = ("not a game reference", str(error))
            except UnknownGame as error:
                why[one.game] = ("unknown game", str(error))
            except AmbiguousGame as error:
                why[one.game] = ("ambiguous game", str(error))
        if one.game in why:
            reason, detail = why[one.game]
            rejected.append(
                Rejected(reason, f"{one.place}, column game: {one.game!r}: {detail}", dict(one.record), one.game[:100])
            )
    return games, rejected
