"""Player lines and conditions into the database, beside the games of a history bundle.

Belongs here: the order of the files, rows left out, the report.
Not here: reading (sources/bundle_players.py), stamps and writing (warehouse/player_archive.py, conditions.py).
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import psycopg

from mlb_ml_assets.flows.import_report import FileReport, ImportReport
from mlb_ml_assets.sources import bundle_players, history_bundle
from mlb_ml_assets.warehouse.conditions import write_missing_conditions
from mlb_ml_assets.warehouse.partition_write import Written
from mlb_ml_assets.warehouse.player_archive import PLAYER_TABLES, write_new_people, write_player_rows

# People first: the lines of players without a player id of ours keep their Retrosheet ids.
_ORDER = tuple(bundle_players.COLUMNS)
_NO_GAME = "player rows without a game of the archive"
_REPEATED = "player rows repeated within a game"


def import_player_files(
    connection: psycopg.Connection[Any], paths: Sequence[Path], report: ImportReport, step: Callable[[str], None]
) -> None:
    """Import player files; each file is one transaction, and a second import changes nothing.

    Games must be in the database already. Rows of seasons before the archive's first need none: ratings of players
    begin with them. Other rows without a game are left out and counted in the report.

    Raises:
        ArchiveShapeChanged: a file lacks a column; files before it stay imported.
    """
    for path in sorted(paths, key=lambda path: (_ORDER.index(str(bundle_players.kind_of(path))), path.name)):
        step(path.name)
        raw = bundle_players.read_file(path)
        with connection.transaction():
            written, left_out = _write(connection, str(bundle_players.kind_of(path)), raw)
        report.files.append(FileReport(bundle_players.SOURCE, path.name, len(raw), written, left_out))


def _write(connection: psycopg.Connection[Any], kind: str, raw: pd.DataFrame) -> tuple[Written, dict[str, int]]:
    if kind == "people":
        return write_new_people(connection, bundle_players.parse_people(raw)), {}
    if kind == "conditions":
        conditions, left_out = bundle_players.parse_conditions(raw.drop_duplicates("source_game_id"))
        written, left_out[_NO_GAME] = write_missing_conditions(connection, history_bundle.SOURCE, conditions)
        return written, {reason: count for reason, count in left_out.items() if count}
    parse = bundle_players.parse_positions if kind == "lineup_positions" else bundle_players.parse_lines
    rows = parse(raw)
    keys = [name for name in PLAYER_TABLES[kind].keys if name in rows.columns]
    unique = rows.drop_duplicates(keys)
    written, without_game = write_player_rows(connection, kind, unique)
    left_out = {_NO_GAME: without_game, _REPEATED: len(rows) - len(unique)}
    return written, {reason: count for reason, count in left_out.items() if count}
