"""The archive tier: what it answers is what PostgreSQL would, and nothing is lost without it.

Belongs here: writing, reading, changes, damage and killed writers, on the simulated league; a local S3 server.
Not here: how values survive the way into a file (warehouse/test_month_files.py).
"""

from datetime import date

import boto3
import pandas as pd
import pytest
from moto.server import ThreadedMotoServer

from mlb_ml_assets.domain.clock import present
from mlb_ml_assets.flows import archive
from mlb_ml_assets.flows.archive import archive_months, describe_tier, verify_months
from mlb_ml_assets.warehouse import month_reads
from mlb_ml_assets.warehouse.archived_months import read_archived_months
from mlb_ml_assets.warehouse.feature_store import read_training
from mlb_ml_assets.warehouse.month_store import BucketUnusable, FolderStore, MonthFileDamaged, month_store
from mlb_ml_assets.warehouse.month_tables import TABLES
from mlb_ml_assets_tests.chain import prepared, prepared_template

__all__ = ["prepared", "prepared_template"]
FEATURES = "curated.game_features"


@pytest.fixture
def store(tmp_path) -> FolderStore:
    return FolderStore(tmp_path / "months")


@pytest.fixture
def connection(prepared):
    with prepared.connect() as connection:
        yield connection


@pytest.fixture
def opened(monkeypatch) -> list:
    """The files of every span that DuckDB was opened for."""
    found, open_months = [], month_reads.open_months

    def watch(connection, store, files):
        found.append(files)
        return open_months(connection, store, files)

    monkeypatch.setattr("mlb_ml_assets.warehouse.feature_store.open_months", watch)
    return found


def _months(opened) -> set[date]:
    return {month.month for files in opened for month in files[FEATURES]}


def _is_equal(connection, store) -> bool:
    """Whether both answer with the same rows, to the bit."""
    left, right = read_training(connection, present()), read_training(connection, present(), store=store)
    pd.testing.assert_frame_equal(left, right, check_exact=True)
    return len(left) > 0


def test_a_training_frame_from_the_tier_equals_postgresql_to_the_bit(connection, store, opened):
    """A float that differs in its last bit: every month is trained again whenever the tier is switched on or off."""
    report = archive_months(connection, store)
    assert report.months_written == report.months > 0
    assert _is_equal(connection, store)
    # The league's present is 10 May 2024: April is over, May is not.
    assert (min(_months(opened)), max(_months(opened))) == (date(2023, 4, 1), date(2024, 4, 1))
    assert archive_months(connection, store).months_written == 0
    assert not [table for table in describe_tier(connection, store) if table.due]


def test_a_month_that_changed_is_read_from_postgresql_and_written_again(connection, store, opened):
    """A late correction that training never sees, because the old month is in a file."""
    archive_months(connection, store)
    before = {each.month: each.file for each in read_archived_months(connection, [FEATURES])}
    connection.execute(
        "UPDATE curated.game_features SET postseason = 1 WHERE game_id IN "
        "(SELECT id FROM curated.enhanced_games WHERE game_date BETWEEN '2023-05-01' AND '2023-05-31')"
    )
    assert _is_equal(connection, store)
    assert date(2023, 5, 1) not in _months(opened)
    assert archive_months(connection, store).months_written == 1
    after = {each.month: each.file for each in read_archived_months(connection, [FEATURES])}
    assert {month for month in after if after[month] != before[month]} == {date(2023, 5, 1)}
    opened.clear()
    assert _is_equal(connection, store)
    assert date(2023, 5, 1) in _months(opened)
    # The replaced file goes with the next pass.
    assert archive_months(connection, store).files_deleted == 1


def test_without_its_files_the_tier_answers_nothing_and_nothing_is_lost(connection, store, opened):
    """A new machine, or a deleted folder: an error, or an empty training frame."""
    archive_months(connection, store)
    for name in store.names():
        store.delete(name)
    assert _is_equal(connection, store)
    assert not opened
    assert archive_months(connection, store).months_written > 0


def test_a_pass_killed_before_its_record_leaves_no_month_behind(connection, store, monkeypatch):
    """Half a file that is read as a month: the record comes after the whole file."""

    class Killed(BaseException):
        pass

    def die(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(archive, "write_archived_month", die)
        with pytest.raises(Killed):
            archive_months(connection, store)
    (store.scratch / "1.parquet").write_bytes(b"half")
    other = store.root / "0badcafe" / FEATURES / "2023-04-0.parquet"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"of another database in the same place")
    assert len(store.names()) == 2
    assert not read_archived_months(connection, list(TABLES))
    assert archive_months(connection, store).files_deleted == 1
    assert not list(store.scratch.iterdir())
    assert other.exists()
    assert _is_equal(connection, store)


def test_a_damaged_file_is_refused_found_and_written_again(connection, store):
    """One flipped bit on a disk: a number that nobody ever measured, in every later model."""
    archive_months(connection, store)
    month = read_archived_months(connection, [FEATURES])[0]
    path = store.root / month.file
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(MonthFileDamaged, match="mlb-ml archive verify"):
        read_training(connection, present(), store=store)
    result = verify_months(connection, store)
    assert [damage.partition(":")[0] for damage in result.damaged] == [f"{FEATURES}, 2023-04"]
    assert _is_equal(connection, store)
    assert archive_months(connection, store).months_written == 1
    assert not verify_months(connection, store).damaged


def test_the_tier_lives_in_a_bucket(connection, tmp_path, monkeypatch, opened):
    """A pod has no folder that outlives it: months go to S3 and are read from there by the next pod."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        keys = {"AWS_ACCESS_KEY_ID": "any", "AWS_SECRET_ACCESS_KEY": "any", "AWS_DEFAULT_REGION": "us-east-1"}
        for name, value in {**keys, "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}"}.items():
            monkeypatch.setenv(name, value)
        environment = {"MLB_ML_ARCHIVE": "s3://league/tier", "MLB_ML_HOME": str(tmp_path / "one")}
        first = month_store(environment)
        with pytest.raises(BucketUnusable, match="MLB_ML_ARCHIVE is s3://league/tier"):
            archive_months(connection, first)
        client = boto3.client("s3")
        client.create_bucket(Bucket="league")
        archive_months(connection, first)
        assert _is_equal(connection, month_store({**environment, "MLB_ML_HOME": str(tmp_path / "two")}))
        assert len(opened) == 1
        month = read_archived_months(connection, [FEATURES])[0]
        client.put_object(Bucket="league", Key=f"tier/{month.file}", Body=b"other bytes")
        assert len(verify_months(connection, first).damaged) == 1
    finally:
        server.stop()
