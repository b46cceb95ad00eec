"""Retrosheet's season archives (`2016csvs.zip`), rearranged as a history bundle.

Belongs here: the archive's members, their columns and codes for the unknown, and the bundle frames built from them.
Not here: fetching archives (downloads.py), the bundle's own rules (history_bundle.py), the database.

Columns and codes: Retrosheet's description of its CSV downloads. What the archives lack is missing in the bundle: pitch
counts, batted-ball types, gamePks. The information is copyrighted by Retrosheet; `NOTICE` goes with every copy.
"""

import re
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from mlb_ml_assets.sources.archive_rows import ArchiveShapeChanged, missing_columns
from mlb_ml_assets.sources.history_bundle import BATTING_ORDER, BULLPEN_COUNTS, STARTER_COUNTS, TEAM_COUNTS

NOTICE: Final = (
    "The information used here was obtained free of charge from and is copyrighted by Retrosheet. "
    "Interested parties may contact Retrosheet at www.retrosheet.org."
)
SIDES: Final = ("home", "away")
_INNINGS: Final = tuple(f"inn{n}" for n in range(1, 29))
_LINEUP: Final = tuple(f"start_l{n}" for n in BATTING_ORDER)
# Players by position, 10 is the designated hitter.
_FIELDERS: Final = tuple(f"start_f{n}" for n in range(1, 11))

MEMBERS: Final[dict[str, tuple[str, ...]]] = {
    "gameinfo": (
        "gid", "visteam", "hometeam", "site", "date", "number", "starttime", "daynight", "innings", "usedh", "htbf",
        "timeofgame", "attendance", "fieldcond", "precip", "sky", "temp", "winddir", "windspeed", "forfeit", "suspend",
        "umphome", "gametype", "vruns", "hruns", "season",
    ),
    "teamstats": ("gid", "team", "stattype", *_INNINGS, "d_e", *_LINEUP, *_FIELDERS),
    "batting": (
        "gid", "id", "team", "b_lp", "b_seq", "stattype", "b_pa", "b_ab", "b_r", "b_h", "b_d", "b_t", "b_hr", "b_sh",
        "b_sf", "b_hbp", "b_w", "b_iw", "b_k", "b_sb", "b_roe",
    ),
    "pitching": (
        "gid", "id", "team", "p_seq", "stattype", "p_ipouts", "p_bfp", "p_h", "p_d", "p_t", "p_hr", "p_r", "p_er",
        "p_w", "p_iw", "p_k", "p_hbp",
    ),
    "allplayers": ("id", "last", "first", "bat", "throw"),
}  # fmt: skip
# A season's members are about 60 MB; plays, which nothing here reads, are 100 MB more.
_LARGEST_MEMBER: Final = 400 * 1024 * 1024
_GAME_TYPES: Final = {
    "regular": "R", "playoff": "R", "wildcard": "F", "divisionseries": "D", "lcs": "L", "worldseries": "W",
}  # fmt: skip
_TEAM_BATTING: Final = {
    "batting_ab": "b_ab", "batting_r": "b_r", "batting_h": "b_h", "batting_2b": "b_d", "batting_3b": "b_t",
    "batting_hr": "b_hr", "batting_bb": "b_w", "batting_so": "b_k", "batting_sb": "b_sb",
}  # fmt: skip
_PITCHING: Final = {
    "batters_faced": "p_bfp", "hits": "p_h", "runs": "p_r", "earned_runs": "p_er", "walks": "p_w",
    "hit_batters": "p_hbp", "strikeouts": "p_k", "homeruns": "p_hr",
}  # fmt: skip
_BATTER_LINES: Final = {
    "plate_appearances": "b_pa", "at_bats": "b_ab", "hits": "b_h", "doubles": "b_d", "triples": "b_t",
    "home_runs": "b_hr", "walks": "b_w", "intentional_walks": "b_iw", "hit_by_pitch": "b_hbp", "strikeouts": "b_k",
    "sacrifice_bunts": "b_sh", "sacrifice_flies": "b_sf", "reached_on_error": "b_roe",
}  # fmt: skip
_PITCHER_LINES: Final = {
    "batters_faced": "p_bfp", "outs": "p_ipouts", "hits": "p_h", "doubles": "p_d", "triples": "p_t",
    "home_runs": "p_hr", "earned_runs": "p_er", "walks": "p_w", "intentional_walks": "p_iw", "hit_batters": "p_hbp",
    "strikeouts": "p_k",
}  # fmt: skip


@dataclass(frozen=True)
class Season:
    """One archive: its members as text, by name without season and suffix, and the rows that are left out by reason."""

    name: str
    members: dict[str, pd.DataFrame]
    left_out: Counter[str] = field(default_factory=Counter)


def is_season_archive(path: Path) -> bool:
    """Whether the file is named as Retrosheet names a season's archive: 2016csvs.zip."""
    return re.fullmatch(r"\d{4}csvs\.zip", path.name) is not None


def read_season(path: Path) -> Season:
    """One season's archive. Rows of doubtful counts (`stattype` other than value) are left out.

    Raises:
        ArchiveShapeChanged: not a zip file, a member or a column is missing, or a member is larger than any season's.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = {name: _read_member(archive, path.name, name) for name in MEMBERS}
    except zipfile.BadZipFile as error:
        raise ArchiveShapeChanged(f"{path.name}: {error}") from error
    season = Season(path.name, members)
    for name, table in members.items():
        if "stattype" in table:
            doubtful = table["stattype"] != "value"
            season.left_out[f"{name}: counts that are not final"] += int(doubtful.sum())
            members[name] = table[~doubtful]
    games = members["gameinfo"]
    counted = games["gametype"].isin(_GAME_TYPES) & games["forfeit"].isna()
    for reason, count in games.loc[~counted, "gametype"].value_counts().items():
        season.left_out[f"gameinfo: {reason} game that no market settles on"] += int(count)
    members["gameinfo"] = games[counted]
    return season


def _read_member(archive: zipfile.ZipFile, archive_name: str, name: str) -> pd.DataFrame:
    found = [info for info in archive.infolist() if re.fullmatch(rf"(.*/)?\d*{name}\.csv", info.filename)]
    if len(found) != 1:
        raise ArchiveShapeChanged(f"{archive_name}: {len(found)} members named {name}.csv, 1 is expected")
    if found[0].file_size > _LARGEST_MEMBER:
        raise ArchiveShapeChanged(f"{archive_name}: {found[0].filename} expands to {found[0].file_size:,} bytes")
    place = f"{archive_name}: {found[0].filename}"
    with archive.open(found[0]) as file:
        header = file.readline().decode().strip().split(",")
    table = pd.DataFrame(columns=header)
    missing_columns(table, MEMBERS[name], place)
    options = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(header, pa.string()), include_columns=list(MEMBERS[name]), strings_can_be_null=True,
        null_values=[""],
    )  # fmt: skip
    try:
        with archive.open(found[0]) as file:
            read: pd.DataFrame = arrow_csv.read_csv(file, convert_options=options).to_pandas()
    except (ValueError, zipfile.BadZipFile) as error:
        raise ArchiveShapeChanged(f"{place}: {error}") from error
    return read


def build_bundle(seasons: list[Season], register: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """A history bundle's files, by name without suffix, from one or more seasons.

    Args:
        seasons: of `read_season`.
        register: the Chadwick register's rows of Retrosheet players (chadwick.py): key_retro, key_mlbam, birth_year,
            birth_month, birth_day.
    """
    tables = {name: pd.concat([season.members[name] for season in seasons], ignore_index=True) for name in MEMBERS}
    games = tables["gameinfo"].set_index("gid", drop=False)
    people = _people(tables["allplayers"], register)
    mlbam = people.set_index("retro_id")["mlbam_id"]
    team, batting, pitching = (_with_sides(tables[name], games) for name in ("teamstats", "batting", "pitching"))
    appearances = pitching.assign(p_seq=pd.to_numeric(pitching["p_seq"]))
    starters, relievers = (appearances[mask] for mask in (appearances["p_seq"] == 1, appearances["p_seq"] > 1))
    return {
        "games": _games(games, team, starters, people),
        "lineups": _lineups(games, team),
        "people": people,
        "starter_lines": _starter_lines(games, starters, mlbam),
        "bullpen_lines": _bullpen_lines(games, starters, relievers),
        "team_lines": _team_lines(games, team, batting),
        "batter_lines": _batter_lines(batting, games),
        "pitcher_lines": _pitcher_lines(appearances, games),
        "lineup_positions": _lineup_positions(team, games),
        "conditions": _conditions(games),
    }


def _with_sides(table: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    table = table[table["gid"].isin(games.index)]
    is_home = table["team"].to_numpy() == games["hometeam"].reindex(table["gid"]).to_numpy()
    return table.assign(side=np.where(is_home, "home", "away"))


def _iso(days: "pd.Series[str]") -> "pd.Series[str]":
    return days.str.slice(0, 4) + "-" + days.str.slice(4, 6) + "-" + days.str.slice(6, 8)


def _known(column: "pd.Series[str]", *unknown: str) -> "pd.Series[str]":
    return column.mask(column.isin(unknown))


def _is_true(column: "pd.Series[str]") -> "pd.Series[bool]":
    return column.str.lower().eq("true").fillna(value=False).astype(bool)


def _of_side(table: pd.DataFrame, side: str, games: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    return table[table["side"] == side].drop_duplicates("gid").set_index("gid")[columns].reindex(games.index)


def _line_scores(innings: pd.DataFrame, played: "pd.Series[int]") -> list[str | None]:
    lines: list[str | None] = []
    for runs, count in zip(innings.to_numpy(), played, strict=True):
        cells = ["x" if pd.isna(run) else run if len(run) == 1 else f"({run})" for run in runs[:count]]
        lines.append("".join(cells) or None)
    return lines


def _games(games: pd.DataFrame, team: pd.DataFrame, starters: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    names = people.set_index("retro_id")
    full_name = names["first"] + " " + names["last"]
    innings = {side: _of_side(team, side, games, list(_INNINGS)) for side in SIDES}
    # The last inning that either side batted in; the side that need not bat has a blank there.
    numbers = pd.Series(range(1, len(_INNINGS) + 1), index=list(_INNINGS))
    played = (innings["home"].notna() | innings["away"].notna()).mul(numbers).max(axis=1).astype(int)
    frame = pd.DataFrame(
        {
            "game_id": games["gid"],
            "game_pk": pd.array([None] * len(games), dtype="Int64"),
            "game_date": _iso(games["date"]),
            "season": games["season"],
            "game_type": games["gametype"].map(_GAME_TYPES),
            "home_team": games["hometeam"],
            "away_team": games["visteam"],
            "dh_number": games["number"],
            "home_score": games["hruns"],
            "away_score": games["vruns"],
        }
    )
    for side in SIDES:
        starter = _of_side(starters, side, games, ["id"])["id"]
        frame[f"{side}_starter_id"] = starter
        frame[f"{side}_starter_name"] = starter.map(full_name)
        frame[f"{side}_starter_mlbam"] = starter.map(names["mlbam_id"])
    frame["park"] = games["site"]
    frame["day_night"] = games["daynight"].map({"day": "D", "night": "N"})
    frame["starttime"] = _known(games["starttime"], "0:00PM", "0:00AM", "0:00")
    frame["innings"] = played
    frame["scheduled_innings"] = games["innings"]
    frame["attendance"] = _known(games["attendance"], "0")
    frame["duration_min"] = _known(games["timeofgame"], "0")
    frame["suspended"] = games["suspend"].notna()
    frame["home_bats_first"] = _is_true(games["htbf"])
    frame["temp"] = _known(games["temp"], "0")
    frame["windspeed"] = _known(games["windspeed"], "-1")
    for column in ("winddir", "sky", "precip", "fieldcond"):
        frame[column] = games[column]
    frame["ump_hp_id"] = _known(games["umphome"], "(none)")
    frame["ump_hp_name"] = None
    frame["home_line"] = _line_scores(innings["home"], played)
    frame["away_line"] = _line_scores(innings["away"], played)
    return frame.reset_index(drop=True)


def _lineups(games: pd.DataFrame, team: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame({"game_id": games.index}, index=games.index)
    for side in SIDES:
        slots = _of_side(team, side, games, list(_LINEUP))
        for n, column in zip(BATTING_ORDER, _LINEUP, strict=True):
            frame[f"{side}_bat{n}_id"] = slots[column]
    complete = frame.notna().all(axis=1)
    return frame[complete].reset_index(drop=True)


def _people(players: pd.DataFrame, register: pd.DataFrame) -> pd.DataFrame:
    players = players.drop_duplicates("id", keep="last")
    known = register.drop_duplicates("key_retro").set_index("key_retro").reindex(players["id"])
    return pd.DataFrame(
        {
            "retro_id": players["id"].to_numpy(),
            "first": players["first"].to_numpy(),
            "last": players["last"].to_numpy(),
            "bats": players["bat"].to_numpy(),
            "throws": players["throw"].to_numpy(),
            **{f"birth_{part}": known[f"birth_{part}"].to_numpy() for part in ("year", "month", "day")},
            "debut": None,
            "mlbam_id": known["key_mlbam"].to_numpy(),
        }
    )


def _counts(table: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Numbers of the named columns; blank stays missing."""
    return pd.DataFrame({name: pd.to_numeric(table[column]) for name, column in columns.items()}, index=table.index)


def _completed_on(games: pd.DataFrame) -> "pd.Series[str]":
    """The day a game ended: a suspended game keeps the day it began as its date."""
    return _iso(games["suspend"].where(games["suspend"].notna(), games["date"]))


def _starter_lines(games: pd.DataFrame, starters: pd.DataFrame, mlbam: "pd.Series[str]") -> pd.DataFrame:
    frame = pd.DataFrame({"game_id": games.index, "date": _completed_on(games)}, index=games.index)
    for side in SIDES:
        lines = _of_side(starters, side, games, ["id", "p_ipouts", *_PITCHING.values()])
        # A pitcher without an MLBAM id keeps his Retrosheet id, as everywhere.
        frame[f"{side}_starter_id"] = lines["id"].map(mlbam).astype("string").fillna(lines["id"].astype("string"))
        frame[f"{side}_starter_team"] = games["hometeam" if side == "home" else "visteam"]
        frame[f"{side}_starter_ip"] = pd.to_numeric(lines["p_ipouts"]) / 3
        counts = _counts(lines, _PITCHING)
        for count in STARTER_COUNTS:
            frame[f"{side}_starter_{count}"] = counts.get(count)
    return frame.reset_index(drop=True)


def _bullpen_lines(games: pd.DataFrame, starters: pd.DataFrame, relievers: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame({"game_id": games.index}, index=games.index)
    columns = {"outs": "p_ipouts", **{count: _PITCHING[count] for count in BULLPEN_COUNTS}}
    for side in SIDES:
        lines = relievers[relievers["side"] == side]
        # A complete game has a bullpen line of zeros; a game without pitching lines has none.
        has_line = games.index.isin(starters.loc[starters["side"] == side, "gid"])
        sums = _counts(lines, columns).groupby(lines["gid"]).sum(min_count=1).reindex(games.index)
        sums = sums.where(sums.notna() | ~has_line[:, None], 0)
        frame[f"{side}_bullpen_ip"] = sums["outs"] / 3
        for count in BULLPEN_COUNTS:
            frame[f"{side}_bullpen_{count}"] = sums[count]
    return frame.reset_index(drop=True)


def _team_lines(games: pd.DataFrame, team: pd.DataFrame, batting: pd.DataFrame) -> pd.DataFrame:
    frame = pd.DataFrame({"game_id": games.index, "date": _completed_on(games)}, index=games.index)
    for side in SIDES:
        frame[f"{side}_team_abbreviation"] = games["hometeam" if side == "home" else "visteam"]
        lines = batting[batting["side"] == side]
        sums = _counts(lines, _TEAM_BATTING).groupby(lines["gid"]).sum(min_count=1).reindex(games.index)
        errors = pd.to_numeric(_of_side(team, side, games, ["d_e"])["d_e"])
        for count in TEAM_COUNTS:
            frame[f"{side}_{count}"] = errors if count == "fielding_e" else sums[count]
    return frame.reset_index(drop=True)


def _keys(table: pd.DataFrame, games: pd.DataFrame) -> dict[str, "pd.Series[str]"]:
    season = table["gid"].map(games["season"])
    return {"retro_game_id": table["gid"], "game_id": table["gid"], "season": season, "side": table["side"]}


def _batter_lines(batting: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    keys = {**_keys(batting, games), "player_id": batting["id"], "slot": batting["b_lp"]}
    started = batting["b_seq"].eq("1").astype(int)
    return pd.DataFrame({**keys, "started": started, **_counts(batting, _BATTER_LINES)}).reset_index(drop=True)


def _pitcher_lines(pitching: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    keys = {**_keys(pitching, games), "player_id": pitching["id"], "appearance": pitching["p_seq"]}
    return pd.DataFrame({**keys, **_counts(pitching, _PITCHER_LINES)}).reset_index(drop=True)


def _lineup_positions(team: pd.DataFrame, games: pd.DataFrame) -> pd.DataFrame:
    """Fielding position (1-9, 10 is the designated hitter) of each batting slot; a batter without one is missing."""
    keys = _keys(team, games)
    position = {
        (gid, side, player): n
        for n, column in enumerate(_FIELDERS, start=1)
        for gid, side, player in zip(team["gid"], team["side"], team[column], strict=True)
        if isinstance(player, str)
    }
    slots = {
        f"position_{n}": [position.get(place) for place in zip(team["gid"], team["side"], team[column], strict=True)]
        for n, column in zip(BATTING_ORDER, _LINEUP, strict=True)
    }
    return pd.DataFrame(
        {"retro_game_id": keys["retro_game_id"], "side": keys["side"], **slots, "game_id": keys["game_id"],
         "season": keys["season"]}
    ).reset_index(drop=True)  # fmt: skip


def _conditions(games: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "retro_game_id": games["gid"],
            "game_id": games["gid"],
            "season": games["season"],
            "starttime": _known(games["starttime"], "0:00PM", "0:00AM", "0:00"),
            "daynight": games["daynight"],
            "temp": _known(games["temp"], "0"),
            "winddir": games["winddir"],
            "windspeed": _known(games["windspeed"], "-1"),
            "sky": games["sky"],
            "precip": games["precip"],
            "umphome": _known(games["umphome"], "(none)"),
            "usedh": games["usedh"],
        }
    ).reset_index(drop=True)
