"""What baseball makes of a close: closing logits and totals regressed on the features of their games, as closes enter.

Belongs here: the columns and priors of these regressions, the walk over months, the expectation of each decision.
Not here: the arithmetic (running_regression.py), what teams and starters add to it (market_memory.py).

The expectation of a game uses the closes that had entered before its month began, so it never contains its own close.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.models import LINEUP, OPEN, STAGES
from mlb_ml_assets.features.declarations import BASEBALL_COLUMNS, win_shrinkages
from mlb_ml_assets.features.knowable import utc_array
from mlb_ml_assets.modeling.config import MemoryConfig
from mlb_ml_assets.modeling.design import Matrix, total_matrix, win_matrix
from mlb_ml_assets.modeling.running_regression import Regression, RunningRegression

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

WIN, RUNS = "logit", "total"
TARGETS = (WIN, RUNS)
_WEATHER = ("wind_out", "temperature")
# The column of the closes frame that each regression explains.
OBSERVED: Mapping[str, str] = {WIN: "close_logit", RUNS: "close_total"}


@dataclass(frozen=True)
class BaseballExpectations:
    """Expected closing logit and closing total (nine innings) from baseball; NaN where a game's features are missing.

    Attributes:
        of_closes: by target and stage, one value per close, from its features at that stage.
        of_requests: by target, one value per request, from its own features.
        states: of each regression after the last close, by target and stage.
    """

    of_closes: dict[tuple[str, str], Floats]
    of_requests: dict[str, Floats]
    states: dict[str, dict[str, object]]


def expect_from_baseball(
    closes: pd.DataFrame,
    requests: pd.DataFrame,
    features: pd.DataFrame,
    config: MemoryConfig,
    states: Mapping[str, Mapping[str, object]],
) -> BaseballExpectations:
    """Walk the regressions over closes, evaluating closes and requests month by month.

    Args:
        closes: game_id, enters, season, close_logit, close_total; in order of entry.
        requests: game_id, stage, as_of.
        features: game_id, stage, as_of and baseball columns, of the requests and of the games of the closes.
        config: penalties and priors.
        states: where to start, by target and stage; empty before the first close.
    """
    found = BaseballExpectations({}, {target: np.full(len(requests), np.nan) for target in TARGETS}, {})
    for stage in STAGES:
        rows = features[(features.stage == stage).to_numpy()].reset_index(drop=True)
        asked = np.flatnonzero((requests.stage == stage).to_numpy())
        place_of_close = _decided_rows(rows, closes.game_id, stage)
        place_of_request = _rows_of(rows, requests.iloc[asked])
        for target in TARGETS:
            matrix = columns_of(target, rows, stage)
            regression = RunningRegression(_regression(target, stage, matrix.names, config))
            name = f"{target}.{stage}"
            if name in states:
                regression.restore(states[name])
            at_close, at_request, found.states[name] = _walk(
                regression,
                closes,
                _take(matrix.values, place_of_close),
                closes[OBSERVED[target]].to_numpy(dtype=np.float64),
                utc_array(requests.as_of, "requests.as_of")[asked],
                _take(matrix.values, place_of_request),
            )
            found.of_requests[target][asked] = at_request
            found.of_closes[target, stage] = at_close
    return found


def as_stored(features: pd.DataFrame) -> pd.DataFrame:
    """The features in the 32 bits of the store: a past game's are read from it or built anew, and must be the same."""
    present = [name for name in BASEBALL_COLUMNS if name in features.columns]
    head = features[["game_id", "stage", "as_of"]].reset_index(drop=True)
    rounded = features[present].to_numpy(dtype=np.float32).astype(np.float64)
    return pd.concat([head, pd.DataFrame(rounded, columns=present)], axis=1)


def columns_of(target: str, features: pd.DataFrame, stage: str) -> Matrix:
    """The columns of one regression."""
    return win_matrix(features, stage) if target == WIN else total_matrix(features, stage)


def weather_of(features: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    """Temperature and wind of games: as a request knew them, or, for closes (rows without a stage), at the lineup."""
    if "stage" in rows.columns:
        known, place = features, _rows_of(features, rows)
    else:
        known = features[(features.stage == LINEUP).to_numpy()].reset_index(drop=True)
        place = _decided_rows(known, rows.game_id, LINEUP)
    return pd.DataFrame(_take(known[list(_WEATHER)].to_numpy(dtype=np.float64), place), columns=list(_WEATHER))


def no_features() -> pd.DataFrame:
    """A features frame without rows: nothing is expected from baseball."""
    stamps = pd.DatetimeIndex([], tz="UTC")
    head = pd.DataFrame({"game_id": pd.Series(dtype="int64"), "stage": pd.Series(dtype="object"), "as_of": stamps})
    return pd.concat([head, pd.DataFrame(columns=list(BASEBALL_COLUMNS), dtype=np.float64)], axis=1)


def _regression(target: str, stage: str, names: tuple[str, ...], config: MemoryConfig) -> Regression:
    runs = np.array([name.startswith("player_runs") for name in names], dtype=np.float64)
    if target == WIN:
        factors = {"runs": config.runs_factor, "player": config.player_factor, "team": 1.0}
        penalty = config.regression_penalty * np.array([factors[kind] for kind in win_shrinkages(stage)])
        return Regression(penalty, config.logit_per_player_run * runs, config.home_edge.prior_mean)
    return Regression(np.full(len(names), config.total_regression_penalty), runs, config.total_level.prior_mean)


def _walk(
    regression: RunningRegression,
    closes: pd.DataFrame,
    columns: Floats,
    observed: Floats,
    as_of: NDArray[np.datetime64],
    asked: Floats,
) -> tuple[Floats, Floats, dict[str, object]]:
    entered, decided = _months(utc_array(closes.enters, "closes.enters")), _months(as_of)
    seasons = closes.season.to_numpy(dtype=np.int64)
    usable = np.isfinite(observed) & np.isfinite(columns).any(axis=1)
    at_close, at_request = np.full(len(closes), np.nan), np.full(len(asked), np.nan)
    state = regression.to_dict()
    for month in np.union1d(entered, decided).tolist():
        regression.enter_month(month)
        wanted = decided == month
        at_request[wanted] = regression.expect(asked[wanted])
        now = entered == month
        if not now.any():
            continue
        at_close[now] = regression.expect(columns[now])
        for season in np.unique(seasons[now & usable]).tolist():
            rows = now & usable & (seasons == season)
            regression.absorb(columns[rows], observed[rows], season)
        # Of the last close's month: a request of a later month must not change where the next walk starts.
        state = regression.to_dict()
    return at_close, at_request, state


def _months(instants: NDArray[np.datetime64]) -> Ints:
    """Months since 1970-01, in UTC."""
    return np.asarray(instants.astype("datetime64[M]").astype(np.int64))


def _decided_rows(features: pd.DataFrame, games: "pd.Series[int]", stage: str) -> Ints:
    """The row of each game at its first decision (open) or its last (lineup); -1 for none."""
    ordered = features[["game_id", "as_of"]].sort_values("as_of", kind="stable")
    chosen = ordered.drop_duplicates("game_id", keep="first" if stage == OPEN else "last")
    places = pd.Series(chosen.index.to_numpy(), index=chosen.game_id)
    return np.asarray(places.reindex(games).fillna(-1).to_numpy(), dtype=np.int64)


def _rows_of(features: pd.DataFrame, requests: pd.DataFrame) -> Ints:
    """The row of each request by game, stage and instant; -1 for none."""
    keys = [
        pd.MultiIndex.from_arrays([rows.game_id, rows.stage, pd.DatetimeIndex(rows.as_of).asi8])
        for rows in (features, requests)
    ]
    return np.asarray(keys[0].get_indexer(keys[1]), dtype=np.int64)


def _take(values: Floats, rows: Ints) -> Floats:
    """Rows by place; NaN for -1."""
    padded = np.vstack([values, np.full((1, values.shape[1]), np.nan)])
    return np.asarray(padded[rows])
