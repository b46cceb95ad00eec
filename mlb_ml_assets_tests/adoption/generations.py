"""Databases of the earlier system's generations, built from their recorded column lists and keys.

Belongs here: the generations, their tables, and fingerprints of every value that a database holds.
Not here: what must hold of a database after moving in (the tests beside).
"""

import csv
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

NAMES = ("a_compose", "b_script", "c_newest", "d_described", "e_july", "f_grown")
# PostgreSQL 15 printed the lists without schemas; references point into these, in this order of preference.
SCHEMAS = ("curated", "staging", "raw_data")
OF_KIND = {"p": 0, "u": 1, "f": 2}
# What the writers fill here.
FILLED = (
    "curated.enhanced_games",
    "staging.action_network_odds_historical",
    "staging.action_network_games",
    "curated.unified_betting_splits",
)
# The lists name generated columns without their expressions.
GENERATED = {
    ("curated.enhanced_games", "total_runs"): "COALESCE(home_score, 0) + COALESCE(away_score, 0)",
    ("curated.enhanced_games", "pitcher_handedness_matchup"): "away_pitcher_throws || ' vs ' || home_pitcher_throws",
    (
        "curated.unified_betting_splits",
        "minutes_before_game",
    ): "EXTRACT(EPOCH FROM game_start_time - collected_at) / 60",
}


@dataclass(frozen=True)
class Generation:
    """Columns and keys of a generation's tables, as PostgreSQL prints them."""

    name: str
    columns: Sequence[Mapping[str, str]]
    keys: Sequence[Mapping[str, str]]

    @classmethod
    def read(cls, folder: Path, name: str) -> "Generation":
        """The generation recorded in `folder`."""
        lists = []
        for kind in ("columns", "keys"):
            with (folder / f"{name}.{kind}.csv").open(newline="") as file:
                lists.append(list(csv.DictReader(file)))
        return cls(name, *lists)

    def create(self, connection: psycopg.Connection[Any]) -> None:
        """Its tables with defaults, keys and references, empty."""
        tables = defaultdict(list)
        for column in self.columns:
            tables[column["table_name"]].append(column)
        for schema in SCHEMAS:
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        for table, columns in tables.items():
            connection.execute(f"CREATE TABLE {table} ({', '.join(_column(column) for column in columns)})")
        for key in sorted(self.keys, key=lambda key: OF_KIND[key["kind"]]):
            schema = key["table_name"].partition(".")[0]
            path = ", ".join([schema, *(other for other in SCHEMAS if other != schema)])
            connection.execute(f"SET search_path = {path}")
            connection.execute(f"ALTER TABLE {key['table_name']} ADD {key['definition']}")
        connection.execute("RESET search_path")


def _column(column: Mapping[str, str]) -> str:
    name, kind, default = column["column_name"], column["type"], column["default_value"]
    if default.startswith("nextval("):
        return f'"{name}" {"bigserial" if kind == "bigint" else "serial"}'
    parts = [f'"{name}"', kind]
    if expression := GENERATED.get((column["table_name"], name)):
        parts.append(f"GENERATED ALWAYS AS ({expression}) STORED")
    if default:
        parts.append(f"DEFAULT {default}")
    if column["nullable"] == "f":
        parts.append("NOT NULL")
    return " ".join(parts)


def shapes(connection: psycopg.Connection[Any], generation: Generation) -> dict[str, list[tuple[object, ...]]]:
    """Columns, defaults and constraints of the generation's tables, wherever they are now, by their first name."""
    found = {}
    for table in sorted({column["table_name"] for column in generation.columns}):
        oid = _oid(connection, table)
        columns = connection.execute(
            # A sequence moves with its table.
            "SELECT attname, format_type(atttypid, atttypmod), attnotnull, "
            "regexp_replace(pg_get_expr(adbin, adrelid), '(curated|set_aside)[.]', '') "
            "FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum "
            "WHERE attrelid = %(oid)s AND attnum > 0 AND NOT attisdropped "
            "UNION ALL SELECT conname, contype::TEXT, FALSE, NULL FROM pg_constraint WHERE conrelid = %(oid)s "
            "ORDER BY 1",
            {"oid": oid},
        )
        found[table] = columns.fetchall()
    return found


def _oid(connection: psycopg.Connection[Any], table: str) -> int:
    aside = f"set_aside.{table.partition('.')[2]}"
    row = connection.execute("SELECT COALESCE(to_regclass(%s), %s::regclass)::oid", (aside, table)).fetchone()
    assert row is not None
    return int(row[0])


def remember_values(connection: psycopg.Connection[Any]) -> int:
    """Keep every value that is there and not NULL in the tables of other programs; gives rows kept.

    For `changed_values` in the same session.
    """
    connection.execute("CREATE TEMPORARY TABLE remembered (table_name TEXT, id BIGINT, value JSONB)")
    return sum(
        connection.execute(
            f"INSERT INTO remembered SELECT %s, t.id, JSONB_STRIP_NULLS(TO_JSONB(t)) FROM {table} AS t", (table,)
        ).rowcount
        for table in FILLED
    )


def changed_values(connection: psycopg.Connection[Any]) -> list[tuple[str, int]]:
    """Rows of which a remembered value is another now, or gone: table and id."""
    return [
        row
        for table in FILLED
        for row in connection.execute(
            f"SELECT r.table_name, r.id FROM remembered AS r LEFT JOIN {table} AS t USING (id) "
            "WHERE r.table_name = %s AND NOT COALESCE(TO_JSONB(t) @> r.value, FALSE)",
            (table,),
        ).fetchall()
    ]
