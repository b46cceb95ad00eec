"""How the prices of a day's games moved, as paths that a cell of a table can show.

Belongs here: the median over the books after each change, thinned to what is visible.
Not here: reading prices (slate.py), drawing (charts/).
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from statistics import median
from typing import NamedTuple

from mlb_ml_assets.domain.markets import SPREAD, TOTAL
from mlb_ml_assets.pricing.odds import american_to_implied
from mlb_ml_assets.warehouse.api_reads import Row

# Of two pixels of a cell. A path of a side that moved six hundred times is as long as one that moved two hundred.
COLUMNS = 48

Path = tuple[tuple[datetime, float], ...]


class Bet(NamedTuple):
    """What has a price of its own. `line` is the home side's run line: prices at another line are another bet."""

    game_id: int
    market_type: str
    line: float | None


class Offer(NamedTuple):
    """A book's implied probability with vig, or its total, from an instant until another; None: it still takes bets."""

    at: datetime
    until: datetime | None
    book: str
    value: float


def build_paths(rows: Sequence[Row]) -> dict[Bet, Path]:
    """The path of each bet of `movement`'s rows of home and over."""
    implied = american_to_implied([float(row["odds"]) for row in rows]).tolist()
    offers: dict[Bet, list[Offer]] = {}
    for row, probability in zip(rows, implied, strict=True):
        market, line = row["market_type"], row["line_value"]
        bet = Bet(row["game_id"], market, float(line) if market == SPREAD.key and line is not None else None)
        value = float(line) if market == TOTAL.key else probability
        offers.setdefault(bet, []).append(Offer(row["at"], row["until"], row["book"], value))
    return {bet: thin(median_path(of_bet)) for bet, of_bet in offers.items()}


def median_path(offers: Iterable[Offer]) -> list[tuple[datetime, float]]:
    """The median over the books that take bets, after each change."""
    starts: list[tuple[datetime, str, float | None]] = []
    ends: list[tuple[datetime, str, float | None]] = []
    for offer in offers:
        starts.append((offer.at, offer.book, offer.value))
        if offer.until is not None:
            ends.append((offer.until, offer.book, None))
    on_offer: dict[str, float] = {}
    points: list[tuple[datetime, float]] = []
    # Ends before starts, and the sort is stable: a changed price begins at the instant at which the one before ends.
    for instant, changes in groupby(sorted(ends + starts, key=itemgetter(0)), key=itemgetter(0)):
        for _, book, shown in changes:
            if shown is None:
                on_offer.pop(book, None)
            else:
                on_offer[book] = shown
        if on_offer:
            points.append((instant, median(on_offer.values())))
    return points


def thin(points: Sequence[tuple[datetime, float]]) -> Path:
    """The first, lowest, highest and last point of each of COLUMNS equal spans of time.

    A stepped line drawn in as many columns looks the same: the M4 aggregation of Jugel et al., "M4: A
    Visualization-Oriented Time Series Data Aggregation", PVLDB 7(10), 2014.
    """
    if len(points) <= 4 * COLUMNS:
        return tuple(points)
    first, last = points[0][0].timestamp(), points[-1][0].timestamp()
    columns: dict[int, list[tuple[datetime, float]]] = {}
    for point in points:
        columns.setdefault(int(COLUMNS * (point[0].timestamp() - first) / (last - first)), []).append(point)
    kept: list[tuple[datetime, float]] = []
    for column in columns.values():
        value = itemgetter(1)
        kept += sorted({column[0], min(column, key=value), max(column, key=value), column[-1]})
    return tuple(kept)
