"""The wide table of features, out and in, and the sweep that fills it.

Belongs here: read and upsert beside binary COPY alone; a season's build, and four beside one.
Not here: the codec (warehouse/row_codec.py), the formulas (features/).
"""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import psycopg
from psycopg import sql

from benchmarks.figures import Figure, side_by_side
from benchmarks.scratch import Scratch
from mlb_ml_assets.features.declarations import FEATURE_COLUMNS
from mlb_ml_assets.warehouse.feature_store import STORED, STORED_NUMBERS, feature_stream, read_features, write_features

GAMES = 10_000
VERSION = "bench"
_FIRST_ID = 5_000_000


class _RolledBack(Exception):
    """Ends a measured transaction without keeping it."""


def measure(scratch: Scratch) -> list[Figure]:
    """Matrix of 20,000 rows out and in."""
    frame = _frame()
    with scratch.connect() as connection:
        connection.execute(
            "INSERT INTO curated.enhanced_games (id, home_team, away_team, game_date, game_datetime, season)"
            " SELECT %s + g, 'BOS', 'NYY', DATE '2001-04-01' + g / 15, TIMESTAMPTZ '2001-04-01 17:00+00', 2001"
            " FROM GENERATE_SERIES(0, %s - 1) AS g",
            (_FIRST_ID, GAMES),
        )
        figures = [*_write(connection, frame), _read(connection)]
        connection.execute("DELETE FROM curated.enhanced_games WHERE id >= %s", (_FIRST_ID,))
        connection.execute("VACUUM curated.enhanced_games, curated.game_features")
    return figures


def _write(connection: psycopg.Connection[Any], frame: pd.DataFrame) -> list[Figure]:
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
        for name, kind in (*STORED, *((name, "real") for name in STORED_NUMBERS))
    )

    def bare() -> None:
        with suppress(_RolledBack), connection.transaction():
            connection.execute(sql.SQL("CREATE TABLE curated.bare_features ({})").format(columns))
            with connection.cursor().copy("COPY curated.bare_features FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(feature_stream(frame))
            raise _RolledBack

    def fresh() -> None:
        with suppress(_RolledBack), connection.transaction():
            write_features(connection, frame, VERSION)
            raise _RolledBack

    def whole(values: pd.DataFrame) -> None:
        with connection.transaction():
            write_features(connection, values, VERSION)

    ours, limit = side_by_side(fresh, bare)
    whole(frame)
    connection.execute("VACUUM (ANALYZE) curated.game_features, curated.enhanced_games")
    again, limit_of_again = side_by_side(lambda: whole(frame), bare)
    # Other values each time, so that each write replaces every row.
    changing = iter(range(1, 100))
    replaced, limit_of_replaced = side_by_side(
        lambda: whole(frame.assign(**{FEATURE_COLUMNS[0]: frame[FEATURE_COLUMNS[0]] + next(changing)})), bare
    )
    connection.execute("VACUUM FULL curated.game_features")
    rows = f"{len(frame):,} rows of {len(FEATURE_COLUMNS)}"
    name = "numpy to binary COPY, empty table, no key"
    return [
        Figure("features", f"upsert, {rows}", "s", ours, limit, name, 4, 2.5),
        Figure("features", "upsert, nothing changed", "s", again, limit_of_again, name, 4, 2.5),
        Figure("features", "upsert, all rows changed", "s", replaced, limit_of_replaced, name, 4, 2.5),
    ]


def _read(connection: psycopg.Connection[Any]) -> Figure:
    statement = sql.SQL(
        "COPY (SELECT {} FROM curated.game_features WHERE feature_version = {}) TO STDOUT (FORMAT BINARY)"
    )
    # The columns that are read, without the join to games that gives their day.
    names = [sql.Identifier(name) for name in ("game_id", "as_of", "known_at", *FEATURE_COLUMNS)]
    bare = statement.format(sql.SQL(", ").join(names), sql.Literal(VERSION))

    def drain() -> None:
        with connection.cursor().copy(bare) as copy:
            for _ in copy:
                pass

    def ours() -> None:
        assert len(read_features(connection, date(2001, 1, 1), date(2004, 12, 31), VERSION)) == 2 * GAMES

    seconds, limit = side_by_side(ours, drain, 8)
    return Figure(
        "features", f"matrix to pandas, {2 * GAMES:,} rows", "s", seconds, limit, "binary COPY alone", 1.5, 1.1
    )


def _frame() -> pd.DataFrame:
    chance = np.random.default_rng(1)
    parts: Sequence[pd.DataFrame] = [
        pd.DataFrame(
            {
                "game_id": _FIRST_ID + np.arange(GAMES),
                "stage": stage,
                "as_of": pd.Timestamp("2001-04-01T16:00Z"),
                "known_at": pd.Timestamp("2001-04-01T15:00Z"),
                "price_stage": stage,
            }
        )
        for stage in ("open", "lineup")
    ]
    heads = pd.concat(parts, ignore_index=True)
    values = pd.DataFrame(chance.normal(size=(len(heads), len(STORED_NUMBERS))), columns=list(STORED_NUMBERS))
    values[chance.random(values.shape) < 0.1] = np.nan
    return pd.concat([heads, values], axis=1)
