"""What a database holds, as far as it decides which command comes next.

Belongs here: seasons with games, and what was made of them.
Not here: the command (flows/next_command.py).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import psycopg

from mlb_ml_assets.warehouse.board import read_season_spans
from mlb_ml_assets.warehouse.queries import run_query


@dataclass(frozen=True)
class Holdings:
    """The extent of a database.

    Attributes:
        seasons: first and last official date with a game, by season; of games that any source lists.
        finished_before_last_season: games with a score in all seasons but the last.
        has_features: whether any decision has its features.
        has_models: whether any month has a model.
        last_prediction: last official date with a predicted game; None without one.
    """

    seasons: Mapping[int, tuple[date, date]]
    finished_before_last_season: int = 0
    has_features: bool = False
    has_models: bool = False
    last_prediction: date | None = None

    def has_game_between(self, first: date, last: date) -> bool:
        """Whether the days between which a season has games overlap [first, last]."""
        return any(begins <= last and first <= ends for begins, ends in self.seasons.values())


def read_holdings(connection: psycopg.Connection[Any]) -> Holdings:
    """The extent of this database."""
    seasons = read_season_spans(connection, date.min, date.max)
    row = run_query(connection, "holdings", {"last_season": max(seasons, default=0)}).fetchone()
    assert row is not None
    return Holdings(seasons, *row)
