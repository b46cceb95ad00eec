"""Partition writes against a real PostgreSQL: what is kept, what is refused, who waits for whom.

Belongs here: upsert, replace_window, partition and its lock.
Not here: which tables are adopted and fit (contract/test_check.py).
"""

import os
import signal
import subprocess
import sys
import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import psycopg
import pytest

from mlb_ml_assets.warehouse.contract import ContractError
from mlb_ml_assets.warehouse.errors import NotStorable, WriteRefused
from mlb_ml_assets.warehouse.locks import lock_partition
from mlb_ml_assets.warehouse.partition_write import (
    PartitionBroken,
    Target,
    Written,
    no_rows,
    partition,
    replace_window,
    update_existing,
    upsert,
)

TABLE = "staging.slate"
TARGET = Target(TABLE, keys=("game",))
COLUMNS = ("game", "day", "odds", "probability", "line", "seen_at", "played", "note", "extra", "batters")
SEEN = datetime(2024, 7, 4, 17, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def connection(database):
    with database.connect() as opened:
        opened.execute(
            "CREATE TABLE staging.slate (id BIGSERIAL PRIMARY KEY, game INTEGER NOT NULL UNIQUE, day DATE NOT NULL, "
            "odds INTEGER, probability DOUBLE PRECISION, line NUMERIC(4, 1), seen_at TIMESTAMPTZ, played BOOLEAN, "
            "note TEXT, extra JSONB, batters VARCHAR(20)[], updated_at TIMESTAMPTZ NOT NULL DEFAULT now(), "
            "doubled INTEGER GENERATED ALWAYS AS (odds * 2) STORED, CHECK (odds <= -100 OR odds >= 100))"
        )
        yield opened


def slate(*games, **changes):
    """A frame with one row per game."""
    rows = {
        "game": list(games),
        "day": [date(2024, 7, 4)] * len(games),
        "odds": [-110] * len(games),
        "probability": [0.5] * len(games),
        "line": [8.5] * len(games),
        "seen_at": pd.to_datetime([SEEN] * len(games), utc=True),
        "played": [True] * len(games),
        "note": ["a\tb\\n\n\r'\"%s{}é"] * len(games),
        "extra": [{"a": [1, None, float("nan")], "b": "x\ty"}] * len(games),
        "batters": [["547180", 'o"ne', None]] * len(games),
    }
    return pd.DataFrame({**rows, **changes})


def put(connection, rows, *, columns=None, touch=(), **more):
    with connection.transaction():
        return upsert(connection, replace(TARGET, columns=columns, touch=touch), rows, **more)


def stored(connection, columns="game, odds"):
    return connection.execute(f"SELECT {columns} FROM staging.slate ORDER BY game").fetchall()


def test_every_type_comes_back_as_it_went_in(connection):
    """COPY's text format has its own escapes: a tab in a team's note must not become a column."""
    put(connection, slate(1))
    assert stored(connection, ", ".join(COLUMNS)) == [
        (
            1,
            date(2024, 7, 4),
            -110,
            0.5,
            Decimal("8.5"),
            SEEN,
            True,
            "a\tb\\n\n\r'\"%s{}é",
            {"a": [1, None, None], "b": "x\ty"},
            ["547180", 'o"ne', None],
        )
    ]


def test_tuples_and_frames_write_the_same_rows(connection):
    """Two paths into one table that differ in a type make a re-run look like news."""
    frame = slate(1, 2)
    put(connection, frame)
    tuples = list(frame.assign(seen_at=[SEEN] * 2).astype(object).itertuples(index=False, name=None))
    assert put(connection, tuples, columns=COLUMNS) == Written(unchanged=2)


def test_missing_values_are_null_in_every_column(connection):
    """NaN is a number to PostgreSQL, larger than all others, and equal to itself."""
    gaps = slate(
        1,
        odds=[np.nan],
        probability=[np.nan],
        line=[None],
        seen_at=pd.to_datetime([pd.NaT], utc=True),
        played=[pd.NA],
        note=[None],
        extra=[np.nan],
        batters=[None],
    )
    put(connection, gaps)
    assert stored(connection, ", ".join(COLUMNS[2:])) == [(None,) * 8]
    assert put(connection, gaps) == Written(unchanged=1)


def test_writing_twice_changes_nothing(connection):
    """Dagster retries: a second run of a partition must leave no dead rows and no new updated_at."""
    first = put(connection, slate(1, 2, 3))
    before = connection.execute("SELECT xmin, ctid, updated_at FROM staging.slate ORDER BY game").fetchall()
    second = put(connection, slate(1, 2, 3), touch=["updated_at"])
    assert (first, second) == (Written(inserted=3), Written(unchanged=3))
    assert connection.execute("SELECT xmin, ctid, updated_at FROM staging.slate ORDER BY game").fetchall() == before


def test_a_value_rounded_by_its_column_is_no_change(connection):
    """0.12345 in NUMERIC(4,1) is 0.1: compared before rounding, every run would update every row."""
    put(connection, slate(1, line=[8.4567]))
    assert put(connection, slate(1, line=[8.4567])) == Written(unchanged=1)


def test_only_changed_rows_are_updated_and_keep_their_ids(connection):
    """Recommendations refer to a prediction's id: delete and insert would orphan them."""
    put(connection, slate(1, 2, 3))
    ids = stored(connection, "id")
    written = put(connection, slate(2, 3, 4, odds=[-110, 120, 130]))
    assert written == Written(inserted=1, updated=1, unchanged=1)
    assert stored(connection) == [(1, -110), (2, -110), (3, 120), (4, 130)]
    assert stored(connection, "id")[:3] == ids


def test_a_value_that_becomes_unknown_is_overwritten_by_null(connection):
    """`<>` is NULL beside NULL: a withdrawn starter would stay for ever."""
    put(connection, slate(1))
    assert put(connection, slate(1, note=[None])) == Written(updated=1)
    assert stored(connection, "note") == [(None,)]


def test_existing_rows_stay_where_nothing_is_to_be_updated(connection):
    """An odds tick is a fact: the same key seen again is the same tick."""
    put(connection, slate(1))
    assert put(connection, slate(1, 2, odds=[500, 500]), update=()) == Written(inserted=1, unchanged=1)
    assert stored(connection) == [(1, -110), (2, 500)]


def test_only_named_columns_are_updated(connection):
    """Two assets fill one row: the later must not blank what the earlier wrote."""
    put(connection, slate(1))
    put(connection, slate(1, odds=[140], note=["other"]), update=["odds"])
    assert stored(connection, "odds, note")[0] == (140, slate(1)["note"][0])


def test_touch_marks_changed_rows_only(connection):
    """updated_at that moves on every run shows nobody what changed."""
    old = datetime(2020, 1, 1, tzinfo=UTC)
    put(connection, slate(1, 2))
    connection.execute("UPDATE staging.slate SET updated_at = %s", (old,))
    put(connection, slate(1, 2, odds=[-110, 120]), touch=["updated_at"])
    stamps = [row[0] for row in stored(connection, "updated_at")]
    assert stamps[0] == old
    assert stamps[1] > old


def test_an_update_reaches_rows_that_are_there_and_differ(connection):
    """A bet settled twice must not look touched, and one that nobody recommended must not appear."""
    put(connection, slate(1, 2, 3))
    connection.execute("UPDATE staging.slate SET updated_at = '2020-01-01'")
    odds = pd.DataFrame({"game": [1, 2, 9], "odds": [-110, 150, 130], "note": [slate(1)["note"][0], None, "new"]})
    with connection.transaction():
        written = update_existing(connection, replace(TARGET, touch=("updated_at",)), odds)
    assert written == Written(updated=1, unchanged=2)
    assert stored(connection, "game, odds, note IS NULL, updated_at > '2020-01-01'") == [
        (1, -110, False, False), (2, 150, True, True), (3, -110, False, False),
    ]  # fmt: skip
    with pytest.raises(WriteRefused, match="check constraint"), connection.transaction():
        update_existing(connection, TARGET, pd.DataFrame({"game": [1], "odds": [7]}))


def test_ids_come_back_for_changed_and_unchanged_rows_alike(connection):
    """RETURNING alone is silent about rows that were already right."""
    put(connection, slate(1, 2))
    written = put(connection, slate(1, 2, 3, odds=[-110, 120, 130]), returning=["game", "id"])
    assert sorted(written.returned) == stored(connection, "game, id")


def test_an_empty_frame_writes_nothing(connection):
    """An off day is a partition too."""
    assert put(connection, slate()) == Written()
    assert put(connection, [], columns=COLUMNS) == Written()


def test_two_writes_fit_in_one_transaction(connection):
    """The temporary table of the first must not be in the way of the second."""
    with connection.transaction():
        upsert(connection, TARGET, slate(1))
        upsert(connection, TARGET, slate(2))
    assert len(stored(connection)) == 2


def test_a_write_outside_a_transaction_is_refused(connection):
    """On an autocommit connection the lock would be gone before the first row."""
    with pytest.raises(WriteRefused, match="no transaction is open"):
        upsert(connection, TARGET, slate(1))
    with pytest.raises(WriteRefused, match="no transaction is open"):
        lock_partition(connection, TABLE, "2024-07-04")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"odds": [-110.5]}, r"odds: -110.5 \(float\) is not a whole number"),
        ({"odds": [2**31]}, r"odds: 2147483648 \(int\) is too large for int4"),
        ({"odds": [-(2.0**31) - 1]}, "odds.*is too large for int4"),
        ({"probability": [np.inf]}, r"probability: inf \(float\) is not a finite number"),
        ({"probability": ["0.5"]}, "probability.*is not a finite number"),
        ({"line": [np.inf]}, "line: inf"),
        ({"note": [745804.0]}, r"note: 745804.0 \(float\) is not text"),
        ({"seen_at": [SEEN.replace(tzinfo=None)]}, "seen_at.*is not an instant"),
        ({"day": [SEEN]}, "day.*is not a date"),
        ({"played": [1]}, "played.*neither true nor false"),
        ({"batters": ["547180"]}, "batters.*is not a list"),
        ({"extra": [{"a": object()}]}, "extra.*no JSON form"),
    ],
)
def test_a_value_that_does_not_belong_in_its_column_is_named(connection, change, words):
    """An id that went through a join with gaps is 745804.0, and as text it would match nothing ever again."""
    with pytest.raises(NotStorable, match=words):
        put(connection, slate(1, **change))
    assert stored(connection) == []


@pytest.mark.parametrize(
    ("rows", "more", "words"),
    [
        (slate(1, odds=[5]), {}, "violates check constraint"),
        (slate(1, 1), {}, r"two of the rows have the same key \(game\)"),
        (slate(1, game=[None]), {}, "game is part of the key and missing"),
        (slate(1).rename(columns={"note": "remark"}), {}, "has no column remark"),
        (slate(1).assign(doubled=3), {}, "computes doubled itself"),
        (slate(1).drop(columns="game"), {}, "key column game is not among"),
        (slate(1, line=[12345.0]), {}, "numeric field overflow"),
        ([(1, 2)], {"columns": ["game", "day", "odds"]}, "3 columns are named and a row has 2"),
        ([(1, 2)], {}, "need the target's `columns`"),
    ],
)
def test_what_the_table_refuses_is_said_in_its_words(connection, rows, more, words):
    """A bare psycopg error names neither the table nor the field."""
    put(connection, slate(7))
    with pytest.raises(WriteRefused, match=words):
        put(connection, rows, **more)
    assert stored(connection, "game") == [(7,)]


@pytest.mark.parametrize("name", ["slate", "a.b.c", ".slate", "staging."])
def test_a_table_is_named_with_its_schema(connection, name):
    """What an unqualified name means depends on the session's search path."""
    with connection.transaction(), pytest.raises(WriteRefused, match="schema-qualified"):
        upsert(connection, Target(name, keys=("game",)), slate(1))


def test_a_table_that_does_not_exist_is_said_so(connection):
    """COPY into it would fail with the temporary table's name."""
    with connection.transaction(), pytest.raises(WriteRefused, match="does not exist"):
        upsert(connection, Target("staging.nothing", keys=("game",)), slate(1))


def test_identifiers_cannot_inject(connection):
    """Column names come from frames, and frames from payloads."""
    evil = 'odds) SELECT 1; DROP TABLE staging.slate; --"'
    with pytest.raises(WriteRefused, match="has no column"):
        put(connection, slate(1).rename(columns={"odds": evil}))
    with pytest.raises(WriteRefused), connection.transaction():
        upsert(connection, Target(f"staging.{evil.replace('.', '')}", keys=("game",)), slate(1))
    connection.execute('CREATE TABLE staging."odd; -- name" ("a b" INTEGER PRIMARY KEY, "SELECT" TEXT)')
    with connection.transaction():
        frame = pd.DataFrame({"a b": [1], "SELECT": ["x"]})
        assert upsert(connection, Target("staging.odd; -- name", keys=("a b",)), frame) == Written(inserted=1)


def test_an_adopted_table_that_does_not_fit_is_not_written(connection):
    """The contract is checked before any write, not by the writer's good will."""
    connection.execute("ALTER TABLE curated.ml_experiments DROP COLUMN model_type")
    frame = pd.DataFrame({"mlflow_experiment_id": ["1"], "experiment_name": ["x"], "prediction_target": ["home_ml"]})
    with connection.transaction(), pytest.raises(ContractError, match="column model_type"):
        upsert(connection, Target("curated.ml_experiments", keys=("mlflow_experiment_id",)), frame)


def window(connection, rows, day=date(2024, 7, 4)):
    with connection.transaction():
        return replace_window(connection, TARGET, rows, where="day = %(day)s", params={"day": day})


def test_a_window_holds_exactly_what_came(connection):
    """A game that moved away from a day must leave it."""
    put(connection, slate(1, 2, 3))
    put(connection, slate(9, day=[date(2024, 7, 5)]))
    assert window(connection, slate(2, 3, 4, odds=[-110, 120, 130])) == Written(1, 1, 1, deleted=1)
    assert stored(connection) == [(2, -110), (3, 120), (4, 130), (9, -110)]
    assert window(connection, slate()) == Written(deleted=3)
    assert stored(connection) == [(9, -110)]


def test_a_row_outside_the_window_is_refused(connection):
    """It would be written by this partition and deleted by none."""
    with pytest.raises(WriteRefused, match="1 rows were given for the window"):
        window(connection, slate(1, day=[date(2024, 7, 5)]))
    assert stored(connection) == []


def test_a_window_of_a_table_that_others_refer_to_is_not_deleted(connection):
    """ON DELETE CASCADE would take recommendations and settlements along."""
    connection.execute("CREATE TABLE staging.bets (game INTEGER REFERENCES staging.slate (game) ON DELETE CASCADE)")
    with pytest.raises(WriteRefused, match=r"staging\.bets refer to its rows"):
        window(connection, slate(1))


def test_a_broken_promise_keeps_the_old_rows(connection):
    """Assertions run before the commit, on what was written, not afterwards on what everybody sees."""
    put(connection, slate(1))
    promise = no_rows("odds are long", "SELECT game, odds FROM staging.slate WHERE odds < %(odds)s", {"odds": -200})
    with partition(connection, TABLE, "2024-07-04", [promise]):
        upsert(connection, TARGET, slate(1, odds=[-150]))
    with (
        pytest.raises(PartitionBroken, match=r"2024-07-04: odds are long; violated by \(1, -300\)"),
        partition(connection, TABLE, "2024-07-04", [promise]),
    ):
        upsert(connection, TARGET, slate(1, 2, odds=[-300, 100]))
    assert stored(connection) == [(1, -150)]


def test_an_error_in_the_middle_keeps_the_old_rows(connection):
    """The second write of a partition fails: the first must not stand alone."""
    put(connection, slate(1))

    def two_writes():
        with partition(connection, TABLE, "2024-07-04"):
            assert window(connection, slate(5)) == Written(inserted=1, deleted=1)
            upsert(connection, TARGET, slate(6, odds=[1]))

    with pytest.raises(WriteRefused):
        two_writes()
    assert stored(connection) == [(1, -110)]


def test_a_writer_killed_before_its_commit_leaves_the_old_rows(connection, database):
    """SIGKILL runs no `except`: only the transaction protects what was there."""
    put(connection, slate(1, 2))
    script = (
        "import sys, time\n"
        "from mlb_ml_assets.warehouse.connection import connect\n"
        "from mlb_ml_assets.warehouse.partition_write import Target, partition, replace_window\n"
        f"with connect({database.dsn!r}) as c, partition(c, {TABLE!r}, 'd'):\n"
        f"    target = Target({TABLE!r}, keys=('game',), columns=('game', 'day'))\n"
        "    print(replace_window(c, target, [(9, '2024-07-04')], where='TRUE', params={}), flush=True)\n"
        "    time.sleep(600)\n"
    ).replace("'2024-07-04'", "__import__('datetime').date(2024, 7, 4)")
    writer = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert "deleted=2" in writer.stdout.readline()
    os.kill(writer.pid, signal.SIGKILL)
    writer.wait()
    writer.stdout.close()
    with partition(connection, TABLE, "d"):
        assert stored(connection, "game") == [(1,), (2,)]


def test_a_second_writer_of_a_partition_waits_for_the_first(connection, database):
    """Two runs of one day interleaved give rows of both: neither day as one saw it nor as the other did."""
    order = []
    with database.connect() as other:

        def second():
            with partition(other, TABLE, "2024-07-04"):
                order.append("second")
                replace_window(other, TARGET, slate(2), where="TRUE", params={})

        with partition(connection, TABLE, "2024-07-04"):
            thread = threading.Thread(target=second)
            thread.start()
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            with database.connect() as watcher:
                while watcher.execute(waiting).fetchone() == (0,):
                    assert thread.is_alive()
            replace_window(connection, TARGET, slate(1, 3), where="TRUE", params={})
            order.append("first")
        thread.join(30)
    assert order == ["first", "second"]
    assert stored(connection, "game") == [(2,)]


def test_writers_of_different_partitions_do_not_wait(connection, database):
    """A backfill of many days at once is one lock per day."""
    with database.connect() as other, partition(connection, TABLE, "2024-07-04"):
        other.execute("SET lock_timeout = '5s'")
        with partition(other, TABLE, "2024-07-05"):
            upsert(other, TARGET, slate(1))
    assert stored(connection, "game") == [(1,)]


def test_a_frame_larger_than_one_block_arrives_whole(connection):
    """COPY is fed in blocks of 20,000 rows: a seam must neither lose nor join rows."""
    count = 45_001
    start = datetime(2024, 7, 4, tzinfo=UTC)
    frame = pd.DataFrame(
        {
            "game": np.arange(count),
            "day": pd.Series(pd.Timestamp("2024-07-04"), index=range(count)),
            "odds": np.where(np.arange(count) % 2, 110, -110),
            "seen_at": pd.to_datetime([start + timedelta(microseconds=i) for i in range(count)], utc=True),
            "note": [f"n{i}" for i in range(count)],
        }
    )
    assert put(connection, frame) == Written(inserted=count)
    assert put(connection, frame) == Written(unchanged=count)
    told = connection.execute(
        "SELECT count(*), sum(game), max(seen_at), count(*) FILTER (WHERE note = 'n' || game) FROM staging.slate"
    ).fetchone()
    assert told == (count, count * (count - 1) // 2, start + timedelta(microseconds=count - 1), count)


def many(first, count, odds=-110):
    return pd.DataFrame({"game": range(first, first + count), "day": date(2024, 7, 4), "odds": odds})


def test_many_rows_are_the_same_whether_all_are_new_or_one_is_there(connection):
    """New rows go straight in; one key that is there sends all of them the slow way, wherever it is."""
    assert put(connection, many(1, 3000)) == Written(inserted=3000)
    # Between the keys that are looked up first: only the COPY itself meets it.
    put(connection, many(5101, 1))
    connection.execute("UPDATE staging.slate SET updated_at = '2020-01-01'")
    assert put(connection, many(5001, 3000, odds=120), touch=["updated_at"]) == Written(inserted=2999, updated=1)
    assert put(connection, many(5001, 3000, odds=120)) == Written(unchanged=3000)
    assert put(connection, many(1, 3000, odds=120), update=()) == Written(unchanged=3000)
    counts = "count(*), count(*) FILTER (WHERE odds = 120), count(*) FILTER (WHERE updated_at < '2021-01-01')"
    assert connection.execute(f"SELECT {counts} FROM staging.slate").fetchone() == (6000, 3000, 3000)


def test_one_row_that_the_table_refuses_among_many_is_said_in_its_words(connection):
    """The straight way must fail with the same error as the long one, and keep nothing either."""
    with pytest.raises(WriteRefused, match="check constraint"):
        put(connection, many(1, 2000, odds=[-110] * 1999 + [7]))
    with pytest.raises(WriteRefused, match="same key"):
        put(connection, many(1, 2000).assign(game=[*range(1, 2000), 57]))
    assert stored(connection) == []


def test_counts_of_two_writes_add_up():
    """An asset that writes three tables reports one sum."""
    assert Written(1, 2, 3, 4) + Written(10, 20, 30, 40, [(1,)]) == Written(11, 22, 33, 44, [(1,)])


def test_a_deadlock_free_lock_is_one_per_table_and_partition(connection, database):
    """Two tables may have partitions of the same name."""
    with database.connect() as other, connection.transaction(), other.transaction():
        lock_partition(connection, TABLE, "2024-07-04")
        other.execute("SET LOCAL lock_timeout = '100ms'")
        lock_partition(other, "staging.other", "2024-07-04")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            lock_partition(other, TABLE, "2024-07-04")
