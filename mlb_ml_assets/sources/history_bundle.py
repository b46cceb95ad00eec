"""The history bundle: gzipped CSV of past seasons, games, lineups, box-score lines and people.

Belongs here: its files, their columns, and games and box scores as archive frames.
Not here: its odds (bundle_odds.py), stamps, or the database.
"""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from pyarrow import csv as arrow_csv

from mlb_ml_assets.domain.books import book_table
from mlb_ml_assets.sources import reading
from mlb_ml_assets.sources.archive_files import read_plain
from mlb_ml_assets.sources.archive_rows import ArchiveFrames, ArchiveShapeChanged, missing_columns
from mlb_ml_assets.sources.bundle_rows import clocks
from mlb_ml_assets.sources.spec import ArchiveSpec

SOURCE = "history_bundle"
# P is ours, for a postseason game whose round no source recorded.
SEASON_TYPES = {"R": "regular", **dict.fromkeys("FDLWP", "postseason"), "S": "spring"}
BATTING_ORDER = range(1, 10)
# On one admission the second game starts half an hour after the first ends; five hours apart are two admissions.
SPLIT_GAP = pd.Timedelta(hours=5)

FILES: dict[str, tuple[str, ...]] = {
    "games": (
        "game_id", "game_pk", "game_date", "season", "game_type", "home_team", "away_team", "dh_number", "home_score",
        "away_score", "home_starter_id", "home_starter_name", "home_starter_mlbam", "away_starter_id",
        "away_starter_name", "away_starter_mlbam", "park", "day_night", "starttime", "innings",
        "suspended", "home_bats_first", "temp", "windspeed", "winddir", "sky", "precip", "ump_hp_id", "ump_hp_name",
        "home_line", "away_line",
    ),
    "lineups": ("game_id", *(f"{side}_bat{n}_id" for side in ("home", "away") for n in BATTING_ORDER)),
    "people": ("retro_id", "first", "last", "bats", "throws", "birth_year", "birth_month", "birth_day", "debut",
               "mlbam_id"),
    "starter_lines": ("game_id", "date", "home_starter_id", "away_starter_id", "home_starter_team"),
    "bullpen_lines": ("game_id", "home_bullpen_ip", "away_bullpen_ip"),
    "team_lines": ("game_id", "date", "home_team_abbreviation", "home_batting_ab", "away_batting_ab"),
    "odds_open_close": ("game_id", "game_date", "source", "book", "is_primary", "ml_open_home", "ml_close_home",
                        "rl_home", "total_open", "total_close", "odds_defect"),
    "line_history": ("game_id", "source", "book", "kind", "ts_utc", "commence_utc", "ml_home", "rl_home", "total"),
}  # fmt: skip

STARTER_COUNTS = {
    "batters_faced": "batters_faced", "hits": "hits", "runs": "runs", "earned_runs": "earned_runs", "walks": "walks",
    "hit_batters": "hit_batters", "strikeouts": "strikeouts", "homeruns": "home_runs", "pitches": "pitches",
    "ground_outs": "ground_outs", "air_outs": "air_outs",
}  # fmt: skip
BULLPEN_COUNTS = {"hits": "hits", "earned_runs": "earned_runs", "walks": "walks", "strikeouts": "strikeouts",
                  "homeruns": "home_runs"}  # fmt: skip
TEAM_COUNTS = {"batting_ab": "at_bats", "batting_r": "runs", "batting_h": "hits", "batting_2b": "doubles",
               "batting_3b": "triples", "batting_hr": "home_runs", "batting_bb": "walks", "batting_so": "strikeouts",
               "batting_sb": "stolen_bases", "fielding_e": "errors"}  # fmt: skip
# Line scores and ids that a CSV reader would take for numbers.
TEXT_COLUMNS = (
    "home_line",
    "away_line",
    "game_id",
    "starttime",
    "game_date",
    "date",
    "ts_utc",
    "commence_utc",
    "debut",
)


def is_bundle_file(path: Path) -> bool:
    """Whether the file's name is one of the bundle's."""
    return path.name.split(".", 1)[0] in FILES and path.suffixes[:1] == [".csv"]


def read_file(path: Path) -> pd.DataFrame:
    """One CSV of the bundle, gzipped or not.

    Raises:
        ArchiveShapeChanged: not CSV, or a column is missing.
    """
    name = path.name.split(".", 1)[0]
    options = arrow_csv.ConvertOptions(
        column_types=dict.fromkeys(TEXT_COLUMNS, "string"), strings_can_be_null=True, null_values=[""]
    )
    try:
        body = reading.utf8(read_plain(path))
        text = body if b"\n" in body else body.replace(b"\r", b"\n")
        frame: pd.DataFrame = arrow_csv.read_csv(BytesIO(text), convert_options=options).to_pandas()
    except (OSError, EOFError, ValueError) as error:
        raise ArchiveShapeChanged(f"{path.name}: {error}") from error
    missing_columns(frame, FILES[name], path.name)
    return frame


def parse_games(games: pd.DataFrame, frames: ArchiveFrames, listed: "pd.Series[Any] | None" = None) -> None:
    """Games, conditions and probables; `listed` is the scheduled start by game_id where an odds feed recorded it."""
    frames.read("games", len(games))
    frames.games_file = "games"
    wall = pd.to_datetime(games["game_date"], format="%Y-%m-%d") + clocks(games["starttime"])
    listed_start = pd.Series(pd.NaT, index=games.index, dtype="datetime64[ns, UTC]")
    if listed is not None:
        listed_start = games["game_id"].map(listed).astype("datetime64[ns, UTC]")
    date = pd.to_datetime(games["game_date"])
    frames.tables["games"] = pd.DataFrame(
        {
            "source_game_id": games["game_id"],
            "place": "games.csv line " + (games.index + 2).astype(str),
            "game_pk": games["game_pk"],
            "game_date": date,
            "season": games["season"],
            "season_type": games["game_type"].map(SEASON_TYPES),
            "home": games["home_team"],
            "away": games["away_team"],
            "game_number": games["dh_number"].clip(lower=1),
            "doubleheader": _doubleheaders(games, wall),
            "rotation": np.nan,
            "park_id": games["park"],
            "day_night": games["day_night"],
            "local_start": wall,
            "listed_start": listed_start,
            "played_on": date,
            "status": "final",
            "home_score": games["home_score"],
            "away_score": games["away_score"],
            "innings": games["innings"],
            "home_line_score": games["home_line"],
            "away_line_score": games["away_line"],
            "suspended": games["suspended"],
            "home_bats_first": games["home_bats_first"],
            **{
                f"{side}_starter_{part}": games[f"{side}_starter_{part}"]
                for side in ("home", "away")
                for part in ("id", "name")
            },
        }
    )
    frames.tables["games"] = frames.tables["games"].reset_index(drop=True)
    unknown = {"unknown": None}
    dome = games["sky"].eq("dome")
    frames.tables["game_conditions"] = pd.DataFrame(
        {
            "source_game_id": games["game_id"],
            "temperature_fahrenheit": games["temp"],
            "wind_speed_mph": games["windspeed"],
            "wind_direction": games["winddir"].replace(unknown),
            "sky": games["sky"].replace(unknown),
            "precipitation": games["precip"].replace(unknown),
            # 'dome' says closed; any other recorded sky says open; unknown says nothing.
            "roof_closed": dome.where(games["sky"].notna() & games["sky"].ne("unknown")),
            "umpire_id": games["ump_hp_id"],
            "umpire_name": games["ump_hp_name"],
        }
    )
    frames.tables["probable_starters"] = pd.concat(
        [
            pd.DataFrame(
                {
                    "source_game_id": games["game_id"],
                    "side": side,
                    "player_id": games[f"{side}_starter_id"],
                    "player_name": games[f"{side}_starter_name"],
                }
            )
            for side in ("home", "away")
        ],
        ignore_index=True,
    )


def _doubleheaders(games: pd.DataFrame, wall: "pd.Series[Any]") -> "pd.Series[Any]":
    """N single, Y one admission, S split: distinguished by the time between the two starts where both are recorded."""
    kind = pd.Series("N", index=games.index).mask(games["dh_number"] > 0, "Y")
    day = games["game_id"].str[:-1]
    firsts, seconds = games["dh_number"].eq(1), games["dh_number"].eq(2)
    gap = wall[seconds] - day[seconds].map(pd.Series(wall[firsts].array, index=day[firsts].array))
    split = set(day[seconds][gap > SPLIT_GAP])
    return kind.mask(day.isin(split) & kind.eq("Y"), "S")


def parse_lineups(lineups: pd.DataFrame, frames: ArchiveFrames) -> None:
    """Starting nines in batting order, Retrosheet ids."""
    frames.read("lineups", len(lineups))
    sides = []
    for side in ("home", "away"):
        slots = lineups[[f"{side}_bat{n}_id" for n in BATTING_ORDER]]
        sides.append(
            pd.DataFrame({"source_game_id": lineups["game_id"], "side": side, "batters": slots.to_numpy().tolist()})
        )
    frames.tables["lineups"] = pd.concat(sides, ignore_index=True)


def parse_people(
    people: pd.DataFrame, games: pd.DataFrame | None, starter_lines: pd.DataFrame | None, frames: ArchiveFrames
) -> None:
    """Players by Retrosheet id; an MLBAM id that only the games know is taken from there."""
    frames.read("people", len(people))
    born = pd.to_datetime(
        {"year": people["birth_year"], "month": people["birth_month"], "day": people["birth_day"]}, errors="coerce"
    )
    # Two people with one id: neither keeps it on the catalogue's word alone.
    ids = people["mlbam_id"].mask(people["mlbam_id"].duplicated(keep=False))
    if games is not None:
        ids = ids.fillna(people["retro_id"].map(_starters_mlbam_ids(games, starter_lines, frames)))
    mlbam = ids.astype("Int64")
    frames.tables["people"] = pd.DataFrame(
        {
            "player_id": mlbam.astype("string").fillna(people["retro_id"]).astype(object),
            "mlbam_id": mlbam,
            "retrosheet_id": people["retro_id"],
            "full_name": people["first"] + " " + people["last"],
            "bats": people["bats"],
            "throws": people["throws"],
            "birth_date": born,
            "debut": pd.to_datetime(people["debut"], errors="coerce"),
        }
    )


def _starters_mlbam_ids(
    games: pd.DataFrame, starter_lines: pd.DataFrame | None, frames: ArchiveFrames
) -> "pd.Series[float]":
    """MLBAM id by Retrosheet id, as most of the pitcher's games have it.

    No id serves two pitchers: MIL201709150 carries José Ureña's on Jeremy Jeffress, whose only start it is. There the
    box score's other starter is taken.
    """
    starts = pd.concat(
        [
            games[["game_id", f"{side}_starter_id", f"{side}_starter_mlbam"]].set_axis(
                ["game", "retro", "mlbam"], axis=1
            )
            for side in ("home", "away")
        ]
    ).dropna()
    counts = starts.groupby(["retro", "mlbam"]).agg(starts=("game", "size"), game=("game", "last")).reset_index()
    usual = counts.sort_values("starts", ascending=False).drop_duplicates("retro")
    taken = usual.duplicated("mlbam")
    found = usual[~taken].set_index("retro")["mlbam"]
    for retro, mlbam, game in usual.loc[taken, ["retro", "mlbam", "game"]].itertuples(index=False):
        frames.repaired["one MLBAM id on two pitchers"] += 1
        box = starter_lines[starter_lines["game_id"] == game] if starter_lines is not None else starts.iloc[:0]
        others = (
            {float(box[f"{side}_starter_id"].iloc[0]) for side in ("home", "away")} - {mlbam} if len(box) else set()
        )
        if len(others) == 1:
            found[retro] = others.pop()
    return found


# An archive's price once had a book, but no stamp and often no name: replays count each feed as one pseudo-book.
SPEC = ArchiveSpec(
    SOURCE,
    is_bundle_file,
    "a history bundle (games.csv.gz, …)",
    book_table("""
sbro:sportsbookreviewsonline | sportsbookreviewsonline | archive |
orb_outlook:SBR (book unspecified) | SBR, book unspecified | archive |
grdavis:unspecified (covers.com consensus?) | covers.com consensus, perhaps | archive |
oddsportal_avg:OddsPortal average (8 books) | OddsPortal average of 8 books | consensus |
oddsportal_pinnacle:Pinnacle via OddsPortal | Pinnacle via OddsPortal | archive | pinnacle
pinnacle2016:Pinnacle | Pinnacle 2016 | archive | pinnacle
oddsportal_grrapport:18bet | 18bet | archive | 18bet
oddsportal_grrapport:1xBet | 1xBet | archive | 1xbet
oddsportal_grrapport:Marathonbet | Marathonbet | archive | marathonbet
oddsportal_grrapport:Pinnacle | Pinnacle | archive | pinnacle
oddsportal_grrapport:William Hill | William Hill | archive | caesars
oddsportal_grrapport:bet-at-home | bet-at-home | archive | bet_at_home
oddsportal_grrapport:bet365 | bet365 | archive | bet365
oddsportal_grrapport:bwin | bwin | archive | entain
"""),
)
