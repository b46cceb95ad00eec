"""Everything that happened, as the frames that features are made of.

Belongs here: reading staging facts and curated games, one version of each fact a known-at, most believed source first.
Not here: deciding what a decision may use (features/), computing anything.
"""

from collections.abc import Collection
from datetime import date, datetime
from io import BytesIO
from typing import Any, Final

import pandas as pd
import psycopg
import pyarrow as pa
from psycopg import sql
from pyarrow import csv as arrow_csv

from mlb_ml_assets.features.player_lines import BATTER_COLUMNS, PITCHER_COLUMNS
from mlb_ml_assets.identity.parks import PARKS
from mlb_ml_assets.warehouse.sql import query
from mlb_ml_assets.warehouse.weather import along_axes

FRAMES: Final = (
    "games", "results", "conditions", "forecasts", "probables", "lineups", "lineup_positions", "starter_lines",
    "bullpen_lines", "team_lines", "batter_lines", "pitcher_lines", "people", "market_lines",
)  # fmt: skip
INSTANTS: Final = ("start", "known_at", "quoted_at", "schedule_known_at")
DAYS: Final = ("game_date", "birth_date", "debut")
# Text that a CSV reader would take for numbers, or for missing where a whole column is.
TEXTS: Final = (
    "player_id", "home_line_score", "away_line_score", "home_starter_id", "away_starter_id", "umpire_id", "park_id",
    "wind_direction", "sky", "precipitation", "bats", "throws", "day_night", *(f"batter_{n}" for n in range(1, 10)),
)  # fmt: skip
ORDER: Final = ("start", "game_id", "side", "stage", "market_type", "known_at")
FLAGS: Final = ("roof_closed",)
# Lines of single players are three quarters of a history.
COUNTS: Final = {"batter_lines": BATTER_COLUMNS, "pitcher_lines": PITCHER_COLUMNS}


def read_history(
    connection: psycopg.Connection[Any], through: datetime | date | None = None, since: date | None = None
) -> dict[str, pd.DataFrame]:
    """The frames of features.facts.GameHistory by name, and `parks`.

    Args:
        connection: any.
        through: leave out facts that became known after this instant (a date means its end in UTC), and games that
            start later than ten days after it; None reads all.
        since: leave out games up to and including this official date, for a build that starts from a checkpoint.

    Returns:
        Frames with plain indexes; instants are UTC, unknown is None or NaN. Of several sources the most believed gives
        a game's facts of one kind; several versions of a fact are several rows with their own known_at. Sides are the
        game's, also where a source has home and away exchanged.
    """
    with connection.transaction():
        _set_window(connection, through, since)
        connection.execute(query("history_links"))
        connection.execute("ANALYZE pg_temp.history_links")
        frames = {
            name: _in_order(_most_believed(copy_frame(connection, f"history_{name}", COUNTS.get(name, ())), name))
            # The largest first, while nothing else is held.
            for name in sorted(FRAMES, key=lambda name: name not in COUNTS)
        }
        connection.execute("DROP TABLE pg_temp.history_links")
    frames["forecasts"] = along_axes(frames["forecasts"])
    frames["parks"] = pd.DataFrame(
        [(park.park_id, park.latitude, park.longitude, park.timezone) for park in PARKS],
        columns=["park_id", "latitude", "longitude", "time_zone"],
    )
    return frames


def read_market_history(
    connection: psycopg.Connection[Any], through: datetime | date | None = None, since: date | None = None
) -> pd.DataFrame:
    """The frame `market_lines` of `read_history` alone: what a new quote changes of a history read before."""
    with connection.transaction():
        _set_window(connection, through, since)
        return _in_order(copy_frame(connection, "history_market_lines"))


def _set_window(connection: psycopg.Connection[Any], through: datetime | date | None, since: date | None) -> None:
    """COPY takes no parameters; the settings live and die with the transaction."""
    limit = through
    if isinstance(through, date) and not isinstance(through, datetime):
        limit = datetime.combine(through, datetime.max.time()).astimezone()
    until = "infinity" if limit is None else limit.isoformat()
    after = "-infinity" if since is None else since.isoformat()
    connection.execute(
        "SELECT set_config('mlb_ml.history_through', %s, TRUE), set_config('mlb_ml.history_since', %s, TRUE)",
        (until, after),
    )


def _most_believed(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """The facts of each game's most believed source that has any of this kind."""
    if "rank" not in frame:
        return frame
    rank = frame.pop("rank")
    is_best = rank == rank.groupby(frame["game_id"]).transform("min")
    per_player = ("player_id",) if name in COUNTS else ()
    key = [column for column in ("game_id", "side", "known_at", *per_player) if column in frame]
    # Usually there is nothing to leave out, and nothing to copy.
    if not is_best.all():
        frame = frame[is_best]
    is_repeated = frame.duplicated(key)
    return frame[~is_repeated] if is_repeated.any() else frame


def _in_order(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame in ORDER, with a plain index; column by column, because a second copy of ten seasons takes 100 MB."""
    keys = [name for name in ORDER if name in frame]
    if keys:
        order = frame[keys].reset_index(drop=True).sort_values(keys).index.to_numpy()
        for name in frame:
            frame[name] = frame[name].array.take(order)
    return frame.reset_index(drop=True)


def copy_frame(connection: psycopg.Connection[Any], name: str, counts: Collection[str] = ()) -> pd.DataFrame:
    """The rows of a query without parameters, by COPY as CSV: 3 to 5 times as fast as rows through Python.

    Args:
        connection: any.
        name: of the query.
        counts: columns of whole numbers under 16 million, which 32 bits hold exactly.
    """
    table = _copy_table(connection, name, counts)
    # Each column leaves the one when it is in the other.
    frame: pd.DataFrame = table.to_pandas(split_blocks=True, self_destruct=True)
    del table
    pa.default_memory_pool().release_unused()
    for column in INSTANTS:
        if column in frame:
            frame[column] = pd.to_datetime(frame[column], utc=True).astype("datetime64[ns, UTC]")
    for column in DAYS:
        if column in frame:
            frame[column] = pd.to_datetime(frame[column]).astype("datetime64[ns]")
    return frame


def _copy_table(connection: psycopg.Connection[Any], name: str, counts: Collection[str]) -> pa.Table:
    sink = BytesIO()
    statement = query(name).rstrip().removesuffix(";")
    with (
        connection.cursor() as cursor,
        cursor.copy(sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)").format(sql.SQL(statement))) as copy,
    ):
        for block in copy:
            sink.write(block)
    sink.seek(0)
    kinds = dict.fromkeys(TEXTS, "string") | dict.fromkeys(FLAGS, "bool") | dict.fromkeys(counts, pa.float32())
    options = arrow_csv.ConvertOptions(
        column_types=kinds, true_values=["t"], false_values=["f"], strings_can_be_null=True, null_values=[""]
    )
    return arrow_csv.read_csv(sink, convert_options=options)
