"""Binary cells against the text that says the same.

Belongs here: values that come back as they went, columns that must take the other way, values that cannot be stored.
Not here: what becomes of rows in a table (test_partition_write.py).
"""

import itertools
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mlb_ml_assets.warehouse.copy_cells import binary_blocks
from mlb_ml_assets.warehouse.copy_text import TargetColumn, copy_blocks
from mlb_ml_assets.warehouse.errors import NotStorable

COLUMNS = {
    "whole": TargetColumn("whole", "int4"),
    "large": TargetColumn("large", "int8"),
    "measure": TargetColumn("measure", "float8"),
    "line": TargetColumn("line", "numeric"),
    "word": TargetColumn("word", "text"),
    "open": TargetColumn("open", "bool"),
    "at": TargetColumn("at", "timestamptz"),
}
TYPES = {"int4": "INTEGER", "int8": "BIGINT", "float8": "FLOAT8", "bool": "BOOLEAN"}
VALUES = {
    "whole": st.integers(-(2**31), 2**31 - 1),
    "large": st.integers(-(2**63), 2**63 - 1),
    "measure": st.floats(allow_nan=False, allow_infinity=False),
    "line": st.decimals(-(10**9), 10**9, allow_nan=False, allow_infinity=False, places=6)
    | st.sampled_from([Decimal(text) for text in ("0", "-0.5", "8.50", "1E+5", "10000.0001", "0.00001234", "9999")]),
    "word": st.text(st.characters(exclude_characters="\x00", codec="utf-8")),
    "open": st.booleans(),
    "at": st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=st.sampled_from(  # noqa: DTZ001
        [UTC, timezone(timedelta(hours=-5, minutes=30))])),
}  # fmt: skip


@pytest.fixture
def connection(database):
    with database.connect() as connection:
        columns = ", ".join(f'"{name}" {TYPES.get(c.type_name, c.type_name)}' for name, c in COLUMNS.items())
        connection.execute(f"CREATE TABLE staging.by_cells (place INTEGER, {columns})")
        yield connection


def stored(connection, blocks, names, way):
    listed = ", ".join(f'"{name}"' for name in names)
    with connection.transaction(force_rollback=True):
        with connection.cursor().copy(f"COPY staging.by_cells ({listed}) FROM STDIN {way}") as copy:
            for block in blocks:
                copy.write(block)
        return connection.execute(f"SELECT {listed} FROM staging.by_cells ORDER BY place").fetchall()


def test_cells_and_text_store_the_same(connection):
    """A numeric with one group too many, or an instant by another epoch, is a wrong price that looks like one."""

    @settings(deadline=None, max_examples=60)
    @given(st.data(), st.integers(1, 8))
    def compare(data, rows):
        values = [
            data.draw(st.lists(st.none() | strategy, min_size=rows, max_size=rows), label=name)
            for name, strategy in VALUES.items()
        ]
        columns = [TargetColumn("place", "int4"), *COLUMNS.values()]
        values = [list(range(rows)), *values]
        names = [column.name for column in columns]
        cells = stored(connection, binary_blocks(columns, values), names, "(FORMAT BINARY)")
        assert cells == stored(connection, copy_blocks(columns, values), names, "")

    compare()


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("whole", [1, 2.5]),
        ("whole", [True, 1]),
        ("measure", [1.0, float("inf")]),
        ("line", [1.5, float("nan")]),
        ("word", [1, 2]),
        ("at", [datetime(2024, 6, 1)]),  # noqa: DTZ001
    ],
)
def test_values_of_no_plain_type_take_the_other_way(name, values):
    """Text names what cannot be stored; cells of a wrong type would be stored."""
    assert binary_blocks([COLUMNS[name]], [values]) is None


def test_a_number_too_large_is_refused_by_name():
    """Cut to four bytes it is another number."""
    blocks = binary_blocks([COLUMNS["whole"]], [[1, 2**31]])
    with pytest.raises(NotStorable, match="whole: 2147483648 is too large"):
        list(blocks)


def test_a_not_a_number_is_missing(connection):
    """As in text: a float column keeps no NaN that nobody asked for."""
    columns = [TargetColumn("place", "int4"), COLUMNS["measure"]]
    values = [[0, 1], [float("nan"), 2.5]]
    for blocks, way in ((binary_blocks(columns, values), "(FORMAT BINARY)"), (copy_blocks(columns, values), "")):
        found = stored(connection, blocks, ["place", "measure"], way)
        assert list(itertools.chain(*found)) == [0, None, 1, 2.5]
