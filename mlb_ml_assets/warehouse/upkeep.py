"""Keeping the database small and its statistics fresh.

Belongs here: what may be deleted of logs, vacuuming, table sizes.
Not here: when (automation/schedules.py), MLflow's files (registry/), rows of games (kept for ever).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import class_row

from mlb_ml_assets.warehouse.queries import run_query
from mlb_ml_assets.warehouse.quote_months import DIVIDED, read_changed_partitions
from mlb_ml_assets.warehouse.sql import query, table_identifier

# Rewritten by every pull of an outside collector, or by us with every quote; autovacuum waits for 20 % of a table.
VACUUMED = (
    ("staging", "action_network_odds_historical"),
    ("staging", "source_quotes"),
    ("staging", "quote_arrivals"),
    ("staging", "board_arrivals"),
    ("staging", "fact_arrivals"),
    ("staging", "quote_observations"),
    ("staging", "market_sightings"),
    ("curated", "market_lines"),
    ("curated", "ml_predictions"),
    ("curated", "ml_recommendations"),
    ("dagster", "event_logs"),
)
# What an import of more rows than this leaves without statistics is read by nested loops until autovacuum comes.
_ANALYZE_FROM_ROWS = 1_000
# The first version that analyzes a divided table without all its partitions.
_ANALYZE_ONLY_FROM = 180000
FILLED_BY_INGEST = (
    "staging.source_games",
    "staging.game_status_history",
    "staging.fact_observations",
    "staging.quote_observations",
    "staging.game_sightings",
    "staging.market_sightings",
    "staging.source_splits",
    "staging.probable_starters",
    "staging.game_results",
)
FILLED_BY_BUILD = (
    "curated.enhanced_games",
    "curated.game_details",
    "curated.game_identity",
    "curated.market_lines",
)


@dataclass(frozen=True)
class TableSize:
    """One table: rows as the statistics have them, megabytes with indexes, rows deleted and not yet vacuumed."""

    name: str
    rows: int
    megabytes: float
    dead_rows: int


def drop_old_events(connection: psycopg.Connection[Any], before: datetime) -> int:
    """Delete Dagster's step chatter of before an instant; rows deleted.

    Materializations, observations, checks, failures and ends of runs stay: the status of partitions rests on them.
    A database without Dagster's tables has nothing to delete.
    """
    if not _exists(connection, "dagster.event_logs"):
        return 0
    return connection.execute(query("drop_old_events"), {"before": before}).rowcount


def drop_old_arrivals(connection: psycopg.Connection[Any], before: datetime) -> int:
    """Delete arrivals of quotes, boards and facts that no sensor and no pricer came for; rows deleted."""
    return sum(
        connection.execute(
            sql.SQL("DELETE FROM staging.{} WHERE arrived_at < %s").format(sql.Identifier(log)), (before,)
        ).rowcount
        for log in ("quote_arrivals", "board_arrivals", "fact_arrivals")
    )


def analyze_filled(connection: psycopg.Connection[Any], tables: Sequence[str], rows: int) -> bool:
    """ANALYZE tables after `rows` rows were written to them, if those are many; whether it was done."""
    if rows < _ANALYZE_FROM_ROWS:
        return False
    for table in tables:
        analyze(connection, table)
    return True


def analyze(connection: psycopg.Connection[Any], table: str) -> None:
    """ANALYZE a table; of one that is divided by months, the months that changed and the table as a whole."""
    if table in DIVIDED and connection.info.server_version >= _ANALYZE_ONLY_FROM:
        for partition in read_changed_partitions(connection, table, _ANALYZE_FROM_ROWS):
            connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(*partition)))
        connection.execute(sql.SQL("ANALYZE ONLY {}").format(table_identifier(table)))
    else:
        connection.execute(sql.SQL("ANALYZE {}").format(table_identifier(table)))


def vacuum(connection: psycopg.Connection[Any]) -> list[str]:
    """VACUUM (ANALYZE) the tables that are rewritten most and changed since; their names.

    ANALYZE samples as many pages of a table that did not change: of 1e8 quotes 10 s from the disk.

    Args:
        connection: in autocommit mode.
    """
    done = []
    for schema, table in VACUUMED:
        name = f"{schema}.{table}"
        if name in DIVIDED and connection.info.server_version >= _ANALYZE_ONLY_FROM:
            for partition in read_changed_partitions(connection, name, 1):
                connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(sql.Identifier(*partition)))
            statement = sql.SQL("ANALYZE ONLY {}")
        else:
            statement = sql.SQL("VACUUM (ANALYZE) {}")
        # What other sessions write just now is counted within a minute, for the next pass.
        connection.execute("SELECT pg_stat_force_next_flush()")
        if run_query(connection, "tables_to_vacuum", {"tables": [name]}).fetchone():
            connection.execute(statement.format(table_identifier(name)))
            done.append(name)
    return done


def table_sizes(connection: psycopg.Connection[Any]) -> list[TableSize]:
    """Every table of the database, largest first."""
    with connection.cursor(row_factory=class_row(TableSize)) as cursor:
        return cursor.execute(query("table_sizes")).fetchall()


def _exists(connection: psycopg.Connection[Any], table: str) -> bool:
    (oid,) = connection.execute("SELECT to_regclass(%s)", (table,)).fetchone() or (None,)
    return oid is not None
