"""Games as dense arrays: the facts of a history laid out for a sweep over days.

Belongs here: codes of ids, one row of numbers per game and side, revisions of rows and their days.
Not here: state (state.py), feature formulas.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.features.decay import Floats, Ints
from mlb_ml_assets.features.facts import BATTING_ORDER, POSITIONS, GameHistory
from mlb_ml_assets.features.knowable import day_numbers, entry_days, utc_array
from mlb_ml_assets.features.player_lines import BATTER_COLUMNS, PITCHER_COLUMNS

RESULT_COLUMNS = (
    "home_score", "away_score", "innings", "suspended", "home_bats_first", "home_skips_last", "away_skips_last",
)  # fmt: skip
STARTER_COLUMNS = (
    "player", "outs", "batters_faced", "hits", "runs", "walks", "hit_batters", "strikeouts", "home_runs",
    "ground_outs", "air_outs",
)  # fmt: skip
BULLPEN_COLUMNS = ("outs", "earned_runs", "walks", "strikeouts", "home_runs")
TEAM_COLUMNS = ("at_bats", "hits", "doubles", "triples", "home_runs", "walks", "strikeouts")
LINEUP_COLUMNS = BATTING_ORDER
# Lines of single players: one row per side holds them one after the other, each with its player first.
BATTER_LINE = ("player", *BATTER_COLUMNS)
PITCHER_LINE = ("player", "appearance", *PITCHER_COLUMNS)
CONDITION_COLUMNS = ("umpire",)
# Two of the tables are as large as the rest of a history: laid out in parts, they are never held twice.
_ROWS_AT_ONCE = 4096
_LINES = {"batter_lines": BATTER_LINE[1:], "pitcher_lines": PITCHER_LINE[1:]}

TABLES: dict[str, tuple[int, Sequence[str]]] = {
    # name: rows per game, columns
    "results": (1, RESULT_COLUMNS),
    "conditions": (1, CONDITION_COLUMNS),
    "starter_lines": (2, STARTER_COLUMNS),
    "bullpen_lines": (2, BULLPEN_COLUMNS),
    "team_lines": (2, TEAM_COLUMNS),
    "lineups": (2, LINEUP_COLUMNS),
    "lineup_positions": (2, POSITIONS),
    "batter_lines": (2, BATTER_LINE),
    "pitcher_lines": (2, PITCHER_LINE),
}


@dataclass
class Codes:
    """Ids of one kind as small integers; -1 is no id."""

    ids: list[str]
    number: dict[str, int]

    @classmethod
    def of(cls, *columns: "pd.Series[str]") -> "Codes":
        """Codes for the ids of some columns, in order of first appearance."""
        names: dict[str, None] = {}
        for column in columns:
            names.update(dict.fromkeys(column.dropna().unique().tolist()))
        ids = [str(name) for name in names]
        return cls(ids, {name: position for position, name in enumerate(ids)})

    def by_id(self) -> "Codes":
        """The same ids coded in their own order, whatever the order of the facts."""
        ids = sorted(self.ids)
        return Codes(ids, {name: position for position, name in enumerate(ids)})

    def encode(self, column: "pd.Series[str]") -> Ints:
        """The code of each id."""
        return np.asarray(column.map(self.number).fillna(-1), dtype=np.int64)


@dataclass(frozen=True)
class Revision:
    """Rows of one table that replace earlier ones (or come late) with the batch of `day`."""

    day: int
    table: str
    rows: Ints
    values: NDArray[Any]
    known_at: NDArray[np.int64]
    first_day: int  # earliest game day among them


@dataclass
class GameRecords:
    """All games of a history in date order, side rows interleaved (2g home, 2g + 1 away).

    `tables` holds what entered with each game's own batch; `revisions` what came later, by day. NaN: not (yet) known.
    """

    game_ids: Ints
    day: Ints
    season: Ints
    counts: NDArray[np.bool_]  # regular season and postseason; spring does not enter state
    neutral: NDArray[np.bool_]
    team: Ints  # (games, 2)
    park: Ints
    codes: dict[str, Codes]
    tables: dict[str, NDArray[Any]]
    known_at: dict[str, NDArray[np.int64]]  # nanoseconds UTC, 0 where nothing is known
    revisions: list[Revision] = field(default_factory=list)

    def apply(self, revision: Revision) -> None:
        """Replace rows by those of a revision."""
        self.tables[revision.table][revision.rows] = revision.values
        self.known_at[revision.table][revision.rows] = revision.known_at

    def position(self, game_ids: "pd.Series[int]") -> Ints:
        """Row of each game."""
        order = np.argsort(self.game_ids, kind="stable")
        found: Ints = order[np.searchsorted(self.game_ids[order], game_ids.to_numpy(dtype=np.int64))]
        return found


def game_records(history: GameHistory) -> GameRecords:
    """Lay out a history for a sweep. Rows of games that `games` does not list are left out."""
    games = history.games.sort_values(["game_date", "game_id"], kind="stable").reset_index(drop=True)
    codes = {
        "team": Codes.of(games["home_team"], games["away_team"]),
        "park": Codes.of(games["park_id"], history.parks["park_id"]),
        "pitcher": Codes.of(history.starter_lines["player_id"], history.probables["player_id"]),
        "batter": Codes.of(*(history.lineups[slot] for slot in BATTING_ORDER)),
        "umpire": Codes.of(history.conditions["umpire_id"]),
        "player": Codes.of(
            history.batter_lines["player_id"],
            history.pitcher_lines["player_id"],
            history.probables["player_id"],
            *(history.lineups[slot] for slot in BATTING_ORDER),
        ).by_id(),
    }
    records = GameRecords(
        game_ids=games["game_id"].to_numpy(dtype=np.int64),
        day=day_numbers(games["game_date"]),
        season=games["season"].to_numpy(dtype=np.int64),
        counts=(games["season_type"] != "spring").to_numpy(),
        neutral=games["neutral_site"].fillna(value=False).to_numpy(dtype=bool),
        team=np.column_stack([codes["team"].encode(games["home_team"]), codes["team"].encode(games["away_team"])]),
        park=codes["park"].encode(games["park_id"]),
        codes=codes,
        tables={},
        known_at={name: np.zeros(len(games) * per, dtype=np.int64) for name, (per, _) in TABLES.items()},
    )
    for name in TABLES:
        _lay_out(records, name, _rows_of(history, name, codes))
    records.revisions.sort(key=lambda revision: (revision.day, revision.table))
    return records


class _Rows:
    """The rows of a table: their keys (game_id, side, known_at), how wide they are, and the numbers of some of them."""

    def __init__(self, keys: pd.DataFrame, values: Floats) -> None:
        self.keys, self._values = keys, values
        self.width = values.shape[1]
        self.dtype: np.dtype[Any] = values.dtype

    def take(self, rows: Ints) -> NDArray[Any]:
        """The numbers of rows (n, width)."""
        return self._values[rows]


class _LinesBySide(_Rows):
    """Lines of single players side by side: one row per game, side and instant, padded with NaN."""

    def __init__(self, frame: pd.DataFrame, players: Codes, columns: Sequence[str]) -> None:
        player, side = players.encode(frame["player_id"]), (frame["side"] == "away").to_numpy()
        game, stamp = frame["game_id"].to_numpy(np.int64), utc_array(frame["known_at"], "known_at").astype(np.int64)
        # In the order of players, whose codes are in that of their ids: sums do not depend on the order of the facts.
        order = np.lexsort((player, stamp, side, game))
        is_first = np.ones(len(order), dtype=bool)
        is_first[1:] = np.logical_or.reduce([key[order[1:]] != key[order[:-1]] for key in (game, side, stamp)])
        self._order, self._first = order, np.flatnonzero(is_first)
        self._count = np.diff(self._first, append=len(order))
        self._player, self._frame, self._columns = player, frame, columns
        self.keys = frame[["game_id", "side", "known_at"]].iloc[order[self._first]]
        self._most = int(self._count.max(initial=0))
        self.width = self._most * (1 + len(columns))
        # 32 bits hold codes and counts exactly, and halve the largest tables of a history.
        self.dtype = np.dtype(np.float32)

    def take(self, rows: Ints) -> NDArray[Any]:
        """The numbers of rows, packed from their lines."""
        count = self._count[rows]
        row = np.repeat(np.arange(len(rows)), count)
        place = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count)
        line = self._order[np.repeat(self._first[rows], count) + place]
        packed = np.full((len(rows), self._most, 1 + len(self._columns)), np.nan, dtype=self.dtype)
        packed[row, place, 0] = self._player[line]
        packed[row, place, 1:] = _floats(self._frame.iloc[line], self._columns)
        return packed.reshape(len(rows), self.width)


def _rows_of(history: GameHistory, name: str, codes: dict[str, Codes]) -> _Rows:
    frame: pd.DataFrame = getattr(history, name)
    if name in _LINES:
        return _LinesBySide(frame, codes["player"], _LINES[name])
    return _Rows(frame, _numbers_by_row(frame, name, codes))


def _numbers_by_row(frame: pd.DataFrame, name: str, codes: dict[str, Codes]) -> Floats:
    match name:
        case "results":
            last = {f"{side}_skips_last": _unfinished_last(frame[f"{side}_line_score"]) for side in ("home", "away")}
            return _floats(frame.assign(**last), RESULT_COLUMNS)
        case "conditions":
            return codes["umpire"].encode(frame["umpire_id"])[:, None].astype(np.float64)
        case "starter_lines":
            pitcher = codes["pitcher"].encode(frame["player_id"])
            return np.column_stack([pitcher, _floats(frame, STARTER_COLUMNS[1:])])
        case "lineups":
            return np.column_stack([codes["batter"].encode(frame[slot]) for slot in BATTING_ORDER]).astype(np.float64)
        case _:
            return _floats(frame, TABLES[name][1])


def _floats(frame: pd.DataFrame, columns: Sequence[str]) -> Floats:
    numbers = [pd.to_numeric(frame[column]).to_numpy(dtype=np.float64, na_value=np.nan) for column in columns]
    return np.column_stack(numbers)


def _unfinished_last(line_score: "pd.Series[str]") -> "pd.Series[float]":
    """1 where the line score ends in x: the side that led did not bat in the last inning."""
    return line_score.fillna("").astype(str).str.lower().str.endswith("x").astype(float)


def _lay_out(records: GameRecords, name: str, rows: _Rows) -> None:
    keys, per_game = rows.keys, TABLES[name][0]
    listed = np.flatnonzero(keys["game_id"].isin(records.game_ids))
    game = records.position(keys["game_id"].iloc[listed])
    row = game if per_game == 1 else 2 * game + (keys["side"].iloc[listed] == "away").to_numpy(dtype=np.int64)
    stamps = utc_array(keys["known_at"].iloc[listed], f"{name}.known_at")
    nanoseconds = stamps.astype(np.int64)
    entry = entry_days(stamps, records.day[game])
    order = np.lexsort((nanoseconds, entry))
    at, entry, nanoseconds = listed[order], entry[order], nanoseconds[order]
    row, game = row[order], game[order]
    on_time = entry == records.day[game]
    table = np.full((len(records.game_ids) * per_game, rows.width), np.nan, dtype=rows.dtype)
    # Later stamps come later in the order, so the last assignment to a row is the latest known fact.
    for part in np.array_split(np.flatnonzero(on_time), 1 + len(at) // _ROWS_AT_ONCE):
        table[row[part]] = rows.take(at[part])
    records.tables[name] = table
    records.known_at[name][row[on_time]] = nanoseconds[on_time]
    for day in np.unique(entry[~on_time]):
        late = ~on_time & (entry == day)
        records.revisions.append(
            Revision(
                int(day), name, row[late], rows.take(at[late]), nanoseconds[late], int(records.day[game[late]].min())
            )
        )
