"""The rows behind the pictures of the UI and of MLflow.

Belongs here: which stored rows a picture is drawn from, and when there is one.
Not here: drawing (evaluation/pictures.py), how Dagster shows it (assets/report.py).
"""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from mlb_ml_assets.domain.clock import EASTERN, present
from mlb_ml_assets.domain.markets import MONEYLINE
from mlb_ml_assets.domain.models import GAME_MODEL, LINEUP

if TYPE_CHECKING:
    import pandas as pd
    import psycopg

Pictures = Mapping[str, bytes]
_COVERED_DAYS = 21
_SEASON_MODEL = GAME_MODEL.name_of(LINEUP)


def season_pictures(connection: "psycopg.Connection[Any]", day: date) -> Pictures:
    """The season up to `day`: reliability, difference to the close, bankroll; small."""
    from mlb_ml_assets.evaluation.pictures import SMALL

    return _performance_pictures(connection, date(day.year, 1, 1), day + timedelta(days=1), SMALL)


def pictures_of_month(connection: "psycopg.Connection[Any]", month: date) -> dict[str, bytes]:
    """The walk-forward series in the year before `month`, for the month's MLflow run: PNG by file name.

    Only games before the month: the pictures belong to a model that has not seen later ones either.
    """
    from mlb_ml_assets.evaluation.pictures import LARGE

    drawn = _performance_pictures(connection, month - timedelta(days=365), month, LARGE)
    return {f"{name.replace(' ', '_')}.png": png for name, png in drawn.items()}


def _performance_pictures(
    connection: "psycopg.Connection[Any]", first: date, last: date, size: Any
) -> dict[str, bytes]:
    import numpy as np

    from mlb_ml_assets.evaluation import pictures
    from mlb_ml_assets.evaluation.bankroll import equity_lines
    from mlb_ml_assets.evaluation.bets import settled_sides
    from mlb_ml_assets.pricing.odds import american_to_decimal
    from mlb_ml_assets.warehouse.settlement import read_evaluation_rows

    rows = read_evaluation_rows(connection, first, last)
    if rows.empty:
        return {}
    rows = rows[rows["model_name"] == _SEASON_MODEL]
    newest = rows.groupby("game_id")["model_version"].transform("max") == rows["model_version"]
    rows = rows[newest & rows["played"].astype(bool)]
    games = rows[(rows["market_type"] == MONEYLINE.key) & (rows["side"] == MONEYLINE.first_side)]
    games = games.assign(outcome=np.where(games["home_score"] > games["away_score"], 1.0, 0.0))
    bets = rows[(rows["stake"] > 0) & rows["profit"].notna()]
    bets = settled_sides(bets.assign(decimal_odds=american_to_decimal(bets["odds"].to_numpy(float))))
    drawn: dict[str, bytes] = {}
    if len(games):
        drawn["reliability"] = pictures.reliability_picture(games, size)
    if games["closing_probability"].notna().any():
        drawn["difference to the close"] = pictures.difference_picture(games, size)
    if len(bets):
        lines = equity_lines(bets, fractions=())[["as placed"]]
        drawn["bankroll"] = pictures.equity_picture(lines, f"bankroll under {len(bets):,} bets", size)
    return drawn


def coverage_pictures(connection: "psycopg.Connection[Any]", day: date) -> Pictures:
    """How much of the inputs was known on the last three weeks' decisions, by source."""
    from mlb_ml_assets.evaluation.pictures import SMALL, coverage_picture
    from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
    from mlb_ml_assets.warehouse.feature_store import read_features

    first = day - timedelta(days=_COVERED_DAYS - 1)
    frame = read_features(connection, first, day, current_feature_version(connection))
    frame = frame[frame["stage"] == LINEUP]
    if frame.empty:
        return {}
    return {"coverage": coverage_picture(coverage_by_source(frame), SMALL)}


def coverage_by_source(features: "pd.DataFrame") -> "pd.DataFrame":
    """Share of known values, one row for the sources of a feature, one column a day of as_of."""
    import pandas as pd

    from mlb_ml_assets.features.declarations import FEATURES

    columns: dict[str, list[str]] = {}
    for feature in FEATURES:
        if LINEUP in feature.stages:
            columns.setdefault(feature.sources[0].rpartition(".")[2].replace("_", " "), []).extend(feature.columns)
    day = pd.DatetimeIndex(features["as_of"]).tz_convert(EASTERN).normalize()
    known = {name: features[names].notna().mean(axis=1).groupby(day).mean() for name, names in columns.items()}
    return pd.DataFrame(known).T


def movement_pictures(connection: "psycopg.Connection[Any]", day: date) -> Pictures:
    """The moneyline of the day's game whose price has moved most since its open."""
    from mlb_ml_assets.evaluation.pictures import SMALL, movement_picture
    from mlb_ml_assets.pricing.odds import american_to_decimal
    from mlb_ml_assets.warehouse.queries import read_frame, run_query
    from mlb_ml_assets.warehouse.quote_months import months_of_games

    row = run_query(connection, "most_moved_game", {"day": day}).fetchone()
    if row is None:
        return {}
    game_id, title = row
    months = months_of_games(connection, [game_id])
    parameters = {"game_ids": [game_id], "sides": [MONEYLINE.first_side], "now": present(), **months}
    quotes = read_frame(connection, "api_movement", parameters, instants=("at", "until"))
    quotes = quotes[quotes["market_type"] == MONEYLINE.key]
    if quotes.empty:
        return {}
    quotes = quotes.assign(probability=1 / american_to_decimal(quotes["odds"].to_numpy(float)))
    return {"line movement": movement_picture(quotes, SMALL, title)}


def importance_pictures(connection: "psycopg.Connection[Any]", month: date) -> Pictures:
    """The largest coefficients of the newest model of a month."""
    from mlb_ml_assets.evaluation.pictures import SMALL, importance_picture
    from mlb_ml_assets.registry.game_model_runs import load_game_model
    from mlb_ml_assets.warehouse.game_models import read_models_of_month

    models = read_models_of_month(connection, month)
    if not models:
        return {}
    table = load_game_model(models[-1].model_uri, models[-1].artifact_uri, models[-1].file_digests).feature_importance()
    largest = table.groupby("feature")["importance"].max().to_dict()
    return {
        "feature importance": importance_picture(largest, SMALL, f"largest coefficients of {models[-1].model_version}")
    }
