"""Whether this database fits, and what to refuse where it does not.

Belongs here: checking the whole database or one table, refusing to write or to migrate, recreating missing tables.
Not here: declared tables (landing.py, curated.py), single comparisons (compare.py), the text of the report (report.py).
"""

from collections.abc import Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

import psycopg

from mlb_ml_assets.warehouse.contract.compare import Difference, Severity, compare
from mlb_ml_assets.warehouse.contract.curated import CURATED_TABLES
from mlb_ml_assets.warehouse.contract.generations import ELSEWHERE, READ_TOO, aborted_012, generation_of
from mlb_ml_assets.warehouse.contract.landing import LANDING_TABLES
from mlb_ml_assets.warehouse.contract.report import ContractReport, TableReport
from mlb_ml_assets.warehouse.contract.shape import ADOPTING, NeededTable, read_tables
from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.sql import migrations_folder

ADOPTED = {table.name: table for table in (*LANDING_TABLES, *CURATED_TABLES)}
# Neither read nor written by us, but its presence shows how far migrations 011 and 012 of the earlier system came.
WITNESSES = (*ELSEWHERE, *READ_TOO, "curated.ml_temporal_features")
_PASSED: WeakKeyDictionary[psycopg.Connection, set[str]] = WeakKeyDictionary()


class ContractError(WarehouseError, RuntimeError):
    """The database does not fit; the message names every difference and what to run."""


def check_contract(connection: psycopg.Connection) -> ContractReport:
    """Compare the whole database with what we need. Reads the catalog and which migrations ran."""
    return _report(connection, tuple(ADOPTED.values()))


def require_fit(connection: psycopg.Connection, table: str) -> None:
    """Refuse to continue unless this table fits; tables of our own pass. Checked once per connection and table.

    Raises:
        ContractError: with every difference of the table and what to run.
    """
    needed = ADOPTED.get(table)
    passed = _PASSED.setdefault(connection, set())
    if needed is None or table in passed:
        return
    report = _report(connection, (needed,)).tables[0]
    if not report.fits:
        raise ContractError(f"nothing is written into {table}:\n{report.render()}")
    passed.add(table)


def can_write(connection: psycopg.Connection, table: str) -> bool:
    """Whether this table fits, for landing tables of another generation, which are skipped without an error."""
    try:
        require_fit(connection, table)
    except ContractError:
        return False
    return True


def require_migratable(connection: psycopg.Connection) -> None:
    """Refuse to migrate a database to whose tables ours could not refer; missing tables are created by the migration.

    Raises:
        ContractError: with every difference of those tables and what to run. Nothing has been touched.
    """
    require_foundation(connection, "nothing is migrated, because our tables refer to these")


def require_foundation(connection: psycopg.Connection, consequence: str) -> None:
    """Refuse where a table that everything rests on does not fit; of the others each stops its own branch.

    Args:
        connection: reads only.
        consequence: what is not done, for the message.

    Raises:
        ContractError: with every difference of those tables and what to run.
    """
    foundation = tuple(table for table in ADOPTED.values() if table.foundation)
    stopping = [
        table.render()
        for table in _report(connection, foundation).tables
        if any(one.severity is Severity.BLOCKING for one in table.differences)
    ]
    if stopping:
        raise ContractError(f"{consequence}:\n" + "\n".join(stopping))


def create_missing(connection: psycopg.Connection) -> list[str]:
    """Create adopted tables that are missing although the first migration was applied: moved aside or dropped since.

    Returns:
        Their names.

    Raises:
        ContractError: our tables refer to one of them, and a new table under its name would not hold the same rows.
    """
    existing = read_tables(connection, list(ADOPTED))
    missing = [table for name, table in ADOPTED.items() if name not in existing]
    referred = [table.name for table in missing if table.foundation]
    if referred:
        raise ContractError(
            f"{', '.join(referred)} went missing after our tables were created, which still refer to its rows: move "
            "the table back (ALTER TABLE … SET SCHEMA), or restore a backup"
        )
    if missing:
        with connection.transaction():
            connection.execute((migrations_folder() / f"{ADOPTING}.sql").read_bytes())
    return [table.name for table in missing]


def _followers(connection: psycopg.Connection, table: str) -> tuple[str, ...]:
    """Adopted tables whose rows refer to this table's, directly or by others: without it they are rows of nothing."""
    live = read_tables(connection, list(ADOPTED))
    found = [table]
    for name in found:
        found += [
            one.name
            for one in live.values()
            if one.name not in found and any(reference.table == name for reference in one.references)
        ]
    return tuple(found[1:])


def _report(connection: psycopg.Connection, wanted: Sequence[NeededTable]) -> ContractReport:
    live = read_tables(connection, [*(table.name for table in wanted), *WITNESSES])
    reports = []
    for needed in wanted:
        found = live.get(needed.name)
        if found is None:
            gone = Difference(needed.name, "table", "a table", "nothing", Severity.MISSING, "", "mlb-ml migrate")
            reports.append(TableReport(needed, None, (gone,)))
        else:
            generation = generation_of(found)
            report = TableReport(needed, generation, tuple(compare(connection, needed, found, generation)))
            if report.is_rival:
                report = replace(report, followers=_followers(connection, needed.name))
            reports.append(report)
    leaders = {follower: one.needed.name for one in reports for follower in one.followers}
    reports = [replace(one, goes_with=leaders.get(one.needed.name, "")) for one in reports]
    notes = [f"{name}: {meaning}; left alone" for name, meaning in ELSEWHERE.items() if name in live]
    notes += [f"{name}: {meaning}" for name, meaning in READ_TOO.items() if name in live]
    aborted = aborted_012(frozenset(live))
    return ContractReport(tuple(reports), tuple([aborted, *notes] if aborted else notes))
