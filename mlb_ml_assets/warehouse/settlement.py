"""Settled recommendations, their history, and the rows that performance is computed from.

Belongs here: reading the rows to settle and score, writing settlements by COPY.
Not here: rules (betting/settlement.py), scores (evaluation/performance.py).
"""

from datetime import date
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.warehouse.partition_write import Target, Written, update_existing, upsert
from mlb_ml_assets.warehouse.queries import read_frame

_KEYS = ("prediction_id", "market_type", "side")
_RECOMMENDATIONS = Target("curated.ml_recommendations", _KEYS)
_HISTORY = Target("curated.settlement_history", (*_KEYS, "settled_at"))
_SETTLED = (
    "result", "settlement_rule", "profit", "closing_book", "closing_odds", "closing_line", "closing_probability",
    "clv_expected_value", "clv_probability", "clv_price", "clv_reference", "reference_probability", "own_closing_odds",
    "own_closing_line", "own_closing_probability", "own_clv_expected_value", "own_close_age_minutes",
    "no_own_close_reason", "unsettled_reason",
)  # fmt: skip


_NUMBER_ENDINGS = ("probability", "_score", "_value")
_NUMBERS = ("odds", "stake", "profit", "kelly_slate", "suspension_innings")
_INSTANTS = ("terms_scheduled_start", "first_pitch", "completed_at", "completed_by", "resumed_at")


def read_recommendations_to_settle(connection: psycopg.Connection[Any], first: date, last: date) -> pd.DataFrame:
    """Rows of recommendations_to_settle.sql for the official dates [first, last)."""
    return _read(connection, "recommendations_to_settle", first, last)


def read_closing_lines(connection: psycopg.Connection[Any], first: date, last: date) -> pd.DataFrame:
    """Rows of closing_lines.sql for the official dates [first, last)."""
    return _read(connection, "closing_lines", first, last)


def read_reference_closes(connection: psycopg.Connection[Any], first: date, last: date) -> pd.DataFrame:
    """Rows of reference_closes.sql for the official dates [first, last)."""
    return _read(connection, "reference_closes", first, last)


def read_operator_closes(connection: psycopg.Connection[Any], first: date, last: date) -> pd.DataFrame:
    """Rows of operator_closes.sql for the official dates [first, last)."""
    return _read(connection, "operator_closes", first, last)


def read_evaluation_rows(connection: psycopg.Connection[Any], first: date, last: date) -> pd.DataFrame:
    """Rows of evaluation_rows.sql for the official dates [first, last)."""
    return _read(connection, "evaluation_rows", first, last)


def write_settlements(connection: psycopg.Connection[Any], rows: pd.DataFrame, changed: pd.DataFrame) -> Written:
    """Bring settlement columns up to date where they changed, and append the changes to the history.

    Args:
        connection: inside a transaction.
        rows: keys and settlement columns of recommendations that changed.
        changed: those whose result is new or corrected: keys, result, settlement_rule, profit, scores, cause.
    """
    if len(rows):
        (now,) = connection.execute("SELECT now()").fetchone() or (None,)
        settled = rows[[*_KEYS, *_SETTLED]].copy()
        settled["settled_at"] = [now if known else None for known in rows["result"].notna()]
        update_existing(connection, _RECOMMENDATIONS, settled)
    if changed.empty:
        return Written()
    (settled_at,) = connection.execute("SELECT clock_timestamp()").fetchone() or (None,)
    history = changed[[*_KEYS, "result", "settlement_rule", "profit", "home_score", "away_score", "cause"]]
    return upsert(connection, _HISTORY, history.assign(settled_at=settled_at))


def _read(connection: psycopg.Connection[Any], name: str, first: date, last: date) -> pd.DataFrame:
    frame = read_frame(connection, name, {"first": first, "last": last}, instants=_INSTANTS)
    for day in frame.columns.intersection(["game_date", "terms_game_date", "moved_to"]):
        frame[day] = pd.to_datetime(frame[day])
    numbers = [name for name in frame.columns if name.endswith(_NUMBER_ENDINGS) or name in _NUMBERS]
    frame[numbers] = frame[numbers].apply(pd.to_numeric)
    return frame
