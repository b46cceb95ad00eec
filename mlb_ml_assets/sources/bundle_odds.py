"""Odds of the history bundle: opens and closes of six feeds, and price histories.

Belongs here: odds_open_close and line_history as archive quotes, and which of their rows must not be used.
Not here: games, stamps by rule (a quote without its own stamp leaves with none), or the database.
"""

from typing import Any

import numpy as np
import pandas as pd

from mlb_ml_assets.sources.archive_rows import QUOTE_COLUMNS, ArchiveFrames, market_fault, two_sided_quotes

# market, kind, prices (home or over first), line
OPEN_CLOSE = (
    ("moneyline", "open", ("ml_open_home", "ml_open_away"), None),
    ("moneyline", "close", ("ml_close_home", "ml_close_away"), None),
    ("spread", "close", ("rl_price_home", "rl_price_away"), "rl_home"),
    ("total", "open", ("over_open", "under_open"), "total_open"),
    ("total", "close", ("over_close", "under_close"), "total_close"),
)
HISTORY = (
    ("moneyline", ("ml_home", "ml_away"), None),
    ("spread", ("rl_price_home", "rl_price_away"), "rl_home"),
    ("total", ("over", "under"), "total"),
)
# sportsbookreviewsonline computed underdogs' prices from the favourites' until 2018.
SYNTHETIC_FEED, SYNTHETIC_BEFORE = "sbro", 2019


def listed_starts(history: pd.DataFrame) -> "pd.Series[Any]":
    """Scheduled start by game_id, where a price history states it."""
    recorded = history.dropna(subset=["commence_utc"]).drop_duplicates("game_id", keep="last")
    return pd.Series(pd.to_datetime(recorded["commence_utc"], utc=True).array, index=recorded["game_id"].array)


def parse_open_close(odds: pd.DataFrame, frames: ArchiveFrames, listed: "pd.Series[Any] | None" = None) -> None:
    """Opening and closing prices as quotes; rows with an `odds_defect`, and unusable markets, are set aside.

    `listed` dates the opens of Pinnacle 2016, whose `mins_open` counts minutes before the scheduled start.
    """
    frames.read("odds_open_close", len(odds))
    defect = odds["odds_defect"].fillna("")
    bad = odds[defect.ne("")]
    for reason, rows in bad.groupby("odds_defect"):
        frames.reject(rows, str(reason), [f"{feed}: {reason}" for feed in rows["source"]])
    rows = odds[defect.eq("")].assign(source_game_id=odds["game_id"], feed=odds["source"])
    swapped = int(rows["swapped"].sum()) if "swapped" in rows else 0
    if swapped:
        frames.repaired["home and away swapped by the feed, turned by the bundle"] += swapped
    archive = rows["feed"].eq(SYNTHETIC_FEED) & rows["season"].lt(SYNTHETIC_BEFORE)
    unstamped = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns, UTC]")
    opened = unstamped
    if listed is not None and "mins_open" in rows:
        start = rows["game_id"].map(listed).astype("datetime64[ns, UTC]")
        opened = (start - pd.to_timedelta(rows["mins_open"], unit="min")).dt.round("s")
    quotes = []
    for market, kind, prices, line in OPEN_CLOSE:
        usable = _usable(rows, market, prices, line, frames, f"{market} {kind}")
        both = usable[list(prices)]
        usable = usable.assign(
            updated_at=opened.loc[usable.index] if kind == "open" else unstamped.loc[usable.index],
            synthetic_home=archive.loc[usable.index] & (both.iloc[:, 0] > both.iloc[:, 1]),
            synthetic_away=archive.loc[usable.index] & (both.iloc[:, 1] >= both.iloc[:, 0]),
        )
        quotes.append(two_sided_quotes(usable, market, kind, prices, line))
        averages = int((usable[list(prices)] % 1 != 0).any(axis=1).sum())
        if averages:
            frames.repaired["average price rounded to whole American odds"] += averages
    _add_quotes(frames, quotes)


def _usable(
    rows: pd.DataFrame, market: str, prices: tuple[str, str], line: str | None, frames: ArchiveFrames, what: str
) -> pd.DataFrame:
    fault = market_fault(rows[prices[0]], rows[prices[1]], rows[line] if line else None, market)
    for reason in sorted(set(fault) - {"", "no price"}):
        wrong = rows[fault.eq(reason)]
        shown = wrong[[*prices, *([line] if line else [])]].itertuples(index=False)
        frames.reject(
            wrong.drop(columns=["source_game_id", "feed"], errors="ignore"),
            reason,
            [f"{feed} {what}: {tuple(values)}" for feed, values in zip(wrong["feed"], shown, strict=True)],
        )
    return rows[fault.eq("")]


def parse_line_history(history: pd.DataFrame, frames: ArchiveFrames) -> None:
    """Price histories as quotes: ticks of change logs reduced to changes, first and last prices of other books.

    A log row repeats all three markets when one moves; a market's row is kept only where its own price or number
    changed. Of several changes with one stamp the last in source order counts.
    """
    frames.read("line_history", len(history))
    rows = history.assign(
        # A snapshot is a price that a book showed at that instant; between two of one price nothing changed.
        kind=history["kind"].replace({"snapshot": "tick"}),
        source_game_id=history["game_id"],
        feed=history["source"],
        updated_at=pd.to_datetime(history["ts_utc"], utc=True),
        is_primary=False,
        synthetic_home=False,
        synthetic_away=False,
    )
    quotes = []
    for market, prices, line in HISTORY:
        for kind, recorded in rows.groupby("kind"):
            usable = _usable(recorded, market, prices, line, frames, f"{market} {kind}")
            if kind == "tick":
                usable = _changes(usable, [*prices, *([line] if line else [])], market, frames)
            quotes.append(two_sided_quotes(usable, market, str(kind), prices, line))
    _add_quotes(frames, quotes)


def _changes(ticks: pd.DataFrame, values: list[str], market: str, frames: ArchiveFrames) -> pd.DataFrame:
    """Rows where this market changed; one a stamp. Source order inside a stamp counts, so the sort is stable."""
    key = ["source_game_id", "book"]
    stamped = [*key, "updated_at"]
    several = ticks[[*stamped, *values]].drop_duplicates().duplicated(stamped)
    if several.any():
        frames.repaired[f"several {market} changes with one stamp: the last counts"] += int(several.sum())
    ticks = ticks.sort_values(stamped, kind="stable").drop_duplicates(stamped, keep="last")
    return ticks[_differs(ticks, key, values)]


def _differs(ticks: pd.DataFrame, key: list[str], values: list[str]) -> np.ndarray:
    columns = ticks[[*key, *values]]
    changed: np.ndarray = (columns != columns.shift()).any(axis=1).to_numpy()
    return changed


def _add_quotes(frames: ArchiveFrames, quotes: list[pd.DataFrame]) -> None:
    held = [frames.tables["archive_quotes"]] if "archive_quotes" in frames.tables else []
    table = pd.concat([*held, *quotes], ignore_index=True)[list(QUOTE_COLUMNS)]
    frames.tables["archive_quotes"] = table
