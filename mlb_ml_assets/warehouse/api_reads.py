"""What the Prediction API and its page read.

Belongs here: one function per api_*.sql query, rows as dicts in plain columns.
Not here: the slate itself (warehouse/board.py), shapes of answers (serving/).
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import psycopg
from psycopg import sql

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.markets import SIDES
from mlb_ml_assets.warehouse.queries import read_dicts
from mlb_ml_assets.warehouse.quote_months import months_of_games
from mlb_ml_assets.warehouse.sql import query

Connection = psycopg.Connection[Any]
Row = dict[str, Any]


def take_api_role(connection: Connection, statement_timeout_ms: int) -> bool:
    """Make a session unable to write and, where it may, no more than the role mlb_api; whether it took that role."""
    connection.execute("SET default_transaction_read_only = on")
    connection.execute(sql.SQL("SET statement_timeout = {}").format(sql.Literal(statement_timeout_ms)))
    try:
        row = connection.execute(query("api_take_role")).fetchone()
    except psycopg.errors.UndefinedTable:
        return False
    allowed = row is not None and bool(row[0])
    if allowed:
        connection.execute("SET ROLE mlb_api")
    return allowed


def read_game(connection: Connection, game_id: int) -> Row | None:
    """One game with its details, or None."""
    return next(iter(read_dicts(connection, "api_game", {"game_id": game_id})), None)


def predictions_of_day(
    connection: Connection,
    day: date,
    *,
    model_name: str | None = None,
    min_confidence: float | None = None,
    limit: int = 100,
    offset: int = 0,
) -> tuple[list[Row], int]:
    """The newest prediction of each game of a day by start, and how many there are before limit and offset."""
    parameters = {
        "day": day, "model_name": model_name, "min_confidence": min_confidence, "limit": limit, "offset": offset,
    }  # fmt: skip
    found = read_dicts(connection, "api_prediction_ids_of_day", parameters)
    return predictions_of_ids(connection, [row["id"] for row in found]), found[0]["total"] if found else 0


def predictions_of_games(
    connection: Connection, game_ids: Sequence[int], model_name: str | None = None
) -> dict[int, Row]:
    """The newest prediction of each game that has one, by game."""
    parameters = {"game_ids": list(game_ids), "model_name": model_name}
    found = read_dicts(connection, "api_prediction_ids_of_games", parameters)
    return {row["game_id"]: row for row in predictions_of_ids(connection, [each["id"] for each in found])}


def recent_predictions(
    connection: Connection,
    model_name: str,
    *,
    model_version: str | None = None,
    since: datetime | None = None,
    limit: int = 100,
    offset: int = 0,
) -> list[Row]:
    """A model's predictions, newest prediction_timestamp first."""
    parameters = {
        "model_name": model_name, "model_version": model_version, "since": since, "limit": limit, "offset": offset,
    }  # fmt: skip
    found = read_dicts(connection, "api_prediction_ids_recent", parameters)
    return predictions_of_ids(connection, [row["id"] for row in found])


def predictions_of_ids(connection: Connection, ids: Sequence[int]) -> list[Row]:
    """Predictions with their games, in the order of `ids`."""
    if not ids:
        return []
    by_id = {row["prediction_id"]: row for row in read_dicts(connection, "api_predictions", {"ids": list(ids)})}
    return [by_id[each] for each in ids if each in by_id]


def recommendations_of(connection: Connection, prediction_ids: Sequence[int]) -> dict[int, list[Row]]:
    """Both sides of each market of these predictions, by prediction."""
    by_prediction: dict[int, list[Row]] = {each: [] for each in prediction_ids}
    for row in read_dicts(connection, "api_recommendations", {"prediction_ids": list(prediction_ids)}):
        by_prediction[row["prediction_id"]].append(row)
    return by_prediction


def slate_version(connection: Connection, day: date) -> dict[int, str]:
    """By game of a day, a digest that changes when any row of its slate does; no row's content is read."""
    return {row["game_id"]: row["version"] for row in read_dicts(connection, "api_slate_version", {"day": day})}


def slate_days(connection: Connection, until: date, limit: int, offset: int) -> list[Row]:
    """Days with games, latest first: date, games, predicted, bets."""
    return read_dicts(connection, "api_slate_days", {"until": until, "limit": limit, "offset": offset})


def neighbour_days(connection: Connection, day: date) -> tuple[date | None, date | None]:
    """The days with games just before and after."""
    row = read_dicts(connection, "api_neighbour_days", {"day": day})[0]
    return row["previous_day"], row["next_day"]


def movement(connection: Connection, game_ids: Sequence[int], sides: Sequence[str] = SIDES) -> list[Row]:
    """When each price of these games could be bet, up to the start, by game, market, book, side and instant."""
    months = months_of_games(connection, game_ids)
    parameters = {"game_ids": list(game_ids), "sides": list(sides), "now": present(), **months}
    return read_dicts(connection, "api_movement", parameters)


def quotes_of_game(
    connection: Connection,
    game_id: int,
    *,
    market_type: str | None = None,
    book: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    limit: int = 200,
    offset: int = 0,
) -> tuple[list[Row], int]:
    """A game's quotes, newest first, and how many there are before limit and offset (0 on a page past the end)."""
    parameters = {
        "game_id": game_id, "market_type": market_type, "book": book, "since": since, "until": until, "limit": limit,
        "offset": offset, "now": present(), **months_of_games(connection, [game_id]),
    }  # fmt: skip
    rows = read_dicts(connection, "api_quotes", parameters)
    total = rows[0]["total"] if rows else 0
    for row in rows:
        del row["total"]
    return rows, total


def splits_of_game(connection: Connection, game_id: int) -> list[Row]:
    """The newest split of each source, book and market."""
    return read_dicts(connection, "api_splits", {"game_id": game_id})


def market_lines_of(connection: Connection, game_ids: Sequence[int]) -> list[Row]:
    """The market's lines of these games at each stage."""
    return read_dicts(connection, "api_market_lines", {"game_ids": list(game_ids)})


def models(connection: Connection) -> list[Row]:
    """Every model name that has predicted."""
    return read_dicts(connection, "api_models")


def model_versions(connection: Connection, model_name: str, limit: int, offset: int) -> list[Row]:
    """Trained months, newest first, with the number of predictions that the named model made with each."""
    return read_dicts(connection, "api_model_versions", {"model_name": model_name, "limit": limit, "offset": offset})


def performance_windows(
    connection: Connection,
    since: date,
    *,
    model_name: str | None = None,
    model_version: str | None = None,
    prediction_type: str | None = None,
    limit: int = 200,
    offset: int = 0,
) -> list[Row]:
    """Windows that end after `since`, latest first, each with its paired difference to the close."""
    parameters = {
        "since": since, "model_name": model_name, "model_version": model_version, "prediction_type": prediction_type,
        "limit": limit, "offset": offset,
    }  # fmt: skip
    return read_dicts(connection, "api_model_performance", parameters)


def newest_windows(connection: Connection, since: date, prediction_type: str | None) -> list[Row]:
    """The newest window after `since` of each model, version and target, with every numeric column of the table."""
    return read_dicts(connection, "api_newest_windows", {"since": since, "prediction_type": prediction_type})


def predicting_version(connection: Connection, model_name: str, model_version: str | None) -> Row | None:
    """The newest version of a model that has predicted, or the named one, or None."""
    parameters = {"model_name": model_name, "model_version": model_version}
    return next(iter(read_dicts(connection, "api_predicting_version", parameters)), None)


def leaderboard(connection: Connection, prediction_type: str | None, limit: int, offset: int) -> list[Row]:
    """Forecasters of all walk-forward seasons, best against the close first."""
    parameters = {"prediction_type": prediction_type, "limit": limit, "offset": offset}
    return read_dicts(connection, "api_leaderboard", parameters)


def comparisons(
    connection: Connection, *, seasons_only: bool = False, limit: int = 500, offset: int = 0, **chosen: str | None
) -> list[Row]:
    """Paired differences to the market, latest window first.

    Args:
        connection: any.
        seasons_only: keep windows of one whole year.
        limit: rows of the page.
        offset: rows before it.
        chosen: model_name, model_version, prediction_type, forecaster, reference; what is left out is not filtered.
    """
    names = ("model_name", "model_version", "prediction_type", "forecaster", "reference")
    parameters: Row = {name: chosen.get(name) for name in names}
    parameters |= {"seasons_only": seasons_only, "limit": limit, "offset": offset}
    return read_dicts(connection, "api_comparisons", parameters)


def calibration_bins(connection: Connection, model_name: str, market: str, from_day: date, to_day: date) -> list[Row]:
    """Bins of .025: forecaster (final or close), bin, games, mean_probability, share_true."""
    parameters = {"model_name": model_name, "market": market, "from_day": from_day, "to_day": to_day}
    return read_dicts(connection, "api_calibration", parameters)


def bets_by_day(connection: Connection, stage: str, from_day: date, to_day: date) -> list[Row]:
    """Stakes, results and closing line value of each day's bets, of the last prediction of a stage."""
    return read_dicts(connection, "api_bets_by_day", {"stage": stage, "from_day": from_day, "to_day": to_day})


def freshness(connection: Connection) -> Row:
    """Newest prediction, quote arrival and model cutoff, and whether MLflow's tables are in this database."""
    return read_dicts(connection, "api_freshness")[0]


def has_odds(connection: Connection) -> bool:
    """Whether any game of the database has a price."""
    return bool(read_dicts(connection, "api_has_odds")[0]["has_odds"])


def settlements_of_game(connection: Connection, game_id: int, *, only_bets: bool) -> list[Row]:
    """The priced sides of a game's newest recommendations with terms, result and history."""
    return read_dicts(connection, "api_settlements", {"game_id": game_id, "only_bets": only_bets})


def events_of_game(connection: Connection, game_id: int) -> list[Row]:
    """What the sources reported of a game's schedule, suspension and result; rows of api_game_events.sql."""
    return read_dicts(connection, "api_game_events", {"game_id": game_id})
