"""What the ratings of players were after each day: rows to look at, not features.

Belongs here: reading the rates of those who played out of the state, with standard errors.
Not here: the ratings themselves (player_ratings.py), storage.
"""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

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
    """Ratings after each day of a sweep, of the players who played that day. A day that is replayed replaces itself."""

    by_day: dict[int, list[pd.DataFrame]] = field(default_factory=dict)

    def record(self, state: SweepState, lines: PlayerDay, constants: PlayerRatingConstants) -> None:
        """Add a day's ratings; call it after the day's update."""
        day, sums = lines.day, state.sums
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
            _rows(BATTER, day, names[batter], batting, batted, batting + league, constants.batter.priors[0]),
            _rows(PITCHER, day, names[pitcher], pitching, pitched, pitching + league, constants.pitcher.priors[0]),
            _rows(CATCHER, day, names[catcher], catching, caught, catching + league, constants.catcher_prior),
            _rows(LEAGUE_ROLE, day, [LEAGUE_ROLE], league[None, :], counted, league, 0.0),
        ]

    def rows(self) -> pd.DataFrame:
        """All ratings: COLUMNS, NaN where a role has no such rate; day as a date."""
        frames = [frame for day in sorted(self.by_day) for frame in self.by_day[day]]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))


def _known(players: Ints) -> Ints:
    return np.setdiff1d(players, [UNKNOWN])


def _main(sums: Floats) -> Floats:
    """The main memory's opportunities of each rate."""
    return sums[:, _FIRST_SUMS : _FIRST_SUMS + len(RATES)]


def _rows(
    role: str, day: int, players: ArrayLike, rates: Floats, counts: Floats, share: Floats, prior: ArrayLike
) -> pd.DataFrame:
    """Rates with the standard error sqrt(p (1 - p) / (opportunities + prior)), p the rate itself (`share`)."""
    bounded = np.clip(share, 1e-3, 0.95)
    errors = np.sqrt(bounded * (1.0 - bounded) / (counts + np.asarray(prior, dtype=np.float64)))
    if role == CATCHER:
        rates, errors = rates.copy(), errors.copy()
        rates[:, _CAUGHT:] = errors[:, _CAUGHT:] = np.nan
    numbers = np.column_stack([counts[:, 0], rates, errors]).astype(np.float32)
    frame = pd.DataFrame(numbers, columns=list(COLUMNS[len(KEYS) :]))
    frame.insert(0, "player_id", np.asarray(players, dtype=object))
    frame.insert(1, "role", role)
    frame.insert(2, "day", np.datetime64(day, "D").astype("datetime64[s]"))
    return frame
