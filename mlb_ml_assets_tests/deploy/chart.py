"""deploy/helm as a program reads it: the chart's values, and the objects that its manifests make of them.

Belongs here: reading both files, values put in where a manifest names one.
Not here: the templates of Dagster's chart.
"""

import re
from typing import Any

import yaml

from mlb_ml_assets_tests.deploy.compose_file import ROOT

CHART = ROOT / "deploy" / "helm"
_VALUE = re.compile(r"\{\{ \.Values\.([\w.]+) \}\}")


def chart_metadata() -> dict[str, Any]:
    """Chart.yaml."""
    return yaml.safe_load((CHART / "Chart.yaml").read_text())


def chart_values() -> dict[str, Any]:
    """values.yaml."""
    return yaml.safe_load((CHART / "values.yaml").read_text())


def chart_objects() -> dict[tuple[str, str], Any]:
    """The objects of mlb-ml.yaml by kind and name, as templates/manifests.yaml makes them from the chart's values.

    Raises:
        KeyError: a manifest names a value that the chart does not have.
    """
    values = chart_values()

    def put_in(found: re.Match[str]) -> str:
        value: Any = values
        for name in found[1].split("."):
            value = value[name]
        return str(value)

    text = _VALUE.sub(put_in, (CHART / "mlb-ml.yaml").read_text())
    assert "{{" not in text, "a manifest uses more of the template language than values"
    return {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load(text)["items"]}
