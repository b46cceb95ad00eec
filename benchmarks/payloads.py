"""Parsing what the sources send, beside the bare reading of JSON or HTML.

Belongs here: each parser over payloads of a simulated league.
Not here: fetching, writing.
"""

import json
from collections import defaultdict
from datetime import date

from lxml import html

from benchmarks.figures import Figure, side_by_side
from benchmarks.scratch import Scratch
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.simulation.server import SourceServer
from mlb_ml_assets.sources.catalogue import source_of
from mlb_ml_assets.sources.rows import Payload

SOURCES = ("mlb_stats_api", "action_network", "sportsbettingdime", "vsin", "the_odds_api")
_MOST = 40


def measure(scratch: Scratch) -> list[Figure]:  # noqa: ARG001 - needs no database
    """Megabytes a second of each parser."""
    figures = []
    for source, payloads in _payloads().items():
        parse = source_of(source).parse
        bodies = [_bytes(payload) for payload in payloads]
        megabytes = sum(map(len, bodies)) / 1e6

        def ours(payloads: list[Payload] = payloads, parse=parse) -> None:  # type: ignore[no-untyped-def]
            for payload in payloads:
                parse(payload.body, payload.captured_at, payload.endpoint)

        def bare(bodies: list[bytes] = bodies) -> None:
            for body in bodies:
                html.fromstring(body) if body.lstrip()[:1] == b"<" else json.loads(body)

        seconds, limit = side_by_side(ours, bare)
        kind = "lxml" if bodies[0].lstrip()[:1] == b"<" else "json.loads"
        figures.append(
            Figure("sources", f"{source}, {len(payloads)} payloads", "MB/s", megabytes / seconds, megabytes / limit,
                kind, more_is_better=True)
        )  # fmt: skip
    return figures


def _bytes(payload: Payload) -> bytes:
    return payload.body if isinstance(payload.body, bytes) else json.dumps(payload.body).encode()


def _payloads() -> dict[str, list[Payload]]:
    import os

    config = SimulationConfig(first_day=date(2024, 4, 1), today=date(2024, 4, 20), season_days=30)
    found: dict[str, list[Payload]] = defaultdict(list)
    with SourceServer(simulate_league(config), config.now) as server:
        before = dict(os.environ)
        os.environ.update(server.environment())
        try:
            for name in SOURCES:
                source = source_of(name)
                if source.client is None or source.fetch is None:
                    continue
                client = source.client(recall=lambda _endpoint: None)
                try:
                    for payload in source.fetch(client, config.today):
                        found[name].append(payload)
                        if len(found[name]) >= _MOST:
                            break
                finally:
                    client.close()
        finally:
            os.environ.clear()
            os.environ.update(before)
    return found
