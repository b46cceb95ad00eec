"""Predictions as the API returns them.

Belongs here: resolving the id of a game, rows to responses.
Not here: computing what is not stored (on_demand.py), the slate of a day (slate.py).
"""

import json
import re
from datetime import date
from typing import Any

from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.identity.teams import UnknownTeam, team_code
from mlb_ml_assets.serving.answers import PredictionResponse, Recommendation
from mlb_ml_assets.serving.problems import FieldError, Problem, not_found, shown, unusable
from mlb_ml_assets.warehouse.api_reads import (
    Connection,
    Row,
    games_by_any_id,
    games_by_teams,
    models,
    predictions_of_games,
    recommendations_of,
)

_LARGEST_ID = 2**31 - 1
_NUMBER = re.compile(r"(?:(id|pk|an):)?([0-9]{1,10})")
_TEAMS = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})-([A-Z]{2,3})-([A-Z]{2,3})(?:-([12]))?")
_ID_KINDS = {"id": "our id", "pk": "MLB's gamePk", "an": "Action Network's id"}
GAME_ID = (
    "Our integer id, MLB's gamePk, Action Network's id, or date and teams as in 2025-01-31-NYY-BOS (away, home; -2 for "
    "game 2). The prefixes id:, pk: and an: distinguish numbers."
)


def resolve_game(connection: Connection, given: int | str, field: str = "path.game_id") -> int:
    """Our id of the game that a client identifies in any of the forms of `GAME_ID`.

    Raises:
        Problem: 422 for any other form, 404 for an unknown game, 409 for a number that identifies several games.
    """
    text = str(given)
    if match := _NUMBER.fullmatch(text):
        return _resolve_number(connection, match[1], match[2], given, field)
    if match := _TEAMS.fullmatch(text):
        return _resolve_teams(connection, match, given, field)
    raise unusable(
        field,
        "use our integer id, MLB's gamePk or Action Network's id, with the prefix id:, pk: or an: where a number is "
        "ambiguous, or date and teams as in 2025-01-31-NYY-BOS",
        given,
    )


def _resolve_number(connection: Connection, kind: str | None, digits: str, given: int | str, field: str) -> int:
    number = int(digits)
    games = games_by_any_id(
        connection,
        number if kind in {None, "id"} and number <= _LARGEST_ID else None,
        digits if kind in {None, "pk"} else None,
        digits if kind in {None, "an"} else None,
    )
    if not games:
        named = _ID_KINDS[kind] if kind else "our id, gamePk or Action Network's id"
        raise not_found("unknown-game", f"no game has {digits} as {named}", field, given)
    if len(games) > 1:
        meanings = [f"{_ID_KINDS[each]} of {_title(game)}" for game in games for each in game["kinds"]]
        forms = dict.fromkeys(f"{each}:{digits}" for game in games for each in game["kinds"])
        raise Problem(
            409,
            "ambiguous-game",
            f"{digits} is {' and '.join(meanings)}: use {' or '.join(forms)}",
            [FieldError(field, f"identifies {len(games)} games", shown(given))],
        )
    return int(games[0]["game_id"])


def _resolve_teams(connection: Connection, match: re.Match[str], given: int | str, field: str) -> int:
    try:
        day = date.fromisoformat(match[1])
    except ValueError:
        raise unusable(field, f"{match[1]} is not a day", given) from None
    try:
        away, home = team_code(match[2]), team_code(match[3])
    except UnknownTeam as error:
        raise unusable(field, str(error), given) from None
    games = games_by_teams(connection, day, away, home)
    in_order = [game for game in games if game["is_in_order"]]
    # Some programs exchange the teams: the other order is accepted if it identifies one game.
    candidates = in_order or (games if len(games) == 1 or match[4] else [])
    number = int(match[4] or 1)
    found = [game for game in candidates if game["game_number"] == number or (len(candidates) == 1 and not match[4])]
    if not found:
        raise not_found("unknown-game", f"no game of {day} has these teams and game number", field, given)
    if len(found) > 1:
        ids = " or ".join(f"id:{game['game_id']}" for game in found)
        raise Problem(
            409,
            "ambiguous-game",
            f"{len(found)} stored games are {_title(found[0])}: use {ids}",
            [FieldError(field, f"identifies {len(found)} games", shown(given))],
        )
    return int(found[0]["game_id"])


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


def _title(game: Row) -> str:
    return f"{game['away_team']} at {game['home_team']} on {game['game_date']:%Y-%m-%d}"
