"""A source's own ids of games, as ours.

Belongs here: the map from a source's game ids to curated.enhanced_games.
Not here: making links (warehouse/games.py).
"""

from typing import Any

import psycopg

from mlb_ml_assets.warehouse.sql import query


def game_ids_of_source(connection: psycopg.Connection[Any], source: str) -> dict[str, int]:
    """Our game id by the source's, for every linked record of the source."""
    return dict(connection.execute(query("game_ids_of_source"), {"source": source}).fetchall())
