"""What every drill needs: commands in processes of their own, and what a database must look like afterwards.

Belongs here: environments, starting our processes, what a database holds, the invariants.
Not here: the faults (test_*.py), forked runs (warmed.py).
"""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import psycopg
from psycopg import sql

from mlb_ml_assets.domain.clock import SIMULATED_NOW
from mlb_ml_assets.domain.days import DayRange
from mlb_ml_assets.flows.promises import PROMISES
from mlb_ml_assets.stack.server_user import server_programs, server_user
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets.warehouse.queries import run_query
from mlb_ml_assets.warehouse.settings import DatabaseSettings
from mlb_ml_assets_tests.chain import LEAGUE

# Days across the end of a month, for drills of whole runs.
PIECE = DayRange(date(2024, 4, 29), date(2024, 5, 2))
SELECT = ("--from", str(PIECE.first), "--to", str(PIECE.last), "--select")
# At how many random points each writing asset is killed: CI's short set. All: `MLB_ML_DRILL_POINTS=50 make drill`.
POINTS = int(os.environ.get("MLB_ML_DRILL_POINTS", "2"))
# Another seed, other points.
SEED = os.environ.get("MLB_ML_DRILL_SEED", "")
_OTHERS = ("DAGSTER_HOME", "MLFLOW_TRACKING_URI", "MLFLOW_BACKEND_STORE_URI", "MLFLOW_DEFAULT_ARTIFACT_ROOT")
OURS = ("raw_data", "staging", "curated")

# Breaches that say something about the league rather than about a cut: rain, a coverage at this instant.
_BROKEN_BY_A_CUT = (
    "games_are_unique", "prices_are_sane", "features_were_knowable", "predictions_are_in_range",
    "stakes_are_within_limits",
)  # fmt: skip

# An id is handed out anew in every run; what it names is not.
_GAME = "concat_ws('|', g.game_date, g.home_team, g.away_team, g.game_number, g.mlb_stats_api_game_id)"
_NAMED = {
    "game_id": f"(SELECT {_GAME} FROM curated.enhanced_games AS g WHERE g.id = t.game_id)",
    "payload_id": """(SELECT r.endpoint || r.content_sha256 FROM raw_data.payload_receipts AS r
        WHERE r.id = t.payload_id)""",
    "feature_vector_id": """(SELECT v.feature_hash FROM curated.ml_feature_vectors AS v
        WHERE v.id = t.feature_vector_id)""",
    "prediction_id": f"""(SELECT concat_ws('|', {_GAME}, p.model_name, p.model_version, p.prediction_timestamp)
        FROM curated.ml_predictions AS p JOIN curated.enhanced_games AS g ON g.id = p.game_id
        WHERE p.id = t.prediction_id)""",
}
# Stamps of writing, and names that MLflow makes up; defaults of now() and of sequences are found in the catalogue.
_OF_WRITING = {
    "settled_at", "parsed_at", "processed_at", "landed_id", "raw_data_id", "sportsbook_id", "times_seen",
    "mlflow_run_id", "target_runs", "model_uri", "artifact_uri", "registered_version", "run_id", "best_run_id",
    "best_model_uri", "last_updated", "data_processing_time", "newest_update", "file_digests",
    "compared_at", "moved_by",
}  # fmt: skip
_DEFAULTS = """
    SELECT a.attname FROM pg_attribute AS a LEFT JOIN pg_attrdef AS d ON (d.adrelid, d.adnum) = (a.attrelid, a.attnum)
    WHERE a.attrelid = %s::REGCLASS AND a.attnum > 0 AND (a.attidentity <> ''
        OR pg_get_expr(d.adbin, d.adrelid) ~* 'now\\(\\)|clock_timestamp|nextval|pg_current_xact_id|current_timestamp')
"""


def environment_of(variables: dict[str, str]) -> dict[str, str]:
    """This process's environment pointed at a database, at the league's now."""
    kept = {name: value for name, value in os.environ.items() if name not in _OTHERS}
    quiet = {"MLFLOW_DISABLE_TELEMETRY": "true", "DAGSTER_DISABLE_TELEMETRY": "true", "PYTHONWARNINGS": "ignore"}
    return {**kept, SIMULATED_NOW: LEAGUE.now.isoformat(), "OMP_NUM_THREADS": "1", **quiet, **variables}


def mlb_ml(environment: dict[str, str], *arguments: str) -> subprocess.Popen:
    """`mlb-ml …` in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "mlb_ml_assets.cli", *arguments],
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def finish(process: subprocess.Popen, *, expect: int = 0) -> str:
    """Wait; the output. The process must end as expected."""
    out, _ = process.communicate(timeout=300)
    assert process.returncode == expect, f"ended with {process.returncode}, not {expect}:\n{out[-4000:]}"
    return out


def wait_for(what: str, asked, seconds: float = 120.0):
    """The first true result of `asked`, called until it is true."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := asked():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"waited {seconds} s in vain: {what}")


def wait_for_backends(connection: psycopg.Connection) -> None:
    """A killed client's session ends its last statement, and only then sees that nobody listens."""
    others = (
        "SELECT COUNT(*) = 0 FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND backend_type = 'client backend'"
    )
    wait_for("sessions of killed clients end", lambda: connection.execute(others).fetchone()[0])


def back_up_and_restore(source: DatabaseSettings, target: DatabaseSettings) -> None:
    """A database on another server, where the roles, of which a dump holds none, come first."""
    programs = server_programs(server_user())
    place = {**os.environ, "PGHOST": target.server_host, "PGUSER": "postgres"}
    with connect(target.dsn_of("postgres"), "test", autocommit=True) as connection:
        for role in ("mlb_owner", "mlb_pipeline", "mlb_api", "mlb_dagster", "mlb_code"):
            connection.execute(sql.SQL("CREATE ROLE {} NOLOGIN").format(sql.Identifier(role)))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(target.database)))
    with tempfile.TemporaryDirectory() as folder:
        dump = Path(folder) / "backup.dump"
        subprocess.run(
            [programs / "pg_dump", "-Fc", "-Z1", "-f", dump, source.database],
            env={**place, "PGHOST": source.server_host},
            check=True,
        )
        subprocess.run([programs / "pg_restore", "--exit-on-error", "-d", target.database, dump], env=place, check=True)


def digests(
    connection: psycopg.Connection, tables: Iterable[str], of_writing: Iterable[str] = ()
) -> dict[str, tuple[int, str]]:
    """How many rows each table holds, and a digest of what they mean: without ids and stamps of writing."""
    found = {}
    for table in tables:
        dropped, named = _shape(connection, table)
        parts = ", ".join(f"'{name}', {_NAMED[name]}" for name in named)
        # One row or more for each statement that changed rows of the month.
        distinct = "DISTINCT" if table == "curated.changed_months" else ""
        found[table] = connection.execute(
            "SELECT COUNT(*), COALESCE(md5(string_agg(md5(row), '' ORDER BY md5(row))), '') FROM ("
            f"SELECT {distinct} (to_jsonb(t) - %s::TEXT[] || jsonb_build_object({parts}))::TEXT AS row "
            f"FROM {table} AS t) AS rows",
            ([*dropped, *of_writing],),
        ).fetchone()
    return found


def _shape(connection: psycopg.Connection, table: str) -> tuple[list[str], list[str]]:
    """Columns that are of writing or name a row by its id, and of these the ones that name another table's row."""
    columns = {name for (name,) in connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::REGCLASS AND attnum > 0 AND NOT attisdropped", (table,)
    )}  # fmt: skip
    handed_out = {name for (name,) in connection.execute(_DEFAULTS, (table,))}
    named = columns & _NAMED.keys()
    return sorted((columns & _OF_WRITING) | handed_out | named), sorted(named)


def our_tables(connection: psycopg.Connection) -> list[str]:
    """Every table of ours that holds data."""
    rows = connection.execute(
        "SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname = ANY(%s) ORDER BY 1", (list(OURS),)
    )
    return [name for (name,) in rows]


def broken(connection: psycopg.Connection, *, healed: bool = True) -> list[str]:
    """What must hold of the rows after any fault, and after the run that healed it; offenders in words."""
    span = {"first": PIECE.first, "last": LEAGUE.today + timedelta(days=1)}
    found = []
    for promise in PROMISES:
        if promise.name in _BROKEN_BY_A_CUT:
            offenders = run_query(connection, f"check_{promise.name}", {**span, "now": LEAGUE.now}).fetchmany(3)
            found += [f"{promise.name}: {offenders}"] if offenders else []
    statements = dict(_ALWAYS)
    if healed:
        statements |= _HEALED
        if connection.execute("SELECT to_regclass('mlflow.registered_model_aliases')").fetchone() != (None,):
            statements |= _HEALED_REGISTRY
    for what, statement in statements.items():
        offenders = connection.execute(statement).fetchmany(3)
        found += [f"{what}: {offenders}"] if offenders else []
    return found


_ALWAYS = {
    "a game exists twice": """
        SELECT game_date, home_team, away_team, game_number, COUNT(*) FROM curated.enhanced_games
        GROUP BY 1, 2, 3, 4 HAVING COUNT(*) > 1""",
    # Decisions of two instants may rest on facts of one: a capture under a clock that is behind makes an earlier one.
    "a decision is predicted twice": """
        SELECT p.game_id, p.model_name, p.prediction_timestamp, v.feature_cutoff_time, COUNT(*)
        FROM curated.ml_predictions AS p LEFT JOIN curated.ml_feature_vectors AS v ON v.id = p.feature_vector_id
        GROUP BY 1, 2, 3, 4 HAVING COUNT(*) > 1""",
    "a slate is predicted in part": """
        SELECT f.game_id, f.stage, f.as_of FROM curated.game_features AS f
        JOIN curated.enhanced_games AS g ON g.id = f.game_id
        WHERE EXISTS (SELECT 1 FROM curated.ml_predictions AS p JOIN curated.enhanced_games AS o ON o.id = p.game_id
                WHERE o.game_date = g.game_date)
            AND NOT EXISTS (SELECT 1 FROM curated.ml_predictions AS p WHERE p.game_id = f.game_id)""",
    "a prediction has some of its sides": """
        SELECT prediction_id, COUNT(*) FROM curated.ml_recommendations
        GROUP BY 1, market_type HAVING COUNT(*) <> 2""",
    "a stored vector has no features": """
        SELECT v.id FROM curated.ml_feature_vectors AS v LEFT JOIN curated.game_features AS f
            ON f.game_id = v.game_id AND f.as_of = v.feature_cutoff_time
        WHERE f.game_id IS NULL""",
    "a payload's rows are of no payload": """
        SELECT o.payload_id FROM staging.quote_observations AS o LEFT JOIN raw_data.payload_receipts AS r
            ON r.id = o.payload_id WHERE o.payload_id IS NOT NULL AND r.id IS NULL""",
    "a price was observed and is not stored": """
        SELECT o.source, o.source_game_id, o.updated_at FROM staging.quote_observations AS o
        WHERE o.source <> 'action_network' AND NOT EXISTS (
            SELECT 1 FROM staging.source_quotes AS q
            WHERE (q.source, q.source_game_id, q.book_id, q.market_type, q.side)
                = (o.source, o.source_game_id, o.book_id, o.market_type, o.side))""",
    "the champion was never trained": """
        SELECT c.model_version FROM curated.champions AS c LEFT JOIN curated.game_models AS m USING (model_version)
        WHERE m.model_version IS NULL""",
}  # fmt: skip
_HEALED = {
    "a payload was kept and never read": """
        SELECT payload_id, captured_at FROM raw_data.payload_sightings WHERE parsed_at IS NULL""",
}
_HEALED_REGISTRY = {
    "the champion of the tables is not MLflow's": """
        SELECT t.value, (SELECT model_version FROM curated.champions ORDER BY since DESC LIMIT 1)
        FROM mlflow.registered_model_aliases AS a
        JOIN mlflow.model_version_tags AS t ON (t.name, t.version) = (a.name, a.version) AND t.key = 'model_version'
        WHERE a.alias = 'champion'
            AND t.value IS DISTINCT FROM (SELECT model_version FROM curated.champions ORDER BY since DESC LIMIT 1)""",
    "the challenger was never recorded": """
        SELECT t.value FROM mlflow.registered_model_aliases AS a
        JOIN mlflow.model_version_tags AS t ON (t.name, t.version) = (a.name, a.version) AND t.key = 'model_version'
        WHERE a.alias = 'challenger' AND t.value NOT IN (SELECT model_version FROM curated.game_models)""",
}


def running_sessions(connection: psycopg.Connection) -> int:
    """MLflow runs that nobody has ended."""
    row = connection.execute("SELECT COUNT(*) FROM mlflow.runs WHERE status = 'RUNNING'").fetchone()
    assert row is not None
    return int(row[0])
