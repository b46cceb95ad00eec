"""Where the program `mlb-ml` starts.

Belongs here: Ctrl-C before the command's own code has been read.
Not here: the commands (cli.py).
"""

import signal


def main() -> None:
    """Read the commands and run one; until then Ctrl-C ends the process without a traceback, for nothing has begun."""
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
