"""What a failed step says of its cause.

Belongs here: the text of a failed run, over Dagster runs in memory.
Not here: planning and running the steps of a season (test_commands.py).
"""

import dagster as dg
import pytest

from mlb_ml_assets.commands.steps import RunFailed, Step, run_step


@dg.resource
def broken(_context):
    raise RuntimeError("cannot open the store") from ValueError("MLFLOW_DEFAULT_ARTIFACT_ROOT is no folder")


@dg.op(required_resource_keys={"store"})
def use_store():
    pass


@dg.op
def fail():
    raise RuntimeError("around it") from KeyError("the cause")


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        (use_store, "ValueError: MLFLOW_DEFAULT_ARTIFACT_ROOT is no folder"),
        (fail, "step fail: KeyError: 'the cause'"),
    ],
)
def test_the_innermost_error_is_printed_with_its_step(op, expected):
    """A resource that failed ended the run "before its first step; see the Dagster UI", its reason in the event log."""

    @dg.job(name="train", resource_defs={"store": broken})
    def train():
        op()

    with dg.instance_for_test() as instance, pytest.raises(RunFailed) as failure:
        run_step(Step("train", 2024, "2024-06-01", "2024-06-01"), dg.Definitions(jobs=[train]), instance)
    assert expected in str(failure.value)
