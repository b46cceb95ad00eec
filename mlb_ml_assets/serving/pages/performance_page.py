"""The page of the track record.

Belongs here: /performance and the values of its template.
Not here: aggregation (track_record.py), drawing (charts/).
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import Response

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.domain.markets import MARKETS, MONEYLINE, UnknownMarket, market_of
from mlb_ml_assets.domain.models import GAME_MODEL, LINEUP, STAGES, WALK_FORWARD_VERSION
from mlb_ml_assets.flows.next_command import read_next_commands
from mlb_ml_assets.serving import track_record
from mlb_ml_assets.serving.charts.track_record import Difference, bankroll_curve, forest, reliability
from mlb_ml_assets.serving.pages.questions import read_stage
from mlb_ml_assets.serving.pages.rendering import HTML, render
from mlb_ml_assets.serving.performance_answers import CalibrationBin
from mlb_ml_assets.serving.problems import Problem
from mlb_ml_assets.serving.representations import Checked, Representation
from mlb_ml_assets.serving.services import Served, Services
from mlb_ml_assets.warehouse.api_reads import Connection, Row, comparisons, has_odds

router = APIRouter()
_VIEWS = ("anchored", "memory", "blind")
# Aggregating ten seasons takes about a second of the database; they change once a day.
_KEPT_SECONDS = 30.0


@dataclass(frozen=True)
class Betting:
    """Bets of a stage: by season, over all seasons, and the max drawdown of the bankroll."""

    stage: str
    seasons: list[Row]
    everything: Row | None
    max_drawdown: float


@dataclass(frozen=True)
class Record:
    """Everything that the page shows of a market at a stage."""

    market: str
    stage: str
    comparisons: list[Row]
    bins: list[CalibrationBin]
    betting: list[Betting]
    equity: Markup
    differences: Markup
    clv: Markup
    reliability: Markup
    score: str
    pooled: dict[str, Any]
    read_at: datetime


@router.get("/performance")
async def performance(request: Request, services: Served) -> Response:
    """Calibration, paired differences to the close, closing line value and the bankroll, of ?market= and ?stage=."""
    market = request.query_params.get("market", MONEYLINE.key)
    stage = request.query_params.get("stage", LINEUP)
    try:
        market_of(market)
    except UnknownMarket as error:
        raise Problem(422, "invalid-request", str(error)) from error
    read_stage(stage)
    kept: Checked[Representation] | None = getattr(request.app.state, "records", None)
    if kept is None:
        kept = request.app.state.records = Checked(lambda key, _: _page(services, key), every=_KEPT_SECONDS)
    return (await kept.get(f"{market}/{stage}")).response(request)


def _page(services: Services, key: str) -> Representation:
    market, stage = key.split("/")
    record, priced = services.read(lambda connection: (read_record(connection, market, stage), has_odds(connection)))
    commands = None if record.pooled and priced else services.read(read_next_commands)
    body = render(
        "performance.html", section="performance", record=record, markets=MARKETS, stages=STAGES, has_odds=priced,
        next_command=commands.for_scores if commands else "", next_for_odds=commands.for_all_odds if commands else "",
    )  # fmt: skip
    return Representation(body, HTML)


def read_record(connection: Connection, market: str, stage: str) -> Record:
    """The track record of a market, and the bets of all markets at both stages."""
    first, last = track_record.FIRST_DAY, track_record.LAST_DAY
    rows = comparisons(
        connection, seasons_only=True, limit=2000, model_name=GAME_MODEL.name_of(stage),
        model_version=WALK_FORWARD_VERSION, prediction_type=market_of(market).target,
    )  # fmt: skip
    # Totals are compared by the whole distribution if that was scored.
    score = "crps" if any(row["score"] == "crps" for row in rows) else "log_loss"
    rows = [row for row in rows if row["score"] == score]
    bins = track_record.calibration(connection, stage, market, first, last)
    days = {each: track_record.betting_days(connection, each, first, last) for each in STAGES}
    betting = [
        Betting(each, track_record.by_season(part), track_record.summarize(part), track_record.max_drawdown(part))
        for each, part in days.items()
        if part
    ]
    return Record(
        market=market,
        stage=stage,
        comparisons=sorted(rows, key=lambda row: (row["evaluation_period_start"], row["forecaster"], row["reference"])),
        bins=bins,
        betting=betting,
        equity=bankroll_curve({each: part for each, part in days.items() if part}),
        differences=_differences(rows, market),
        clv=_closing_values(betting),
        reliability=reliability(bins),
        score=score,
        pooled=pool_seasons(rows),
        read_at=present(),
    )


def _shown(rows: list[Row]) -> list[str]:
    """Our views, then the forecasters of others."""
    return [*_VIEWS, *sorted({row["forecaster"] for row in rows} - {*_VIEWS, "open", "close"})]


def _differences(rows: list[Row], market: str) -> Markup:
    series: dict[str, list[Difference]] = {}
    for view in _shown(rows):
        part = [
            Difference(_season(row["evaluation_period_start"]), row["difference"], row["difference_se"])
            for row in rows
            if row["forecaster"] == view and row["reference"] == "close"
        ]
        if part:
            series[view] = sorted(part, key=lambda each: each.name)
    description = f"{market_of(market).label}: difference to the close by season, in thousandths"
    return forest(series, description, 0.001, better_is_negative=True)


def _closing_values(betting: list[Betting]) -> Markup:
    series = {
        part.stage: [
            Difference(row["season"], row["clv_mean"], row["clv_se"])
            for row in part.seasons
            if row["clv_mean"] is not None
        ]
        for part in betting
    }
    description = "Closing line value of bets by season, percent of the stake"
    return forest({name: part for name, part in series.items() if part}, description, 0.01, better_is_negative=False)


def _season(start: date) -> str:
    return str(start.year)


def pool_seasons(rows: list[Row]) -> dict[str, Any]:
    """By forecaster: mean difference over seasons weighted by games, its standard error, number of games."""
    pooled: dict[str, Any] = {}
    for view in _shown(rows):
        part = [row for row in rows if row["forecaster"] == view and row["reference"] == "close"]
        games = sum(row["games"] for row in part)
        if games:
            mean = sum(row["games"] * row["difference"] for row in part) / games
            errors = [row["difference_se"] for row in part]
            known = all(error is not None for error in errors)
            error = sum((row["games"] * row["difference_se"]) ** 2 for row in part) ** 0.5 / games if known else None
            pooled[view] = (mean, error, games)
    return pooled
