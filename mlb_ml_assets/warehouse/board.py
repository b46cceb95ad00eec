"""The slate of a day as stored: newest prediction of each game with its recommendations.

Belongs here: the one query behind the board, the API's slate and the page.
Not here: how a slate is shown (serving/).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.warehouse.sql import query


def read_board(
    connection: psycopg.Connection[Any], day: date, models: Sequence[str] = GAME_MODEL.names
) -> list[dict[str, Any]]:
    """Rows of board.sql for one official date, by start; instants in UTC.

    Args:
        connection: any.
        day: official date.
        models: names of the models of which the newest prediction per game is read; by default of either stage.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query("board"), {"day": day, "models": list(models)}).fetchall()


def slate_day_to_show(connection: psycopg.Connection[Any], today: date) -> date | None:
    """The official date to show by default: today once it is predicted, else the last predicted one."""
    row = connection.execute(query("slate_day_to_show"), {"today": today}).fetchone()
    return row[0] if row is not None else None
