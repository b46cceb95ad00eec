"""The database of every other test.

Belongs here: promises of the conftest fixtures.
Not here: the embedded server's own promises (test_embedded).
"""


def test_each_test_has_a_migrated_database_of_its_own(database):
    """A shared one would let one test's rows decide another's result."""
    with database.connect() as connection:
        tables = connection.execute(
            "SELECT DISTINCT schemaname FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        assert {schema for (schema,) in tables} == {"raw_data", "staging", "staging_months", "curated", "mlb_ml"}
        assert connection.execute("SELECT current_setting('timezone')").fetchone() == ("UTC",)
