"""What past closing prices said about today's teams, starters, parks and batters.

Belongs here: the walk over history in order of entry, and the columns the features frame takes from it.
Not here: filter arithmetic (kalman.py), filter layout (memory_design.py), which facts enter when (memory_facts.py),
any price of the day itself.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.modeling.config import MemoryConfig
from mlb_ml_assets.modeling.kalman import DiagonalFilter, FilterState, Floats
from mlb_ml_assets.modeling.memory_design import Line, game_keys, lines, number_members
from mlb_ml_assets.modeling.memory_facts import MarketHistory, entered_closes, latest_lineups, latest_starters

MEMORY_COLUMNS = (
    "memory_home_logit",
    "memory_home_variance",
    "memory_move_logit",
    "memory_total_move",
    "memory_total",
    "memory_total_variance",
    "memory_lineup_home_logit",
    "memory_lineup_home_variance",
)
_NOTHING_ENTERED = pd.Timestamp(0, tz="UTC")


@dataclass
class MemoryState:
    """Where every filter stands after the closes that entered through `entered_through` (UTC)."""

    entered_through: pd.Timestamp
    filters: dict[str, FilterState] = field(default_factory=dict)

    def to_dict(self) -> dict[str, object]:
        """Plain values, ready for JSON."""
        return {
            "entered_through": self.entered_through.isoformat(),
            "filters": {name: state.to_dict() for name, state in self.filters.items()},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> "MemoryState":
        """The inverse of to_dict."""
        filters = values["filters"]
        assert isinstance(filters, Mapping)
        return cls(
            pd.Timestamp(str(values["entered_through"])),
            {str(name): FilterState.from_dict(state) for name, state in filters.items()},
        )


def remember(
    history: MarketHistory,
    requests: pd.DataFrame,
    config: MemoryConfig | None = None,
    state: MemoryState | None = None,
) -> pd.DataFrame:
    """What market memory expects for each requested game, from closes that had entered by its `as_of`.

    Starters are the probables listed at `as_of`; batters those announced by then, used at stage `lineup` only and only
    when all eighteen are. Costs one pass over the closes of `history` (ten seasons in under a second).

    Args:
        history: games, results, probables, lineups, market_lines (columns as in features.facts).
        requests: game_id, stage, as_of (UTC); any order.
        config: constants; the study's by default.
        state: where to start; closes that entered by its instant are not read again.

    Returns:
        One row per request, in its order: game_id, stage, MEMORY_COLUMNS, memory_known_at (the last entry used).
        Logits and runs (of the game's scheduled innings); NaN before any close has entered.
    """
    return walk(history, requests, config, state)[0]


def walk(
    history: MarketHistory,
    requests: pd.DataFrame,
    config: MemoryConfig | None = None,
    state: MemoryState | None = None,
) -> tuple[pd.DataFrame, MemoryState]:
    """As `remember`, and the state after the last close of `history`."""
    config = config or MemoryConfig()
    closes = entered_closes(history, config.runs_per_over_probability, config.seven_inning_share)
    if state is not None:
        closes = closes[closes.enters > state.entered_through]
    asked, starters, batters = _asked(history, requests)
    close_starters = pd.DataFrame({"home": closes.home_starter_id, "away": closes.away_starter_id})
    close_requests = pd.DataFrame({"game_id": closes.game_id, "as_of": closes.enters})
    close_batters = latest_lineups(close_requests, history.lineups)
    answers: dict[str, tuple[Floats, Floats]] = {}
    filters = {}
    for line in lines(config):
        mean, variance, filters[line.name] = _walk_line(
            line,
            closes,
            game_keys(line, closes, close_starters, close_batters),
            asked,
            game_keys(line, asked, starters, batters),
            _start_of(state, line.name),
        )
        answers[line.name] = (mean, variance)
    through = closes.enters.max() if len(closes) else None
    if through is None:
        through = state.entered_through if state is not None else _NOTHING_ENTERED
    frame = _columns_of(asked, answers, batters, config)
    frame["memory_known_at"] = _last_entry(closes.enters, asked.as_of, state)
    in_order = frame.sort_values("row").drop(columns="row").reset_index(drop=True)
    return in_order, MemoryState(through, filters)


def _start_of(state: MemoryState | None, line: str) -> FilterState | None:
    """Where a filter starts; None before its first close, whether or not a state was kept: answers are the same."""
    held = None if state is None else state.filters.get(line)
    return held if held is not None and held.members else None


def _asked(history: MarketHistory, requests: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, NDArray[np.object_]]:
    """Requests sorted by as_of with their game's facts; `row` is the caller's order."""
    facts = history.games[["game_id", "season", "home_team", "away_team", "park_id", "scheduled_innings"]]
    asked = requests[["game_id", "stage", "as_of"]].reset_index(drop=True)
    asked = asked.merge(facts, on="game_id", how="left", validate="many_to_one")
    if asked.home_team.isna().any():
        raise KeyError(f"requested game_id {asked.game_id[asked.home_team.isna()].iloc[0]} is not among the games")
    asked["row"] = np.arange(len(asked))
    asked = asked.sort_values("as_of", kind="stable").reset_index(drop=True)
    return asked, latest_starters(asked, history.probables), latest_lineups(asked, history.lineups)


def _walk_line(
    line: Line,
    closes: pd.DataFrame,
    close_keys: NDArray[np.object_],
    asked: pd.DataFrame,
    asked_keys: NDArray[np.object_],
    start: FilterState | None,
) -> tuple[Floats, Floats, FilterState]:
    """Walk one filter over closes (sorted by entry), answering requests (sorted by as_of) on the way."""
    usable = closes[line.observed].notna().to_numpy()
    closes, close_keys = closes[usable], close_keys[usable]
    members, (learn, answer) = number_members(
        line.kinds, [close_keys, asked_keys], start.members if start is not None else []
    )
    walker = DiagonalFilter(line.blocks, members, line.noise_variance)
    if start is not None:
        walker.restore(start)
    observed = closes[line.observed].to_numpy(dtype=np.float64)
    days, seasons = closes.day.to_numpy(), closes.season.to_numpy()
    entry = pd.DatetimeIndex(closes.enters).asi8
    # Batch b is rows bounds[b]:bounds[b + 1]; a request that sees bounds[b] closes is answered after batch b - 1.
    bounds = np.append(np.flatnonzero(np.diff(entry, prepend=-1)), len(entry))
    visible = np.searchsorted(entry, pd.DatetimeIndex(asked.as_of).asi8, side="right")
    due = np.append(np.searchsorted(visible, bounds), len(asked))
    asked_season = asked.season.to_numpy()
    mean, variance = np.full(len(asked), np.nan), np.full(len(asked), np.nan)
    for batch in range(len(bounds)):
        if batch:
            rows = slice(int(bounds[batch - 1]), int(bounds[batch]))
            walker.enter_season(int(seasons[rows.start]))
            walker.walk_to(int(days[rows.start]))
            walker.absorb(learn[rows], line.signs, observed[rows])
        elif start is None:
            continue
        waiting = np.arange(due[batch], due[batch + 1])
        for season in np.unique(asked_season[waiting]):
            walker.enter_season(int(season))
            now = waiting[asked_season[waiting] == season]
            mean[now], variance[now] = walker.expect(answer[now], line.signs)
    return mean, variance, walker.state()


def _columns_of(
    asked: pd.DataFrame,
    answers: Mapping[str, tuple[Floats, Floats]],
    batters: NDArray[np.object_],
    config: MemoryConfig,
) -> pd.DataFrame:
    announced = (asked.stage == "lineup").to_numpy() & pd.notna(batters).all(axis=1)
    innings = np.where(asked.scheduled_innings == 7, config.seven_inning_share, 1.0)
    frame = asked[["row", "game_id", "stage"]].copy()
    frame["memory_home_logit"], frame["memory_home_variance"] = answers["home"]
    frame["memory_move_logit"] = answers["move"][0]
    frame["memory_total_move"] = answers["total_move"][0] * innings
    frame["memory_total"] = answers["total"][0] * innings
    frame["memory_total_variance"] = answers["total"][1] * innings**2
    for column, part in (("memory_lineup_home_logit", 0), ("memory_lineup_home_variance", 1)):
        frame[column] = np.where(announced, answers["home_with_batters"][part], np.nan)
    return frame


def _last_entry(enters: pd.Series, as_of: pd.Series, state: MemoryState | None) -> NDArray[np.object_] | pd.Series:
    """The last entry instant each request could see."""
    before = pd.NaT if state is None or state.entered_through == _NOTHING_ENTERED else state.entered_through
    stamps = pd.Series([before, *enters], dtype="datetime64[ns, UTC]")
    seen = np.searchsorted(pd.DatetimeIndex(enters).asi8, pd.DatetimeIndex(as_of).asi8, side="right")
    return stamps.iloc[seen].set_axis(as_of.index)
