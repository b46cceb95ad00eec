"""curated.ml_recommendations and the betting columns of curated.ml_predictions.

Belongs here: quotes at decisions, writing recommendations, reading them for settlement.
Not here: deciding (betting/recommendations.py), settling (betting/settlement.py).
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.warehouse.offers import quote_parameters
from mlb_ml_assets.warehouse.partition_write import Target, Written, update_existing, upsert
from mlb_ml_assets.warehouse.queries import read_frame, run_query

_RECOMMENDATIONS = Target("curated.ml_recommendations", keys=("prediction_id", "market_type", "side"))
_BETTING_COLUMNS = Target("curated.ml_predictions", keys=("id",), touch=("updated_at",))


def read_decision_quotes(
    connection: psycopg.Connection[Any], decisions: pd.DataFrame, recorded: Iterable[datetime] = ()
) -> pd.DataFrame:
    """The price of each book at each decision; see decision_quotes.sql for the columns.

    Args:
        connection: any.
        decisions: game_id, stage, as_of.
        recorded: captured_at of the rows with is_log that an earlier call found for other games of the slate: when a
            log's writer was last alive is seen from all of them.
    """
    parameters = quote_parameters(connection, _as_arrays(decisions), recorded)
    return read_frame(connection, "decision_quotes", parameters, instants=("quoted_at", "seen_at", "captured_at"))


def read_bet_terms(connection: psycopg.Connection[Any], decisions: pd.DataFrame) -> pd.DataFrame:
    """Official date, innings, listed starters and batting order as known at each decision; see bet_terms.sql.

    Args:
        connection: any.
        decisions: game_id, stage, as_of.
    """
    return read_frame(connection, "bet_terms", _as_arrays(decisions))


def read_operators(connection: psycopg.Connection[Any], books: Sequence[str], day: date) -> dict[str, str]:
    """The operator of each book that the catalog has one for on a day."""
    rows = run_query(connection, "operators_of_books", {"books": list(books), "day": day})
    return dict(rows.fetchall())


def read_open_stakes(
    connection: psycopg.Connection[Any], first: date, last: date, *, deciding: Sequence[int]
) -> pd.DataFrame:
    """Stakes of earlier decisions on games of [first, last), without those of the predictions `deciding`.

    Returns:
        game_date, game_id, stage, book, operator, stake (fraction of bankroll); one row per bet.
    """
    parameters = {"first": first, "last": last, "deciding": [int(each) for each in deciding]}
    return read_frame(connection, "standing_stakes", parameters)


def write_recommendations(connection: psycopg.Connection[Any], rows: pd.DataFrame, wide: pd.DataFrame) -> Written:
    """Upsert recommendations and bring their predictions' betting columns up to date.

    Args:
        connection: inside a transaction.
        rows: columns of curated.ml_recommendations up to decided_at; settlement columns are never touched.
        wide: prediction_id and betting columns of curated.ml_predictions.
    """
    written = upsert(connection, _RECOMMENDATIONS, rows)
    if len(wide):
        wide = wide.rename(columns={"prediction_id": "id"})
        update_existing(connection, _BETTING_COLUMNS, wide)
    return written


def _as_arrays(decisions: pd.DataFrame) -> dict[str, list[Any]]:
    return {
        "game_ids": decisions["game_id"].astype(int).tolist(),
        "stages": decisions["stage"].tolist(),
        "instants": [stamp.to_pydatetime() for stamp in pd.to_datetime(decisions["as_of"], utc=True)],
    }
