"""Dagster as its own pages use it: GraphQL over HTTP.

Belongs here: the assets with a Materialize button, launching one on its latest partition, what the run reported.
Not here: what an asset does.
"""

import json
import time
import urllib.request
from dataclasses import dataclass
from typing import Any

_STEPS = """{ assetNodes { assetKey { path } opNames isMaterializable partitionKeys dependencyKeys { path } } }"""
_LAUNCH = """mutation($parameters: ExecutionParams!) { launchRun(executionParams: $parameters) {
    __typename ... on LaunchRunSuccess { run { runId } } ... on PythonError { message }
    ... on RunConfigValidationInvalid { errors { message } } ... on InvalidSubsetError { message } } }"""
_STATUS = "query($run: ID!) { runOrError(runId: $run) { ... on Run { status } } }"
_REPORTED = """query($key: AssetKeyInput!) { assetOrError(assetKey: $key) { ... on Asset {
    assetMaterializations(limit: 3) { runId metadataEntries { label
        ... on IntMetadataEntry { intValue } ... on FloatMetadataEntry { floatValue } } } } } }"""
_ENDED = {"SUCCESS", "FAILURE", "CANCELED"}


@dataclass(frozen=True)
class Step:
    """Assets that one operation makes, as the page materializes them together; `latest` is None without partitions."""

    name: str
    keys: tuple[tuple[str, ...], ...]
    latest: str | None


@dataclass(frozen=True)
class DagsterUI:
    """The web server at an address, with its secret."""

    address: str
    token: str

    def materializable_steps(self) -> list[Step]:
        """Every operation behind a Materialize button, sources before what depends on them."""
        nodes = [node for node in self._ask(_STEPS)["assetNodes"] if node["isMaterializable"]]
        by_name: dict[str, list[dict[str, Any]]] = {}
        for node in nodes:
            by_name.setdefault(node["opNames"][0], []).append(node)
        made_by = {tuple(node["assetKey"]["path"]): node["opNames"][0] for node in nodes}
        ordered: dict[str, None] = {}

        def add(name: str) -> None:
            for node in by_name[name]:
                for key in node["dependencyKeys"]:
                    above = made_by.get(tuple(key["path"]))
                    if above is not None and above != name and above not in ordered:
                        add(above)
            ordered[name] = None

        for name in sorted(by_name):
            add(name)
        return [_step(name, by_name[name]) for name in ordered]

    def launch(self, step: Step) -> str:
        """Launch a run of the step on its latest partition; the run's id."""
        selection = [{"path": list(key)} for key in step.keys]
        selector = {
            "repositoryLocationName": "mlb_ml_assets.definitions", "repositoryName": "__repository__",
            "pipelineName": "__ASSET_JOB", "assetSelection": selection,
        }  # fmt: skip
        tags = [] if step.latest is None else [{"key": "dagster/partition", "value": step.latest}]
        parameters = {"selector": selector, "executionMetadata": {"tags": tags}, "mode": "default"}
        launched = self._ask(_LAUNCH, {"parameters": parameters})["launchRun"]
        assert launched["__typename"] == "LaunchRunSuccess", (step, launched)
        return str(launched["run"]["runId"])

    def wait(self, run: str, seconds: float = 300) -> str:
        """The state in which a run ended, or in which it is after this long."""
        deadline = time.monotonic() + seconds
        while True:
            status = str(self._ask(_STATUS, {"run": run})["runOrError"]["status"])
            if status in _ENDED or time.monotonic() > deadline:
                return status
            time.sleep(0.3)

    def reported_numbers(self, step: Step, run: str) -> dict[str, dict[str, float]]:
        """The numbers in the metadata of each asset that the run materialized, by key and label."""
        found = {}
        for key in step.keys:
            asset = self._ask(_REPORTED, {"key": {"path": list(key)}})["assetOrError"]
            entries = [e for m in asset["assetMaterializations"] if m["runId"] == run for e in m["metadataEntries"]]
            found["/".join(key)] = {
                entry["label"]: entry.get("intValue") or entry.get("floatValue") or 0.0
                for entry in entries
                if "intValue" in entry or "floatValue" in entry
            }
        return found

    def _ask(self, query: str, variables: dict[str, Any] | None = None) -> Any:
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        body = json.dumps({"query": query, "variables": variables or {}}).encode()
        with urllib.request.urlopen(urllib.request.Request(f"{self.address}/graphql", body, headers)) as answer:
            content = json.load(answer)
        assert "errors" not in content, content["errors"]
        return content["data"]


def _step(name: str, nodes: list[dict[str, Any]]) -> Step:
    keys = tuple(tuple(node["assetKey"]["path"]) for node in nodes)
    return Step(name, keys, nodes[0]["partitionKeys"][-1] if nodes[0]["partitionKeys"] else None)
