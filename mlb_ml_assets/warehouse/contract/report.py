"""What a comparison of the database with the contract found, and how to say it.

Belongs here: the report of one table and of all tables, as values and as text.
Not here: comparing (compare.py), deciding what to do about it (check.py).
"""

from dataclasses import dataclass

from mlb_ml_assets.warehouse.contract.compare import Difference, Severity
from mlb_ml_assets.warehouse.contract.shape import NeededTable

SET_ASIDE = (
    "{table} stays as it is. Its owner can move it aside (CREATE SCHEMA IF NOT EXISTS set_aside; "
    "ALTER TABLE {table} SET SCHEMA set_aside), then run mlb-ml migrate; or this project gets a database of its own "
    "(POSTGRES_DB)"
)


@dataclass(frozen=True)
class TableReport:
    """One adopted table: its generation (None where the table is missing) and every difference."""

    needed: NeededTable
    generation: str | None
    differences: tuple[Difference, ...]

    @property
    def blocking(self) -> tuple[Difference, ...]:
        """The differences that prevent writing, a missing table included."""
        return tuple(one for one in self.differences if one.severity is not Severity.HARMLESS)

    @property
    def fits(self) -> bool:
        """Whether we may write here."""
        return not self.blocking

    @property
    def is_rival(self) -> bool:
        """Whether it is another program's table under the same name, rather than the expected one with faults."""
        absent = sum(one.found == "no such column" for one in self.blocking)
        return absent >= 3 or self.generation == "no known generation"

    def render(self) -> str:
        """The table as text, one line per difference that matters."""
        name = self.needed.name
        harmless = len(self.differences) - len(self.blocking)
        aside = f", {harmless} harmless difference{'s' if harmless > 1 else ''}" if harmless else ""
        if self.generation is None:
            return f"{name}: missing\n    run: {self.blocking[0].remedy}"
        if self.fits:
            return f"{name}: fits ({self.generation}{aside})"
        lines = [f"{name}: DOES NOT FIT ({self.generation}{aside})"]
        if not self.needed.required:
            lines = [f"{name}: left alone ({self.generation}); {self.needed.fallback}"]
        for one in self.blocking:
            lines.append(f"    {one.part}: expected {one.expected}, found {one.found}")
            is_landing = name.startswith("raw_data.")
            if one.remedy and not is_landing and not self.is_rival:
                lines.append(f"        run: {one.remedy}")
        if self.needed.required and self.is_rival:
            lines.append("    " + SET_ASIDE.format(table=name))
        return "\n".join(lines)


@dataclass(frozen=True)
class ContractReport:
    """Every adopted table of one database, and notes on what else was recognized."""

    tables: tuple[TableReport, ...]
    notes: tuple[str, ...]

    @property
    def differences(self) -> tuple[Difference, ...]:
        """All differences, table by table."""
        return tuple(one for table in self.tables for one in table.differences)

    @property
    def blocking(self) -> tuple[Difference, ...]:
        """Differences that prevent writing a required table; others that do not fit stop only their branch."""
        return tuple(one for table in self.tables if table.needed.required for one in table.blocking)

    @property
    def fits(self) -> bool:
        """Whether every required table can be written."""
        return not self.blocking

    @property
    def exit_code(self) -> int:
        """0 if the database fits, else 1; harmless differences and skipped landing tables are no failure."""
        return 0 if self.fits else 1

    @property
    def left_alone(self) -> tuple[str, ...]:
        """Landing tables of another generation, whose payloads the receipts keep."""
        return tuple(table.needed.name for table in self.tables if not table.needed.required and not table.fits)

    def table(self, name: str) -> TableReport:
        """The report of one table."""
        return next(table for table in self.tables if table.needed.name == name)

    def render(self) -> str:
        """The whole report as text, tables that do not fit first."""
        ordered = sorted(
            self.tables, key=lambda table: (table.fits, table.generation is None, not table.needed.required)
        )
        verdict = "This database fits the contract."
        if not self.fits:
            broken = [table.needed.name for table in self.tables if table.needed.required and not table.fits]
            verdict = f"This database does not fit the contract: {', '.join(broken)}."
        return "\n".join([verdict, *(table.render() for table in ordered), *(f"note: {note}" for note in self.notes)])
