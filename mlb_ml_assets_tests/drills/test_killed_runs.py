"""SIGKILL at random points of every writing asset.

Belongs here: the kills, the run that heals, and that no writing asset is left out.
Not here: what each asset is (writers.py), a killed server (test_killed_server.py).
"""

import random
from collections.abc import Iterable

import pytest

from mlb_ml_assets_tests.conftest import _fresh
from mlb_ml_assets_tests.drills.warmed import Ended
from mlb_ml_assets_tests.drills.world import (
    POINTS,
    SEED,
    broken,
    digests,
    environment_of,
    our_tables,
    running_sessions,
    wait_for_backends,
)
from mlb_ml_assets_tests.drills.writers import COLLECTED, WRITERS, Writer, tables_of

pytestmark = pytest.mark.long

_BY_PAYLOAD = """
    SELECT r.endpoint, r.content_sha256, COUNT(*) FROM staging.quote_observations AS o
    JOIN raw_data.payload_receipts AS r ON r.id = o.payload_id GROUP BY 1, 2
"""
# Kinds of points in turn: before a statement that is not Dagster's, after some time, before any statement.
_KINDS = ("own", "time", "statement")


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.name)
def test_a_killed_run_leaves_all_or_nothing_and_the_next_run_heals(
    writer, database_server, before_writer, warm, sources, small_bundle, tmp_path, outcome
):
    """A run dies of memory, of a deploy, of a power cut: half a slate of stakes is worse than none."""
    chance, template, what = random.Random(writer.name + SEED), before_writer(writer), writer.what(small_bundle)
    tables = tables_of(writer)
    for database in _fresh(database_server, template, tmp_path):
        environment = environment_of({**database.environment, **sources})
        with database.connect() as connection:
            empty = digests(connection, our_tables(connection), writer.of_writing)
            whole_run = warm.run(environment, what)
            assert whole_run.code == 0, whole_run.output[-4000:]
            wait_for_backends(connection)
            whole = digests(connection, our_tables(connection), writer.of_writing)
            payloads = set(connection.execute(_BY_PAYLOAD))
            assert broken(connection) == []
    assert not tables or any(empty[table] != whole[table] for table in tables), "nothing to cut"
    points, killed, lives, kept = 0, 0, 0, 0
    while points < POINTS:
        lives += 1
        for database in _fresh(database_server, template, tmp_path):
            environment = environment_of({**database.environment, **sources})
            with database.connect() as connection:
                # Up to three kills in a row, as of a machine that goes down again while it recovers.
                for _ in range(min(chance.randint(1, 3), POINTS - points)):
                    ended = warm.run(environment, what, _point(_KINDS[points % 3], whole_run, chance))
                    assert ended.killed or _went_well(writer, ended), ended.output[-4000:]
                    points, killed = points + 1, killed + ended.killed
                    wait_for_backends(connection)
                    now = digests(connection, tables, writer.of_writing)
                    for group in writer.together:
                        held, before, after = ([state[table] for table in group] for state in (now, empty, whole))
                        assert held in (before, after), f"{group} hold a part of what they should"
                    kept += bool(tables) and all(now[table] == whole[table] for table in tables)
                    if writer.by_payload:
                        assert set(connection.execute(_BY_PAYLOAD)) <= payloads, "a part of a payload's prices"
                    assert broken(connection, healed=False) == []
                healing = warm.run(environment, what)
                assert _went_well(writer, healing), healing.output[-4000:]
                wait_for_backends(connection)
                # Every table of the database once, what the run can reach every time.
                looked_at = our_tables(connection) if points == POINTS else _reached(writer, whole)
                now = digests(connection, looked_at, writer.of_writing)
                assert [(table, now[table], whole[table]) for table in now if now[table] != whole[table]] == []
                assert broken(connection) == []
                if "game_model" in writer.assets:
                    assert running_sessions(connection) == 0
    committed = f"{kept} times already committed; " if tables else ""
    outcome(f"SIGKILL of {writer.name}: {killed} kills", f"all or nothing; {committed}healed by the next run ({lives})")


def _reached(writer: Writer, tables: Iterable[str]) -> list[str]:
    """Tables that the writer could have written; where payloads come in, all of staging but the archive's prices."""
    if not writer.by_payload:
        return list(tables_of(writer))
    return [name for name in tables if not name.startswith("curated.") and name != "staging.archive_quotes"]


def _went_well(writer: Writer, ended: Ended) -> bool:
    return ended.code == 0 or (bool(writer.done) and writer.done in ended.output)


def _point(kind: str, whole: Ended, chance: random.Random) -> tuple[str, float]:
    if kind == "time":
        return kind, chance.uniform(0.05, whole.seconds)
    return kind, chance.randint(1, {"own": whole.own, "statement": whole.statements}[kind])


def test_no_writing_asset_is_left_out(monkeypatch):
    """An asset that joins the chain later is killed too, or this says so."""
    from mlb_ml_assets.definitions import build_definitions

    monkeypatch.setenv("MLB_ML_COLLECT", COLLECTED)
    defined = {
        key.to_user_string()
        for asset in build_definitions().assets
        if getattr(asset, "is_executable", False)
        for key in asset.keys
    }
    assert defined == {key for writer in WRITERS for key in writer.assets}
