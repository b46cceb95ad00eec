"""Values on their way through COPY: they come back as they went, or are refused by name.

Belongs here: values of each column type, one by one and as whole columns.
Not here: what becomes of rows in a table (test_partition_write.py).
"""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg import sql

from mlb_ml_assets.warehouse.copy_rows import TargetColumn, copy_rows, json_text
from mlb_ml_assets.warehouse.errors import NotStorable

TYPES = {
    "place": "int4", "small": "int2", "whole": "int4", "large": "int8", "single": "float4", "measure": "float8",
    "line": "numeric", "word": "text", "code": "varchar", "open": "bool", "day": "date", "at": "timestamptz",
    "extra": "jsonb",
}  # fmt: skip
COLUMNS = [TargetColumn(name, kind) for name, kind in TYPES.items()]
LISTS = [TargetColumn("nine", "_varchar", "varchar"), TargetColumn("runs", "_int4", "int4")]
TEXT = st.text(st.characters(exclude_characters="\x00", codec="utf-8"))
VALUES = {
    "small": st.integers(-(2**15), 2**15 - 1),
    "whole": st.integers(-(2**31), 2**31 - 1),
    "large": st.integers(-(2**63), 2**63 - 1),
    "single": st.floats(width=32, allow_nan=False, allow_infinity=False),
    "measure": st.floats(allow_nan=False, allow_infinity=False),
    "line": st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=6)
    | st.sampled_from([Decimal(text) for text in ("0", "-0.5", "8.50", "1E+5", "10000.0001", "0.00001234", "9999")]),
    "word": TEXT,
    "code": TEXT,
    "open": st.booleans(),
    "day": st.dates(date(1900, 1, 1), date(2200, 1, 1)),
    "at": st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.sampled_from(  # noqa: DTZ001
        [UTC, timezone(timedelta(hours=-5, minutes=30))])),
    "extra": st.dictionaries(TEXT.filter(lambda key: "\\u0000" not in key), st.integers(-9, 9) | st.none()),
}  # fmt: skip


@pytest.fixture
def connection(database):
    with database.connect() as connection:
        kinds = [*TYPES.items(), ("nine", "varchar(20)[]"), ("runs", "int4[]")]
        listed = ", ".join(f'"{name}" {kind}' for name, kind in kinds)
        connection.execute(f"CREATE TABLE staging.copied ({listed})")
        yield connection


def stored(connection, columns, values):
    """What the table holds after a COPY that is rolled back."""
    listed = ", ".join(f'"{column.name}"' for column in columns)
    with connection.transaction(force_rollback=True):
        copy_rows(connection, sql.Identifier("staging", "copied"), columns, values)
        # Binary, because the text of a REAL is the shortest that names it, not its value.
        cursor = connection.cursor(binary=True)
        return cursor.execute(f"SELECT {listed} FROM staging.copied ORDER BY {listed}").fetchall()


def test_values_come_back_as_they_went(connection):
    """A numeric with one group too many, or an instant by another epoch, is a wrong price that looks like one."""

    @settings(deadline=None, max_examples=60)
    @given(st.data(), st.integers(1, 8))
    def compare(data, rows):
        values = [
            data.draw(st.lists(st.none() | strategy, min_size=rows, max_size=rows), label=name)
            for name, strategy in VALUES.items()
        ]
        values = [list(range(rows)), *values]
        assert stored(connection, COLUMNS, values) == list(zip(*values, strict=True))

    compare()


@pytest.mark.parametrize(
    ("name", "series", "expected"),
    [
        ("whole", pd.Series([1.0, np.nan]), [1, None]),
        ("whole", pd.Series([1, None], dtype="Int64"), [1, None]),
        ("line", pd.Series([8.5, np.nan]), [Decimal("8.5"), None]),
        ("line", pd.Series([np.float64(0.1), 7], dtype=object), [Decimal("0.1"), Decimal(7)]),
        ("measure", pd.Series([np.nan, 2]), [None, 2.0]),
        ("word", pd.Series(["a", None], dtype="string"), ["a", None]),
        ("word", pd.Series([745804, 5]), ["745804", "5"]),
        ("open", pd.Series([True, None], dtype="boolean"), [True, None]),
        ("day", pd.Series(pd.to_datetime(["2024-07-04", None])), [date(2024, 7, 4), None]),
        (
            "at",
            pd.Series(pd.to_datetime(["2024-07-04T12:00:00.123456789-04:00", None], utc=True)),
            [datetime(2024, 7, 4, 16, 0, 0, 123456, tzinfo=UTC), None],
        ),
        ("extra", pd.Series([{"a": np.float64("nan"), "b": np.int64(3)}, np.nan]), [{"a": None, "b": 3}, None]),
        ("nine", pd.Series([["547180", None], None]), [["547180", None], None]),
        ("runs", pd.Series([np.array([1, 2]), None]), [[1, 2], None]),
    ],
)
def test_a_column_of_pandas_is_stored_in_the_type_of_its_column(connection, name, series, expected):
    """NaN is a number to PostgreSQL, and a join with gaps makes floats of whole numbers."""
    column = next(column for column in [*COLUMNS, *LISTS] if column.name == name)
    assert stored(connection, [COLUMNS[0], column], [[0, 1], series]) == list(enumerate(expected))


@pytest.mark.parametrize(
    ("name", "values", "message"),
    [
        ("whole", [1, 2.5], r"whole: 2.5 \(float\) is not a whole number"),
        ("whole", [True, 1], "True.*is not a whole number"),
        ("whole", [1, 2**31], "2147483648.*is too large for int4"),
        ("small", [-(2**15) - 1], "is too large for int2"),
        ("measure", [1.0, float("inf")], "inf.*is not a finite number"),
        ("measure", [1e308, 1e308, float("-inf")], "-inf.*is not a finite number"),
        ("word", ["a", 745804.0], r"word: 745804.0 \(float\) is not text"),
        ("at", [datetime(2024, 6, 1)], "is not an instant"),  # noqa: DTZ001
        ("at", [date(2024, 6, 1)], "is not an instant"),
        ("day", [datetime(2024, 6, 1, 5)], "is not a date"),  # noqa: DTZ001
        ("runs", [[1, 2.5]], "runs: 2.5.*is not a whole number"),
        ("nine", ["547180"], "nine: '547180' is not a list"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_by_name(connection, name, values, message):
    """psycopg cuts a number to the bytes of its column: 2147483648 is stored as -2147483648."""
    column = next(column for column in [*COLUMNS, *LISTS] if column.name == name)
    with pytest.raises(NotStorable, match=message):
        stored(connection, [column], [values])


def test_json_in_json_out():
    """A payload's text is JSON already; quoted again it would be a string."""
    assert json_text('{"a": 1}') == '{"a": 1}'
    assert json_text({"a": [float("nan"), Decimal("1.5"), date(2024, 7, 4)]}) == '{"a": [null, 1.5, "2024-07-04"]}'
