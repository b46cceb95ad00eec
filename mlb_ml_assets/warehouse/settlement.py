"""Settled recommendations, their history, and the rows that performance is computed from.

Belongs here: reading what is to be settled and scored, writing settlements by COPY.
Not here: rules (betting/settlement.py), scores (evaluation/performance.py).
"""

from datetime import date
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.warehouse.partition_write import Target, Written, update_existing, upsert
from mlb_ml_assets.warehouse.sql import query

_KEYS = ("prediction_id", "market_type", "side")
_RECOMMENDATIONS = Target("curated.ml_recommendations", _KEYS)
_HISTORY = Target("curated.settlement_history", (*_KEYS, "settled_at"))
_SETTLED = (
    "result", "settlement_rule", "profit", "closing_book", "closing_odds", "closing_line", "closing_probability",
    "clv_expected_value", "clv_probability", "clv_price",
)  # fmt: skip


def recommendations_to_settle(connection: psycopg.Connection[Any], first: date, last: date) -> pd.DataFrame:
    """Rows of recommendations_to_settle.sql for the official dates [first, last)."""
    return _frame(connection, "recommendations_to_settle", first, last)


def closing_lines(connection: psycopg.Connection[Any], first: date, last: date) -> pd.DataFrame:
    """Rows of closing_lines.sql for the official dates [first, last)."""
    return _frame(connection, "closing_lines", first, last)


def evaluation_rows(connection: psycopg.Connection[Any], first: date, last: date) -> pd.DataFrame:
    """Rows of evaluation_rows.sql for the official dates [first, last)."""
    return _frame(connection, "evaluation_rows", first, last)


def write_settlements(connection: psycopg.Connection[Any], rows: pd.DataFrame, changed: pd.DataFrame) -> Written:
    """Bring settlement columns up to date where they changed, and append the changes to the history.

    Args:
        connection: inside a transaction.
        rows: keys and settlement columns of recommendations that changed.
        changed: those whose result is new or corrected: keys, result, settlement_rule, profit, scores.
    """
    if len(rows):
        (now,) = connection.execute("SELECT now()").fetchone() or (None,)
        settled = rows[[*_KEYS, *_SETTLED]].copy()
        settled["settled_at"] = [now if known else None for known in rows["result"].notna()]
        update_existing(connection, _RECOMMENDATIONS, settled)
    if changed.empty:
        return Written()
    (settled_at,) = connection.execute("SELECT clock_timestamp()").fetchone() or (None,)
    history = changed[[*_KEYS, "result", "settlement_rule", "profit", "home_score", "away_score"]]
    return upsert(connection, _HISTORY, history.assign(settled_at=settled_at))


def _frame(connection: psycopg.Connection[Any], name: str, first: date, last: date) -> pd.DataFrame:
    cursor = connection.execute(query(name), {"first": first, "last": last})
    frame = pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])
    for day in ("game_date",):
        if day in frame:
            frame[day] = pd.to_datetime(frame[day])
    for stamp in ("scheduled_start", "first_pitch"):
        if stamp in frame:
            frame[stamp] = pd.to_datetime(frame[stamp], utc=True)
    numbers = [
        name
        for name in frame.columns
        if name.endswith(("probability", "_score", "_value")) or name in {"odds", "stake", "profit", "kelly_slate"}
    ]
    frame[numbers] = frame[numbers].apply(pd.to_numeric)
    return frame
