"""Compare a live table with the declared one: every difference, and whether it prevents writing.

Belongs here: comparing columns, types, keys, indexes, references, rights, and evaluating live CHECKs over samples.
Not here: the declared tables (landing.py, curated.py), generations (generations.py), the report (report.py).
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import psycopg
from psycopg import sql

from mlb_ml_assets.warehouse.contract import remedies
from mlb_ml_assets.warehouse.contract.shape import Column, LiveIndex, LiveTable, NeededIndex, NeededTable

KINDS = {"v": "a view", "m": "a materialized view", "f": "a foreign table"}
INTEGER_WIDTHS = {"smallint": 2, "integer": 4, "bigint": 8}
FLOATS = frozenset({"real", "double precision"})
TYPE = re.compile(r"(?P<base>[a-z ]+?)(?:\((?P<size>\d+)(?:,(?P<scale>-?\d+))?\))?")
UNBOUNDED = 10**9


class Severity(StrEnum):
    """What a difference means for us."""

    BLOCKING = "blocking"
    MISSING = "missing"
    HARMLESS = "harmless"


@dataclass(frozen=True)
class Difference:
    """One difference between a live table and the contract, with the statement that removes it, if that is of use."""

    table: str
    part: str
    expected: str
    found: str
    severity: Severity
    generation: str
    remedy: str = ""

    def __str__(self) -> str:
        return f"{self.table}, {self.part}: expected {self.expected}, found {self.found}"


def compare(connection: psycopg.Connection, needed: NeededTable, live: LiveTable, generation: str) -> list[Difference]:
    """Every difference of one table, blocking ones first."""

    def difference(part: str, expected: str, found: str, severity: Severity, remedy: str = "") -> Difference:
        return Difference(needed.name, part, expected, found, severity, generation, remedy)

    if live.kind in KINDS:
        aside = remedies.set_aside([needed.name])
        return [difference("table", "a table", KINDS[live.kind], Severity.BLOCKING, aside)]
    found = [difference(*parts) for parts in _columns(needed, live)]
    # A CHECK over a column of another type cannot be evaluated on our samples, and an index may be impossible: the
    # column is reported already.
    if not any(one.severity is Severity.BLOCKING for one in found):
        found += [difference(*parts) for parts in _checks(connection, needed, live)]
        found += [difference(*parts) for parts in _indexes(connection, needed, live)]
    found += [
        difference(*parts)
        for parts in (
            *_keys(connection, needed, live),
            *_references(needed, live),
            *_rights(connection, needed, live),
        )
    ]
    return sorted(found, key=lambda one: one.severity is Severity.HARMLESS)


Parts = tuple[str, str, str, Severity, str]


def _columns(needed: NeededTable, live: LiveTable) -> Iterator[Parts]:
    for name, declared in needed.columns.items():
        column = live.columns.get(name)
        if column is None:
            if name in needed.optional:
                yield f"column {name}", declared, "no such column", Severity.HARMLESS, ""
            else:
                add = remedies.add_column(needed.name, name, _type_of(declared))
                yield f"column {name}", declared, "no such column", Severity.BLOCKING, add
        elif str(column) != declared:
            yield _column(needed, column, declared)
    for name, column in live.columns.items():
        if name in needed.columns or needed.referred_to:
            continue
        if column.must_be_given:
            loosen = remedies.loosen_column(needed.name, name)
            yield f"column {name}", "no such column", f"{column}, which every row must give", Severity.BLOCKING, loosen
        else:
            yield f"column {name}", "no such column", str(column), Severity.HARMLESS, ""


def _type_of(declared: str) -> str:
    return declared.replace(" default", "").replace(" not null", "").replace(" generated", "")


def _column(needed: NeededTable, column: Column, declared: str) -> Parts:
    """The difference of a column in type, NOT NULL, default or generation."""
    part, found = f"column {column.name}", str(column)
    wanted = _type_of(declared)
    if not can_hold(column.type, wanted) and not (column.name == "id" and column.type == "integer" and column.default):
        retype = remedies.retype_column(needed.name, column.name, wanted, column.type)
        return part, declared, found, Severity.BLOCKING, retype
    if column.generated and "generated" not in declared:
        return part, declared, found, Severity.BLOCKING, remedies.store_values(needed.name, column.name)
    if column.must_be_given and ("not null" not in declared or "default" in declared):
        # A column of the primary key cannot be NULL.
        fill = remedies.number_rows if column.name == "id" else remedies.loosen_column
        return part, declared, found, Severity.BLOCKING, fill(needed.name, column.name)
    return part, declared, found, Severity.HARMLESS, ""


def can_hold(live: str, wanted: str) -> bool:
    """Whether a column of type `live` stores every value of type `wanted`; both as format_type() prints them."""
    if live == wanted:
        return True
    live_parts, wanted_parts = TYPE.fullmatch(live), TYPE.fullmatch(wanted)
    if live_parts is None or wanted_parts is None:
        return False
    base, wanted_base = live_parts["base"], wanted_parts["base"]
    if wanted_base in INTEGER_WIDTHS:
        return INTEGER_WIDTHS.get(base, 0) >= INTEGER_WIDTHS[wanted_base]
    if wanted_base == "numeric":
        return base in FLOATS or (base == "numeric" and _numeric_holds(live_parts, wanted_parts))
    if wanted_base in {"character varying", "character", "text"} and base in {"character varying", "text"}:
        return _size(live_parts) >= _size(wanted_parts)
    return base == wanted_base and _size(live_parts) >= _size(wanted_parts)


def _size(parts: re.Match[str]) -> int:
    return int(parts["size"] or UNBOUNDED)


def _numeric_holds(live: re.Match[str], wanted: re.Match[str]) -> bool:
    if live["size"] is None:
        return True
    if wanted["size"] is None:
        return False
    live_scale, wanted_scale = int(live["scale"] or 0), int(wanted["scale"] or 0)
    return live_scale >= wanted_scale and int(live["size"]) - live_scale >= int(wanted["size"]) - wanted_scale


def _keys(connection: psycopg.Connection, needed: NeededTable, live: LiveTable) -> Iterator[Parts]:
    existing = [frozenset(key) for key in live.keys]
    ours = [frozenset(key) for key in needed.keys]
    for key in needed.keys:
        if frozenset(key) not in existing:
            repeats = _repeats(connection, live, key)
            found = _listed(live.keys) + (f", and {repeats:,} rows repeat others" if repeats else "")
            add = remedies.add_key(needed.name, key, repeats=bool(repeats))
            yield "unique key", f"({', '.join(key)})", found, Severity.BLOCKING, add
    for found_key in live.unique_keys:
        columns = frozenset(found_key.columns)
        if columns in ours or needed.referred_to:
            continue
        # A key on fewer columns than ours refuses rows that ours accepts.
        is_stricter = any(columns < own for own in ours)
        severity = Severity.BLOCKING if is_stricter else Severity.HARMLESS
        drop = remedies.drop_key(needed.name, found_key.name, is_constraint=found_key.is_constraint)
        yield "unique key", "no such key", f"({', '.join(found_key.columns)})", severity, drop if is_stricter else ""


def _repeats(connection: psycopg.Connection, live: LiveTable, key: tuple[str, ...]) -> int:
    """Rows that a unique key on these columns would refuse; 0 where a column is missing or we may not read."""
    if not live.columns.keys() >= {*key} or "SELECT" in live.lacking_rights:
        return 0
    columns = sql.SQL(", ").join(map(sql.Identifier, key))
    statement = sql.SQL(
        "SELECT COALESCE(SUM(n - 1), 0)::BIGINT "
        "FROM (SELECT COUNT(*) AS n FROM {} WHERE ({}) IS NOT NULL GROUP BY {}) AS k"
    ).format(sql.Identifier(*live.name.split(".")), columns, columns)
    row = connection.execute(statement).fetchone()
    return int(row[0]) if row else 0


def _listed(keys: tuple[tuple[str, ...], ...]) -> str:
    return "; ".join(f"({', '.join(key)})" for key in keys) or "no unique key"


def _references(needed: NeededTable, live: LiveTable) -> Iterator[Parts]:
    for one in live.references:
        if one.column not in needed.columns or needed.refers_to.get(one.column) == one.table:
            continue
        expected = needed.refers_to.get(one.column, "no reference")
        # We leave raw_data_id NULL: two tables' ids were written into it, and receipts record where a payload landed.
        if one.column in {"raw_data_id", "sportsbook_id"}:
            yield f"reference of {one.column}", expected, one.table, Severity.HARMLESS, ""
            continue
        schema, _, name = one.table.partition(".")
        # Its rows belong to those of a table that was set aside: they go along.
        was_left = expected.partition(".")[2] == name
        remedy = (
            remedies.set_aside([needed.name], schema) if was_left else remedies.drop_constraint(needed.name, one.name)
        )
        yield f"reference of {one.column}", expected, one.table, Severity.BLOCKING, remedy
    for column, table in needed.refers_to.items():
        if (column, table) not in live.refers_to:
            yield f"reference of {column}", table, "no reference", Severity.HARMLESS, ""


def _rights(connection: psycopg.Connection, needed: NeededTable, live: LiveTable) -> Iterator[Parts]:
    if needed.referred_to:
        return
    row = connection.execute("SELECT CURRENT_USER::TEXT").fetchone() if live.lacking_rights else None
    for privilege in live.lacking_rights:
        grant = remedies.grant(live.name, privilege, row[0] if row else "")
        yield "rights", f"{privilege} allowed", "not allowed", Severity.BLOCKING, grant
    for trigger in live.triggers:
        yield f"trigger {trigger}", "no trigger", "one that runs on our writes too", Severity.HARMLESS, ""


def _indexes(connection: psycopg.Connection, needed: NeededTable, live: LiveTable) -> Iterator[Parts]:
    """Indexes that a table of others lacks; before the migration that gives them to ours, none does."""
    lacking = [index for index in needed.indexes if not any(_serves(found, index) for found in live.indexes)]
    if not lacking:
        return
    applied = _applied(connection, [index.migration for index in lacking])
    for index in lacking:
        if index.migration in applied:
            add = remedies.add_index(needed.name, index, is_partitioned=live.kind == "p")
            some = f" of some rows ({index.name})" if index.where else ""
            yield "index", f"({', '.join(index.columns)}){some}", "no such index", Severity.HARMLESS, add


def _serves(live: LiveIndex, needed: NeededIndex) -> bool:
    if needed.where:
        # Its text depends on the types of the columns.
        return live.name == needed.name
    return not live.is_partial and live.columns[: len(needed.columns)] == needed.columns


def _applied(connection: psycopg.Connection, migrations: Sequence[str]) -> frozenset[str]:
    """Those of these migrations that have run; none where there is no ledger that this role may read."""
    readable = connection.execute(
        "SELECT 1 FROM pg_catalog.pg_class AS c INNER JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'mlb_ml' AND c.relname = 'migration_checksums' "
        "AND has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT')"
    ).fetchone()
    if readable is None:
        return frozenset()
    found = connection.execute(
        "SELECT migration_id FROM mlb_ml.migration_checksums WHERE migration_id = ANY(%s)", (list(migrations),)
    )
    return frozenset(name for (name,) in found)


def _checks(connection: psycopg.Connection, needed: NeededTable, live: LiveTable) -> Iterator[Parts]:
    """CHECKs that refuse a row that we would write, each with the first such row."""
    if not live.checks:
        return
    statement = sql.SQL("SELECT {passed} FROM jsonb_populate_recordset(NULL::{table}, %s::JSONB)").format(
        passed=sql.SQL(", ").join(
            sql.SQL("({}) IS NOT FALSE").format(sql.SQL(check)) for check in live.checks.values()
        ),
        table=sql.Identifier(*needed.name.split(".")),
    )
    passed = connection.execute(statement, (json.dumps(needed.samples),)).fetchall()
    for place, (name, expression) in enumerate(live.checks.items()):
        refused = next((sample for sample, row in zip(needed.samples, passed, strict=True) if not row[place]), None)
        if refused is not None:
            drop = remedies.drop_constraint(needed.name, name)
            shown = {key: refused[key] for key in refused if re.search(rf"\b{key}\b", expression)}
            yield f"check {name}", f"one that lets {shown} pass", expression, Severity.BLOCKING, drop
