"""What was announced about each game as of its request: starters, lineups, weather, umpire.

Belongs here: for each request, the latest announcement knowable at its instant.
Not here: results (records.py), features of the announcements (assembly.py).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.models import LINEUP
from mlb_ml_assets.features.decay import Floats, Ints
from mlb_ml_assets.features.facts import BATTING_ORDER, POSITIONS, GameHistory, latest_rows, latest_side_rows, take_rows
from mlb_ml_assets.features.knowable import utc_array
from mlb_ml_assets.features.records import Codes

# Wind direction seen from home plate, in the words of Retrosheet and of MLB; towards a corner it carries less.
_WIND = {
    "tocf": 1.0, "tolf": 0.8, "torf": 0.8, "out to cf": 1.0, "out to lf": 0.8, "out to rf": 0.8,
    "fromcf": -1.0, "fromlf": -0.8, "fromrf": -0.8, "in from cf": -1.0, "in from lf": -0.8, "in from rf": -0.8,
    "ltor": 0.0, "rtol": 0.0, "l to r": 0.0, "r to l": 0.0, "none": 0.0, "calm": 0.0, "varies": 0.0,
}  # fmt: skip


@dataclass(frozen=True)
class Announcements:
    """One row per request. Side arrays are interleaved as in the records; -1 and NaN: not announced."""

    starter: Ints  # (2 requests,)
    lineup: Ints  # (2 requests, 9)
    positions: Ints  # (2 requests, 9) fielding positions of the lineup, 0 where not known
    umpire: Ints  # (requests,)
    temperature: Floats  # degrees Fahrenheit
    wind_out: Floats  # miles an hour, out positive, in negative, 0 under a roof
    roof_closed: Floats  # 0 or 1
    known_at: NDArray[np.int64]  # latest known-at of what is used, nanoseconds UTC; 0 without any


def read_announcements(history: GameHistory, requests: pd.DataFrame, codes: dict[str, Codes]) -> Announcements:
    """The latest announcements at each request's `as_of`; at stage `open` only the starters and the forecast.

    Weather is the newest forecast known by then. Without one it is what an archive observed, at the lineup alone, or
    missing.
    """
    as_of = utc_array(requests["as_of"], "requests.as_of")
    games = requests["game_id"].to_numpy(dtype=np.int64)
    has_lineups = (requests["stage"] == LINEUP).to_numpy()
    starter_row = latest_side_rows(history.probables, games, as_of)
    lineup_row = np.where(np.repeat(has_lineups, 2), latest_side_rows(history.lineups, games, as_of), -1)
    positions_row = np.where(np.repeat(has_lineups, 2), latest_side_rows(history.lineup_positions, games, as_of), -1)
    condition_row = np.where(has_lineups, latest_rows(history.conditions, games, as_of), -1)
    forecast_row = latest_rows(history.forecasts, games, as_of)
    conditions, forecasts = history.conditions, history.forecasts
    speed, direction = _numbers(conditions["wind_speed_mph"]), _wind_sign(conditions["wind_direction"])
    roof = _numbers(conditions["roof_closed"])
    # Calm needs no direction; a closed roof needs neither.
    wind = np.where((roof == 1) | (speed == 0), 0.0, speed * direction)
    # What a live source observed is newer than any forecast that a bettor had.
    is_archived = take_rows(conditions["assumed"].to_numpy(dtype=bool), condition_row, missing=False)
    observed_row = np.where(is_archived, condition_row, -1)
    has_forecast, roof_now = forecast_row >= 0, take_rows(roof, condition_row, np.nan)
    roof_of_park = take_rows(_numbers(forecasts["roof_closed"]), forecast_row, np.nan)
    forecast_wind = take_rows(_numbers(forecasts["wind_out_mph"]), forecast_row, np.nan)
    lineup_codes = np.column_stack([codes["batter"].encode(history.lineups[slot]) for slot in BATTING_ORDER])
    stamps = np.maximum.reduce(
        [
            _stamps(history.probables, starter_row).reshape(-1, 2).max(axis=1),
            _stamps(history.lineups, lineup_row).reshape(-1, 2).max(axis=1),
            _stamps(history.lineup_positions, positions_row).reshape(-1, 2).max(axis=1),
            _stamps(history.conditions, condition_row),
            _stamps(history.forecasts, forecast_row),
        ]
    )
    return Announcements(
        starter=take_rows(codes["pitcher"].encode(history.probables["player_id"]), starter_row, -1),
        lineup=take_rows(lineup_codes, lineup_row, -1),
        positions=take_rows(_positions(history.lineup_positions), positions_row, 0),
        umpire=take_rows(codes["umpire"].encode(conditions["umpire_id"]), condition_row, -1),
        temperature=np.where(
            has_forecast,
            take_rows(_numbers(forecasts["temperature_fahrenheit"]), forecast_row, np.nan),
            take_rows(_numbers(conditions["temperature_fahrenheit"]), observed_row, np.nan),
        ),
        wind_out=np.where(
            has_forecast, np.where(roof_now == 1, 0.0, forecast_wind), take_rows(wind, observed_row, np.nan)
        ),
        roof_closed=np.where(np.isfinite(roof_now), roof_now, roof_of_park),
        known_at=stamps,
    )


def _positions(frame: pd.DataFrame) -> Ints:
    numbers = [pd.to_numeric(frame[name]).fillna(0).to_numpy(dtype=np.int64) for name in POSITIONS]
    return np.column_stack(numbers)


def _stamps(frame: pd.DataFrame, rows: Ints) -> NDArray[np.int64]:
    stamps = utc_array(frame["known_at"], "known_at").astype(np.int64)
    return np.asarray(take_rows(stamps, rows, 0), dtype=np.int64)


def _numbers(column: "pd.Series[float]") -> Floats:
    return pd.to_numeric(column).to_numpy(dtype=np.float64, na_value=np.nan)


def _wind_sign(directions: "pd.Series[str]") -> Floats:
    return np.asarray(directions.astype("string").str.lower().map(_WIND), dtype=np.float64)
