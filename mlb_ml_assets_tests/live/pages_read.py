"""Counting the pages that each statement reads, in copies of a database of other sizes.

Belongs here: EXPLAIN beside every statement of a block, games copied to earlier years, forgetting statistics.
Not here: what is measured and what may grow (test_plans.py).
"""

import random
import re
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
import pytest
from psycopg.rows import tuple_row

_NAME = re.compile(r"-- (\w+)\.sql:")
_COMMENT = re.compile(r"--[^\n]*")
_EXPLAINED = ("WITH", "SELECT", "INSERT", "UPDATE", "DELETE")
# Tables with rows of games; every row is copied under other ids to earlier years, five apart.
_TABLES_OF_GAMES = (
    "curated.enhanced_games", "curated.game_details", "staging.source_games", "curated.game_identity",
    "staging.game_status_history", "staging.game_results", "staging.probable_starters", "staging.lineups",
    "staging.game_conditions", "staging.starter_lines", "staging.bullpen_lines", "staging.team_lines",
    "staging.batter_lines", "staging.pitcher_lines", "staging.lineup_positions", "staging.fact_observations",
    "staging.quote_spans", "staging.archive_quotes", "staging.source_quotes", "staging.quote_observations",
    "staging.action_network_games",
    "staging.action_network_odds_historical", "staging.game_sightings", "staging.market_sightings",
    "staging.source_splits", "curated.market_lines", "curated.game_openings", "curated.missing_closes",
    "curated.reference_closes", "curated.operator_closes", "curated.stamped_prices",
    "curated.ml_feature_vectors", "curated.game_features", "curated.ml_predictions", "curated.ml_recommendations",
)  # fmt: skip
_NUMBERED = {"id", "game_id", "prediction_id", "feature_vector_id", "game_pk", "action_network_game_id"}
_NAMED = {"source_game_id", "external_game_id"}


@dataclass
class Cost:
    """What the runs of one statement read together.

    Attributes:
        pages: looked at, each as often as it was.
        searches: how often an index was searched, by writes as well.
        rows: found by bitmaps, less their pages, and looked at in whole tables. A bitmap reads a page once for all its
            rows, an index alone up to once a row, and the planner takes either.
    """

    pages: int = 0
    searches: int = 0
    rows: int = 0

    @property
    def work(self):
        """Pages and rows: the same for the same rows, by bitmap or by index."""
        return self.pages + self.rows


@contextmanager
def count_pages():
    """The cost of each statement of the block, by the name of its file, else by its text.

    Each is explained with its parameters before it is run. COPY, DDL and files of several statements are not.
    """
    costs = defaultdict(Cost)
    execute = psycopg.Cursor.execute

    def counted(self, statement, parameters=None, **options):
        if isinstance(statement, str) and _is_explained(text := _COMMENT.sub("", statement).strip()):
            with self.connection.transaction(force_rollback=True):
                plan = psycopg.Cursor(self.connection, row_factory=tuple_row)
                execute(plan, f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}", parameters)
                root = plan.fetchone()[0][0]["Plan"]
            named = _NAME.match(statement)
            cost = costs[named[1] if named else " ".join(text.split())]
            cost.pages += root["Shared Hit Blocks"] + root["Shared Read Blocks"]
            for node in _nodes(root):
                cost.searches += _searches(node, self.connection, execute)
                cost.rows += _rows(node)
        return execute(self, statement, parameters, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(psycopg.Cursor, "execute", counted)
        yield costs


def _is_explained(text):
    return text.upper().startswith(_EXPLAINED) and ";" not in text.rstrip(";")


def _searches(node, connection, execute):
    """How often the node searched an index: a row that ON CONFLICT tries is searched for in each of its table."""
    tried = node.get("Tuples Inserted", 0) + node.get("Conflicting Tuples", 0)
    if not tried:
        return node["Actual Loops"] if "Index Name" in node else 0
    counting = psycopg.Cursor(connection, row_factory=tuple_row)
    execute(
        counting,
        "SELECT COUNT(*) FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indrelid WHERE c.relname = %s "
        "AND c.relnamespace IN ('staging'::regnamespace, 'curated'::regnamespace)",
        (node["Relation Name"],),
    )
    return tried * counting.fetchone()[0]


def _rows(node):
    """The rows that a bitmap found, less the pages that it read for them; all rows of a table that was read whole."""
    if node["Node Type"] not in ("Bitmap Heap Scan", "Seq Scan"):
        return 0
    kinds = ("Actual Rows", "Rows Removed by Filter", "Rows Removed by Index Recheck")
    rows = node["Actual Loops"] * sum(node.get(kind, 0) for kind in kinds)
    return max(0, round(rows) - node.get("Exact Heap Blocks", 0) - node.get("Lossy Heap Blocks", 0))


def _nodes(plan):
    yield plan
    for part in plan.get("Plans", ()):
        yield from _nodes(part)


def copy_games(connection, copies):
    """Copy every linked game with all its rows to earlier years, five apart, `copies` times.

    Listings without a link are not: each is matched again until it has one, so that they cost what they are.
    """
    with connection.transaction():
        connection.execute("SET LOCAL session_replication_role = replica")
        for table in _TABLES_OF_GAMES:
            columns = connection.execute(
                "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass "
                "AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
                (table,),
            ).fetchall()
            names = ", ".join(name for name, _ in columns)
            values = ", ".join(_in_decade(name, kind) for name, kind in columns)
            is_listing = {name for name, _ in columns} >= {"source", "source_game_id"}
            linked = "(source, source_game_id) IN (SELECT source, source_game_id FROM curated.game_identity)"
            connection.execute(
                f"INSERT INTO {table} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} FROM {table} "
                f"CROSS JOIN generate_series(1, {copies}) AS n WHERE {linked if is_listing else 'TRUE'}"
            )


def _in_decade(name, kind):
    if name in _NUMBERED:
        return f"{name} + 10000000 * n"
    if name == "mlb_stats_api_game_id":
        return f"n || lpad({name}, 9, '0')"
    if name in _NAMED:
        return f"n || '-' || {name}"
    if name in {"vector_id", "feature_hash"}:
        return f"md5({name}) || md5(n::TEXT || {name})" if name == "feature_hash" else f"md5(n::TEXT || {name})"
    if kind == "date" or kind.startswith("timestamp"):
        return f"({name} - n * INTERVAL '1826 days')::{kind}"
    return f"{name} - 5 * n" if name == "season" else name


def stop_autovacuum(connection):
    """No table gets statistics by itself: a slow run would measure another state than a quick one."""
    for table in _tables(connection, "r"):
        connection.execute(f"ALTER TABLE {table} SET (autovacuum_enabled = off)")


def forget_statistics(connection, seed=None):
    """The tables' statistics as before the first ANALYZE; with a seed, those of every fourth table or so.

    Of as many others only what is known of their columns is forgotten, as by a column's change of type.
    """
    connection.execute("SET allow_system_table_mods = on")
    for table in _tables(connection, "rp"):
        chance = random.Random(f"{seed} {table}")
        what = "all" if seed is None else chance.choice(["nothing", "nothing", "columns", "all"])
        if what != "nothing":
            connection.execute(
                "DELETE FROM pg_statistic WHERE starelid = %(table)s::REGCLASS "
                "OR starelid IN (SELECT indexrelid FROM pg_index WHERE indrelid = %(table)s::REGCLASS)",
                {"table": table},
            )
        if what == "all":
            connection.execute(
                "UPDATE pg_class SET reltuples = -1 WHERE oid = %s::REGCLASS AND relkind = 'r'", (table,)
            )


def _tables(connection, kinds):
    rows = connection.execute(
        "SELECT oid::REGCLASS::TEXT FROM pg_class WHERE relkind = ANY(%s) "
        "AND relnamespace = ANY('{staging,staging_months,curated}'::REGNAMESPACE[]) ORDER BY 1",
        (list(kinds),),
    )
    return [table for (table,) in rows]
