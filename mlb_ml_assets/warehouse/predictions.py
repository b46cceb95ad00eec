"""curated.ml_predictions: the forecasts, by game, stage and data instant.

Belongs here: writing predictions without touching frozen ones, and reading the newest.
Not here: computing them (modeling/), bets (warehouse/recommendations.py).
"""

from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.warehouse.partition_write import Target, Written, upsert
from mlb_ml_assets.warehouse.queries import read_dicts, read_frame

_PREDICTIONS = Target(
    "curated.ml_predictions",
    keys=("game_id", "model_name", "model_version", "prediction_timestamp"),
    touch=("updated_at",),
)


@dataclass(frozen=True)
class DecisionContext:
    """What belongs to the stored features of a range of days.

    games: game_id, start, season_type, doubleheader, schedule_known_at. vectors: game_id, stage, as_of,
    feature_vector_id. market_lines: game_id, stage, market_type, line_value, fair_probability, known_at.
    """

    games: pd.DataFrame
    vectors: pd.DataFrame
    market_lines: pd.DataFrame


def read_decision_context(
    connection: psycopg.Connection[Any],
    first: date,
    last: date,
    feature_version: str,
    decisions: pd.DataFrame,
) -> DecisionContext:
    """Games, vectors and prices of `decisions`.

    Args:
        connection: any.
        first: official date.
        last: the day after the last official date.
        feature_version: of the vectors.
        decisions: game_id, stage, as_of; of games of these dates.
    """
    keys = zip(*decisions[["game_id", "stage", "as_of"]].itertuples(index=False), strict=True)
    game_ids, stages, instants = map(list, keys)
    parameters = {
        "first": first, "last": last, "version": feature_version, "games": sorted(set(game_ids)),
        "game_ids": game_ids, "stages": stages, "instants": instants,
    }  # fmt: skip
    starts, vectors, lines = (
        read_frame(connection, name, parameters, instants=("as_of", "start", "known_at", "schedule_known_at"))
        for name in ("decision_games", "decision_vectors", "decision_lines")
    )
    return DecisionContext(starts, vectors, lines)


def write_predictions(connection: psycopg.Connection[Any], rows: pd.DataFrame, frozen: pd.Series) -> Written:
    """Upsert predictions; where `frozen`, an existing row is kept as it is.

    Args:
        connection: inside a transaction.
        rows: columns of curated.ml_predictions.
        frozen: for each row, whether its game's cutoff has passed.
    """
    written = Written()
    for part, update in ((rows[~frozen], None), (rows[frozen], ())):
        if len(part):
            written += upsert(connection, _PREDICTIONS, part, update=update)
    return written


def read_newest_predictions(connection: psycopg.Connection[Any], first: date, last: date) -> pd.DataFrame:
    """Rows of newest_predictions.sql for the official dates [first, last)."""
    return pd.DataFrame(read_dicts(connection, "newest_predictions", {"first": first, "last": last, "now": present()}))
