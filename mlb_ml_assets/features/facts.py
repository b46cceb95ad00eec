"""The facts that features are computed from: results, announcements, and when each became knowable.

Belongs here: the frames of a history, their checks, and the view of them at an instant.
Not here: reading them (warehouse/), computing with them (sweep.py).
"""

from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.models import STAGES
from mlb_ml_assets.features.knowable import Instants, is_known, latest_known, utc_array
from mlb_ml_assets.features.player_lines import BATTER_COLUMNS, PITCHER_COLUMNS

Ints = NDArray[np.int64]

SIDES: Final = ("home", "away")
BATTING_ORDER: Final = tuple(f"batter_{slot}" for slot in range(1, 10))
POSITIONS: Final = tuple(f"position_{slot}" for slot in range(1, 10))

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "games": (
        "game_id", "game_date", "season", "season_type", "home_team", "away_team", "game_number", "doubleheader",
        "start", "park_id", "day_night", "neutral_site", "scheduled_innings",
    ),
    "results": (
        "game_id", "known_at", "home_score", "away_score", "innings", "suspended", "home_bats_first",
        "home_line_score", "away_line_score",
    ),
    "conditions": (
        "game_id", "known_at", "assumed", "temperature_fahrenheit", "wind_speed_mph", "wind_direction", "sky",
        "roof_closed", "umpire_id",
    ),
    "forecasts": ("game_id", "known_at", "temperature_fahrenheit", "wind_out_mph", "roof_closed"),
    "probables": ("game_id", "side", "known_at", "player_id"),
    "lineups": ("game_id", "side", "known_at", *BATTING_ORDER),
    "starter_lines": (
        "game_id", "side", "known_at", "player_id", "outs", "batters_faced", "hits", "runs", "earned_runs", "walks",
        "hit_batters", "strikeouts", "home_runs", "ground_outs", "air_outs",
    ),
    "bullpen_lines": (
        "game_id", "side", "known_at", "outs", "hits", "earned_runs", "walks", "strikeouts", "home_runs",
    ),
    "team_lines": (
        "game_id", "side", "known_at", "at_bats", "runs", "hits", "doubles", "triples", "home_runs", "walks",
        "strikeouts",
    ),
    "batter_lines": ("game_id", "side", "known_at", "player_id", *BATTER_COLUMNS),
    "pitcher_lines": ("game_id", "side", "known_at", "player_id", "appearance", *PITCHER_COLUMNS),
    "lineup_positions": ("game_id", "side", "known_at", *POSITIONS),
    "people": ("player_id", "bats", "throws"),
    "market_lines": (
        "game_id", "stage", "market_type", "home_or_over_odds", "away_or_under_odds", "line_value",
        "fair_probability", "quoted_at", "known_at",
    ),
    "parks": ("park_id", "latitude", "longitude", "time_zone"),
}  # fmt: skip


class FactsIncomplete(ValueError):
    """A frame of the history lacks a column, or contains an impossible value."""


def empty_frame(name: str) -> pd.DataFrame:
    """A frame of the history without rows."""
    stamp = pd.Series(dtype="datetime64[ns, UTC]")
    return pd.DataFrame({name: stamp if name == "known_at" else pd.Series(dtype=object) for name in COLUMNS[name]})


@dataclass(frozen=True)
class GameHistory:
    """Facts about games, whenever they became known. Only `known_at` and the morning batches decide what may be used.

    A row of `games`, `results` and `conditions` is about a game; of the `_lines`, `probables` and `lineups` about one
    side of it. A fact may have several rows: each later `known_at` corrects the earlier ones. Every `known_at` is an
    instant with a zone. Unknown is None or NaN. `games`, `people` and `parks` are catalogs without a stamp,
    known before the season. `parks` (degrees, IANA zone) may be empty: then there are no travel features.
    `conditions` are `assumed` where an archive observed them: only those may replace the weather that a decision
    expected. `forecasts` are of the hour of first pitch.
    Without lines of single players there are no player features.
    """

    games: pd.DataFrame
    results: pd.DataFrame
    conditions: pd.DataFrame
    probables: pd.DataFrame
    lineups: pd.DataFrame
    starter_lines: pd.DataFrame
    bullpen_lines: pd.DataFrame
    team_lines: pd.DataFrame
    people: pd.DataFrame
    market_lines: pd.DataFrame
    parks: pd.DataFrame = field(default_factory=lambda: empty_frame("parks"))
    batter_lines: pd.DataFrame = field(default_factory=lambda: empty_frame("batter_lines"))
    pitcher_lines: pd.DataFrame = field(default_factory=lambda: empty_frame("pitcher_lines"))
    forecasts: pd.DataFrame = field(default_factory=lambda: empty_frame("forecasts"))
    lineup_positions: pd.DataFrame = field(default_factory=lambda: empty_frame("lineup_positions"))

    def __post_init__(self) -> None:
        for item in fields(self):
            _check_frame(item.name, getattr(self, item.name))
        _check_games(self.games)

    def with_market_lines(self, market_lines: pd.DataFrame) -> "GameHistory":
        """The same facts beside other market lines; nothing else is checked again."""
        _check_frame("market_lines", market_lines)
        other = copy(self)
        object.__setattr__(other, "market_lines", market_lines)
        return other

    def stamped(self) -> dict[str, pd.DataFrame]:
        """The frames whose rows carry `known_at`, by name."""
        return {item.name: getattr(self, item.name) for item in fields(self) if "known_at" in COLUMNS[item.name]}


@dataclass(frozen=True)
class KnownFacts:
    """Everything knowable at `as_of`; made by `known_at` alone."""

    as_of: datetime
    history: GameHistory


def known_at(as_of: datetime, history: GameHistory) -> KnownFacts:
    """The part of a history that was knowable at an instant.

    Feature builders apply the same rule to every request of a sweep; building from this view gives the same numbers.

    Raises:
        NotAnInstant: `as_of` has no time zone.
    """
    instant = utc_array(pd.DatetimeIndex([pd.Timestamp(as_of)]), "as_of")[0]
    kept = {
        name: frame[is_known(utc_array(frame["known_at"], f"{name}.known_at"), instant)].reset_index(drop=True)
        for name, frame in history.stamped().items()
    }
    return KnownFacts(as_of, replace(history, **kept))


def latest_rows(facts: pd.DataFrame, game_ids: Ints, as_of: Instants) -> Ints:
    """Row of the latest fact about each game known at its `as_of`; -1 where there is none."""
    return latest_known(_ids(facts), utc_array(facts["known_at"], "known_at"), game_ids, as_of)


def latest_side_rows(facts: pd.DataFrame, game_ids: Ints, as_of: Instants) -> Ints:
    """As `latest_rows` for facts about one side: 2g is the home row of request g, 2g + 1 its away row."""
    keys = 2 * _ids(facts) + (facts["side"] == SIDES[1]).to_numpy(dtype=np.int64)
    wanted = np.repeat(2 * game_ids, 2) + np.tile([0, 1], len(game_ids))
    return latest_known(keys, utc_array(facts["known_at"], "known_at"), wanted, np.repeat(as_of, 2))


def take_rows(values: NDArray[Any], rows: Ints, missing: object) -> NDArray[Any]:
    """`values` at `rows`, and `missing` where a row is -1."""
    if len(values) == 0:
        return np.full((len(rows), *values.shape[1:]), missing, dtype=values.dtype)
    taken = values[rows]
    taken[rows < 0] = missing
    return taken


def _ids(facts: pd.DataFrame) -> Ints:
    return facts["game_id"].to_numpy(dtype=np.int64)


def check_requests(requests: pd.DataFrame, history: GameHistory) -> None:
    """Check that every request has a known game, a stage and an instant.

    Raises:
        FactsIncomplete: a column is missing, a stage unknown, or a game not in `history.games`.
    """
    missing = [column for column in ("game_id", "stage", "as_of") if column not in requests.columns]
    if missing:
        raise FactsIncomplete(f"requests: missing columns {missing}")
    _check_values("requests", "stage", requests, STAGES)
    if np.isnat(utc_array(requests["as_of"], "requests.as_of")).any():
        raise FactsIncomplete("requests.as_of: empty instant")
    unknown = requests.loc[~requests["game_id"].isin(history.games["game_id"]), "game_id"]
    if len(unknown):
        raise FactsIncomplete(f"requests.game_id: {unknown.iloc[0]} is not in games ({len(unknown)} such requests)")


def _check_frame(name: str, frame: pd.DataFrame) -> None:
    missing = [column for column in COLUMNS[name] if column not in frame.columns]
    if missing:
        raise FactsIncomplete(f"{name}: missing columns {missing}, got {list(frame.columns)}")
    if "known_at" in COLUMNS[name]:
        unstamped = int(np.isnat(utc_array(frame["known_at"], f"{name}.known_at")).sum())
        if unstamped:
            raise FactsIncomplete(f"{name}.known_at: {unstamped} facts without a stamp")
    if "side" in COLUMNS[name]:
        _check_values(name, "side", frame, SIDES)


def _check_games(games: pd.DataFrame) -> None:
    repeated = games.loc[games["game_id"].duplicated(), "game_id"]
    if len(repeated):
        raise FactsIncomplete(f"games.game_id: {repeated.iloc[0]} appears more than once")
    _check_values("games", "doubleheader", games, ("N", "Y", "S"))
    _check_values("games", "season_type", games, ("regular", "postseason", "spring"))
    for column in ("home_team", "away_team", "game_date", "season"):
        empty = games.loc[games[column].isna(), "game_id"]
        if len(empty):
            raise FactsIncomplete(f"games.{column}: empty for game {empty.iloc[0]}")


def _check_values(frame_name: str, column: str, frame: pd.DataFrame, allowed: tuple[str, ...]) -> None:
    wrong = frame.loc[~frame[column].isin(allowed), column]
    if len(wrong):
        raise FactsIncomplete(f"{frame_name}.{column}: {wrong.iloc[0]!r} is not one of {allowed}")
