"""Tables as files, equal to the tables.

Belongs here: three formats, dates, refusals, the same rows with and without the archive tier.
Not here: frames for analysts (test_read.py).
"""

import csv
from datetime import date
from itertools import zip_longest

import pytest
from pyarrow import parquet

from mlb_ml_assets.flows.archive import archive_months
from mlb_ml_assets.warehouse import exported_months
from mlb_ml_assets.warehouse.month_store import FolderStore
from mlb_ml_assets.warehouse.month_tables import TABLES
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


def _exported(connection, folder, table, file_format, *days):
    path, _ = export_table(connection, table, folder, file_format, *days)
    return path.read_bytes() if file_format == "csv" else parquet.read_table(path)


def _is_equal(left, right) -> bool:
    if isinstance(left, bytes):
        return left == right
    # In pandas NaN equals NaN.
    return left.schema == right.schema and left.to_pandas().equals(right.to_pandas())


def test_an_export_is_the_same_with_and_without_the_tier(prepared, tmp_path, monkeypatch):
    """A table whose rows, order or digits depend on whether a file of the tier was current that day."""
    months, read = tmp_path / "months", []
    query_files = exported_months._query_files
    monkeypatch.setattr(
        exported_months, "_query_files", lambda files, *rest: read.append(len(files)) or query_files(files, *rest)
    )
    with prepared.connect() as connection:
        for at, book, line, status in (
            ("2023-06-02", 'a,"b"', 8.5, ""),
            ("2023-06-02", "two\nlines", -1, None),
            ("2023-06-30 23:59:59.12", "a'b\\.", 7.5, "ß"),
            ("2023-07-01", "A", 0, "normal"),
            ("2023-07-01 00:00:00.000001", "a", 10, "normal"),
        ):
            connection.execute(
                "INSERT INTO staging.source_quotes VALUES ('the_odds_api', 'g', %s, 'total', 'over', %s, -110, %s, %s)",
                (book, at, line, at),
            )
            connection.execute(
                "INSERT INTO staging.action_network_odds_historical (external_game_id, sportsbook_external_id, "
                "market_type, side, odds, updated_at, line_value, line_status) "
                "VALUES ('g', %s, 'total', 'over', -110, %s, %s, %s)",
                (book, at, line, status),
            )
        archive_months(connection, FolderStore(months))
        # Months that are due.
        connection.execute("UPDATE curated.market_lines SET known_at = known_at + INTERVAL '1 us' WHERE stage = 'open'")
        connection.execute(
            "UPDATE curated.game_features SET postseason = 1 "
            "WHERE game_id = (SELECT min(game_id) FROM curated.game_features)"
        )
        late = "'the_odds_api', 'g', 'a', 'moneyline', 'home', '2023-07-08', -110, NULL, '2023-07-08'"
        connection.execute(f"INSERT INTO staging.source_quotes VALUES ({late})")
        ranges = [(), (date(2023, 4, 15), date(2023, 7, 2))]
        of_tier = set()
        for table, month_table in TABLES.items():
            for days in ranges if not month_table.stamp else ranges[:1]:
                for file_format in ("csv", "parquet"):
                    monkeypatch.setenv("MLB_ML_ARCHIVE", str(months))
                    read.clear()
                    found = _exported(connection, tmp_path / "tier", table, file_format, *days)
                    of_tier |= {(table, file_format)} if read else set()
                    monkeypatch.setenv("MLB_ML_ARCHIVE", "off")
                    expected = _exported(connection, tmp_path / "server", table, file_format, *days)
                    assert _is_equal(found, expected), (table, file_format, days)
    printed = {"staging.source_quotes", "staging.action_network_odds_historical", "staging.archive_quotes"}
    assert {(table, "csv") for table in printed} <= of_tier
    assert {("curated.game_features", "parquet"), ("curated.resolved_games", "parquet")} <= of_tier
    assert ("curated.game_features", "csv") not in of_tier
