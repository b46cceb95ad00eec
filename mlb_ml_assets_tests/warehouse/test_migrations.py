"""Applying migrations: once, in order, whole, and by one process at a time.

Belongs here: promises about any set of files, with files made here.
Not here: what our own files create (contract/test_check.py).
"""

import hashlib
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from mlb_ml_assets.warehouse.migrations import MigrationError, checksum, migrate

FUNCTION = """-- A body with semicolons, quotes and a percent sign.
CREATE FUNCTION raw_data.twice(x INTEGER) RETURNS INTEGER LANGUAGE plpgsql AS $body$
BEGIN
    IF x % 2 = 0 THEN RETURN x; END IF;  -- it's even; done
    RETURN 2 * x;
END;
$body$;
"""

# As yoyo-migrations 9.0 left them in a database, after one file.
YOYO_LEDGER = """
    CREATE SCHEMA mlb_ml;
    CREATE TABLE mlb_ml._yoyo_migration (
        "migration_hash" VARCHAR(64), "migration_id" VARCHAR(255), "applied_at_utc" TIMESTAMP,
        PRIMARY KEY ("migration_hash"));
    CREATE TABLE mlb_ml._yoyo_log (
        "id" VARCHAR(36), "migration_hash" VARCHAR(64), "migration_id" VARCHAR(255), "operation" VARCHAR(10),
        "username" VARCHAR(255), "hostname" VARCHAR(255), "comment" VARCHAR(255), "created_at_utc" TIMESTAMP,
        PRIMARY KEY ("id"));
    CREATE TABLE mlb_ml._yoyo_version ("version" INT NOT NULL PRIMARY KEY, "installed_at_utc" TIMESTAMP);
    CREATE TABLE mlb_ml.migration_checksums (migration_id VARCHAR(255) PRIMARY KEY, sha256 CHAR(64) NOT NULL);
    INSERT INTO mlb_ml._yoyo_version VALUES (1, '2026-01-01'), (2, '2026-01-01');
    INSERT INTO mlb_ml._yoyo_migration
    VALUES (encode(sha256('0001_first'), 'hex'), '0001_first', '2026-01-01 12:00:00');
"""


@pytest.fixture
def folder(tmp_path) -> Path:
    path = tmp_path / "[odd] migrations"
    path.mkdir()
    (path / "0001_first.sql").write_text("CREATE SCHEMA raw_data; CREATE TABLE raw_data.first (id INTEGER);")
    (path / "0002_second.sql").write_text(f"-- depends: 0001_first\n{FUNCTION}")
    return path


def _names(database, schema: str = "raw_data") -> set[str]:
    with database.connect() as connection:
        rows = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = %s", (schema,)).fetchall()
        return {name for (name,) in rows}


def test_each_file_is_applied_once_and_public_stays_empty(empty_database, folder):
    """A second run that repeats a file, or the ledger's tables among the user's."""
    assert migrate(empty_database.dsn, folder) == ["0001_first", "0002_second"]
    assert migrate(empty_database.dsn, folder) == []
    assert _names(empty_database, "public") == set()


def test_a_function_body_arrives_whole(empty_database, folder):
    """Split at semicolons the body is cut; percent signs would read as parameters."""
    migrate(empty_database.dsn, folder)
    with empty_database.connect() as connection:
        assert connection.execute("SELECT raw_data.twice(3)").fetchone() == (6,)


def test_an_error_keeps_the_files_before_it_and_nothing_of_its_own(empty_database, folder):
    """Half a migration can be neither repeated nor undone, and the next file may need it."""
    (folder / "0003_third.sql").write_text("CREATE TABLE raw_data.half (id INTEGER); SELECT 1 / 0;")
    (folder / "0004_fourth.sql").write_text("CREATE TABLE raw_data.after (id INTEGER);")
    with pytest.raises(MigrationError, match=r"0003_third.*division by zero"):
        migrate(empty_database.dsn, folder)
    assert _names(empty_database) == {"first"}
    (folder / "0003_third.sql").write_text("CREATE TABLE raw_data.half (id INTEGER);")
    assert migrate(empty_database.dsn, folder) == ["0003_third", "0004_fourth"]


def test_a_file_changed_after_it_was_applied_is_named(empty_database, folder):
    """Two databases with the same ledger and different tables."""
    migrate(empty_database.dsn, folder)
    path = folder / "0001_first.sql"
    path.write_text(path.read_text() + "\nCREATE TABLE raw_data.smuggled (id INTEGER);")
    with pytest.raises(MigrationError, match="0001_first was changed after"):
        migrate(empty_database.dsn, folder)


def test_line_ends_of_a_checkout_are_no_change():
    """git on Windows writes CRLF."""
    assert checksum("SELECT 1;\r\n") == checksum("SELECT 1;\n")


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("0002_again.sql", "0002_second.sql has the number of 0002_again.sql"),
        ("third.sql", "third.sql: a migration is named NNNN_words.sql"),
        ("3_third.sql", "3_third.sql: a migration is named NNNN_words.sql"),
    ],
)
def test_a_number_names_one_file(empty_database, folder, name, message):
    """Two branches that both took the next number: which one a database has depended on who merged first."""
    (folder / name).write_text("SELECT 1;")
    with pytest.raises(MigrationError, match=message):
        migrate(empty_database.dsn, folder)
    assert _names(empty_database) == set()


def test_a_late_number_is_refused(empty_database, folder):
    """Applied after its followers here, before them elsewhere."""
    (folder / "0004_fourth.sql").write_text("SELECT 1;")
    migrate(empty_database.dsn, folder)
    (folder / "0003_third.sql").write_text("SELECT 1;")
    with pytest.raises(MigrationError, match="0003_third is new but numbered before 0004_fourth"):
        migrate(empty_database.dsn, folder)


def test_a_database_of_an_earlier_version_goes_on_where_it_was(empty_database, folder):
    """Its ledger was written by yoyo-migrations: read otherwise, every file would run again."""
    with empty_database.connect() as connection:
        connection.execute(YOYO_LEDGER)
        connection.execute((folder / "0001_first.sql").read_text())
        connection.execute(
            "INSERT INTO mlb_ml.migration_checksums VALUES ('0001_first', %s)",
            (checksum((folder / "0001_first.sql").read_text()),),
        )
        assert migrate(empty_database.dsn, folder) == ["0002_second"]
        ledger = "SELECT migration_hash, migration_id FROM mlb_ml._yoyo_migration ORDER BY migration_id"
        assert connection.execute(ledger).fetchall() == [
            (hashlib.sha256(name.encode()).hexdigest(), name) for name in ("0001_first", "0002_second")
        ]


def test_processes_that_migrate_at_once_apply_each_file_once(empty_database, folder):
    """Two containers of one deployment start together."""
    (folder / "0003_third.sql").write_text("SELECT pg_sleep(0.3); CREATE TABLE raw_data.third (id INTEGER);")
    applied: list[list[str]] = []
    threads = [threading.Thread(target=lambda: applied.append(migrate(empty_database.dsn, folder))) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(applied, key=len) == [[], [], [], ["0001_first", "0002_second", "0003_third"]]


def test_a_killed_migration_leaves_neither_lock_nor_mark(empty_database, folder):
    """A lock that is a row outlives its process: after a kill every later run waits for nobody."""
    path = folder / "0003_slow.sql"
    path.write_text("CREATE TABLE raw_data.slow (id INTEGER); SELECT pg_sleep(600);")
    code = "import sys; from pathlib import Path; from mlb_ml_assets.warehouse.migrations import migrate\n"
    code += "migrate(sys.argv[1], Path(sys.argv[2]))"
    process = subprocess.Popen([sys.executable, "-c", code, empty_database.dsn, str(folder)])
    with empty_database.connect() as connection:
        while not _sleeping(connection):
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
        process.wait()
        # The server notices a dead client when it next speaks to it; here at once.
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
    path.write_text("CREATE TABLE raw_data.slow (id INTEGER);")
    assert migrate(empty_database.dsn, folder) == ["0003_slow"]


def _sleeping(connection: psycopg.Connection) -> bool:
    found = connection.execute(
        "SELECT 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
    )
    return found.fetchone() is not None


def test_a_connection_lost_in_the_middle_keeps_nothing(empty_database, folder):
    """A restart of the server under a migration."""
    path = folder / "0003_third.sql"
    path.write_text("CREATE TABLE raw_data.third (id INTEGER); SELECT pg_terminate_backend(pg_backend_pid());")
    with pytest.raises(MigrationError, match="0003_third"):
        migrate(empty_database.dsn, folder)
    assert _names(empty_database) == {"first"}
    path.write_text("CREATE TABLE raw_data.third (id INTEGER);")
    assert migrate(empty_database.dsn, folder) == ["0003_third"]


def test_the_ledger_and_the_file_are_one_transaction(empty_database, folder):
    """Marked in a second transaction, a kill between the two ran the file twice: 'relation already exists'."""
    with empty_database.connect() as connection:
        migrate(empty_database.dsn, folder)
        rows = connection.execute(
            "SELECT t.xmin = m.xmin AND m.xmin = c.xmin"
            " FROM pg_class AS t, mlb_ml._yoyo_migration AS m, mlb_ml.migration_checksums AS c"
            " WHERE t.oid = 'raw_data.first'::regclass AND m.migration_id = '0001_first'"
            " AND c.migration_id = m.migration_id"
        ).fetchall()
    assert rows == [(True,)]
