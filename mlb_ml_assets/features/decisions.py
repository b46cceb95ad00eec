"""The instants at which a game is decided: its stages, and the stored price that each uses.

Belongs here: from games, their market lines and lineups to (game, stage, as_of) requests, at a given now.
Not here: what was known at those instants (facts.py), features, prices themselves.
"""

from datetime import datetime
from typing import Final

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.domain.models import LINEUP, OPEN
from mlb_ml_assets.domain.time_rules import CUTOFF_BEFORE_START, OPENING_HOUR
from mlb_ml_assets.features.facts import SIDES
from mlb_ml_assets.features.knowable import utc_array

COLUMNS: Final = ("game_id", "stage", "as_of", "price_stage")


def decision_requests(
    games: pd.DataFrame, market_lines: pd.DataFrame, lineups: pd.DataFrame, now: datetime
) -> pd.DataFrame:
    """The decision times of each game, from what is stored at `now`.

    A game whose cutoff has passed has two requests: `open` at the first decision on its prices (noon Eastern of the
    day before where it has none), and `lineup` at the cutoff, 60 minutes before the scheduled start. Before the cutoff
    it has `open` at its first decision, and one more at its newest data instant: `lineup` once both lineups are known,
    `open` again where the price has moved since. A rescheduled game opens anew when its new schedule became known,
    because its features depend on it. The same data gives the same requests.

    Args:
        games: game_id, game_date, start, schedule_known_at (of rescheduled games, else NaT).
        market_lines: game_id, stage, market_type, known_at.
        lineups: game_id, side, known_at.
        now: an instant with a zone; no later decision is returned.

    Returns:
        game_id, stage, as_of (UTC), price_stage: the stage of curated.market_lines whose price the request uses.
    """
    frame = games[["game_id", "game_date", "start", "schedule_known_at"]].copy()
    frame["cutoff"] = utc_array(frame["start"], "games.start") - np.timedelta64(CUTOFF_BEFORE_START)
    frame["opened"] = frame["game_id"].map(_latest(market_lines[market_lines["stage"] == OPEN]))
    frame["priced"] = frame["game_id"].map(_latest(market_lines[market_lines["stage"] == LINEUP]))
    frame["named"] = frame["game_id"].map(_both_sides(lineups))
    present = np.datetime64(pd.Timestamp(now).tz_convert("UTC").tz_localize(None), "ns")

    cutoff = frame["cutoff"].to_numpy("datetime64[ns]")
    opened = _naive(frame["opened"])
    opening = np.where(np.isnat(opened), _noon_before(frame["game_date"]), opened)
    opening = np.minimum(np.fmax(opening, _naive(frame["schedule_known_at"])), cutoff)
    priced, named = _naive(frame["priced"]), _naive(frame["named"])
    # Where the new schedule became known after the first price, a later price may be quoted by then.
    first_price = np.where((priced > opened) & (priced <= opening), LINEUP, OPEN)

    passed = cutoff <= present
    lineup_known = ~np.isnat(named) & (named <= present)
    newest = np.fmax(np.fmax(priced, opening), named)
    newest_price = np.full(len(frame), LINEUP)
    parts = [
        _requests(frame, opening <= present, OPEN, opening, first_price),
        _requests(frame, passed, LINEUP, cutoff, newest_price),
        _requests(frame, ~passed & lineup_known & (newest <= present), LINEUP, newest, newest_price),
        _requests(
            frame, ~passed & ~lineup_known & (priced > opening) & (priced <= present), OPEN, priced, newest_price
        ),
    ]
    return pd.concat(parts, ignore_index=True).sort_values(["as_of", "game_id", "stage"], ignore_index=True)


def _requests(
    frame: pd.DataFrame, chosen: np.ndarray, stage: str, as_of: np.ndarray, price_stage: np.ndarray
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "game_id": frame["game_id"].to_numpy()[chosen],
            "stage": stage,
            "as_of": pd.DatetimeIndex(as_of[chosen]).tz_localize("UTC"),
            "price_stage": price_stage[chosen],
        }
    )


def _latest(lines: pd.DataFrame) -> pd.Series:
    return lines.groupby("game_id")["known_at"].max()


def _both_sides(lineups: pd.DataFrame) -> pd.Series:
    if lineups.empty:
        # A day without games: pandas cannot unstack no rows of instants with a zone.
        return pd.Series(dtype="object")
    first = lineups.groupby(["game_id", "side"])["known_at"].min().unstack().dropna()
    # If only one team of each game has announced its lineup, there are both columns and no row, whose maximum pandas
    # refuses to take.
    known = len(first) and set(first.columns) == set(SIDES)
    return first.max(axis=1) if known else pd.Series(dtype="object")


def _naive(stamps: pd.Series) -> np.ndarray:
    return pd.to_datetime(stamps, utc=True).dt.tz_localize(None).to_numpy("datetime64[ns]")


def _noon_before(game_date: pd.Series) -> np.ndarray:
    noon = pd.to_datetime(game_date) - pd.Timedelta(days=1) + pd.Timedelta(hours=OPENING_HOUR.hour)
    return noon.dt.tz_localize(EASTERN).dt.tz_convert("UTC").dt.tz_localize(None).to_numpy("datetime64[ns]")
