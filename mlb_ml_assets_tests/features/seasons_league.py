"""A league whose batters have known strikeout rates, played through seasons with winters, debuts and trades.

Belongs here: the truth by season, who bats for whom on which day, and the ratings after it.
Not here: tests; payloads and box scores of a whole league (simulation/).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from mlb_ml_assets.features.config import FeatureConfig
from mlb_ml_assets.features.player_constants import LEAGUE_RATES, RATES, PlayerRatingConstants
from mlb_ml_assets.features.player_lines import Outcomes, PlayerDay
from mlb_ml_assets.features.player_matchups import Matchups, PlayerCatalog, player_columns
from mlb_ml_assets.features.player_ratings import batter_rates, update_player_ratings, update_recent_nines
from mlb_ml_assets.features.rating_log import RatingLog
from mlb_ml_assets.features.state import SweepState

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CONSTANTS = PlayerRatingConstants()
TEAMS, BATTERS = 6, 72
YEAR = 365
_FIRST_PITCHER = BATTERS + 1
_PITCHERS = 2 * TEAMS


def outcomes(random: np.random.Generator, appearances: Ints, strikeouts: Floats) -> Outcomes:
    """Plate appearances that end in a strikeout with these probabilities, else by the league's rates."""
    counts = np.zeros((len(appearances), len(RATES)))
    counts[:, 0] = random.binomial(appearances, strikeouts)
    counts[:, 1] = random.binomial(appearances - counts[:, 0].astype(int), LEAGUE_RATES[1])
    contacts = appearances - counts[:, 0] - counts[:, 1]
    counts[:, 3] = random.binomial(contacts.astype(int), LEAGUE_RATES[3])
    in_play = contacts - counts[:, 3]
    counts[:, 4] = random.binomial(in_play.astype(int), LEAGUE_RATES[4])
    return Outcomes(counts, np.column_stack([appearances, contacts, in_play]).astype(np.float64))


@dataclass
class SeasonsLeague:
    """The league as played so far.

    Attributes:
        truth: strikeouts per plate appearance of each batter, by place less one; change it in a winter.
        nines: (teams, 9) places of the batters of each team.
        birth_year: by place.
        day: of the last games; a season has the days from YEAR × its number on.
    """

    seed: int
    truth: Floats
    nines: Ints = field(default_factory=lambda: np.arange(1, 9 * TEAMS + 1).reshape(TEAMS, 9))
    birth_year: Floats = field(default_factory=lambda: np.full(BATTERS + _PITCHERS + 1, 1990.0))
    day: int = 0
    log: RatingLog = field(default_factory=RatingLog)

    def __post_init__(self) -> None:
        self.random = np.random.default_rng(self.seed)
        self.state = SweepState.empty(FeatureConfig())
        self.state.admit("player", [f"p{number}" for number in range(BATTERS + _PITCHERS)])
        self.state.admit("team", [f"t{number}" for number in range(TEAMS)])
        self.state.admit("park", ["park"])
        self.state.admit("umpire", ["umpire"])

    def play(self, days: int, times_at_bat: int = 4, choose: Callable[[int], Ints] | None = None) -> None:
        """Play some days; `choose` gives the nines of a day, counted from the first of these, instead of `nines`."""
        for number in range(days):
            self.day += 1
            self._play_day(self.nines if choose is None else choose(number), times_at_bat)

    def winter(self) -> None:
        """Go to the day before the next season."""
        self.day = (self.day // YEAR + 1) * YEAR

    def ratings(self, batters: Ints | None = None) -> Floats:
        """Rated strikeouts against the league, as of the day after the last games."""
        players = np.arange(1, BATTERS + 1) if batters is None else batters
        return batter_rates(self.state, players, self.day + 1, CONSTANTS).main[:, 0]

    def columns(self, season: int = 2018, nines: Ints | None = None) -> dict[str, Floats]:
        """Player columns of a game of the first team (home) against the second, the day after the last games."""
        places = np.zeros(BATTERS + _PITCHERS + 1, dtype=np.int64)
        asked = Matchups(
            day=self.day + 1, season=np.array([season]), team=np.array([1, 2]),
            starter=np.array([_FIRST_PITCHER, _FIRST_PITCHER + 2]), has_starter=np.array([True, True]),
            nine=np.zeros((2, 9), dtype=np.int64) if nines is None else nines, catcher=np.zeros(2, dtype=np.int64),
            dh=np.array([True]),
        )  # fmt: skip
        return player_columns(self.state, asked, PlayerCatalog(places, places, self.birth_year), CONSTANTS)

    def _play_day(self, nines: Ints, times_at_bat: int) -> None:
        team = self.random.permutation(TEAMS)
        batter = nines[team].ravel()
        pitcher = (_FIRST_PITCHER + np.column_stack([2 * team, 2 * team + 1])).ravel()
        faced = np.array([6, 3]) * times_at_bat
        met = self.truth[nines[team[np.arange(TEAMS) ^ 1]] - 1].mean(axis=1)
        lines = PlayerDay(
            day=self.day, games=TEAMS // 2, park=np.ones(TEAMS // 2, dtype=np.int64),
            umpire=np.ones(TEAMS // 2, dtype=np.int64), team=team + 1,
            batter_side=np.repeat(np.arange(TEAMS), 9), batter=batter,
            batter_hand=np.zeros(len(batter), dtype=np.int64),
            batting=outcomes(self.random, np.full(len(batter), times_at_bat), self.truth[batter - 1]),
            pitcher_side=np.repeat(np.arange(TEAMS), 2), pitcher=pitcher,
            pitcher_hand=np.zeros(_PITCHERS, dtype=np.int64), pitcher_role=np.tile([0, 1], TEAMS),
            pitching=outcomes(self.random, np.tile(faced, TEAMS), np.repeat(met, 2)),
            batters_faced=np.tile(faced, TEAMS).astype(np.float64), ground_balls=np.full(_PITCHERS, np.nan),
            batted_balls=np.full(_PITCHERS, np.nan), catcher=nines[team][:, 1], nine=nines[team],
            nine_pitcher=np.zeros((TEAMS, 9), dtype=bool), starter_hand=np.zeros(TEAMS, dtype=np.int64),
        )  # fmt: skip
        update_player_ratings(self.state, lines, CONSTANTS)
        self.log.record(self.state, lines, CONSTANTS)
        update_recent_nines(self.state, lines)
