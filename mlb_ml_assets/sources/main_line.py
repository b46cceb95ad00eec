"""Picking a market's main line where a feed lists alternates beside it.

Belongs here: one rule for feeds that do not flag their main line.
Not here: consensus over books (pricing/consensus.py).
"""

from collections.abc import Iterable, Mapping

Offer = tuple[str, float | None, int]


def main_pair(market_type: str, offers: Iterable[Offer]) -> Mapping[str, tuple[float | None, int]]:
    """The two sides of the main line: line and American odds by side; empty where no line has both sides.

    The main line is the one whose two prices are nearest to each other. A run line of a run and a half goes before any
    other, because that is what the word means in baseball.

    Args:
        market_type: moneyline, spread or total.
        offers: side, the side's own line, odds; of one side and line twice, the last in source order stands.
    """
    lines: dict[float, dict[str, tuple[float | None, int]]] = {}
    for side, line, odds in offers:
        key = 0.0 if line is None else -line if side == "away" else line
        lines.setdefault(key, {})[side] = (line, odds)
    pairs = {key: sides for key, sides in lines.items() if len(sides) == 2}
    if not pairs:
        return {}

    def rank(key: float) -> tuple[bool, float, float]:
        one, two = (implied(odds) for _, odds in pairs[key].values())
        return (market_type == "spread" and abs(key) != 1.5, abs(one - two), key)

    return pairs[min(pairs, key=rank)]


def implied(odds: int) -> float:
    """Probability that American odds imply, margin included."""
    return 100.0 / (odds + 100.0) if odds > 0 else -odds / (100.0 - odds)
