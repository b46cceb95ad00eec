"""`python -m mlb_ml_assets.live`: the resident pricer as a process.

Belongs here: signals, Dagster's instance, the end.
Not here: pricing (pricing.py, resident.py), starting the process (stack/).
"""

import signal
import sys
import threading
from types import FrameType

import dagster as dg

from mlb_ml_assets.live.heartbeat import Heartbeat
from mlb_ml_assets.live.reports import Reporter
from mlb_ml_assets.live.resident import STANDBY_SECONDS, ResidentPricer
from mlb_ml_assets.warehouse.settings import DatabaseSettings, is_automation_on


def main() -> None:
    """Price until SIGTERM or Ctrl-C; the pricing in progress is finished, and reported.

    Where MLB_ML_AUTOMATION is not on, only wait for the signal: an exit would be taken for a failure and restarted.
    """
    stopped = threading.Event()

    def stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 (signal's signature)
        stopped.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    settings = DatabaseSettings.from_environment()
    heartbeat = Heartbeat(settings.home)
    if not is_automation_on():
        sys.stderr.write("MLB_ML_AUTOMATION is not on: nothing is priced\n")
        heartbeat.beat()
        while not stopped.wait(STANDBY_SECONDS):
            heartbeat.beat()
        return
    with dg.DagsterInstance.get() as instance:
        reporter = Reporter(instance)
        try:
            ResidentPricer(settings, reporter.add, stopped, heartbeat.beat).run()
        finally:
            reporter.close()


if __name__ == "__main__":
    main()
