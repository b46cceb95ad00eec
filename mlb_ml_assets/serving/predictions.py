"""Predictions as the API answers them, from stored rows.

Belongs here: which game a caller means, rows to answers.
Not here: computing what is not stored (on_demand.py), the day's board (slate.py).
"""

import json
from typing import Any

from mlb_ml_assets.serving.answers import PredictionResponse, Recommendation
from mlb_ml_assets.serving.problems import FieldError, Problem, not_found, shown, unusable
from mlb_ml_assets.warehouse.api_reads import (
    Connection,
    games_by_any_id,
    predictions_of_games,
    recommendations_of,
)

OUR_MODELS = ("mlb_game_model_open", "mlb_game_model_lineup")
_LARGEST_ID = 2**31 - 1
# gamePk has six digits since 2005; ours count up from 1. A bare number that is both is refused, not guessed.
_PREFIXES = ("id:", "pk:")


def resolve_game(connection: Connection, given: int | str, field: str = "path.game_id") -> int:
    """Our id of the game that a caller names by our id or by gamePk; `id:` or `pk:` before it says which.

    Raises:
        Problem: 422 for no number, 404 for no game, 409 for a number that is one game's id and another's gamePk.
    """
    text = str(given)
    prefix = next((each for each in _PREFIXES if text.startswith(each)), "")
    digits = text[len(prefix) :]
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 10):
        raise unusable(
            field, "a game is our integer id or MLB's gamePk, with id: or pk: before it where both exist", given
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
            f"say id:{digits} or pk:{digits}",
            [FieldError(field, "names two games", shown(given))],
        )
    return int(games[0]["game_id"])


def stored_prediction(
    connection: Connection, game_id: int, model_name: str | None, *, explained: bool
) -> PredictionResponse | None:
    """The newest stored prediction of a game, by one model or by either of ours; None where there is none."""
    row = predictions_of_games(connection, [game_id], model_name).get(game_id)
    return None if row is None else answers(connection, [row], explained=explained)[0]


def answers(connection: Connection, rows: list[dict[str, Any]], *, explained: bool) -> list[PredictionResponse]:
    """Stored predictions with their recommendations."""
    bets = recommendations_of(connection, [row["prediction_id"] for row in rows])
    return [answer(row, bets[row["prediction_id"]], explained=explained) for row in rows]


def answer(row: dict[str, Any], bets: list[dict[str, Any]], *, explained: bool) -> PredictionResponse:
    """One stored prediction."""
    explanation = None
    if explained:
        explanation = {**as_object(row["prediction_explanation"])}
        explanation["feature_importance"] = as_object(row["feature_importance"])
    fields = {
        **row,
        "stored": True,
        "stage": stage_of(row["model_name"]),
        "explanation": explanation,
        "confidence_threshold_met": bool(row["confidence_threshold_met"]),
    }
    fields["betting_recommendations"] = [Recommendation.model_validate(bet) for bet in bets]
    return PredictionResponse.model_validate(fields)


def stage_of(model_name: str) -> str | None:
    """The stage that a model of ours predicts at; None for another program's model."""
    return model_name.removeprefix("mlb_game_model_") if model_name in OUR_MODELS else None


def as_object(value: Any) -> dict[str, Any]:
    """A JSONB object, or an empty one where a row has something else."""
    value = json.loads(value) if isinstance(value, str) else value
    return value if isinstance(value, dict) else {}


def _title(game: dict[str, Any]) -> str:
    return f"{game['away_team']} at {game['home_team']} on {game['game_date']:%Y-%m-%d}"
