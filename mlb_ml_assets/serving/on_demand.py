"""A prediction made for the request that asks: stored features as of now, today's rules, nothing written.

Belongs here: from a game without a stored prediction to an answer, by the code that predicts partitions.
Not here: making features (they are built by the pipeline, never here), choosing stakes.
"""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.modeling.game_model import GameModel
from mlb_ml_assets.serving.answers import PredictionResponse
from mlb_ml_assets.serving.database import ReadDatabase
from mlb_ml_assets.serving.model_registry import ModelRegistry, model_at
from mlb_ml_assets.serving.predictions import OUR_MODELS, stage_of
from mlb_ml_assets.serving.problems import Problem
from mlb_ml_assets.warehouse.api_reads import Connection, read_game
from mlb_ml_assets.warehouse.decision_inputs import read_inputs
from mlb_ml_assets.warehouse.game_models import GameModelRow

_TARGETS = {"home_ml": "moneyline", "total_over": "total", "home_spread": "spread"}
# From the best informed to the least: today's price, past closes, baseball alone.
_VIEWS = ("anchored", "memory", "blind")
_RUNS = (
    "home_rate", "away_rate", "home_dispersion", "away_dispersion", "expected_home_runs", "expected_away_runs",
)  # fmt: skip
_CONTRIBUTIONS = 8


def predict_now(
    database: ReadDatabase,
    registry: ModelRegistry,
    game_id: int,
    *,
    model_name: str | None = None,
    explained: bool = False,
) -> PredictionResponse:
    """The prediction of a game that has none stored, from its newest stored features known by now.

    The database is left alone while the model is loaded, which can take seconds the first time.

    Raises:
        Problem: 409 where the game has no features or no model yet, saying what to run; 503 without a registry.
    """

    def inputs_and_model(connection: Connection) -> tuple[dict[str, Any], pd.DataFrame, GameModelRow]:
        game = read_game(connection, game_id)
        assert game is not None
        inputs = _newest_inputs(connection, game, None if model_name is None else stage_of(model_name))
        row, _ = model_at(connection, inputs["as_of"].iloc[0].to_pydatetime())
        return game, inputs, row

    game, inputs, row = database.read(inputs_and_model)
    return computed(game, inputs, registry.load(row), row, explained=explained)


def computed(
    game: dict[str, Any], inputs: pd.DataFrame, model: GameModel, row: GameModelRow, *, explained: bool
) -> PredictionResponse:
    """One row of inputs through a model, laid out as a stored prediction is."""
    said = model.predict(inputs).iloc[0]
    given = inputs.iloc[0]
    stage = str(given["stage"])
    stamp = max(stamp for stamp in (given["known_at"], given["price_known_at"]) if not pd.isna(stamp))
    fields: dict[str, Any] = {
        **game,
        "stored": False,
        "stage": stage,
        "model_name": OUR_MODELS[0] if stage == "open" else OUR_MODELS[1],
        "model_version": row.model_version,
        "prediction_timestamp": stamp.to_pydatetime(),
    }
    for target in _TARGETS:
        probability = _number(final(said, target), 4)
        fields[f"{target}_probability"] = probability
        if probability is not None:
            fields[f"{target}_binary"] = int(probability >= 0.5)
            fields[f"{target}_confidence"] = round(max(probability, 1 - probability), 2)
    if explained:
        fields["explanation"] = _explanation(said, given, model, inputs)
    return PredictionResponse.model_validate(fields)


def final(said: "pd.Series[Any]", target: str) -> float:
    """The anchored probability, where there is no price the one from memory, else the blind one."""
    known = [float(said[f"{view}_{target}"]) for view in _VIEWS if not pd.isna(said[f"{view}_{target}"])]
    return known[0] if known else float("nan")


def _newest_inputs(connection: Connection, game: dict[str, Any], stage: str | None) -> pd.DataFrame:
    day = game["game_date"]
    inputs = read_inputs(connection, day, day)
    if len(inputs):
        known = (inputs["game_id"] == game["game_id"]) & (inputs["as_of"] <= pd.Timestamp(present()))
        if stage is not None:
            known &= inputs["stage"] == stage
        inputs = inputs[known].sort_values("as_of").tail(1).reset_index(drop=True)
    if inputs.empty:
        raise Problem(
            409,
            "no-features",
            f"game {game['game_id']} has neither a prediction nor features{f' at stage {stage}' if stage else ''}: "
            f"run `mlb-ml run --from {day} --to {day + timedelta(days=1)}`",
        )
    return inputs


def _explanation(
    said: "pd.Series[Any]", given: "pd.Series[Any]", model: GameModel, inputs: pd.DataFrame
) -> dict[str, Any]:
    market = {
        "home_ml": 1 / (1 + np.exp(-float(given["market_home_logit"]))),
        "total_over": given["market_total_over_probability"],
        "home_spread": given["market_spread_home_probability"],
    }
    explanation: dict[str, Any] = {}
    for target, name in _TARGETS.items():
        moneyline = name == "moneyline"
        explanation[target] = {
            **{view: _number(said[f"{view}_{target}"]) for view in reversed(_VIEWS)},
            "final": _number(final(said, target)),
            "market": _number(market[target]),
            "low": _number(said[f"{target}_low"]),
            "high": _number(said[f"{target}_high"]),
            "expected_close": _number(said[f"expected_close_{target}"]),
            "expected_close_sd": _number(said[f"expected_close_{target}_sd"]),
            "push": 0.0 if moneyline else _number(said[f"push_{target}"]),
            "line": None if moneyline else _number(said[f"{name}_line"]),
        }
    explanation["runs"] = {name: _number(said[name]) for name in _RUNS}
    explanation["price_stage"] = str(given["price_stage"])
    explanation["contributions"] = _contributions(model, inputs)
    return explanation


def _contributions(model: GameModel, inputs: pd.DataFrame) -> dict[str, dict[str, float]]:
    terms = model.explain(inputs)
    largest = terms.assign(size=terms["contribution"].abs()).sort_values("size", ascending=False, kind="stable")
    return {
        str(target): {
            str(row.term): round(float(row.contribution), 6) for row in part.head(_CONTRIBUTIONS).itertuples()
        }
        for target, part in largest.groupby("target", sort=False)
    }


def _number(value: Any, digits: int = 6) -> float | None:
    return None if value is None or pd.isna(value) else round(float(value), digits)
