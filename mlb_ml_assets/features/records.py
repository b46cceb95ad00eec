"""Games as dense arrays: the facts of a history laid out for a sweep over days.

Belongs here: codes of ids, one row of numbers per game and side, revisions of rows and their days.
Not here: state (state.py), feature formulas.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.features.decay import Floats, Ints
from mlb_ml_assets.features.facts import BATTING_ORDER, GameHistory
from mlb_ml_assets.features.knowable import day_numbers, entry_days, utc_array

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
CONDITION_COLUMNS = ("umpire",)

TABLES: dict[str, tuple[int, Sequence[str]]] = {
    # name: rows per game, columns
    "results": (1, RESULT_COLUMNS),
    "conditions": (1, CONDITION_COLUMNS),
    "starter_lines": (2, STARTER_COLUMNS),
    "bullpen_lines": (2, BULLPEN_COLUMNS),
    "team_lines": (2, TEAM_COLUMNS),
    "lineups": (2, LINEUP_COLUMNS),
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

    def encode(self, column: "pd.Series[str]") -> Ints:
        """The code of each id."""
        return np.asarray(column.map(self.number).fillna(-1), dtype=np.int64)


@dataclass(frozen=True)
class Revision:
    """Rows of one table that replace earlier ones (or come late) with the batch of `day`."""

    day: int
    table: str
    rows: Ints
    values: Floats
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
    tables: dict[str, Floats]
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
        tables={name: np.full((len(games) * per, len(columns)), np.nan) for name, (per, columns) in TABLES.items()},
        known_at={name: np.zeros(len(games) * per, dtype=np.int64) for name, (per, _) in TABLES.items()},
    )
    for name, values in _numbers(history, codes).items():
        _lay_out(records, name, getattr(history, name), values)
    records.revisions.sort(key=lambda revision: (revision.day, revision.table))
    return records


def _numbers(history: GameHistory, codes: dict[str, Codes]) -> dict[str, Floats]:
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


def _lay_out(records: GameRecords, name: str, frame: pd.DataFrame, values: Floats) -> None:
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
