"""The league of `mlb-ml demo`: its past as a bundle on disk, its last days behind real HTTP.

Belongs here: which part of the league comes as an archive and which live; keeping the bundle between runs.
Not here: running the pipeline over it (stack/, cli.py).
"""

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from mlb_ml_assets.domain.clock import EASTERN
from mlb_ml_assets.simulation.bundle import write_bundle
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.faults import Faults
from mlb_ml_assets.simulation.league import League, simulate_league
from mlb_ml_assets.simulation.server import SourceServer

# Sources that the demo collects, in the order of a round: games first, so that prices find them.
DEMO_SOURCES = ("mlb_stats_api", "action_network", "sportsbettingdime")
LIVE_DAYS = 2
# Minutes after Eastern midnight of a collector's rounds: eight to thirteen minutes before the usual first pitches,
# fresh enough for a closing price. Each round costs about fifteen requests per day collected.
_ROUNDS = tuple(60 * hour + 57 for hour in (12, 15, 18, 21))
_TICK_DAYS = 30
_STAMP = "league.json"
# Raise it when the league or the bundle's format changes, so that kept bundles are written anew.
_GENERATION = 2


@dataclass(frozen=True)
class DemoLeague:
    """A league ready for the demo.

    Attributes:
        league: the league with its truth.
        bundle_folder: its past, up to but without `live_from`, for `mlb-ml history import`.
        live_from: first official date that is to be fetched from the server.
        today: the league's today, a fixed date.
        now: the instant (UTC) on that day at which the sources answer; what is collected was captured then.
    """

    league: League
    bundle_folder: Path
    live_from: date
    today: date
    now: datetime

    @property
    def live_days(self) -> list[date]:
        """Official dates to collect from the server, tomorrow included."""
        return [self.live_from + timedelta(days=step) for step in range((self.today - self.live_from).days + 2)]

    def rounds(self) -> list[datetime]:
        """Instants (UTC) at which a collector would have run since `live_from`, the last one being `now`.

        Set the server's clock to each in turn and collect that Eastern day and the next, to gather prices as they
        moved. Collecting only at `now` gives results, but no prices: a game's history is requested until it
        begins, not after.
        """
        instants = [
            datetime(day.year, day.month, day.day, tzinfo=EASTERN) + timedelta(minutes=minute)
            for day in self.live_days
            for minute in _ROUNDS
        ]
        return [*(at.astimezone(UTC) for at in instants if at < self.now), self.now]

    def server(self, *, faults: Faults | None = None) -> SourceServer:
        """A server, not yet started, whose clock is at `now`."""
        return SourceServer(self.league, self.now, faults=faults)


def demo_league(
    home: Path, config: SimulationConfig | None = None, *, live_days: int = LIVE_DAYS, players: bool = False
) -> DemoLeague:
    """The demo's league, with its bundle under `home`/simulated_league; written once, then kept while it fits.

    `live_days` days before today are left out of the bundle, to be collected from the server like today itself. With
    `players` the bundle has the lines of every batter and pitcher.
    """
    config = config or SimulationConfig()
    league = simulate_league(config)
    folder, live_from = home / "simulated_league", config.today - timedelta(days=live_days)
    made_of = {"generation": _GENERATION, "config": repr(config), "before": str(live_from), "players": players}
    stamp = json.dumps(made_of, indent=1)
    kept = folder / _STAMP
    if not kept.exists() or kept.read_text() != stamp:
        kept.unlink(missing_ok=True)
        ticks_from = config.today - timedelta(days=_TICK_DAYS)
        write_bundle(league, folder / "bundle", before=live_from, ticks_from=ticks_from, players=players)
        # Last, so that a bundle cut short by a kill is not taken for whole.
        kept.write_text(stamp)
    return DemoLeague(
        league=league,
        bundle_folder=folder / "bundle",
        live_from=live_from,
        today=config.today,
        now=config.now,
    )
