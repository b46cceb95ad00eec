"""Rows as the binary cells that COPY reads, where every column holds values of one plain type.

Belongs here: which columns can be written so, and their cells: a length, then the value as the server keeps it.
Not here: mixed or other values (copy_text.py, which takes all that can be stored), rows of fixed width (row_codec.py).

Half the time of text on both sides for prices as they arrive: nothing is spelt out and parsed again.
"""

import math
import struct
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import chain
from types import NoneType
from typing import Any, Final

import numpy as np
import pandas as pd

from mlb_ml_assets.warehouse.copy_text import BLOCK_ROWS, INTEGERS, TEXTS, TargetColumn
from mlb_ml_assets.warehouse.errors import NotStorable
from mlb_ml_assets.warehouse.row_codec import SIGNATURE, TRAILER

Cells = list[bytes]
_NULL: Final = struct.pack(">i", -1)
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_WIRE: Final = {"int2": ">i2", "int4": ">i4", "int8": ">i8", "float8": ">f8", "timestamptz": ">i8"}
# Beyond so many different numbers spelling them out is as quick as packing their decimal digits.
_MOST_NUMBERS: Final = 1_000


def binary_blocks(columns: Sequence[TargetColumn], values: Sequence[Any]) -> Iterator[bytes] | None:
    """Blocks of a binary COPY stream for columns of equal length; None where a column needs copy_text.

    Args:
        columns: the target columns, in COPY's order.
        values: per column a pandas Series of objects or a sequence of Python values; None and NaN become NULL.

    Raises:
        NotStorable: while reading the blocks: a whole number is too large for its column.
    """
    lists = [
        column.tolist() if isinstance(column, pd.Series) and column.dtype == object else column for column in values
    ]
    encoders = [_encoder(column, column_values) for column, column_values in zip(columns, lists, strict=True)]
    if None in encoders:
        return None
    return _blocks(encoders, lists)  # type: ignore[arg-type]


def _blocks(encoders: Sequence[Callable[[Sequence[Any]], Cells]], values: Sequence[Sequence[Any]]) -> Iterator[bytes]:
    yield SIGNATURE
    head = struct.pack(">h", len(encoders))
    for start in range(0, len(values[0]), BLOCK_ROWS):
        cells = [encode(column[start : start + BLOCK_ROWS]) for encode, column in zip(encoders, values, strict=True)]
        yield b"".join(chain.from_iterable(zip([head] * len(cells[0]), *cells, strict=True)))
    yield TRAILER


def _encoder(column: TargetColumn, values: Any) -> Callable[[Sequence[Any]], Cells] | None:
    """How cells of this column are made; None where its values are not all of one type that has a short way."""
    kinds = set(map(type, values)) - {NoneType} if isinstance(values, list | tuple) else {NoneType, object}
    if column.element_type is not None or len(kinds) > 1:
        return None
    kind, name = next(iter(kinds), NoneType), column.type_name
    ways: tuple[tuple[bool, Callable[[Sequence[Any]], Cells]], ...] = (
        (kind is NoneType, lambda part: [_NULL] * len(part)),
        (kind is str and name in TEXTS, lambda part: _looked_up(part, _text_cell)),
        (kind is bool and name == "bool", lambda part: _looked_up(part, lambda value: struct.pack(">i?", 1, value))),
        (kind is int and name in INTEGERS, lambda part: _numbers(column, part)),
        (kind is float and name == "float8" and _finite(values), lambda part: _numbers(column, part)),
        (kind in {float, int, Decimal} and name == "numeric" and _few(values), lambda part: _looked_up(part, _numeric)),
        (kind is datetime and name == "timestamptz" and _aware(values), lambda part: _instants(column, part)),
    )
    return next((encode for fits, encode in ways if fits), None)


def _finite(values: Sequence[Any]) -> bool:
    return not any(map(math.isinf, filter(None, values)))


def _few(values: Sequence[Any]) -> bool:
    different = set(values) - {None}
    return len(different) <= _MOST_NUMBERS and all(map(math.isfinite, different))


def _aware(values: Sequence[datetime | None]) -> bool:
    return all(value is None or value.tzinfo for value in values)


def _looked_up(values: Sequence[Any], cell: Callable[[Any], bytes]) -> Cells:
    """Each different value once: a slate's prices have a dozen books and a hundred numbers."""
    cells = {value: _NULL if value is None else cell(value) for value in set(values)}
    return [cells[value] for value in values]


def _text_cell(value: str) -> bytes:
    text = value.encode()
    return struct.pack(">i", len(text)) + text


def _numbers(column: TargetColumn, values: Sequence[Any]) -> Cells:
    known = [0 if value is None else value for value in values]
    try:
        cells = _packed(np.array(known, dtype=_WIRE[column.type_name]))
    except OverflowError:
        worst = max(known, key=abs)
        raise NotStorable(f"{column.name}: {worst} is too large for {column.type_name}") from None
    for place, value in enumerate(values):
        if value is None or value != value:  # noqa: PLR0124 (NaN)
            cells[place] = _NULL
    return cells


def _instants(column: TargetColumn, values: Sequence[datetime | None]) -> Cells:
    since = np.array([timedelta(0) if value is None else value - _EPOCH for value in values], dtype="timedelta64[us]")
    cells = _packed(since.astype(np.int64).astype(_WIRE[column.type_name]))
    if None in values:
        cells = [_NULL if value is None else cell for value, cell in zip(values, cells, strict=True)]
    return cells


def _packed(array: "np.ndarray[Any, Any]") -> Cells:
    """Each number behind its length."""
    rows = np.empty(len(array), dtype=[("length", ">i4"), ("value", array.dtype)])
    rows["length"] = array.dtype.itemsize
    rows["value"] = array
    cells: Cells = rows.view(f"V{rows.dtype.itemsize}").tolist()
    return cells


def _numeric(value: float | Decimal) -> bytes:
    """Groups of four decimal digits, as PostgreSQL sends and receives a numeric."""
    sign, digits, exponent = Decimal(repr(value) if isinstance(value, float) else value).as_tuple()
    assert isinstance(exponent, int)
    text = "".join(map(str, digits)) + "0" * max(exponent, 0)
    scale = max(-exponent, 0)
    text = text.rjust(scale, "0")
    whole, fraction = text[: len(text) - scale], text[len(text) - scale :]
    whole = whole.rjust(-(-len(whole) // 4) * 4, "0")
    fraction = fraction.ljust(-(-len(fraction) // 4) * 4, "0")
    groups = [int(part[place : place + 4]) for part in (whole, fraction) for place in range(0, len(part), 4)]
    weight = len(whole) // 4 - 1
    while groups and groups[0] == 0:
        groups.pop(0)
        weight -= 1
    while groups and groups[-1] == 0:
        groups.pop()
    head = (len(groups), weight if groups else 0, 0x4000 if sign and groups else 0, scale)
    cell = struct.pack(f">hhHh{len(groups)}h", *head, *groups)
    return struct.pack(">i", len(cell)) + cell
