"""What past closing prices imply about today's teams, starters, parks and batters.

Belongs here: the walk over history in order of entry, and the feature columns that result from it.
Not here: filter arithmetic (kalman.py), filter layout (memory_design.py), which facts enter when (memory_facts.py),
any price of the day itself.
"""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.models import LINEUP, STAGES
from mlb_ml_assets.modeling.baseball_prior import (
    RUNS,
    WIN,
    as_stored,
    expect_from_baseball,
    no_features,
    weather_of,
)
from mlb_ml_assets.modeling.config import MemoryConfig
from mlb_ml_assets.modeling.kalman import DiagonalFilter, FilterState, Floats
from mlb_ml_assets.modeling.memory_design import (
    TOTAL_AT_LINEUP,
    TOTAL_AT_OPEN,
    TOTAL_WITH_FORECAST,
    FilterLayout,
    filter_layouts,
    game_keys,
    game_weights,
    number_members,
)
from mlb_ml_assets.modeling.memory_facts import MarketHistory, entered_closes, latest_lineups, latest_starters

_NOTHING_ENTERED = pd.Timestamp(0, tz="UTC")
_NO_REQUESTS = pd.DataFrame(
    {"game_id": pd.Series(dtype="int64"), "stage": pd.Series(dtype="object"), "as_of": pd.DatetimeIndex([], tz="UTC")}
)


@dataclass
class MemoryState:
    """The state of every filter and regression after the closes that entered through `entered_through` (UTC)."""

    entered_through: pd.Timestamp
    filters: dict[str, FilterState] = field(default_factory=dict)
    regressions: dict[str, dict[str, object]] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """The state as compressed JSON; `from_bytes` is the inverse."""
        return zlib.compress(json.dumps(self.to_dict()).encode())

    @classmethod
    def from_bytes(cls, content: bytes) -> "MemoryState":
        """Read a checkpoint."""
        return cls.from_dict(json.loads(zlib.decompress(content)))

    def to_dict(self) -> dict[str, object]:
        """Plain values, ready for JSON."""
        return {
            "entered_through": self.entered_through.isoformat(),
            "filters": {name: state.to_dict() for name, state in self.filters.items()},
            "regressions": self.regressions,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, object]) -> "MemoryState":
        """The inverse of to_dict."""
        filters, regressions = values["filters"], values["regressions"]
        assert isinstance(filters, Mapping)
        assert isinstance(regressions, Mapping)
        return cls(
            pd.Timestamp(str(values["entered_through"])),
            {str(name): FilterState.from_dict(state) for name, state in filters.items()},
            {str(name): dict(state) for name, state in regressions.items()},
        )


def remember(
    history: MarketHistory,
    requests: pd.DataFrame,
    config: MemoryConfig | None = None,
    state: MemoryState | None = None,
    features: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Expected closing prices of each requested game, from closes that had entered by its `as_of`.

    Starters are the probables listed at `as_of`; batters are used at stage `lineup`, if all eighteen were announced by
    then. Takes one pass over the closes of `history` (ten seasons in under a second).

    Args:
        history: games, results, probables, lineups, market_lines (columns as in features.facts).
        requests: game_id, stage, as_of (UTC); any order.
        config: constants; the study's by default.
        state: where to start; closes that entered by its instant are skipped.
        features: of the requests and of past games: game_id, stage, as_of, baseball columns. Without them nothing is
            expected from baseball, and the columns that need it are NaN.

    Returns:
        One row per request, in its order: game_id, stage, MEMORY_COLUMNS, memory_known_at (the last entry used).
        Logits and runs (of the game's scheduled innings); NaN before any close has entered.
    """
    return walk(history, requests, config, state, features=features)[0]


def walk(
    history: MarketHistory,
    requests: pd.DataFrame,
    config: MemoryConfig | None = None,
    state: MemoryState | None = None,
    last_day: date | None = None,
    features: pd.DataFrame | None = None,
) -> tuple[pd.DataFrame, MemoryState]:
    """`remember`, and the state after the last close of `history`, or of its games up to `last_day`."""
    config = config or MemoryConfig()
    closes = entered_closes(history, config.runs_per_over_probability, config.seven_inning_share)
    if last_day is not None:
        closes = closes[closes.game_date.dt.date <= last_day]
    if state is not None:
        closes = closes[closes.enters > state.entered_through]
    placed, starters, batters = _request_frames(history, requests)
    close_starters = pd.DataFrame({"home": closes.home_starter_id, "away": closes.away_starter_id})
    close_requests = pd.DataFrame({"game_id": closes.game_id, "as_of": closes.enters})
    close_batters = latest_lineups(close_requests, history.lineups)
    baseball = no_features() if features is None else as_stored(features)
    prior = expect_from_baseball(closes, placed, baseball, config, {} if state is None else state.regressions)
    # Lineups leave least to teams and starters, so both stages remember what they did not explain. Totals at the open
    # lack lineups and mostly weather: each stage remembers its own.
    closes["residual_logit"] = closes.close_logit - prior.of_closes[WIN, LINEUP]
    for stage in STAGES:
        closes[f"residual_total_{stage}"] = closes.close_total - prior.of_closes[RUNS, stage]
    weather = [weather_of(baseball, rows) for rows in (closes, placed)]
    expected: dict[str, tuple[Floats, Floats]] = {}
    filters = {}
    for layout in filter_layouts(config):
        mean, variance, filters[layout.name] = _walk_filter(
            layout,
            closes,
            _Members(
                game_keys(layout, closes, close_starters, close_batters),
                game_weights(layout, weather[0]),
            ),
            placed,
            _Members(game_keys(layout, placed, starters, batters), game_weights(layout, weather[1])),
            _start_of(state, layout.name),
        )
        expected[layout.name] = (mean, variance)
    through = closes.enters.max() if len(closes) else None
    if through is None:
        through = state.entered_through if state is not None else _NOTHING_ENTERED
    has_weather = weather[1].notna().all(axis=1).to_numpy()
    frame = _columns_of(placed, expected, prior.of_requests, batters, has_weather, config)
    frame["memory_known_at"] = _last_entry(closes.enters, placed.as_of, state)
    in_order = frame.sort_values("row").drop(columns="row").reset_index(drop=True)
    return in_order, MemoryState(through, filters, prior.states)


def advance_memory(
    history: MarketHistory, to_day: date, state: MemoryState | None = None, features: pd.DataFrame | None = None
) -> MemoryState:
    """The state after the closes of the games up to `to_day`: a checkpoint for that day."""
    return walk(history, _NO_REQUESTS, state=state, last_day=to_day, features=features)[1]


def _start_of(state: MemoryState | None, layout: str) -> FilterState | None:
    """The stored state of a filter; None before its first close, which gives the same results."""
    held = None if state is None else state.filters.get(layout)
    return held if held is not None and held.members else None


def _request_frames(
    history: MarketHistory, requests: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, NDArray[np.object_]]:
    """Requests sorted by as_of with the facts of their games (`row`: original order), their starters and batters."""
    facts = history.games[["game_id", "season", "home_team", "away_team", "park_id", "scheduled_innings"]]
    placed = requests[["game_id", "stage", "as_of"]].reset_index(drop=True)
    placed = placed.merge(facts, on="game_id", how="left", validate="many_to_one")
    if placed.home_team.isna().any():
        raise KeyError(f"requested game_id {placed.game_id[placed.home_team.isna()].iloc[0]} is not among the games")
    placed["row"] = np.arange(len(placed))
    placed = placed.sort_values("as_of", kind="stable").reset_index(drop=True)
    return placed, latest_starters(placed, history.probables), latest_lineups(placed, history.lineups)


@dataclass(frozen=True)
class _Members:
    """The members of n games' sums, (n, k) each: their keys, and the weights with which they enter."""

    keys: NDArray[np.object_]
    weights: Floats


def _walk_filter(
    layout: FilterLayout,
    closes: pd.DataFrame,
    of_closes: _Members,
    requests: pd.DataFrame,
    of_requests: _Members,
    start: FilterState | None,
) -> tuple[Floats, Floats, FilterState]:
    """Walk one filter over closes (sorted by entry), evaluating requests (sorted by as_of) in between."""
    usable = closes[layout.observed].notna().to_numpy()
    closes, weights = closes[usable], of_closes.weights[usable]
    members, (learn, answer) = number_members(
        layout.kinds, [of_closes.keys[usable], of_requests.keys], start.members if start is not None else []
    )
    walker = DiagonalFilter(layout.blocks, members, layout.noise_variance)
    if start is not None:
        walker.restore(start)
    observed = closes[layout.observed].to_numpy(dtype=np.float64)
    days, seasons = closes.day.to_numpy(), closes.season.to_numpy()
    entry = pd.DatetimeIndex(closes.enters).asi8
    # Batch b is rows bounds[b]:bounds[b + 1]; a request that sees bounds[b] closes is evaluated after batch b - 1.
    bounds = np.append(np.flatnonzero(np.diff(entry, prepend=-1)), len(entry))
    visible = np.searchsorted(entry, pd.DatetimeIndex(requests.as_of).asi8, side="right")
    due = np.append(np.searchsorted(visible, bounds), len(requests))
    request_season = requests.season.to_numpy()
    mean, variance = np.full(len(requests), np.nan), np.full(len(requests), np.nan)
    for batch in range(len(bounds)):
        if batch:
            rows = slice(int(bounds[batch - 1]), int(bounds[batch]))
            walker.enter_season(int(seasons[rows.start]))
            walker.walk_to(int(days[rows.start]))
            walker.absorb(learn[rows], weights[rows], observed[rows])
        elif start is None:
            continue
        waiting = np.arange(due[batch], due[batch + 1])
        for season in np.unique(request_season[waiting]):
            walker.enter_season(int(season))
            now = waiting[request_season[waiting] == season]
            mean[now], variance[now] = walker.expect(answer[now], of_requests.weights[now])
    return mean, variance, walker.state()


def _columns_of(
    requests: pd.DataFrame,
    expected: Mapping[str, tuple[Floats, Floats]],
    prior: Mapping[str, Floats],
    batters: NDArray[np.object_],
    has_weather: NDArray[np.bool_],
    config: MemoryConfig,
) -> pd.DataFrame:
    announced = (requests.stage == LINEUP).to_numpy() & pd.notna(batters).all(axis=1)
    innings = np.where(requests.scheduled_innings == 7, config.seven_inning_share, 1.0)
    frame = requests[["row", "game_id", "stage"]].copy()
    frame["memory_home_logit"], frame["memory_home_variance"] = expected["home"]
    frame["memory_move_logit"] = expected["move"][0]
    frame["memory_total_move"] = expected["total_move"][0] * innings
    frame["memory_total"] = expected["total"][0] * innings
    frame["memory_total_variance"] = expected["total"][1] * innings**2
    # Before any close has entered, the prior alone would look like knowledge.
    has_close = np.isfinite(expected["residual"][0])
    frame["memory_baseball_logit"] = np.where(has_close, prior[WIN], np.nan)
    frame["memory_residual_logit"], frame["memory_residual_variance"] = expected["residual"]
    filters = np.where(has_weather, TOTAL_WITH_FORECAST, TOTAL_AT_OPEN)
    filters = np.where(requests.stage == LINEUP, TOTAL_AT_LINEUP, filters)
    mean, variance = np.full(len(requests), np.nan), np.full(len(requests), np.nan)
    for name in np.unique(filters).tolist():
        rows = filters == name
        mean[rows], variance[rows] = expected[name][0][rows], expected[name][1][rows]
    frame["memory_baseball_total"] = np.where(np.isfinite(mean), prior[RUNS], np.nan) * innings
    frame["memory_residual_total"], frame["memory_residual_total_variance"] = mean * innings, variance * innings**2
    for column, part in (("memory_lineup_home_logit", 0), ("memory_lineup_home_variance", 1)):
        frame[column] = np.where(announced, expected["home_with_batters"][part], np.nan)
    return frame


def _last_entry(enters: pd.Series, as_of: pd.Series, state: MemoryState | None) -> NDArray[np.object_] | pd.Series:
    """The last entry instant each request could see."""
    before = pd.NaT if state is None or state.entered_through == _NOTHING_ENTERED else state.entered_through
    stamps = pd.Series([before, *enters], dtype="datetime64[ns, UTC]")
    seen = np.searchsorted(pd.DatetimeIndex(enters).asi8, pd.DatetimeIndex(as_of).asi8, side="right")
    return stamps.iloc[seen].set_axis(as_of.index)
