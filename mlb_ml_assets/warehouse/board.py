"""The slate of a day as stored: newest prediction of each game with its recommendations.

Belongs here: the one query behind the board, the API's slate and the page.
Not here: how a slate is shown (serving/).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

import psycopg
from psycopg.rows import dict_row

from mlb_ml_assets.warehouse.sql import query

BOARD_MODELS = ("mlb_game_model_open", "mlb_game_model_lineup")


def read_board(
    connection: psycopg.Connection[Any], day: date, models: Sequence[str] = BOARD_MODELS
) -> list[dict[str, Any]]:
    """Rows of board.sql for one official date, by start; instants in UTC.

    Args:
        connection: any.
        day: official date.
        models: whose newest prediction of each game is shown; by default that of either stage.
    """
    with connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query("board"), {"day": day, "models": list(models)}).fetchall()


def slate_day_to_show(connection: psycopg.Connection[Any], today: date) -> date | None:
    """The official date that is meant where none is named: today once it is predicted, else the last one predicted."""
    row = connection.execute(query("slate_day_to_show"), {"today": today}).fetchone()
    return row[0] if row is not None else None
