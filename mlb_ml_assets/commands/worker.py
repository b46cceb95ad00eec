"""A process of its own that runs steps of a backfill beside ours.

Belongs here: the worker, how steps reach it and results come back, its end together with ours.
Not here: which steps there are, and what runs where (materialize.py), the worker's first moments (worker_start.py).

A process, not a thread, because every step is Python half of the time.
"""

import importlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict
from operator import attrgetter
from typing import Any, Self

import dagster as dg

from mlb_ml_assets.commands.steps import RunFailed, Step, StepResult, run_step

_WORKER = "mlb_ml_assets.commands.worker_start"
# A worker that receives SIGINT ends its Dagster run first.
_STOP_SECONDS = 20
OpensInstance = Callable[[], AbstractContextManager[dg.DagsterInstance]]


class Worker:
    """Runs the steps that it is given one after the other, before anybody reads results."""

    def __init__(self, instance: OpensInstance) -> None:
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
        self._failure: RunFailed | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self, step: Step) -> None:
        """Give it a step; one that is gone says so when the result is read."""
        assert self._process.stdin is not None
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(asdict(step)) + "\n")
            self._process.stdin.flush()

    def result(self, step: Step) -> StepResult:
        """The result of the next step, which must be this one.

        Raises:
            RunFailed: its run failed, or one before it did, or the worker is gone.
        """
        try:
            return self._read(step)
        except RunFailed as error:
            self._failure = error
            raise

    def _read(self, step: Step) -> StepResult:
        if self._failure is not None:
            raise self._failure
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            raise RunFailed(
                f"job {step.job}, {step.first_key} to {step.last_key}: the process that runs it ended with code "
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
    with open_instance() as instance:
        for line in sys.stdin:
            # Our parent was killed: its next start runs these steps itself.
            if os.getppid() != parent:
                return
            step = Step(**json.loads(line))
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
