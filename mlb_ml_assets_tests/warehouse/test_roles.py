"""What each role of the database may do, tried.

Belongs here: every kind of action under every role, by SET ROLE.
Not here: that the API takes its role (serving/test_security.py).
"""

import dataclasses
import re
from pathlib import Path

import psycopg
import pytest

from mlb_ml_assets.stack.database import SCHEMAS, ensure_database
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.contract import check_contract
from mlb_ml_assets.warehouse.migrations import migrate
from mlb_ml_assets.warehouse.sql import migrations_folder

OWNER, PIPELINE, API = "mlb_owner", "mlb_pipeline", "mlb_api"
ROLES = (OWNER, PIPELINE, API)

# What is tried, and who may. A privilege is checked before any row is read, so that none has to be there.
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
    """One right too many is found by an attacker, one too few on the night of the first real run."""
    with database.connect() as connection:
        may = {role for role in ROLES if allowed(connection, role, action)}
    assert may == ACTIONS[action]


@pytest.mark.parametrize("role", ROLES)
def test_no_role_of_ours_is_more_than_a_set_of_rights(database, role):
    """A role that is a superuser or makes roles is a door; the API's alone may log in."""
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
    can_log_in, *rights = attributes
    assert role == API or not can_log_in
    assert rights == [False] * 5
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


QUOTE = (
    "INSERT INTO staging.action_network_odds_historical (external_game_id, sportsbook_external_id, market_type, side, "
    "odds, updated_at) VALUES ('230100', '68', 'moneyline', 'home', -120, NOW())"
)


@pytest.fixture
def described_roles(empty_database):
    """A database of other programs, set up with the two scripts of docs/deployment.md; its settings by user."""
    name = empty_database.name
    page = Path(__file__).parents[2] / "docs" / "deployment.md"
    # Roles belong to the whole server: each test has its own.
    suffix = name.removeprefix("test")
    scripts = [
        re.sub(
            r"\b(mlb_migrator|mlb_runner)\b", rf"\1{suffix}", script.replace("DATABASE mlb_betting", f"DATABASE {name}")
        )
        for script in re.findall(r"```sql\n(.*?)```", page.read_text(), re.DOTALL)
    ]
    users = {user: f"{user}{suffix}" for user in ("mlb_migrator", "mlb_runner", "collector", "reader")}
    settings = {user: dataclasses.replace(empty_database.settings, user=role) for user, role in users.items()}
    with empty_database.connect() as connection:
        with connection.transaction():
            connection.execute((migrations_folder() / "0001_adopted_tables.sql").read_bytes())
        for user in ("collector", "reader"):
            connection.execute(f"CREATE ROLE {users[user]} LOGIN")
            connection.execute(f"GRANT USAGE ON SCHEMA raw_data, staging, curated TO {users[user]}")
            connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA raw_data, staging, curated TO {users[user]}")
        connection.execute(f"GRANT INSERT, UPDATE ON staging.action_network_odds_historical TO {users['collector']}")
        connection.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA staging TO {users['collector']}")
        connection.execute(scripts[0])
        ensure_database(settings["mlb_migrator"], migrated=False)
        migrate(settings["mlb_migrator"].dsn)
        connection.execute(scripts[1])
    yield settings
    with empty_database.connect() as connection:
        for role in users.values():
            connection.execute(f"DROP OWNED BY {role} CASCADE")
            connection.execute(f"DROP ROLE {role}")


def test_the_described_users_suffice_and_a_collector_keeps_inserting(described_roles):
    """After `migrate` the collector's own role failed: permission denied for table quote_arrivals."""
    with connect(described_roles["collector"].dsn, autocommit=True) as collector:
        collector.execute(QUOTE)
        collector.execute("UPDATE staging.action_network_odds_historical SET odds = -125")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            collector.execute("SELECT * FROM staging.quote_arrivals")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            collector.execute(
                "CREATE TEMPORARY TABLE quotes (external_game_id TEXT, updated_at TIMESTAMPTZ); CREATE TRIGGER t AFTER "
                "INSERT ON quotes REFERENCING NEW TABLE AS arrived FOR EACH STATEMENT "
                "EXECUTE FUNCTION staging.log_action_network_inserts()"
            )
    with connect(described_roles["mlb_runner"].dsn, autocommit=True) as runner:
        assert check_contract(runner).fits
        assert runner.execute("SELECT sum(quotes) FROM staging.quote_arrivals").fetchone() == (2,)
        runner.execute("DELETE FROM staging.quote_arrivals")
        for refused in ("DELETE FROM curated.enhanced_games", "ALTER TABLE curated.game_models ADD COLUMN n INTEGER"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                runner.execute(refused)


def test_the_contract_needs_select_only(described_roles):
    """A reviewer with a read-only user created schemas by checking."""
    with connect(described_roles["reader"].dsn, autocommit=True) as reader:
        report = check_contract(reader)
    assert {one.part for one in report.blocking} == {"rights"}
