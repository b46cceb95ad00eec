"""Which days have games, and the slate of a day as stored.

Belongs here: the newest prediction of each game of a day with its recommendations, the day to show, spans of seasons.
Not here: how a slate is shown (serving/); anything that needs pandas: the command line runs this at every start.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg

from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.warehouse.queries import read_dicts, run_query


def read_board(
    connection: psycopg.Connection[Any], day: date, models: Sequence[str] = GAME_MODEL.names
) -> list[dict[str, Any]]:
    """Rows of board.sql for one official date, by start; instants in UTC.

    Args:
        connection: any.
        day: official date.
        models: names of the models of which the newest prediction per game is read; by default of either stage.
    """
    return read_dicts(connection, "board", {"day": day, "models": list(models)})


def read_slate_day(connection: psycopg.Connection[Any], today: date) -> date | None:
    """The official date to show by default: today once it is predicted, else the last predicted one."""
    row = run_query(connection, "slate_day_to_show", {"today": today}).fetchone()
    return row[0] if row is not None else None


def read_season_spans(connection: psycopg.Connection[Any], first: date, last: date) -> dict[int, tuple[date, date]]:
    """First and last game day of each season in [first, last], both included; a season without a game is absent."""
    rows = run_query(connection, "season_spans", {"first": first, "last": last}).fetchall()
    return {season: (begins, ends) for season, begins, ends in rows}
