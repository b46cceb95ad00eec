"""Rows through psycopg's binary COPY.

Belongs here: columns as the Python values that psycopg writes for the type of each target column; writing them.
Not here: SQL of a merge (incoming_rows.py), rows of fixed width as one matrix (row_codec.py).
"""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from types import NoneType
from typing import Any, Final

import numpy as np
import pandas as pd
import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from mlb_ml_assets.warehouse.errors import NotStorable

_INTEGER_BITS: Final = {"int2": 15, "int4": 31, "int8": 63}
_FLOATS: Final = ("float4", "float8")
_TEXTS: Final = ("varchar", "text", "bpchar")
# Python types that psycopg writes as they are; values of other types are converted one by one.
_PLAIN: Final[dict[str, frozenset[type]]] = {
    **dict.fromkeys(_INTEGER_BITS, frozenset({int})),
    **dict.fromkeys(_FLOATS, frozenset({float})),
    **dict.fromkeys(_TEXTS, frozenset({str})),
    "bool": frozenset({bool}),
    "date": frozenset({date}),
    "timestamptz": frozenset({datetime}),
}


@dataclass(frozen=True)
class TargetColumn:
    """A column that rows are written to: its name and PostgreSQL's internal type name (int4, timestamptz, …).

    `declared` is its type as the table's definition has it, with its precision; empty where nobody needs it.
    """

    name: str
    type_name: str
    element_type: str | None = None
    declared: str = ""

    @property
    def wire_type(self) -> str:
        """The type name that psycopg knows; CHAR(n) is sent as TEXT, which is the same on the wire."""
        kind = self.element_type or self.type_name
        return ("text" if kind == "bpchar" else kind) + ("[]" if self.element_type else "")


def copy_rows(
    connection: psycopg.Connection[Any],
    target: sql.Identifier,
    columns: Sequence[TargetColumn],
    values: Sequence[Any],
) -> None:
    """COPY columns of equal length into a table.

    Args:
        connection: inside a transaction.
        target: the table.
        columns: the target columns.
        values: per column a pandas Series or a sequence of Python values; None, NaN, NaT and NA become NULL.

    Raises:
        NotStorable: a value does not fit its column: a fraction or a number too large in an integer column, an
            infinity, a float in a text column (an id that went through a join with gaps), a datetime without time
            zone in a column of instants, a time of day in a column of dates.
    """
    prepared = [prepare_column(column, part) for column, part in zip(columns, values, strict=True)]
    listed = sql.SQL(", ").join(sql.Identifier(column.name) for column in columns)
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(target, listed)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.set_types([column.wire_type for column in columns])
        for row in zip(*prepared, strict=True):
            copy.write_row(row)


def prepare_column(column: TargetColumn, values: Any) -> Sequence[Any]:
    """The values of one column as psycopg writes them for its type, None where missing."""
    if isinstance(values, pd.Series):
        values = _list_of(values)
    kinds = set(map(type, values)) - {NoneType}
    if kinds == {float}:
        values = [None if value != value else value for value in values]  # noqa: PLR0124 (NaN)
        if column.type_name in _INTEGER_BITS and all(value is None or value.is_integer() for value in values):
            # Whole numbers that went through a join with gaps.
            values, kinds = [None if value is None else int(value) for value in values], {int}
    if column.element_type is not None:
        return [None if _is_missing(value) else _convert_list(column, value) for value in values]
    if kinds <= _PLAIN.get(column.type_name, frozenset()) and _can_stay(column, values):
        return values  # type: ignore[no-any-return]
    if column.type_name == "jsonb":
        # The importances of a model are one object in all rows of its month: encoded once.
        encoded = {id(value): _convert(column, value) for value in {id(value): value for value in values}.values()}
        return [encoded[id(value)] for value in values]
    if column.type_name == "numeric" and len(kinds) == 1:
        # A slate's prices have a hundred different lines: each is converted once.
        converted = {value: _convert(column, value) for value in set(values)}
        return [converted[value] for value in values]
    return [_convert(column, value) for value in values]


def _list_of(series: "pd.Series[Any]") -> list[Any]:
    if isinstance(series.dtype, pd.Int64Dtype):
        return series.astype(object).where(series.notna(), None).tolist()
    if not isinstance(series.dtype, pd.DatetimeTZDtype):
        return series.tolist()
    # As plain datetimes; one by one, pandas' own instants took three times as long.
    instants = pd.DatetimeIndex(series.dt.tz_convert("UTC").dt.floor("us")).to_pydatetime()
    return [None if value is pd.NaT else value for value in instants]


def _can_stay(column: TargetColumn, values: Sequence[Any]) -> bool:
    """Whether values of the column's own type can be written unseen: finite, not too large, with a time zone."""
    if column.type_name == "timestamptz":
        return all(value is None or value.tzinfo for value in values)
    if column.type_name in _FLOATS:
        return math.isfinite(sum(filter(None, values)))
    if column.type_name in _INTEGER_BITS:
        limit = 2 ** _INTEGER_BITS[column.type_name]
        known = [*filter(None, values), 0]
        return bool(-limit <= min(known) and max(known) < limit)
    return True


def _convert(column: TargetColumn, value: Any) -> Any:
    if _is_missing(value):
        return None
    try:
        return _CONVERTERS.get(column.type_name, _unchanged)(value, column.type_name)
    except NotStorable as error:
        raise NotStorable(f"{column.name}: {value!r} ({type(value).__name__}) {error}") from None


def _convert_list(column: TargetColumn, value: Any) -> list[Any]:
    if isinstance(value, str) or not isinstance(value, Sequence | np.ndarray):
        raise NotStorable(f"{column.name}: {value!r} is not a list")
    element = TargetColumn(column.name, column.element_type or "")
    return [_convert(element, item) for item in value]


def _is_missing(value: object) -> bool:
    return value is None or value is pd.NaT or value is pd.NA or (isinstance(value, float) and math.isnan(value))


def _integer(value: Any, type_name: str) -> int:
    if isinstance(value, bool | np.bool_ | str) or not math.isfinite(value) or int(value) != value:
        raise NotStorable("is not a whole number")
    # psycopg would cut it to the column's bytes, which makes it another number.
    if not -(2 ** _INTEGER_BITS[type_name]) <= value < 2 ** _INTEGER_BITS[type_name]:
        raise NotStorable(f"is too large for {type_name}")
    return int(value)


def _number(value: Any, type_name: str) -> float | Decimal:
    if isinstance(value, bool | np.bool_ | str) or not math.isfinite(value):
        raise NotStorable("is not a finite number")
    plain = value.item() if isinstance(value, np.generic) else value
    if type_name == "numeric":
        return plain if isinstance(plain, Decimal) else Decimal(repr(plain))
    return float(plain)


def _boolean(value: Any, _: str) -> bool:
    if not isinstance(value, bool | np.bool_):
        raise NotStorable("is neither true nor false")
    return bool(value)


def _instant(value: Any, _: str) -> datetime:
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise NotStorable("is not an instant: a datetime with its time zone is needed")
    return value


def _day(value: Any, _: str) -> date:
    if isinstance(value, datetime) and value.time() == time() and value.tzinfo is None:
        return value.date()
    if isinstance(value, datetime) or not isinstance(value, date):
        raise NotStorable("is not a date")
    return value


def _text(value: Any, _: str) -> str:
    if isinstance(value, bool | np.bool_) or not isinstance(value, str | int | np.integer):
        raise NotStorable("is not text")
    return str(value)


def _json(value: Any, _: str) -> Jsonb:
    return Jsonb(json_text(value), dumps=str)


def _unchanged(value: Any, _: str) -> Any:
    return value


_CONVERTERS: Final[dict[str, Callable[[Any, str], Any]]] = {
    **dict.fromkeys(_INTEGER_BITS, _integer),
    **dict.fromkeys((*_FLOATS, "numeric"), _number),
    **dict.fromkeys(_TEXTS, _text),
    "bool": _boolean,
    "date": _day,
    "timestamptz": _instant,
    "jsonb": _json,
}


def json_text(value: Any) -> str:
    """JSON of dicts, lists and scalars; a string is taken as JSON already. NaN inside becomes null.

    Raises:
        NotStorable: a value has no JSON form.
    """
    if isinstance(value, str):
        return value
    try:
        try:
            return _encode_json(value)
        except ValueError:
            # Copied only where there is a NaN: a season's explanations have none.
            return _encode_json(_without_nan(value))
    except (TypeError, ValueError) as error:
        raise NotStorable(f"has no JSON form: {error}") from None


def _json_scalar(value: object) -> object:
    if isinstance(value, np.generic):
        plain = value.item()
        return None if _is_missing(plain) else plain
    if isinstance(value, np.ndarray):
        return _without_nan(value.tolist())
    if value is pd.NaT or value is pd.NA:
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"{value!r} ({type(value).__name__})")


_encode_json: Final = json.JSONEncoder(allow_nan=False, default=_json_scalar, ensure_ascii=False).encode


def _without_nan(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if _is_missing(value) else value
