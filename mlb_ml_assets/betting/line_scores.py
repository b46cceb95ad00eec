"""How long a game was, read from its line score.

Belongs here: counting half innings in Retrosheet's line-score notation.
Not here: decide what a length means for a bet (settlement.py).
"""

import re
from dataclasses import dataclass

from mlb_ml_assets.betting.errors import BettingError

# One digit an inning, two or more in brackets, x where the half was not played.
_HALF = re.compile(r"\((\d+)\)|(\d)|([xX])")


class UnreadableLineScore(BettingError):
    """A line score with characters that are none of its notation; the message carries it."""


@dataclass(frozen=True)
class Length:
    """Innings begun, and whether the team batting second batted in the last of them."""

    innings: int
    bottom_played: bool


def halves_played(line_score: str) -> int:
    """Half innings that one team batted: "000(10)0120x" is eight.

    Raises:
        UnreadableLineScore: anything but digits, bracketed numbers and x.
    """
    tokens = _HALF.findall(line_score)
    if _HALF.sub("", line_score).strip() or not tokens:
        raise UnreadableLineScore(f"line score {line_score!r} is not digits, bracketed numbers and x")
    return sum(1 for bracketed, digit, _ in tokens if bracketed or digit)


def length_of_play(line_score: str, other_line_score: str) -> Length:
    """Length of a game from its two line scores, in either order: which team batted first is not always recorded.

    Raises:
        UnreadableLineScore: as `halves_played`, or two teams that are more than one half inning apart.
    """
    one, other = halves_played(line_score), halves_played(other_line_score)
    if abs(one - other) > 1:
        raise UnreadableLineScore(f"{line_score!r} and {other_line_score!r} are not one game: {one} and {other} halves")
    return Length(max(one, other), bottom_played=one == other)
