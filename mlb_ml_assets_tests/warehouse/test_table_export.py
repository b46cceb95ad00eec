"""Tables as files, equal to the tables.

Belongs here: three formats, dates, refusals.
Not here: frames for analysts (test_read.py).
"""

import csv
from datetime import date
from itertools import zip_longest

import pytest
from pyarrow import parquet

from mlb_ml_assets.warehouse.table_export import NotExportable, export_table, list_tables
from mlb_ml_assets_tests.chain import played, played_template, prepared, prepared_template, rows_of

__all__ = ["played", "played_template", "prepared", "prepared_template"]
TABLE = "curated.ml_recommendations"


@pytest.mark.parametrize("file_format", ["parquet", "csv", "xlsx"])
def test_a_file_holds_the_rows_of_the_table(played, tmp_path, file_format):
    """A number that changes on its way into a spreadsheet is believed there."""
    with played.connect() as connection:
        expected = rows_of(
            connection, f"SELECT prediction_id, market_type, side, stake, odds FROM {TABLE} ORDER BY 1, 2, 3"
        )
        path, count = export_table(connection, TABLE, tmp_path, file_format)
    if file_format == "parquet":
        rows = parquet.read_table(path).to_pylist()
    elif file_format == "csv":
        with path.open() as file:
            rows = list(csv.DictReader(file))
    else:
        from openpyxl import load_workbook

        header, *cells = load_workbook(path, read_only=True).active.iter_rows(values_only=True)
        rows = [dict(zip_longest(header, row)) for row in cells]  # empty cells at the end of a row are not stored
    found = sorted(
        (int(row["prediction_id"]), row["market_type"], row["side"], _number(row["stake"]), _number(row["odds"]))
        for row in rows
    )
    assert count == len(expected) > 0
    assert found == [(a, b, c, _number(d), _number(e)) for a, b, c, d, e in expected]
    assert not list(tmp_path.glob("*.part"))


def _number(value):
    # A worksheet holds 15 significant digits.
    return -1.0 if value in {None, ""} else float(f"{float(value):.14g}")


def test_dates_select_games_whether_the_table_has_dates_or_games(played, tmp_path):
    """A month that silently holds the whole table is analyzed as a month."""
    with played.connect() as connection:
        day = rows_of(connection, "SELECT max(game_date) FROM curated.enhanced_games")[0][0]
        for table in ("enhanced_games", "ml_recommendations"):
            _, every = export_table(connection, table, tmp_path, "csv")
            _, last = export_table(connection, table, tmp_path, "csv", day, day)
            _, before = export_table(connection, table, tmp_path, "csv", None, date.fromordinal(day.toordinal() - 1))
            assert last + before == every
        with pytest.raises(NotExportable, match="neither a date nor a game"):
            export_table(connection, "staging.people", tmp_path, "csv", day, day)


def test_a_table_that_does_not_exist_is_named(database, tmp_path):
    """A mistyped name must not end in an empty file; system tables are not ours to export."""
    with database.connect() as connection:
        for name in ("ml_prediction", "pg_catalog.pg_authid", "mlb_ml.api_keys", 'curated.ml"; DROP'):
            with pytest.raises(NotExportable, match="does not exist"):
                export_table(connection, name, tmp_path, "csv")
        assert "curated.ml_predictions" in list_tables(connection)
        assert not list(tmp_path.iterdir())
