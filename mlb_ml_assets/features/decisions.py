"""The instants at which a game is decided: its stages, and the stored price that each uses.

Belongs here: from games, their market lines and lineups to (game, stage, as_of) requests, at a given now.
Not here: what was known at those instants (facts.py), features, prices themselves.
"""

from datetime import datetime
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.domain.models import LINEUP, OPEN
from mlb_ml_assets.domain.time_rules import CUTOFF_BEFORE_START, OPENING_HOUR
from mlb_ml_assets.features.facts import SIDES
from mlb_ml_assets.features.knowable import Instants, utc_array

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
    # Arrays, because pandas took 10 ms for a day, which a resident pricer asks for with every price.
    ids = games["game_id"].to_numpy(dtype=np.int64)
    opened = _extreme(ids, market_lines[market_lines["stage"] == OPEN], np.maximum)
    priced = _extreme(ids, market_lines[market_lines["stage"] == LINEUP], np.maximum)
    sides = [_extreme(ids, lineups[lineups["side"] == side], np.minimum) for side in SIDES]
    named = np.maximum(*sides)
    present = np.datetime64(pd.Timestamp(now).tz_convert("UTC").tz_localize(None), "ns")

    cutoff = utc_array(games["start"], "games.start") - np.timedelta64(CUTOFF_BEFORE_START)
    opening = np.where(np.isnat(opened), _noon_before(games["game_date"]), opened) if np.isnat(opened).any() else opened
    opening = np.minimum(np.fmax(opening, _naive(games["schedule_known_at"])), cutoff)
    # Where the new schedule became known after the first price, a later price may be quoted by then.
    first_is_later = (priced > opened) & (priced <= opening)

    passed = cutoff <= present
    lineup_known = ~np.isnat(named) & (named <= present)
    newest = np.fmax(np.fmax(priced, opening), named)
    every = np.ones(len(ids), dtype=bool)
    parts = [
        (opening <= present, OPEN, opening, first_is_later),
        (passed, LINEUP, cutoff, every),
        (~passed & lineup_known & (newest <= present), LINEUP, newest, every),
        (~passed & ~lineup_known & (priced > opening) & (priced <= present), OPEN, priced, every),
    ]
    game = np.concatenate([ids[chosen] for chosen, *_ in parts])
    as_of = np.concatenate([instants[chosen] for chosen, _, instants, _ in parts])
    stage = np.concatenate([np.full(chosen.sum(), stage, dtype=object) for chosen, stage, *_ in parts])
    at_lineup = np.concatenate([is_lineup[chosen] for chosen, _, _, is_lineup in parts])
    order = np.lexsort((stage == OPEN, game, as_of))
    return pd.DataFrame(
        {
            "game_id": game[order],
            "stage": stage[order],
            "as_of": pd.DatetimeIndex(as_of[order]).tz_localize("UTC"),
            "price_stage": np.where(at_lineup, LINEUP, OPEN).astype(object)[order],
        }
    )


def _extreme(ids: NDArray[np.int64], facts: pd.DataFrame, choose: np.ufunc) -> Instants:
    """The latest (np.maximum) or earliest (np.minimum) instant of the facts about each game; NaT without one."""
    order = np.argsort(ids, kind="stable")
    about = facts["game_id"].to_numpy(dtype=np.int64)
    stamps = utc_array(facts["known_at"], "known_at")
    places = np.searchsorted(ids[order], about)
    is_asked = (places < len(ids)) & (ids[order[np.minimum(places, len(ids) - 1)]] == about) if len(ids) else about < 0
    # As whole numbers, of which NaT is the least.
    bound = np.iinfo(np.int64).min if choose is np.maximum else np.iinfo(np.int64).max
    found = np.full(len(ids), bound, dtype=np.int64)
    choose.at(found, order[places[is_asked]], stamps[is_asked].astype(np.int64))
    found[found == bound] = np.iinfo(np.int64).min
    return found.astype("datetime64[ns]")


def _naive(stamps: "pd.Series[Any]") -> Instants:
    return np.asarray(pd.to_datetime(stamps, utc=True).dt.tz_localize(None), dtype="datetime64[ns]")


def _noon_before(game_date: "pd.Series[Any]") -> Instants:
    noon = pd.to_datetime(game_date) - pd.Timedelta(days=1) + pd.Timedelta(hours=OPENING_HOUR.hour)
    return utc_array(noon.dt.tz_localize(EASTERN), "noon")
