"""When each book changes which price, from the first quote to the last out.

Belongs here: the times and sizes of price changes, suspended and one-sided moments, quotes during play.
Not here: the market's probabilities (market.py), the records of a quote (quotes.py).

The leading book moves with the market; the others follow late and skip moves, so that at most instants some book shows
a stale price. Each game draws from its own stream: its quotes do not depend on the order in which games are drawn.
"""

import math
from datetime import datetime, timedelta

import numpy as np

from mlb_ml_assets.domain.logit import expit
from mlb_ml_assets.domain.markets import MONEYLINE, TOTAL, market_of
from mlb_ml_assets.domain.odds import FloatArray
from mlb_ml_assets.simulation.books import BOOKS, CONSENSUS, OPENER, SHARP, Book, price_both_sides
from mlb_ml_assets.simulation.config import Stream
from mlb_ml_assets.simulation.league import League
from mlb_ml_assets.simulation.market import HOURS, OPENING
from mlb_ml_assets.simulation.quotes import MARKET_KEYS, GameQuotes, Tick

_BOOK_OPINION_SD = 0.03
_HOURLY_MOVE, _LATE_MOVES = 0.5, (0.75, 0.5, 0.25, 0.1)
_SUSPENSION_SHARE, _ONE_SIDED_SHARE, _CORRECTED_SHARE = 0.04, 0.03, 0.01
# Near a coin flip this book deals the underdog's run line, as seen in SportsBettingDime's feed.
_CONTRARIAN_BOOK, _NEAR_EVEN = 75, 0.12
# One half-inning has about half a run with variance 1.1.
_RUNS, _VARIANCE = 0.49, 1.1


def draw_quotes(league: League, row: int, *, postponed: bool = False, books: tuple[Book, ...] = BOOKS) -> GameQuotes:
    """Draw the quotes of one game: of its final listing, or with `postponed` of the one that rain ended.

    With fewer `books` their quotes are the same: every book draws from its own stream.

    Raises:
        ValueError: `postponed` for a game that never moved.
    """
    game = league.games.iloc[row]
    if postponed and not game["postponed_action_network_id"]:
        raise ValueError(f"game {game['game_pk']} was never postponed")
    start = (game["original_start"] if postponed else game["market_start"]).to_pydatetime()
    opens_at = start - OPENING
    if not postponed and game["moved_at"] is not None and game["postponed_action_network_id"]:
        opens_at = max(opens_at, game["moved_at"].to_pydatetime() + timedelta(minutes=75))
    closes_at = (game["postponed_at"] if postponed else game["first_pitch"]).to_pydatetime()
    quotes = GameQuotes(
        event_id=int(game["postponed_action_network_id"] if postponed else game["action_network_id"]),
        row=row,
        start=start,
        opens_at=opens_at,
        closes_at=closes_at,
        ticks=[],
    )
    moves = _moves(league.config.stream(Stream.QUOTES, row, int(postponed)), quotes)
    for book in books:
        random = league.config.stream(Stream.QUOTES, row, int(postponed), book.id)
        at, seen = _repricings(random, book, moves, quotes)
        for market in MARKET_KEYS:
            quotes.ticks += _pre_game(league, row, book, market, at, seen, quotes, random)
            if random.random() < _ONE_SIDED_SHARE and book not in (CONSENSUS, OPENER):
                gone = opens_at + (closes_at - opens_at) * random.random()
                side = market_of(market).sides[int(random.integers(2))]
                quotes.absences.append((book.id, market, side, gone, gone + timedelta(minutes=45)))
        if book.in_play and not postponed:
            quotes.ticks += _in_play(league, row, book, random)
    quotes.ticks.sort(key=lambda tick: tick.at)
    return quotes


def _moves(random: np.random.Generator, quotes: GameQuotes) -> FloatArray:
    """Hours before the start at which the leading book may move, falling."""
    hours = (quotes.start - quotes.opens_at).total_seconds() / 3600
    hourly = HOURS[(hours > HOURS) & (HOURS >= 1)]
    hourly = hourly[random.random(len(hourly)) < _HOURLY_MOVE] - random.uniform(0, 0.7, size=1)
    late = np.array(_LATE_MOVES)
    late = late[random.random(len(late)) < 0.7]
    return np.concatenate([[hours], hourly[hourly < hours], late - random.uniform(0, 0.08, size=len(late))])


def _repricings(
    random: np.random.Generator, book: Book, moves: FloatArray, quotes: GameQuotes
) -> tuple[list[datetime], FloatArray]:
    """When the book reprices, and (hours before the start) the instant whose belief it then shows."""
    taken = moves[(random.random(len(moves)) < book.follows) | (np.arange(len(moves)) == 0)]
    lags = random.uniform(0.2, 1, size=len(taken)) * book.lag_minutes / 60
    jitter = random.integers(0, 20_000_000, size=len(taken))
    at = [
        quotes.start - timedelta(hours=float(hour - lag)) + timedelta(microseconds=int(dust))
        for hour, lag, dust in zip(taken, lags, jitter, strict=True)
    ]
    kept = [move for move, instant in enumerate(at) if instant < quotes.closes_at]
    kept.sort(key=lambda move: at[move])
    return [at[move] for move in kept], taken[kept]


def _pre_game(
    league: League,
    row: int,
    book: Book,
    market: str,
    at: list[datetime],
    seen: FloatArray,
    quotes: GameQuotes,
    random: np.random.Generator,
) -> list[Tick]:
    opinion = 0.0 if book in (SHARP, CONSENSUS) else random.normal(0, _BOOK_OPINION_SD)
    belief, line = _belief(league, row, book, market, seen)
    first, second = price_both_sides(expit(belief + opinion), book.margin, book.step)
    ticks: list[Tick] = []
    for move, instant in enumerate(at):
        line_then = None if line is None else float(line[move])
        price = (int(first[move]), int(second[move]), line_then)
        if ticks and (ticks[-1].first, ticks[-1].second, ticks[-1].line) == price:
            continue
        status = "opener" if not ticks else "normal"
        stamp = instant + timedelta(microseconds=1000 * MARKET_KEYS.index(market))
        if ticks and random.random() < _CORRECTED_SHARE:
            # A typing error, corrected under the same stamp: the later of the two is valid.
            ticks.append(Tick(book, market, stamp, *_one_step_off(price, book), price[2]))
        ticks.append(Tick(book, market, stamp, *price, status=status))
        if book is OPENER:
            break
    if len(ticks) > 1 and book not in (CONSENSUS, OPENER) and random.random() < _SUSPENSION_SHARE:
        ticks = _suspend(ticks, quotes, random)
    return ticks


def _one_step_off(price: tuple[int, int, float | None], book: Book) -> tuple[int, int]:
    """Prices one step worse for the bettor on both sides, still American odds."""
    first, second = (odds - book.step if abs(odds - book.step) > 100 else -100 - book.step for odds in price[:2])
    return first, second


def _suspend(ticks: list[Tick], quotes: GameQuotes, random: np.random.Generator) -> list[Tick]:
    """Take the market off the board for a while after one of its changes, then put it back at the price it had."""
    after = int(random.integers(0, len(ticks)))
    last = ticks[after]
    limit = ticks[after + 1].at if after + 1 < len(ticks) else quotes.closes_at
    off, on = last.at + (limit - last.at) * 0.3, last.at + (limit - last.at) * 0.6
    pause = [
        Tick(last.book, last.market, off, last.first, last.second, last.line, "suspended"),
        Tick(last.book, last.market, on, last.first, last.second, last.line, "normal"),
    ]
    return [*ticks[: after + 1], *pause, *ticks[after + 1 :]]


def _belief(
    league: League, row: int, book: Book, market: str, hours: FloatArray
) -> tuple[FloatArray, FloatArray | None]:
    """Logit of the first side and its line, as the market has them at these hours before the start."""
    beliefs, knots = league.market, HOURS[::-1]
    hours = np.clip(hours, 0, HOURS[0])
    if market == MONEYLINE.key:
        return np.interp(hours, knots, beliefs.home_logit[row, ::-1]), None
    if market == TOTAL.key:
        step = np.searchsorted(-HOURS, -hours, side="right") - 1
        return beliefs.over_logit[row, step], beliefs.total_line[row, step]
    line = float(beliefs.spread_line[row])
    if book.id == _CONTRARIAN_BOOK and abs(beliefs.home_logit[row, 0]) < _NEAR_EVEN:
        line = -line
    return np.interp(hours, knots, beliefs.spread_logit(row, line)[::-1]), np.full(len(hours), line)


def _in_play(league: League, row: int, book: Book, random: np.random.Generator) -> list[Tick]:
    """Moneylines and totals of one book, once a finished inning, flagged live."""
    game, lines = league.games.iloc[row], league.lines
    pitch, end = game["first_pitch"].to_pydatetime(), game["ended_at"].to_pydatetime()
    if game["suspended"]:
        end = game["suspended_at"].to_pydatetime()
    played = int(game["innings"])
    ticks = []
    for inning in range(min(played, 9) - 1):
        at = pitch + (end - pitch) * ((inning + 1) / played)
        home = int(np.maximum(lines.home[row, : inning + 1], 0).sum())
        away = int(np.maximum(lines.away[row, : inning + 1], 0).sum())
        left = 8 - inning
        lead = home - away + _RUNS * left * float(league.market.home_logit[row, -1]) * 0.3
        win = _normal((lead + 0.001) / math.sqrt(2 * _VARIANCE * max(left, 0.5)))
        total = round(2 * (home + away + 2 * _RUNS * left)) / 2
        stamp = at + timedelta(seconds=float(random.uniform(5, 90)))
        for market, fair, line in ((MONEYLINE.key, win, None), (TOTAL.key, 0.5, total)):
            first, second = price_both_sides(np.array([np.clip(fair, 0.03, 0.97)]), book.margin + 0.02, book.step)
            ticks.append(Tick(book, market, stamp, int(first[0]), int(second[0]), line, is_live=True))
    return ticks


def _normal(z: float) -> float:
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


class LeagueQuotes:
    """The quotes of a league's games, each drawn at its first use."""

    def __init__(self, league: League) -> None:
        self._league = league
        self._drawn: dict[tuple[int, bool], GameQuotes] = {}

    def of(self, row: int, *, postponed: bool = False) -> GameQuotes:
        """Quotes of one listing of the game at `row`."""
        key = (row, postponed)
        if key not in self._drawn:
            self._drawn[key] = draw_quotes(self._league, row, postponed=postponed)
        return self._drawn[key]
