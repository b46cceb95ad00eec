"""What a payload holds, as typed rows: the common tongue of every source.

Belongs here: the row types, what each may contain, and the errors of a payload that cannot be trusted.
Not here: reading any payload (one module a source), team codes (identity/), tables (warehouse/).
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from mlb_ml_assets.domain.books import Book
from mlb_ml_assets.domain.markets import SIDES_OF_MARKET
from mlb_ml_assets.sources.game_rows import (
    BatterLine,
    BullpenLine,
    Conditions,
    GameResult,
    LineupCard,
    LineupPositions,
    Person,
    PitcherLine,
    ProbableStarter,
    SourceGame,
    StarterLine,
    Suspension,
    TeamLine,
)
from mlb_ml_assets.sources.reading import BadField, CsvTable, NotReadable, SourceError
from mlb_ml_assets.sources.weather import WeatherForecast

# Half a run beyond anything hung in baseball: a total of 40 or a run line of 20 is a typo or another sport.
HIGHEST_TOTAL = 40.0
WIDEST_RUN_LINE = 20.0
# A vendor's clock may run ahead of ours by so much before its stamps say nothing.
CLOCK_TOLERANCE = timedelta(hours=1)


class PayloadShapeError(SourceError, ValueError):
    """A payload is not what its source used to send: nothing of it is taken.

    Attributes:
        source: who sent it.
        field: the first place where it differs, e.g. `dates[].games[].gamePk`.
        found: what was found instead.
    """

    def __init__(self, source: str, field: str, found: object) -> None:
        self.source = source
        self.field = field
        self.found = found
        shown = repr(found)
        super().__init__(f"{source}: unexpected payload at {field!r}: {shown[:200]}")


@dataclass(frozen=True, slots=True)
class Payload:
    """One response as it came in. `captured_at`: the instant we saw it (UTC); `body`: content-decoded bytes."""

    source: str
    endpoint: str
    status: int
    body: bytes
    captured_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quote:
    """One side of one market at one book: American odds and the line they are for.

    `updated_at`: the source's stamp of the price where it has one, else `captured_at`. `stamped`: the source itself
    records that the price changed at `updated_at`; otherwise it is a sighting, and a price change only where it
    differs from the sighting before. `line_value` is the side's own run line, or the total; None for moneyline.
    """

    source_game_id: str
    book_id: str
    market_type: str
    side: str
    odds: int
    line_value: float | None
    updated_at: datetime
    captured_at: datetime
    stamped: bool = False
    line_status: str | None = None
    market_id: int | None = None
    outcome_id: int | None = None

    def __post_init__(self) -> None:
        if self.side not in SIDES_OF_MARKET.get(self.market_type, ()):
            raise BadField("side", f"{self.market_type}/{self.side}", "no side of this market")
        if not -100_000 <= self.odds <= 100_000 or -100 < self.odds < 100:
            raise BadField("odds", self.odds, "not American odds")
        _check_line(self.market_type, self.line_value)
        if self.updated_at > self.captured_at + CLOCK_TOLERANCE:
            raise BadField("updated_at", self.updated_at.isoformat(), "stamped after it was captured")


def _check_line(market_type: str, line: float | None) -> None:
    if (market_type == "moneyline") != (line is None):
        raise BadField(
            "line_value", line, f"{market_type} with a line" if line is not None else f"{market_type} without"
        )
    if line is None:
        return
    # First: neither infinity, nor no number, nor twice the largest number can be halved.
    low, high = (0.5, HIGHEST_TOTAL) if market_type == "total" else (-WIDEST_RUN_LINE, WIDEST_RUN_LINE)
    if not low <= line <= high:
        raise BadField("line_value", line, f"no {market_type} of baseball")
    if line * 2 != int(line * 2):
        raise BadField("line_value", line, "not in halves")


@dataclass(frozen=True, slots=True)
class Split:
    """Public betting on one market: percent 0..100 of tickets (bets) and of money (handle), None where not given."""

    source_game_id: str
    book_id: str
    market_type: str
    captured_at: datetime
    updated_at: datetime | None
    tickets_home_or_over: float | None
    tickets_away_or_under: float | None
    money_home_or_over: float | None
    money_away_or_under: float | None
    ticket_count: int | None = None

    def __post_init__(self) -> None:
        if self.market_type not in SIDES_OF_MARKET:
            raise BadField("market_type", self.market_type, "unknown market")
        for name in ("tickets_home_or_over", "tickets_away_or_under", "money_home_or_over", "money_away_or_under"):
            value = getattr(self, name)
            if value is not None and not 0.0 <= value <= 100.0:
                raise BadField(name, value, "no percentage")
        for kind in ("tickets", "money"):
            one, two = getattr(self, f"{kind}_home_or_over"), getattr(self, f"{kind}_away_or_under")
            # Rounding leaves 96..104 on real pages; 0 with 0 is the vendors' way to say that they have no data.
            if one is not None and two is not None and not 96.0 <= one + two <= 104.0:
                raise BadField(kind, f"{one}/{two}", "percentages do not sum to about 100")


def pair(one: float | None, two: float | None) -> tuple[float | None, float | None]:
    """Both shares of a split, or neither: one side alone is no split, and 0 with 0 is how vendors write "no data"."""
    return (one, two) if one is not None and two is not None and (one or two) else (None, None)


@dataclass(frozen=True, slots=True)
class Sighting:
    """A two-sided market was on offer at a book at `seen_at` (UTC)."""

    source_game_id: str
    book_id: str
    market_type: str
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that cannot be trusted, kept with its reason so that it can be tried again.

    Attributes:
        reason: a short phrase, the same for every record of one kind: counts go by it.
        detail: what is wrong with this record, naming field and value.
        record: the record as received, as JSON values.
        source_game_id: the source's own id of the game, where the record has one.
        game_date: MLB's official date, where the record has one.
    """

    reason: str
    detail: str
    record: object
    source_game_id: str | None = None
    game_date: date | None = None


@dataclass
class Parsed:
    """Everything one payload says. `left_out` counts what was understood and is not for us: live, other sports, …

    `listed_games`: games whose pre-game markets this payload lists in full, so that a market missing from it was
    pulled at `captured_at`. `withdrawn`: game, book and market that are named but not on offer (live, suspended).
    """

    source: str
    captured_at: datetime
    games: list[SourceGame] = field(default_factory=list)
    probables: list[ProbableStarter] = field(default_factory=list)
    results: list[GameResult] = field(default_factory=list)
    suspensions: list[Suspension] = field(default_factory=list)
    conditions: list[Conditions] = field(default_factory=list)
    lineups: list[LineupCard] = field(default_factory=list)
    starter_lines: list[StarterLine] = field(default_factory=list)
    bullpen_lines: list[BullpenLine] = field(default_factory=list)
    team_lines: list[TeamLine] = field(default_factory=list)
    batter_lines: list[BatterLine] = field(default_factory=list)
    pitcher_lines: list[PitcherLine] = field(default_factory=list)
    lineup_positions: list[LineupPositions] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)
    quotes: list[Quote] = field(default_factory=list)
    splits: list[Split] = field(default_factory=list)
    sightings: list[Sighting] = field(default_factory=list)
    forecasts: list[WeatherForecast] = field(default_factory=list)
    books: list[Book] = field(default_factory=list)
    listed_games: list[str] = field(default_factory=list)
    withdrawn: set[tuple[str, str, str]] = field(default_factory=set)
    rejected: list[Rejected] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)

    def reject(
        self, error: BadField, record: object, source_game_id: str | None = None, *, at: str | None = None
    ) -> None:
        """Keep a bad record for the quarantine; its neighbors go on. `at`: its place in the payload, e.g. "line 3"."""
        detail = str(error) if at is None else f"{at}, {error}"
        self.rejected.append(Rejected(error.code, detail, record, source_game_id))

    def checked_table(self, table: CsvTable) -> "Parsed":
        """`checked` for the rows of a table; counts a last line that was not taken.

        Raises:
            PayloadShapeError: as `checked`.
        """
        self.checked(len(table.rows))
        self.leave_out("last line without a line end", table.cut_rows)
        return self

    def leave_out(self, reason: str, count: int) -> None:
        """Count parts that were understood and are not stored; nothing is counted for none."""
        if count:
            self.left_out[reason] += count

    def is_empty(self) -> bool:
        """Whether the payload was understood and has nothing that needs a capture time."""
        return not (self.games or self.quotes or self.splits or self.results or self.forecasts or self.rejected)

    def sight_two_sided(self, seen_at: datetime | None = None) -> None:
        """Add a sighting for every market whose two sides are among the quotes at one line."""
        offers: dict[tuple[str, str, str, datetime], dict[str, Quote]] = {}
        for quote in self.quotes:
            key = (quote.source_game_id, quote.book_id, quote.market_type, quote.captured_at)
            offers.setdefault(key, {})[quote.side] = quote
        for (game, book, market, _), sides in offers.items():
            if len(sides) == 2 and (game, book, market) not in self.withdrawn:
                seen = seen_at or min(q.captured_at if q.stamped else q.updated_at for q in sides.values())
                self.sightings.append(Sighting(game, book, market, seen))

    def checked(self, records: int) -> "Parsed":
        """This, unless nothing was taken and every record failed at one and the same field: then the shape changed.

        Raises:
            PayloadShapeError: naming that field.
        """
        # Games without a single price are a quiet day, unless their markets are there and none of them can be read.
        taken = self.quotes or self.splits or self.left_out or (self.games and not self.listed_games)
        reasons = {one.reason for one in self.rejected}
        if records and not taken and len(reasons) == 1:
            first = self.rejected[0]
            raise PayloadShapeError(self.source, first.reason.removeprefix("bad_"), first.detail)
        return self


@contextmanager
def reading_payload(source: str) -> Iterator[None]:
    """Around the reading of one payload: what is bad outside its records means that its shape changed.

    Raises:
        PayloadShapeError: naming the field.
    """
    try:
        yield
    except BadField as error:
        raise PayloadShapeError(source, error.field, error.value) from error
    except NotReadable as error:
        raise PayloadShapeError(source, "body", str(error)) from error


def mapping_of(record: object) -> Mapping[str, Any]:
    """The record as a mapping; empty where it is none. For optional parts only."""
    return record if type(record) is dict or isinstance(record, Mapping) else {}
