"""One pricing of a day in one transaction: the flows of the assets, in their order, for the games that moved.

Belongs here: the order of the steps, their checks, what is kept in memory between two pricings.
Not here: when to price (resident.py), reporting to Dagster (reports.py), the work of a step (flows/, warehouse/).
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import psycopg

from mlb_ml_assets.domain.clock import present, today
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.feature_state import KeptState
from mlb_ml_assets.flows.features import build_vectors
from mlb_ml_assets.flows.kept_sides import KeptSides
from mlb_ml_assets.flows.odds_identification import identify_odds
from mlb_ml_assets.flows.predictions import KeptInputs, predict_days
from mlb_ml_assets.flows.promises import PROMISES, Promise
from mlb_ml_assets.flows.recommendations import recommend_days
from mlb_ml_assets.warehouse.arrivals import (
    Waiting,
    WaitingGame,
    read_due_lines,
    read_quotes_ahead,
    take_arrivals,
    take_fact_arrivals,
    take_own_fact_arrivals,
)
from mlb_ml_assets.warehouse.checks import Violations, find_violations
from mlb_ml_assets.warehouse.contract import check_contract
from mlb_ml_assets.warehouse.games import build_enhanced_games
from mlb_ml_assets.warehouse.market_lines import build_market_lines

GAMES = "curated/enhanced_games"
LINES = "curated/market_lines"
VECTORS = "curated/ml_feature_vectors"
PREDICTIONS = "curated/ml_predictions"
STAKES = "curated/ml_recommendations"
SECONDS_BETWEEN_LINKS = 60.0


class DatabaseDoesNotFit(RuntimeError):
    """An adopted table is not what the pipeline needs; asset runs stop at the same check."""


class _PromiseBroken(Exception):
    """A blocking promise is broken: what comes after it must not run."""


@dataclass(frozen=True)
class Checked:
    """One promise after a step, and the rows that break it."""

    promise: Promise
    violations: Violations

    @property
    def stops(self) -> bool:
        """Whether nothing after the step may run."""
        return self.promise.blocking and self.violations.count > 0


@dataclass
class Pricing:
    """What one pricing did.

    Attributes:
        day: the partition, an official date.
        quotes: new quotes that it answers.
        is_full: every game was priced, because facts, the schedule or the models changed, or nothing was known yet.
        reports: by asset key, in order; of the steps that ran.
        checks: of the steps that ran.
        milliseconds: by step, and "commit".
    """

    day: date
    quotes: int
    is_full: bool
    reports: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    checks: list[Checked] = field(default_factory=list)
    milliseconds: dict[str, float] = field(default_factory=dict)

    @property
    def is_stopped(self) -> bool:
        """Whether a blocking check failed; what is after it has the state of before."""
        return any(check.stops for check in self.checks)


@dataclass
class _Kept:
    """What a pricing leaves in memory for the next one of the same days.

    Attributes:
        state: of the features.
        inputs: of the forecasts.
        sides: of the stakes.
        priced_at: the present of the last pricing.
        ahead: games with quotes stamped later than that, and the first of these stamps.
    """

    state: KeptState
    inputs: KeptInputs = field(default_factory=KeptInputs)
    sides: KeptSides = field(default_factory=KeptSides)
    priced_at: datetime = field(default_factory=present)
    ahead: dict[int, datetime] = field(default_factory=dict)

    def note_stamps(self, now: datetime, games: set[int] | None, ahead: Mapping[int, datetime]) -> None:
        """Lines of these games, None means all, were built at `now`; quotes of some are still `ahead` of it."""
        others = {} if games is None else {game: at for game, at in self.ahead.items() if game not in games}
        self.priced_at, self.ahead = now, {**others, **ahead}

    def may_be_ahead(self, built: set[int] | None, taken_ahead: set[int]) -> set[int] | None:
        """Of the games whose lines were built those that may have quotes stamped ahead of the clock; None means all.

        Such a quote is found when it arrives, and kept until it is due.
        """
        return None if built is None else built & (taken_ahead | self.ahead.keys())

    def due_at(self, now: datetime) -> set[int]:
        """Games with quotes that may be used by now, and whose stamps were ahead of the clock."""
        return {game for game, stamp in self.ahead.items() if stamp <= now}


class Pricer:
    """Prices days on one connection, and keeps what the next pricing of today would read again.

    Args:
        connection: in autocommit mode; nobody else uses it.
    """

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._day: date | None = None
        self._kept: _Kept | None = None
        self._unlinked: set[tuple[str, str]] = set()
        self._unlinked_since = 0.0

    def has_work(self, waiting: Waiting) -> bool:
        """Whether anything is to be priced: new quotes, changed facts, or a day that was not priced yet."""
        is_due = self._kept is not None and bool(self._kept.due_at(present()))
        return waiting.has_quotes or waiting.has_facts or is_due or self._day != today()

    def price(self, waiting: Waiting) -> Pricing:
        """Price one day: today's partition, or where only games of earlier days have quotes, the newest of their days.

        One transaction: the quotes are taken from the log of arrivals by the same commit that stores their stakes.
        Where a blocking promise is broken the steps after it do not run, and what is before it is stored, as in an
        asset run.

        Raises:
            DatabaseDoesNotFit: see there. After any error nothing is stored, and nothing is kept in memory.
        """
        days, games = _next_partition(waiting)
        is_today = days.first == today()
        kept = self._kept if is_today else None
        moved = {game.game_id for game in games if game.game_id is not None}
        has_listings = self._note_unlinked(games) or waiting.has_facts
        is_known = kept is not None and kept.state.days == days and not has_listings
        if kept is None or not is_known:
            kept = _Kept(KeptState(days))
        if is_today:
            self._kept = None
        pricing = Pricing(days.first, sum(game.quotes for game in games), is_full=not is_known)
        with _timed(pricing, "all"):
            with self._connection.transaction():
                taken_ahead = take_arrivals(self._connection, games, present())
                with suppress(_PromiseBroken):
                    self._run_steps(pricing, days, kept, moved if is_known else None, taken_ahead)
                committing = time.perf_counter()
            pricing.milliseconds["commit"] = 1000 * (time.perf_counter() - committing)
        if is_today:
            self._day, self._kept = days.first, None if pricing.is_stopped else kept
        return pricing

    def _note_unlinked(self, games: Sequence[WaitingGame]) -> bool:
        """Whether games are not linked that the last minute did not try to link.

        A listing of no game of ours would otherwise have every game priced again with each of its quotes.
        """
        if time.monotonic() - self._unlinked_since > SECONDS_BETWEEN_LINKS:
            self._unlinked, self._unlinked_since = set(), time.monotonic()
        unlinked = {(game.source, game.source_game_id) for game in games if game.game_id is None and game.quotes}
        is_new = not unlinked <= self._unlinked
        self._unlinked |= unlinked
        return is_new

    def _run_steps(
        self, pricing: Pricing, days: DayRange, kept: _Kept, moved: set[int] | None, taken_ahead: set[int]
    ) -> None:
        """The steps of an asset run.

        Args:
            pricing: gets the reports.
            days: official dates.
            kept: of these days.
            moved: games with new quotes; None means every game, whose listings are read again.
            taken_ahead: games with new quotes that are, or may be, stamped ahead of the clock.

        Raises:
            _PromiseBroken: by what the last step stored.
        """
        connection, now = self._connection, present()
        if moved is None:
            take_fact_arrivals(connection)
            _require_contract(connection)
            with self._step(pricing, GAMES) as report:
                report.update(identify_odds(connection, days))
                report.update(build_enhanced_games(connection, days.first, days.last))
                take_own_fact_arrivals(connection)
        with self._step(pricing, LINES) as report:
            built = None
            # After a clock that was set back lines know more than they may, all of them.
            if moved is not None and kept.priced_at <= now:
                built = moved = moved | kept.due_at(now) | read_due_lines(connection, days, kept.priced_at, now)
            lines = build_market_lines(connection, days.first, days.last, built)
            report.update(lines.report)
            suspects = kept.may_be_ahead(built, taken_ahead)
            # No game is not all of them.
            ahead = {} if suspects == set() else read_quotes_ahead(connection, days, suspects, now)
            kept.note_stamps(now, built, ahead)
        with self._step(pricing, VECTORS) as report:
            before = set(kept.state.built)
            report.update(build_vectors(connection, days, kept.state))
        decided = lines.games | {game for game, _, _ in kept.state.built - before}
        # A forecast is made of a vector and of lines: other quotes of a game change only what may be bet.
        with self._step(pricing, PREDICTIONS) as report:
            report.update(predict_days(connection, days, kept.inputs, None if moved is None else decided))
        if moved is not None:
            moved = moved | decided
        with self._step(pricing, STAKES) as report:
            report.update(recommend_days(connection, days, kept.sides, moved))

    @contextmanager
    def _step(self, pricing: Pricing, asset: str) -> Iterator[dict[str, Any]]:
        """The block is a step, which fills its report; its promises are checked after it.

        Raises:
            _PromiseBroken: nothing that comes after this step may run.
        """
        report: dict[str, Any] = {}
        with _timed(pricing, asset):
            yield report
        pricing.reports[asset] = report
        with _timed(pricing, "checks"):
            # Over the partition's own day, as the asset's checks.
            day, end = pricing.day, pricing.day + timedelta(days=1)
            for promise in PROMISES:
                if promise.asset == asset and promise.runs_with == "slate":
                    found = find_violations(self._connection, promise.name, day, end, present())
                    pricing.checks.append(Checked(promise, found))
        if pricing.is_stopped:
            raise _PromiseBroken


@contextmanager
def _timed(pricing: Pricing, part: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    pricing.milliseconds[part] = pricing.milliseconds.get(part, 0.0) + 1000 * (time.perf_counter() - began)


def _require_contract(connection: psycopg.Connection[Any]) -> None:
    report = check_contract(connection)
    if report.blocking:
        raise DatabaseDoesNotFit(f"the database does not fit (mlb-ml contract):\n{report.render()}")


def _next_partition(waiting: Waiting) -> tuple[DayRange, Sequence[WaitingGame]]:
    """The days of the next pricing and its games. Today's partition includes tomorrow, as assets.partitions.days_of.

    A game that no schedule lists is looked for with today's.
    """
    now = today()
    # Boards of earlier days would wait for ever: such a day is priced whole, and only for a quote.
    earlier = {game for game in waiting.games if game.quotes and game.game_date is not None and game.game_date < now}
    current = [game for game in waiting.games if game not in earlier]
    if current or waiting.has_facts or not earlier:
        return DayRange(now, now + timedelta(days=1)), current
    day = max(game.game_date for game in earlier if game.game_date is not None)
    return DayRange(day, day), [game for game in waiting.games if game.game_date == day]
