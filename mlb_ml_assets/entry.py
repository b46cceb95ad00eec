"""Where the program `mlb-ml` starts.

Belongs here: what has to be decided before the command's own code has been read: Ctrl-C, the threads of OpenBLAS.
Not here: the commands (cli.py).
"""

import os
import signal


def main() -> None:
    """Read the commands and run one; until then Ctrl-C ends the process without a traceback, for nothing has begun."""
    # stack.environment.ONE_BLAS_THREAD, which importing would read numpy too early for. Read when numpy is loaded.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    if signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        # A script's background job ignores it, and so shall we.
        from mlb_ml_assets.cli import main as run

        run()
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from mlb_ml_assets.cli import main as run

    signal.signal(signal.SIGINT, signal.default_int_handler)
    run()


if __name__ == "__main__":
    main()
