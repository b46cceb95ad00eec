"""What the ratings of players were after each day: rows to look at, not features.

Belongs here: reading the rates of those who played out of the state, with standard errors.
Not here: the ratings themselves (player_ratings.py), storage.
"""

from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from mlb_ml_assets.features.decay import UNKNOWN, Floats, Ints
from mlb_ml_assets.features.player_constants import OPPORTUNITY_OF_RATE, RATES, PlayerRatingConstants
from mlb_ml_assets.features.player_lines import PlayerDay
from mlb_ml_assets.features.player_ratings import (
    batter_rates,
    catcher_rates,
    league_rates,
    pitcher_rates,
)
from mlb_ml_assets.features.state import LEAGUE, SweepState

BATTER, PITCHER, CATCHER, LEAGUE_ROLE = "batter", "pitcher", "catcher", "league"
KEYS = ("player_id", "role", "day")
COLUMNS = (*KEYS, "opportunities", *RATES, *(f"{rate}_se" for rate in RATES))
_FIRST_SUMS = 3 * len(RATES)
_CAUGHT = 2  # a catcher is rated by strikeouts and walks alone


@dataclass
class RatingLog:
    """Ratings after each day of a sweep, of the players who played that day. A day that is replayed replaces itself.

    Attributes:
        by_day: ratings by day number.
        stored: days whose ratings are stored already, and not recorded again.
    """

    by_day: dict[int, list["_Rated"]] = field(default_factory=dict)
    stored: AbstractSet[int] = frozenset()

    def record(self, state: SweepState, lines: PlayerDay, constants: PlayerRatingConstants) -> None:
        """Add a day's ratings; call it after the day's update."""
        day, sums = lines.day, state.sums
        if day in self.stored:
            return
        names = np.array(["", *state.index["player"]], dtype=object)
        batter, catcher = _known(lines.batter), _known(lines.catcher)
        pitcher = _known(lines.pitcher)
        role = lines.pitcher_role[[int(np.argmax(lines.pitcher == each)) for each in pitcher.tolist()]]
        league = league_rates(state, day)
        counted = sums["league_rates"].read(np.array([LEAGUE]), day)[:, len(RATES) :][:, np.array(OPPORTUNITY_OF_RATE)]
        batting = batter_rates(state, batter, day, constants).main
        pitching = pitcher_rates(state, pitcher, role, day, constants).main
        catching = catcher_rates(state, catcher, day, constants)
        caught = np.repeat(sums["catcher_rates"].read(catcher, day)[:, 2:], len(RATES), axis=1)
        batted, pitched = _main(sums["batter_rates"].read(batter, day)), _main(sums["pitcher_rates"].read(pitcher, day))
        self.by_day[day] = [
            _rate(BATTER, names[batter], batting, batted, batting + league, constants.batter.priors[0]),
            _rate(PITCHER, names[pitcher], pitching, pitched, pitching + league, constants.pitcher.priors[0]),
            _rate(CATCHER, names[catcher], catching, caught, catching + league, constants.catcher_prior),
            _rate(LEAGUE_ROLE, np.array([LEAGUE_ROLE], dtype=object), league[None, :], counted, league, 0.0),
        ]

    def rows(self) -> pd.DataFrame:
        """All ratings: COLUMNS, NaN where a role has no such rate; day as a date."""
        rated = [(day, one) for day in sorted(self.by_day) for one in self.by_day[day]]
        if not rated:
            return pd.DataFrame(columns=list(COLUMNS))
        sizes = [len(one.players) for _, one in rated]
        days = np.repeat(np.array([day for day, _ in rated]), sizes)
        frame = pd.DataFrame(np.concatenate([one.numbers for _, one in rated]), columns=list(COLUMNS[len(KEYS) :]))
        frame.insert(0, "player_id", np.concatenate([one.players for _, one in rated]))
        frame.insert(1, "role", np.repeat(np.array([one.role for _, one in rated], dtype=object), sizes))
        frame.insert(2, "day", days.astype("datetime64[D]").astype("datetime64[s]"))
        return frame


@dataclass(frozen=True)
class _Rated:
    """Ratings in one role after a day; `numbers` has the columns of COLUMNS after the keys."""

    role: str
    players: NDArray[np.object_]
    numbers: NDArray[np.float32]


def _known(players: Ints) -> Ints:
    return np.setdiff1d(players, [UNKNOWN])


def _main(sums: Floats) -> Floats:
    """The main memory's opportunities of each rate."""
    return sums[:, _FIRST_SUMS : _FIRST_SUMS + len(RATES)]


def _rate(
    role: str, players: NDArray[np.object_], rates: Floats, counts: Floats, share: Floats, prior: ArrayLike
) -> _Rated:
    """Rates with the standard error sqrt(p (1 - p) / (opportunities + prior)), p the rate itself (`share`)."""
    bounded = np.clip(share, 1e-3, 0.95)
    errors = np.sqrt(bounded * (1.0 - bounded) / (counts + np.asarray(prior, dtype=np.float64)))
    if role == CATCHER:
        rates, errors = rates.copy(), errors.copy()
        rates[:, _CAUGHT:] = errors[:, _CAUGHT:] = np.nan
    return _Rated(role, players, np.column_stack([counts[:, 0], rates, errors]).astype(np.float32))
