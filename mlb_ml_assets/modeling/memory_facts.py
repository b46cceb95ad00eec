"""From history frames to the facts that market memory walks through, each with the instant it enters.

Belongs here: the lag rule for closes, and who was known to start or bat at an instant.
Not here: filters, or features of the same facts (features/).
"""

from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from mlb_ml_assets.features.knowable import EASTERN, day_numbers, entry_days, utc_array

SIDES = ("home", "away")
BATTERS = tuple(f"batter_{slot}" for slot in range(1, 10))


class MarketHistory(Protocol):
    """The frames of a game history that market memory reads (columns as in features.facts)."""

    @property
    def games(self) -> pd.DataFrame:
        """The schedule, one row a game."""

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
    """A game's facts enter with the batch of 06:00 Eastern the day after its date, or the first after they were known.

    Args:
        game_date: official dates, naive.
        known_at: UTC instants, same index.

    Returns:
        UTC instants; NaT where `known_at` is.
    """
    held = known_at.notna().to_numpy()
    days = day_numbers(game_date)
    days[held] = entry_days(utc_array(known_at[held], "known_at"), days[held])
    mornings = pd.to_datetime(days + 1, unit="D") + pd.Timedelta(hours=6)
    stamps = mornings.tz_localize(EASTERN).tz_convert("UTC")
    return pd.Series(stamps, index=game_date.index).where(held)


def adjusted_total(line: pd.Series, over_probability: pd.Series, runs_per_probability: float) -> pd.Series:
    """A total's number moved to where its price says the median lies, in runs."""
    return line + runs_per_probability * (over_probability - 0.5)


def _prices(market_lines: pd.DataFrame, stage: str, market_type: str) -> pd.DataFrame:
    rows = market_lines[(market_lines.stage == stage) & (market_lines.market_type == market_type)]
    rows = rows[rows.fair_probability.notna()].sort_values("known_at", kind="stable")
    return rows.drop_duplicates("game_id", keep="last").set_index("game_id")


def _logit(probability: pd.Series) -> pd.Series:
    inside = probability.where((probability > 0.0) & (probability < 1.0))
    return pd.Series(np.log(inside) - np.log1p(-inside))


def entered_closes(history: MarketHistory, runs_per_probability: float, seven_inning_share: float) -> pd.DataFrame:
    """Every game that was played to an end on its own date and has a closing price, in order of entry.

    Suspended games carry their original date and are left out; a game without a result never enters.

    Returns:
        One row a game: game_id, enters (UTC), day (of the game, since 1970-01-01), season, home_team,
        away_team, park_id, home_starter_id, away_starter_id (actual), close_logit, move_logit (close - open),
        close_total, move_total (numbers price-adjusted, in runs of nine innings).
    """
    results = history.results.sort_values("known_at", kind="stable").drop_duplicates("game_id", keep="first")
    results = results[~results.suspended.astype(bool)]
    frame = history.games.merge(
        results[["game_id", "known_at", "home_starter_id", "away_starter_id"]], on="game_id", how="inner"
    )
    moneyline = _prices(history.market_lines, "close", "moneyline")
    total = _prices(history.market_lines, "close", "total")
    frame["close_logit"] = frame.game_id.map(_logit(moneyline.fair_probability))
    frame["open_logit"] = frame.game_id.map(_logit(_prices(history.market_lines, "open", "moneyline").fair_probability))
    shortened = pd.Series(np.where(frame.scheduled_innings == 7, seven_inning_share, 1.0), index=frame.index)
    for stage in ("close", "open"):
        prices = _prices(history.market_lines, stage, "total")
        number = adjusted_total(prices.line_value, prices.fair_probability, runs_per_probability)
        frame[f"{stage}_total"] = frame.game_id.map(number) / shortened
    closed_at = pd.concat([moneyline.known_at, total.known_at]).groupby(level=0).max()
    known = frame.game_id.map(closed_at)
    frame = frame[known.notna()].copy()
    known = known[frame.index]
    frame["enters"] = enters_at(frame.game_date, known.where(known > frame.known_at, frame.known_at))
    frame["day"] = (frame.game_date - pd.Timestamp(0)).dt.days
    frame["move_logit"] = frame.close_logit - frame.open_logit
    frame["move_total"] = frame.close_total - frame.open_total
    return frame.sort_values(["enters", "game_id"], kind="stable").reset_index(drop=True)


def _latest(requests: pd.DataFrame, facts: pd.DataFrame) -> pd.DataFrame:
    """The last row of `facts` per request and side with known_at ≤ as_of; `row` is the request's position."""
    asked = pd.DataFrame(
        {
            "row": np.arange(len(requests)),
            "game_id": requests.game_id.to_numpy(),
            "as_of": pd.DatetimeIndex(requests.as_of),
        }
    )
    joined = asked.merge(facts, on="game_id", how="inner")
    joined = joined[joined.known_at <= joined.as_of]
    if joined.duplicated(["row", "side"]).any():
        joined = joined.sort_values("known_at", kind="stable").drop_duplicates(["row", "side"], keep="last")
    return joined


def latest_starters(requests: pd.DataFrame, probables: pd.DataFrame) -> pd.DataFrame:
    """Probable starters as listed at each request's as_of: columns home, away; NaN where none stood listed."""
    known = _latest(requests, probables)
    out = pd.DataFrame(index=np.arange(len(requests)), columns=list(SIDES), dtype=object)
    for side in SIDES:
        rows = known[known.side == side]
        out.loc[rows.row, side] = rows.player_id.to_numpy()
    return out


def latest_lineups(requests: pd.DataFrame, lineups: pd.DataFrame) -> NDArray[np.object_]:
    """(n, 18) batter ids as announced at each request's as_of, home nine first; None where not announced."""
    known = _latest(requests, lineups)
    out = np.full((len(requests), 18), None, dtype=object)
    for offset, side in ((0, "home"), (9, "away")):
        rows = known[known.side == side]
        out[rows.row.to_numpy(), offset : offset + 9] = rows[list(BATTERS)].to_numpy()
    return out
