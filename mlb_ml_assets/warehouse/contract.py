"""Does this database fit? The contract with the tables that other programs share with us.

Belongs here: checking the whole database or one table, and the report in words.
Not here: the declared tables (contract_landing, contract_curated), single comparisons (contract_compare), known rivals
(contract_generations); altering anything.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import psycopg

from mlb_ml_assets.warehouse.contract_compare import Difference, Severity, compare
from mlb_ml_assets.warehouse.contract_curated import CURATED_TABLES
from mlb_ml_assets.warehouse.contract_generations import ELSEWHERE, aborted_012, generation_of
from mlb_ml_assets.warehouse.contract_landing import LANDING_TABLES
from mlb_ml_assets.warehouse.contract_shape import NeededTable, read_tables
from mlb_ml_assets.warehouse.sql import migrations_folder

ADOPTED = {table.name: table for table in (*LANDING_TABLES, *CURATED_TABLES)}
# 011's own table, in no contract: we neither read nor write it, but its presence tells how far 011 and 012 came.
WITNESSES = (*ELSEWHERE, "curated.ml_temporal_features")
SET_ASIDE = (
    "{table} stays as it is. Its owner can move it aside (CREATE SCHEMA IF NOT EXISTS set_aside; "
    "ALTER TABLE {table} SET SCHEMA set_aside), then run mlb-ml migrate; or this project gets a database of its own "
    "(POSTGRES_DB)"
)


class ContractError(RuntimeError):
    """The database does not fit; the message names every difference and what to run."""


@dataclass(frozen=True)
class TableReport:
    """One adopted table: its generation (None where the table is missing) and every difference."""

    needed: NeededTable
    generation: str | None
    differences: tuple[Difference, ...]

    @property
    def blocking(self) -> tuple[Difference, ...]:
        """The differences that keep us from writing, a missing table included."""
        return tuple(one for one in self.differences if one.severity is not Severity.HARMLESS)

    @property
    def fits(self) -> bool:
        """Whether we may write here."""
        return not self.blocking

    @property
    def is_rival(self) -> bool:
        """Whether it is another program's table under the same name, rather than ours with something amiss."""
        absent = sum(one.found == "no such column" for one in self.blocking)
        return absent >= 3 or self.generation == "no known generation"

    def render(self) -> str:
        """The table in words, a line per difference that matters."""
        name = self.needed.name
        harmless = len(self.differences) - len(self.blocking)
        aside = f", {harmless} harmless difference{'s' if harmless > 1 else ''}" if harmless else ""
        if self.generation is None:
            return f"{name}: missing\n    run: {self.blocking[0].remedy}"
        if self.fits:
            return f"{name}: fits ({self.generation}{aside})"
        lines = [f"{name}: DOES NOT FIT ({self.generation}{aside})"]
        if not self.needed.required:
            lines = [f"{name}: left alone ({self.generation}); payloads are kept in raw_data.payload_receipts"]
        for one in self.blocking:
            lines.append(f"    {one.part}: expected {one.expected}, found {one.found}")
            if one.remedy and self.needed.required and not self.is_rival:
                lines.append(f"        run: {one.remedy}")
        if self.needed.required and self.is_rival:
            lines.append("    " + SET_ASIDE.format(table=name))
        return "\n".join(lines)


@dataclass(frozen=True)
class ContractReport:
    """Every adopted table of one database, and what else was recognised."""

    tables: tuple[TableReport, ...]
    notes: tuple[str, ...]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """All differences, table by table."""
        return tuple(one for table in self.tables for one in table.differences)

    @property
    def blocking(self) -> tuple[Difference, ...]:
        """Differences that keep us from writing a required table; a landing table that does not fit is no obstacle."""
        return tuple(one for table in self.tables if table.needed.required for one in table.blocking)

    @property
    def fits(self) -> bool:
        """Whether every required table can be written."""
        return not self.blocking

    @property
    def exit_code(self) -> int:
        """0 fits, 1 does not; harmless differences and landing tables left alone are no failure."""
        return 0 if self.fits else 1

    @property
    def left_alone(self) -> tuple[str, ...]:
        """Landing tables of another generation, whose payloads the receipts keep."""
        return tuple(table.needed.name for table in self.tables if not table.needed.required and not table.fits)

    def table(self, name: str) -> TableReport:
        """The report of one table."""
        return next(table for table in self.tables if table.needed.name == name)

    def render(self) -> str:
        """The whole report in words, what stops us first."""
        ordered = sorted(
            self.tables, key=lambda table: (table.fits, table.generation is None, not table.needed.required)
        )
        verdict = "This database fits the contract."
        if not self.fits:
            broken = [table.needed.name for table in self.tables if table.needed.required and not table.fits]
            verdict = f"This database does not fit the contract: {', '.join(broken)}."
        return "\n".join([verdict, *(table.render() for table in ordered), *(f"note: {note}" for note in self.notes)])


def check_contract(connection: psycopg.Connection) -> ContractReport:
    """Compare the whole database with what we need. Reads the catalog only."""
    return _report(connection, tuple(ADOPTED.values()))


def require_fit(connection: psycopg.Connection, table: str) -> None:
    """Refuse to go on unless this table fits; tables of our own pass. Asked once per connection and table.

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


def fits(connection: psycopg.Connection, table: str) -> bool:
    """Whether this table can be written: how a landing table of another generation is passed over."""
    try:
        require_fit(connection, table)
    except ContractError:
        return False
    return True


def has_column(connection: psycopg.Connection, table: str, column: str) -> bool:
    """Whether the live table has this column: for those that the contract calls optional."""
    live = read_tables(connection, [table]).get(table)
    return live is not None and column in live.columns


def require_migratable(connection: psycopg.Connection) -> None:
    """Refuse to migrate a database on whose tables ours could not stand; missing tables are what migrating is for.

    Raises:
        ContractError: with every difference of those tables and what to run. Nothing has been touched.
    """
    foundation = tuple(table for table in ADOPTED.values() if table.foundation)
    stopping = [
        table.render()
        for table in _report(connection, foundation).tables
        if any(one.severity is Severity.BLOCKING for one in table.differences)
    ]
    if stopping:
        raise ContractError("nothing is migrated, because our tables refer to these:\n" + "\n".join(stopping))


def create_missing(connection: psycopg.Connection) -> list[str]:
    """Create adopted tables that are missing although the first migration ran: moved aside or dropped since.

    Returns:
        Their names.

    Raises:
        ContractError: ours refer to one of them; a new one under its name would not be the one they mean.
    """
    there = read_tables(connection, list(ADOPTED))
    missing = [table for name, table in ADOPTED.items() if name not in there]
    referred = [table.name for table in missing if table.foundation]
    if referred:
        raise ContractError(
            f"{', '.join(referred)} went missing after our tables were made, which still refer to the old rows: bring "
            "the table back (ALTER TABLE … SET SCHEMA), or restore a backup"
        )
    if missing:
        with connection.transaction():
            connection.execute((migrations_folder() / "0001_adopted_tables.sql").read_bytes())
    return [table.name for table in missing]


_PASSED: WeakKeyDictionary[psycopg.Connection, set[str]] = WeakKeyDictionary()


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
            reports.append(TableReport(needed, generation, tuple(compare(connection, needed, found, generation))))
    notes = [f"{name}: {meaning}; left alone" for name, meaning in ELSEWHERE.items() if name in live]
    aborted = aborted_012(frozenset(live))
    return ContractReport(tuple(reports), tuple([aborted, *notes] if aborted else notes))
