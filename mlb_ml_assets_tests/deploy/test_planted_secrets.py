"""Secrets planted in every pod, looked for in all that a deployment keeps.

Belongs here: what training, predicting and serving left in database, bucket, files and logs.
Not here: errors and answers (test_security.py, serving/test_security.py).
"""

import os
import subprocess

import pytest

from mlb_ml_assets.stack.server_user import server_programs, server_user
from mlb_ml_assets_tests.deploy.services_apart import PLANTED, S3_KEYS, Apart, bucket_objects

pytestmark = pytest.mark.long
_MARK = b"planted-"


def test_no_secret_is_kept(apart: Apart) -> None:
    """Run tags, metadata, MLflow's tags and models are for everyone with access, for years, and in every backup."""
    assert all(_MARK.decode() in value for value in (*PLANTED.values(), S3_KEYS["AWS_SECRET_ACCESS_KEY"]))
    dump = _dump(apart)
    assert all(f"COPY {table} ".encode() in dump for table in ("mlflow.tags", "dagster.event_logs", "mlb_ml.api_keys"))
    assert _MARK not in dump, _around(dump)
    for name, body in bucket_objects(apart).items():
        assert _MARK not in body, name
    kept = [path for path in apart.folder.rglob("*") if path.is_file() and "postgres" not in path.parts]
    assert any(path.name == "mlflow.log" for path in kept)
    for path in kept:
        assert _MARK not in path.read_bytes(), path


def _dump(apart: Apart) -> bytes:
    program = server_programs(server_user()) / "pg_dump"
    command = [str(program), "-h", apart.settings.server_host, "-U", "postgres", apart.settings.database]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
    return subprocess.run(command, env=environment, check=True, capture_output=True).stdout


def _around(text: bytes) -> bytes:
    at = text.find(_MARK)
    return text[max(at - 300, 0) : at + 100]
