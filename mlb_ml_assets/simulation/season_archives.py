"""The league's past as Retrosheet publishes it, one zip of CSV files a season, and its people as a Chadwick register.

Belongs here: members, columns and codes for the unknown, filled from a league.
Not here: reading archives (sources/), serving them over HTTP (server.py).

A club's batting counts are spread evenly over its nine starters: the league has no box score by batter.
"""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from mlb_ml_assets.simulation.box_scores import BULLPEN, STARTER
from mlb_ml_assets.simulation.bundle import game_frame, lineup_frame
from mlb_ml_assets.simulation.league import League

_PITCHING = {
    "p_ipouts": "outs", "p_bfp": "batters_faced", "p_h": "hits", "p_d": "doubles", "p_t": "triples",
    "p_hr": "home_runs", "p_r": "runs", "p_er": "earned_runs", "p_w": "walks", "p_k": "strikeouts",
    "p_hbp": "hit_batters", "p_sf": "sac_flies",
}  # fmt: skip
_BATTING = {
    "b_ab": "at_bats", "b_pa": "batters_faced", "b_r": "runs", "b_h": "hits", "b_d": "doubles", "b_t": "triples",
    "b_hr": "home_runs", "b_w": "walks", "b_k": "strikeouts", "b_hbp": "hit_batters", "b_sf": "sac_flies",
}  # fmt: skip
_SIDES = ("home", "away")
_INNINGS = 28


def write_season_archives(league: League, folder: Path) -> list[Path]:
    """Write one `{season}csvs.zip` for each season that has ended before the league's today; paths by season.

    Same league, same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    past = league.games["official_date"] < league.config.today
    paths = []
    for season in sorted(league.games.loc[past, "season"].unique()):
        rows = np.flatnonzero(past & (league.games["season"] == season))
        path = folder / f"{season}csvs.zip"
        path.write_bytes(season_archive(league, rows, str(season)))
        paths.append(path)
    return paths


def season_archive(league: League, rows: np.ndarray, season: str) -> bytes:
    """The zip of one season's games, by position in the league."""
    members = {
        "gameinfo": _gameinfo(league, rows),
        "teamstats": _teamstats(league, rows),
        "batting": _batting(league, rows),
        "pitching": _pitching(league, rows),
        "allplayers": _players(league, season),
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, frame in members.items():
            entry = zipfile.ZipInfo(f"{season}{name}.csv", (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, frame.to_csv(index=False, lineterminator="\n"))
    return buffer.getvalue()


def write_register(league: League, folder: Path) -> list[Path]:
    """Write the register's sixteen files; a person is in the file of the last digit of the id's hexadecimal form."""
    folder.mkdir(parents=True, exist_ok=True)
    players = league.roster.players
    born = pd.to_datetime(players["birth_date"])
    people = pd.DataFrame(
        {
            "key_person": [f"{number:08x}" for number in players["player_id"]],
            "key_mlbam": players["player_id"],
            "key_retro": players["retro_id"],
            "name_last": players["last"],
            "name_first": players["first"],
            "birth_year": born.dt.year,
            "birth_month": born.dt.month,
            "birth_day": born.dt.day,
        }
    )
    paths = []
    for digit in "0123456789abcdef":
        path = folder / f"people-{digit}.csv"
        people[people["key_person"].str[-1] == digit].to_csv(path, index=False, lineterminator="\n")
        paths.append(path)
    return paths


def _gameinfo(league: League, rows: np.ndarray) -> pd.DataFrame:
    games, played = game_frame(league, rows), league.games.iloc[rows].reset_index(drop=True)
    resumed = played["resumed_at"].dt.tz_convert("America/New_York").dt.strftime("%Y%m%d")
    return pd.DataFrame(
        {
            "gid": games["game_id"], "visteam": games["away_retro"], "hometeam": games["home_retro"],
            "site": games["park"], "date": [f"{day:%Y%m%d}" for day in games["game_date"]],
            "number": games["dh_number"], "starttime": games["starttime"],
            "daynight": games["day_night"].map({"D": "day", "N": "night"}), "innings": 9, "tiebreaker": 2,
            "usedh": "true", "htbf": "", "timeofgame": games["duration_min"], "attendance": games["attendance"],
            "fieldcond": "unknown", "precip": "none", "sky": games["sky"], "temp": games["temp"],
            "winddir": games["winddir"], "windspeed": games["windspeed"], "oscorer": "", "forfeit": "",
            "suspend": resumed.where(games["suspended"], ""), "umphome": games["ump_hp_id"], "gametype": "regular",
            "vruns": games["away_score"], "hruns": games["home_score"], "season": games["season"],
        }
    )  # fmt: skip


def _teamstats(league: League, rows: np.ndarray) -> pd.DataFrame:
    games, lineups = game_frame(league, rows), lineup_frame(league, rows)
    parts = []
    for side, name in enumerate(_SIDES):
        runs = (league.lines.home, league.lines.away)[side][rows]
        starter = games[f"{name}_starter_id"]
        columns: dict[str, object] = {"gid": games["game_id"], "team": games[f"{name}_retro"]}
        for n in range(1, _INNINGS + 1):
            inning = runs[:, n - 1] if n <= runs.shape[1] else np.full(len(rows), -1)
            columns[f"inn{n}"] = np.where(inning >= 0, inning.astype(str), "")
        columns |= {"lob": "", "mgr": "", "stattype": "value", "d_e": league.boxes.errors[rows, side]}
        columns |= {f"start_l{n}": lineups[f"{name}_bat{n}_id"] for n in range(1, 10)}
        # The pitcher, then the order of the lineup; the ninth batter is the designated hitter.
        columns |= {"start_f1": starter, "start_f10": lineups[f"{name}_bat9_id"]}
        columns |= {f"start_f{n + 1}": lineups[f"{name}_bat{n}_id"] for n in range(1, 9)}
        parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _batting(league: League, rows: np.ndarray) -> pd.DataFrame:
    games, lineups = game_frame(league, rows), lineup_frame(league, rows)
    parts = []
    for side, name in enumerate(_SIDES):
        for n in range(1, 10):
            columns: dict[str, object] = {
                "gid": games["game_id"], "id": lineups[f"{name}_bat{n}_id"], "team": games[f"{name}_retro"],
                "b_lp": n, "b_seq": 1, "stattype": "value",
            }  # fmt: skip
            for column, statistic in _BATTING.items():
                columns[column] = _share(league.boxes.batting(statistic)[rows, side], n)
            columns["b_sb"] = _share(league.boxes.stolen_bases[rows, side], n)
            columns |= {"b_iw": 0, "b_sh": 0, "b_roe": ""}
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _share(counts: np.ndarray, slot: int) -> np.ndarray:
    return counts // 9 + (slot <= counts % 9)


def _pitching(league: League, rows: np.ndarray) -> pd.DataFrame:
    games = game_frame(league, rows)
    relievers = league.roster.players[league.roster.players["role"] == "reliever"].groupby("club")["retro_id"].first()
    parts = []
    for side, name in enumerate(_SIDES):
        for stint, appearance in ((STARTER, 1), (BULLPEN, 2)):
            pitched = league.boxes.pitching["outs"][rows, side, stint] > 0
            pitcher = games[f"{name}_starter_id"] if stint == STARTER else games[f"{name}_team"].map(relievers)
            columns: dict[str, object] = {
                "gid": games["game_id"], "id": pitcher, "team": games[f"{name}_retro"], "p_seq": appearance,
                "stattype": "value",
            }  # fmt: skip
            for column, statistic in _PITCHING.items():
                columns[column] = league.boxes.pitching[statistic][rows, side, stint]
            columns["p_iw"] = 0
            parts.append(pd.DataFrame(columns)[pitched])
    return pd.concat(parts, ignore_index=True)


def _players(league: League, season: str) -> pd.DataFrame:
    players = league.roster.players
    return pd.DataFrame(
        {
            "id": players["retro_id"], "last": players["last"], "first": players["first"], "bat": players["bats"],
            "throw": players["throws"], "team": players["club"], "season": season,
        }
    )  # fmt: skip
