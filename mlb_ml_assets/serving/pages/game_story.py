"""A game explained from the ratings of its players to its final probability, in a bettor's words.

Belongs here: the steps of the explanation and their sentences.
Not here: what ratings are worth (serving/ratings.py), the exact terms of the model (modeling/explanation.py).
"""

from dataclasses import dataclass, field

from mlb_ml_assets.domain.markets import MONEYLINE
from mlb_ml_assets.serving.ratings import GameRatings, Part, PartWorth
from mlb_ml_assets.warehouse.api_reads import Row

_NAMES: dict[Part, str] = {
    "batters": "Batters", "starters": "Starters", "bullpens": "Bullpens", "catchers": "Catchers", "defense": "Defense",
    "together": "All players",
}  # fmt: skip
_LEAST = 0.005  # runs; below it two teams are called even


@dataclass(frozen=True)
class Step:
    """One step: its sentence, the home side's lead in runs, its change of probability, the probability reached."""

    name: str
    words: str
    runs: float | None = None
    points: float | None = None
    probability: float | None = None
    players: list[tuple[str, str]] = field(default_factory=list)


def describe_game(ratings: GameRatings | None, sides: list[Row], game: Row) -> list[Step]:
    """The steps from ratings to the final probability of a home win; empty where there is neither."""
    steps = [] if ratings is None else [_part(part, ratings, game) for part in ratings.parts]
    return steps + _views(sides, game)


def _part(worth: PartWorth, ratings: GameRatings, game: Row) -> Step:
    runs = worth.home_runs_ahead
    ahead, behind = (game["home_team"], game["away_team"])[:: 1 if runs >= 0 else -1]
    gap = f"{abs(runs):.2f} runs a game"
    is_even = abs(runs) < _LEAST
    sentences: dict[Part, str] = {
        "batters": f"{ahead}’s lineup is worth {gap} more than {behind}’s against average pitching.",
        "starters": f"{ahead} is ahead by {gap} until the bullpens come in.",
        "bullpens": f"{ahead}’s relievers save {gap} more than {behind}’s.",
        "catchers": f"{ahead}’s catcher saves {gap} more through strikeouts and walks.",
        "defense": f"{ahead}’s fielders save {gap} more on balls in play.",
        "together": f"With platoon and matchups, {ahead}’s players are {gap} better than {behind}’s.",
    }
    words = "The two sides are even." if is_even else sentences[worth.part]
    players: list[tuple[str, str]] = []
    if worth.part == "starters":
        words += "".join(_starter(ratings, side, game) for side in ("away", "home"))
        named = ((ratings.away_starter_id, ratings.away_starter), (ratings.home_starter_id, ratings.home_starter))
        players = [(player, name) for player, name in named if player and name]
    return Step(_NAMES[worth.part], words, runs, worth.probability, None, players)


def _starter(ratings: GameRatings, side: str, game: Row) -> str:
    name, runs, share = (getattr(ratings, f"{side}_starter{what}") for what in ("", "_runs", "_share"))
    if runs is None or share is None:
        return ""
    verb = "saves" if runs >= 0 else "costs"
    who = name or f"{game[f'{side}_team']}’s starter"
    return f" {who} should face {share:.0%} of the batters and {verb} {abs(runs):.2f} runs against an average starter."


def _views(sides: list[Row], game: Row) -> list[Step]:
    row = next((each for each in sides if each["market_type"] == MONEYLINE.key and each["side"] == "home"), None)
    if row is None:
        return []
    priced = row["market_probability"]
    now = "" if priced is None else f" The price alone is {priced:.1%}."
    chain = (
        ("Baseball alone", f"{game['home_team']}’s chance at home, by all that is known without a price.", "blind"),
        ("Past prices", "What past closing prices say about these teams and starters beyond that.", "memory"),
        ("Today’s price", f"The price without its vig, and the move expected until the close.{now}", "final"),
    )
    steps: list[Step] = []
    for name, words, view in chain:
        reached = row[f"{view}_probability"]
        if reached is not None:
            before = steps[-1].probability if steps else None
            steps.append(Step(name, words, None, None if before is None else reached - before, reached))
    return steps
