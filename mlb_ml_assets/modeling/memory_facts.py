"""From history frames to the closes that market memory absorbs, each with the instant it enters.

Belongs here: the entry rule of closes, and the starters and batters known at an instant.
Not here: filters (kalman.py), features of the same facts (features/).
"""

from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.domain.logit import logit
from mlb_ml_assets.domain.markets import MONEYLINE, TOTAL
from mlb_ml_assets.features.facts import BATTING_ORDER, latest_side_rows, take_rows
from mlb_ml_assets.features.knowable import batch_instants, day_numbers, entry_days, utc_array
from mlb_ml_assets.modeling.design import adjust_total, column


class MarketHistory(Protocol):
    """The frames of a game history that market memory reads (columns as in features.facts)."""

    @property
    def games(self) -> pd.DataFrame:
        """The schedule, one row per game."""

    @property
    def results(self) -> pd.DataFrame:
        """Final scores and actual starters."""

    @property
    def probables(self) -> pd.DataFrame:
        """Listed starters by side and instant."""

    @property
    def lineups(self) -> pd.DataFrame:
        """Announced batting orders by side and instant."""

    @property
    def market_lines(self) -> pd.DataFrame:
        """Prices by stage and market."""


def enters_at(game_date: pd.Series, known_at: pd.Series) -> pd.Series:
    """When a game's facts enter: with the batch of the morning after its date, or the first after they were known.

    Args:
        game_date: official dates, naive.
        known_at: UTC instants, same index.

    Returns:
        UTC instants; NaT where `known_at` is.
    """
    has_stamp = known_at.notna().to_numpy()
    days = day_numbers(game_date)
    days[has_stamp] = entry_days(utc_array(known_at[has_stamp], "known_at"), days[has_stamp])
    return pd.Series(batch_instants(days), index=game_date.index).where(has_stamp)


def _prices(market_lines: pd.DataFrame, stage: str, market_type: str) -> pd.DataFrame:
    rows = market_lines[(market_lines.stage == stage) & (market_lines.market_type == market_type)]
    rows = rows[rows.fair_probability.notna()].sort_values("known_at", kind="stable")
    return rows.drop_duplicates("game_id", keep="last").set_index("game_id")


def _logit(probability: pd.Series) -> pd.Series:
    inside = probability.where((probability > 0.0) & (probability < 1.0))
    return pd.Series(logit(inside), index=inside.index)


def entered_closes(history: MarketHistory, runs_per_probability: float, seven_inning_share: float) -> pd.DataFrame:
    """Every game completed on its own date that has a closing price, in order of entry.

    Suspended games carry their original date and are left out; a game without a result never enters.

    Returns:
        One row per game: game_id, enters (UTC), day (of the game, since 1970-01-01), season, home_team,
        away_team, park_id, home_starter_id, away_starter_id (actual), close_logit, move_logit (close - open),
        close_total, move_total (price-adjusted, in runs of nine innings).
    """
    results = history.results.sort_values("known_at", kind="stable").drop_duplicates("game_id", keep="first")
    results = results[~results.suspended.astype(bool)]
    frame = history.games.merge(
        results[["game_id", "known_at", "home_starter_id", "away_starter_id"]], on="game_id", how="inner"
    )
    moneyline = _prices(history.market_lines, "close", MONEYLINE.key)
    total = _prices(history.market_lines, "close", TOTAL.key)
    frame["close_logit"] = frame.game_id.map(_logit(moneyline.fair_probability))
    frame["open_logit"] = frame.game_id.map(
        _logit(_prices(history.market_lines, "open", MONEYLINE.key).fair_probability)
    )
    shortened = pd.Series(np.where(frame.scheduled_innings == 7, seven_inning_share, 1.0), index=frame.index)
    for stage in ("close", "open"):
        prices = _prices(history.market_lines, stage, TOTAL.key)
        adjusted = adjust_total(column(prices, "line_value"), column(prices, "fair_probability"), runs_per_probability)
        frame[f"{stage}_total"] = frame.game_id.map(pd.Series(adjusted, index=prices.index)) / shortened
    closed_at = pd.concat([moneyline.known_at, total.known_at]).groupby(level=0).max()
    known = frame.game_id.map(closed_at)
    frame = frame[known.notna()].copy()
    known = known[frame.index]
    frame["enters"] = enters_at(frame.game_date, known.where(known > frame.known_at, frame.known_at))
    frame["day"] = (frame.game_date - pd.Timestamp(0)).dt.days
    frame["move_logit"] = frame.close_logit - frame.open_logit
    frame["move_total"] = frame.close_total - frame.open_total
    return frame.sort_values(["enters", "game_id"], kind="stable").reset_index(drop=True)


def latest_starters(requests: pd.DataFrame, probables: pd.DataFrame) -> pd.DataFrame:
    """Probable starters as of each request: columns home, away; NaN where none was listed."""
    players = take_rows(probables.player_id.to_numpy(dtype=object), _latest_rows(requests, probables), np.nan)
    return pd.DataFrame({"home": players[0::2], "away": players[1::2]})


def latest_lineups(requests: pd.DataFrame, lineups: pd.DataFrame) -> NDArray[np.object_]:
    """(n, 18) batter ids as announced as of each request, home nine first; None where not announced."""
    batters = lineups[list(BATTING_ORDER)].to_numpy(dtype=object)
    return take_rows(batters, _latest_rows(requests, lineups), None).reshape(len(requests), 2 * len(BATTING_ORDER))


def _latest_rows(requests: pd.DataFrame, facts: pd.DataFrame) -> NDArray[np.int64]:
    games = requests.game_id.to_numpy(dtype=np.int64)
    return latest_side_rows(facts, games, utc_array(requests.as_of, "requests.as_of"))
