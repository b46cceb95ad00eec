"""Which tables the archive tier holds, and what gives a row its month.

Belongs here: the tables, their order in a file, their columns as DuckDB names their types.
Not here: writing files (month_files.py), which months are current (archived_months.py).
"""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, LiteralString

import psycopg
from psycopg import sql

from mlb_ml_assets.warehouse.contract.shape import read_tables
from mlb_ml_assets.warehouse.errors import WarehouseError
from mlb_ml_assets.warehouse.queries import run_query
from mlb_ml_assets.warehouse.quote_months import DIVIDED
from mlb_ml_assets.warehouse.sql import quote_name, table_identifier

# Declared types that DuckDB has under the same name. Everything else is stored as PostgreSQL prints it.
_SHARED_TYPES: Final = re.compile(
    r"boolean|smallint|integer|bigint|real|double precision|date|timestamp with time zone|numeric\(\d+,\d+\)"
)
_OF_ITS_GAME: Final = "g.game_date"


class NotInTheTier(WarehouseError, LookupError):
    """A table that the archive tier does not hold."""


@dataclass(frozen=True)
class MonthTable:
    """One table or view of the tier.

    Attributes:
        name: schema.table.
        day: SQL of the date that gives a row its month, of the table as t or of its game as g.
        keys: columns that identify a row, in the order in which a file has the rows.
        version: SQL of what changes with a row: the transaction that wrote it; a view's rows have none.
        stamp: the column (an instant) that `day` is of, where it is no date.
    """

    name: str
    day: str
    keys: tuple[str, ...]
    version: str = "t.xmin::TEXT"
    stamp: str = ""

    def dated(self, first: date, last: date) -> sql.Composable:
        """The condition that the row's day is one of these; date.min and date.max are no bounds."""
        return _bounds("({day}) >= {first}", "({day}) <= {last}", first, last, day=sql.SQL(self.day)) or sql.SQL(
            "({day}) IS NOT NULL"
        ).format(day=sql.SQL(self.day))

    def within(self, first: date, last: date) -> sql.Composable:
        """The condition that the stamp is of these days (UTC), by which partitions are left out; TRUE without one."""
        if not self.stamp:
            return sql.SQL("TRUE")
        # A session's time zone is UTC.
        begins, ends = "{stamp} >= {first}::DATE::TIMESTAMPTZ", "{stamp} < ({last}::DATE + 1)::TIMESTAMPTZ"
        return _bounds(begins, ends, first, last, stamp=sql.Identifier("t", self.stamp)) or sql.SQL("TRUE")

    def is_selected_by_day(self, columns: Collection[str]) -> bool:
        """Whether an export's range of dates is one of `day`, with these columns."""
        return self.day == "t.game_date" or (
            self.day == _OF_ITS_GAME and not {"game_date", "evaluation_period_start"}.intersection(columns)
        )

    @property
    def undated(self) -> sql.Composable:
        """FROM and WHERE of the rows that are of no day."""
        table = sql.SQL("FROM {} AS t").format(table_identifier(self.name))
        if self.day == _OF_ITS_GAME:
            table += sql.SQL(" LEFT JOIN curated.enhanced_games AS g ON g.id = t.game_id")
        # Of a stamp that is never NULL PostgreSQL 17 knows the answer without a row.
        day = sql.Identifier("t", self.stamp) if self.stamp else sql.SQL(self.day)
        return table + sql.SQL(" WHERE {} IS NULL").format(day)

    @property
    def source(self) -> sql.Composable:
        """The FROM of a statement over the table's rows and their `day`."""
        table = sql.SQL("{} AS t").format(table_identifier(self.name))
        if self.day == _OF_ITS_GAME:
            return table + sql.SQL(" JOIN curated.enhanced_games AS g ON g.id = t.game_id")
        return table


def _bounds(
    begins: LiteralString, ends: LiteralString, first: date, last: date, **column: sql.Composable
) -> sql.Composed | None:
    bounds = [begins] if first > date.min else []
    bounds += [ends] if last < date.max else []
    if not bounds:
        return None
    return sql.SQL(" AND ").join(sql.SQL(bound).format(first=first, last=last, **column) for bound in bounds)


def _of_game(name: str, *keys: str, version: str = "t.xmin::TEXT") -> MonthTable:
    return MonthTable(name, _OF_ITS_GAME, ("game_id", *keys), version)


def _of_stamp(name: str, stamp: str, *keys: str) -> MonthTable:
    return MonthTable(name, f"(t.{stamp} AT TIME ZONE 'UTC')::DATE", keys, stamp=stamp)


_MARKET: Final = ("source", "source_game_id", "book_id", "market_type")
TABLES: Final[Mapping[str, MonthTable]] = {
    table.name: table
    for table in (
        MonthTable("curated.resolved_games", "t.game_date", ("id",), version="t::TEXT"),
        _of_game("curated.game_details"),
        _of_game("curated.market_lines", "stage", "market_type"),
        _of_game("curated.game_features", "stage", "as_of", "feature_version"),
        _of_game("curated.ml_feature_vectors", "id"),
        _of_game("curated.ml_predictions", "id"),
        _of_game("curated.ml_recommendations", "prediction_id", "market_type", "side"),
        _of_game("staging.linked_games", "source", "source_game_id", version="t::TEXT"),
        # In the order of paths of prices, so that who reads a season need not sort it.
        _of_stamp("staging.action_network_odds_historical", "updated_at", "external_game_id", "sportsbook_external_id",
                  "market_type", "side", "updated_at", "id"),
        _of_stamp("staging.source_quotes", "updated_at", *_MARKET, "side", "updated_at"),
        _of_stamp("staging.archive_quotes", "updated_at", "source", "source_game_id", "feed", "book", "market_type",
                  "side", "updated_at", "quote_kind"),
        _of_stamp("staging.quote_observations", "updated_at", *_MARKET, "side", "captured_at", "updated_at",
                  "position", "odds", "line_value", "stamped", "market_id", "outcome_id"),
        _of_stamp("staging.game_sightings", "captured_at", "source", "source_game_id", "captured_at"),
        _of_stamp("staging.market_sightings", "first_captured_at", *_MARKET, "first_captured_at"),
    )
}  # fmt: skip


@dataclass(frozen=True)
class MonthColumn:
    """A column of a table: its name, its declared type, and what DuckDB calls that."""

    name: str
    declared: str

    @property
    def duckdb_type(self) -> str:
        """The type in a file; a type without a counterpart is text as PostgreSQL prints it."""
        return self.declared.upper() if _SHARED_TYPES.fullmatch(self.declared) else "VARCHAR"


def month_table(name: str) -> MonthTable:
    """The table of a name.

    Raises:
        NotInTheTier: the tier holds no such table.
    """
    try:
        return TABLES[name]
    except KeyError:
        raise NotInTheTier(f"the archive tier does not hold {name!r}: it holds {', '.join(TABLES)}") from None


def read_columns(connection: psycopg.Connection[Any], table: MonthTable) -> list[MonthColumn]:
    """The columns of a table as it is in this database, in their order."""
    found = run_query(connection, "month_columns", {"relation": quote_name(table.name)})
    return [MonthColumn(*row) for row in found]


def is_read_whole(connection: psycopg.Connection[Any], table: MonthTable) -> bool:
    """Whether PostgreSQL reads all rows of a table for those of a month: no partition and no index has them."""
    if not table.stamp or table.name in DIVIDED:
        return False
    indexes = read_tables(connection, [table.name])[table.name].indexes
    return not any(index.columns[0] == table.stamp and not index.is_partial for index in indexes)
