"""Single price changes of single books, from the first quote to the last out.

Belongs here: when each book changes which price, suspended and one-sided moments, quotes during play.
Not here: what the market believes (market.py), the shape in which a source prints a quote (payloads).

The leading book moves with the market's belief; the others follow late and skip moves, so that at most instants
somebody shows a stale price. Each game draws from its own stream: its quotes do not depend on who asked for them first.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.simulation.books import BOOKS, CONSENSUS, OPENER, SHARP, Book
from mlb_ml_assets.simulation.config import Stream
from mlb_ml_assets.simulation.in_play import in_play_ticks
from mlb_ml_assets.simulation.league import League
from mlb_ml_assets.simulation.market import HOURS, OPENING
from mlb_ml_assets.simulation.prices import Array, expit, two_sided
from mlb_ml_assets.simulation.ticks import MARKETS, SIDES, SideChange, Tick

_BOOK_OPINION_SD = 0.03
_HOURLY_MOVE, _LATE_MOVES = 0.5, (0.75, 0.5, 0.25, 0.1)
_SUSPENSION_SHARE, _ONE_SIDED_SHARE, _CORRECTED_SHARE = 0.04, 0.03, 0.01
# Near a coin flip this book deals the underdog's run line, as seen in SportsBettingDime's feed.
_CONTRARIAN_BOOK, _NEAR_EVEN = 75, 0.12


@dataclass
class GameQuotes:
    """All quotes of one game at one listing (a postponed listing is a listing of its own).

    Attributes:
        event_id: Action Network's id of the listing.
        row: the game's position in the league.
        start: the start that books list.
        closes_at: first pitch, or the postponement: no pre-game quote is younger.
        ticks: in order of time.
        absences: (book id, market, side, from, until): the side is not on offer.
    """

    event_id: int
    row: int
    start: datetime
    opens_at: datetime
    closes_at: datetime
    ticks: list[Tick]
    absences: list[tuple[int, str, str, datetime, datetime]] = field(default_factory=list)

    @cached_property
    def changes(self) -> list[SideChange]:
        """Every price change, in the order in which the source tells them."""
        told: list[SideChange] = []
        shown: dict[tuple[int, str, str, bool], tuple[int, float | None, str]] = {}
        for tick in self.ticks:
            lines = _side_lines(tick)
            for place, side in enumerate(SIDES[tick.market]):
                price = (tick.first, tick.second)[place]
                key = (tick.book.id, tick.market, side, tick.is_live)
                state = (price, lines[place], tick.status)
                before = shown.get(key)
                if before and before[:2] == state[:2] and "suspended" not in (before[2], tick.status):
                    continue
                shown[key] = state
                at = tick.at + timedelta(microseconds=137 * place)
                told.append(
                    SideChange(tick.book.id, tick.market, side, at, price, lines[place], tick.status, tick.is_live)
                )
        return told

    def visible(self, now: datetime) -> list[SideChange]:
        """The changes that the source would tell at `now`: none younger, none of a side off offer."""
        away = {(book, market, side) for book, market, side, start, end in self.absences if start <= now < end}
        return [
            change
            for change in self.changes
            if change.updated_at <= now and (change.book_id, change.market, change.side) not in away
        ]


def _side_lines(tick: Tick) -> tuple[float | None, float | None]:
    if tick.market == "spread" and tick.line is not None:
        return tick.line, -tick.line
    return tick.line, tick.line


def game_quotes(league: League, row: int, *, postponed: bool = False, books: tuple[Book, ...] = BOOKS) -> GameQuotes:
    """Quotes of one game: of its final listing, or with `postponed` of the one that rain ended.

    Asking for fewer `books` gives the same quotes of those: every book draws from its own stream.

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
        at, seen = _answers(random, book, moves, quotes)
        for market in MARKETS:
            quotes.ticks += _pre_game(league, row, book, market, at, seen, quotes, random)
            if random.random() < _ONE_SIDED_SHARE and book not in (CONSENSUS, OPENER):
                gone = opens_at + (closes_at - opens_at) * random.random()
                side = SIDES[market][int(random.integers(2))]
                quotes.absences.append((book.id, market, side, gone, gone + timedelta(minutes=45)))
        if book.in_play and not postponed:
            quotes.ticks += in_play_ticks(league, row, book, random)
    quotes.ticks.sort(key=lambda tick: tick.at)
    return quotes


def _moves(random: np.random.Generator, quotes: GameQuotes) -> Array:
    """Hours before the start at which the leading book may move, falling."""
    hours = (quotes.start - quotes.opens_at).total_seconds() / 3600
    hourly = HOURS[(hours > HOURS) & (HOURS >= 1)]
    hourly = hourly[random.random(len(hourly)) < _HOURLY_MOVE] - random.uniform(0, 0.7, size=1)
    late = np.array(_LATE_MOVES)
    late = late[random.random(len(late)) < 0.7]
    return np.concatenate([[hours], hourly[hourly < hours], late - random.uniform(0, 0.08, size=len(late))])


def _answers(random: np.random.Generator, book: Book, moves: Array, quotes: GameQuotes) -> tuple[list[datetime], Array]:
    """When the book reprices, and (hours before the start) the instant whose belief it then shows."""
    taken = moves[(random.random(len(moves)) < book.follows) | (np.arange(len(moves)) == 0)]
    lags = random.uniform(0.2, 1, size=len(taken)) * book.lag_minutes / 60
    jitter = random.integers(0, 20_000_000, size=len(taken))
    at = [
        quotes.start - timedelta(hours=float(hour - lag)) + timedelta(microseconds=int(dust))
        for hour, lag, dust in zip(taken, lags, jitter, strict=True)
    ]
    kept = [number for number, instant in enumerate(at) if instant < quotes.closes_at]
    kept.sort(key=lambda number: at[number])
    return [at[number] for number in kept], taken[kept]


def _pre_game(
    league: League,
    row: int,
    book: Book,
    market: str,
    at: list[datetime],
    seen: Array,
    quotes: GameQuotes,
    random: np.random.Generator,
) -> list[Tick]:
    opinion = 0.0 if book in (SHARP, CONSENSUS) else random.normal(0, _BOOK_OPINION_SD)
    belief, line = _belief(league, row, book, market, seen)
    first, second = two_sided(expit(belief + opinion), book.margin, book.step)
    ticks: list[Tick] = []
    for number, instant in enumerate(at):
        number_line = None if line is None else float(line[number])
        price = (int(first[number]), int(second[number]), number_line)
        if ticks and (ticks[-1].first, ticks[-1].second, ticks[-1].line) == price:
            continue
        status = "opener" if not ticks else "normal"
        stamp = instant + timedelta(microseconds=1000 * MARKETS.index(market))
        if ticks and random.random() < _CORRECTED_SHARE:
            # A typing error, corrected under the same stamp: the later of the two stands.
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
    league: League, row: int, book: Book, market: str, hours: Array
) -> tuple[Array, NDArray[np.float64] | None]:
    """Logit of home (or over), and the number, as the market has them so many hours before the start."""
    beliefs, knots = league.market, HOURS[::-1]
    hours = np.clip(hours, 0, HOURS[0])
    if market == "moneyline":
        return np.interp(hours, knots, beliefs.home_logit[row, ::-1]), None
    if market == "total":
        step = np.searchsorted(-HOURS, -hours, side="right") - 1
        return beliefs.over_logit[row, step], beliefs.total_line[row, step]
    line = float(beliefs.spread_line[row])
    if book.id == _CONTRARIAN_BOOK and abs(beliefs.home_logit[row, 0]) < _NEAR_EVEN:
        line = -line
    return np.interp(hours, knots, beliefs.spread_logit(row, line)[::-1]), np.full(len(hours), line)


class QuoteBoard:
    """The quotes of a league's games, drawn when first asked for."""

    def __init__(self, league: League) -> None:
        self._league = league
        self._drawn: dict[tuple[int, bool], GameQuotes] = {}

    def of(self, row: int, *, postponed: bool = False) -> GameQuotes:
        """Quotes of one listing of the game at `row`."""
        key = (row, postponed)
        if key not in self._drawn:
            self._drawn[key] = game_quotes(self._league, row, postponed=postponed)
        return self._drawn[key]
