"""What every archive of past seasons is parsed into.

Belongs here: the frames of an archive, its rejected and repaired records, and prices of a row turned into quotes.
Not here: stamps, team codes and parks (warehouse/archive_stamps.py gives those), or reading any one format.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.markets import SIDES_OF_MARKET
from mlb_ml_assets.sources.reading import SourceError
from mlb_ml_assets.sources.rows import Rejected

# Below 0 is no market, above .12 a data error: of 28,014 archive games, normal margins are .02 to .05.
OVERROUND_BOUNDS = (0.0, 0.12)
# A full game's total: the lowest number in ten seasons is 5, the highest 14.5.
TOTAL_BOUNDS = (4.0, 20.0)
QUOTE_COLUMNS = (
    "source_game_id",
    "feed",
    "book",
    "quote_kind",
    "market_type",
    "side",
    "odds",
    "line_value",
    "updated_at",
    "is_primary",
    "synthetic",
)


class ArchiveShapeChanged(SourceError, ValueError):
    """A file lacks a column, or holds one that cannot be read as what it was; the message names file and field."""


@dataclass(frozen=True)
class RejectedRow:
    """A rejected record and the file that it is from."""

    file: str
    rejected: Rejected


@dataclass
class ArchiveFrames:
    """One archive's records, in its own spellings.

    `games` has one row a game: source_game_id, game_pk, game_date, season, season_type, home, away (as spelled),
    game_number, doubleheader, rotation, park_id, day_night, local_start (wall clock, naive, NaT unless recorded),
    listed_start (UTC, NaT unless recorded), played_on (day the game ended), scores, innings, line scores, starters.
    The others are the staging tables of the same name without known_at. `repaired` counts what was corrected, by what
    was wrong.
    """

    source: str
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    rejected: list[RejectedRow] = field(default_factory=list)
    repaired: Counter[str] = field(default_factory=Counter)
    rows_read: Counter[str] = field(default_factory=Counter)
    file: str = ""
    games_file: str = ""

    def read(self, file: str, rows: int) -> None:
        """Note that a file's rows are parsed now: what is rejected from here on is of that file."""
        self.file = file
        self.rows_read[file] += rows

    def reject(self, rows: pd.DataFrame, reason: str, details: Iterable[str], *, file: str | None = None) -> None:
        """Set rows aside with their whole record. `file`: theirs, if it is not the one read last."""
        for record, detail in zip(plain_records(rows), details, strict=True):
            rejected = Rejected(
                reason[:60],
                detail,
                record,
                record.get("game_id") or record.get("source_game_id"),
                _day_or_none(record.get("game_date")),
            )
            self.rejected.append(RejectedRow(file or self.file, rejected))


def _day_or_none(value: object) -> date | None:
    """A day from the first ten characters of a value; None where these are none."""
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def drop_games(frames: ArchiveFrames, dropped: "pd.Series[bool]", reason: str, details: Iterable[str]) -> None:
    """Set games aside, and with them their rows in every other table. `dropped` is by the index of the games."""
    games = frames.tables["games"]
    wrong = games[dropped]
    frames.reject(wrong, reason, details, file=frames.games_file or None)
    ids = set(wrong["source_game_id"])
    frames.tables = {
        name: table[~table["source_game_id"].isin(ids)].reset_index(drop=True) if "source_game_id" in table else table
        for name, table in frames.tables.items()
    }


def plain_records(rows: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as dicts of JSON scalars; missing values are left out."""
    records: list[dict[str, Any]] = []
    for row in rows.to_dict(orient="records"):
        record: dict[str, Any] = {}
        for name, value in row.items():
            if value is None or value is pd.NaT or (isinstance(value, float) and np.isnan(value)):
                continue
            plain = value.item() if isinstance(value, np.generic) else value
            record[str(name)] = plain if isinstance(plain, str | int | float | bool) else str(plain)
        records.append(record)
    return records


def overround(first: "pd.Series[float]", second: "pd.Series[float]") -> "pd.Series[float]":
    """Margin of two-sided American prices: the break-even probabilities' sum, less one."""
    return break_even(first) + break_even(second) - 1.0


def break_even(american: "pd.Series[float]") -> "pd.Series[float]":
    """Probability at which an American price neither wins nor loses; missing for no price."""
    size = american.abs()
    return (100.0 / (100.0 + size)).where(american > 0, size / (100.0 + size)).where(american.notna())


def market_fault(
    first: "pd.Series[float]", second: "pd.Series[float]", line: "pd.Series[float] | None", market_type: str
) -> "pd.Series[str]":
    """What makes each two-sided quote unusable, empty where nothing does; rows without both prices are no quotes."""
    fault = pd.Series("", index=first.index, dtype=object)
    margin = overround(first, second)
    low, high = OVERROUND_BOUNDS
    fault = fault.mask(~margin.between(low, high), f"{market_type} overround outside {low:g} to {high:g}")
    fault = fault.mask((first.abs() < 100) | (second.abs() < 100), f"{market_type} price inside -100 to 100")
    if line is not None:
        fault = fault.mask(line.isna(), f"{market_type} without a number")
        if market_type == "total":
            fault = fault.mask(line.notna() & ~line.between(*TOTAL_BOUNDS), "total out of range")
        fault = fault.mask(line.notna() & ((line * 2) % 1 != 0), f"{market_type} line is no half or whole number")
    return fault.where(first.notna() & second.notna(), "no price")


def two_sided_quotes(
    rows: pd.DataFrame, market_type: str, quote_kind: str, prices: tuple[str, str], line: str | None
) -> pd.DataFrame:
    """Both sides of one market of each row as quotes (QUOTE_COLUMNS): the first price is home's or over's.

    `rows` carries source_game_id, feed, book, is_primary, synthetic (home), synthetic_away and updated_at. A spread's
    line is the home side's; the away side's is its opposite. Average prices are rounded to whole American odds.
    """
    sides = []
    for number, (side, price) in enumerate(zip(SIDES_OF_MARKET[market_type], prices, strict=True)):
        numbers = rows[line] if line is not None else pd.Series(np.nan, index=rows.index)
        sides.append(
            pd.DataFrame(
                {
                    "source_game_id": rows["source_game_id"],
                    "feed": rows["feed"],
                    "book": rows["book"],
                    "quote_kind": quote_kind,
                    "market_type": market_type,
                    "side": side,
                    "odds": np.round(rows[price]).astype("int64"),
                    "line_value": -numbers if market_type == "spread" and number == 1 else numbers,
                    "updated_at": rows["updated_at"],
                    "is_primary": rows["is_primary"],
                    "synthetic": rows[("synthetic_home", "synthetic_away")[number]]
                    if market_type == "moneyline"
                    else False,
                }
            )
        )
    return pd.concat(sides, ignore_index=True)


def missing_columns(frame: pd.DataFrame, needed: Iterable[str], where: str) -> None:
    """Refuse a file that lacks a column.

    Raises:
        ArchiveShapeChanged: naming the file and every missing column.
    """
    absent = [name for name in needed if name not in frame.columns]
    if absent:
        raise ArchiveShapeChanged(
            f"{where}: no column {', '.join(absent)}; it has {', '.join(map(str, frame.columns))}"
        )


def renamed(frame: pd.DataFrame, names: Mapping[str, str]) -> pd.DataFrame:
    """The named columns under their new names, in that order."""
    return frame[list(names)].rename(columns=dict(names))
