"""What a comparison of the database with the contract found, and how to say it.

Belongs here: the report of one table and of all tables, as values and as text.
Not here: comparing (compare.py), deciding what to do about it (check.py).
"""

from dataclasses import dataclass

from mlb_ml_assets.warehouse.contract import remedies
from mlb_ml_assets.warehouse.contract.compare import Difference, Severity
from mlb_ml_assets.warehouse.contract.shape import NeededTable

MIGRATE = "mlb-ml migrate"
ELSEWHERE = "or give this project a database of its own (POSTGRES_DB)"


@dataclass(frozen=True)
class TableReport:
    """One adopted table: its generation (None where the table is missing) and every difference.

    Attributes:
        needed: the table as we need it.
        generation: which generation of the earlier system it is of.
        differences: every one, blocking ones first.
        followers: where it is a rival, adopted tables whose rows refer to this one's, directly or by others.
        goes_with: the rival that this table follows when it is set aside.
    """

    needed: NeededTable
    generation: str | None
    differences: tuple[Difference, ...]
    followers: tuple[str, ...] = ()
    goes_with: str = ""

    @property
    def blocking(self) -> tuple[Difference, ...]:
        """The differences that prevent writing, a missing table included."""
        return tuple(one for one in self.differences if one.severity is not Severity.HARMLESS)

    @property
    def fits(self) -> bool:
        """Whether we may write here."""
        return not self.blocking

    @property
    def is_missing(self) -> bool:
        """Whether there is no table of this name."""
        return self.generation is None

    @property
    def is_rival(self) -> bool:
        """Whether it is another program's table under the same name, rather than the expected one with faults."""
        return not self.is_missing and (len(self._absent) >= 3 or self.generation == "no known generation")

    @property
    def advice(self) -> tuple[str, ...]:
        """What to run so that the table fits: SQL for its owner, or the migration; nothing for a landing table."""
        if self.is_missing:
            return (MIGRATE,)
        if self.goes_with or self.needed.name.startswith("raw_data."):
            return ()
        if self.is_rival:
            return (remedies.set_aside([self.needed.name, *self.followers]), MIGRATE)
        moved = any(one.remedy.startswith("CREATE SCHEMA") for one in self.blocking)
        return (*dict.fromkeys(one.remedy for one in self.blocking), *([MIGRATE] if moved else []))

    @property
    def _absent(self) -> list[str]:
        return [one.part.removeprefix("column ") for one in self.blocking if one.found == "no such column"]

    def render(self) -> str:
        """The table as text: what differs, and what to run."""
        name = self.needed.name
        if self.is_missing:
            return f"{name}: missing"
        harmless = len(self.differences) - len(self.blocking)
        aside = f", {harmless} harmless difference{'s' if harmless > 1 else ''}" if harmless else ""
        if self.fits:
            return "\n".join([f"{name}: fits ({self.generation}{aside})", *self._index_lines()])
        lines = [f"{name}: DOES NOT FIT ({self.generation}{aside})"]
        if not self.needed.required:
            lines = [f"{name}: left alone ({self.generation}); {self.needed.fallback}"]
        return "\n".join([*lines, *(self._rival_lines() if self.is_rival else self._fault_lines())])

    def _fault_lines(self) -> list[str]:
        lines = [f"    {one.part}: expected {one.expected}, found {one.found}" for one in self.blocking]
        if self.goes_with:
            lines.append(f"    set aside with {self.goes_with}, and created anew")
        return lines + [f"        {_who_runs(step)}: {step}" for step in self.advice]

    def _index_lines(self) -> list[str]:
        """What statements do without, and read more for with each season."""
        lines = []
        for one in self.differences:
            if one.severity is Severity.HARMLESS and one.remedy:
                lines.append(f"    {one.part} {one.expected}: {one.found}, so statements read more with each season")
                lines.append(f"        {_who_runs(one.remedy)}: {one.remedy}")
        return lines

    def _rival_lines(self) -> list[str]:
        absent = self._absent
        count = f"{len(absent)} of {len(self.needed.columns)} columns are not there"
        shown = f" ({', '.join(absent[:4])}{', …' if len(absent) > 4 else ''})" if absent else ""
        lines = [f"    another program's table of this name: {count}{shown}"]
        lines += [f"        {_who_runs(step)}: {step}" for step in self.advice]
        return lines + ([f"        {ELSEWHERE}"] if self.advice else [])


def _who_runs(step: str) -> str:
    return "then run" if step == MIGRATE else "its owner can run"


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
    def can_price(self) -> bool:
        """Whether every table fits that a slate needs; others stop their branch only."""
        return all(table.fits for table in self.tables if table.needed.foundation)

    @property
    def exit_code(self) -> int:
        """0 if the database fits, else 1; harmless differences and skipped landing tables are no failure."""
        return 0 if self.fits else 1

    @property
    def left_alone(self) -> tuple[str, ...]:
        """Landing tables of another generation, whose payloads the receipts keep."""
        return tuple(table.needed.name for table in self.tables if not table.needed.required and not table.fits)

    @property
    def advice(self) -> tuple[str, ...]:
        """What to run, in order, so that every table fits: the SQL of their owners, then the migration."""
        steps = dict.fromkeys(step for table in self.tables for step in table.advice)
        return (*(step for step in steps if step != MIGRATE), *(step for step in steps if step == MIGRATE))

    def table(self, name: str) -> TableReport:
        """The report of one table."""
        return next(table for table in self.tables if table.needed.name == name)

    def render(self) -> str:
        """The whole report as text, tables that do not fit first."""
        missing = [table.needed.name for table in self.tables if table.is_missing]
        broken = [
            table.needed.name
            for table in self.tables
            if table.needed.required and not table.fits and not table.is_missing
        ]
        if broken:
            verdict = f"This database does not fit the contract: {', '.join(broken)}."
        elif missing and not self.fits:
            verdict = f"Nothing is in the way. {MIGRATE} creates what is missing."
        else:
            verdict = "This database fits the contract."
        ordered = sorted(
            (table for table in self.tables if not table.is_missing),
            key=lambda table: (table.fits, not table.needed.required),
        )
        lines = [verdict, *(table.render() for table in ordered)]
        if missing:
            lines.append(f"missing, run {MIGRATE}: {', '.join(missing)}")
        return "\n".join([*lines, *(f"note: {note}" for note in self.notes)])
