"""Features of a range of days: facts and requests in, vectors out.

Belongs here: reading, the calls of features and market memory, checkpoints, writing.
Not here: formulas (features/, modeling/), SQL.
"""

from collections.abc import Collection
from datetime import date, timedelta
from itertools import compress
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.domain.input_ages import CLOSES, age_column
from mlb_ml_assets.domain.models import STAGES
from mlb_ml_assets.features.decision_prices import decision_prices
from mlb_ml_assets.features.decisions import decision_requests
from mlb_ml_assets.features.declarations import MEMORY_COLUMNS
from mlb_ml_assets.features.fact_ages import age_of_closes
from mlb_ml_assets.features.facts import GameHistory
from mlb_ml_assets.features.rating_log import RatingLog
from mlb_ml_assets.features.sweep import build_features
from mlb_ml_assets.flows.feature_state import KeptState, Start, read_start, write_next_start
from mlb_ml_assets.flows.kept_features import feature_keys
from mlb_ml_assets.modeling.market_memory import remember
from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
from mlb_ml_assets.warehouse.feature_store import read_features, write_features
from mlb_ml_assets.warehouse.feature_vectors import write_feature_vectors
from mlb_ml_assets.warehouse.locks import lock_days
from mlb_ml_assets.warehouse.player_ratings import write_player_ratings
from mlb_ml_assets.warehouse.quote_metrics import read_splits_columns

TABLE = "curated.ml_feature_vectors"
_KEY = ["game_id", "stage", "as_of"]


def build_vectors(connection: psycopg.Connection[Any], days: DayRange, kept: KeptState | None = None) -> dict[str, Any]:
    """Build and store the features of every decision of the games of `days` that lies in the past.

    Args:
        connection: any.
        days: official dates.
        kept: of a process that stays; decisions that it knows to be built are left out.
    """
    with connection.transaction():
        lock_days(connection, TABLE, days.first, days.last)
        version = current_feature_version(connection)
        if kept is None:
            start = read_start(connection, days.first, days.last, version)
        else:
            start = kept.read_start(connection, version)
        history = start.history
        played = history.games["game_date"].dt.date
        games = history.games[(played >= days.first) & (played <= days.last)]
        requests = _requests(history, games)
        if kept is not None:
            requests = kept.select_new(requests)
        if not len(requests):
            return {"games": len(games), "vectors": 0}
        requests, features, log = _build(connection, start, days, requests, version, kept)
        features["price_stage"] = requests["price_stage"].to_numpy()
        prices = decision_prices(requests, history.market_lines).drop(columns=["price_known_at", "price_stood_at"])
        archived = history.market_lines.loc[history.market_lines["assumed"], "game_id"]
        live = set(requests["game_id"]) - set(archived)
        vectors = _write_vectors(connection, pd.concat([features, prices], axis=1), version, live)
        # A stored vector is not changed by late facts, nor is its wide row: predictions refer to both.
        rows = features
        if vectors["changed"].any():
            unchanged = pd.MultiIndex.from_frame(vectors.loc[vectors["changed"], _KEY])
            rows = features[~pd.MultiIndex.from_frame(features[_KEY]).isin(unchanged)]
        new, changed = write_features(connection, rows, version)
        rated = write_player_ratings(connection, log.rows())
        if kept is not None:
            kept.add(requests, log.by_day)
    return {
        "games": len(games),
        "vectors": len(features),
        "rows changed": new + changed,
        "player ratings new or changed": rated.inserted + rated.updated,
        "vectors new": int(vectors["fresh"].sum()),
        "vectors that stand against late facts": int(vectors["changed"].sum()),
        "feature version": version,
        **_coverage(features),
    }


def _build(
    connection: psycopg.Connection[Any],
    start: Start,
    days: DayRange,
    requests: pd.DataFrame,
    version: str,
    kept: KeptState | None,
) -> tuple[pd.DataFrame, pd.DataFrame, RatingLog]:
    """The requests in a new order, their features in it, and the ratings of the days that were swept for them.

    Of a process that stays only those are built that depend on something new; a price alone is nothing new.
    """
    # A pricer sweeps the same days whenever an announcement is new: their ratings are stored once.
    log = RatingLog(stored=frozenset() if kept is None else kept.rated)
    history = start.history
    if kept is None:
        return requests, _compute(connection, start, days, requests, version, log), log
    kept.features.forget_other_lines(_lines_of_others(history, days))
    keys = feature_keys(history, requests)
    is_held = kept.features.holds(keys)
    held, new = requests[is_held], requests[~is_held]
    parts = []
    if len(held):
        parts.append(kept.features.take(list(compress(keys, is_held)), held["as_of"]))
    if len(new):
        parts.append(_compute(connection, start, days, new.reset_index(drop=True), version, log))
        kept.features.add(list(compress(keys, ~is_held)), parts[-1])
    return pd.concat([held, new], ignore_index=True), pd.concat(parts, ignore_index=True), log


def _lines_of_others(history: GameHistory, days: DayRange) -> pd.DataFrame:
    """The market lines of games before these days."""
    before = history.games.loc[history.games["game_date"] < pd.Timestamp(days.first), "game_id"]
    return history.market_lines[history.market_lines["game_id"].isin(before)].reset_index(drop=True)


def _compute(
    connection: psycopg.Connection[Any],
    start: Start,
    days: DayRange,
    requests: pd.DataFrame,
    version: str,
    log: RatingLog,
) -> pd.DataFrame:
    """The features of requests, in their order; the state from which the next build may start is stored as well."""
    baseball = build_features(start.history, requests, checkpoint=start.sweep, log=log)
    known = _with_stored(connection, start, days, baseball, version)
    memory = remember(start.history, requests, state=start.memory, features=known)
    write_next_start(connection, start, days.last, version, known)
    return merge_memory(baseball, memory)


def _with_stored(
    connection: psycopg.Connection[Any], start: Start, days: DayRange, built: pd.DataFrame, version: str
) -> pd.DataFrame:
    """The features built, after the stored ones of the days between the start and them, whose closes enter memory."""
    if start.day >= days.first - timedelta(days=1):
        return built
    between = max(start.day, date.min + timedelta(days=1)) + timedelta(days=1)
    stored = read_features(connection, between, days.first - timedelta(days=1), version)
    return pd.concat([stored.reindex(columns=built.columns), built], ignore_index=True) if len(stored) else built


def merge_memory(features: pd.DataFrame, memory: pd.DataFrame) -> pd.DataFrame:
    """Add the columns of market memory and the age of its closes, row by row; known_at becomes the later of the two."""
    merged = features.copy()
    for name in MEMORY_COLUMNS:
        merged[name] = memory[name].to_numpy()
    merged[age_column(CLOSES)] = age_of_closes(memory["memory_known_at"], features["as_of"])
    merged["known_at"] = pd.concat([features["known_at"], memory["memory_known_at"]], axis=1).max(axis=1)
    return merged


def _write_vectors(
    connection: psycopg.Connection[Any], vectors: pd.DataFrame, version: str, late_facts: Collection[int] = ()
) -> pd.DataFrame:
    """Write the vectors; only those of games with splits contain them, so that all other hashes stay the same."""
    splits = read_splits_columns(connection, vectors)
    has_splits = splits.notna().any(axis=1)
    if not has_splits.any():
        return write_feature_vectors(connection, vectors, version, late_facts=late_facts)
    parts = [vectors[~has_splits], pd.concat([vectors, splits], axis=1)[has_splits]]
    return pd.concat(
        [write_feature_vectors(connection, part, version, late_facts=late_facts) for part in parts if len(part)]
    )


def _requests(history: GameHistory, games: pd.DataFrame) -> pd.DataFrame:
    ids = games["game_id"]
    return decision_requests(
        games,
        history.market_lines[history.market_lines["game_id"].isin(ids)],
        history.lineups[history.lineups["game_id"].isin(ids)],
        present(),
    )


def _coverage(features: pd.DataFrame) -> dict[str, float]:
    """Share of known values at each stage, one number for Dagster's plot over partitions."""
    numbers = features.select_dtypes("number").drop(columns=["game_id"], errors="ignore")
    return {
        f"coverage {stage}": float(numbers[features["stage"] == stage].notna().to_numpy().mean())
        for stage in STAGES
        if (features["stage"] == stage).any()
    }
