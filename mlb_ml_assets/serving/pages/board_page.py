"""The page of a day.

Belongs here: / and the lines that its template shows.
Not here: the JSON of a day (routes/slates.py), one game in depth (game_page.py).
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import median
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from mlb_ml_assets.domain.clock import present, today
from mlb_ml_assets.pricing.odds import american_to_implied
from mlb_ml_assets.serving.board import better_side, by_game
from mlb_ml_assets.serving.charts.small import probability_strip, sparkline
from mlb_ml_assets.serving.pages.questions import Bankroll, read_bankroll, read_day, read_stage
from mlb_ml_assets.serving.pages.rendering import HTML, render
from mlb_ml_assets.serving.representations import Representation
from mlb_ml_assets.serving.services import Served, Services
from mlb_ml_assets.serving.slate import DaySlate
from mlb_ml_assets.warehouse.api_reads import Row, neighbour_days

router = APIRouter()
MARKETS = (("moneyline", "Moneyline"), ("total", "Total"), ("spread", "Run line"))
# Smaller movements than these are drawn as nothing: two points of probability, half a run.
_LEAST_SPAN = {"moneyline": 0.04, "spread": 0.04, "total": 1.0}
_KEPT_PAGES = 64
# Ages on the page are written anew at least this often.
_PAGE_SECONDS = 15


@dataclass(frozen=True)
class MarketLine:
    """One market of a game as one line: the side that is worth more, or the likelier one."""

    market: str
    pick: str
    row: Row
    strip: Markup
    spark: Markup
    moved: str
    amount: float
    other: Row | None


@dataclass(frozen=True)
class BoardGame:
    """A game with its lines; none where there is no prediction, and `why` says why."""

    row: Row
    lines: list[MarketLine]
    why: str = ""

    @property
    def bets(self) -> bool:
        """Whether any of it has a stake."""
        return any(line.row["stake"] > 0 for line in self.lines)


@dataclass
class Totals:
    """The day in a line."""

    games: int = 0
    predicted: int = 0
    bets: int = 0
    staked: float = 0.0
    expected: float = 0.0
    settled: int = 0
    won: int = 0
    lost: int = 0
    profit: float = 0.0
    newest_prediction: datetime | None = None
    newest_quote: datetime | None = None
    results: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class View:
    """How a day is looked at."""

    bankroll: Bankroll
    stage: str | None
    only_bets: bool

    def address(self, day: date) -> str:
        """Another day, looked at in the same way."""
        asked = {
            "date": day,
            "bankroll": self.bankroll.typed,
            "stage": self.stage,
            "bets": "1" if self.only_bets else None,
        }
        return "/?" + urlencode({name: value for name, value in asked.items() if value is not None})


@router.get("/")
async def board(request: Request, services: Served) -> Response:
    """The slate of ?date=, else of today or the last day with predictions, for the bankroll of ?bankroll=."""
    query = request.query_params
    day = read_day(query.get("date")) or await services.slates.day_to_show(today()) or today()
    bankroll = read_bankroll(query.get("bankroll"))
    only_bets = query.get("bets") == "1"
    stage = read_stage(query.get("stage"))
    slate = await services.slates.of(day, stage)
    pages: dict[Any, Representation] = request.app.state.__dict__.setdefault("board_pages", {})
    key = (slate.version, day, stage, bankroll, only_bets, int(present().timestamp()) // _PAGE_SECONDS)
    page = pages.get(key)
    if page is None:
        prices = await services.slates.movements(slate)
        body = await run_in_threadpool(_rendered, services, slate, prices, View(bankroll, stage, only_bets))
        while len(pages) >= _KEPT_PAGES:
            pages.pop(next(iter(pages)), None)
        page = pages[key] = Representation(body, HTML)
    return page.response(request)


def _rendered(services: Services, slate: DaySlate, prices: dict[int, list[Row]], view: View) -> bytes:
    previous_day, next_day = services.read(lambda connection: neighbour_days(connection, slate.day))
    games = board_games(slate.rows, prices, view.bankroll.amount)
    return render(
        "board.html",
        section="board",
        day=slate.day,
        today=today(),
        previous_day=previous_day,
        next_day=next_day,
        games=[game for game in games if game.bets] if view.only_bets else games,
        totals=totals_of(games),
        view=view,
        bankroll=view.bankroll,
        version=slate.version,
        now=present(),
    )


def board_games(rows: list[Row], prices: dict[int, list[Row]], bankroll: float) -> list[BoardGame]:
    """The lines of a day from the rows of its board and the quotes of its games."""
    games = []
    for game, sides in by_game(rows):
        lines = [
            _line(game, market, [row for row in sides if row["market_type"] == market], prices, bankroll)
            for market, _ in MARKETS
            if any(row["market_type"] == market for row in sides)
        ]
        games.append(BoardGame(game, lines, "" if lines else _why(game)))
    return games


def totals_of(games: list[BoardGame]) -> Totals:
    """The sums of a day."""
    totals = Totals(games=len(games))
    for game in games:
        totals.predicted += bool(game.lines)
        totals.newest_prediction = _later(totals.newest_prediction, game.row["prediction_timestamp"])
        for line in game.lines:
            sides = [line.row] if line.other is None else [line.row, line.other]
            for row in sides:
                totals.newest_quote = _later(totals.newest_quote, row["quoted_at"])
                if not row["stake"]:
                    continue
                totals.bets += 1
                totals.staked += row["stake"]
                totals.expected += row["stake"] * (row["expected_value"] or 0.0)
                if row["result"] is not None:
                    totals.settled += 1
                    totals.won += row["result"] in {"win", "half_win"}
                    totals.lost += row["result"] in {"loss", "half_loss"}
                    totals.profit += row["profit"] or 0.0
    return totals


def pick_of(row: Row, game: Row) -> str:
    """A side in the words of the game: PHI, Over 8.5, ATL +1.5."""
    side, line = row["side"], row["line_value"]
    if row["market_type"] == "total":
        return f"{side.capitalize()} {float(line):g}"
    team = game[f"{side}_team"]
    return team if line is None else f"{team} {float(line):+g}".replace("-", "−")


def _line(game: Row, market: str, sides: list[Row], prices: dict[int, list[Row]], bankroll: float) -> MarketLine:
    shown = better_side(sides)
    other = next((row for row in sides if row["side"] != shown["side"]), None)
    points = track(prices.get(game["game_id"], []), market, _home_number(shown))
    first_side = shown["side"] in {"home", "over"}
    if market != "total" and not first_side:
        points = [(at, 1 - value) for at, value in points]
    moved = points[-1][1] - points[0][1] if len(points) > 1 else 0.0
    words = f"{moved:+.1f} runs" if market == "total" else f"{100 * moved:+.1f} points of probability"
    return MarketLine(
        market=market,
        pick=pick_of(shown, game),
        row=shown,
        strip=probability_strip(
            shown["final_probability"],
            shown["market_probability"],
            shown["model_probability"],
            (shown["probability_low"], shown["probability_high"]),
        ),
        spark=sparkline(points, f"{pick_of(shown, game)}: moved {words} since the first quote", _LEAST_SPAN[market]),
        moved=words if len(points) > 1 else "",
        amount=bankroll * (shown["stake"] or 0.0),
        other=other,
    )


def track(quotes: list[Row], market: str, home_number: float | None) -> list[tuple[datetime, float]]:
    """A market's way over all books: the median of what stands at each change; probability with margin, or the number.

    Args:
        quotes: of home and over, in order of book and instant, as `movement` gives them.
        market: whose.
        home_number: of a run line the home side's: prices of another number are another bet.
    """
    mine = sorted(
        (
            row
            for row in quotes
            if row["market_type"] == market and (market != "spread" or row["line_value"] == home_number)
        ),
        key=lambda row: row["updated_at"],
    )
    standing: dict[str, float] = {}
    points: list[tuple[datetime, float]] = []
    for row in mine:
        value = float(row["line_value"]) if market == "total" else float(american_to_implied(float(row["odds"])))
        standing[row["book"]] = value
        middle = median(standing.values())
        if points and points[-1][0] == row["updated_at"]:
            points[-1] = (row["updated_at"], middle)
        else:
            points.append((row["updated_at"], middle))
    return points


def _home_number(row: Row) -> float | None:
    if row["line_value"] is None:
        return None
    return -float(row["line_value"]) if row["side"] == "away" else float(row["line_value"])


def _why(game: Row) -> str:
    status = game["game_status"]
    return f"{status}, no prediction" if status not in {None, "scheduled"} else "no prediction yet"


def _later(first: datetime | None, second: datetime | None) -> datetime | None:
    known = [stamp for stamp in (first, second) if stamp is not None]
    return max(known) if known else None
