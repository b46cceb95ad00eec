"""A month of a table as a file: every value survives, to the bit.

Belongs here: the way from PostgreSQL into Parquet, and where files are kept.
Not here: which months are written and read (flows/test_archive.py).
"""

from datetime import UTC, date, datetime

import pytest

from mlb_ml_assets.domain.days import month_of
from mlb_ml_assets.warehouse.month_files import open_duckdb, write_month_file
from mlb_ml_assets.warehouse.month_store import BucketStore, FolderStore, month_store
from mlb_ml_assets.warehouse.month_tables import MonthTable
from mlb_ml_assets.warehouse.settings import SettingsError

TABLE = MonthTable("staging.samples", "t.day", ("place",))
MAY = month_of(date(2024, 5, 7))


@pytest.fixture
def connection(database):
    with database.connect() as connection:
        connection.execute(
            "CREATE TABLE staging.samples (place INTEGER, day DATE, words TEXT, exact NUMERIC(4,1), free NUMERIC, "
            "half REAL, whole DOUBLE PRECISION, at TIMESTAMPTZ, yes BOOLEAN, document JSONB, code CHAR(3))"
        )
        yield connection


def _written(connection, folder) -> list[tuple]:
    file = write_month_file(connection, TABLE, MAY, folder)
    with open_duckdb() as database:
        return database.execute("SELECT * FROM read_parquet(?)", [str(file.path)]).fetchall()


def _plain(rows) -> list[list[str]]:
    return [[repr(v.astimezone(UTC).isoformat() if isinstance(v, datetime) else v) for v in row] for row in rows]


def test_every_value_survives_to_the_bit(connection, tmp_path):
    """An empty text that becomes NULL, a float that loses its last bit, a line break that splits a row."""
    at = datetime(2024, 5, 7, 23, 59, 59, 999999, tzinfo=UTC)
    rows = [
        (1, "", "-1.5", "0.1234567890123456789", 1 / 3, 1 / 3, at, True, '{"a": "x, y"}', "ab"),
        (2, 'two\nlines, "quoted"', None, None, None, None, None, None, None, None),
        (3, "NULL", "8.0", "1e3", float("nan"), float("-inf"), at, False, "[]", ""),
    ]
    for row in reversed(rows):
        connection.execute(
            "INSERT INTO staging.samples VALUES (%s, '2024-05-07', %s, %s, %s, %s, %s, %s, %s, %s, %s)", row
        )
    stored = connection.execute(
        "SELECT place, day, words, exact, free::TEXT, half::DOUBLE PRECISION, whole, at, yes, document::TEXT, code "
        "FROM staging.samples ORDER BY place"
    ).fetchall()
    assert _plain(_written(connection, tmp_path)) == _plain(stored)


def test_the_same_rows_give_the_same_bytes(connection, tmp_path):
    """A name that changes with each writing: every pass uploads everything again."""
    connection.execute(
        "INSERT INTO staging.samples (place, day) SELECT n, '2024-05-07' FROM generate_series(1, 500) AS n"
    )
    first = write_month_file(connection, TABLE, MAY, tmp_path)
    connection.execute("UPDATE staging.samples SET place = place")
    assert write_month_file(connection, TABLE, MAY, tmp_path).sha256 == first.sha256


def test_only_the_rows_of_the_month_are_in_its_file(connection, tmp_path):
    """A month read twice at its border."""
    for place, day in enumerate(("2024-04-30", "2024-05-01", "2024-05-31", "2024-06-01")):
        connection.execute("INSERT INTO staging.samples (place, day) VALUES (%s, %s)", (place, day))
    assert [row[1] for row in _written(connection, tmp_path)] == [date(2024, 5, 1), date(2024, 5, 31)]


@pytest.mark.parametrize("given", ["s3://", "https://host/folder"])
def test_a_place_that_is_none_is_refused_by_name(given):
    """A folder called https: below the current one."""
    with pytest.raises(SettingsError, match="MLB_ML_ARCHIVE is"):
        month_store({"MLB_ML_ARCHIVE": given})


def test_the_place_is_what_the_environment_names(tmp_path):
    """A bucket's prefix with two slashes, or a tier that cannot be turned off."""
    home = {"MLB_ML_HOME": str(tmp_path)}
    assert month_store(home) == FolderStore(tmp_path / "months")
    assert month_store({**home, "MLB_ML_ARCHIVE": "off"}) is None
    bucket = month_store({**home, "MLB_ML_ARCHIVE": "s3://league/a/b/"})
    assert bucket == BucketStore("league", "a/b", cache=tmp_path / "months")
    assert bucket.address == "s3://league/a/b"
