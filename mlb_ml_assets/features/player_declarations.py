"""The features of each side that come from ratings of single players.

Belongs here: names, meanings, units, sources and stages.
Not here: features from team sums (team_declarations.py), formulas (player_matchups.py).
"""

from typing import Final

from mlb_ml_assets.domain.models import LINEUP, OPEN, STAGES
from mlb_ml_assets.features.player_constants import OPPORTUNITY_OF_RATE, RATES
from mlb_ml_assets.features.registry import BearsOn, Feature, Shrinkage

_PLAYERS = ("batter_lines", "pitcher_lines", "lineups", "probables", "people")


def _player(
    name: str,
    meaning: str,
    unit: str,
    bears_on: BearsOn,
    shrinkage: Shrinkage = "player",
    stages: tuple[str, ...] = STAGES,
) -> Feature:
    known_at = "announced" if OPEN in stages else "lineup"
    return Feature(
        name, meaning, unit, _PLAYERS, known_at, stages=stages, win_stages=stages, win_shrinkage=shrinkage,
        bears_on=bears_on,
    )  # fmt: skip


_PER = ("plate appearance", "contact", "ball in play")
# A starter's rates in the main and the fast memory; those of batters and relievers add little (docs/model.md).
STARTER_RATES: Final = tuple((f"starter_rated_{rate}", f"starter_recent_{rate}") for rate in RATES)


def _starter_rates() -> tuple[Feature, ...]:
    features = []
    for (rated, recent), rate, opportunity in zip(STARTER_RATES, RATES, OPPORTUNITY_OF_RATE, strict=True):
        events, unit = rate.replace("_", " "), f"per {_PER[opportunity]} x share"
        for name, when in ((rated, ""), (recent, " of the last months")):
            meaning = f"starter's {events}{when} beyond expectation, times his share of the game"
            features.append(_player(name, meaning, unit, "opposing", "team"))
    return tuple(features)


PLAYER_FEATURES: Final = (
    _player(
        "player_runs",
        "runs expected from the batters against the starter, bullpen, catcher and defense they meet",
        "runs a game beyond the average",
        "own",
        "runs",
    ),
    _player("nine_value", "value of the batters against average pitching", "runs per plate appearance", "own"),
    _player("nine_platoon", "the part of it that comes from the platoon advantage", "runs per plate appearance", "own"),
    _player("nine_newness", "share of the batters' ratings that is prior: 1 for debutants", "0..1", "own"),
    _player("starter_value", "runs that the starter adds per batter, times his share; positive is bad", "runs x share",
            "opposing"),
    _player("starter_newness", "1 for a starter never seen, falling with batters faced", "0..1", "opposing"),
    _player("starter_game_share", "share of the game's batters that the starter is expected to face", "share",
            "opposing"),
    _player("bullpen_value", "runs that relievers add per batter, times their share; positive is bad", "runs x share",
            "opposing"),
    _player("defense_value", "hits allowed per ball in play beyond pitchers and park; positive is bad", "per ball",
            "opposing"),
    _player("catcher_value", "runs that the catcher adds through strikeouts and walks; positive is bad", "runs",
            "opposing", stages=(LINEUP,)),
    _player("starter_ground_balls", "starter's ground balls among batted balls beyond the league", "share", "opposing"),
    _player("nine_age", "mean age of the batters", "years", "own"),
    _player("nine_age_over_32", "mean years beyond 32", "years", "none"),
    _player("nine_age_under_25", "mean years short of 25", "years", "none"),
    _player("starter_age", "age of the starter", "years", "opposing"),
    _player("starter_age_over_32", "his years beyond 32", "years", "none"),
    _player("starter_age_under_25", "his years short of 25", "years", "none"),
    *_starter_rates(),
)  # fmt: skip
