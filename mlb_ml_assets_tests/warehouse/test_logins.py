"""Services log in as roles that can become nothing else.

Belongs here: the logins of API, MLflow and Dagster, and what an SQL injection in such a session could reach.
Not here: what each role may do with our tables (test_roles.py).
"""

from contextlib import suppress
from dataclasses import replace

import psycopg
import pytest

from mlb_ml_assets.serving.database import ReadDatabase
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.logins import (
    CODE_ROLE,
    DAGSTER_ROLE,
    MLFLOW_ROLE,
    LoginRefused,
    allow_embedded_logins,
    allow_login,
    allow_logins,
)
from mlb_ml_assets.warehouse.settings import API_ROLE, DatabaseSettings

PASSWORDS = {"MLB_ML_API_PASSWORD": "planted-api-password", "MLB_ML_MLFLOW_PASSWORD": "planted-mlflow-password"}


def settings_of(database, role) -> DatabaseSettings:
    return replace(database.settings, user=role)


@pytest.fixture
def api_session(database):
    """A session of the API as its pool makes it."""
    with database.connect() as owner:
        allow_login(owner, API_ROLE)
    reads = ReadDatabase(1, 5000, lambda: settings_of(database, API_ROLE).dsn)
    yield reads
    reads.close()


@pytest.mark.parametrize("role", ["none", "postgres", "mlb_owner", "mlb_pipeline"])
def test_the_api_cannot_become_another_role(api_session, role):
    """`set_config('role', 'none')` in its own session made it a superuser, who may start programs."""

    def attack(connection):
        try:
            with connection.transaction():
                connection.execute("SELECT set_config('role', %s, false)", (role,))
        except psycopg.errors.InsufficientPrivilege:
            pass
        return connection.execute(
            "SELECT current_user, session_user, (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)"
        ).fetchone()

    assert api_session.read(attack) == (API_ROLE, API_ROLE, False)


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO PROGRAM 'cat'",
        "INSERT INTO mlb_ml.api_keys (key_id, label, key_sha256) VALUES ('a', 'b', sha256('c'))",
        "SELECT * FROM raw_data.quarantine",
    ],
)
def test_a_session_that_may_write_again_gains_nothing(api_session, statement):
    """A read-only transaction is a default that any session may change; the rights are not."""

    def attack(connection):
        connection.execute("SET TRANSACTION READ WRITE")
        connection.execute(statement)

    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        api_session.read(attack)


def test_the_embedded_server_knows_the_apis_login():
    """A given server is used with the login of the environment, the embedded one with the API's own."""
    assert DatabaseSettings.from_environment({"MLB_ML_HOME": "/x"}).log_in_as(API_ROLE).user == API_ROLE
    given = DatabaseSettings.from_environment({"POSTGRES_HOST": "h", "POSTGRES_USER": "someone"})
    assert given.log_in_as(API_ROLE) == given


def test_the_services_of_the_embedded_server_get_their_logins_once(database):
    """`ensure_database` runs in every process: changed rights in each would wait for each other, and for readers."""
    with database.connect() as owner:
        owner.execute("CREATE TABLE mlflow.runs (run_uuid TEXT)")
        allow_embedded_logins(owner)
        with owner.transaction():
            allow_embedded_logins(owner)
            # A transaction that writes has a number.
            assert owner.execute("SELECT pg_current_xact_id_if_assigned()").fetchone() == (None,)
    with connect(settings_of(database, MLFLOW_ROLE).dsn, "test") as mlflow:
        mlflow.execute("INSERT INTO mlflow.runs VALUES ('1')")


BECOMES = "SELECT set_config('role', %s, false)"


@pytest.mark.parametrize("role", [API_ROLE, MLFLOW_ROLE, DAGSTER_ROLE, CODE_ROLE])
@pytest.mark.parametrize("other", ["none", "postgres", "mlb_owner", "pg_execute_server_program"])
def test_no_service_becomes_more_than_it_is(database, role, other):
    """All but the API logged in as the owner of the embedded server: an injection could start programs."""
    with database.connect() as owner:
        allow_embedded_logins(owner)
    with connect(settings_of(database, role).dsn, "test", autocommit=True) as session:
        with suppress(psycopg.errors.InsufficientPrivilege):
            session.execute(BECOMES, (other,))
        assert session.execute("SELECT current_user, session_user").fetchone() == (role, role)
        for statement in ("COPY (SELECT 1) TO PROGRAM 'cat'", "SELECT pg_read_file('/etc/passwd')", "CREATE ROLE mine"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                session.execute(statement)


def test_the_code_server_gains_nothing_by_the_roles_that_it_is_made_of(database):
    """It is a member of two roles, and can take either: each has less than it."""
    with database.connect() as owner:
        allow_embedded_logins(owner)
    for other in ("mlb_pipeline", DAGSTER_ROLE):
        with connect(settings_of(database, CODE_ROLE).dsn, "test", autocommit=True) as session:
            session.execute(BECOMES, (other,))
            for refused in ("CREATE TABLE curated.mine ()", "CREATE TABLE mlflow.mine ()", "TABLE mlb_ml.api_keys"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    session.execute(refused)


def test_logins_get_the_passwords_of_the_environment(database):
    """They are stored hashed; the server's log never sees them."""
    with database.connect() as owner:
        owner.execute("CREATE TABLE mlflow.runs (run_uuid TEXT)")
        assert allow_logins(owner, PASSWORDS) == [API_ROLE, MLFLOW_ROLE]
        stored = owner.execute(
            "SELECT rolpassword FROM pg_authid WHERE rolname = ANY(%s)", ([API_ROLE, MLFLOW_ROLE],)
        ).fetchall()
    assert [password.split("$")[0] for (password,) in stored] == ["SCRAM-SHA-256"] * 2
    with connect(settings_of(database, MLFLOW_ROLE).dsn, "test", autocommit=True) as mlflow:
        mlflow.execute("INSERT INTO mlflow.runs VALUES ('1')")
        for refused in (
            "SELECT * FROM curated.ml_predictions", "DROP TABLE mlflow.runs", "CREATE TABLE mlflow.mine (n INTEGER)",
            "SELECT set_config('role', 'postgres', false)",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                mlflow.execute(refused)


def test_dagsters_processes_log_in_with_their_rights_only(database):
    """Web server, daemon and code server logged in as the owner, in containers as the server's superuser."""
    with database.connect() as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS dagster.runs (run_id TEXT)")
        passwords = {"MLB_ML_DAGSTER_PASSWORD": "planted-dagster", "MLB_ML_CODE_PASSWORD": "planted-code"}
        assert allow_logins(owner, passwords) == [DAGSTER_ROLE, CODE_ROLE]
    reads = "SELECT count(*) FROM curated.ml_predictions"
    with connect(settings_of(database, DAGSTER_ROLE).dsn, "test", autocommit=True) as dagster:
        dagster.execute("INSERT INTO dagster.runs VALUES ('1')")
        dagster.execute("SELECT count(*) FROM mlb_ml.migration_checksums")
        for refused in (
            reads,
            "SELECT * FROM mlb_ml.api_keys",
            "DROP TABLE dagster.runs",
            "CREATE TABLE dagster.mine ()",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                dagster.execute(refused)
    with connect(settings_of(database, CODE_ROLE).dsn, "test", autocommit=True) as code:
        code.execute("UPDATE dagster.runs SET run_id = '2'")
        code.execute(reads)
        notices: list[str] = []
        code.add_notice_handler(lambda notice: notices.append(notice.message_primary or ""))
        code.execute("ANALYZE curated.ml_predictions")
        # Before PostgreSQL 17 only a table's owner may analyze it: statistics are left to autovacuum there.
        assert len(notices) == (code.info.server_version < 170000)
        for refused in (
            "DROP TABLE curated.ml_predictions", "CREATE TABLE curated.mine ()", "SELECT * FROM mlflow.runs",
            "DELETE FROM mlb_ml.migration_checksums", "COPY (SELECT 1) TO PROGRAM 'cat'",
            "SELECT set_config('role', 'postgres', false)",
        ):  # fmt: skip
            with pytest.raises((psycopg.errors.InsufficientPrivilege, psycopg.errors.UndefinedTable)):
                code.execute(refused)


def test_a_login_without_a_password_is_refused(database):
    """A role that logs in with an empty password is everyone's."""
    with database.connect() as owner:
        with pytest.raises(LoginRefused, match="none of MLB_ML_API_PASSWORD, MLB_ML_MLFLOW_PASSWORD"):
            allow_logins(owner, {"MLB_ML_API_PASSWORD": ""})
        with pytest.raises(LoginRefused, match="mlb_missing"):
            allow_login(owner, "mlb_missing", "x")
