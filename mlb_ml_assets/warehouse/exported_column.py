"""One column of an exported table: its type in the file that people get, and how it is selected.

Belongs here: the same value from PostgreSQL and from a file of the archive tier, as a value and as text in CSV.
Not here: which rows are exported (table_export.py), the columns of the history bundle (export_columns.py).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pyarrow as pa
from psycopg import sql

_ARROW_TYPES: Final[dict[str, pa.DataType]] = {
    "int2": pa.int16(), "int4": pa.int32(), "int8": pa.int64(), "float4": pa.float32(), "float8": pa.float64(),
    "numeric": pa.float64(), "bool": pa.bool_(), "date": pa.date32(), "timestamptz": pa.timestamp("us", tz="UTC"),
    "timestamp": pa.timestamp("us"), "bytea": pa.binary(),
}  # fmt: skip
# Files of the tier have them as PostgreSQL prints them, and an export does not.
_NOT_IN_FILES: Final = frozenset(("timestamp", "bytea"))
# Of 60,000 floats DuckDB printed 200 (of 32 bits 500) with other digits than PostgreSQL: 175058.125 for 175058.12.
_PRINTED_OTHERWISE: Final = frozenset(("float4", "float8"))
# A double has this many decimal digits: both print such a number as it was.
_EXACT_DIGITS: Final = 15


@dataclass(frozen=True)
class ExportColumn:
    """One column: its name, PostgreSQL's name of its type, and its declared type, as numeric(4,1)."""

    name: str
    type_name: str
    declared: str

    @property
    def arrow_type(self) -> pa.DataType:
        """The column's type in a parquet file; types without a counterpart, JSON among them, are text."""
        return _ARROW_TYPES.get(self.type_name, pa.string())

    @property
    def selected(self) -> sql.Composable:
        """The column as PostgreSQL selects it: as text where `arrow_type` is text, as double where it is numeric."""
        name = sql.Identifier("t", self.name)
        if self.type_name == "numeric":
            return sql.SQL("{}::DOUBLE PRECISION").format(name)
        if self.arrow_type == pa.string():
            return sql.SQL("{}::TEXT").format(name)
        return name

    @property
    def is_in_files(self) -> bool:
        """Whether a file of the tier gives the same value: what a NUMERIC of many digits is as a double may differ."""
        return self.type_name not in _NOT_IN_FILES and (self.type_name != "numeric" or self._is_exact)

    @property
    def is_printed_alike(self) -> bool:
        """Whether DuckDB also prints it as PostgreSQL does."""
        return self.is_in_files and self.type_name not in _PRINTED_OTHERWISE

    @property
    def _is_exact(self) -> bool:
        declared = re.fullmatch(r"numeric\((\d+),\d+\)", self.declared)
        return declared is not None and int(declared[1]) <= _EXACT_DIGITS

    @property
    def selected_of_file(self) -> sql.Composable:
        """What `selected` gives, from a file of the tier, for DuckDB."""
        name = sql.Identifier("t", self.name)
        if self.type_name == "numeric":
            return sql.SQL("{}::DOUBLE").format(name)
        if self.type_name == "bpchar":
            return sql.SQL("rtrim({}, ' ')").format(name)  # PostgreSQL's cast to TEXT drops its blanks
        return name

    @property
    def csv_of_file(self) -> sql.Composable:
        """The value as COPY prints it into CSV, for DuckDB: nothing for NULL."""
        value = self.selected_of_file
        if self.type_name == "numeric":
            text = sql.SQL("regexp_replace({}::VARCHAR, '\\.0$', '')").format(value)
        elif self.type_name == "bool":
            text = sql.SQL("({}::VARCHAR)[1]").format(value)
        elif self.arrow_type == pa.string():
            # COPY quotes what it would read as something else.
            text = sql.SQL(
                "CASE WHEN {0} = '' OR regexp_matches({0}, '[,\"\\n\\r]') "
                "THEN '\"' || replace({0}, '\"', '\"\"') || '\"' ELSE {0} END"
            ).format(value)
        else:
            text = sql.SQL("{}::VARCHAR").format(value)
        return sql.SQL("COALESCE({}, '')").format(text)


def build_select_list(columns: Sequence[ExportColumn]) -> sql.Composable:
    """The columns of an export as PostgreSQL selects them, under their names, from a table called t."""
    return sql.SQL(", ").join(
        sql.SQL("{} AS {}").format(column.selected, sql.Identifier(column.name)) for column in columns
    )
