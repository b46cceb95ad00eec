"""A few rows in one statement: what the table then holds is what the way of many rows would have left.

Belongs here: both ways beside each other, the columns' own precision, refused values.
Not here: upserts and updates themselves (test_partition_write.py).
"""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from mlb_ml_assets.warehouse import few_rows
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.errors import WriteRefused
from mlb_ml_assets.warehouse.partition_write import Target, Written, update_existing, upsert

COLUMNS = (
    "game INTEGER PRIMARY KEY, small SMALLINT, large BIGINT, single REAL, measure DOUBLE PRECISION, "
    "line NUMERIC(6, 2), word TEXT, code VARCHAR(5), open BOOLEAN, day DATE, at TIMESTAMPTZ(3), extra JSONB"
)
AT = datetime(2024, 7, 4, 17, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def connection(database):
    with database.connect() as opened:
        for name in ("few", "many"):
            opened.execute(f"CREATE TABLE staging.{name} ({COLUMNS})")
        with opened.transaction():
            yield opened


def target(name):
    return Target(f"staging.{name}", keys=("game",))


def rows():
    """One row with a value everywhere, one with none, and one whose numbers no column holds as they are."""
    return pd.DataFrame(
        {
            "game": [1, 2, 3],
            "small": pd.array([-7, None, 32767], dtype="Int64"),
            "large": pd.array([2**40, None, -(2**62)], dtype="Int64"),
            # Midway between two numbers of 32 bits.
            "single": [0.5, np.nan, 1 + 1.5 * 2**-23],
            "measure": [0.1, np.nan, 1 / 3],
            "line": [8.5, np.nan, 8.126],
            "word": ["a\t\\N {,}'\"", None, ""],
            "code": ["ab", None, "é"],
            "open": [True, None, False],
            "day": [date(2024, 7, 4), None, date(1900, 1, 1)],
            "at": pd.to_datetime([AT, None, AT + timedelta(microseconds=400)], utc=True),
            "extra": [{"a": [1, None, float("nan")]}, None, {}],
        }
    )


def held(connection, name):
    return connection.execute(f"SELECT t.*, float4send(single) FROM staging.{name} AS t ORDER BY game").fetchall()


def test_both_ways_leave_the_same_rows(connection, monkeypatch):
    """A stake that a pricer stores would differ from an asset run's in a bit, or in what counts as missing."""
    for statement in (upsert, update_existing):
        few = statement(connection, target("few"), rows())
        with monkeypatch.context() as patch:
            patch.setattr(few_rows, "MOST_ROWS", 0)
            assert statement(connection, target("many"), rows()) == few
        assert held(connection, "few") == held(connection, "many")
    assert few == Written(unchanged=3)
    assert held(connection, "few")[2][5] == Decimal("8.13")


def test_rows_that_a_column_rounds_are_not_written_again(connection):
    """Compared before they are rounded, a stake and a stamp would differ from what is stored for ever."""
    upsert(connection, target("few"), rows())
    assert upsert(connection, target("few"), rows()) == Written(unchanged=3)
    assert update_existing(connection, target("few"), rows().assign(word="new")) == Written(updated=3)
    assert upsert(connection, target("few"), rows(), update=()) == Written(unchanged=3)


def test_a_value_that_no_column_takes_is_named_and_keeps_nothing(connection):
    """A failed statement would leave the transaction of a pricing unusable, and cut text would be stored."""
    for refused, why in (
        (rows().assign(code="longer"), "column code"),
        (pd.concat([rows(), rows()]), "two of the rows have the same key"),
    ):
        with pytest.raises(WriteRefused, match=why), connection.transaction():
            upsert(connection, target("few"), refused)
    assert held(connection, "few") == []


def test_what_the_caller_rolls_back_is_gone(database):
    """Without a statement before it, the savepoint of a failed write was the transaction, and committed the row."""
    with connect(database.dsn, "test") as session:
        session.execute(f"CREATE TABLE staging.mine ({COLUMNS})")
        upsert(session, target("mine"), rows()[:1])
        session.commit()
        upsert(session, target("mine"), rows())
        session.rollback()
        assert len(held(session, "mine")) == 1
