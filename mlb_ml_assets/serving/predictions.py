"""Predictions as the API returns them.

Belongs here: rows to responses, a game that cannot be found as a problem.
Not here: computing what is not stored (on_demand.py), the slate of a day (slate.py).
"""

import json
from typing import Any

from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.serving.answers import PredictionResponse, Recommendation
from mlb_ml_assets.serving.problems import FieldError, Problem, not_found, shown, unusable
from mlb_ml_assets.warehouse.api_reads import (
    Connection,
    Row,
    models,
    predictions_of_games,
    recommendations_of,
)
from mlb_ml_assets.warehouse.game_references import AmbiguousGame, NotAGameReference, UnknownGame, find_game


def resolve_game(connection: Connection, given: int | str, field: str = "path.game_id") -> int:
    """Our id of the game that a client identifies in any of the forms of `GAME_ID`.

    Raises:
        Problem: 422 for any other form, 404 for an unknown game, 409 for a number that identifies several games.
    """
    try:
        return find_game(connection, str(given))
    except NotAGameReference as error:
        raise unusable(field, str(error), given) from None
    except UnknownGame as error:
        raise not_found("unknown-game", str(error), field, given) from None
    except AmbiguousGame as error:
        at_fault = FieldError(field, f"identifies {error.games} games", shown(given))
        raise Problem(409, "ambiguous-game", str(error), [at_fault]) from None


def require_model(connection: Connection, model_name: str, field: str) -> None:
    """Refuse the name of a model that has never predicted and is not ours.

    Raises:
        Problem: 404 that lists the known names.
    """
    if model_name in GAME_MODEL.names:
        return
    known = {row["model_name"] for row in models(connection)} | set(GAME_MODEL.names)
    if model_name not in known:
        raise not_found(
            "unknown-model", f"no model has this name; use one of {', '.join(sorted(known))}", field, model_name
        )


def read_prediction(
    connection: Connection, game_id: int, model_name: str | None, *, explained: bool
) -> PredictionResponse | None:
    """The newest stored prediction of a game, by one model or by either of ours, or None."""
    row = predictions_of_games(connection, [game_id], model_name).get(game_id)
    return None if row is None else build_responses(connection, [row], explained=explained)[0]


def build_responses(connection: Connection, rows: list[Row], *, explained: bool) -> list[PredictionResponse]:
    """Stored predictions with their recommendations."""
    bets = recommendations_of(connection, [row["prediction_id"] for row in rows])
    return [build_response(row, bets[row["prediction_id"]], stored=True, explained=explained) for row in rows]


def build_response(row: Row, bets: list[Row], *, stored: bool, explained: bool) -> PredictionResponse:
    """One prediction with the recommendations of its bets.

    Args:
        row: columns of curated.ml_predictions and of the game.
        bets: both sides of each market; empty where nothing was recommended.
        stored: whether the row is in the table, or was computed for this request.
        explained: include the explanation.
    """
    explanation = None
    if explained:
        explanation = {
            **as_object(row["prediction_explanation"]),
            "feature_importance": as_object(row["feature_importance"]),
        }
    fields = {
        **row,
        "stored": stored,
        "stage": GAME_MODEL.stage_of(row["model_name"]),
        "explanation": explanation,
        "confidence_threshold_met": bool(row.get("confidence_threshold_met")),
        "betting_recommendations": [Recommendation.model_validate(bet) for bet in bets],
    }
    return PredictionResponse.model_validate(fields)


def as_object(value: Any) -> dict[str, Any]:
    """A JSONB object; an empty one for anything else."""
    value = json.loads(value) if isinstance(value, str) else value
    return value if isinstance(value, dict) else {}
