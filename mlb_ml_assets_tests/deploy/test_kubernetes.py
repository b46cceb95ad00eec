"""Names that must agree between the values for Dagster's chart and the manifests beside it.

Belongs here: what can be seen in deploy/helm without a cluster; the instance that the templates of Dagster's chart make
of the values, as far as Dagster itself can judge it.
Not here: the other templates of Dagster's chart.
"""

import copy
import importlib
import importlib.metadata
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import kubernetes_validate
import pytest
import yaml
from dagster._config import Shape, validate_config
from dagster._core.instance.config import dagster_instance_config_schema
from dagster_k8s import K8sRunLauncher

from mlb_ml_assets_tests.deploy.chart import chart_metadata, chart_objects, chart_values
from mlb_ml_assets_tests.deploy.compose_file import ROOT, SECRET_VARIABLES, read_compose
from mlb_ml_assets_tests.deploy.image import copied_to_image, image_environment


@pytest.fixture(scope="module")
def values():
    """The values that Dagster's chart gets."""
    declared = chart_values()
    return {**declared["dagster"], "global": declared["global"]}


@pytest.fixture(scope="module")
def objects():
    return chart_objects()


def _containers(objects):
    templates = [
        each["spec"]["template"]["spec"] for (kind, _), each in objects.items() if kind in {"Job", "Deployment"}
    ]
    return [(pod, container) for pod in templates for container in pod["containers"]]


@pytest.mark.parametrize("version", ["1.31", kubernetes_validate.latest_version()])
def test_every_object_has_the_fields_that_kubernetes_knows(objects, version):
    """A misspelled field of a security context is passed over by the cluster, and with it what it protects."""
    for each in objects.values():
        kubernetes_validate.validate(each, version, strict=True)
    misspelled = copy.deepcopy(objects["Deployment", "mlflow"])
    misspelled["spec"]["template"]["spec"]["containers"][0]["securityContex"] = {}
    with pytest.raises(kubernetes_validate.ValidationError, match="securityContex"):
        kubernetes_validate.validate(misspelled, version, strict=True)


def test_the_code_location_has_the_settings_and_the_secret_that_the_manifests_make(values, objects):
    """Variables that are there in the code server and not in a run: it loads, and every run fails."""
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    launcher = values["runLauncher"]["config"]["k8sRunLauncher"]
    for declared in (deployment, launcher):
        assert [("ConfigMap", each["name"]) in objects for each in declared["envConfigMaps"]] == [True]
        assert declared["envSecrets"] == [{"name": "mlb-ml-mlflow"}]
    # As a list the chart passes it on to the runs; a mapping would have no place for a key of a secret.
    assert own_login(deployment["env"]) == ("mlb_code", "MLB_ML_CODE_PASSWORD")
    assert deployment["includeConfigInLaunchedRuns"]["enabled"]
    assert values["runLauncher"]["type"] == "K8sRunLauncher"


def test_chart_and_manifests_mean_one_database_and_one_image(values, objects):
    """Dagster in one database and the tables in another works, until one of them is restored."""
    pods, chart = objects["ConfigMap", "mlb-ml-environment"]["data"], values["postgresql"]
    assert chart["enabled"] is False
    assert (pods["POSTGRES_HOST"], pods["POSTGRES_DB"], int(pods["POSTGRES_PORT"])) == (
        chart["postgresqlHost"], chart["postgresqlDatabase"], chart["service"]["port"],
    )  # fmt: skip
    assert chart["postgresqlParams"] == {"options": "-csearch_path=dagster"}
    image = values["dagsterDaemon"]["image"]
    assert {container["image"] for _, container in _containers(objects)} == {f"{image['repository']}:{image['tag']}"}
    assert image["tag"] == importlib.metadata.version("mlb-ml-assets")


def test_the_chart_is_the_one_of_the_locked_dagster():
    """An instance config of a newer chart names settings that an older Dagster does not know."""
    (dagster,) = chart_metadata()["dependencies"]
    assert (dagster["name"], dagster["version"]) == ("dagster", importlib.metadata.version("dagster"))
    assert chart_metadata()["appVersion"] == importlib.metadata.version("mlb-ml-assets")


def test_the_migration_comes_before_everything_and_needs_nothing_of_the_release(objects):
    """A hook that waits for the release's ConfigMap never starts, and no first install ends."""
    job = objects["Job", "mlb-ml-migrate"]
    assert job["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"
    (container,) = job["spec"]["template"]["spec"]["containers"]
    assert not any("configMapRef" in each for each in container["envFrom"])
    assert "serviceAccountName" not in job["spec"]["template"]["spec"]
    shared = objects["ConfigMap", "mlb-ml-environment"]["data"]
    own = {each["name"]: each["value"] for each in container["env"]}
    assert own == {"POSTGRES_USER": "mlb", **{name: shared[name] for name in own if name != "POSTGRES_USER"}}
    assert own.keys() >= {"POSTGRES_HOST", "POSTGRES_PORT", "POSTGRES_DB"}


def test_no_pod_runs_as_root_or_writes_into_its_image(values, objects):
    """As in the compose file."""
    for pod, container in _containers(objects):
        assert pod["securityContext"]["runAsUser"] == 10001
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert "memory" in container["resources"]["limits"]
    (deployment,) = values["dagster-user-deployments"]["deployments"]
    for declared in (values["dagsterWebserver"], values["dagsterDaemon"], deployment):
        assert declared["podSecurityContext"]["runAsNonRoot"]
        assert declared["securityContext"]["readOnlyRootFilesystem"]


def test_no_pod_holds_a_token_of_the_cluster(objects):
    """The default service account's token lets an intruder ask the cluster's API."""
    for pod, _ in _containers(objects):
        assert pod["automountServiceAccountToken"] is False


def test_each_pod_has_the_secrets_that_it_uses(values, objects):
    """A pod that is broken into holds what its neighbors are protected by."""
    secrets = {
        name: {each["secretRef"]["name"] for each in container["envFrom"] if "secretRef" in each}
        for (_, name), object_ in objects.items()
        for container in object_.get("spec", {}).get("template", {}).get("spec", {}).get("containers", [])
    }
    assert secrets == {
        "mlb-ml-migrate": {"mlb-ml-database", "mlb-ml-logins"},
        "mlflow": {"mlb-ml-mlflow"},
        "mlb-ml-api": {"mlb-ml-mlflow"},
        "mlb-ml-pricer": {"mlb-ml-mlflow"},
    }
    for name, role, key in (
        ("mlflow", "mlb_mlflow", "MLB_ML_MLFLOW_PASSWORD"),
        ("mlb-ml-api", "mlb_api", "MLB_ML_API_PASSWORD"),
        ("mlb-ml-pricer", "mlb_code", "MLB_ML_CODE_PASSWORD"),
    ):
        (container,) = objects["Deployment", name]["spec"]["template"]["spec"]["containers"]
        assert own_login(container["env"]) == (role, key)
    # The owner's password is the migration's alone: the chart's would run as the user of all of Dagster's pods.
    assert not values["migrate"]["enabled"]
    assert values["postgresql"]["postgresqlUsername"] == "mlb_dagster"
    assert values["global"]["postgresqlSecretName"] == "mlb-ml-logins"
    assert values["dagsterWebserver"]["envSecrets"] == [{"name": "mlb-ml-dagster"}]
    assert "envSecrets" not in values["dagsterDaemon"]


def own_login(variables: list[dict[str, Any]]) -> tuple[str, str]:
    """The user of the database that a container names, and the key of its password."""
    own = {each["name"]: each.get("value") or each["valueFrom"]["secretKeyRef"] for each in variables}
    assert own["POSTGRES_PASSWORD"]["name"] == "mlb-ml-logins"
    return own["POSTGRES_USER"], own["POSTGRES_PASSWORD"]["key"]


def test_the_network_lets_in_only_those_who_call(objects):
    """The code server executes without a login whatever any pod of the namespace sends it."""
    policies = {name: each["spec"] for (kind, name), each in objects.items() if kind == "NetworkPolicy"}
    assert all(each["policyTypes"] == ["Ingress"] for each in policies.values())
    assert "ingress" not in policies["mlb-ml-default-deny"]
    listed = policies["mlb-ml-default-deny"]["podSelector"]["matchExpressions"][0]["values"]
    assert set(listed) == {pod["metadata"]["labels"]["app"] for pod in _pods(objects)}
    (code,) = policies["mlb-ml-code"]["ingress"]
    assert code["from"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "dagster"}}}]
    assert [each["port"] for each in code["ports"]] == [4000]
    (mlflow,) = policies["mlb-ml-mlflow"]["ingress"]
    assert {"podSelector": {"matchLabels": {"app": "mlb-ml-api"}}} in mlflow["from"]
    assert [each["port"] for each in mlflow["ports"]] == [5000]


def _pods(objects):
    return [each["spec"]["template"] for (kind, _), each in objects.items() if kind == "Deployment"]


def test_the_charts_web_server_listens_behind_the_gateway():
    """The chart starts `dagster-webserver`: the first of that name on the image's path is ours."""
    environment, copied = image_environment(), copied_to_image()
    first = environment["PATH"].split(":")[0]
    script = copied[f"{first}/dagster-webserver"]
    assert "mlb_ml_assets.stack.dagster_webserver" in script.read_text()
    assert script.stat().st_mode & 0o111


def test_probes_ask_by_a_name_that_is_answered(objects):
    """A kubelet calls a pod by its address and without a secret: refused, it never gets ready."""
    tracking = urlsplit(objects["ConfigMap", "mlb-ml-environment"]["data"]["MLFLOW_TRACKING_URI"]).netloc
    mlflow, api = (
        objects["Deployment", name]["spec"]["template"]["spec"]["containers"][0] for name in ("mlflow", "mlb-ml-api")
    )
    allowed = mlflow["command"][mlflow["command"].index("--allowed-hosts") + 1].split(",")
    assert tracking in allowed
    for probe in ("readinessProbe", "livenessProbe", "startupProbe"):
        assert mlflow[probe]["httpGet"]["path"] == "/health"
    (names,) = (each["value"].split(",") for each in api["env"] if each["name"] == "MLB_ML_API_ALLOWED_HOSTS")
    for probe in ("readinessProbe", "livenessProbe"):
        (header,) = api[probe]["httpGet"]["httpHeaders"]
        assert header["value"] in names


def test_both_ways_run_the_same_commands(objects):
    """Those of the compose file are run by a test; these can only be compared with them."""
    compose = read_compose(dict.fromkeys(SECRET_VARIABLES, "x"))
    assert (
        objects["Deployment", "mlb-ml-api"]["spec"]["template"]["spec"]["containers"][0]["command"]
        == compose["api"].command
    )
    mlflow = objects["Deployment", "mlflow"]["spec"]["template"]["spec"]["containers"][0]["command"]
    assert mlflow[:-1] == compose["mlflow"].command[:-1]
    migrate = objects["Job", "mlb-ml-migrate"]["spec"]["template"]["spec"]["containers"][0]["command"]
    assert migrate == compose["migrate"].command
    pricer = objects["Deployment", "mlb-ml-pricer"]["spec"]["template"]["spec"]["containers"][0]["command"]
    assert pricer == compose["pricer"].command
    for probe in ("startupProbe", "livenessProbe"):
        (container,) = objects["Deployment", "mlb-ml-pricer"]["spec"]["template"]["spec"]["containers"]
        assert container[probe]["exec"]["command"] == compose["pricer"].health_check


def test_runs_are_limited_as_on_one_machine(values):
    """Two runs of a day that interleave, only where there is a cluster."""
    one = yaml.safe_load((ROOT / "dagster.yaml").read_text())
    many = _snake(values["concurrency"])
    assert many.pop("enabled")
    assert many["runs"].pop("max_concurrent_runs") >= one["concurrency"]["runs"].pop("max_concurrent_runs")
    backfill = "dagster/backfill"
    limits = [
        {each["key"]: each for each in declared["tag_concurrency_limits"]}
        for declared in (many["runs"], one["concurrency"]["runs"])
    ]
    assert limits[0].pop(backfill)["limit"] >= limits[1].pop(backfill)["limit"]
    assert limits[0] == limits[1]
    assert many["pools"] == one["concurrency"]["pools"]
    # The chart stops at limits in both places.
    assert "config" not in values["dagsterDaemon"]["runCoordinator"]
    daemon = values["dagsterDaemon"]
    retries, monitoring = _snake(daemon["runRetries"]), _snake(daemon["runMonitoring"])
    assert retries == one["run_retries"]
    assert monitoring["max_runtime_seconds"] == one["run_monitoring"]["max_runtime_seconds"]


def test_dagster_takes_the_instance_that_the_chart_makes(values):
    """A setting that this version of the launcher does not know stops every pod at its start."""
    instance = chart_instance(values)
    checked = validate_config(Shape(dagster_instance_config_schema()), instance)
    assert checked.success, checked.errors
    for part in ("run_launcher", "run_storage", "event_log_storage", "schedule_storage", "run_coordinator"):
        declared = instance[part]
        taker = getattr(importlib.import_module(declared["module"]), declared["class"])
        checked = validate_config(Shape(taker.config_type()), declared.get("config", {}))
        assert checked.success, (part, checked.errors)
    wrong = {**instance["run_launcher"]["config"], "env_configmaps": []}
    assert not validate_config(Shape(K8sRunLauncher.config_type()), wrong).success


def chart_instance(values: Mapping[str, Any]) -> dict[str, Any]:
    """dagster.yaml as the chart's templates write it from these values (helm/dagster/templates/helpers/instance)."""
    database, launcher = values["postgresql"], values["runLauncher"]["config"]["k8sRunLauncher"]
    assert database["postgresqlScheme"]
    storage = {
        "postgres_db": {
            "username": database["postgresqlUsername"],
            "password": {"env": "DAGSTER_PG_PASSWORD"},
            "hostname": database["postgresqlHost"],
            "db_name": database["postgresqlDatabase"],
            "port": database["service"]["port"],
            "params": database["postgresqlParams"],
            "scheme": database["postgresqlScheme"],
        }
    }
    concurrency = _snake(values["concurrency"])
    assert concurrency.pop("enabled")
    daemon = values["dagsterDaemon"]
    assert set(launcher) <= {"imagePullPolicy", "envConfigMaps", "envSecrets", "volumes", "volumeMounts"}
    return {
        "schedule_storage": {
            "module": "dagster_postgres.schedule_storage", "class": "PostgresScheduleStorage", "config": storage,
        },
        "run_storage": {"module": "dagster_postgres.run_storage", "class": "PostgresRunStorage", "config": storage},
        "event_log_storage": {
            "module": "dagster_postgres.event_log", "class": "PostgresEventLogStorage", "config": storage,
        },
        "run_launcher": {
            "module": "dagster_k8s",
            "class": values["runLauncher"]["type"],
            "config": {
                "load_incluster_config": True,
                "job_namespace": "default",
                "image_pull_policy": launcher["imagePullPolicy"],
                "service_account_name": "dagster",
                "dagster_home": {"env": "DAGSTER_HOME"},
                "instance_config_map": {"env": "DAGSTER_K8S_INSTANCE_CONFIG_MAP"},
                "postgres_password_secret": {"env": "DAGSTER_K8S_PG_PASSWORD_SECRET"},
                "env_config_maps": [
                    {"env": "DAGSTER_K8S_PIPELINE_RUN_ENV_CONFIGMAP"},
                    *(each["name"] for each in launcher["envConfigMaps"]),
                ],
                "env_secrets": [each["name"] for each in launcher["envSecrets"]],
                "volume_mounts": launcher["volumeMounts"],
                "volumes": launcher["volumes"],
            },
        },
        "run_coordinator": {"module": "dagster._core.run_coordinator", "class": daemon["runCoordinator"]["type"]},
        "concurrency": concurrency,
        "run_monitoring": _snake(daemon["runMonitoring"]),
        "run_retries": _snake(daemon["runRetries"]),
        "telemetry": values["telemetry"],
        "retention": {
            name: {"purge_after_days": values["retention"][name]["purgeAfterDays"]} for name in ("schedule", "sensor")
        },
    }  # fmt: skip


def _snake(tree: Any) -> Any:
    """Keys as dagster.yaml writes them; below `value` they are Dagster's own already."""
    if isinstance(tree, list):
        return [_snake(each) for each in tree]
    if not isinstance(tree, dict):
        return tree
    return {
        re.sub("[A-Z]", lambda found: f"_{found[0].lower()}", key): value if key == "value" else _snake(value)
        for key, value in tree.items()
    }
