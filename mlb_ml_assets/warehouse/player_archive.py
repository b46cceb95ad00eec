"""Player lines of an archive into staging, beside the games that they are about.

Belongs here: stamps by the game's result and lineup, our player ids, new people.
Not here: reading files (sources/bundle_players.py), live box scores (live_facts.py).
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.sources.history_bundle import SOURCE
from mlb_ml_assets.warehouse.archives import read_player_ids
from mlb_ml_assets.warehouse.earlier_lines import stamp_earlier_rows
from mlb_ml_assets.warehouse.locks import lock_partition
from mlb_ml_assets.warehouse.partition_write import Target, Written, replace_window, upsert
from mlb_ml_assets.warehouse.sql import query

_SIDE_KEY = ("source", "source_game_id", "side", "known_at")
PLAYER_TABLES: Mapping[str, Target] = {
    "batter_lines": Target("staging.batter_lines", (*_SIDE_KEY, "player_id")),
    "pitcher_lines": Target("staging.pitcher_lines", (*_SIDE_KEY, "player_id")),
    "lineup_positions": Target("staging.lineup_positions", _SIDE_KEY),
}
# Positions are printed with the lineup; lines are known with the result.
_STAMP_OF = {
    "batter_lines": "result_known_at",
    "pitcher_lines": "result_known_at",
    "lineup_positions": "lineup_known_at",
}
_PEOPLE = Target("staging.people", keys=("player_id",))


def write_new_people(connection: psycopg.Connection[Any], people: pd.DataFrame) -> Written:
    """Add players whose Retrosheet id is unknown; known ones stay as they are.

    The player id is the MLBAM id, or the Retrosheet id where another player has that MLBAM id.
    """
    rows = connection.execute("SELECT retrosheet_id, mlbam_id, player_id FROM staging.people").fetchall()
    known = pd.DataFrame(rows, columns=["retrosheet_id", "mlbam_id", "player_id"])
    new = people[~people["retrosheet_id"].isin(known["retrosheet_id"].dropna())]
    new = new.drop_duplicates("retrosheet_id")
    ids = new["mlbam_id"].astype("string")
    taken = new["mlbam_id"].duplicated(keep=False) | new["mlbam_id"].isin(known["mlbam_id"].dropna().astype("int64"))
    taken |= ids.isin(known["player_id"]) | new["mlbam_id"].isna()
    added = new.assign(
        player_id=ids.mask(taken, new["retrosheet_id"]).astype(object), mlbam_id=new["mlbam_id"].mask(taken)
    )
    return upsert(connection, _PEOPLE, added, update=()) if len(added) else Written()


def write_player_rows(connection: psycopg.Connection[Any], table: str, rows: pd.DataFrame) -> tuple[Written, int]:
    """Replace a table's rows of the games that the archive holds, and of earlier seasons; the caller commits.

    Seasons before the archive's first have no games, so their rows count as known the morning after their game's date.

    Args:
        connection: inside a transaction.
        table: a name of PLAYER_TABLES.
        rows: as parsed, with Retrosheet ids; one row per key.

    Returns:
        What was written, and the rows left out because their game is missing from the archive's seasons.
    """
    lock_partition(connection, "staging.source_games", SOURCE)
    cursor = connection.execute(query("archive_game_stamps"), {"source": SOURCE})
    stamps = pd.DataFrame(cursor.fetchall(), columns=["source_game_id", "result_known_at", "lineup_known_at"])
    of_games = pd.to_datetime(stamps.set_index("source_game_id")[_STAMP_OF[table]], utc=True)
    known_at = pd.Series(of_games.reindex(rows["source_game_id"]).array, rows.index)
    known_at = known_at.fillna(stamp_earlier_rows(connection, SOURCE, rows["source_game_id"]))
    stamped = rows.assign(source=SOURCE, known_at=known_at, assumed=True)
    stamped = stamped[stamped["known_at"].notna()]
    if "player_id" in stamped:
        ids = read_player_ids(connection)
        stamped["player_id"] = stamped["player_id"].map(ids).fillna(stamped["player_id"])
    if stamped.empty:
        return Written(), len(rows)
    games = list(stamped["source_game_id"].unique())
    written = replace_window(
        connection,
        PLAYER_TABLES[table],
        stamped,
        where="source = %(source)s AND source_game_id = ANY(%(games)s)",
        params={"source": SOURCE, "games": games},
    )
    return written, len(rows) - len(stamped)


def read_player_frames(connection: psycopg.Connection[Any]) -> dict[str, pd.DataFrame]:
    """The archive's player rows and conditions by file name without suffix, with Retrosheet ids: for an export."""
    frames = {}
    for table in (*PLAYER_TABLES, "conditions"):
        cursor = connection.execute(query(f"export_{table}"), {"source": SOURCE})
        assert cursor.description is not None
        frames[table] = pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description])
    return {name: frame for name, frame in frames.items() if len(frame)}
