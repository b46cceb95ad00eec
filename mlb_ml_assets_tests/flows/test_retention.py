"""Months of quotes that leave PostgreSQL: nothing is lost, nothing is built from their absence, and they come back.

Belongs here: removing and restoring months on the simulated league, what stays and why.
Not here: kills on the way (drills/test_killed_retention.py), the tier itself (test_archive.py).
"""

from datetime import date

import psycopg
import pytest

from mlb_ml_assets.flows.archive import archive_months, describe_tier, verify_months
from mlb_ml_assets.flows.retention import remove_old_months, restore_months
from mlb_ml_assets.warehouse.archive_export import bundle_frames
from mlb_ml_assets.warehouse.market_lines import build_market_lines
from mlb_ml_assets.warehouse.month_removal import (
    RemovedQuotes,
    read_removed_months,
    read_removed_months_of_game,
    require_quotes,
)
from mlb_ml_assets.warehouse.month_store import FolderStore
from mlb_ml_assets.warehouse.quote_months import DIVIDED
from mlb_ml_assets.warehouse.settings import SettingsError, read_kept_quote_months
from mlb_ml_assets.warehouse.table_export import export_table
from mlb_ml_assets_tests.chain import prepared, prepared_template

__all__ = ["prepared", "prepared_template"]
QUOTES = "staging.archive_quotes"
# The league's present is 10 May 2024, and its first quotes are of spring 2023.
KEPT = 8
OLD = (date(2023, 4, 1), date(2023, 6, 30))


@pytest.fixture
def store(tmp_path, monkeypatch) -> FolderStore:
    monkeypatch.setenv("MLB_ML_ARCHIVE", str(tmp_path / "months"))
    return FolderStore(tmp_path / "months")


@pytest.fixture
def connection(prepared):
    with prepared.connect() as connection:
        yield connection


def rows_of(connection, table=QUOTES):
    return connection.execute(f"SELECT t::TEXT FROM {table} AS t ORDER BY 1").fetchall()


def lines_of(connection):
    return connection.execute("SELECT l::TEXT FROM curated.market_lines AS l ORDER BY 1").fetchall()


def test_removed_months_are_in_the_tier_alone_and_come_back(connection, store, tmp_path):
    """A month that status forgets, or that a rebuild takes for a month without prices, is a month lost."""
    archive_months(connection, store)
    before = {table: rows_of(connection, table) for table in DIVIDED}
    lines = lines_of(connection)
    export_table(connection, QUOTES, tmp_path / "before", "csv")
    report = remove_old_months(connection, store, KEPT)
    assert not report.left
    assert report.months == len(read_removed_months(connection)) > 0
    assert len(rows_of(connection)) == len(before[QUOTES]) - report.rows < len(before[QUOTES])

    assert archive_months(connection, store).months_written == 0
    assert sum(table.alone for table in describe_tier(connection, store)) == report.months
    assert not verify_months(connection, store).damaged
    assert remove_old_months(connection, store, KEPT).months == 0

    with connection.transaction():
        built = build_market_lines(connection, *OLD)
    assert built.report["games whose quotes the archive tier alone has: lines kept"] > 0
    assert not built.games
    assert lines_of(connection) == lines
    with pytest.raises(RemovedQuotes, match="mlb-ml archive restore"):
        require_quotes(connection, *OLD)
    require_quotes(connection, date(2024, 4, 10), date(2024, 5, 9))
    days = {"old": date(2023, 4, 15), "new": date(2024, 5, 5)}
    games = {
        name: connection.execute("SELECT MIN(id) FROM curated.resolved_games WHERE game_date = %s", [day]).fetchone()[0]
        for name, day in days.items()
    }
    assert read_removed_months_of_game(connection, games["old"]) == [date(2023, 4, 1)]
    assert read_removed_months_of_game(connection, games["new"]) == []
    with pytest.raises(RemovedQuotes, match="a bundle needs them all"):
        bundle_frames(connection)
    exported = {}
    for file_format in ("csv", "parquet"):
        path, rows = export_table(connection, QUOTES, tmp_path / "after", file_format)
        assert rows == len(before[QUOTES])
        exported[file_format] = path
    earlier = (tmp_path / "before" / f"{QUOTES}.csv").read_text().splitlines()
    assert sorted(exported["csv"].read_text().splitlines()) == sorted(earlier)

    for month in sorted({each.month for each in read_removed_months(connection)}):
        restore_months(connection, store, month)
    assert {table: rows_of(connection, table) for table in DIVIDED} == before
    with connection.transaction():
        assert not build_market_lines(connection, *OLD).games
    assert archive_months(connection, store).months_written == report.months
    with pytest.raises(RemovedQuotes, match="no quotes of 2023-04 were removed"):
        restore_months(connection, store, OLD[0])


def test_a_month_whose_file_is_damaged_stays(connection, store):
    """The last good copy goes, because a record says that there is another."""
    archive_months(connection, store)
    first = min(store.names(), key=lambda name: (QUOTES not in name, name))
    path = store.root / first
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    before = connection.execute(f"SELECT count(*) FROM {QUOTES} WHERE updated_at < '2023-04-01'").fetchone()
    report = remove_old_months(connection, store, KEPT)
    assert [reason.partition(":")[0] for reason in report.left] == [f"{QUOTES}, {first.rpartition('/')[2][:7]}"]
    assert connection.execute(f"SELECT count(*) FROM {QUOTES} WHERE updated_at < '2023-04-01'").fetchone() == before
    assert before[0] > 0


def test_a_file_that_is_damaged_after_its_month_left_keeps_its_record(connection, store):
    """Verify deletes the record of a damaged file so that it is written again: of these nobody could write it."""
    archive_months(connection, store)
    remove_old_months(connection, store, KEPT)
    month = read_removed_months(connection)[0]
    (store.root / month.file).write_bytes(b"x")
    (damage,) = verify_months(connection, store).damaged
    assert "put the file back from a copy" in damage
    assert month in read_removed_months(connection)


def test_a_month_that_changed_or_is_in_use_stays(connection, store):
    """Rows that came after the file was written are in no other place."""
    archive_months(connection, store)
    connection.execute(f"UPDATE {QUOTES} SET odds = odds - 1 WHERE odds < 0 AND updated_at < '2023-04-01'")
    with psycopg.connect(connection.info.dsn) as reader:
        reader.execute(
            f"UPDATE {QUOTES} SET odds = odds WHERE updated_at >= '2023-06-01' AND updated_at < '2023-07-01'"
        )
        reasons = remove_old_months(connection, store, KEPT).left
    assert [reason.partition(": ")[2].split()[:3] for reason in reasons] == [
        ["its", "rows", "changed"],
        ["a", "transaction", "that"],
    ]


def test_late_quotes_of_a_removed_month_do_not_replace_its_file(connection, store):
    """A replayed payload of two quotes, archived as the month."""
    archive_months(connection, store)
    before = rows_of(connection)
    remove_old_months(connection, store, KEPT)
    month = read_removed_months(connection, [QUOTES])[0]
    late = next(row for (row,) in before if f"{month.month:%Y-%m}-" in row)
    connection.execute(f"INSERT INTO {QUOTES} SELECT (%s::{QUOTES}).*", (late,))
    assert archive_months(connection, store).months_written == 0
    restore_months(connection, store, month.month)
    for each in sorted({each.month for each in read_removed_months(connection)}):
        restore_months(connection, store, each)
    assert rows_of(connection) == before


@pytest.mark.parametrize(("given", "kept"), [("", None), ("24", 24)])
def test_nothing_is_removed_unless_somebody_asks_for_it(given, kept):
    """Retention that is on by default deletes ten seasons at the first upkeep."""
    assert read_kept_quote_months({"MLB_ML_KEEP_QUOTE_MONTHS": given}) == kept


@pytest.mark.parametrize("given", ["0", "2", "all"])
def test_too_few_months_are_refused(given):
    """0 for "keep none" would remove the month that is being bet."""
    with pytest.raises(SettingsError, match="MLB_ML_KEEP_QUOTE_MONTHS"):
        read_kept_quote_months({"MLB_ML_KEEP_QUOTE_MONTHS": given})
