"""The league's past as a history bundle: the gzipped CSV files that `mlb-ml history import` takes.

Belongs here: the bundle's files, columns and spellings, filled from a league.
Not here: anything about today or later (payload modules), reading a bundle (warehouse).
"""

import gzip
import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from mlb_ml_assets.simulation.archive_odds import line_history, odds_open_close
from mlb_ml_assets.simulation.box_scores import BULLPEN, STARTER
from mlb_ml_assets.simulation.clubs import CLUBS
from mlb_ml_assets.simulation.league import League
from mlb_ml_assets.simulation.player_lines import player_frames

_SKY = {
    "Clear": "sunny",
    "Sunny": "sunny",
    "Partly Cloudy": "cloudy",
    "Cloudy": "cloudy",
    "Overcast": "overcast",
    "Dome": "dome",
    "Roof Closed": "dome",
}
_SIDES = ("home", "away")


@dataclass(frozen=True)
class BundleWritten:
    """What `write_bundle` wrote: rows by file name, and the folder."""

    folder: Path
    rows: dict[str, int]


def write_bundle(
    league: League,
    folder: Path,
    *,
    before: date | None = None,
    ticks_from: date | None = None,
    players: bool = False,
) -> BundleWritten:
    """Write the finished games of the league as a history bundle.

    Args:
        league: the league.
        folder: created if absent; files of an earlier bundle there are replaced.
        before: only games whose official date is earlier (default: the league's today).
        ticks_from: write every price change of the sharp book from this official date on to line_history.csv.gz;
            None writes that file with its header only.
        players: write the files of batter and pitcher lines and fielding positions too.

    Returns:
        The folder and the rows in each file. Same league, same bytes.
    """
    before = before or league.config.today
    past = np.flatnonzero(league.games["official_date"] < before)
    files = {
        "games": game_frame(league, past),
        "lineups": lineup_frame(league, past),
        "people": _people(league),
        "starter_lines": _starter_lines(league, past),
        "bullpen_lines": _bullpen_lines(league, past),
        "team_lines": _team_lines(league, past),
        "odds_open_close": odds_open_close(league, past),
        "line_history": line_history(league, past, ticks_from),
    }
    if players:
        files |= player_frames(league, past)
    folder.mkdir(parents=True, exist_ok=True)
    for name, frame in files.items():
        _write(frame, folder / f"{name}.csv.gz")
    return BundleWritten(folder=folder, rows={name: len(frame) for name, frame in files.items()})


def _write(frame: pd.DataFrame, path: Path) -> None:
    text = frame.to_csv(index=False, lineterminator="\n").encode()
    whole = io.BytesIO()
    # mtime and file name would otherwise be in the gzip header and differ from run to run.
    with gzip.GzipFile(filename="", mode="wb", fileobj=whole, compresslevel=1, mtime=0) as packed:
        packed.write(text)
    path.write_bytes(whole.getvalue())


def keys(league: League, rows: np.ndarray) -> pd.DataFrame:
    """The columns by which every file of a bundle names its game, indexed 0..n-1 in the order of `rows`."""
    games = league.games.iloc[rows].reset_index(drop=True)
    return pd.DataFrame(
        {
            "game_id": games["game_id"],
            "game_pk": games["game_pk"],
            "game_date": games["official_date"],
            "season": games["season"],
            "home_team": games["home_code"],
            "away_team": games["away_code"],
            "dh_number": np.where(games["doubleheader"] == "N", 0, games["game_number"]),
        }
    )


def _line_score(innings: np.ndarray) -> str:
    played = innings[: np.flatnonzero(innings >= 0).max() + 1]
    return "".join("x" if runs < 0 else (str(runs) if runs < 10 else f"({runs})") for runs in played)


def game_frame(league: League, rows: np.ndarray) -> pd.DataFrame:
    """The bundle's `games` file for the games at these positions of the league."""
    games, facts = league.games.iloc[rows].reset_index(drop=True), league.facts
    table = facts.table.iloc[rows].reset_index(drop=True)
    people = league.roster.players.set_index("player_id")
    frame = keys(league, rows)
    frame.insert(4, "game_type", "R")
    frame["home_score"], frame["away_score"] = games["home_score"], games["away_score"]
    for side, name in enumerate(_SIDES):
        pitcher = people.loc[facts.starters[rows, side]]
        frame[f"{name}_starter_id"] = pitcher["retro_id"].to_numpy()
        frame[f"{name}_starter_name"] = (pitcher["first"] + " " + pitcher["last"]).to_numpy()
        frame[f"{name}_starter_mlbam"] = pitcher.index.to_numpy()
    clubs = [CLUBS[club] for club in games["home"]]
    local = [pitch.astimezone(club.zone) for pitch, club in zip(games["first_pitch"], clubs, strict=True)]
    frame["park"] = [club.park_id for club in clubs]
    frame["day_night"] = games["day_night"].map({"day": "D", "night": "N"})
    frame["starttime"] = [instant.strftime("%I:%M%p").lstrip("0") for instant in local]
    frame["innings"] = games["innings"]
    frame["attendance"] = table["attendance"]
    frame["duration_min"] = ((games["ended_at"] - games["first_pitch"]).dt.total_seconds() // 60).astype(int)
    frame["suspended"], frame["home_bats_first"] = games["suspended"], False
    frame["temp"], frame["windspeed"] = table["temperature"], table["wind_speed"]
    frame["winddir"] = [_wind(direction) for direction in table["wind_direction"]]
    frame["sky"] = table["sky"].map(_SKY)
    frame["precip"], frame["fieldcond"] = "none", "dry"
    frame["ump_hp_id"] = [f"simu{number:02d}91" for number in table["umpire"]]
    frame["ump_hp_name"] = [f"Sim Umpire {number:02d}" for number in table["umpire"]]
    hits = league.boxes.batting("hits")[rows]
    frame["home_hits"], frame["away_hits"] = hits[:, 0], hits[:, 1]
    for side, name in enumerate(_SIDES):
        frame[f"{name}_pitchers_used"] = 1 + league.boxes.relievers[rows, side]
    frame["home_line"] = [_line_score(league.lines.home[row]) for row in rows]
    frame["away_line"] = [_line_score(league.lines.away[row]) for row in rows]
    frame["home_retro"] = [club.retrosheet for club in clubs]
    frame["away_retro"] = [CLUBS[club].retrosheet for club in games["away"]]
    frame["verified"] = True
    return frame


def _wind(direction: str) -> str:
    words = direction.lower().split()
    if words[0] == "none":
        return "unknown"
    return {"out": "to", "in": "from"}[words[0]] + words[-1] if words[0] in {"out", "in"} else "".join(words)


def lineup_frame(league: League, rows: np.ndarray) -> pd.DataFrame:
    """The bundle's `lineups` file for the games at these positions of the league."""
    frame = keys(league, rows)
    retro = league.roster.players.set_index("player_id")["retro_id"]
    for side, name in enumerate(_SIDES):
        for place in range(9):
            frame[f"{name}_bat{place + 1}_id"] = retro.loc[league.facts.lineups[rows, side, place]].to_numpy()
    return frame


def _people(league: League) -> pd.DataFrame:
    players = league.roster.players
    born = pd.to_datetime(players["birth_date"])
    return pd.DataFrame(
        {
            "retro_id": players["retro_id"],
            "bbref_id": players["retro_id"].str[:5] + players["retro_id"].str[-2:],
            "first": players["first"],
            "last": players["last"],
            "bats": players["bats"],
            "throws": players["throws"],
            "birth_year": born.dt.year,
            "birth_month": born.dt.month,
            "birth_day": born.dt.day,
            "debut": players["debut"],
            "mlbam_id": players["player_id"],
        }
    )


def _innings_pitched(outs: np.ndarray) -> np.ndarray:
    return np.asarray((outs / 3).round(4))


def _starter_lines(league: League, rows: np.ndarray) -> pd.DataFrame:
    ids, people = keys(league, rows), league.roster.players.set_index("player_id")
    columns: dict[str, object] = {"game_pk": ids["game_pk"], "date": ids["game_date"]}
    pitchers = [people.loc[league.facts.starters[rows, side]] for side in (0, 1)]
    for side, name in enumerate(_SIDES):
        columns[f"{name}_starter_id"] = pitchers[side].index.to_numpy()
    for side, name in enumerate(_SIDES):
        columns[f"{name}_starter_name"] = (pitchers[side]["first"] + " " + pitchers[side]["last"]).to_numpy()
    for name in _SIDES:
        columns[f"{name}_starter_team"] = [CLUBS[club].full_name for club in league.games.iloc[rows][name]]
    counts = {
        "hits": "hits",
        "runs": "runs",
        "earned_runs": "earned_runs",
        "walks": "walks",
        "strikeouts": "strikeouts",
        "homeruns": "home_runs",
        "pitches": "pitches",
        "strikes": "strikes",
        "hit_batters": "hit_batters",
        "wild_pitches": None,
        "balks": None,
        "batters_faced": "batters_faced",
        "ground_outs": "ground_outs",
        "air_outs": "air_outs",
    }
    pitching = league.boxes.pitching
    for side, name in enumerate(_SIDES):
        columns[f"{name}_starter_ip"] = _innings_pitched(pitching["outs"][rows, side, STARTER])
    for column, statistic in counts.items():
        for side, name in enumerate(_SIDES):
            columns[f"{name}_starter_{column}"] = pitching[statistic][rows, side, STARTER] if statistic else 0
    return pd.DataFrame({**columns, "game_id": ids["game_id"], "season": ids["season"]})


def _bullpen_lines(league: League, rows: np.ndarray) -> pd.DataFrame:
    ids, pitching = keys(league, rows), league.boxes.pitching
    columns: dict[str, object] = {"game_pk": ids["game_pk"], "date": ids["game_date"]}
    for side, name in enumerate(_SIDES):
        columns[f"{name}_bullpen_ip"] = _innings_pitched(pitching["outs"][rows, side, BULLPEN])
        for statistic in ("hits", "earned_runs", "walks", "strikeouts", "home_runs"):
            column = statistic.replace("home_runs", "homeruns")
            columns[f"{name}_bullpen_{column}"] = pitching[statistic][rows, side, BULLPEN]
    return pd.DataFrame({**columns, "game_id": ids["game_id"], "season": ids["season"]})


def _team_lines(league: League, rows: np.ndarray) -> pd.DataFrame:
    ids, boxes = keys(league, rows), league.boxes
    bat = {name: boxes.batting(name)[rows] for name in boxes.pitching}
    bases = bat["hits"] + bat["doubles"] + 2 * bat["triples"] + 3 * bat["home_runs"]
    batted = {
        "ab": bat["at_bats"],
        "r": bat["runs"],
        "h": bat["hits"],
        "2b": bat["doubles"],
        "3b": bat["triples"],
        "hr": bat["home_runs"],
        "rbi": bat["earned_runs"],
        "tb": bases,
        "bb": bat["walks"],
        "so": bat["strikeouts"],
        "sb": boxes.stolen_bases[rows],
    }
    pitched = {"ip": "outs", "h": "hits", "er": "earned_runs", "hr": "home_runs", "bb": "walks", "k": "strikeouts"}
    columns: dict[str, object] = {"game_pk": ids["game_pk"], "date": ids["game_date"]}
    for name in _SIDES:
        columns[f"{name}_team_id"] = [CLUBS[club].mlb_id for club in league.games.iloc[rows][name]]
    for name in _SIDES:
        columns[f"{name}_team_abbreviation"] = ids[f"{name}_team"]
    for column, counts in batted.items():
        for side, name in enumerate(_SIDES):
            columns[f"{name}_batting_{column}"] = counts[:, side]
    for column, statistic in pitched.items():
        for side, name in enumerate(_SIDES):
            counts = boxes.pitching[statistic][rows, side].sum(axis=1)
            columns[f"{name}_pitching_{column}"] = _innings_pitched(counts) if column == "ip" else counts
    for side, name in enumerate(_SIDES):
        columns[f"{name}_fielding_e"] = boxes.errors[rows, side]
    return pd.DataFrame({**columns, "game_id": ids["game_id"], "season": ids["season"]})
