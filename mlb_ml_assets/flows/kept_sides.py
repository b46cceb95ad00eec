"""What a process that stays keeps between two decisions about the same slates.

Belongs here: valued sides and terms of predictions that are still the newest, and which rows differ from those written.
Not here: reading, valuing and sizing them (recommendations.py).
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_KEY: Final = ["prediction_id", "market_type", "side"]


@dataclass
class KeptSides:
    """Sides of the bets of a slate: sized anew each time, beside all others, and mostly to the same stakes.

    Values hold as long as their games' quotes and forecasts do, terms as long as the schedule does. Begin with a new
    one where facts changed, and after a rollback.

    Attributes:
        valued: both sides of every forecast, in the order of the newest predictions.
        terms: of every newest prediction.
        recorded: by game, when writers of change logs recorded its prices.
        written: the recommendations as they were written last.
    """

    valued: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"prediction_id": []}))
    terms: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"prediction_id": []}))
    recorded: dict[int, frozenset[datetime]] = field(default_factory=dict)
    written: pd.DataFrame = field(default_factory=pd.DataFrame)

    def retain(self, newest: pd.DataFrame, moved: Collection[int] | None) -> pd.DataFrame:
        """Keep what still holds; the predictions that are to be valued (again), indexed from 0.

        Args:
            newest: prediction_id, game_id.
            moved: games whose sides do not hold any more; None means all.
        """
        holds = newest[~newest["game_id"].isin(newest["game_id"] if moved is None else moved)]
        still = holds["prediction_id"]
        self.valued = self.valued[self.valued["prediction_id"].isin(still)]
        self.terms = self.terms[self.terms["prediction_id"].isin(still)]
        return newest[~newest["prediction_id"].isin(self.terms["prediction_id"])].reset_index(drop=True)

    def note_records(self, quotes: pd.DataFrame) -> None:
        """Remember when change logs were written to, from rows of decision_quotes.sql."""
        logged = quotes[quotes["is_log"].astype(bool)]
        for game, stamps in logged.groupby("game_id")["captured_at"]:
            self.recorded[int(game)] = frozenset(stamps.tolist())

    def records_of_others(self, games: Iterable[int]) -> set[datetime]:
        """When change logs recorded prices of games other than these."""
        asked = set(games)
        return set().union(*(stamps for game, stamps in self.recorded.items() if game not in asked))

    def select_changed(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Of all recommendations, now kept as written, those that differ from the ones written before."""
        before, self.written = self.written, rows
        if before.empty:
            return rows
        places = pd.MultiIndex.from_frame(before[_KEY]).get_indexer(pd.MultiIndex.from_frame(rows[_KEY]))
        same = places >= 0
        for name in rows.columns:
            same &= _are_equal(rows[name], before[name].iloc[places])
        return rows[~same].reset_index(drop=True)


def _are_equal(new: "pd.Series[Any]", old: "pd.Series[Any]") -> NDArray[np.bool_]:
    """Row by row, where both may be missing."""
    if pd.api.types.is_numeric_dtype(new) and pd.api.types.is_numeric_dtype(old):
        left, right = (values.to_numpy(np.float64, na_value=np.nan) for values in (new, old))
        return np.asarray((left == right) | (np.isnan(left) & np.isnan(right)), dtype=np.bool_)
    pairs = zip(new.tolist(), old.tolist(), strict=True)
    # Missing is what does not equal itself.
    return np.array([a is b or a == b or (a != a and b != b) for a, b in pairs], dtype=np.bool_)  # noqa: PLR0124
