"""The page of one game.

Belongs here: /games/{game_id} and the values of its template.
Not here: charts (charts/), the arithmetic of an own price (own_price.py).
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from markupsafe import Markup
from numpy.typing import NDArray
from starlette.responses import Response

from mlb_ml_assets.betting.line_outcomes import margin_distribution, total_distribution
from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.input_ages import INPUT_GROUPS, InputAge
from mlb_ml_assets.domain.markets import MARKETS, MONEYLINE, TOTAL
from mlb_ml_assets.domain.models import GAME_MODEL
from mlb_ml_assets.domain.time_rules import CUTOFF_BEFORE_START
from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.pricing.odds import american_to_decimal
from mlb_ml_assets.serving.answers import KellyAnswer, MarketState
from mlb_ml_assets.serving.board import select_side
from mlb_ml_assets.serving.charts.contributions import contribution_bars
from mlb_ml_assets.serving.charts.runs import margin_columns, score_map, total_columns
from mlb_ml_assets.serving.charts.small import probability_strip
from mlb_ml_assets.serving.market_state import read_market_state
from mlb_ml_assets.serving.own_price import OutcomeProbabilities, run_distribution, value_price
from mlb_ml_assets.serving.pages.board_page import describe_pick
from mlb_ml_assets.serving.pages.game_prices import (
    MarketMoves,
    PriceChart,
    SplitBar,
    book_moves,
    current_markets,
    price_charts,
    split_bars,
)
from mlb_ml_assets.serving.pages.game_story import describe_game
from mlb_ml_assets.serving.pages.questions import read_american, read_bankroll, read_stage
from mlb_ml_assets.serving.pages.rendering import HTML, render
from mlb_ml_assets.serving.pages.term_words import describe_term
from mlb_ml_assets.serving.predictions import as_object, resolve_game
from mlb_ml_assets.serving.problems import Problem
from mlb_ml_assets.serving.ratings import GameRatings, game_ratings
from mlb_ml_assets.serving.representations import Representation
from mlb_ml_assets.serving.services import GameId, Served
from mlb_ml_assets.serving.settlements import GameSettlements, read_settlements
from mlb_ml_assets.warehouse.api_reads import (
    Connection,
    Row,
    has_odds,
    market_lines_of,
    movement,
    predictions_of_games,
    read_game,
    recommendations_of,
    splits_of_game,
)
from mlb_ml_assets.warehouse.month_removal import read_removed_months_of_game

router = APIRouter()
# A chart whose first term is this many times the second starts from the first instead of drawing it.
_DOMINANT = 4


@dataclass(frozen=True)
class MarketCard:
    """One market of the game: the side with the higher expected value, and the other."""

    title: str
    pick: str
    row: Row
    strip: Markup
    other: Row
    other_pick: str


@dataclass(frozen=True)
class Runs:
    """The distribution of runs: charts, and the numbers beside them.

    `facts` are probabilities under the distribution itself, before the calibration of any market.
    """

    scores: Markup
    totals: Markup
    margins: Markup
    expected_home: float | None
    expected_away: float | None
    most_likely: tuple[int, int, float]
    facts: dict[str, float]


@dataclass(frozen=True)
class OwnPrice:
    """The form for an own price, as filled in, and its result."""

    choices: list[tuple[str, str]]
    chosen: str
    odds: str
    answer: KellyAnswer | None = None
    error: str = ""


@dataclass(frozen=True)
class GameRead:
    """Everything that is read for one game, in one snapshot."""

    game: Row
    prediction: Row | None
    sides: list[Row]
    stages: list[Row]
    quotes: list[Row]
    splits: list[Row]
    market: MarketState
    own: OwnPrice
    settled: GameSettlements
    has_odds: bool
    removed_months: list[date]
    ratings: GameRatings | None


@router.get("/games/{game_id}")
def game(game_id: GameId, request: Request, services: Served) -> Response:
    """A game by any id: probabilities, distribution of runs, movement, splits, explanation."""
    query = request.query_params
    bankroll = read_bankroll(query.get("bankroll"))
    stage = read_stage(query.get("stage"))
    form = (query.get("bet"), query.get("odds"), bankroll.amount)
    read = services.read(lambda connection: _read(connection, game_id, stage, form))
    day = read.game["game_date"]
    commands = None if read.prediction and read.has_odds else services.read(read_next_commands)
    explanation = as_object(read.prediction["prediction_explanation"]) if read.prediction else {}
    charts: list[PriceChart] = price_charts(read.quotes, read.game, _decisions(read))
    moves: list[MarketMoves] = book_moves(read.quotes, read.game)
    bars: list[SplitBar] = split_bars(read.splits)
    body = render(
        "game.html",
        section="game",
        g=read.game,
        prediction=read.prediction,
        bankroll=bankroll,
        stage=stage,
        cards=_cards(read),
        runs=_runs(read, explanation),
        why=_why(explanation, read.game),
        ages=_input_ages(explanation),
        story=describe_game(read.ratings, read.sides, read.game),
        ratings=read.ratings,
        charts=charts,
        moves=moves,
        stages=read.stages,
        settled=read.settled,
        splits=bars,
        next_command=commands.for_predictions(day) if commands else "",
        next_for_odds=commands.for_odds(day, day) if commands else "",
        market_as_of=read.market.as_of,
        market=current_markets(read.market, read.game),
        own=read.own,
        explanation=explanation,
        has_odds=read.has_odds,
        removed_months=read.removed_months,
        now=present(),
    )
    return Representation(body, HTML).response(request)


def _read(
    connection: Connection, given: str, stage: str | None, form: tuple[str | None, str | None, float]
) -> GameRead:
    game_id = resolve_game(connection, given)
    found = read_game(connection, game_id)
    assert found is not None
    model_name = GAME_MODEL.name_of(stage) if stage else None
    prediction = predictions_of_games(connection, [game_id], model_name).get(game_id)
    sides = (
        recommendations_of(connection, [prediction["prediction_id"]])[prediction["prediction_id"]] if prediction else []
    )
    return GameRead(
        game=found,
        prediction=prediction,
        sides=sides,
        stages=market_lines_of(connection, [game_id]),
        quotes=movement(connection, [game_id]),
        splits=splits_of_game(connection, game_id),
        market=read_market_state(connection, found),
        own=_own_price(found, sides, *form),
        settled=read_settlements(connection, game_id, only_bets=True),
        has_odds=has_odds(connection),
        removed_months=read_removed_months_of_game(connection, game_id),
        ratings=_ratings(connection, game_id, stage),
    )


def _ratings(connection: Connection, game_id: int, stage: str | None) -> GameRatings | None:
    try:
        return game_ratings(connection, game_id, stage)
    except Problem:
        # A game without player lines has no ratings; its page has the rest.
        return None


def _own_price(game: Row, sides: list[Row], bet: str | None, odds: str | None, bankroll: float) -> OwnPrice:
    by_key = {f"{row['market_type']}-{row['side']}": row for row in sides}
    choices = [(key, describe_pick(row, game)) for key, row in by_key.items()]
    chosen = bet if bet in by_key else (choices[0][0] if choices else "")
    american, error = read_american(odds)
    if american is None or not chosen:
        return OwnPrice(choices, chosen, (odds or "")[:8], error=error)
    row = by_key[chosen]
    given = OutcomeProbabilities(row["final_probability"], row["push_probability"], "stored prediction")
    return OwnPrice(
        choices, chosen, f"{american:+d}", value_price(given, float(american_to_decimal(float(american))), bankroll)
    )


def _cards(read: GameRead) -> list[MarketCard]:
    cards = []
    for market in MARKETS:
        sides = [row for row in read.sides if row["market_type"] == market.key]
        if len(sides) != 2:
            continue
        shown = select_side(sides)
        other = next(row for row in sides if row is not shown)
        interval = (shown["probability_low"], shown["probability_high"])
        strip = probability_strip(
            shown["final_probability"], shown["market_probability"], shown["model_probability"], interval
        )
        cards.append(
            MarketCard(
                market.label, describe_pick(shown, read.game), shown, strip, other, describe_pick(other, read.game)
            )
        )
    return cards


def _runs(read: GameRead, explanation: dict[str, Any]) -> Runs | None:
    runs = run_distribution(read.prediction) if read.prediction else None
    if runs is None:
        return None
    line = (explanation.get(TOTAL.target) or {}).get("line")
    home, away = read.game["home_team"], read.game["away_team"]
    best = int(runs.argmax())
    rates = explanation["runs"]
    return Runs(
        scores=score_map(runs, home, away),
        totals=total_columns(total_distribution(runs), None if line is None else float(line)),
        margins=margin_columns(margin_distribution(runs), home, away),
        expected_home=rates.get("expected_home_runs"),
        expected_away=rates.get("expected_away_runs"),
        most_likely=(best // runs.shape[1], best % runs.shape[1], float(runs.flat[best])),
        facts=_facts(runs),
    )


def _facts(runs: NDArray[np.float64]) -> dict[str, float]:
    home, away = np.indices(runs.shape)
    return {
        "home_wins": float(runs[home > away].sum()),
        "one_run": float(runs[np.abs(home - away) == 1].sum()),
        "home_by_two": float(runs[home - away >= 2].sum()),
        "shutout": float(runs[(home == 0) | (away == 0)].sum()),
        "under_six": float(runs[home + away <= 5].sum()),
        "over_twelve": float(runs[home + away >= 13].sum()),
    }


def _why(explanation: dict[str, Any], game: Row) -> list[tuple[str, str, Markup]]:
    parts = explanation.get("contributions") or {}
    points = _points_per_logit(explanation)
    words = {
        MONEYLINE.target: (
            "winner",
            "in percentage points of a home win",
            game["away_team"],
            game["home_team"],
            points,
            1,
        ),
        TOTAL.target: ("total runs", "in runs", "fewer", "more", 1.0, 2),
    }
    charts = []
    for target, (title, unit, left, right, scale, digits) in words.items():
        terms = [(describe_term(name), scale * float(value)) for name, value in (parts.get(target) or {}).items()]
        terms.sort(key=lambda term: -abs(term[1]))
        lead = f"What moved the prediction most, {unit}."
        # A total starts from the market's line, beside which the other bars would be invisible.
        if len(terms) > 1 and abs(terms[0][1]) > _DOMINANT * abs(terms[1][1]):
            lead = f"What moved the prediction most after {terms[0][0].lower()} ({terms[0][1]:.{digits}f}), {unit}."
            terms = terms[1:]
        if terms:
            description = f"Contributions to {title}, {unit}"
            charts.append((title, lead, contribution_bars(terms, description, left, right, digits)))
    return charts


def _points_per_logit(explanation: dict[str, Any]) -> float:
    """Percentage points that a logit is worth at the predicted probability of a home win: 25 in an even game."""
    final = (explanation.get(MONEYLINE.target) or {}).get("final")
    return 25.0 if final is None else 100.0 * final * (1.0 - final)


def _input_ages(explanation: dict[str, Any]) -> list[InputAge]:
    """The age of each group of facts, in order; empty for a prediction that was made before ages were recorded."""
    ages = explanation.get("input_ages") or {}
    return [InputAge(group, ages[group.name]) for group in INPUT_GROUPS if group.name in ages]


def _decisions(read: GameRead) -> list[tuple[datetime, str]]:
    start = read.game["start"]
    marks = [(start - CUTOFF_BEFORE_START, "cutoff")]
    if read.prediction is not None:
        stamp = read.prediction["prediction_timestamp"]
        if start - CUTOFF_BEFORE_START - stamp > timedelta(hours=2):
            marks.append((stamp, "predicted"))
    return marks
