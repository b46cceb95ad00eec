"""Updates of the state by a day's finished games.

Belongs here: the batch of a day, the mapping of ids to places, the order of the updates.
Not here: when a day is due (sweep.py), formulas.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.features.batch import DayBatch
from mlb_ml_assets.features.batting import update_batting
from mlb_ml_assets.features.config import FeatureConfig
from mlb_ml_assets.features.decay import Floats, Ints
from mlb_ml_assets.features.fact_ages import known_groups
from mlb_ml_assets.features.league import LeagueMeans, league_means
from mlb_ml_assets.features.lineups import update_lineups
from mlb_ml_assets.features.pitching import bullpen_skill, leave_work_unknown, starter_skill, update_pitching
from mlb_ml_assets.features.player_days import CatalogOfPlayers, player_codes, player_day
from mlb_ml_assets.features.player_effects import update_player_effects
from mlb_ml_assets.features.player_ratings import update_player_ratings, update_recent_nines
from mlb_ml_assets.features.rating_log import RatingLog
from mlb_ml_assets.features.ratings import apply_offseason_regression, park_runs, update_ratings
from mlb_ml_assets.features.records import RESULT_COLUMNS, TABLES, Codes, GameRecords
from mlb_ml_assets.features.state import KINDS, SweepState

_RESULT = {name: position for position, name in enumerate(RESULT_COLUMNS)}
# Batters a bullpen faces per inning (MLB 2009-2018: 4.3), to set its fip per inning beside a starter's per batter.
_BATTERS_PER_INNING = 4.3


class DayUpdater:
    """Applies days of one set of records to a state bound to it."""

    def __init__(
        self, records: GameRecords, people: pd.DataFrame, config: FeatureConfig, log: RatingLog | None = None
    ) -> None:
        self.records = records
        self.log = log
        self.config = config
        hands = people.drop_duplicates("player_id").set_index("player_id")
        self.throws = _hands(hands["throws"], records.codes["pitcher"])
        self.bats = _hands(hands["bats"], records.codes["batter"])
        self.players = CatalogOfPlayers(people)
        self._player_of_batter = _codes_among(records.codes["batter"], records.codes["player"])
        self.player_of_pitcher = _codes_among(records.codes["pitcher"], records.codes["player"])
        self.places: dict[str, Ints] = {}
        self._park_codes = np.zeros(0, dtype=np.int64)

    def bind(self, state: SweepState) -> None:
        """Look up the place in `state` of every id of the records; the last entry is for code -1."""
        for kind in KINDS:
            known = state.index[kind]
            places = [known.get(name, 0) for name in self.records.codes[kind].ids]
            self.places[kind] = np.array([*places, 0], dtype=np.int64)
        self._list_parks(state)
        self.players.forget()

    def player_places(self, batter_codes: Ints) -> Ints:
        """Places as players of batters by their code."""
        return self.places["player"][self._player_of_batter[batter_codes]]

    def park_codes(self, place: Ints) -> Ints:
        """Codes of parks by their place in the state; -1 for a park that the records lack."""
        return self._park_codes[place]

    def apply(self, state: SweepState, day: int) -> None:
        """Update the state by the known games of a day; suspended games are left out."""
        start, end = np.searchsorted(self.records.day, [day, day + 1])
        games = np.arange(start, end)
        result = self.records.tables["results"][games]
        counts = self.records.counts[games]
        has_score = np.isfinite(result[:, _RESULT["home_score"]]) & np.isfinite(result[:, _RESULT["away_score"]])
        unknown = self.records.team[games[counts & ~has_score]].ravel()
        if len(unknown):
            leave_work_unknown(state, self._place(state, "team", unknown), day)
        played = counts & has_score & (np.nan_to_num(result[:, _RESULT["suspended"]]) == 0)
        games, result = games[played], result[played]
        state.day = day
        if not len(games):
            return
        apply_offseason_regression(state, int(self.records.season[games].max()), self.config)
        batch = self._batch(state, day, games, result)
        means = league_means(state, day)
        park = np.repeat(park_runs(state, batch.park, day, self.config.runs), 2)
        opposing = self._pitching_faced(state, batch, means)
        update_ratings(state, batch, means, self.config)
        update_pitching(state, batch, park, self.config)
        beyond = update_batting(state, batch, park, opposing, means, self.config)
        update_player_effects(state, batch, beyond, self.config.player)
        update_lineups(state, batch)
        self._update_players(state, games, (day, batch.team, batch.park, batch.umpire))
        state.arrays["last_game_day"][batch.team] = day
        state.arrays["last_park"][batch.team] = batch.by_side_park
        self._record_newest_facts(state, batch, games)
        state.latest_known = max(state.latest_known, self._latest_known(games))

    def rate_players(self, state: SweepState, day: int) -> None:
        """Update the ratings of players alone by the lines of a day, whether its games have results or not."""
        games = np.arange(*np.searchsorted(self.records.day, [day, day + 1]))
        team = self._place(state, "team", self.records.team[games].ravel())
        park = self._place(state, "park", self.records.park[games])
        self._update_players(state, games, (day, team, park, self._umpires(state, games)))
        state.day, state.latest_known = day, max(state.latest_known, self._latest_known(games))

    def _record_newest_facts(self, state: SweepState, batch: DayBatch, games: Ints) -> None:
        known = known_groups(self.records.tables, games, np.column_stack([2 * games, 2 * games + 1]).ravel())
        newest = state.arrays["newest_fact"]
        # One group at a time: a club may have a line in one game of a doubleheader and none in the other.
        for group in range(known.shape[1]):
            newest[batch.team[known[:, group]], group] = batch.day

    def _update_players(self, state: SweepState, games: Ints, around: tuple[int, Ints, Ints, Ints]) -> None:
        sides = np.column_stack([2 * games, 2 * games + 1]).ravel()
        self._place(state, "player", player_codes(self.records.tables, sides))
        batters = np.nan_to_num(self.records.tables["lineups"][sides], nan=-1.0).astype(np.int64)
        nine = self._place(state, "player", self._player_of_batter[batters])
        catalog = self.players.of(state)
        lines = player_day(self.records.tables, sides, self.places["player"], nine, around, catalog)
        update_player_ratings(state, lines, self.config.players)
        if self.log is not None and len(lines.batter):
            self.log.record(state, lines, self.config.players)
        update_recent_nines(state, lines)

    def _batch(self, state: SweepState, day: int, games: Ints, result: Floats) -> DayBatch:
        records = self.records
        sides = np.column_stack([2 * games, 2 * games + 1]).ravel()
        starter_line = records.tables["starter_lines"][sides]
        pitcher = np.nan_to_num(starter_line[:, 0], nan=-1.0).astype(np.int64)
        lineup = np.nan_to_num(records.tables["lineups"][sides], nan=-1.0).astype(np.int64)
        return DayBatch(
            day=day,
            neutral=records.neutral[games],
            park=self._place(state, "park", records.park[games]),
            umpire=self._umpires(state, games),
            score=np.column_stack([result[:, _RESULT["home_score"]], result[:, _RESULT["away_score"]]]).ravel(),
            batted_innings=_batted_innings(result),
            team=self._place(state, "team", records.team[games].ravel()),
            starter=self._place(state, "pitcher", pitcher),
            starter_hand=self.throws[pitcher],
            starter_line=starter_line[:, 1:],
            bullpen_line=records.tables["bullpen_lines"][sides],
            team_line=records.tables["team_lines"][sides],
            lineup=self._place(state, "batter", lineup),
        )

    def _umpires(self, state: SweepState, games: Ints) -> Ints:
        codes = np.nan_to_num(self.records.tables["conditions"][games, 0], nan=-1.0)
        return self._place(state, "umpire", codes.astype(np.int64))

    def _place(self, state: SweepState, kind: str, codes: Ints) -> Ints:
        """Places of ids in the state; new ids are added."""
        places = self.places[kind]
        found = places[codes]
        new = codes[(found == 0) & (codes >= 0)]
        if not len(new):
            return found
        ids = self.records.codes[kind].ids
        state.admit(kind, [ids[code] for code in new.tolist()])
        for code in new.tolist():
            places[code] = state.index[kind][ids[code]]
        if kind == "park":
            self._list_parks(state)
        return places[codes]

    def _list_parks(self, state: SweepState) -> None:
        numbers = self.records.codes["park"].number
        self._park_codes = np.array([-1] + [numbers.get(name, -1) for name in state.index["park"]], dtype=np.int64)

    def _pitching_faced(self, state: SweepState, batch: DayBatch, means: LeagueMeans) -> Floats:
        """Fip per batter beyond the league of the starter and bullpen each side faced, as rated before the day."""
        starter = starter_skill(state, batch.starter, batch.day, means, self.config.starter)
        pen, _ = bullpen_skill(state, batch.team, batch.day, means, self.config.bullpen)
        own = starter.fip_slow * starter.share + pen[:, 1] / _BATTERS_PER_INNING * (1.0 - starter.share)
        return np.asarray(own[batch.opponent])

    def _latest_known(self, games: Ints) -> int:
        sides = np.column_stack([2 * games, 2 * games + 1]).ravel()
        rows = {1: games, 2: sides}
        return int(max(known[rows[TABLES[name][0]]].max() for name, known in self.records.known_at.items()))


def _codes_among(codes: Codes, others: Codes) -> Ints:
    """The code among `others` of each id of `codes`; the last entry is for code -1."""
    return np.array([*(others.number.get(name, -1) for name in codes.ids), -1], dtype=np.int64)


def _batted_innings(result: Floats) -> Floats:
    """Innings each side batted, by side row; 9 where unknown, and one fewer where a line ends in x."""
    innings = np.where(np.isfinite(result[:, _RESULT["innings"]]), result[:, _RESULT["innings"]], 9.0)
    home = innings - result[:, _RESULT["home_skips_last"]]
    away = innings - result[:, _RESULT["away_skips_last"]]
    return np.maximum(np.column_stack([home, away]).ravel(), 1.0)


def _hands(column: "pd.Series[str]", codes: Codes) -> NDArray[np.str_]:
    """Hand by code, empty where unknown; the last entry is for code -1."""
    hand = column.reindex(codes.ids).fillna("").astype(str).tolist()
    return np.array([*hand, ""], dtype="U1")
