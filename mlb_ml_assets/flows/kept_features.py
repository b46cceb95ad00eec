"""Features that a process that stays has built, by what they depend on.

Belongs here: which features a price that moves leaves as they are, and handing them out for its new decision.
Not here: computing features (features/, modeling/), what else such a process keeps (feature_state.py).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.features.facts import GameHistory
from mlb_ml_assets.features.knowable import is_known, state_days, utc_array

# The facts about a game itself that its features may use; all others enter with the batch of a morning.
_ANNOUNCED: Final = ("probables", "lineups", "lineup_positions", "conditions", "forecasts")
# Game, stage, the last day whose results are known, and how many announcements about the game are.
Key = tuple[int, str, int, int]


@dataclass
class KeptFeatures:
    """Rows of features of the decisions of some days.

    They hold as long as the facts of those days and all before do. Of market lines they depend on the closes that
    entered memory, those of other games: `forget_other_lines` watches these.
    """

    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    places: dict[Key, int] = field(default_factory=dict)
    other_lines: pd.DataFrame | None = None

    def forget_other_lines(self, lines: pd.DataFrame) -> None:
        """Forget everything where the lines of the games of earlier days are others than at the last call."""
        if self.other_lines is None or not lines.equals(self.other_lines):
            self.rows, self.other_lines = pd.DataFrame(), lines
            self.places.clear()

    def holds(self, keys: Sequence[Key]) -> NDArray[np.bool_]:
        """Which of these are kept."""
        return np.array([key in self.places for key in keys], dtype=bool)

    def take(self, keys: Sequence[Key], as_of: "pd.Series[pd.Timestamp]") -> pd.DataFrame:
        """The features of kept keys, for decisions at these instants."""
        rows = self.rows.iloc[[self.places[key] for key in keys]].reset_index(drop=True)
        return rows.assign(as_of=as_of.reset_index(drop=True))

    def add(self, keys: Sequence[Key], features: pd.DataFrame) -> None:
        """Keep new rows. One whose inputs became known at its very decision, or that has none, is built again."""
        begin = len(self.rows)
        self.rows = pd.concat([self.rows, features], ignore_index=True)
        is_earlier = (features["known_at"] < features["as_of"]).to_numpy()
        self.places.update((keys[row], begin + int(row)) for row in np.flatnonzero(is_earlier))


def feature_keys(history: GameHistory, requests: pd.DataFrame) -> list[Key]:
    """What the features of each request depend on, beside facts that entered earlier.

    Args:
        history: the facts.
        requests: game_id, stage, as_of.
    """
    instants = utc_array(requests["as_of"], "requests.as_of")
    games = requests["game_id"].to_numpy(dtype=np.int64)
    announced = np.zeros(len(requests), dtype=np.int64)
    for name in _ANNOUNCED:
        facts = getattr(history, name)
        facts = facts[facts["game_id"].isin(games)]
        of_game = facts["game_id"].to_numpy(dtype=np.int64)[None, :] == games[:, None]
        known = is_known(utc_array(facts["known_at"], f"{name}.known_at")[None, :], instants[:, None])
        announced += (of_game & known).sum(axis=1)
    columns = (games.tolist(), requests["stage"].tolist(), state_days(instants).tolist(), announced.tolist())
    return list(zip(*columns, strict=True))
