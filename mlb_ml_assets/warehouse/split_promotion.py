"""Splits of linked games into curated.unified_betting_splits.

Belongs here: writing what that table's CHECKs allow; splits of sources that they do not name stay in staging.
Not here: closing splits, which it cannot hold and which stay in staging.source_splits.
"""

from collections.abc import Iterable
from typing import Any

import psycopg

from mlb_ml_assets.domain.time_rules import CUTOFF_BEFORE_START
from mlb_ml_assets.sources.catalogue import source_of
from mlb_ml_assets.warehouse.contract import require_fit
from mlb_ml_assets.warehouse.sql import query


def promote_splits(connection: psycopg.Connection[Any], source: str, games: Iterable[str]) -> int:
    """Write the splits of these source games that the table can hold and does not have; gives rows written."""
    data_source = source_of(source).splits_name
    if data_source is None:
        return 0
    require_fit(connection, "curated.unified_betting_splits")
    parameters = {"source": source, "data_source": data_source, "games": sorted(games), "cutoff": CUTOFF_BEFORE_START}
    return connection.execute(query("promote_splits"), parameters).rowcount
