"""Which records make up one game, and which records make a new one.

Belongs here: the order in which sources are believed, carrying earlier links on, adopting games that others wrote.
Not here: compare a record with a game (game_matching.py), or merge facts (the database does, by the same order).
"""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from mlb_ml_assets.identity.game_matching import GAME_COLUMNS, Link, Matches, match_games

# Who is believed first; sources that are not named come after these and are equal among themselves.
SOURCE_ORDER = ("mlb_stats_api", "history_bundle", "retrosheet", "sbro")
# Only a schedule or a game log says that a game exists. An odds page that nobody else knows stays unmapped and is
# tried again: it has no official date, no game number, and sometimes no such game.
AUTHORITIES = ("mlb_stats_api", "history_bundle", "retrosheet")
# Unknown in every game of a day, a column would have the type of its None; NaN is the same in all of them.
_NUMBERS = dict.fromkeys(("game_pk", "home_score", "away_score"), float)


@dataclass
class Resolution:
    """Which record belongs to which game.

    `links` are the new ones; a link's `game` is the id of a game that is there, or a negative number of `created`,
    which maps to the record that the game is made from. `carried` counts links that existed before; `dissolved` names
    those that stand no longer.
    """

    links: list[Link] = field(default_factory=list)
    created: dict[int, tuple[str, str]] = field(default_factory=dict)
    unmatched: dict[tuple[str, str], str] = field(default_factory=dict)
    dissolved: list[tuple[str, str]] = field(default_factory=list)
    carried: int = 0


def source_rank(source: str) -> int:
    """Place of a source in the order of belief, from 1."""
    return SOURCE_ORDER.index(source) + 1 if source in SOURCE_ORDER else len(SOURCE_ORDER) + 1


def resolve(records: pd.DataFrame, games: pd.DataFrame, linked: pd.DataFrame) -> Resolution:
    """Give every record its game.

    Args:
        records: RECORD_COLUMNS of game_matching, of all sources.
        games: GAME_COLUMNS of the games that are there, by id; those that another program wrote included.
        linked: source, source_game_id, game_id of the links that stand.

    A link is kept while record and game fit: the same gamePk or none, the same clubs, the day or the one beside.
    Sources come in the order of belief: each sees the games that the ones before it made.
    """
    resolution = Resolution()
    games = games[list(GAME_COLUMNS)].astype(_NUMBERS)
    waiting = _carry(records, games, linked, resolution)
    for source in sorted(waiting["source"].unique(), key=lambda source: (source_rank(source), source)):
        incoming = waiting[waiting["source"] == source]
        matches = match_games(incoming, games)
        if source in AUTHORITIES:
            games = _create(incoming, games, matches, resolution)
        games = _enrich(incoming, games, matches)
        resolution.links += matches.links
        resolution.unmatched |= matches.unmatched
    return resolution


def _carry(records: pd.DataFrame, games: pd.DataFrame, linked: pd.DataFrame, resolution: Resolution) -> pd.DataFrame:
    """Records that still need a game."""
    key = ["source", "source_game_id"]
    held = records.merge(linked[[*key, "game_id"]], on=key, how="left")
    known = held["game_id"].map(games["game_pk"])
    is_kept = held["game_id"].isin(games.index) & ~(known.notna() & held["game_pk"].notna() & known.ne(held["game_pk"]))
    is_kept &= _still_fits(held, games)
    broken = held[held["game_id"].notna() & ~is_kept]
    resolution.dissolved = list(broken[key].itertuples(index=False, name=None))
    resolution.carried = int(is_kept.sum())
    incoming = held[is_kept & held["game_pk"].notna()].drop_duplicates("game_id")
    fresh = incoming.set_index(incoming["game_id"].astype(games.index.dtype))["game_pk"].astype(float)
    games["game_pk"] = games["game_pk"].fillna(fresh)
    return held[~is_kept].drop(columns="game_id")


def _still_fits(held: pd.DataFrame, games: pd.DataFrame) -> "pd.Series[bool]":
    """Whether record and linked game are of the same clubs, at home or away, and of the same or the next day.

    A record with the game's own gamePk is about it on whatever day: games move.
    """
    game = games.reindex(held["game_id"]).set_index(held.index)
    same = held["home_team"].eq(game["home_team"]) & held["away_team"].eq(game["away_team"])
    turned = held["home_team"].eq(game["away_team"]) & held["away_team"].eq(game["home_team"])
    apart = (pd.to_datetime(held["game_date"]) - pd.to_datetime(game["game_date"])).abs()
    same_pk = held["game_pk"].notna() & held["game_pk"].eq(game["game_pk"])
    return (same | turned) & (same_pk | apart.le(pd.Timedelta(days=1)))


def _create(incoming: pd.DataFrame, games: pd.DataFrame, matches: Matches, resolution: Resolution) -> pd.DataFrame:
    """New games from an authority's unmatched records; records that may be a game that is there make none."""
    known = set(games["game_pk"].dropna().astype(int))
    fresh = []
    rows: list[Any] = list(incoming.itertuples(index=False))
    for record in rows:
        key: tuple[str, str] = (str(record.source), str(record.source_game_id))
        reason = matches.unmatched.get(key)
        if reason is None or reason.startswith("doubleheader"):
            continue
        pk: Any = record.game_pk
        if pd.notna(pk) and int(pk) in known:
            matches.unmatched[key] = "gamePk belongs to a game of other clubs"
            continue
        if pd.isna(record.scheduled_start) or pd.isna(record.season_type):
            matches.unmatched[key] = "no start or no season type to make a game of"
            continue
        del matches.unmatched[key]
        number = -1 - len(resolution.created)
        resolution.created[number] = key
        fresh.append({"game": number, **{name: getattr(record, name) for name in GAME_COLUMNS}})
        matches.links.append(
            Link(key[0], key[1], number, "authority", 1.0, reversed=False, evidence={"authority": key[0]})
        )
    if not fresh:
        return games
    made = pd.DataFrame(fresh).set_index("game").astype(_NUMBERS)
    return pd.concat([games, made]) if len(games) else made


def _enrich(incoming: pd.DataFrame, games: pd.DataFrame, matches: Matches) -> pd.DataFrame:
    """What a linked record adds to a game that lacked it: gamePk, score, a recorded start."""
    if not matches.links:
        return games
    links = pd.DataFrame(
        [(link.source_game_id, link.game, link.reversed) for link in matches.links if link.method != "authority"],
        columns=["source_game_id", "game", "reversed"],
    )
    rows = links.merge(incoming, on="source_game_id").drop_duplicates("game").set_index("game")
    if rows.empty:
        return games
    turned = rows["reversed"].astype(bool)
    home = pd.Series(np.where(turned, rows["away_score"], rows["home_score"]), index=rows.index)
    away = pd.Series(np.where(turned, rows["home_score"], rows["away_score"]), index=rows.index)
    unscored = games["home_score"].isna() | games["away_score"].isna()
    games["home_score"] = games["home_score"].where(~unscored, home.reindex(games.index))
    games["away_score"] = games["away_score"].where(~unscored, away.reindex(games.index))
    games["game_pk"] = games["game_pk"].fillna(rows["game_pk"].astype(float))
    better = rows.loc[~rows["start_assumed"].astype(bool), "scheduled_start"].reindex(games.index)
    gains = games["start_assumed"].astype(bool) & better.notna()
    games.loc[gains, "scheduled_start"] = better[gains]
    games.loc[gains, "start_assumed"] = False
    return games
