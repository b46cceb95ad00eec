"""The state of all ratings, advanced one day at a time.

Belongs here: the arrays per team, pitcher, batter, park and umpire; their growth, copies and bytes.
Not here: how a day's games change them (ratings, pitching, batting, lineups), or time rules (knowable.py).
"""

import io
import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.features.config import FeatureConfig
from mlb_ml_assets.features.decay import DecayedSums, Floats
from mlb_ml_assets.features.fact_ages import STATE_GROUPS
from mlb_ml_assets.features.player_constants import (
    LEAGUE_RATES,
    OPPORTUNITIES,
    RATES,
    PlayerRatingConstants,
    RateMemory,
)

KINDS = ("team", "pitcher", "batter", "park", "umpire", "player")
LEAGUE = 1  # the one row of league sums; row 0 is the entity never seen
NEVER = -100_000  # day number before any game
_NOT_STARTED = 1_000_000  # the starting league means do not decay before the first game

# Sums per appearance of a starter, once for each time constant.
STARTER_SUMS = (
    "batters", "strikeouts", "walks", "home_runs", "runs", "outs", "starts", "ground_outs", "batted_outs",
)  # fmt: skip
BULLPEN_SUMS = ("innings", "strikeouts", "walks", "home_runs", "earned_runs")
LEAGUE_SUMS = (
    "runs", "team_games", "home_wins", "games", "weighted_on_base", "appearances", "hits_in_play", "balls_in_play",
    *(f"starter_{name}" for name in STARTER_SUMS), *(f"bullpen_{name}" for name in BULLPEN_SUMS),
)  # fmt: skip


class NotAState(ValueError):
    """Bytes that are not a state of this version."""


@dataclass
class SweepState:
    """State after the batch of `day`; it contains nothing later. Index 0 of every kind is the entity never seen.

    `latest_known` is the latest known-at (nanoseconds UTC) of the facts in it. Written with `to_bytes`, it is an
    immutable checkpoint: a sweep that starts from it gives the same numbers as one from the first day.
    """

    day: int
    season: int
    latest_known: int
    index: dict[str, dict[str, int]]
    sums: dict[str, DecayedSums]
    arrays: dict[str, NDArray[Any]]

    @classmethod
    def empty(cls, config: FeatureConfig) -> "SweepState":
        """The state before the first game."""
        runs, starter, bullpen, batting = config.runs, config.starter, config.bullpen, config.batting
        sums = {
            # offense total, offense games, defense total, defense games for each time constant
            "team_runs": DecayedSums.empty(tuple(tau for tau in runs.time_constants for _ in range(4))),
            "park_runs": DecayedSums.empty((runs.park_time_constant,) * 2),
            "umpire_runs": DecayedSums.empty((runs.umpire_time_constant,) * 2),
            "starter": DecayedSums.empty(tuple(tau for tau in starter.time_constants for _ in STARTER_SUMS)),
            "bullpen": DecayedSums.empty(tuple(tau for tau in bullpen.time_constants for _ in BULLPEN_SUMS)),
            "batting": DecayedSums.empty(tuple(tau for tau in batting.time_constants for _ in range(2))),
            # residual and appearances against left-handers, then right-handers
            "batting_hand": DecayedSums.empty((batting.hand_time_constant,) * 4),
            "fielding": DecayedSums.empty((batting.fielding_time_constant,) * 2),
            "slot": DecayedSums.empty((config.lineup.time_constant,) * 2),
            "league": DecayedSums.empty((config.league.time_constant,) * len(LEAGUE_SUMS), entities=2),
            **_player_sums(config.players),
        }
        state = cls(NEVER, 0, 0, {kind: {} for kind in KINDS}, sums, {})
        state.arrays = {
            "elo": np.full(1, config.elo.mean),
            "last_game_day": np.full(1, NEVER, dtype=np.int64),
            "last_park": np.zeros(1, dtype=np.int64),
            "newest_fact": np.full((1, len(STATE_GROUPS)), NEVER, dtype=np.int64),
            # The last day on which a club played and its starter's line is not known.
            "unlined_day": np.full(1, NEVER, dtype=np.int64),
            "bullpen_outs": np.zeros((1, 8)),
            "bullpen_day": np.full((1, 8), NEVER, dtype=np.int64),
            "recent_lineups": np.zeros((1, config.lineup.recent_games, 9), dtype=np.int64),
            "recent_count": np.zeros(1, dtype=np.int64),
            "batting_effect": np.full(1, config.player.new_batting),
            "batting_variance": np.full(1, config.player.spread**2),
            "fielding_effect": np.full(1, config.player.new_fielding),
            "fielding_variance": np.full(1, config.player.spread**2),
            "effect_day": np.zeros(1, dtype=np.int64),
            "career_batters": np.zeros(1),
            "career_starts": np.zeros(1, dtype=np.int64),
            "last_starts_outs": np.zeros((1, 3)),
            "last_start_day": np.full(1, NEVER, dtype=np.int64),
            **_player_arrays(config.players),
        }
        state.sums["league"].values[LEAGUE] = _league_start(config)
        for name in ("league", "league_rates"):
            state.sums[name].last_day[LEAGUE] = _NOT_STARTED
        return state

    def admit(self, kind: str, ids: list[str]) -> None:
        """Add entities that are seen for the first time."""
        known = self.index[kind]
        for name in ids:
            known.setdefault(name, len(known) + 1)
        size = len(known) + 1
        for name in _SUMS_OF[kind]:
            self.sums[name].grow(size)
        for name in _ARRAYS_OF[kind]:
            array = self.arrays[name]
            if len(array) < size:
                blank = np.repeat(array[:1], max(size, 2 * len(array)) - len(array), axis=0)
                self.arrays[name] = np.concatenate([array, blank])

    def copy(self) -> "SweepState":
        """An independent copy."""
        return SweepState(
            self.day,
            self.season,
            self.latest_known,
            {kind: dict(known) for kind, known in self.index.items()},
            {name: sums.copy() for name, sums in self.sums.items()},
            {name: array.copy() for name, array in self.arrays.items()},
        )

    def to_bytes(self) -> bytes:
        """The state as an npz archive; `from_bytes` restores the same bits."""
        head = {
            "day": self.day, "season": self.season, "latest_known": self.latest_known,
            "ids": {kind: list(known) for kind, known in self.index.items()},
            "time_constants": {name: sums.time_constants for name, sums in self.sums.items()},
        }  # fmt: skip
        parts: dict[str, NDArray[Any]] = {"head": np.frombuffer(json.dumps(head).encode(), dtype=np.uint8)}
        for name, sums in self.sums.items():
            parts[f"values.{name}"], parts[f"last_day.{name}"] = sums.values, sums.last_day
        parts.update({f"array.{name}": array for name, array in self.arrays.items()})
        buffer = io.BytesIO()
        np.savez_compressed(buffer, **parts)  # type: ignore[arg-type]
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> "SweepState":
        """Read a checkpoint.

        Raises:
            NotAState: the bytes are not a state of this version.
        """
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as parts:
                head = json.loads(parts["head"].tobytes())
                sums = {
                    name: DecayedSums(tuple(constants), parts[f"values.{name}"], parts[f"last_day.{name}"])
                    for name, constants in head["time_constants"].items()
                }
                arrays = {name[6:]: parts[name] for name in parts.files if name.startswith("array.")}
        except (ValueError, KeyError, OSError) as unreadable:
            raise NotAState(f"checkpoint of {len(content)} bytes cannot be read: {unreadable}") from unreadable
        index = {
            kind: {name: position for position, name in enumerate(ids, start=1)} for kind, ids in head["ids"].items()
        }
        return cls(head["day"], head["season"], head["latest_known"], index, sums, arrays)


_SUMS_OF = {
    "team": ("team_runs", "bullpen", "batting", "batting_hand", "fielding", "team_defense"),
    "pitcher": ("starter",),
    "batter": ("slot",),
    "park": ("park_runs", "park_rates"),
    "umpire": ("umpire_runs", "umpire_rates"),
    "player": ("batter_rates", "pitcher_rates", "catcher_rates", "start_batters", "relief_batters", "ground_balls"),
}
_ARRAYS_OF = {
    "team": (
        "elo", "last_game_day", "last_park", "newest_fact", "unlined_day",
        "bullpen_outs", "bullpen_day", "recent_lineups", "recent_count",
        "nines", "nine_pitchers", "nine_hands", "nine_catchers", "nine_count",
    ),
    "pitcher": ("career_batters", "career_starts", "last_starts_outs", "last_start_day"),
    "batter": ("batting_effect", "batting_variance", "fielding_effect", "fielding_variance", "effect_day"),
    "park": (),
    "umpire": (),
    "player": ("career_appearances", "career_batters_faced", "relief_team", "relief_day"),
}  # fmt: skip


def _player_sums(constants: PlayerRatingConstants) -> dict[str, DecayedSums]:
    """The sums of the player ratings before the first game, by name; the league starts at its rates of 2000-2008."""

    def faded(constant: float, columns: int, entities: int = 1) -> DecayedSums:
        return DecayedSums.empty((constant,) * columns, entities)

    newcomers = 2 * len(RATES)
    sums = {
        "batter_rates": DecayedSums.empty(_rate_columns(constants.batter)),
        "pitcher_rates": DecayedSums.empty(_rate_columns(constants.pitcher)),
        "catcher_rates": faded(constants.catcher_time_constant, 3),
        "start_batters": faded(constants.starts_time_constant, 2),
        "relief_batters": faded(constants.relief_time_constant, 1),
        "ground_balls": faded(constants.ground_ball_time_constant, 2),
        "park_rates": faded(constants.park_time_constant, len(RATES) + len(OPPORTUNITIES)),
        "team_defense": faded(constants.defense_time_constant, 2),
        "umpire_rates": faded(constants.umpire_time_constant, 3),
        "league_rates": faded(constants.league_time_constant, len(RATES) + len(OPPORTUNITIES), 2),
        "new_batters": faded(constants.newcomer_time_constant, newcomers, 2),
        "new_starters": faded(constants.newcomer_time_constant, newcomers, 2),
        "new_relievers": faded(constants.newcomer_time_constant, newcomers, 2),
    }
    start = constants.league_start_opportunities
    sums["league_rates"].values[LEAGUE] = [*(np.array(LEAGUE_RATES) * start), *([start] * len(OPPORTUNITIES))]
    return sums


def _rate_columns(memory: RateMemory) -> tuple[float, ...]:
    """Time constants of the residuals of every memory and rate, then of their opportunities."""
    return tuple(float(constant) for rates in memory.time_constants for constant in rates) * 2


def _player_arrays(constants: PlayerRatingConstants) -> dict[str, NDArray[Any]]:
    kept = constants.kept_lineups
    return {
        "career_appearances": np.zeros(1),
        "career_batters_faced": np.zeros(1),
        "relief_team": np.zeros(1, dtype=np.int64),
        "relief_day": np.full(1, NEVER, dtype=np.int64),
        # Each team's last lineups: players, which of them are pitchers, the hand they faced, their catcher.
        "nines": np.zeros((1, kept, 9), dtype=np.int64),
        "nine_pitchers": np.zeros((1, kept, 9), dtype=bool),
        "nine_hands": np.zeros((1, kept), dtype=np.int64),
        "nine_catchers": np.zeros((1, kept), dtype=np.int64),
        "nine_count": np.zeros(1, dtype=np.int64),
    }


def _league_start(config: FeatureConfig) -> Floats:
    """The league sums after `start_games` hypothetical team games at the starting means."""
    means, games, starter = config.league, config.league.start_games, config.starter
    batters, innings = 25.0 * games, 3.0 * games
    appearances, in_play = 37.0 * games, 27.0 * games
    outs = games * 3 * starter.mean_innings
    batted = 0.45 * batters
    start = {
        "runs": means.runs * games, "team_games": games,
        "home_wins": means.home_win_share * games / 2, "games": games / 2,
        "weighted_on_base": means.weighted_on_base * appearances, "appearances": appearances,
        "hits_in_play": means.balls_in_play * in_play, "balls_in_play": in_play,
        "starter_batters": batters, "starter_strikeouts": means.strikeouts_per_batter * batters,
        "starter_walks": means.walks_per_batter * batters, "starter_home_runs": means.home_runs_per_batter * batters,
        "starter_runs": means.runs_per_batter * batters, "starter_outs": outs, "starter_starts": games,
        "starter_ground_outs": means.ground_share * batted, "starter_batted_outs": batted,
        "bullpen_innings": innings, "bullpen_strikeouts": means.bullpen_strikeouts * innings,
        "bullpen_walks": means.bullpen_walks * innings, "bullpen_home_runs": means.bullpen_home_runs * innings,
        "bullpen_earned_runs": means.bullpen_earned_runs * innings,
    }  # fmt: skip
    return np.array([start[name] for name in LEAGUE_SUMS])
