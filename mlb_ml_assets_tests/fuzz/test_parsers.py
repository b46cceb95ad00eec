"""Broken payloads to every live parser.

Belongs here: mutations of what the simulated sources send; the promise that a parser keeps.
Does not: recorded payloads (sources/test_recorded_payloads.py).
"""

import json
import os
import random
import time
from datetime import date

import pytest

from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.simulation.server import SourceServer
from mlb_ml_assets.sources.catalogue import source_of
from mlb_ml_assets.sources.rows import Parsed, PayloadShapeError
from mlb_ml_assets_tests.fuzz.mutation import SECONDS, mutated, mutated_bytes

pytestmark = [pytest.mark.long, pytest.mark.by_hand]

SOURCES = ("mlb_stats_api", "action_network", "sportsbettingdime", "vsin", "the_odds_api")


@pytest.fixture(scope="module")
def payloads():
    """A few payloads of each source, the small ones, so that many cases fit in the time."""
    config = SimulationConfig(first_day=date(2024, 4, 1), today=date(2024, 4, 12), season_days=20)
    found = {}
    with SourceServer(simulate_league(config), config.now) as server, pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment().items():
            patch.setenv(name, value)
        for name in SOURCES:
            source = source_of(name)
            client = source.client(recall=lambda _endpoint: None)
            taken = []
            for payload in source.fetch(client, config.today):
                taken.append(payload)
                if len(taken) == 12:
                    break
            client.close()
            found[name] = sorted(taken, key=lambda one: len(one.body))[:6]
    return found


@pytest.mark.parametrize("source", SOURCES)
def test_a_parser_reads_or_refuses_and_never_breaks(payloads, source):
    """A KeyError out of a parser stops the source with a traceback that names no field, and its neighbours with it."""
    seed = int(os.environ.get("MLB_ML_FUZZ_SEED", "0")) or random.SystemRandom().randrange(2**32)
    chance, parse, cases, refused = random.Random(seed), source_of(source).parse, 0, 0
    trees = []
    for payload in payloads[source]:
        try:
            trees.append((payload, json.loads(payload.body)))
        except ValueError:
            trees.append((payload, None))
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        payload, tree = chance.choice(trees)
        if tree is not None and chance.random() < 0.8:
            body = json.dumps(mutated(tree, chance)).encode("utf-8", "surrogatepass")
        else:
            body = mutated_bytes(payload.body, chance)
        cases += 1
        try:
            assert isinstance(parse(body, payload.captured_at, payload.endpoint), Parsed)
        except PayloadShapeError:
            refused += 1
        except Exception as error:  # noqa: BLE001 - the point
            pytest.fail(f"{source}, seed {seed}, case {cases}: {type(error).__name__}: {error}\n{body[:3000]!r}")
    assert refused < cases, "every case refused: the mutations never reach a row"
    print(f"{source}: {cases:,} cases, {refused:,} refused")
