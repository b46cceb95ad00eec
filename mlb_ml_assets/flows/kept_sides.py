"""What a process that stays keeps between two decisions about the same slates.

Belongs here: valued sides and terms of predictions that are still the newest, slates that were sized from the same,
and which rows differ from those written.
Not here: reading, valuing and sizing them (recommendations.py).
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd

_KEY: Final = ["prediction_id", "market_type", "side"]
# A stake of an earlier decision, as columns of a frame give it.
Committed = tuple[Any, ...]


@dataclass(frozen=True)
class SizedSlate:
    """What the bets of a slate were sized from, beside the values of its sides, and the rows that came of it.

    Attributes:
        predictions: one of each side, in order.
        committed: stakes placed before that share the caps, in order.
        rows: of `betting.recommendations.place_stakes`.
    """

    predictions: tuple[int, ...]
    committed: tuple[Committed, ...]
    rows: pd.DataFrame


@dataclass
class KeptSides:
    """Sides of the bets of some slates; one that holds the same as before, beside the same stakes, is not sized anew.

    Values hold as long as their games' quotes and forecasts do, terms as long as the schedule does. Begin with a new
    one where facts changed, and after a rollback.

    Attributes:
        valued: both sides of every forecast, in the order of the newest predictions.
        terms: of every newest prediction.
        recorded: by game, when writers of change logs recorded its prices.
        slates: by whether their games are past the cutoff, and name.
        fresh: predictions whose sides were valued since the slates were sized.
        written: by key, the cells of the recommendations as they were written last.
    """

    valued: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"prediction_id": []}))
    terms: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"prediction_id": []}))
    recorded: dict[int, frozenset[datetime]] = field(default_factory=dict)
    slates: dict[tuple[bool, str], SizedSlate] = field(default_factory=dict)
    fresh: set[int] = field(default_factory=set)
    written: dict[tuple[Any, ...], tuple[Any, ...]] = field(default_factory=dict)

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
        current = set(newest["prediction_id"].tolist())
        self.written = {key: cells for key, cells in self.written.items() if key[0] in current}
        others = newest[~newest["prediction_id"].isin(self.terms["prediction_id"])].reset_index(drop=True)
        self.fresh = set(others["prediction_id"].tolist())
        return others

    def note_records(self, quotes: pd.DataFrame) -> None:
        """Remember when change logs were written to, from rows of decision_quotes.sql."""
        logged = quotes[quotes["is_log"].astype(bool)]
        for game, stamps in logged.groupby("game_id")["captured_at"]:
            self.recorded[int(game)] = frozenset(stamps.tolist())

    def records_of_others(self, games: Iterable[int]) -> set[datetime]:
        """When change logs recorded prices of games other than these."""
        asked = set(games)
        return set().union(*(stamps for game, stamps in self.recorded.items() if game not in asked))

    def sized_before(
        self, sides: pd.DataFrame, committed: Mapping[str, tuple[Committed, ...]], *, is_frozen: bool
    ) -> dict[str, pd.DataFrame]:
        """By name, the rows of those slates of `sides` that would be sized from what they were sized from before.

        Args:
            sides: valued: slate, prediction_id.
            committed: by slate, the stakes placed before.
            is_frozen: whether the games are past the cutoff.
        """
        found = {}
        for name, predictions in sides.groupby("slate", sort=False)["prediction_id"]:
            held = self.slates.get((is_frozen, str(name)))
            listed = tuple(predictions.tolist())
            if (
                held is not None
                and held.predictions == listed
                and held.committed == committed.get(str(name), ())
                and self.fresh.isdisjoint(listed)
            ):
                found[str(name)] = held.rows
        return found

    def keep_sized(
        self,
        sides: pd.DataFrame,
        committed: Mapping[str, tuple[Committed, ...]],
        rows: pd.DataFrame,
        *,
        is_frozen: bool,
    ) -> None:
        """Keep what slates were sized to: arguments as `sized_before`, and the rows, in the order of `sides`."""
        for name, places in sides.reset_index(drop=True).groupby("slate", sort=False).groups.items():
            predictions = tuple(sides["prediction_id"].iloc[places].tolist())
            self.slates[is_frozen, str(name)] = SizedSlate(predictions, committed.get(str(name), ()), rows.iloc[places])

    def select_changed(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Recommendations that differ from the ones written before; all are now taken for written."""
        cells = dict(zip(zip(*(rows[name] for name in _KEY), strict=True), _comparable(rows), strict=True))
        is_changed = [self.written.get(key) != row for key, row in cells.items()]
        self.written |= cells
        return rows[is_changed].reset_index(drop=True)


def _comparable(rows: pd.DataFrame) -> list[tuple[Any, ...]]:
    """The cells of each row; whatever is missing is None."""
    columns = []
    for name in rows.columns:
        column = rows[name]
        if pd.api.types.is_numeric_dtype(column):
            values: list[Any] = column.to_numpy(np.float64, na_value=np.nan).tolist()
        else:
            values = column.tolist()
        # Missing is what does not equal itself.
        columns.append([value if value == value else None for value in values])  # noqa: PLR0124
    return list(zip(*columns, strict=True))
