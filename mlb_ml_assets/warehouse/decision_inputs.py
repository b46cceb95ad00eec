"""Stored features of decisions beside their prices: what a model is given, in a partition's run and on request alike.

Belongs here: the one assembly of a prediction's inputs.
Not here: features (features/), predicting (modeling/), writing.
"""

from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.domain.models import LINEUP
from mlb_ml_assets.features.decision_prices import decision_prices
from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
from mlb_ml_assets.warehouse.feature_store import read_features
from mlb_ml_assets.warehouse.predictions import read_decision_context


def read_inputs(
    connection: psycopg.Connection[Any], first: date, last: date, games: Collection[int] | None = None
) -> pd.DataFrame:
    """Stored features of the official dates [first, last] with vector ids, starts, and the price at each decision.

    With `games` of these alone.

    Only decisions in effect: the newest of a game, stage and price stage, unless its price or the game itself has
    moved since. Forecasts of superseded decisions are kept as stored: the price of such a decision is no longer in the
    table of prices, and without it the forecast would be a different one under the same decision time.
    """
    version = current_feature_version(connection)
    features = read_features(connection, first, last, version, games, newest=True)
    if features.empty:
        return features
    context = read_decision_context(connection, first, last + timedelta(days=1), version, features)
    frame = features.merge(context.games, on="game_id").merge(context.vectors, on=["game_id", "stage", "as_of"])
    frame = _in_effect(frame, context.market_lines)
    prices = decision_prices(frame, context.market_lines)
    frame = pd.concat([frame, prices], axis=1)
    frame["market_hours_to_start"] = (frame["start"] - frame["price_stood_at"]).dt.total_seconds() / 3600
    return frame


def _in_effect(frame: pd.DataFrame, market_lines: pd.DataFrame) -> pd.DataFrame:
    moved_at = market_lines[market_lines["stage"] == LINEUP].groupby("game_id")["known_at"].max()
    superseded = (frame["price_stage"] == LINEUP) & (frame["game_id"].map(moved_at) > frame["as_of"])
    before_its_move = frame["as_of"] < frame["schedule_known_at"]
    in_effect = frame[~superseded & ~before_its_move].reset_index(drop=True)
    return in_effect.drop(columns="schedule_known_at")
