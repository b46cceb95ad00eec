"""Splits of linked games into curated.unified_betting_splits.

Belongs here: the names of our sources in that table, and writing what its CHECKs allow.
Not here: closing splits, which it cannot hold and which stay in staging.source_splits.
"""

from collections.abc import Iterable
from typing import Any

import psycopg

from mlb_ml_assets.warehouse.contract import require_fit
from mlb_ml_assets.warehouse.sql import query

# Its CHECK on data_source knows these three; splits of other sources stay in staging.
DATA_SOURCES = {"action_network": "action_network", "sportsbettingdime": "sbd", "vsin": "vsin"}


def promote_splits(connection: psycopg.Connection[Any], source: str, games: Iterable[str]) -> int:
    """Write the splits of these source games that the table can hold and does not have; gives rows written."""
    if source not in DATA_SOURCES:
        return 0
    require_fit(connection, "curated.unified_betting_splits")
    parameters = {"source": source, "data_source": DATA_SOURCES[source], "games": sorted(games)}
    return connection.execute(query("promote_splits"), parameters).rowcount
