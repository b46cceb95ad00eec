"""How much of each feature is there, by season: what a reader checks before trusting a coefficient.

Belongs here: the coverage table, and its picture.
Not here: features, storage, where the picture is shown (assets/).
"""

import io

import numpy as np
import pandas as pd

from mlb_ml_assets.features.declarations import FEATURES


def coverage_by_season(features: pd.DataFrame, stage: str) -> pd.DataFrame:
    """Share of known values, one row per feature of a stage, one column per season.

    A feature of both sides counts as known where both are. Rows are in the registry's order.

    Args:
        features: stage, season, and the registry's columns.
        stage: open | lineup.
    """
    rows = features[features["stage"] == stage]
    season = rows["season"].to_numpy(dtype=np.int64)
    known = {
        feature.name: rows[list(feature.columns)].notna().all(axis=1).groupby(season).mean()
        for feature in FEATURES
        if stage in feature.stages and set(feature.columns) <= set(rows.columns)
    }
    return pd.DataFrame(known).T.rename_axis("feature")


def coverage_picture(coverage: pd.DataFrame) -> bytes:
    """A coverage table as a PNG: features downwards, seasons across, white where nothing is known."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(1.5 + 0.5 * coverage.shape[1], 0.16 * len(coverage) + 0.8), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    image = axes.imshow(coverage.to_numpy(), aspect="auto", vmin=0, vmax=1, cmap="Greens")
    axes.set_xticks(range(coverage.shape[1]), [str(season) for season in coverage.columns], fontsize=7)
    axes.set_yticks(range(len(coverage)), list(coverage.index), fontsize=6)
    figure.colorbar(image, label="share known")
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110)
    return buffer.getvalue()
