"""The process that holds a run of Dagster or MLflow, named so that a later one can see whether it is gone.

Belongs here: the name of this process, and whether a named process still runs.
Not here: ending its runs (mlflow.py, commands/steps.py), processes that we start (stack/processes.py).
"""

import os
import socket

import psutil


def this_process() -> str:
    """host:pid:start, unique over restarts."""
    return f"{socket.gethostname()}:{os.getpid()}:{psutil.Process().create_time():.0f}"


def is_gone(name: str | None) -> bool:
    """Whether the named process ran on this machine and no longer does; False for another machine's process."""
    host, *identity = (name or "").rsplit(":", 2)
    if host != socket.gethostname():
        return False
    pid, started = identity
    try:
        found = psutil.Process(int(pid))
        # A boot time may be corrected by a second, and the start times with it.
        return abs(found.create_time() - float(started)) > 2 or found.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
