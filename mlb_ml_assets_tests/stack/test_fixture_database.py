"""The database that every other test stands on.

Belongs here: promises of the conftest fixtures.
Does not: the embedded server's own promises (test_embedded).
"""


def test_each_test_has_a_migrated_database_of_its_own(database):
    """A shared one would let one test's rows decide another's result."""
    with database.connect() as connection:
        tables = connection.execute(
            "SELECT schemaname, count(*) FROM pg_tables WHERE schemaname IN ('raw_data', 'staging', 'curated', 'public')"
            " GROUP BY 1"
        ).fetchall()
        assert dict(tables).keys() == {"raw_data", "staging", "curated"}
        assert connection.execute("SELECT current_setting('timezone')").fetchone() == ("UTC",)
