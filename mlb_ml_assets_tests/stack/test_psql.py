"""One statement on the project's database.

Belongs here: what is printed.
Not here: the prompt, which is psql's own.
"""

import io
import os
import subprocess
import sys

import pytest

from mlb_ml_assets.stack.psql import StatementFailed, run_statement


def _run(database, statement: str, *, csv: bool = False) -> str:
    out = io.StringIO()
    run_statement(database.settings, statement, csv=csv, out=out)
    return out.getvalue()


def test_rows_are_a_table_and_a_count(database):
    """As in the prompt, without needing its program."""
    text = _run(
        database, "SELECT 'DET' AS team, 1.50 AS price, TRUE AS bet UNION ALL SELECT 'KC', NULL, FALSE ORDER BY 1"
    )
    assert text == "team | price | bet\n---- | ----- | ---\nDET  | 1.50  | t\nKC   |       | f\n(2 rows)\n"


def test_a_value_cannot_write_to_the_terminal(database):
    """A book's name with an escape sequence changed the title of the window, or hid the row above it."""
    assert "\x1b" not in _run(database, "SELECT E'\\x1b]0;owned\\x07' AS name")
    assert "\\x1b]0;owned" in _run(database, "SELECT E'\\x1b]0;owned\\x07' AS name")


def test_csv_is_the_servers_own(database):
    """Python's spelling of booleans and instants reads differently in other programs."""
    statement = "SELECT TRUE AS bet, 'a,\"b\"' AS note, NULL AS nothing, TIMESTAMPTZ '2024-04-01 17:10+00' AS at;"
    assert _run(database, statement, csv=True) == 'bet,note,nothing,at\nt,"a,""b""",,2024-04-01 17:10:00+00\n'


def test_a_change_is_committed_and_counted(database):
    """A statement that says INSERT 0 2 and is rolled back at the end of the block."""
    assert _run(database, "CREATE TABLE staging.toy AS SELECT g FROM generate_series(1, 2) AS g") == "SELECT 2\n"
    assert _run(database, "DELETE FROM staging.toy WHERE g % 2 = 0") == "DELETE 1\n"
    assert _run(database, "UPDATE staging.toy SET g = 5 RETURNING g", csv=True) == "g\n5\n"
    assert _run(database, "SELECT * FROM staging.toy", csv=True) == "g\n5\n"


def test_the_prompt_is_on_the_projects_database(database):
    """It is another program: what it is not given, it guesses."""
    done = subprocess.run(
        [sys.executable, "-c", "from mlb_ml_assets.stack.psql import psql; psql()"],
        env={**os.environ, **database.environment},
        input="\\pset tuples_only\nSELECT current_database(), current_setting('timezone');",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-2].split() == [database.name, "|", "UTC"]


def test_a_refused_statement_is_the_servers_sentence(database):
    """Not a traceback of the driver."""
    with pytest.raises(StatementFailed, match=r'relation "staging.nothing" does not exist'):
        _run(database, "SELECT * FROM staging.nothing", csv=True)
    with pytest.raises(StatementFailed, match="syntax error"):
        _run(database, "SELEC 1")
