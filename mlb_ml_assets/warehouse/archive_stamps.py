"""Archive frames as staging rows: our team codes, our player ids, instants in UTC, and a stamp for every fact.

Belongs here: what turns a source's own spelling and clock into ours, for every archive alike.
Not here: parse files (sources/), write rows (archives.py), or decide which game a record belongs to (identity/).
"""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pandas as pd

from mlb_ml_assets.domain.clock import EASTERN_ZONE
from mlb_ml_assets.identity.known_at import (
    CLOSE_BEFORE_FIRST_PITCH,
    LINEUP_BEFORE_FIRST_PITCH,
    LISTED_START_STEP,
    archive_opens_known_at,
    assumed_starts,
    instants_of_local,
    results_known_at,
)
from mlb_ml_assets.identity.parks import park_columns, park_ids
from mlb_ml_assets.identity.schedule_rules import neutral_sites, scheduled_innings_of
from mlb_ml_assets.identity.teams import is_known_team, team_codes
from mlb_ml_assets.sources.archive_rows import ArchiveFrames, drop_games

SOURCE_GAME_COLUMNS = (
    "source_game_id", "game_pk", "game_date", "season", "season_type", "home_team", "away_team", "game_number",
    "doubleheader", "away_rotation", "scheduled_start", "start_assumed", "status", "status_detail", "park_id",
    "venue_name", "day_night", "neutral_site", "scheduled_innings",
)  # fmt: skip
RESULT_COLUMNS = (
    "source_game_id", "known_at", "home_score", "away_score", "innings", "home_line_score", "away_line_score",
    "suspended", "home_bats_first", "first_pitch", "home_starter_id", "home_starter_name", "away_starter_id",
    "away_starter_name",
)  # fmt: skip
WHOLE_NUMBERS = {
    "game_results": ("home_score", "away_score", "innings"),
    "game_suspensions": ("home_score", "away_score", "outs"),
    "game_conditions": ("temperature_fahrenheit", "wind_speed_mph"),
    "source_games": ("game_pk", "season", "game_number", "away_rotation"),
    "team_lines": ("stolen_bases", "errors"),
}
# Where a park is unknown the clock is Eastern: three quarters of an archive's games are within an hour of it.
UNKNOWN_ZONE = EASTERN_ZONE


def stamped(
    frames: ArchiveFrames, players: Mapping[str, str], captured_at: datetime, starts: pd.DataFrame | None = None
) -> dict[str, pd.DataFrame]:
    """Rows of the staging tables, by table name.

    Args:
        frames: an archive as parsed.
        players: our player id by Retrosheet id; an id that is not in it stays as it is.
        captured_at: when the archive was read.
        starts: scheduled_start, first_pitch and park_id by source_game_id, from a better source, for an archive that
            has neither clocks nor parks.

    Raises:
        UnknownTeam: a spelling that identity/teams.py does not list.
    """
    games = _games(frames, starts)
    rows = {"source_games": _source_games(frames.source, games, captured_at), "game_results": _results(games, players)}
    by_id = games.set_index("source_game_id")
    rows |= {name: STAMPS[name](table, by_id, players) for name, table in frames.tables.items() if name in STAMPS}
    for name, table in rows.items():
        table.insert(0, "source", frames.source)
        for column in table.columns.intersection(list(WHOLE_NUMBERS.get(name, ()))):
            table[column] = table[column].astype("Float64").astype("Int64")
    return rows


def set_unknown_teams_aside(frames: ArchiveFrames) -> None:
    """Set aside the games of clubs that identity/teams.py does not list, each with its place in the file."""
    games = frames.tables["games"]
    spelled = pd.concat([games["home"], games["away"]]).astype("string").fillna("").unique()
    unknown = {name for name in spelled if not is_known_team(str(name))}
    wrong = games["home"].astype("string").fillna("").isin(unknown)
    wrong |= games["away"].astype("string").fillna("").isin(unknown)
    if wrong.any():
        details = []
        for row in games[wrong].itertuples():
            names = " and ".join(repr(name) for name in (row.away, row.home) if name in unknown)
            details.append(f"{row.place}: {row.away} at {row.home}: no club is called {names} in identity/teams.py")
        drop_games(frames, wrong, "unknown team", details)


def _games(frames: ArchiveFrames, starts: pd.DataFrame | None) -> pd.DataFrame:
    games = frames.tables["games"].copy()
    games["home_team"], games["away_team"] = team_codes(games["home"]), team_codes(games["away"])
    games["park_id"] = park_ids(games["park_id"])
    if starts is not None:
        better = starts.reindex(games["source_game_id"]).set_index(games.index)
        games["park_id"] = better["park_id"].where(better["park_id"].notna(), games["park_id"])
    zones = park_columns(games["park_id"].astype(object))["timezone"].fillna(UNKNOWN_ZONE)
    games["first_pitch"] = instants_of_local(games["local_start"], zones)
    games["scheduled_start"] = games["listed_start"].fillna(games["first_pitch"].dt.floor(LISTED_START_STEP))
    # A start taken from the matched game is no evidence of its own.
    games["start_assumed"] = games["scheduled_start"].isna()
    if starts is not None:
        games["first_pitch"] = games["first_pitch"].fillna(better["first_pitch"])
        games["scheduled_start"] = games["scheduled_start"].fillna(better["scheduled_start"])
    first_of_day = games.sort_values("game_number").groupby(["game_date", "home_team"])["day_night"].transform("first")
    assumed = assumed_starts(games["game_date"], first_of_day.fillna("N"), games["game_number"], zones)
    games["scheduled_start"] = games["scheduled_start"].fillna(assumed)
    games["status_detail"] = games.get("status_detail", default=pd.Series(None, index=games.index, dtype=object)).mask(
        games["suspended"].astype(bool), "completed after suspension"
    )
    days = {day: day.date() for day in pd.concat([games["game_date"], games["played_on"]]).dropna().unique()}
    games["open_known_at"] = archive_opens_known_at(games["game_date"].map(days))
    games["result_known_at"] = results_known_at(games["played_on"].map(days))
    # By the scheduled start: a rain delay does not make a lineup known later.
    games["pregame_known_at"] = games["scheduled_start"] - LINEUP_BEFORE_FIRST_PITCH
    games["close_known_at"] = games["first_pitch"].fillna(games["scheduled_start"]) - CLOSE_BEFORE_FIRST_PITCH
    return games


def _source_games(source: str, games: pd.DataFrame, captured_at: datetime) -> pd.DataFrame:
    rows = games.rename(columns={"rotation": "away_rotation"}).assign(
        status_detail=games["status_detail"],
        venue_name=park_columns(games["park_id"].astype(object))["name"],
        neutral_site=neutral_sites(games["park_id"], games["home_team"], games["season"])
        | games.get("neutral_site", default=False),
        scheduled_innings=scheduled_innings_of(games["game_date"], games["season_type"], games["doubleheader"]),
    )[list(SOURCE_GAME_COLUMNS)]
    texts = zip(*(rows[column].astype("string").fillna("") for column in rows), strict=True)
    rows["content_hash"] = [hashlib.sha256("\x1f".join((source, *text)).encode()).hexdigest() for text in texts]
    rows["captured_at"] = captured_at
    return rows


def _results(games: pd.DataFrame, players: Mapping[str, str]) -> pd.DataFrame:
    played = games[games["home_score"].notna() & games["away_score"].notna()]
    rows = played.rename(columns={"result_known_at": "known_at"})[list(RESULT_COLUMNS)]
    for side in ("home", "away"):
        given = rows[f"{side}_starter_id"]
        rows[f"{side}_starter_id"] = given.map(players).fillna(given)
    return rows.assign(
        assumed=True, suspended=rows["suspended"].astype(bool), home_bats_first=rows["home_bats_first"].astype(bool)
    )


def _with_known_at(table: pd.DataFrame, stamps: "pd.Series[Any]") -> pd.DataFrame:
    return table.assign(known_at=stamps.reindex(table["source_game_id"]).array, assumed=True)


def _conditions(table: pd.DataFrame, by_id: pd.DataFrame, _players: Mapping[str, str]) -> pd.DataFrame:
    return _with_known_at(table, by_id["pregame_known_at"])


def _suspensions(table: pd.DataFrame, by_id: pd.DataFrame, _players: Mapping[str, str]) -> pd.DataFrame:
    """Known the morning after the day on which the game began, whenever it was completed."""
    began = by_id["game_date"].reindex(table["source_game_id"])
    stamps = results_known_at(began.dt.date)
    return table.assign(known_at=stamps.array, assumed=True)


def _lineups(table: pd.DataFrame, by_id: pd.DataFrame, players: Mapping[str, str]) -> pd.DataFrame:
    batters = [[players.get(batter, batter) for batter in nine] for nine in table["batters"]]
    return _with_known_at(table.assign(batters=pd.Series(batters, index=table.index)), by_id["pregame_known_at"])


def _probables(table: pd.DataFrame, by_id: pd.DataFrame, players: Mapping[str, str]) -> pd.DataFrame:
    ids = table["player_id"].map(players).fillna(table["player_id"])
    return _with_known_at(table.assign(player_id=ids), by_id["open_known_at"])


def _box_score_lines(table: pd.DataFrame, by_id: pd.DataFrame, _players: Mapping[str, str]) -> pd.DataFrame:
    return _with_known_at(table, by_id["result_known_at"])


def _quotes(table: pd.DataFrame, by_id: pd.DataFrame, _players: Mapping[str, str]) -> pd.DataFrame:
    """A quote with its own stamp keeps it; the others are stamped by their kind."""
    given = table["updated_at"].astype("datetime64[ns, UTC]")
    game = by_id.reindex(table["source_game_id"])
    opened = pd.Series(game["open_known_at"].array, index=table.index)
    closed = pd.Series(game["close_known_at"].array, index=table.index)
    by_rule = closed.where(table["quote_kind"].eq("close"), opened)
    return table.assign(updated_at=given.fillna(by_rule), assumed=given.isna())


# How the rows of each table of an archive become staging rows: table, games by id, our player ids.
STAMPS: Mapping[str, Callable[[pd.DataFrame, pd.DataFrame, Mapping[str, str]], pd.DataFrame]] = {
    "game_conditions": _conditions,
    "game_suspensions": _suspensions,
    "lineups": _lineups,
    "probable_starters": _probables,
    "starter_lines": _box_score_lines,
    "bullpen_lines": _box_score_lines,
    "team_lines": _box_score_lines,
    "archive_quotes": _quotes,
}
