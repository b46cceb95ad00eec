"""Picking a market's main line where a feed lists alternates beside it.

Belongs here: one rule for feeds that do not flag their main line.
Not here: consensus over books (pricing/consensus.py).
"""

from collections.abc import Iterable, Mapping, Sequence

Offer = tuple[str, float | None, int]
RUN_LINE = 1.5


def main_pair(
    market_type: str, offers: Iterable[Offer], favorite: str | None = None
) -> Mapping[str, tuple[float | None, int]]:
    """The two sides of the main line: line and American odds by side; empty where no line has both sides.

    The main line is the one whose two prices are nearest to each other. A run line of a run and a half comes before any
    other, because that is what the word means in baseball, and the favorite of the moneyline gives the runs.

    Args:
        market_type: moneyline, spread or total.
        offers: side, the side's own line, odds; of one side and line twice, the last in source order counts.
        favorite: the side that the book's moneyline favors, "home" or "away"; None where that is not known.
    """
    lines: dict[float, dict[str, tuple[float | None, int]]] = {}
    for side, line, odds in offers:
        key = 0.0 if line is None else -line if side == "away" else line
        lines.setdefault(key, {})[side] = (line, odds)
    pairs = {key: sides for key, sides in lines.items() if len(sides) == 2}
    if not pairs:
        return {}

    def rank(key: float) -> tuple[bool, bool, float, float]:
        one, two = (implied(odds) for _, odds in pairs[key].values())
        # The key is the home side's line: below zero the home side gives runs.
        underdog_gives = favorite is not None and (key < 0) != (favorite == "home")
        is_spread = market_type == "spread"
        return (is_spread and abs(key) != RUN_LINE, is_spread and underdog_gives, abs(one - two), key)

    return pairs[min(pairs, key=rank)]


def main_offers(market_type: str, offers: Sequence[Offer], favorite: str | None = None) -> Sequence[Offer]:
    """The offers of the main line (`main_pair`), in the order given; all where no side is offered twice.

    Where a side is offered at several lines and none has both sides, there is no main line and nothing is returned.
    """
    if len({side for side, _, _ in offers}) == len(offers):
        return offers
    main = main_pair(market_type, offers, favorite)
    return [(side, line, odds) for side, (line, odds) in main.items()]


def favorite_of(moneyline: Iterable[Offer]) -> str | None:
    """The side with the shorter price; None where a side is missing or both prices are equal."""
    odds = {side: price for side, _, price in moneyline}
    if len(odds) != 2:
        return None
    (one, first), (two, second) = odds.items()
    return None if implied(first) == implied(second) else one if implied(first) > implied(second) else two


def implied(odds: int) -> float:
    """Probability that American odds imply, margin included."""
    return 100.0 / (odds + 100.0) if odds > 0 else -odds / (100.0 - odds)
