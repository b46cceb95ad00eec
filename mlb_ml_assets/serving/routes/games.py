"""A game's prices, and how the bets on it were settled.

Belongs here: /games/{game_id}/quotes, /movement, /market, /splits, /forecasts and /settlements.
Not here: predictions (predict.py), the game's page (pages/).
"""

from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from typing import Annotated, ClassVar

from fastapi import APIRouter, Depends, Query, Request, Response

from mlb_ml_assets.domain.markets import MarketKey
from mlb_ml_assets.pricing.odds import american_to_implied
from mlb_ml_assets.serving.answers import (
    Answer,
    MarketState,
    Movement,
    MovementPoint,
    MovementSeries,
    Quote,
    Quotes,
    StageLine,
)
from mlb_ml_assets.serving.market_state import read_market_state
from mlb_ml_assets.serving.predictions import resolve_game
from mlb_ml_assets.serving.services import GameId, Instant, Paged, Served, check_past, set_page_headers
from mlb_ml_assets.serving.settlements import GameSettlements, read_settlements
from mlb_ml_assets.warehouse.api_reads import (
    Connection,
    Row,
    market_lines_of,
    movement,
    quotes_of_game,
    read_game,
    splits_of_game,
)
from mlb_ml_assets.warehouse.month_removal import read_removed_months_of_game
from mlb_ml_assets.warehouse.outside_forecasts import read_forecasts_of_game

router = APIRouter(tags=["games"])


class Split(Answer):
    """Split of tickets and money at one source, percent."""

    source: str
    book: str
    market_type: MarketKey
    captured_at: datetime
    tickets_home_or_over: float | None = None
    tickets_away_or_under: float | None = None
    money_home_or_over: float | None = None
    money_away_or_under: float | None = None


class OutsideForecast(Answer):
    """A forecast of another person or program, as imported; probabilities of total and run line given no push."""

    tables: ClassVar[tuple[str, ...]] = ("curated.outside_forecasts",)

    forecaster: str
    made_at: datetime
    assumed: bool
    home_win: float | None = None
    over: float | None = None
    total_line: float | None = None
    cover: float | None = None
    spread_line: float | None = None
    imported_at: datetime


@dataclass
class QuoteFilter:
    """Which quotes to return."""

    market_type: MarketKey | None = None
    book: Annotated[str | None, Query(pattern=r"^[\w.:\- ]{1,100}$", description="source:id, as in `book`.")] = None
    since: Annotated[Instant | None, Query(description="Only prices from this instant on.")] = None
    until: Annotated[Instant | None, Query(description="Only prices up to this instant.")] = None


@router.get("/games/{game_id}/quotes", summary="A game's quotes")
def quotes(
    *,
    game_id: GameId,
    services: Served,
    request: Request,
    response: Response,
    chosen: Annotated[QuoteFilter, Depends()],
    page: Paged,
) -> Quotes:
    """Every price of every source, newest first; in-play prices included."""

    def unit(connection: Connection) -> tuple[int, list[Row], int, list[date]]:
        game = resolve_game(connection, game_id)
        rows, total = quotes_of_game(connection, game, **vars(chosen), limit=page.limit, offset=page.offset)
        return game, rows, total, read_removed_months_of_game(connection, game)

    game, rows, total, removed = services.read(unit)
    set_page_headers(request, response, total, page)
    found = [Quote.model_validate(row) for row in rows]
    return Quotes(game_id=game, total=total, limit=page.limit, offset=page.offset, quotes=found, removed_months=removed)


@router.get("/games/{game_id}/movement", summary="A game's price movement")
def price_movement(game_id: GameId, services: Served) -> Movement:
    """Prices that could be bet at each book up to the scheduled start, and the market line at each stage."""

    def unit(connection: Connection) -> tuple[int, list[Row], list[Row], list[date]]:
        game = resolve_game(connection, game_id)
        removed = read_removed_months_of_game(connection, game)
        return game, market_lines_of(connection, [game]), movement(connection, [game]), removed

    game, stages, rows, removed = services.read(unit)
    series = [
        MovementSeries(market_type=market, side=side, book=book, book_name=name, points=[_point(row) for row in quoted])
        for (market, book, name, side), quoted in groupby(
            rows, key=lambda row: (row["market_type"], row["book"], row["book_name"], row["side"])
        )
    ]
    lines = [StageLine.model_validate(row) for row in stages]
    return Movement(game_id=game, stages=lines, series=series, removed_months=removed)


@router.get("/games/{game_id}/market", summary="A game's market")
def market(
    game_id: GameId,
    services: Served,
    as_of: Annotated[
        Instant | None, Query(description="An instant that has passed; default now, or the start once that has passed.")
    ] = None,
) -> MarketState:
    """Consensus over books, steam and reverse line movement; price history of each book."""
    instant = None if as_of is None else check_past(as_of, "query.as_of")

    def unit(connection: Connection) -> MarketState:
        game = read_game(connection, resolve_game(connection, game_id))
        assert game is not None
        return read_market_state(connection, game, instant)

    return services.read(unit)


@router.get("/games/{game_id}/splits", summary="A game's betting splits")
def splits(game_id: GameId, services: Served) -> list[Split]:
    """The newest split of tickets and money from each source and book."""
    rows = services.read(lambda connection: splits_of_game(connection, resolve_game(connection, game_id)))
    return [Split.model_validate(row) for row in rows]


@router.get("/games/{game_id}/forecasts", summary="Forecasts of others")
def outside_forecasts(game_id: GameId, services: Served) -> list[OutsideForecast]:
    """What other people and programs forecast of a game, newest first."""

    def unit(connection: Connection) -> list[Row]:
        return read_forecasts_of_game(connection, resolve_game(connection, game_id))

    return [OutsideForecast.model_validate(row) for row in services.read(unit)]


@router.get("/games/{game_id}/settlements", summary="How a game's bets were settled")
def settlements(
    game_id: GameId,
    services: Served,
    only_bets: Annotated[bool, Query(description="Only sides with a stake; default every priced side.")] = False,  # noqa: FBT002
) -> GameSettlements:
    """Terms, clause, result and history of each bet, and the source rows of the game's events."""
    return services.read(
        lambda connection: read_settlements(connection, resolve_game(connection, game_id), only_bets=only_bets)
    )


def _point(row: Row) -> MovementPoint:
    implied = round(float(american_to_implied(float(row["odds"]))), 6)
    return MovementPoint(
        at=row["at"],
        until=row["until"],
        odds=row["odds"],
        line_value=row["line_value"],
        implied_probability=implied,
    )
