"""Predictions as the API returns them.

Belongs here: resolving the id of a game, rows to responses.
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
    games_by_any_id,
    predictions_of_games,
    recommendations_of,
)

_LARGEST_ID = 2**31 - 1
# gamePk has six digits since 2005; ours count up from 1. A bare number that is both is refused, not guessed.
_PREFIXES = ("id:", "pk:")


def resolve_game(connection: Connection, given: int | str, field: str = "path.game_id") -> int:
    """Our id of the game that a client identifies by our id or by gamePk; the prefix `id:` or `pk:` distinguishes them.

    Raises:
        Problem: 422 for anything but a number, 404 for an unknown game, 409 for a number that is our id of one game
            and the gamePk of another.
    """
    text = str(given)
    prefix = next((each for each in _PREFIXES if text.startswith(each)), "")
    digits = text[len(prefix) :]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
        raise unusable(
            field, "use our integer id of a game or MLB's gamePk, with the prefix id: or pk: if both exist", given
        )
    number = int(digits)
    by_id = number if prefix != "pk:" and number <= _LARGEST_ID else None
    by_pk = digits if prefix != "id:" else None
    games = games_by_any_id(connection, by_id, by_pk)
    if not games:
        raise not_found("unknown-game", f"no game has the id or gamePk {digits}", field, given)
    if len(games) > 1:
        ours, theirs = games
        raise Problem(
            409,
            "ambiguous-game",
            f"{digits} is our id of {_title(ours)} and MLB's gamePk of {_title(theirs)}: "
            f"use id:{digits} or pk:{digits}",
            [FieldError(field, "identifies two games", shown(given))],
        )
    return int(games[0]["game_id"])


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


def _title(game: Row) -> str:
    return f"{game['away_team']} at {game['home_team']} on {game['game_date']:%Y-%m-%d}"
