"""Processes of ours, one at a time.

Belongs here: what a started process inherits.
Not here: the stack's services (test_services.py).
"""

import os
import signal
import sys

from mlb_ml_assets.stack.processes import launch


def test_what_a_background_job_starts_can_be_interrupted(tmp_path):
    """`mlb-ml up &` in a script: SIGINT is ignored there, and Dagster's code server never ended by SIGTERM."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        tell = "import signal; print(signal.getsignal(signal.SIGINT))"
        assert launch([sys.executable, "-c", tell], os.environ, tmp_path / "log", tmp_path).wait(30) == 0
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)
    assert "default_int_handler" in (tmp_path / "log").read_text()
