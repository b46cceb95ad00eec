"""What each role of the database may do, tried.

Belongs here: every kind of action under every role, by SET ROLE.
Not here: that the API takes its role (serving/test_security.py).
"""

import psycopg
import pytest

from mlb_ml_assets.stack.database import SCHEMAS

OWNER, PIPELINE, API = "mlb_owner", "mlb_pipeline", "mlb_api"
ROLES = (OWNER, PIPELINE, API)

# What is tried, and who may. A privilege is asked for before any row is looked at, so that none has to be there.
ACTIONS = {
    "SELECT * FROM curated.ml_predictions": {OWNER, PIPELINE, API},
    "SELECT * FROM staging.source_quotes": {OWNER, PIPELINE, API},
    "SELECT * FROM raw_data.payload_receipts": {OWNER, PIPELINE},
    "SELECT * FROM raw_data.quarantine": {OWNER, PIPELINE},
    "INSERT INTO staging.people (player_id, full_name) VALUES ('1', 'x')": {OWNER, PIPELINE},
    "UPDATE curated.ml_predictions SET risk_level = NULL WHERE FALSE": {OWNER, PIPELINE},
    "DELETE FROM curated.ml_recommendations WHERE FALSE": {OWNER, PIPELINE},
    "DELETE FROM raw_data.payload_receipts WHERE FALSE": {OWNER, PIPELINE},
    "CREATE TEMPORARY TABLE incoming (n INTEGER)": {OWNER, PIPELINE, API},
    "SELECT nextval(pg_get_serial_sequence('curated.enhanced_games', 'id'))": {OWNER, PIPELINE},
    "TRUNCATE curated.ml_predictions CASCADE": {OWNER},
    "CREATE TABLE curated.mine (n INTEGER)": {OWNER},
    "CREATE TRIGGER t BEFORE INSERT ON curated.ml_predictions"
    " FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger()": {OWNER},
    "UPDATE mlb_ml.migration_checksums SET sha256 = '' WHERE FALSE": {OWNER},
    "SELECT * FROM mlb_ml.migration_checksums": {OWNER, PIPELINE},
    "SELECT key_sha256 FROM mlb_ml.api_keys": {OWNER, API},
    "INSERT INTO mlb_ml.api_keys (key_id, label, key_sha256) VALUES ('a', 'b', sha256('c'))": {OWNER},
    "UPDATE mlb_ml.api_keys SET revoked_at = NULL": {OWNER},
    # Nobody: tables stay whole, the server stays closed, no role makes itself greater.
    "DROP TABLE curated.ml_predictions CASCADE": set(),
    "ALTER TABLE curated.ml_predictions DISABLE TRIGGER ALL": set(),
    "CREATE SCHEMA mine": set(),
    "CREATE ROLE mine": set(),
    "ALTER ROLE mlb_api SUPERUSER": set(),
    "GRANT mlb_owner TO mlb_api": set(),
    "COPY curated.ml_predictions TO PROGRAM 'cat'": set(),
    "COPY staging.people FROM '/etc/passwd'": set(),
    "SELECT pg_read_file('/etc/passwd')": set(),
    "SELECT lo_import('/etc/passwd')": set(),
    "SET LOCAL session_replication_role = replica": set(),
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usesysid = 10 AND pid <> pg_backend_pid()": set(),
    "CREATE TABLE public.mine (n INTEGER)": set(),
}  # fmt: skip


@pytest.mark.parametrize("action", ACTIONS)
def test_each_role_may_do_what_it_is_for_and_nothing_else(database, action):
    """One right too many is found by whoever looks for it, one too few on the night of the first real run."""
    with database.connect() as connection:
        may = {role for role in ROLES if allowed(connection, role, action)}
    assert may == ACTIONS[action]


@pytest.mark.parametrize("role", ROLES)
def test_no_role_of_ours_is_more_than_a_set_of_rights(database, role):
    """A role that can log in without a password, or is a superuser, is a door."""
    with database.connect() as connection:
        attributes = connection.execute(
            "SELECT rolcanlogin, rolsuper, rolcreatedb, rolcreaterole, rolreplication, rolbypassrls"
            " FROM pg_roles WHERE rolname = %s",
            (role,),
        ).fetchone()
        usable = {
            name for name in SCHEMAS
            if connection.execute("SELECT has_schema_privilege(%s, %s, 'USAGE')", (role, name)).fetchone() == (True,)
        }  # fmt: skip
    assert attributes == (False,) * 6
    expected = {OWNER: {"raw_data", "staging", "curated", "mlb_ml"}, API: {"staging", "curated", "mlb_ml"}}
    assert usable == expected.get(role, expected[OWNER])


def allowed(connection: psycopg.Connection, role: str, action: str) -> bool:
    try:
        with connection.transaction(force_rollback=True):
            connection.execute(psycopg.sql.SQL("SET LOCAL ROLE {}").format(psycopg.sql.Identifier(role)))
            connection.execute(action)
    except psycopg.errors.InsufficientPrivilege:
        return False
    return True
