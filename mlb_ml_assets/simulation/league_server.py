"""The demo's league behind HTTP as a service of the local stack, so that its source assets have something to collect.

Belongs here: the process, and the variables under which other processes find it.
Not here: what it answers (server.py), which part of the league was imported (demo.py).
"""

import signal
import sys
from pathlib import Path

from mlb_ml_assets.simulation.demo import demo_league
from mlb_ml_assets.simulation.server import SourceServer, source_variables

COLLECTED = (
    "mlb_stats_api", "action_network", "sportsbettingdime", "vsin", "the_odds_api", "national_weather_service",
    "open_meteo",
)  # fmt: skip


def league_environment(url: str) -> dict[str, str]:
    """The variables that make a process collect every source from the league at this address."""
    return {**source_variables(url), "MLB_ML_COLLECT": ",".join(COLLECTED)}


def main(home: str, port: str) -> None:
    """Answer as the sources did at the league's present, until a signal ends the process."""
    league = demo_league(Path(home))
    with SourceServer(league.league, league.now, port=int(port)):
        signal.pause()


if __name__ == "__main__":
    main(*sys.argv[1:])
