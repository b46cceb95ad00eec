"""The wide table of features and their ages, curated.game_features: one REAL column each, NaN where missing.

Belongs here: writing a features frame, reading it back, the training frame beside prices and results.
Not here: computing features, JSONB vectors (feature_vectors.py), checkpoints (feature_checkpoints.py).
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
import psycopg
from numpy.typing import NDArray
from psycopg import sql
from psycopg.adapt import PyFormat

from mlb_ml_assets.domain.input_ages import AGE_COLUMNS
from mlb_ml_assets.domain.logit import logit
from mlb_ml_assets.domain.markets import MARKET_KEYS
from mlb_ml_assets.domain.models import LINEUP, OPEN
from mlb_ml_assets.features.declarations import FEATURE_COLUMNS
from mlb_ml_assets.features.stamped_prices import stamped_columns
from mlb_ml_assets.warehouse.archived_months import one_snapshot
from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.feature_checkpoints import current_feature_version
from mlb_ml_assets.warehouse.month_reads import Span, open_months, read_spans
from mlb_ml_assets.warehouse.month_store import MonthStore
from mlb_ml_assets.warehouse.row_codec import Column, NotFixedWidth, decode_rows, encode_rows
from mlb_ml_assets.warehouse.sql import query
from mlb_ml_assets.warehouse.stamped_prices import read_stamped_prices

if TYPE_CHECKING:
    import duckdb

# The REAL columns: features and how old the facts behind them are.
STORED_NUMBERS: Final = (*FEATURE_COLUMNS, *AGE_COLUMNS)
# Heads of the rows of a stream; the REAL columns follow them.
STORED: Final[tuple[Column, ...]] = (
    ("game_id", "integer"),
    ("is_lineup", "boolean"),
    ("as_of", "timestamptz"),
    ("known_at", "timestamptz"),
    ("priced_at_lineup", "boolean"),
)
# Fewer rows are parameters: making, filling and dropping a temporary table of so many columns takes 10 ms.
_MOST_AS_ARRAYS: Final = 60
_ARRAYS: Final = sql.SQL(
    "(SELECT {heads}, {numbers} FROM UNNEST({arrays}) WITH ORDINALITY AS r ({heads}, place)) AS i"
).format(
    heads=sql.SQL(", ").join(sql.Identifier(name) for name, _ in STORED),
    arrays=sql.SQL(", ").join(
        sql.SQL("{}::{}[]").format(sql.Placeholder(name, PyFormat.BINARY), sql.SQL(kind)) for name, kind in STORED
    ),
    numbers=sql.SQL(", ").join(
        sql.SQL("(%(numbers)b::REAL[])[(r.place - 1) * {} + {}] AS {}").format(
            len(STORED_NUMBERS), place, sql.Identifier(name)
        )
        for place, name in enumerate(STORED_NUMBERS, start=1)
    ),
)
_READ: Final[tuple[Column, ...]] = (*STORED, ("game_date", "date"))
# These of a game as g and its features as f, for game_features_read.sql and newest_features_read.sql.
_READ_HEADS: Final = sql.SQL(
    "f.game_id, f.stage = 'lineup' AS is_lineup, f.as_of, f.known_at, f.price_stage = 'lineup' AS priced_at_lineup, "
    "g.game_date"
)
_PRICES: Final = (
    "home_probability", "total_line", "total_over_probability", "spread_line", "spread_home_probability",
)  # fmt: skip
# What a bet at the decision would have paid, and how long before first pitch its price was in effect.
_DECISION: Final = ("home_odds", "away_odds", "over_odds", "under_odds", "hours_to_start")
TRAINING: Final[tuple[Column, ...]] = (
    ("game_id", "integer"),
    ("is_lineup", "boolean"),
    ("as_of", "timestamptz"),
    ("known_at", "timestamptz"),
    ("game_date", "date"),
    ("in_doubleheader", "boolean"),
    ("suspended", "boolean"),
    ("result_known_at", "timestamptz"),
    *((f"market_{name}", "double precision") for name in (*_PRICES, *_DECISION)),
    *((f"close_{name}", "double precision") for name in _PRICES),
    ("home_score", "double precision"),
    ("away_score", "double precision"),
)
# Those of training_rows.sql.
_FEATURES: Final = "curated.game_features"
_TRAINING_TABLES: Final = (_FEATURES, "curated.resolved_games", "curated.game_details", "curated.market_lines")


class FeaturesRefused(WarehouseError, ValueError):
    """A features frame lacks a column of the registry, or names a game twice."""


def write_features(
    connection: psycopg.Connection[Any], features: pd.DataFrame, feature_version: str
) -> tuple[int, int]:
    """Store a features frame; equal rows are left alone, others replaced.

    Args:
        connection: inside a transaction, which the caller commits.
        features: game_id, stage, as_of, known_at, price_stage, every column of the registry and every age.
        feature_version: of all rows; rows of an earlier version with the same key are replaced.

    Returns:
        Rows inserted and rows updated.

    Raises:
        FeaturesRefused: a column is missing, or (game, stage, as_of) is not unique.
    """
    needed = ("game_id", "stage", "as_of", "known_at", "price_stage", *STORED_NUMBERS)
    absent = [name for name in needed if name not in features.columns]
    if absent:
        raise FeaturesRefused(f"features: missing columns {absent}")
    twice = features.duplicated(["game_id", "stage", "as_of"])
    if twice.any():
        raise FeaturesRefused(f"features: game {features.loc[twice, 'game_id'].iloc[0]} twice at one stage and instant")
    if features.empty:
        return 0, 0
    version = {"feature_version": feature_version}
    if len(features) <= _MOST_AS_ARRAYS:
        counts = connection.execute(_merge_text(as_arrays=True), {**version, **_arrays(features)}).fetchone()
    else:
        columns = sql.SQL(", ").join(
            sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(kind))
            for name, kind in (*STORED, *((name, "real") for name in STORED_NUMBERS))
        )
        connection.execute(sql.SQL("CREATE TEMPORARY TABLE incoming_features ({}) ON COMMIT DROP").format(columns))
        with connection.cursor().copy("COPY pg_temp.incoming_features FROM STDIN (FORMAT BINARY)") as copy:
            copy.write(feature_stream(features))
        counts = connection.execute(_merge_text(as_arrays=False), version).fetchone()
        connection.execute("DROP TABLE pg_temp.incoming_features")
    assert counts is not None
    return int(counts[0]), int(counts[1])


# Composing it takes longer than merging a few rows.
@lru_cache(maxsize=2)
def _merge_text(*, as_arrays: bool) -> str:
    return _composed(
        "game_features_merge",
        incoming=_ARRAYS if as_arrays else sql.Identifier("pg_temp", "incoming_features"),
        features=_names(STORED_NUMBERS),
        excluded=_names(STORED_NUMBERS, "excluded"),
        stored=_names(STORED_NUMBERS, "t"),
    ).as_string()


def _arrays(features: pd.DataFrame) -> dict[str, list[Any]]:
    """The parameters of _ARRAYS: the heads by name, and the numbers row by row."""
    heads = _heads(features)
    instants = {
        name: [stamp.replace(tzinfo=UTC) for stamp in heads[name].tolist()]
        for name, kind in STORED
        if kind == "timestamptz"
    }
    numbers = features[list(STORED_NUMBERS)].to_numpy(dtype=np.float32).ravel().tolist()
    return {**{name: values.tolist() for name, values in heads.items()}, **instants, "numbers": numbers}


def read_features(
    connection: psycopg.Connection[Any],
    first_day: date,
    last_day: date,
    feature_version: str,
    games: Collection[int] | None = None,
    *,
    newest: bool = False,
) -> pd.DataFrame:
    """The stored features of games of a range of days, both included, in order of date; with `games` of these alone.

    Args:
        connection: any.
        first_day: official date.
        last_day: official date.
        feature_version: of the rows.
        games: ids; None means all.
        newest: only the latest as-of instant of each game, stage and price stage.

    Returns:
        game_id, stage, as_of, known_at, price_stage, then the registry's columns and the ages as float64 of the stored
        32 bits.
    """
    statement = _composed(
        "newest_features_read" if newest else "game_features_read",
        columns=sql.SQL(", ").join([_READ_HEADS, _names(STORED_NUMBERS, "f")]),
        first_day=sql.Literal(first_day),
        last_day=sql.Literal(last_day),
        feature_version=sql.Literal(feature_version),
        games=sql.Literal(None if games is None else [int(game) for game in games]),
    )
    values, floats = _read(connection, statement, _READ, STORED_NUMBERS)
    # Here, because the server would sort whole rows.
    order = np.lexsort((values["as_of"], values["is_lineup"], values["game_id"], values["game_date"]))
    values = {name: column[order] for name, column in values.items()}
    head = _head(values)
    head["price_stage"] = np.where(values["priced_at_lineup"], LINEUP, OPEN)
    return _concat_columns(head, floats[order], STORED_NUMBERS)


def read_training(
    connection: psycopg.Connection[Any],
    known_before: datetime,
    *,
    first_day: date = date.min,
    last_day: date = date.max,
    feature_version: str | None = None,
    store: MonthStore | None = None,
) -> pd.DataFrame:
    """What a model may learn from at an instant: features, prices, closes and results of games that are over.

    One row per game and stage: `open` at its first as-of instant, `lineup` at its last. `market_` is the price the row
    was decided at, `close_` the close; prices that became known later than `known_before` are NaN.

    Args:
        connection: any.
        known_before: results known later are left out.
        first_day: official date of the first game.
        last_day: and of the last.
        feature_version: of the rows; default is the current one.
        store: the archive tier, which answers for the months that it holds as PostgreSQL does, to the same bits.

    Returns:
        game_id, stage, as_of, known_at, game_date, doubleheader (N or Y), suspended, result_known_at, season_type,
        market_ and close_ columns (home_logit, total_line, total_over_probability, spread_line,
        spread_home_probability), market_home_odds, market_away_odds, market_over_odds, market_under_odds (American),
        market_hours_to_start (from when the price was in effect; an archive's from its opening), the columns of
        features.stamped_prices, home_score, away_score, home_win (NaN for a tie), and the registry's columns.

    Raises:
        FeaturesRefused: `known_before` has no time zone.
        MonthFileDamaged: a file of the tier has other bytes than were written.
    """
    if known_before.tzinfo is None:
        raise FeaturesRefused(f"known_before has no time zone: {known_before}")
    version = feature_version or current_feature_version(connection)
    with one_snapshot(connection):
        # Spans follow each other in time, and the rows of each are in order of their dates.
        spans = read_spans(connection, store, _TRAINING_TABLES, first_day, last_day)
        parts = [_read_span(connection, store, span, version, known_before) for span in spans]
        stamped = read_stamped_prices(connection, known_before)
    values = {name: np.concatenate([heads[name] for heads, _ in parts]) for name, _ in TRAINING}
    floats = np.concatenate([matrix for _, matrix in parts])
    home, away = values["home_score"], values["away_score"]
    frame: dict[str, Any] = _head(values) | {
        "game_date": values["game_date"],
        "doubleheader": np.where(values["in_doubleheader"], "Y", "N"),
        "suspended": values["suspended"],
        "result_known_at": pd.DatetimeIndex(values["result_known_at"]).tz_localize("UTC"),
        "season_type": np.where(floats[:, FEATURE_COLUMNS.index("postseason")] == 1, "postseason", "regular"),
    }
    for stage in ("market", "close"):
        frame[f"{stage}_home_logit"] = logit(values[f"{stage}_home_probability"])
        frame |= {f"{stage}_{name}": values[f"{stage}_{name}"] for name in _PRICES[1:]}
    frame |= {f"market_{name}": values[f"market_{name}"] for name in _DECISION}
    frame |= stamped_columns(values["game_id"].astype(np.int64), stamped)
    frame |= {
        "home_score": home,
        "away_score": away,
        "home_win": np.where(home == away, np.nan, (home > away).astype(np.float64)),
    }
    return _concat_columns(frame, floats, FEATURE_COLUMNS).astype({"season": np.int64})


def _composed(name: str, **parts: sql.Composable) -> sql.Composed:
    return sql.SQL(query(name)).format(**parts)


# As one text: a hundred identifiers are quoted again with each use.
@lru_cache(maxsize=16)
def _names(columns: tuple[str, ...], table: str | None = None) -> sql.SQL:
    prefix = () if table is None else (table,)
    return sql.SQL(sql.SQL(", ").join(sql.Identifier(*prefix, name) for name in columns).as_string())


def feature_stream(features: pd.DataFrame) -> memoryview:
    """A features frame as the binary COPY stream of STORED and STORED_NUMBERS."""
    return encode_rows(STORED, _heads(features), features[list(STORED_NUMBERS)].to_numpy(dtype=np.float32))


def _heads(features: pd.DataFrame) -> dict[str, NDArray[Any]]:
    """The columns STORED of a features frame."""

    def instants(name: str) -> NDArray[Any]:
        stamps = features[name]
        if not isinstance(stamps.dtype, pd.DatetimeTZDtype):
            stamps = pd.to_datetime(stamps, utc=True)
        # Never rounded up: PostgreSQL keeps microseconds.
        return np.asarray(stamps.dt.tz_convert(None).to_numpy("datetime64[ns]").astype("datetime64[us]"))

    return {
        "game_id": features["game_id"].to_numpy(dtype=np.int64),
        "is_lineup": (features["stage"] == LINEUP).to_numpy(),
        "as_of": instants("as_of"),
        "known_at": instants("known_at"),
        "priced_at_lineup": (features["price_stage"] == LINEUP).to_numpy(),
    }


def _read(
    connection: psycopg.Connection[Any], statement: sql.Composed, heads: Sequence[Column], numbers: Sequence[str]
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float64]]:
    """Heads by name, and the REAL columns after them as one matrix."""
    # Grown row by row: joining twenty thousand views at the end took twice as long as receiving them.
    stream = bytearray()
    with connection.cursor().copy(sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(statement)) as copy:
        for block in copy:
            stream += block
    try:
        return decode_rows(heads, stream, len(numbers))
    except NotFixedWidth:
        # An adopted table may hold what ours would not (a NULL, a wider type): slower, and the values decide.
        return _read_by_rows(connection, statement, heads, numbers)


def _read_span(
    connection: psycopg.Connection[Any],
    store: MonthStore | None,
    span: Span,
    feature_version: str,
    known_before: datetime,
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float64]]:
    """The training rows of days that PostgreSQL or the tier answers for, in order of their dates."""

    def statement(features: sql.Composable) -> sql.Composed:
        return _composed(
            "training_rows",
            **{market: sql.Literal(market) for market in MARKET_KEYS},
            chosen_features=features,
            first_day=sql.Literal(span.first),
            last_day=sql.Literal(span.last),
            feature_version=sql.Literal(feature_version),
            known_before=sql.Literal(known_before),
        )

    if store is None or span.files is None:
        return _read(connection, statement(_names(FEATURE_COLUMNS, "c")), TRAINING, FEATURE_COLUMNS)
    keys = statement(sql.Identifier("c", "feature_version"))
    wide = _composed("training_months", training_rows=keys, features=_names(FEATURE_COLUMNS, "f"))
    # Of the other tables only the months of features are opened: a file costs 1 ms before its first row.
    months = {each.month for each in span.files[_FEATURES]}
    files = {name: tuple(each for each in held if each.month in months) for name, held in span.files.items()}
    with open_months(connection, store, files) as database:
        return _read_months(database, wide, TRAINING, FEATURE_COLUMNS)


def _read_months(
    database: "duckdb.DuckDBPyConnection", statement: sql.Composed, heads: Sequence[Column], numbers: Sequence[str]
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float64]]:
    """What `_read` returns of the same rows, from files of the archive tier."""
    columns = database.execute(statement.as_string()).fetchnumpy()
    values: dict[str, NDArray[Any]] = {}
    for name, kind in heads:
        if kind in {"timestamptz", "date"}:
            values[name] = np.asarray(columns[name], dtype="datetime64[ns]")
        else:
            values[name] = _filled(columns[name]) if kind == "double precision" else np.asarray(columns[name])
    floats = np.empty((len(values[heads[0][0]]), len(numbers)), dtype=np.float64)
    for place, name in enumerate(numbers):
        floats[:, place] = _filled(columns[name])
    return values, floats


def _filled(column: Any) -> NDArray[Any]:
    """A column with NaN for NULL: DuckDB gives one with a NULL, which an adopted table may hold, as a masked array."""
    return np.asarray(np.ma.filled(column, np.nan))


def _read_by_rows(
    connection: psycopg.Connection[Any], statement: sql.Composed, heads: Sequence[Column], numbers: Sequence[str]
) -> tuple[dict[str, NDArray[Any]], NDArray[np.float64]]:
    rows = connection.execute(statement).fetchall()
    native = {"boolean": "bool", "integer": "int64", "double precision": "float64"}
    values: dict[str, NDArray[Any]] = {}
    for place, (name, kind) in enumerate(heads):
        column = [row[place] for row in rows]
        if kind in native:
            given = [np.nan if value is None else value for value in column] if "float" in native[kind] else column
            values[name] = np.array(given, dtype=native[kind])
        else:
            stamps = pd.to_datetime(pd.Series(column, dtype=object), utc=True)
            values[name] = stamps.dt.tz_localize(None).to_numpy("datetime64[ns]")
    # Through 32 bits, as the stream gives them; None becomes NaN.
    floats = np.array([row[len(heads) :] for row in rows], dtype=np.float32).astype(np.float64)
    return values, floats.reshape(len(rows), len(numbers))


def _head(values: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    return {
        "game_id": values["game_id"].astype(np.int64),
        "stage": np.where(values["is_lineup"], LINEUP, OPEN),
        "as_of": pd.DatetimeIndex(values["as_of"]).tz_localize("UTC"),
        "known_at": pd.DatetimeIndex(values["known_at"]).tz_localize("UTC"),
    }


def _concat_columns(heads: Mapping[str, Any], floats: NDArray[np.float64], numbers: Sequence[str]) -> pd.DataFrame:
    """Heads and after them the REAL columns, whose matrix is not copied."""
    frame = pd.DataFrame(floats, columns=list(numbers))
    for place, (name, values) in enumerate(heads.items()):
        frame.insert(place, name, values)
    return frame
