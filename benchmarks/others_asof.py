"""Every book's prices as of first pitch, as pandas, polars and DuckDB would get them.

Belongs here: one way through each, each answer compared with ours.
Not here: ours (warehouse/quote_metrics.py), other jobs (others.py).

The job: opening and newest odds and number of each side at each book before first pitch, how often they changed, and
the largest move of the break-even probability at an unchanged number. Ours returns more in the same call.
"""

import importlib.util
import io
import tempfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import psycopg

from benchmarks.agreement import AnotherAnswer, agree
from benchmarks.asof import DAY, day_requests, season_parts
from benchmarks.figures import Figure, side_by_side
from benchmarks.odds_table import GAMES_PER_SEASON, ROWS_PER_GAME
from benchmarks.scratch import Scratch
from mlb_ml_assets.warehouse.quote_metrics import read_quote_metrics

KEYS = ["external_game_id", "sportsbook_external_id", "market_type", "side"]
ANSWERS = ["opening_odds", "odds", "line_value", "changes", "largest_move"]
_QUOTES = (
    "SELECT h.external_game_id, h.sportsbook_external_id, h.market_type, h.side, h.odds,"
    " h.line_value::DOUBLE PRECISION AS line_value, h.updated_at, e.game_datetime AS first_pitch"
    " FROM staging.action_network_odds_historical AS h"
    " JOIN curated.enhanced_games AS e ON e.action_network_game_id::TEXT = h.external_game_id"
    " WHERE e.game_date BETWEEN '{first}' AND '{last}'"
)
_DUCKDB = """
WITH quotes AS (
    SELECT *, CASE WHEN odds > 0 THEN 100.0 / (100 + odds) ELSE -odds / (100.0 - odds) END AS even
    FROM {source}
    WHERE updated_at < first_pitch
), steps AS (
    SELECT *,
        odds <> LAG(odds) OVER key OR COALESCE(line_value <> LAG(line_value) OVER key, FALSE) AS changed,
        CASE WHEN COALESCE(line_value = LAG(line_value) OVER key, TRUE) THEN ABS(even - LAG(even) OVER key) END AS move
    FROM quotes
    WINDOW key AS (
        PARTITION BY external_game_id, sportsbook_external_id, market_type, side
        ORDER BY updated_at
    )
)
SELECT {game}external_game_id, sportsbook_external_id, market_type, side, ARG_MIN(odds, updated_at) AS opening_odds,
    ARG_MAX(odds, updated_at) AS odds, ARG_MAX(line_value, updated_at) AS line_value,
    COUNT(*) FILTER (WHERE changed) AS changes, MAX(move) AS largest_move
FROM steps
GROUP BY external_game_id, sportsbook_external_id, market_type, side
"""

_FILES = (
    "(SELECT q.external_game_id, q.sportsbook_external_id, q.market_type, q.side, q.odds,"
    " q.line_value::DOUBLE AS line_value, q.updated_at, g.game_datetime AS first_pitch, g.id"
    " FROM read_parquet({quotes}) AS q JOIN read_parquet({games}) AS g"
    " ON g.action_network_game_id::TEXT = q.external_game_id)"
)


class PackageMissing(ImportError):
    """A library that the comparison needs is not installed."""


def need(packages: Sequence[str]) -> None:
    """Refuse before anything is made.

    Raises:
        PackageMissing: with the command that installs them.
    """
    missing = [name for name in packages if importlib.util.find_spec(name) is None]
    if missing:
        raise PackageMissing(
            f"{', '.join(missing)} not installed: the comparison needs pip install 'mlb-ml-assets[bench-others]'"
        )


def compare_asof(scratch: Scratch) -> list[Figure]:
    """A day and as large a part of a season as the scale has; DuckDB from a file too, where the rows lie already."""
    scratch.grow(scratch.rows)
    games = min(scratch.rows_now // ROWS_PER_GAME, GAMES_PER_SEASON)
    figures = []
    with scratch.connect() as connection, tempfile.TemporaryDirectory(prefix="mlb_ml-bench-") as folder:
        path = Path(folder) / "quotes.parquet"
        for name, parts, days, times in (
            ("a day's prices", [day_requests(connection)], (DAY, DAY), 4),
            (f"{games:,} games' prices", season_parts(connection), (date(DAY.year, 1, 1), date(DAY.year, 12, 31)), 2),
        ):
            statement = _QUOTES.format(first=days[0], last=days[1])
            figures += _compare(connection, name, parts, statement, path, times)
    return figures


def _compare(
    connection: psycopg.Connection[Any], name: str, parts: list[pd.DataFrame], statement: str, path: Path, times: int
) -> list[Figure]:
    def ours() -> pd.DataFrame:
        return pd.concat([read_quote_metrics(connection, part) for part in parts], ignore_index=True)

    ways: dict[str, Callable[[], pd.DataFrame]] = {
        "pandas: read_sql, merge_asof": lambda: _by_pandas(connection, statement),
        "polars: COPY as CSV, join_asof": lambda: _by_polars(connection, statement),
        "DuckDB: to parquet, query": lambda: _by_duckdb(connection, statement, path),
    }
    mine = _ordered(_named(connection, ours()))
    figures = []
    for library, way in ways.items():
        _agree(f"{name}, {library}", mine, _ordered(way()))
        seconds, theirs = side_by_side(ours, way, times)
        figures.append(Figure("others", name, "ms", 1e3 * seconds, 1e3 * theirs, library, 1, 0.5))
    seconds, theirs = side_by_side(ours, lambda: _query_parquet(path), times)
    figures.append(
        Figure("others", name, "ms", 1e3 * seconds, 1e3 * theirs, "DuckDB: parquet already written",
            note="without reading the database: only where the same quotes are read many times")
    )  # fmt: skip
    return figures


def _agree(what: str, ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    if not ours[KEYS].astype(str).equals(theirs[KEYS].astype(str)):
        raise AnotherAnswer(f"{what}: other games, books or sides: {len(ours)} against {len(theirs)}")
    for answer in ANSWERS:
        agree(f"{what}, {answer}", ours[answer], theirs[answer].astype(float))


def _named(connection: psycopg.Connection[Any], metrics: pd.DataFrame) -> pd.DataFrame:
    rows = connection.execute("SELECT id, action_network_game_id::TEXT FROM curated.enhanced_games").fetchall()
    books = metrics["book"].str.removeprefix("action_network:")
    return metrics.assign(external_game_id=metrics["game_id"].map(dict(rows)), sportsbook_external_id=books)


def _ordered(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.sort_values(KEYS, ignore_index=True)[[*KEYS, *ANSWERS]]


def _by_pandas(connection: psycopg.Connection[Any], statement: str) -> pd.DataFrame:
    from sqlalchemy import create_engine
    from sqlalchemy.pool import StaticPool

    engine = create_engine("postgresql+psycopg://", creator=lambda: connection, poolclass=StaticPool)
    quotes = pd.read_sql(statement, engine).sort_values("updated_at", ignore_index=True)
    requests = quotes[[*KEYS, "first_pitch"]].drop_duplicates().sort_values("first_pitch")
    newest = pd.merge_asof(
        requests, quotes.drop(columns="first_pitch"), left_on="first_pitch", right_on="updated_at", by=KEYS,
        allow_exact_matches=False,
    )  # fmt: skip
    quotes = quotes[quotes["updated_at"] < quotes["first_pitch"]]
    odds = quotes["odds"].astype(float)
    quotes = quotes.assign(even=np.where(odds > 0, 100 / (100 + odds), -odds / (100 - odds)))
    groups = quotes.groupby(KEYS, sort=False)
    line_step, step = groups["line_value"].diff().fillna(0), groups["even"].diff()
    quotes = quotes.assign(
        changed=(groups["odds"].diff().fillna(0) != 0) | (line_step != 0), move=step.abs().where(line_step == 0)
    )
    moves = quotes.groupby(KEYS).agg(
        opening_odds=("odds", "first"), changes=("changed", "sum"), largest_move=("move", "max")
    )
    return newest.dropna(subset="odds").merge(moves.reset_index(), on=KEYS)


def _by_polars(connection: psycopg.Connection[Any], statement: str) -> pd.DataFrame:
    import polars as pl

    quotes = _polars_frame(connection, statement).sort("updated_at")
    requests = quotes.select([*KEYS, "first_pitch"]).unique().sort("first_pitch")
    newest = requests.join_asof(
        quotes.drop("first_pitch"), left_on="first_pitch", right_on="updated_at", by=KEYS, strategy="backward",
        allow_exact_matches=False, check_sortedness=False,
    )  # fmt: skip
    odds = pl.col("odds").cast(pl.Float64)
    quotes = quotes.filter(pl.col("updated_at") < pl.col("first_pitch")).with_columns(
        even=pl.when(odds > 0).then(100 / (100 + odds)).otherwise(-odds / (100 - odds))
    )
    line_step = pl.col("line_value").diff().fill_null(0)
    moves = quotes.group_by(KEYS, maintain_order=True).agg(
        opening_odds=pl.col("odds").first(),
        changes=((pl.col("odds").diff().fill_null(0) != 0) | (line_step != 0)).sum(),
        largest_move=pl.col("even").diff().abs().filter(line_step == 0).max(),
    )
    return newest.drop_nulls("odds").join(moves, on=KEYS).to_pandas()


def _by_duckdb(connection: psycopg.Connection[Any], statement: str, path: Path) -> pd.DataFrame:
    _polars_frame(connection, statement).write_parquet(path)
    return _query_parquet(path)


def _query_parquet(path: Path) -> pd.DataFrame:
    import duckdb

    with duckdb.connect() as database:
        return database.execute(_DUCKDB.format(source=f"read_parquet('{path}')", game="")).df()


def plain_query(quotes: Sequence[str], games: Sequence[str]) -> pd.DataFrame:
    """The answers by DuckDB alone from files of the archive tier, with the game_id of each."""
    import duckdb

    source = _FILES.format(quotes=list(quotes), games=list(games))
    with duckdb.connect() as database:
        return database.execute(_DUCKDB.format(source=source, game="ANY_VALUE(id) AS game_id, ")).df()


def _polars_frame(connection: psycopg.Connection[Any], statement: str) -> Any:
    """The quickest way out of PostgreSQL that needs no further package: COPY as CSV."""
    import polars as pl

    text = io.BytesIO()
    with connection.cursor().copy(f"COPY ({statement}) TO STDOUT (FORMAT CSV, HEADER)") as copy:  # type: ignore[call-overload]
        for block in copy:
            text.write(block)
    text.seek(0)
    frame = pl.read_csv(text, schema_overrides=dict.fromkeys(KEYS, pl.String), try_parse_dates=False)
    stamps = pl.col("updated_at", "first_pitch")
    return frame.with_columns(
        (stamps + ":00").str.to_datetime("%Y-%m-%d %H:%M:%S%.f%z", time_unit="us"),
        pl.col("line_value").cast(pl.Float64),
    )
