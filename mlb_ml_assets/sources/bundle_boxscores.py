"""Box-score lines of the history bundle, put on the side and the game where the log has them.

Belongs here: starters', bullpens' and teams' counts a game and side, and how they contradict the log.
Not here: games (history_bundle.py), stamps, or the database.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from mlb_ml_assets.sources.archive_rows import ArchiveFrames
from mlb_ml_assets.sources.history_bundle import BULLPEN_COUNTS, STARTER_COUNTS, TEAM_COUNTS

SIDES = ("home", "away")


def outs(innings: "pd.Series[float]") -> "pd.Series[int]":
    """Outs of innings pitched written with thirds: 5.6667 is 17, and so is 5.6666."""
    return (innings * 3).round().astype("int64")


def parse_box_scores(
    starter: pd.DataFrame, bullpen: pd.DataFrame, team: pd.DataFrame, games: pd.DataFrame, frames: ArchiveFrames
) -> None:
    """starter_lines, bullpen_lines and team_lines, one row a game and side.

    Three repairs and one refusal, each counted:
    a club that batted last in another club's park is MLB's home team there and the log's visitor: its lines change
    sides, and the game is marked home_bats_first; two games of a doubleheader with one score may have exchanged box
    scores, which the starters reveal; a line of a starter whom the log does not have is rejected with its bullpen's,
    because it is the line of an announced pitcher who never threw.
    """
    frames.read("bullpen_lines", len(bullpen))
    frames.read("team_lines", len(team))
    frames.read("starter_lines", len(starter))
    log = _log_of(games, frames.tables["people"])
    owner = _exchanged_games(starter, log, frames)
    starter, bullpen, team = (
        lines.assign(source_game_id=lines["game_id"].map(owner).fillna(lines["game_id"]))
        for lines in (starter, bullpen, team)
    )
    reversed_ids = _reversed_games(team, log)
    if reversed_ids:
        _mark_home_bats_first(frames, reversed_ids)
    frames.tables["team_lines"] = _sides(team, reversed_ids, TEAM_COUNTS, "{side}_{count}")
    frames.tables["bullpen_lines"] = _sides(
        bullpen, reversed_ids, BULLPEN_COUNTS, "{side}_bullpen_{count}", "bullpen_ip"
    )
    lines = _sides(starter, reversed_ids, STARTER_COUNTS, "{side}_starter_{count}", "starter_ip", "starter_id")
    _refuse_absent_starters(lines, starter, log, frames)
    _completion_days(team, frames)


def _log_of(games: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """Scores and starters (our player ids) by game."""
    ids = people.set_index("retrosheet_id")["player_id"]
    log = games[["game_id", "game_date", "home_score", "away_score", "dh_number"]].copy()
    for side in SIDES:
        retro = games[f"{side}_starter_id"]
        log[f"{side}_starter"] = retro.map(ids).fillna(retro)
    return log.set_index("game_id")


def _player_ids(numbers: "pd.Series[float]") -> "pd.Series[str]":
    return numbers.astype("Int64").astype("string").astype(object)


def _exchanged_games(starter: pd.DataFrame, log: pd.DataFrame, frames: ArchiveFrames) -> dict[str, str]:
    """For games of a doubleheader whose box scores are under each other's id: the owner of each."""
    shown = starter.set_index("game_id")[["home_starter_id", "away_starter_id"]].apply(_player_ids)
    owner: dict[str, str] = {}
    firsts = log.index[log["dh_number"] == 1]
    for first in firsts:
        second = first[:-1] + "2"
        if first not in shown.index or second not in shown.index:
            continue
        logged = {game: set(log.loc[game, ["home_starter", "away_starter"]]) for game in (first, second)}
        box = {game: set(shown.loc[game]) for game in (first, second)}
        if logged[first] == box[second] and logged[second] == box[first]:
            owner |= {first: second, second: first}
    if owner:
        frames.repaired["box scores of a doubleheader exchanged"] += len(owner)
        # The box scores go by gamePk: so the log's two gamePk are perhaps the ones exchanged. Kept, and noted.
        table = frames.tables["games"]
        table["status_detail"] = table["source_game_id"].map(
            dict.fromkeys(owner, "gamePk perhaps exchanged within the pair")
        )
    return owner


def _reversed_games(team: pd.DataFrame, log: pd.DataFrame) -> set[str]:
    scores = log.reindex(team["source_game_id"])
    home, away = team["home_batting_r"].to_numpy(), team["away_batting_r"].to_numpy()
    turned = (home == scores["away_score"].to_numpy()) & (away == scores["home_score"].to_numpy()) & (home != away)
    return set(team.loc[turned, "source_game_id"])


def _mark_home_bats_first(frames: ArchiveFrames, reversed_ids: set[str]) -> None:
    table = frames.tables["games"]
    unmarked = table["source_game_id"].isin(reversed_ids) & ~table["home_bats_first"].astype(bool)
    table["home_bats_first"] = table["home_bats_first"].astype(bool) | unmarked
    frames.repaired["box score lists the park's club as visitor"] += len(reversed_ids)
    frames.repaired["home club batted first, unmarked"] += int(unmarked.sum())


def _columns_of(side: str, counts: dict[str, str], pattern: str) -> Iterator[tuple[str, str]]:
    for count, name in counts.items():
        yield pattern.format(side=side, count=count), name


def _sides(
    lines: pd.DataFrame,
    reversed_ids: set[str],
    counts: dict[str, str],
    pattern: str,
    innings: str | None = None,
    player: str | None = None,
) -> pd.DataFrame:
    """One row a game and side; sides as the log has them. A side without its innings has no line."""
    turned = lines["source_game_id"].isin(reversed_ids)
    parts = []
    for side, other in (SIDES, SIDES[::-1]):
        part = pd.DataFrame({"source_game_id": lines["source_game_id"], "side": np.where(turned, other, side)})
        if player:
            part["player_id"] = _player_ids(lines[f"{side}_{player}"])
        for column, name in _columns_of(side, counts, pattern):
            part[name] = lines[column].astype("Int64")
        if innings:
            pitched = lines[f"{side}_{innings}"]
            part = part[pitched.notna()]
            part.insert(len(part.columns) - len(counts), "outs", outs(pitched.dropna()))
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _refuse_absent_starters(
    lines: pd.DataFrame, starter: pd.DataFrame, log: pd.DataFrame, frames: ArchiveFrames
) -> None:
    logged = log.reindex(lines["source_game_id"])
    started = np.where(lines["side"] == "home", logged["home_starter"], logged["away_starter"])
    absent = lines["player_id"].to_numpy() != started
    key = ["source_game_id", "side"]
    if absent.any():
        wrong = lines[absent]
        whole = starter.set_index("source_game_id").loc[wrong["source_game_id"]].reset_index(drop=True)
        details = [
            f"{row.side} starter {row.player_id} with {row.outs} outs; the game log has {name}"
            for row, name in zip(wrong.itertuples(), started[absent], strict=True)
        ]
        frames.reject(whole.rename(columns={"date": "game_date"}), "starter line contradicts the game log", details)
        refused = pd.MultiIndex.from_frame(wrong[key])
        bullpen = frames.tables["bullpen_lines"]
        # That side's bullpen line counts the real starter's outs as relief.
        frames.tables["bullpen_lines"] = bullpen[~pd.MultiIndex.from_frame(bullpen[key]).isin(refused)]
    frames.tables["starter_lines"] = lines[~absent].reset_index(drop=True)


def _completion_days(team: pd.DataFrame, frames: ArchiveFrames) -> None:
    """A suspended game is dated to the day it began; its box score carries the day it ended."""
    games = frames.tables["games"]
    ended = pd.to_datetime(games["source_game_id"].map(team.set_index("source_game_id")["date"]))
    later = ended > games["played_on"]
    games["played_on"] = games["played_on"].mask(later, ended)
