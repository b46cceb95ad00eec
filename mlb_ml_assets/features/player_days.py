"""From records of games to the player lines of a day, and the catalog of players by place in the state.

Belongs here: cutting a day's lines out of the records, hands and birth years by place.
Not here: ratings (player_ratings.py), the order of updates (day_update.py).
"""

from itertools import islice

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.features.decay import UNKNOWN, Floats, Ints
from mlb_ml_assets.features.player_lines import PlayerDay, batting_outcomes, pitching_outcomes
from mlb_ml_assets.features.player_matchups import PlayerCatalog
from mlb_ml_assets.features.records import BATTER_LINE, PITCHER_LINE
from mlb_ml_assets.features.state import SweepState

CATCHER, PITCHER = 2, 1
_HANDS = {"R": 0, "L": 1, "B": 2}


class CatalogOfPlayers:
    """Hands and birth years of the players of a state, extended as players are added to it."""

    def __init__(self, people: pd.DataFrame) -> None:
        unique = people.drop_duplicates("player_id")
        ids = unique["player_id"].astype(str)
        born = pd.Series(np.nan, unique.index)
        if "birth_date" in unique.columns:
            # No cache: looking for equal stamps makes one object a player.
            born = pd.to_datetime(unique["birth_date"], cache=False).dt.year.astype(float)
        self._known = dict(zip(ids, zip(unique["bats"], unique["throws"], born, strict=True), strict=True))
        self.forget()

    def forget(self) -> None:
        """Start over for another state."""
        self._size = 1
        self._bats, self._throws = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
        self._birth_year = np.full(1, np.nan)

    def of(self, state: SweepState) -> PlayerCatalog:
        """The catalog of every player of the state; an unknown hand counts as right."""
        index = state.index["player"]
        new = [self._known.get(name, (None, None, np.nan)) for name in islice(index, self._size - 1, None)]
        if new:
            bats, throws, born = zip(*new, strict=True)
            self._bats = np.concatenate([self._bats, [_HANDS.get(str(hand), 0) for hand in bats]])
            self._throws = np.concatenate([self._throws, [int(hand == "L") for hand in throws]])
            self._birth_year = np.concatenate([self._birth_year, np.asarray(born, dtype=np.float64)])
            self._size = len(index) + 1
        return PlayerCatalog(self._bats, self._throws, self._birth_year)


def unpack(rows: NDArray[np.float32], columns: tuple[str, ...]) -> tuple[Ints, dict[str, Floats]]:
    """Lines that records hold side by side: the row of each line, and its columns."""
    width = len(columns)
    lines = rows.reshape(len(rows), rows.shape[1] // width, width).astype(np.float64)
    side, place = np.nonzero(np.isfinite(lines[:, :, 0]))
    return side, {name: lines[side, place, column] for column, name in enumerate(columns)}


def player_codes(tables: dict[str, NDArray[np.float32]], sides: Ints) -> Ints:
    """Player codes that appear in the lines of these sides."""
    codes = [unpack(tables[name][sides], columns)[1]["player"] for name, columns in _TABLES.items()]
    return np.unique(np.concatenate(codes)).astype(np.int64)


def player_day(
    tables: dict[str, NDArray[np.float32]],
    sides: Ints,
    place: Ints,
    nine: Ints,
    around: tuple[int, Ints, Ints, Ints],
    catalog: PlayerCatalog,
) -> PlayerDay:
    """The lines of some sides of one day.

    Args:
        tables: of the records.
        sides: rows of the records, home and away of each game in turn.
        place: of each player code in the state; the last entry is for code -1.
        nine: (sides, 9) places of the lineup.
        around: the day, teams by side, parks and plate umpires by game, as places.
        catalog: of the state.
    """
    day, team, park, umpire = around
    batter_side, batting = unpack(tables["batter_lines"][sides], BATTER_LINE)
    pitcher_side, pitching = unpack(tables["pitcher_lines"][sides], PITCHER_LINE)
    batter, pitcher = place[batting["player"].astype(np.int64)], place[pitching["player"].astype(np.int64)]
    role = (pitching["appearance"] > 1).astype(np.int64)
    starter = np.full(len(sides), UNKNOWN, dtype=np.int64)
    starter[pitcher_side[role == 0]] = pitcher[role == 0]
    positions = np.nan_to_num(tables["lineup_positions"][sides]).astype(np.int64)
    batted = pitching["ground_balls"] + pitching["fly_balls"] + pitching["line_drives"] + pitching["pop_ups"]
    return PlayerDay(
        day=day,
        games=len(sides) // 2,
        park=park,
        umpire=umpire,
        team=team,
        batter_side=batter_side,
        batter=batter,
        batter_hand=catalog.bats[batter],
        batting=batting_outcomes(batting),
        pitcher_side=pitcher_side,
        pitcher=pitcher,
        pitcher_hand=catalog.throws[pitcher],
        pitcher_role=role,
        pitching=pitching_outcomes(pitching),
        batters_faced=pitching["batters_faced"],
        ground_balls=pitching["ground_balls"],
        batted_balls=batted,
        catcher=fielder(nine, positions, CATCHER),
        nine=nine,
        nine_pitcher=(nine == starter[:, None]) & (nine != UNKNOWN) & ((positions == 0) | (positions == PITCHER)),
        starter_hand=np.where(starter != UNKNOWN, catalog.throws[starter], -1),
    )


def fielder(nine: Ints, positions: Ints, position: int) -> Ints:
    """Who plays a position, by row; 0 where not known."""
    plays = positions == position
    return np.where(plays.any(axis=1), nine[np.arange(len(nine)), plays.argmax(axis=1)], UNKNOWN)


_TABLES = {"batter_lines": BATTER_LINE, "pitcher_lines": PITCHER_LINE}
