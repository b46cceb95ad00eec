"""The catalog page of an asset's table before anything has run: name, columns with descriptions, lineage.

Belongs here: Dagster's metadata of a table, read from the migrations; links to the code.
Not here: the declarations themselves, counts of a run (report.py). Loads no pandas: every process pays for it.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any, Final

import dagster as dg

from mlb_ml_assets.features.declarations import FEATURES
from mlb_ml_assets.warehouse.declared_columns import DeclaredColumn, declared_columns

_QUOTES: Final = ("staging/action_network_odds_historical", "staging/source_quotes")
# Only where a column is a copy of another one, or is computed from named ones row by row. Features and probabilities
# rest on whole histories; an edge from every column to every other would be true and useless.
LINEAGE: Final[Mapping[str, Mapping[str, tuple[tuple[str, str], ...]]]] = {
    "curated.enhanced_games": {
        "game_date": (("staging/source_games", "game_date"),),
        "game_datetime": (("staging/source_games", "scheduled_start"),),
        "home_team": (("staging/source_games", "home_team"),),
        "away_team": (("staging/source_games", "away_team"),),
        "game_number": (("staging/source_games", "game_number"),),
        "game_status": (("staging/source_games", "status"),),
        "venue_name": (("staging/source_games", "venue_name"),),
    },
    "curated.market_lines": {
        "home_or_over_odds": tuple((table, "odds") for table in _QUOTES),
        "away_or_under_odds": tuple((table, "odds") for table in _QUOTES),
        "fair_probability": tuple((table, "odds") for table in _QUOTES),
        "overround": tuple((table, "odds") for table in _QUOTES),
        "line_value": tuple((table, "line_value") for table in _QUOTES),
        "quoted_at": tuple((table, "updated_at") for table in _QUOTES),
    },
    "curated.ml_predictions": {
        "game_id": (("curated/ml_feature_vectors", "game_id"),),
        "feature_vector_id": (("curated/ml_feature_vectors", "id"),),
        "feature_version": (("curated/ml_feature_vectors", "feature_version"),),
        "market_close_time": (("curated/enhanced_games", "game_datetime"),),
    },
    "curated.ml_recommendations": {
        "prediction_id": (("curated/ml_predictions", "id"),),
        "game_id": (("curated/ml_predictions", "game_id"),),
        "final_probability": (("curated/ml_predictions", "prediction_explanation"),),
        "blind_probability": (("curated/ml_predictions", "prediction_explanation"),),
        "memory_probability": (("curated/ml_predictions", "prediction_explanation"),),
        "market_probability": (("curated/ml_predictions", "prediction_explanation"),),
        "odds": tuple((table, "odds") for table in _QUOTES),
        "line_value": tuple((table, "line_value") for table in _QUOTES),
        "quoted_at": tuple((table, "updated_at") for table in _QUOTES),
        "closing_probability": (("curated/market_lines", "fair_probability"),),
        "closing_odds": (("curated/market_lines", "home_or_over_odds"), ("curated/market_lines", "away_or_under_odds")),
    },
}


def describe(table: str, *, features: bool = False) -> dict[str, Any]:
    """An asset's static metadata: the table's name and columns, and the lineage of columns where it is declared.

    Args:
        table: schema-qualified, as a migration creates it.
        features: append the features, of which curated.game_features holds one column each.
    """
    columns = [_column(column) for column in declared_columns(table)]
    if features:
        names = {name for feature in FEATURES for name in feature.columns}
        columns += [_column(column) for column in declared_columns("curated.game_features") if column.name in names]
    metadata: dict[str, Any] = {"dagster/table_name": table, "dagster/column_schema": dg.TableSchema(columns=columns)}
    if table in LINEAGE:
        metadata["dagster/column_lineage"] = dg.TableColumnLineage(
            {
                column: [dg.TableColumnDep(dg.AssetKey(key.split("/")), name) for key, name in deps]
                for column, deps in LINEAGE[table].items()
            }
        )
    return metadata


def _column(declared: DeclaredColumn) -> dg.TableColumn:
    return dg.TableColumn(
        declared.name,
        type=declared.type,
        description=declared.comment or None,
        constraints=dg.TableColumnConstraints(nullable=not declared.required),
    )


def with_code_links(
    assets: Sequence[dg.AssetsDefinition | dg.AssetSpec],
) -> Sequence[dg.AssetsDefinition | dg.AssetSpec]:
    """The assets, each with a link to its file and line, which the UI opens in an editor."""
    with warnings.catch_warnings():
        # A beta feature, of which Dagster warns twice per asset.
        warnings.simplefilter("ignore", dg.BetaWarning)
        return dg.with_source_code_references(assets)  # type: ignore[return-value]
