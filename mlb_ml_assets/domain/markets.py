"""The markets of a game and what is fixed about each.

Belongs here: one `Market` per market, and the look-ups derived from it.
Not here: prices (pricing/), how a market is settled (betting/), the forecasts of a market (modeling/).
"""

from dataclasses import dataclass
from typing import Final, Literal

MarketKey = Literal["moneyline", "total", "spread"]
Side = Literal["home", "away", "over", "under"]
# The event that the first side of a market wins.
Target = Literal["home_ml", "total_over", "home_spread"]


class UnknownMarket(ValueError):
    """A market key, or a side of a market, that does not exist."""


@dataclass(frozen=True)
class Market:
    """A market of a game.

    Attributes:
        key: name in tables, API and code.
        label: name on pages.
        abbreviation: name in narrow tables and alerts.
        target: prediction target of curated.ml_predictions: the event that the first side of the market wins.
        sides: first side and second side. A market's line and probability are those of its first side.
        line_unit: unit of the line; None for a market without a line.
        is_line_negated: whether the second side quotes the negated line (away +1.5 belongs to home -1.5).
        can_push: whether a result equal to the line returns the stake.
        period: the part of the game that settles the market.
        wide_names: names in the wide columns of curated.ml_predictions: of the probability, and of the bet.
    """

    key: MarketKey
    label: str
    abbreviation: str
    target: Target
    sides: tuple[Side, Side]
    line_unit: str | None
    is_line_negated: bool
    can_push: bool
    period: str
    wide_names: tuple[str, str]

    @property
    def first_side(self) -> Side:
        """The side whose line and probability are the market's."""
        return self.sides[0]

    @property
    def second_side(self) -> Side:
        """The other side."""
        return self.sides[1]

    @property
    def has_line(self) -> bool:
        """Whether the market is quoted at a line."""
        return self.line_unit is not None

    def line_of(self, side: str, line: float) -> float:
        """The market's line from a side's own line, and back: the second side of a run line quotes the negated one."""
        return -line if self.is_line_negated and side == self.second_side else line


MONEYLINE: Final = Market(
    key="moneyline", label="Moneyline", abbreviation="ML", target="home_ml", sides=("home", "away"), line_unit=None,
    is_line_negated=False, can_push=False, period="game", wide_names=("home_ml", "ml"),
)  # fmt: skip
TOTAL: Final = Market(
    key="total", label="Total", abbreviation="Total", target="total_over", sides=("over", "under"), line_unit="runs",
    is_line_negated=False, can_push=True, period="game", wide_names=("total_over", "total"),
)  # fmt: skip
SPREAD: Final = Market(
    key="spread", label="Run line", abbreviation="RL", target="home_spread", sides=("home", "away"), line_unit="runs",
    is_line_negated=True, can_push=True, period="game", wide_names=("home_spread", "spread"),
)  # fmt: skip

MARKETS: Final[tuple[Market, ...]] = (MONEYLINE, TOTAL, SPREAD)
MARKET_KEYS: Final[tuple[MarketKey, ...]] = tuple(market.key for market in MARKETS)
LINE_MARKET_KEYS: Final[tuple[MarketKey, ...]] = tuple(market.key for market in MARKETS if market.has_line)
TARGETS: Final[tuple[Target, ...]] = tuple(market.target for market in MARKETS)
# Home and over: the sides whose probability is stored.
FIRST_SIDES: Final[tuple[Side, ...]] = tuple(dict.fromkeys(market.first_side for market in MARKETS))
SIDES: Final[tuple[Side, ...]] = tuple(dict.fromkeys(side for market in MARKETS for side in market.sides))
SIDES_OF_MARKET: Final[dict[str, tuple[Side, Side]]] = {market.key: market.sides for market in MARKETS}
OTHER_SIDE: Final[dict[Side, Side]] = {
    side: other for market in MARKETS for side, other in (market.sides, market.sides[::-1])
}

_BY_KEY: Final[dict[str, Market]] = {market.key: market for market in MARKETS}


def market_of(key: str) -> Market:
    """The market with this key.

    Raises:
        UnknownMarket: no market has it.
    """
    try:
        return _BY_KEY[key]
    except KeyError:
        raise UnknownMarket(f"market {key!r} does not exist: use one of {', '.join(MARKET_KEYS)}") from None
