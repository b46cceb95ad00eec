"""Ratings of players as people look at them: rates with errors, and what they are worth in a game.

Belongs here: response models of ratings, runs of a game's parts, their worth in win probability.
Not here: the ratings (features/), paths (routes/ratings.py), pages (pages/player_pages.py).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from mlb_ml_assets.domain.models import Stage
from mlb_ml_assets.features.knowable import state_day
from mlb_ml_assets.features.player_constants import GAME_BALLS_IN_PLAY, GAME_BATTERS, RATES
from mlb_ml_assets.features.player_matchups import run_value
from mlb_ml_assets.flows.run_distributions import StoredRuns, run_distributions
from mlb_ml_assets.serving.answers import Answer
from mlb_ml_assets.serving.predictions import as_object
from mlb_ml_assets.serving.problems import not_found
from mlb_ml_assets.warehouse.api_reads import Connection, Row, predictions_of_games
from mlb_ml_assets.warehouse.player_ratings import read_game_ratings, read_ratings_before

Floats = NDArray[np.float64]
Side = Literal["home", "away"]
Part = Literal["batters", "starters", "bullpens", "catchers", "defense", "together"]
# The part of each feature that is runs allowed: positive helps the other side. Runs a game per unit.
_ALLOWED: Mapping[Part, tuple[str, float]] = {
    "starters": ("starter_value", GAME_BATTERS),
    "bullpens": ("bullpen_value", GAME_BATTERS),
    "catchers": ("catcher_value", GAME_BATTERS),
    "defense": ("defense_value", GAME_BALLS_IN_PLAY),
}
_LEAGUE = "league"
_FEWEST_RUNS = 0.5


class PlayerRating(Answer):
    """A player's rates after a day, beyond what platoon, role, park and opponents predict, with standard errors."""

    tables: ClassVar[tuple[str, ...]] = ("curated.player_ratings",)

    role: Literal["batter", "pitcher", "catcher"]
    day: date
    opportunities: float
    runs_per_100: float | None = Field(
        None, description="Runs that the rates add per 100 plate appearances; positive is good for the batting side."
    )
    strikeouts: float | None = None
    walks: float | None = None
    hit_batters: float | None = None
    home_runs: float | None = None
    singles: float | None = None
    extra_bases: float | None = None
    strikeouts_se: float | None = None
    walks_se: float | None = None
    hit_batters_se: float | None = None
    home_runs_se: float | None = None
    singles_se: float | None = None
    extra_bases_se: float | None = None
    league_strikeouts: float | None = Field(
        None, description="The league's rate after the same day; so are those below."
    )
    league_walks: float | None = None
    league_hit_batters: float | None = None
    league_home_runs: float | None = None
    league_singles: float | None = None
    league_extra_bases: float | None = None


class RatedPlayer(Answer):
    """A player with his ratings by date, newest first."""

    player_id: str
    name: str | None = None
    bats: str | None = None
    throws: str | None = None
    birth_date: date | None = None
    ratings: list[PlayerRating]


class FoundPlayer(Answer):
    """A rated player whose name matches, with the day of his newest rating."""

    player_id: str
    name: str
    role: Literal["batter", "pitcher", "catcher"]
    day: date
    opportunities: float


class PartWorth(Answer):
    """What one part of the teams is worth to the home side."""

    part: Part
    home_runs_ahead: float = Field(description="Runs a game by which the home side is ahead in this part.")
    probability: float | None = Field(None, description="Change of the home side's win probability; 0.01 is one point.")


class Change(Answer):
    """What another starter or catcher would be worth to his own side."""

    side: Side
    role: Literal["starter", "catcher"]
    player_id: str
    name: str | None = None
    runs: float = Field(description="Runs a game that the side gains.")
    probability: float | None = Field(None, description="Change of the side's win probability.")


class GameRatings(Answer):
    """A game seen through the ratings of its players, as of its newest decision at a stage."""

    game_id: int
    stage: Stage
    as_of: datetime
    home_starter_id: str | None = None
    away_starter_id: str | None = None
    home_starter: str | None = None
    away_starter: str | None = None
    home_starter_share: float | None = Field(None, description="Share of batters that the home starter should face.")
    away_starter_share: float | None = None
    home_starter_runs: float | None = Field(None, description="Runs that he saves against an average starter.")
    away_starter_runs: float | None = None
    parts: list[PartWorth]
    changes: list[Change] = Field(default_factory=list)


class RunsToWins:
    """Win probability of the home side when runs are added to a prediction's expected ones.

    The prediction's own distribution of runs with both rates scaled, so that a run is worth what it is in this game.
    """

    def __init__(self, prediction: Row | None) -> None:
        runs = as_object(prediction["prediction_explanation"]).get("runs") if prediction else None
        self._runs = runs or {}
        self._prediction = prediction
        self.home_win = self._home_win(0.0, 0.0)

    def change(self, home_runs: float, away_runs: float) -> float | None:
        """Change of the home side's win probability when these runs are added; None without a distribution."""
        if self.home_win is None:
            return None
        changed = self._home_win(home_runs, away_runs)
        return None if changed is None else changed - self.home_win

    def _home_win(self, home_runs: float, away_runs: float) -> float | None:
        prediction, runs = self._prediction, dict(self._runs)
        if prediction is None or not (runs.get("expected_home_runs") and runs.get("expected_away_runs")):
            return None
        for side, added in (("home", home_runs), ("away", away_runs)):
            expected = runs[f"expected_{side}_runs"]
            runs[f"{side}_rate"] *= max(expected + added, _FEWEST_RUNS) / expected
        stored = StoredRuns(prediction["season"], prediction["season_type"], prediction["scheduled_innings"], runs)
        joint = run_distributions({"game": stored}).get("game")
        return None if joint is None else float(np.tril(joint, -1).sum() / joint.sum())


def rating_of(row: Row) -> PlayerRating:
    """A row of curated.player_ratings with the runs that it is worth."""
    worth = None
    if all(row[name] is not None and row[f"league_{name}"] is not None for name in RATES):
        worth = 100.0 * _runs_beyond(_vector(row), _vector(row, "league_"))
    return PlayerRating.model_validate({**row, "runs_per_100": worth})


def game_ratings(
    connection: Connection, game_id: int, stage: str | None, changes: Mapping[tuple[Side, str], str] | None = None
) -> GameRatings:
    """What the ratings say of a game, and what other starters or catchers would change.

    Args:
        connection: of the API.
        game_id: ours.
        stage: open or lineup; None for the newest decision.
        changes: player id by side and role (starter, catcher).

    Raises:
        Problem: 404 without player features, or for a player without a rating.
    """
    row = read_game_ratings(connection, game_id, stage)
    if row is None or np.isnan(row["home_player_runs"]) or np.isnan(row["away_player_runs"]):
        raise not_found(
            "no-ratings", "no features from ratings of players are stored for this game", "path.game_id", game_id
        )
    wins = RunsToWins(predictions_of_games(connection, [game_id]).get(game_id))
    until = state_day(row["as_of"])
    league = read_ratings_before(connection, [_LEAGUE], _LEAGUE, until).get(_LEAGUE)
    found = [
        _change(connection, row, wins, league, until, side, role, player)
        for (side, role), player in (changes or {}).items()
    ]
    return GameRatings.model_validate(
        {
            **row,
            "game_id": game_id,
            **{f"{side}_starter_share": _known(row[f"{side}_starter_game_share"]) for side in ("home", "away")},
            **{
                f"{side}_starter_runs": _known(-GAME_BATTERS * row[f"{side}_starter_value"])
                for side in ("home", "away")
            },
            "parts": _parts(row, wins),
            "changes": found,
        }
    )


def _parts(row: Row, wins: RunsToWins) -> list[PartWorth]:
    ahead: dict[Part, float] = {"batters": GAME_BATTERS * (row["home_nine_value"] - row["away_nine_value"])}
    ahead |= {part: unit * (row[f"away_{name}"] - row[f"home_{name}"]) for part, (name, unit) in _ALLOWED.items()}
    ahead["together"] = row["home_player_runs"] - row["away_player_runs"]
    worth = []
    for part, runs in ahead.items():
        if np.isnan(runs):
            continue
        # Without this part: the lead taken half from the home side's runs, half added to the away side's.
        change = wins.change(-runs / 2, runs / 2)
        probability = None if change is None else -change
        worth.append(PartWorth(part=part, home_runs_ahead=float(runs), probability=probability))
    return worth


def _change(
    connection: Connection,
    row: Row,
    wins: RunsToWins,
    league: Row | None,
    until: date,
    side: Side,
    role: str,
    player_id: str,
) -> Change:
    rated_as = "pitcher" if role == "starter" else "catcher"
    rating = read_ratings_before(connection, [player_id], rated_as, until).get(player_id)
    if rating is None or league is None:
        raise not_found(
            "unknown-player", f"no {rated_as} with this id was rated by {until}", f"query.{side}_{role}", player_id
        )
    allowed = GAME_BATTERS * _runs_beyond(_vector(rating), _vector(league))
    now = row[f"{side}_starter_value" if role == "starter" else f"{side}_catcher_value"]
    if role == "starter":
        allowed *= row[f"{side}_starter_game_share"]
    gained = GAME_BATTERS * (0.0 if np.isnan(now) else now) - allowed
    change = wins.change(0.0, -gained) if side == "home" else wins.change(-gained, 0.0)
    probability = change if change is None or side == "home" else -change
    return Change.model_validate(
        {
            "side": side, "role": role, "player_id": player_id, "name": rating["full_name"], "runs": gained,
            "probability": probability,
        }
    )  # fmt: skip


def _runs_beyond(rates: Floats, league: Floats) -> float:
    return float(run_value(league + rates) - run_value(league))


def _vector(row: Row, prefix: str = "") -> Floats:
    return np.array([row[f"{prefix}{name}"] or 0.0 for name in RATES])


def _known(value: float | None) -> float | None:
    return None if value is None or np.isnan(value) else float(value)
