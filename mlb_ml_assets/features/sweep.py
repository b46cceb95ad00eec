"""One sweep over the days: state advances one morning at a time, and requests are evaluated in between.

Belongs here: the order of batches, late and corrected facts, checkpoints, `build_features` and `advance`.
Not here: formulas, storage, comparisons of known-at with as-of (knowable.py).
"""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.input_ages import age_column
from mlb_ml_assets.domain.models import LINEUP
from mlb_ml_assets.features.announcements import Announcements, read_announcements
from mlb_ml_assets.features.assembly import Slate, age_columns, state_columns
from mlb_ml_assets.features.config import DEFAULT_CONFIG, FeatureConfig
from mlb_ml_assets.features.day_update import DayUpdater
from mlb_ml_assets.features.decay import Floats, Ints
from mlb_ml_assets.features.declarations import BASEBALL_COLUMNS
from mlb_ml_assets.features.fact_ages import STATE_GROUPS
from mlb_ml_assets.features.facts import GameHistory, check_requests
from mlb_ml_assets.features.game_columns import designated_hitter, game_columns
from mlb_ml_assets.features.knowable import day_numbers, day_of, state_days, utc_array
from mlb_ml_assets.features.player_days import CATCHER, fielder
from mlb_ml_assets.features.rating_log import RatingLog
from mlb_ml_assets.features.ratings import apply_offseason_regression
from mlb_ml_assets.features.records import GameRecords, game_records
from mlb_ml_assets.features.state import SweepState
from mlb_ml_assets.features.travel import ParkPlaces


class StaleCheckpoint(ValueError):
    """A fact about a day inside the checkpoint became known after it: start from an earlier one."""


class CheckpointTooLate(ValueError):
    """A request may not know all that the checkpoint holds."""


def build_features(
    history: GameHistory,
    requests: pd.DataFrame,
    config: FeatureConfig = DEFAULT_CONFIG,
    checkpoint: SweepState | None = None,
    log: RatingLog | None = None,
) -> pd.DataFrame:
    """The features of games as of given instants.

    Args:
        history: facts; with a checkpoint, those of days up to its own may be left out.
        requests: game_id, stage (open | lineup), as_of (UTC); in any order.
        config: the constants.
        checkpoint: state to start from (not changed); it skips the days before it and changes no number.
        log: receives the ratings of players after each day that the sweep passes.

    Returns:
        game_id, stage, as_of, known_at (latest known-at among the inputs, `as_of` where there is none), then
        BASEBALL_COLUMNS as float64, NaN where missing, and the age of each group of facts in the state (`age_…`, days
        of the season; `domain.input_ages`). One row per request, in their order.

    Raises:
        FactsIncomplete: a frame or a request is not what `facts` asks for.
        StaleCheckpoint: a correction reaches behind the checkpoint.
        CheckpointTooLate: a request is earlier than the checkpoint allows.
    """
    check_requests(requests, history)
    requests = requests.reset_index(drop=True)
    sweep = _Sweep(history, config, checkpoint, log)
    placed = _Requests.of(requests, history, sweep.records)
    if checkpoint is not None and len(requests) and int(placed.state_day.min()) < checkpoint.day:
        early = requests.iloc[int(placed.state_day.argmin())]
        raise CheckpointTooLate(
            f"game {early.game_id} as of {early.as_of} is before the checkpoint of {day_of(checkpoint.day)}"
        )
    block = np.full((len(requests), len(BASEBALL_COLUMNS)), np.nan)
    ages = {age_column(name): np.full(len(requests), np.nan) for name in STATE_GROUPS}
    latest = np.zeros(len(requests), dtype=np.int64)
    order = np.lexsort((placed.season, placed.state_day))
    groups = np.split(order, np.flatnonzero(_changes(placed.state_day[order], placed.season[order])) + 1)
    for rows in groups if len(order) else []:
        sweep.run_to(int(placed.state_day[rows[0]]))
        state = sweep.state_in(int(placed.season[rows[0]]))
        slate = sweep.slate(state, placed, rows)
        block[rows] = state_columns(state, slate, sweep.places, sweep.updater.players.of(state), config)
        for name, values in age_columns(state, slate).items():
            ages[name][rows] = values
        latest[rows] = state.latest_known
    for name, values in game_columns(placed.games, placed.announcements).items():
        block[:, BASEBALL_COLUMNS.index(name)] = values
    return _frame(requests, block, np.maximum(latest, placed.announcements.known_at)).assign(**ages)


def advance(
    history: GameHistory,
    to_day: date,
    config: FeatureConfig = DEFAULT_CONFIG,
    checkpoint: SweepState | None = None,
) -> SweepState:
    """The state after the batch of a day: a checkpoint for that day.

    Raises:
        StaleCheckpoint: a correction reaches behind the checkpoint given.
        CheckpointTooLate: the checkpoint given is already past that day.
    """
    last = int(np.datetime64(to_day, "D").astype(np.int64))
    if checkpoint is not None and checkpoint.day > last:
        raise CheckpointTooLate(f"checkpoint of {day_of(checkpoint.day)} is past {to_day}")
    sweep = _Sweep(history, config, checkpoint)
    sweep.run_to(last)
    state = sweep.state.copy()
    state.day = last
    return state


@dataclass(frozen=True)
class _Requests:
    """Requests, and everything about them that does not depend on state."""

    games: pd.DataFrame
    game: Ints
    day: Ints
    season: Ints
    state_day: Ints
    uses_lineups: NDArray[np.bool_]
    designated_hitter: NDArray[np.bool_]
    announcements: Announcements

    @classmethod
    def of(cls, requests: pd.DataFrame, history: GameHistory, records: GameRecords) -> "_Requests":
        games = history.games.set_index("game_id").loc[requests["game_id"]].reset_index()
        return cls(
            games=games,
            game=records.position(requests["game_id"]),
            day=day_numbers(games["game_date"]),
            season=games["season"].to_numpy(dtype=np.int64),
            state_day=state_days(utc_array(requests["as_of"], "requests.as_of")),
            uses_lineups=(requests["stage"] == LINEUP).to_numpy(),
            designated_hitter=designated_hitter(games) == 1.0,
            announcements=read_announcements(history, requests, records.codes),
        )


class _Sweep:
    def __init__(
        self, history: GameHistory, config: FeatureConfig, checkpoint: SweepState | None, log: RatingLog | None = None
    ) -> None:
        self.config = config
        self.records = game_records(history)
        self.places = ParkPlaces(history.parks, self.records.codes["park"])
        self.updater = DayUpdater(self.records, history.people, config, log)
        self.floor = checkpoint.day if checkpoint is not None else None
        self.state = checkpoint.copy() if checkpoint is not None else SweepState.empty(config)
        self.pending = [r for r in self.records.revisions if self.floor is None or r.day > self.floor]
        for revision in self.records.revisions:
            if self.floor is not None and revision.day <= self.floor:
                self.records.apply(revision)
        self.updater.bind(self.state)
        # States to return to, kept until the last correction that needs them.
        self.kept: dict[int, SweepState] = {}
        self.days = np.unique(self.records.day).tolist()

    def run_to(self, day: int) -> None:
        """Apply every batch up to `day`, with the facts known by then."""
        while self.pending and self.pending[0].day <= day:
            self._batches(self.pending[0].day - 1)
            self._correct(self.pending[0].day)
        self._batches(day)

    def state_in(self, season: int) -> SweepState:
        """The state as games of a season see it: after the winter, if the season has not begun."""
        if season <= self.state.season or self.state.season == 0:
            return self.state
        ahead = self.state.copy()
        apply_offseason_regression(ahead, season, self.config)
        return ahead

    def slate(self, state: SweepState, placed: _Requests, rows: Ints) -> Slate:
        sides = np.column_stack([2 * rows, 2 * rows + 1]).ravel()
        announced, game = placed.announcements, placed.game[rows]
        team = self.updater.places["team"][self.records.team[game].ravel()]
        starter, lineup = announced.starter[sides], announced.lineup[sides]
        has_nine = (lineup >= 0).all(axis=1) & np.repeat(placed.uses_lineups[rows], 2)
        nine = np.where(has_nine[:, None], self.updater.player_places(lineup), 0)
        return Slate(
            day=placed.day[rows],
            uses_lineups=placed.uses_lineups[rows],
            team=team,
            starter=self.updater.places["pitcher"][starter],
            has_starter=starter >= 0,
            starter_hand=self.updater.throws[starter],
            lineup=self.updater.places["batter"][lineup],
            has_lineup=np.asarray((lineup >= 0).any(axis=1)),
            bats=self.updater.bats[lineup],
            park=self.updater.places["park"][self.records.park[game]],
            park_code=self.records.park[game],
            last_park_code=self.updater.park_codes(state.arrays["last_park"][team].astype(np.int64)),
            season=placed.season[rows],
            designated_hitter=placed.designated_hitter[rows],
            player_starter=self.updater.places["player"][self.updater.player_of_pitcher[starter]],
            player_nine=nine,
            catcher=fielder(nine, announced.positions[sides], CATCHER),
            umpire=self.updater.places["umpire"][announced.umpire[rows]],
            has_umpire=announced.umpire[rows] >= 0,
        )

    def _batches(self, day: int) -> None:
        begin = int(np.searchsorted(self.days, self.state.day, "right"))
        for batch_day in self.days[begin : int(np.searchsorted(self.days, day, "right"))]:
            if any(revision.first_day == batch_day for revision in self.pending):
                self.kept[batch_day] = self.state.copy()
            self.updater.apply(self.state, batch_day)
        self.state.day = max(self.state.day, day)

    def _correct(self, day: int) -> None:
        """Apply the late facts of one morning: return to the state before their first day and replay from there."""
        due = [revision for revision in self.pending if revision.day == day]
        self.pending = self.pending[len(due) :]
        first = min(revision.first_day for revision in due)
        if self.floor is not None and first <= self.floor:
            raise StaleCheckpoint(
                f"a fact about {day_of(first)} became known with the batch of {day_of(day)}, after the checkpoint of "
                f"{day_of(self.floor)}: start from a checkpoint before {day_of(first)}"
            )
        for revision in due:
            self.records.apply(revision)
        self.state = self.kept[first].copy()
        self.updater.bind(self.state)
        needed = {revision.first_day for revision in self.pending}
        self.kept = {start: state for start, state in self.kept.items() if start in needed or start < first}
        self._batches(day)


def _changes(*keys: Ints) -> NDArray[np.bool_]:
    return np.asarray(np.logical_or.reduce([key[1:] != key[:-1] for key in keys]), dtype=np.bool_)


def _frame(requests: pd.DataFrame, block: Floats, latest: NDArray[np.int64]) -> pd.DataFrame:
    known = pd.to_datetime(pd.Series(latest), utc=True)
    head = pd.DataFrame(
        {
            "game_id": requests["game_id"].to_numpy(dtype=np.int64),
            "stage": requests["stage"].to_numpy(),
            "as_of": pd.to_datetime(requests["as_of"], utc=True),
            "known_at": known.where(latest > 0, pd.to_datetime(requests["as_of"], utc=True)),
        }
    )
    return pd.concat([head, pd.DataFrame(block, columns=list(BASEBALL_COLUMNS))], axis=1)
