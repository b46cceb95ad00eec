"""Retention killed at every statement: each month is in PostgreSQL or in an intact file, and the next pass goes on.

Belongs here: kills of the removal and of the return of months.
Not here: what they do undisturbed (flows/test_retention.py).
"""

import psycopg
import pytest

from mlb_ml_assets.flows.archive import archive_months
from mlb_ml_assets.flows.retention import remove_old_months, restore_months
from mlb_ml_assets.warehouse.month_removal import read_removed_months
from mlb_ml_assets.warehouse.month_store import FolderStore
from mlb_ml_assets_tests.chain import prepared, prepared_template

__all__ = ["prepared", "prepared_template"]
QUOTES = "staging.archive_quotes"
KEPT = 9


class Killed(BaseException):
    """The process is gone: nothing of it runs any more, not even an except."""


def cut_at(monkeypatch, connection, place):
    """Let the connection be lost before its statement number `place`."""
    execute, count = psycopg.Connection.execute, iter(range(place))

    def counted(self, *arguments, **options):
        if self is connection and next(count, None) is None:
            connection.pgconn.finish()
            raise Killed
        return execute(self, *arguments, **options)

    monkeypatch.setattr(psycopg.Connection, "execute", counted)


def rows_of_all(connection, store):
    """Rows in PostgreSQL, and those of the months that the tier has alone, whose files are read."""
    (rows,) = connection.execute(f"SELECT count(*) FROM {QUOTES}").fetchone()
    for month in read_removed_months(connection, [QUOTES]):
        store.check(month.file, month.sha256)
        rows += month.row_count
    return rows


@pytest.mark.parametrize("is_return", [False, True])
def test_a_kill_at_any_statement_loses_nothing(prepared, tmp_path, is_return):
    """Dropped before it is marked, a month is forgotten; marked before it is dropped, it is there twice."""
    store = FolderStore(tmp_path / "months")
    with prepared.connect() as connection:
        archive_months(connection, store)
        if is_return:
            remove_old_months(connection, store, KEPT)
        (first, *_) = read_removed_months(connection, [QUOTES]) or [None]
        expected, place, is_done = rows_of_all(connection, store), 0, False
    while not is_done:
        place += 1
        with pytest.MonkeyPatch.context() as patch, prepared.connect() as connection:
            cut_at(patch, connection, place)
            try:
                if is_return:
                    restore_months(connection, store, first.month)
                else:
                    remove_old_months(connection, store, KEPT)
                is_done = True
            except Killed:
                pass
        with prepared.connect() as connection:
            assert rows_of_all(connection, store) == expected
            is_done = is_done or (is_return and first not in read_removed_months(connection, [QUOTES]))
    assert place > 5
    with prepared.connect() as connection:
        assert bool(read_removed_months(connection, [QUOTES])) is not is_return or len(store.names()) > 1
