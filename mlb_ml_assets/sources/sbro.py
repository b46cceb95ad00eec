"""The sportsbookreviewsonline archive: one workbook a season, two rows a game, visitor first.

Belongs here: the three column sets, cells that are no numbers, and rows that must not be used, as archive frames.
Not here: know who plays whom under which id (identity/game_matching.py), stamps, or the database.
"""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from mlb_ml_assets.domain.books import book_table
from mlb_ml_assets.sources.archive_files import require_bounded_zip
from mlb_ml_assets.sources.archive_rows import (
    QUOTE_COLUMNS,
    ArchiveFrames,
    ArchiveShapeChanged,
    market_fault,
    two_sided_quotes,
)
from mlb_ml_assets.sources.spec import ArchiveSpec

SOURCE = "sbro"
FEED, BOOK = "workbook", "sportsbookreviewsonline"
INNINGS = ("1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th", "9th")
# 2010-13 has no run line; 2014-19 "Run Line", 2020-21 "RunLine"; totals are "Open OU" and later "OpenOU".
LINES = {"runline": "run_line", "openou": "open_total", "closeou": "close_total"}
# Underdogs' prices until 2018 are computed from the favourites'.
SYNTHETIC_BEFORE = 2019
# The sheet does not say which games are postseason. In 2010-18 the regular season ended on 4 October at the latest.
LAST_REGULAR_DAY = 4


def is_workbook(path: Path) -> bool:
    """Whether the file's name is one of the archive's: mlb-odds-2016.xlsx, mlb odds 2012.xlsx."""
    name = path.name.lower().replace(" ", "-")
    return name.startswith("mlb-odds-") and path.suffix.lower() == ".xlsx"


def read_workbook(path: Path) -> pd.DataFrame:
    """The sheet's rows with named columns: date, rotation, vh, team, pitcher, final, open, close, lines, prices, row.

    Raises:
        ArchiveShapeChanged: no workbook, no season in its name, or a column is missing.
    """
    from zipfile import BadZipFile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    digits = "".join(letter for letter in path.stem if letter.isdigit())
    if len(digits) != 4:
        raise ArchiveShapeChanged(f"{path.name}: no season in the file's name; the sheet has none either")
    try:
        require_bounded_zip(path)
        book = load_workbook(path, read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        book.close()
    except (InvalidFileException, BadZipFile, OSError, KeyError, ValueError, SyntaxError) as error:
        # A SyntaxError is the XML parser's.
        raise ArchiveShapeChanged(f"{path.name}: {error}") from error
    if not rows:
        raise ArchiveShapeChanged(f"{path.name}: the first sheet is empty")
    names = _column_names(rows[0], path.name)
    frame = pd.DataFrame(rows[1:], columns=range(len(rows[0])))[list(names.values())].set_axis(list(names), axis=1)
    return frame.assign(season=int(digits), row=range(2, len(rows) + 1), file=path.name)


def _column_names(header: tuple[Any, ...], where: str) -> dict[str, int]:
    """Our column name -> position."""
    found: dict[str, int] = {}
    for position, title in enumerate(header):
        plain = str(title or "").replace(" ", "").lower()
        if plain in LINES:
            found |= {LINES[plain]: position, f"{LINES[plain]}_price": position + 1}
        elif plain:
            found[plain] = position
    missing = [
        name
        for name in ("date", "rot", "vh", "team", "final", "open", "close", "open_total", "close_total")
        if name not in found
    ]
    if missing:
        raise ArchiveShapeChanged(f"{where}: no column {', '.join(missing)} in {header}")
    return found


def number(cells: "pd.Series[Any]") -> "pd.Series[float]":
    """Cells as numbers: 8½ is 8.5, pk is 100 for a price, x and NL are missing."""
    text = cells.astype("string").str.strip().str.lower()
    text = text.str.replace("½", ".5", regex=False).replace({"pk": "100", "even": "100"})
    return pd.to_numeric(text, errors="coerce").astype(float)


def parse_workbook(sheet: pd.DataFrame) -> ArchiveFrames:
    """Games in sheet order and their quotes; pairs of rows that make no game are set aside."""
    frames = ArchiveFrames(SOURCE)
    frames.read(str(sheet["file"].iloc[0]) if len(sheet) else "workbook", len(sheet))
    # Sheets end in rows that were cleared and not deleted.
    pairs = _paired(sheet[sheet[["date", "vh", "team", "final"]].notna().any(axis=1)], frames)
    pairs = _refuse(pairs, frames)
    frames.games_file = frames.file
    date = _days(pairs)
    order = pairs.groupby([date, "team_h", "team_v"]).cumcount() + 1
    together = pairs.groupby([date, "team_h", "team_v"])["row_v"].transform("size")
    ids = date.dt.strftime("%Y%m%d") + "-" + pairs["team_v"] + "@" + pairs["team_h"] + "-" + order.astype(str)
    late = date.dt.month.gt(10) | (date.dt.month.eq(10) & date.dt.day.gt(LAST_REGULAR_DAY))
    frames.tables["games"] = pd.DataFrame(
        {
            "source_game_id": ids,
            "place": pairs["file_v"] + " rows " + pairs["row_v"].astype(str) + " and " + pairs["row_h"].astype(str),
            "game_pk": np.nan,
            "game_date": date,
            "season": pairs["season"],
            "season_type": np.where(late, "postseason", "regular"),
            "home": pairs["team_h"],
            "away": pairs["team_v"],
            "game_number": order.clip(upper=2),
            "doubleheader": np.where(together > 1, "Y", "N"),
            "rotation": number(pairs["rot_v"]),
            "park_id": pd.Series(None, index=pairs.index, dtype=object),
            "day_night": pd.Series(None, index=pairs.index, dtype=object),
            "local_start": pd.Series(pd.NaT, index=pairs.index, dtype="datetime64[ns]"),
            "listed_start": pd.Series(pd.NaT, index=pairs.index, dtype="datetime64[ns, UTC]"),
            "played_on": date,
            "status": "final",
            "home_score": number(pairs["final_h"]),
            "away_score": number(pairs["final_v"]),
            "innings": np.nan,
            "home_line_score": None,
            "away_line_score": None,
            "suspended": False,
            "home_bats_first": False,
            "neutral_site": pairs["vh_v"].eq("N"),
            **{f"{side}_starter_{part}": None for side in ("home", "away") for part in ("id", "name")},
        }
    )
    _add_quotes(pairs.assign(source_game_id=ids, game_date=date.dt.strftime("%Y-%m-%d")), frames)
    return frames


def _days(pairs: pd.DataFrame) -> "pd.Series[Any]":
    """The day of each pair, month and day written 401 or 1004; missing where there is no such day."""
    written = number(pairs["date_v"])
    whole = written.where(written.mod(1).eq(0)).astype("Int64").astype("string").str.zfill(4)
    return pd.to_datetime(pairs["season"].astype("string") + whole, format="%Y%m%d", errors="coerce")


def _paired(sheet: pd.DataFrame, frames: ArchiveFrames) -> pd.DataFrame:
    """Rows two by two. A V (or N) row not followed by an H (or N) row is alone and is set aside."""
    vh = sheet["vh"].astype("string").str.strip().str.upper().fillna("")
    first = np.zeros(len(sheet), dtype=bool)
    second = np.zeros(len(sheet), dtype=bool)
    position, letters = 0, vh.tolist()
    while position + 1 < len(letters):
        if (letters[position], letters[position + 1]) in (("V", "H"), ("N", "N")):
            first[position] = second[position + 1] = True
            position += 2
        else:
            position += 1
    alone = ~(first | second)
    if alone.any():
        rows = sheet[alone]
        frames.reject(
            rows,
            "row without its opponent",
            [f"{file} row {row}" for file, row in zip(rows["file"], rows["row"], strict=True)],
        )
    visitors = sheet[first].assign(vh=vh[first]).reset_index(drop=True).add_suffix("_v")
    homes = sheet[second].assign(vh=vh[second]).reset_index(drop=True).add_suffix("_h")
    pairs = pd.concat([visitors, homes], axis=1)
    return pairs.assign(
        season=pairs["season_v"], **{f"team_{side}": pairs[f"team_{side}"].astype(str).str.strip() for side in "vh"}
    )


def _refuse(pairs: pd.DataFrame, frames: ArchiveFrames) -> pd.DataFrame:
    """Set aside pairs whose two rows do not tell of one played game."""
    rotation = number(pairs["rot_h"]) - number(pairs["rot_v"])
    tests = (
        ("no such day", _days(pairs).isna()),
        ("the two rows have different dates", number(pairs["date_v"]).ne(number(pairs["date_h"]))),
        ("rotation numbers do not follow each other", rotation.ne(1)),
        ("no result (NL)", number(pairs["final_v"]).isna() | number(pairs["final_h"]).isna()),
    )
    kept = pd.Series(data=True, index=pairs.index)
    for reason, wrong in tests:
        rows = pairs[wrong & kept]
        if len(rows):
            frames.reject(
                rows,
                reason,
                [
                    f"{row.file_v} row {row.row_v}: {row.team_v} {row.rot_v} of {row.date_v} at "
                    f"{row.team_h} {row.rot_h} of {row.date_h}, {row.final_v}-{row.final_h}"
                    for row in rows.itertuples()
                ],
            )
        kept &= ~wrong
    return pairs[kept].reset_index(drop=True)


def _add_quotes(pairs: pd.DataFrame, frames: ArchiveFrames) -> None:
    """Moneyline and total at open and close, run line at the close; away is row V, the over price is in row V."""
    prices = pd.DataFrame(index=pairs.index)
    for name in (
        "open",
        "close",
        "run_line",
        "run_line_price",
        "open_total",
        "open_total_price",
        "close_total",
        "close_total_price",
    ):
        for side in "vh":
            column = f"{name}_{side}"
            prices[column] = number(pairs[column]) if column in pairs else np.nan
    priced = prices.assign(
        source_game_id=pairs["source_game_id"],
        feed=FEED,
        book=BOOK,
        is_primary=True,
        updated_at=pd.Series(pd.NaT, index=pairs.index, dtype="datetime64[ns, UTC]"),
        synthetic_home=False,
        synthetic_away=False,
    )
    computed = pairs["season"].lt(SYNTHETIC_BEFORE)
    quotes = []
    for market, kind, first, second, line in (
        ("moneyline", "open", "open_h", "open_v", None),
        ("moneyline", "close", "close_h", "close_v", None),
        ("spread", "close", "run_line_price_h", "run_line_price_v", "run_line_h"),
        ("total", "open", "open_total_price_v", "open_total_price_h", "open_total_v"),
        ("total", "close", "close_total_price_v", "close_total_price_h", "close_total_v"),
    ):
        fault = market_fault(priced[first], priced[second], priced[line] if line else None, market)
        if line:
            other = priced[line[:-1] + ("v" if line.endswith("h") else "h")]
            agree = (priced[line] + other).eq(0) if market == "spread" else priced[line].eq(other)
            fault = fault.mask(fault.eq("") & ~agree, f"{market} numbers of the two rows disagree")
        for reason in sorted(set(fault) - {"", "no price"}):
            wrong = pairs[fault.eq(reason)]
            shown = priced.loc[wrong.index, [first, second, *([line] if line else [])]].to_numpy().tolist()
            frames.reject(wrong, reason, [f"{market} {kind}: {values}" for values in shown])
        good = priced[fault.eq("")]
        if market == "moneyline":
            favourite = good[first] < good[second]
            good = good.assign(
                synthetic_home=computed.loc[good.index] & ~favourite,
                synthetic_away=computed.loc[good.index] & favourite,
            )
            frames.repaired["half a point of American odds rounded"] += int(
                (good[[first, second]] % 1 != 0).any(axis=1).sum()
            )
        quotes.append(two_sided_quotes(good, market, kind, (first, second), line))
    frames.tables["archive_quotes"] = pd.concat(quotes, ignore_index=True)[list(QUOTE_COLUMNS)]


SPEC = ArchiveSpec(
    SOURCE,
    is_workbook,
    "workbooks (mlb-odds-2016.xlsx)",
    book_table("workbook:sportsbookreviewsonline | sportsbookreviewsonline | archive |"),
)
