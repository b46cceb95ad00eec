"""The features that each prediction used: curated.ml_feature_vectors, one JSONB vector per game, version and cutoff.

Belongs here: writing vectors once and for ever, their hash, completeness and ids.
Not here: the wide table for training (feature_store.py), computing features.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd
import psycopg
from numpy.typing import NDArray

from mlb_ml_assets.features.declarations import FEATURE_GROUPS, columns_at
from mlb_ml_assets.features.registry import vector_hash
from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.sql import query

# JSONB column of each group; columns of the frame that the registry does not know are taken by their prefix.
_GROUPS: Final = {
    "temporal_features": "temporal",
    "market_features": "market",
    "team_features": "team",
    "betting_splits_features": "splits",
    "derived_features": "derived",
}
_RETURNED: Final = ("game_id", "stage", "as_of", "feature_vector_id", "feature_hash", "fresh", "changed")
_EXTRA_PREFIXES: Final = {"market": "market_", "splits": "splits_"}
_COPY: Final = (
    "COPY pg_temp.incoming_vectors (game_id, feature_cutoff_time, feature_version, feature_hash, "
    "feature_completeness_score, missing_feature_count, total_feature_count, temporal_features, market_features, "
    "team_features, betting_splits_features, derived_features) FROM STDIN"
)


class VectorChanged(WarehouseError, RuntimeError):
    """A stored vector has other values than today's facts give: they were changed under the same version."""


def vector_version(feature_version: str, stage: str) -> str:
    """The version under which a stage's vectors are stored: both stages of a game may share one cutoff."""
    return f"{feature_version}-{stage}"


def write_feature_vectors(
    connection: psycopg.Connection[Any],
    features: pd.DataFrame,
    feature_version: str,
    *,
    late_facts: Collection[int] = (),
) -> pd.DataFrame:
    """Store what is seen at each as-of instant; a vector already stored keeps its row, its id and its values.

    Args:
        connection: inside a transaction, which the caller commits.
        features: game_id, stage, as_of, the registry's columns, and any columns beginning with `market_` (the price
            decided at) or `splits_` (tickets and money), which are part of the vector.
        feature_version: without the stage.
        late_facts: games whose facts come from live sources, which may bring an old one late: a source's game is linked
            hours after its first price. What was decided then is kept.

    Returns:
        game_id, stage, as_of, feature_vector_id, feature_hash, fresh, changed (the stored vector holds other values
        than these): one row per row of `features`.

    Raises:
        VectorChanged: a stored vector of the same game, cutoff and version holds other values, and the game is none of
            `late_facts`.
    """
    if features.empty:
        return pd.DataFrame(columns=list(_RETURNED))
    connection.execute(
        "CREATE TEMPORARY TABLE incoming_vectors ON COMMIT DROP AS "
        "SELECT * FROM curated.ml_feature_vectors WITH NO DATA"
    )
    keys: list[tuple[int, datetime, str, str]] = []
    with connection.cursor().copy(_COPY) as copy:
        for stage, part in features.groupby("stage", sort=False):
            keys += _copy_stage(copy, part, str(stage), vector_version(feature_version, str(stage)))
    stored = connection.execute(query("merge_feature_vectors")).fetchall()
    connection.execute("DROP TABLE pg_temp.incoming_vectors")
    found = {
        (game, cutoff, version): (row_id, digest, fresh) for game, cutoff, version, row_id, digest, fresh in stored
    }
    rows = []
    for game, cutoff, version, digest in keys:
        row_id, stored_digest, fresh = found[(game, cutoff, version)]
        if stored_digest != digest and game not in late_facts:
            raise VectorChanged(
                f"game {game} as of {cutoff}, version {version}: the stored vector {row_id} has other values. It was "
                "built before the seasons that its memory is learned from, or facts were imported anew behind it. "
                "Build a new generation: mlb-ml run --rebuild REASON --from FIRST --to LAST, over the whole history"
            )
        stage = version.rsplit("-", 1)[1]
        rows.append((game, stage, cutoff, row_id, stored_digest, fresh, stored_digest != digest))
    return pd.DataFrame(rows, columns=list(_RETURNED))


def _copy_stage(
    copy: psycopg.Copy, part: pd.DataFrame, stage: str, version: str
) -> list[tuple[int, datetime, str, str]]:
    allowed = set(columns_at(stage))
    grouped = {
        column: [name for name in FEATURE_GROUPS.get(group, ()) if name in allowed]  # type: ignore[call-overload]
        + sorted(name for name in part.columns if group in _EXTRA_PREFIXES and name.startswith(_EXTRA_PREFIXES[group]))
        for column, group in _GROUPS.items()
    }
    names = [name for columns in grouped.values() for name in columns]
    # Both what is hashed and what is written are the 32 bits that the wide table stores.
    values = part[names].to_numpy(dtype=np.float32)
    missing = np.isnan(values).sum(axis=1)
    texts, start = [], 0
    for columns in grouped.values():
        texts.append(_json(columns, values[:, start : start + len(columns)]))
        start += len(columns)
    cutoffs = [stamp.to_pydatetime() for stamp in pd.to_datetime(part["as_of"], utc=True).dt.floor("us")]
    keys = []
    for row, (game, cutoff) in enumerate(zip(part["game_id"].tolist(), cutoffs, strict=True)):
        digest = vector_hash(game, cutoff, version, names, values[row].tolist())
        complete = round(1 - int(missing[row]) / len(names), 2)
        copy.write_row(
            (game, cutoff, version, digest, complete, int(missing[row]), len(names), *(text[row] for text in texts))
        )
        keys.append((game, cutoff, version, digest))
    return keys


def _json(columns: Sequence[str], values: NDArray[np.float32]) -> list[str]:
    """One JSON object per row. Nine digits give back the same 32 bits; a missing value is null."""
    if not columns:
        return ["{}"] * len(values)
    template = "{" + ", ".join(f'"{name}": %.9g' for name in columns) + "}"
    return [(template % tuple(row)).replace(": nan", ": null") for row in values.tolist()]
