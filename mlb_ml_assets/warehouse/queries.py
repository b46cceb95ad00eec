"""Running the files of sql/queries: their parameters and their rows.

Belongs here: the vocabulary that every query may name as a parameter, rows as tuples, dicts, dataclasses or a frame.
Not here: finding the files (sql.py), statements that COPY (history.py, feature_store.py).
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import psycopg
from psycopg import sql
from psycopg.rows import class_row, dict_row

from mlb_ml_assets.domain.clock import EASTERN_ZONE
from mlb_ml_assets.domain.markets import FIRST_SIDES, MARKET_KEYS, MONEYLINE, SPREAD, TOTAL
from mlb_ml_assets.domain.models import GAME_MODEL, LINEUP, OPEN
from mlb_ml_assets.domain.time_rules import (
    CUTOFF_BEFORE_START,
    MAX_LAST_CHANGE_AGE,
    MAX_LOG_SILENCE,
    MAX_QUOTE_AGE,
    PRICE_HOURS,
)
from mlb_ml_assets.warehouse.sql import query

if TYPE_CHECKING:
    import pandas as pd

Row = TypeVar("Row")
Parameters = Mapping[str, Any]

QUOTE_MONTHS: Final = ("quotes_from", "quotes_until")

# Names of the product that queries compare with; a query takes those that it names.
VOCABULARY: Final[Parameters] = {
    "eastern": EASTERN_ZONE,
    "moneyline": MONEYLINE.key,
    "total": TOTAL.key,
    "spread": SPREAD.key,
    "markets": list(MARKET_KEYS),
    "first_sides": list(FIRST_SIDES),
    "game_models": list(GAME_MODEL.names),
    "open_model": GAME_MODEL.name_of(OPEN),
    "lineup_model": GAME_MODEL.name_of(LINEUP),
    "cutoff_before_start": CUTOFF_BEFORE_START,
    "max_quote_age": MAX_QUOTE_AGE,
    "max_log_silence": MAX_LOG_SILENCE,
    "max_last_change_age": MAX_LAST_CHANGE_AGE,
    "price_hours": list(PRICE_HOURS),
    # Every month, for who does not name those of its games: quote_months.py.
    **dict(zip(QUOTE_MONTHS, ("-infinity", "infinity"), strict=True)),
}


def statement(name: str, parameters: Parameters | None = None) -> str:
    """The text of a query, with the months of quotes that the parameters name (quote_months.py) as constants in it.

    A prepared statement is planned once for all values of its parameters: over 180 months in 400 ms. Constants change
    with the month.
    """
    text = query(name)
    for month in QUOTE_MONTHS:
        if parameters is not None and month in parameters:
            constant = sql.Literal(parameters[month]).as_string()
            # Nobody's input: one of the instants that PostgreSQL prints, quoted by psycopg.
            text = text.replace(f"%({month})s", constant)
    return text


def run_query(
    connection: psycopg.Connection[Any], name: str, parameters: Parameters | None = None
) -> psycopg.Cursor[Any]:
    """Run sql/queries/<name>.sql; a parameter hides a word of the vocabulary of the same name."""
    return connection.execute(statement(name, parameters), {**VOCABULARY, **(parameters or {})})


def read_dicts(
    connection: psycopg.Connection[Any], name: str, parameters: Parameters | None = None, *, limit: int = 0
) -> list[dict[str, Any]]:
    """The rows of a query as dicts; the first `limit` of them, if it is positive."""
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(statement(name, parameters), {**VOCABULARY, **(parameters or {})})
        return cursor.fetchmany(limit) if limit > 0 else cursor.fetchall()


def read_objects(
    connection: psycopg.Connection[Any], name: str, row_class: type[Row], parameters: Parameters | None = None
) -> list[Row]:
    """The rows of a query as objects of a dataclass with the query's columns."""
    with connection.cursor(row_factory=class_row(row_class)) as cursor:
        return cursor.execute(statement(name, parameters), {**VOCABULARY, **(parameters or {})}).fetchall()


def read_frame(
    connection: psycopg.Connection[Any],
    name: str,
    parameters: Parameters | None = None,
    *,
    instants: Sequence[str] = (),
) -> "pd.DataFrame":
    """The rows of a query as a frame; the columns `instants`, where the query has them, are UTC instants."""
    import pandas as pd

    cursor = run_query(connection, name, parameters)
    frame = pd.DataFrame(cursor.fetchall(), columns=[column.name for column in cursor.description or ()])
    for stamp in frame.columns.intersection(list(instants)):
        frame[stamp] = pd.to_datetime(frame[stamp], utc=True)
    return frame
