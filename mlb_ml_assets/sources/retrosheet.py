"""Retrosheet's game logs: GLyyyy.TXT, 161 quoted fields a game, no header.

Belongs here: reading the logs, zipped or not, as archive frames.
Not here: play-by-play files, stamps, or the database.

The information used here was obtained free of charge from and is copyrighted by Retrosheet. Interested parties may
contact Retrosheet at www.retrosheet.org.
"""

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyarrow import csv as arrow_csv

from mlb_ml_assets.sources.archive_files import require_bounded_zip
from mlb_ml_assets.sources.archive_rows import ArchiveFrames, ArchiveShapeChanged
from mlb_ml_assets.sources.spec import ArchiveSpec

SOURCE = "retrosheet"
FIELDS = 161
# Field numbers, counted from 1 as Retrosheet's own description counts them.
DATE, NUMBER, VISITOR, HOME, VISITOR_SCORE, HOME_SCORE, OUTS, DAY_NIGHT, COMPLETION = 1, 2, 4, 7, 10, 11, 12, 13, 14
FORFEIT = 15
PARK, MINUTES, VISITOR_LINE, HOME_LINE, PLATE_UMPIRE = 17, 19, 20, 21, 78
ADDITIONAL = 160
VISITOR_OFFENSE, HOME_OFFENSE, VISITOR_ERRORS, HOME_ERRORS = 22, 50, 46, 74
STARTER = {"away": 102, "home": 104}
LINEUP = {"away": 106, "home": 133}
# Within a side's block of offense: at bats, hits, doubles, triples, home runs, …
OFFENCE = {"at_bats": 0, "hits": 1, "doubles": 2, "triples": 3, "home_runs": 4, "walks": 9, "strikeouts": 11,
           "stolen_bases": 12}  # fmt: skip


def is_log(path: Path) -> bool:
    """Whether the file's name is a game log's: gl2016.zip, GL2016.TXT."""
    name = path.name.lower()
    return name.startswith("gl") and name[2:6].isdigit() and path.suffix.lower() in (".zip", ".txt")


def read_logs(path: Path) -> pd.DataFrame:
    """All logs of a file as text, columns 1 to 161.

    Raises:
        ArchiveShapeChanged: no log inside, or a line without 161 fields.
    """
    texts = _texts(path)
    options = arrow_csv.ReadOptions(column_names=[str(number) for number in range(1, FIELDS + 1)])
    kinds = arrow_csv.ConvertOptions(column_types={str(number): "string" for number in range(1, FIELDS + 1)})
    try:
        parts = [arrow_csv.read_csv(BytesIO(text), read_options=options, convert_options=kinds) for text in texts]
    except ValueError as error:
        raise ArchiveShapeChanged(f"{path.name}: {error}; a game log has {FIELDS} fields a line") from error
    frame = pd.concat([part.to_pandas() for part in parts], ignore_index=True)
    numbered: pd.DataFrame = frame.set_axis(range(1, FIELDS + 1), axis=1)
    return numbered


def _texts(path: Path) -> list[bytes]:
    if path.suffix.lower() != ".zip":
        return [path.read_bytes()]
    try:
        require_bounded_zip(path)
        with zipfile.ZipFile(path) as archive:
            names = [name for name in archive.namelist() if name.lower().endswith(".txt")]
            if not names:
                raise ArchiveShapeChanged(f"{path.name}: no .TXT inside, but {', '.join(archive.namelist())}")
            return [archive.read(name) for name in names]
    except (zipfile.BadZipFile, OSError) as error:
        raise ArchiveShapeChanged(f"{path.name}: {error}") from error


def parse_logs(logs: pd.DataFrame, file: str = "game logs") -> ArchiveFrames:
    """Games, starters, lineups and team lines of the logs; forfeits and unreadable lines are set aside."""
    frames = ArchiveFrames(SOURCE)
    frames.read(file, len(logs))
    frames.games_file = file
    logs = _readable(logs.assign(line=range(1, len(logs) + 1)), frames)
    date = pd.to_datetime(logs[DATE], format="%Y%m%d")
    number = logs[NUMBER].astype(int)
    ids = logs[HOME] + logs[DATE] + logs[NUMBER]
    completed = pd.to_datetime(
        logs[COMPLETION].str[:8].where(logs[COMPLETION].ne("")), format="%Y%m%d", errors="coerce"
    )
    outs = pd.to_numeric(logs[OUTS])
    frames.tables["games"] = pd.DataFrame(
        {
            "source_game_id": ids,
            "place": f"{file} line " + logs["line"].astype(str),
            "game_pk": np.nan,
            "game_date": date,
            "season": date.dt.year,
            # Regular-season files; Retrosheet keeps the postseason's in others (GLWS, GLDV, …).
            "season_type": "regular",
            "home": logs[HOME],
            "away": logs[VISITOR],
            "game_number": number.clip(lower=1, upper=2),
            "doubleheader": np.where(number > 0, "Y", "N"),
            "rotation": np.nan,
            "park_id": logs[PARK],
            "day_night": logs[DAY_NIGHT],
            "local_start": pd.NaT,
            "listed_start": pd.Series(pd.NaT, index=logs.index, dtype="datetime64[ns, UTC]"),
            "played_on": completed.fillna(date),
            "status": "final",
            "home_score": pd.to_numeric(logs[HOME_SCORE]),
            "away_score": pd.to_numeric(logs[VISITOR_SCORE]),
            # Both sides' outs: 51 is nine innings without a bottom of the ninth.
            "innings": np.ceil(outs / 6),
            "home_line_score": logs[HOME_LINE],
            "away_line_score": logs[VISITOR_LINE],
            "suspended": completed.notna(),
            "home_bats_first": logs[ADDITIONAL].str.contains("HTBF").fillna(value=False),
            **_starters(logs),
        }
    ).astype({"local_start": "datetime64[ns]"})
    frames.tables["game_suspensions"] = _suspensions(ids, logs)
    frames.tables["game_conditions"] = pd.DataFrame(
        {
            "source_game_id": ids,
            "umpire_id": logs[PLATE_UMPIRE].replace("", None),
            "umpire_name": logs[PLATE_UMPIRE + 1].replace({"": None, "(none)": None}),
        }
    )
    frames.tables["probable_starters"] = _by_side(
        ids, {side: {"player_id": logs[field], "player_name": logs[field + 1]} for side, field in STARTER.items()}
    )
    frames.tables["lineups"] = _by_side(
        ids,
        {
            side: {"batters": logs[[field + 3 * n for n in range(9)]].to_numpy().tolist()}
            for side, field in LINEUP.items()
        },
    )
    frames.tables["team_lines"] = _by_side(
        ids,
        {
            "away": _offense(logs, VISITOR_OFFENSE, VISITOR_SCORE, VISITOR_ERRORS),
            "home": _offense(logs, HOME_OFFENSE, HOME_SCORE, HOME_ERRORS),
        },
    )
    return frames


def _suspensions(ids: "pd.Series[str]", logs: pd.DataFrame) -> pd.DataFrame:
    """Score and outs when a game was stopped: the completion field is "date,park,visitors,home,outs"."""
    parts = logs[COMPLETION].str.split(",", expand=True).reindex(columns=range(5))
    counts = parts.apply(pd.to_numeric, errors="coerce")
    table = pd.DataFrame({"source_game_id": ids, "home_score": counts[3], "away_score": counts[2], "outs": counts[4]})
    return table[logs[COMPLETION].ne("")].reset_index(drop=True)


def _readable(logs: pd.DataFrame, frames: ArchiveFrames) -> pd.DataFrame:
    whole = pd.to_datetime(logs[DATE], format="%Y%m%d", errors="coerce").notna()
    for field in (NUMBER, VISITOR_SCORE, HOME_SCORE, OUTS):
        whole &= logs[field].str.fullmatch(r"\d{1,3}").fillna(value=False)
    for field in (*_counts(VISITOR_OFFENSE, VISITOR_ERRORS), *_counts(HOME_OFFENSE, HOME_ERRORS)):
        whole &= logs[field].str.fullmatch(r"(-?\d{1,3})?").fillna(value=True)
    whole &= logs[DAY_NIGHT].isin(["D", "N"]) & (
        logs[[f + 3 * n for f in LINEUP.values() for n in range(9)]] != ""
    ).all(axis=1)
    _set_aside(logs[~whole], "game log line cannot be read", frames)
    logs = logs[whole]
    # V, H or T: awarded to a side, or to neither; the score of the field is not how it ended. Ties are games.
    forfeited = logs[FORFEIT].fillna("").ne("")
    _set_aside(logs[forfeited], "forfeit", frames)
    logs = logs[~forfeited]
    again = logs.duplicated([HOME, DATE, NUMBER])
    _set_aside(logs[again], "game is listed twice in the log", frames)
    return logs[~again].reset_index(drop=True)


def _set_aside(logs: pd.DataFrame, reason: str, frames: ArchiveFrames) -> None:
    if len(logs):
        named = logs.rename(columns=str)
        rows = zip(named["line"], named["1"], named["7"], strict=True)
        games = [f"{frames.file} line {line}: {date} {home}" for line, date, home in rows]
        frames.reject(named, reason, games)


def _starters(logs: pd.DataFrame) -> dict[str, Any]:
    return {
        f"{side}_starter_{part}": logs[field + offset]
        for side, field in STARTER.items()
        for part, offset in (("id", 0), ("name", 1))
    }


def _counts(block: int, errors: int) -> tuple[int, ...]:
    """Fields of one club's batting and errors."""
    return (*(block + offset for offset in OFFENCE.values()), errors)


def _offense(logs: pd.DataFrame, block: int, score: int, errors: int) -> dict[str, Any]:
    counts = {name: pd.to_numeric(logs[block + offset]) for name, offset in OFFENCE.items()}
    return counts | {"runs": pd.to_numeric(logs[score]), "errors": pd.to_numeric(logs[errors])}


def _by_side(ids: "pd.Series[str]", sides: dict[str, dict[str, Any]]) -> pd.DataFrame:
    return pd.concat(
        [pd.DataFrame({"source_game_id": ids, "side": side, **columns}) for side, columns in sides.items()],
        ignore_index=True,
    )


SPEC = ArchiveSpec(SOURCE, is_log, "Retrosheet logs (gl2016.zip)")
