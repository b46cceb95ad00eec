"""What the migrations declare, against a database that they made.

Belongs here: types, NOT NULL and comments of columns, as read from the files and as stored.
Not here: whether an existing database fits (contract/test_check.py).
"""

import pytest

from mlb_ml_assets.warehouse.contract import ADOPTED
from mlb_ml_assets.warehouse.declared_columns import (
    ColumnNotDeclared,
    TableNotDeclared,
    declared_columns,
    declared_tables,
    describe_column,
)

# Created by 0001 for the programs that share the database; the pipeline neither reads nor writes them.
UNREAD = {"curated.ml_temporal_features", "curated.ml_market_features", "curated.ml_team_features"}


def test_every_column_has_a_description():
    """A column without unit and time semantics is guessed at, and a percent is read as a fraction."""
    for table in set(declared_tables()) - UNREAD:
        assert not [column.name for column in declared_columns(table) if not column.comment], table


def test_comments_of_our_tables_are_in_the_database_and_those_of_others_are_not(database):
    """The catalog, the API reference and psql show one text; a comment on an adopted table would alter it."""
    with database.connect() as connection:
        stored = connection.execute(
            "SELECT n.nspname || '.' || c.relname, a.attname, col_description(c.oid, a.attnum) FROM pg_attribute AS a "
            "JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace "
            "WHERE n.nspname || '.' || c.relname = ANY(%s) AND a.attnum > 0 AND NOT a.attisdropped",
            [list(declared_tables())],
        ).fetchall()
    found: dict[str, dict[str, str | None]] = {}
    for table, column, comment in stored:
        found.setdefault(table, {})[column] = comment
    for table in declared_tables():
        is_shared = table in ADOPTED or table in UNREAD
        declared = {column.name: None if is_shared else column.comment for column in declared_columns(table)}
        assert found[table] == declared, table


def test_an_unknown_column_or_table_is_named():
    """A description that silently is empty would reach the API reference."""
    assert describe_column("curated.ml_predictions", "home_ml_probability").endswith("0..1.")
    with pytest.raises(ColumnNotDeclared, match="home_ml_chance"):
        describe_column("curated.ml_predictions", "home_ml_chance")
    with pytest.raises(TableNotDeclared, match=r"curated\.ml_prophecies"):
        describe_column("curated.ml_prophecies", "id")
