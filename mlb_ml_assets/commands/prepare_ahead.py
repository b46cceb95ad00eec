"""Days prepared in a process of their own, while this one trains, predicts and scores the seasons before them.

Belongs here: the worker, how steps reach it and results come back, its end together with ours.
Not here: which steps there are, and what runs where (materialize.py), the worker's first moments (days_worker.py).

A season's features need no model and no prediction: on two cores a backfill of several seasons hides them. A process,
not a thread, because both halves are Python half of the time.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import asdict
from operator import attrgetter
from typing import Any

import dagster as dg

from mlb_ml_assets.commands.steps import RunFailed, Step, StepResult, run_step

_WORKER = "mlb_ml_assets.commands.days_worker"
# A worker that receives SIGINT ends its Dagster run first.
_STOP_SECONDS = 20
OpensInstance = Callable[[], AbstractContextManager[dg.DagsterInstance]]


class PrepareAhead:
    """A worker that runs steps one after the other from its start on, before anybody reads results."""

    def __init__(self, steps: Sequence[Step], instance: OpensInstance) -> None:
        command = [sys.executable, "-m", _WORKER, f"{instance.__module__}:{instance.__qualname__}"]
        # Inherited: a SIGINT waits until the worker handles it. Python's own start would answer with a traceback.
        unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            # A session of its own: Ctrl-C reaches us, and we end the worker in order.
            self._process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
        assert self._process.stdin is not None
        self._process.stdin.write("".join(json.dumps(asdict(step)) + "\n" for step in steps))
        self._process.stdin.close()

    def result(self, step: Step) -> StepResult:
        """The result of the next step, which must be this one.

        Raises:
            RunFailed: its run failed, or the worker is gone.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            raise RunFailed(
                f"job {step.job}, {step.first_key} to {step.last_key}: the process that prepares days ended with code "
                f"{code}. What was committed is kept; run the same command again"
            )
        answer = json.loads(line)
        if "error" in answer:
            raise RunFailed(answer["error"])
        assert answer["step"] == asdict(step), f"expected {step}, got {answer['step']}"
        return StepResult(step, answer["run_id"], answer["seconds"], answer["metadata"])

    def close(self) -> None:
        """End the worker, at once if it still runs."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def run_steps(instance_name: str) -> None:
    """Run the steps of standard input, one JSON object per line; write one result line each to standard output."""
    # What a library prints must not mix with the results.
    results = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    parent = os.getppid()
    module, name = instance_name.split(":")
    open_instance: OpensInstance = attrgetter(name)(importlib.import_module(module))
    from mlb_ml_assets.definitions import build_definitions

    definitions = build_definitions()
    steps = [Step(**json.loads(line)) for line in sys.stdin]
    with open_instance() as instance:
        for step in steps:
            # Our parent was killed: its next start prepares these days itself.
            if os.getppid() != parent:
                return
            answer: dict[str, Any]
            try:
                result = run_step(step, definitions, instance)
                answer = {
                    "step": asdict(step), "run_id": result.run_id, "seconds": result.seconds,
                    "metadata": result.metadata,
                }  # fmt: skip
            except RunFailed as error:
                answer = {"error": str(error)}
            print(json.dumps(answer, default=str), file=results, flush=True)
            if "error" in answer:
                return
