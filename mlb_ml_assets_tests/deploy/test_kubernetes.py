"""Names that must agree between the chart's values and the manifests beside it.

Belongs here: what can be seen in deploy/helm and deploy/kubernetes without a cluster.
Does not: the chart's own templates.
"""

import importlib.metadata
from urllib.parse import urlsplit

import pytest
import yaml

from mlb_ml_assets_tests.deploy.compose_file import ROOT, read_compose


@pytest.fixture(scope="module")
def values():
    return yaml.safe_load((ROOT / "deploy/helm/values.yaml").read_text())


@pytest.fixture(scope="module")
def objects():
    items = yaml.safe_load((ROOT / "deploy/kubernetes/mlb-ml.yaml").read_text())["items"]
    return {(each["kind"], each["metadata"]["name"]): each for each in items}


def _containers(objects):
    templates = [
        each["spec"]["template"]["spec"] for (kind, _), each in objects.items() if kind in {"Job", "Deployment"}
    ]
    return [(pod, container) for pod in templates for container in pod["containers"]]


def test_the_code_location_has_the_settings_and_the_secret_that_the_manifests_make(values, objects):
    """Variables that are there in the code server and not in a run: it loads, and every run fails."""
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    launcher = values["runLauncher"]["config"]["k8sRunLauncher"]
    for told in (deployment, launcher):
        assert [("ConfigMap", each["name"]) in objects for each in told["envConfigMaps"]] == [True]
        assert told["envSecrets"] == [{"name": values["global"]["postgresqlSecretName"]}]
    assert deployment["includeConfigInLaunchedRuns"]["enabled"]
    assert values["runLauncher"]["type"] == "K8sRunLauncher"


def test_chart_and_manifests_mean_one_database_and_one_image(values, objects):
    """Dagster in one database and the tables in another works, until one of them is restored."""
    told, chart = objects["ConfigMap", "mlb-ml-environment"]["data"], values["postgresql"]
    assert chart["enabled"] is False
    assert (told["POSTGRES_HOST"], told["POSTGRES_USER"], told["POSTGRES_DB"], int(told["POSTGRES_PORT"])) == (
        chart["postgresqlHost"], chart["postgresqlUsername"], chart["postgresqlDatabase"], chart["service"]["port"],
    )  # fmt: skip
    assert chart["postgresqlParams"] == {"options": "-csearch_path=dagster"}
    image = values["dagsterDaemon"]["image"]
    assert {container["image"] for _, container in _containers(objects)} == {f"{image['repository']}:{image['tag']}"}
    assert image["tag"] == importlib.metadata.version("mlb-ml-assets")


def test_the_chart_is_the_one_of_the_locked_dagster():
    """An instance config of a newer chart names settings that an older Dagster does not know."""
    assert f"--version {importlib.metadata.version('dagster')} " in (ROOT / "deploy/helm/values.yaml").read_text()


def test_no_pod_runs_as_root_or_writes_into_its_image(values, objects):
    """As in the compose file."""
    for pod, container in _containers(objects):
        assert pod["securityContext"]["runAsUser"] == 10001
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    for told in (values["dagsterWebserver"], values["dagsterDaemon"], deployment):
        assert told["podSecurityContext"]["runAsNonRoot"]
        assert told["securityContext"]["readOnlyRootFilesystem"]


def test_probes_ask_by_a_name_that_is_answered(objects):
    """A kubelet calls a pod by its address, which MLflow answers with 403 and the API with 421: it never gets ready."""
    tracking = urlsplit(objects["ConfigMap", "mlb-ml-environment"]["data"]["MLFLOW_TRACKING_URI"]).netloc
    mlflow, api = (
        objects["Deployment", name]["spec"]["template"]["spec"]["containers"][0] for name in ("mlflow", "mlb-ml-api")
    )
    allowed = mlflow["command"][mlflow["command"].index("--allowed-hosts") + 1].split(",")
    assert tracking in allowed
    assert mlflow["readinessProbe"]["httpGet"]["httpHeaders"] == [{"name": "Host", "value": tracking}]
    (names,) = (each["value"].split(",") for each in api["env"] if each["name"] == "MLB_ML_API_ALLOWED_HOSTS")
    for probe in ("readinessProbe", "livenessProbe"):
        (header,) = api[probe]["httpGet"]["httpHeaders"]
        assert header["value"] in names


def test_both_ways_run_the_same_commands(objects):
    """Those of the compose file are run by a test; these can only be compared with them."""
    compose = read_compose({"POSTGRES_PASSWORD": "x"})
    assert (
        objects["Deployment", "mlb-ml-api"]["spec"]["template"]["spec"]["containers"][0]["command"]
        == compose["api"].command
    )
    mlflow = objects["Deployment", "mlflow"]["spec"]["template"]["spec"]["containers"][0]["command"]
    assert mlflow[:-1] == compose["mlflow"].command[:-1]
    migrate = objects["Job", "mlb-ml-migrate"]["spec"]["template"]["spec"]["containers"][0]["command"]
    assert compose["migrate"].command[-1].startswith(" ".join(migrate))
