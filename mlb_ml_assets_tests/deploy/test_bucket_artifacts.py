"""Models in a bucket, by the settings that docs/deployment.md gives for Kubernetes.

Belongs here: trained through MLflow into S3, promoted, loaded from there by the API; who holds the bucket's keys.
Not here: a cloud's own S3 (its server is moto's), the cluster.
"""

import httpx
import pytest

from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets_tests.chain import LAST, MONTHS
from mlb_ml_assets_tests.conftest import free_ports
from mlb_ml_assets_tests.deploy.services_apart import bucket_objects, bucket_of

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def bucket(apart):
    """The bucket as its owner sees it."""
    return bucket_of(apart)


def test_a_trained_month_lies_in_the_bucket_and_nowhere_else(apart, bucket):
    """A root that each pod reads as a folder of its own: the model is gone with the pod that trained it."""
    kept = [each.key for each in bucket.objects.all()]
    assert all(key.startswith("mlflow/") for key in kept)
    assert any(key.endswith("/MLmodel") for key in kept)
    assert any(key.endswith("/model.json") for key in kept)
    with connect(apart.settings.dsn, "test") as connection:
        rows = connection.execute("SELECT model_version, artifact_uri FROM curated.game_models").fetchall()
        places = connection.execute("SELECT DISTINCT artifact_location FROM mlflow.experiments").fetchall()
    assert [version for version, _ in rows] == [MONTHS[-1].isoformat()[:7]]
    assert all(uri.startswith("mlflow-artifacts:/") for _, uri in rows)
    assert all(place.startswith("mlflow-artifacts:/") for (place,) in places)
    assert not list(apart.settings.home.rglob("MLmodel"))


def test_the_champion_is_loaded_out_of_the_bucket(apart, bucket):
    """An API that finds its model only where it was trained: on every other machine it answers 503."""
    assert "2024-05" in apart.run("model", "show")
    (port,) = free_ports(1)
    kept = bucket_objects(apart)
    game = {"game_id": f"id:{_unpredicted(apart)}"}
    with apart.another_api(port) as api:
        bucket.objects.all().delete()
        try:
            refused = httpx.post(f"{api.address}/api/v2/predict", json=game, timeout=60, trust_env=False)
        finally:
            for key, body in kept.items():
                bucket.put_object(Key=key, Body=body)
        assert (refused.status_code, refused.json()["type"]) == (503, "urn:mlb-ml:problem:model-unreadable")
        assert "--select train" in refused.json()["detail"]
        declared = httpx.post(f"{api.address}/api/v2/predict", json=game, timeout=60, trust_env=False).json()
        assert (declared["stored"], declared["model_version"]) == (False, "2024-05")
        active = httpx.get(f"{api.address}/api/v2/models/active", trust_env=False).json()
        assert {each["alias"] for each in active} == {"champion"}


def test_only_mlflow_holds_the_keys_of_the_bucket(apart):
    """A key in every pod: each is one more place that it leaks from."""
    assert not [name for name in apart.environment if name.startswith("AWS_")]
    assert [name for name in apart.mlflow.environment if name.startswith("AWS_")]


def _unpredicted(apart) -> int:
    with connect(apart.settings.dsn, "test") as connection:
        row = connection.execute("SELECT min(id) FROM curated.enhanced_games WHERE game_date = %s", (LAST,)).fetchone()
        return int(row[0])
