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
    laid_out = _numbers(history, codes)
    records = GameRecords(
        game_ids=games["game_id"].to_numpy(dtype=np.int64),
        day=day_numbers(games["game_date"]),
        season=games["season"].to_numpy(dtype=np.int64),
        counts=(games["season_type"] != "spring").to_numpy(),
        neutral=games["neutral_site"].fillna(value=False).to_numpy(dtype=bool),
        team=np.column_stack([codes["team"].encode(games["home_team"]), codes["team"].encode(games["away_team"])]),
        park=codes["park"].encode(games["park_id"]),
        codes=codes,
        tables={
            name: np.full((len(games) * per, laid_out[name][1].shape[1]), np.nan, dtype=laid_out[name][1].dtype)
            for name, (per, _) in TABLES.items()
        },
        known_at={name: np.zeros(len(games) * per, dtype=np.int64) for name, (per, _) in TABLES.items()},
    )
    for name, (frame, values) in laid_out.items():
        _lay_out(records, name, frame, values)
    records.revisions.sort(key=lambda revision: (revision.day, revision.table))
    return records


def _numbers(history: GameHistory, codes: dict[str, Codes]) -> dict[str, tuple[pd.DataFrame, NDArray[Any]]]:
    """The rows of each table with their keys (game_id, side, known_at), and their numbers."""
    single = {name: (getattr(history, name), values) for name, values in _numbers_by_row(history, codes).items()}
    players = codes["player"]
    return single | {
        "batter_lines": _by_side(history.batter_lines, players, BATTER_COLUMNS),
        "pitcher_lines": _by_side(history.pitcher_lines, players, ("appearance", *PITCHER_COLUMNS)),
    }


def _by_side(frame: pd.DataFrame, players: Codes, columns: Sequence[str]) -> tuple[pd.DataFrame, NDArray[Any]]:
    """Lines of single players side by side: one row per game, side and instant, padded with NaN."""
    # In the order of players, so that sums over lines do not depend on the order of the facts.
    frame = frame.sort_values("player_id", kind="stable")
    keys = frame[["game_id", "side", "known_at"]]
    group = keys.groupby(["game_id", "side", "known_at"], sort=False).ngroup().to_numpy()
    place = frame.groupby(group).cumcount().to_numpy()
    values = np.column_stack([players.encode(frame["player_id"]), _floats(frame, columns)])
    width = int(place.max(initial=-1)) + 1
    # 32 bits hold codes and counts exactly, and halve the largest tables of a history.
    packed = np.full((int(group.max(initial=-1)) + 1, width, values.shape[1]), np.nan, dtype=np.float32)
    packed[group, place] = values
    return keys[place == 0], packed.reshape(len(packed), width * values.shape[1])


def _numbers_by_row(history: GameHistory, codes: dict[str, Codes]) -> dict[str, Floats]:
    results = history.results.assign(
        home_skips_last=_unfinished_last(history.results["home_line_score"]),
        away_skips_last=_unfinished_last(history.results["away_line_score"]),
    )
    return {
        "results": _floats(results, RESULT_COLUMNS),
        "conditions": codes["umpire"].encode(history.conditions["umpire_id"])[:, None].astype(np.float64),
        "starter_lines": np.column_stack(
            [
                codes["pitcher"].encode(history.starter_lines["player_id"]),
                _floats(history.starter_lines, STARTER_COLUMNS[1:]),
            ]
        ),
        "bullpen_lines": _floats(history.bullpen_lines, BULLPEN_COLUMNS),
        "team_lines": _floats(history.team_lines, TEAM_COLUMNS),
        "lineup_positions": _floats(history.lineup_positions, POSITIONS),
        "lineups": np.column_stack([codes["batter"].encode(history.lineups[slot]) for slot in BATTING_ORDER]).astype(
            np.float64
        ),
    }


def _floats(frame: pd.DataFrame, columns: Sequence[str]) -> Floats:
    numbers = [pd.to_numeric(frame[column]).to_numpy(dtype=np.float64, na_value=np.nan) for column in columns]
    return np.column_stack(numbers)


def _unfinished_last(line_score: "pd.Series[str]") -> "pd.Series[float]":
    """1 where the line score ends in x: the side that led did not bat in the last inning."""
    return line_score.fillna("").astype(str).str.lower().str.endswith("x").astype(float)


def _lay_out(records: GameRecords, name: str, frame: pd.DataFrame, values: NDArray[Any]) -> None:
    listed = frame["game_id"].isin(records.game_ids).to_numpy()
    game = records.position(frame.loc[listed, "game_id"])
    per_game = TABLES[name][0]
    row = game if per_game == 1 else 2 * game + (frame.loc[listed, "side"] == "away").to_numpy(dtype=np.int64)
    stamps = utc_array(frame.loc[listed, "known_at"], f"{name}.known_at")
    nanoseconds = stamps.astype(np.int64)
    entry = entry_days(stamps, records.day[game])
    order = np.lexsort((nanoseconds, entry))
    values, entry, nanoseconds = values[listed][order], entry[order], nanoseconds[order]
    row, game = row[order], game[order]
    on_time = entry == records.day[game]
    # Later stamps come later in the order, so the last assignment to a row is the latest known fact.
    records.tables[name][row[on_time]] = values[on_time]
    records.known_at[name][row[on_time]] = nanoseconds[on_time]
    for day in np.unique(entry[~on_time]):
        late = ~on_time & (entry == day)
        records.revisions.append(
            Revision(int(day), name, row[late], values[late], nanoseconds[late], int(records.day[game[late]].min()))
        )
