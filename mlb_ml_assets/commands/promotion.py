"""`mlb-ml model show | promote | rollback`: who is champion, and why.

Belongs here: fetching the games that decide, and saying what was decided.
Does not: the comparison (modeling/promotion_gate.py), the aliases (registry/aliases.py).
"""

from typing import Any

import numpy as np
import pandas as pd
import psycopg

from mlb_ml_assets.assets.prediction_build import read_inputs
from mlb_ml_assets.assets.prediction_rows import final_probability
from mlb_ml_assets.clock import present
from mlb_ml_assets.modeling.promotion_gate import PromotionVerdict, compare
from mlb_ml_assets.registry.aliases import (
    CHALLENGER,
    CHAMPION,
    NoSuchModel,
    RegisteredModel,
    promote,
    refuse,
    roll_back,
    version_of,
)
from mlb_ml_assets.registry.game_model_runs import load_game_model
from mlb_ml_assets.resources.mlflow import use_tracking_store
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.game_models import model_of_version
from mlb_ml_assets.warehouse.performance import outcomes_between


def show_aliases() -> None:
    """Print champion and challenger."""
    ensure_database()
    use_tracking_store()
    for alias in (CHAMPION, CHALLENGER):
        model = version_of(alias)
        print(f"{alias}: " + ("none" if model is None else f"{model.model_version}, {model.source}"))


def promote_challenger(*, force: bool) -> None:
    """Compare challenger and champion on the games since both were trained, and promote or write down why not."""
    settings = ensure_database()
    use_tracking_store()
    challenger, champion = version_of(CHALLENGER), version_of(CHAMPION)
    if challenger is None:
        raise NoSuchModel("there is no challenger: train first, `mlb-ml run --select train`")
    if champion is not None and champion.registered_version == challenger.registered_version:
        print(f"{challenger.model_version} is champion already")
        return
    with connect(settings.dsn, application_name="mlb_ml:promotion", autocommit=True) as connection:
        verdict = compare_models(connection, challenger, champion)
    reason = f"forced; {verdict.reason}" if force and not verdict.promote else verdict.reason
    if verdict.promote or force:
        promote(challenger, reason)
        print(f"promoted {challenger.model_version}: {reason}")
    else:
        refuse(challenger, reason)
        print(f"not promoted {challenger.model_version}: {reason}")


def roll_back_champion() -> None:
    """Make the champion before this one champion again."""
    ensure_database()
    use_tracking_store()
    print(f"champion is {roll_back().model_version} again")


def compare_models(
    connection: psycopg.Connection[Any], challenger: RegisteredModel, champion: RegisteredModel | None
) -> PromotionVerdict:
    """The verdict on the lineup-stage decisions between the later cutoff of the two and now."""
    models = [model_of_version(connection, model.model_version) for model in (challenger, champion) if model]
    since = max(model.cutoff for model in models)
    frame = read_inputs(connection, since.date(), present().date())
    frame = frame[(frame["stage"] == "lineup") & (frame["as_of"] >= since)].reset_index(drop=True)
    known = outcomes_between(connection, since.date(), present().date())
    frame = frame.merge(known, on="game_id", how="inner")
    probabilities = [
        final_probability(load_game_model(model.model_uri).predict(frame), "home_ml").to_numpy(dtype=np.float64)
        for model in models
    ]
    return compare(
        frame["home_win"].to_numpy(dtype=np.float64),
        probabilities[0],
        probabilities[1] if champion is not None else None,
        frame["close_probability"].to_numpy(dtype=np.float64),
        pd.to_datetime(frame["game_date"]),
    )
