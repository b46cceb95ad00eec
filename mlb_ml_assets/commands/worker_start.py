"""A process of `mlb-ml run` beside the first: where it starts, and how an interrupt ends it.

Belongs here: Ctrl-C before, while and after its modules are read, without a traceback.
Not here: the steps and how they reach it (worker.py); what the command prints (cli.py).
"""

import signal
import sys

if __name__ == "__main__":
    # Blocked since before Python itself started. Nothing begins before Dagster is read: until then SIGINT just ends it.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    from mlb_ml_assets.commands.worker import run_steps

    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        run_steps(sys.argv[1])
    except KeyboardInterrupt:
        sys.exit(130)
