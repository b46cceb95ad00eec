"""Broken payloads to every live parser.

Belongs here: mutations and prefixes of what the simulated sources send; the promises that a parser and its rows keep.
Not here: recorded payloads (sources/test_recorded_payloads.py).
"""

import dataclasses
import json
from datetime import date

import psycopg
import pytest

from mlb_ml_assets.flows import ingest
from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import simulate_league
from mlb_ml_assets.simulation.server import SourceServer
from mlb_ml_assets.sources.catalogue import source_of
from mlb_ml_assets.sources.rows import Parsed, PayloadShapeError
from mlb_ml_assets_tests.fuzz.mutation import CASES, SEED, TIMES, dice, mutated, mutated_bytes, small, small_page
from mlb_ml_assets_tests.simulated_sources import fetch_from

pytestmark = pytest.mark.long

SOURCES = ("mlb_stats_api", "action_network", "sportsbettingdime", "vsin", "the_odds_api")


@pytest.fixture(scope="module")
def payloads():
    """A few small payloads of each source: with its tree where it is JSON."""
    config = SimulationConfig(first_day=date(2024, 4, 1), today=date(2024, 4, 12), season_days=20)
    found = {}
    with SourceServer(simulate_league(config), config.now) as server, pytest.MonkeyPatch.context() as patch:
        fetch_from(server, patch)
        for name in SOURCES:
            source, taken = source_of(name), {}
            client = source.client(recall=lambda _endpoint: None)
            days = [config.today, date(2024, 4, 11)] if name == "mlb_stats_api" else [config.today]
            for payload in (one for day in days for one in source.fetch(client, day)):
                # Two of each kind of endpoint: schedules, box scores, boards, histories.
                kind = "".join(letter for letter in payload.endpoint.split("?")[0] if not letter.isdigit())
                taken.setdefault(kind, []).append(payload)
            client.close()
            found[name] = [_small(payload) for kind in taken.values() for payload in kind[:2]]
    return found


def _small(payload):
    try:
        tree = small(json.loads(payload.body))
    except ValueError:
        return dataclasses.replace(payload, body=small_page(payload.body)), None
    return dataclasses.replace(payload, body=json.dumps(tree).encode()), tree


def broken(payload, tree, chance):
    if tree is not None and chance.random() < 0.8:
        return json.dumps(mutated(tree, chance)).encode("utf-8", "surrogatepass")
    return mutated_bytes(payload.body, chance)


@pytest.mark.parametrize("source", SOURCES)
def test_a_parser_reads_or_refuses_and_never_breaks(payloads, source):
    """A KeyError out of a parser stops the source with a traceback that names no field, and its neighbours with it."""
    chance, parse, refused, empty = dice(source), source_of(source).parse, 0, 0
    for payload, _ in payloads[source]:
        assert isinstance(parse(payload.body, payload.captured_at, payload.endpoint), Parsed)
    cases = CASES[source] * TIMES
    for case in range(cases):
        payload, tree = chance.choice(payloads[source])
        body = broken(payload, tree, chance)
        try:
            parsed = parse(body, payload.captured_at, payload.endpoint)
            assert isinstance(parsed, Parsed)
            empty += not (parsed.games or parsed.quotes or parsed.splits)
        except PayloadShapeError:
            refused += 1
        except Exception as error:  # noqa: BLE001 - the point
            pytest.fail(f"{source}, seed {SEED}, case {case}: {type(error).__name__}: {error}\n{body[:3000]!r}")
    assert refused + empty < 0.9 * cases, "the mutations never reach a row"
    print(f"{source}: {cases:,} cases, {refused:,} refused, {empty:,} without a row")


def test_no_prefix_of_a_payload_breaks_its_parser(payloads):
    """A connection breaks off: every prefix of the smallest payload of each source, an even sample of the others."""
    left = CASES["prefixes"] * TIMES
    smallest = {source: min(payloads[source], key=lambda one: len(one[0].body))[0] for source in SOURCES}
    cuts = [(source, payload, cut) for source, payload in smallest.items() for cut in range(len(payload.body))]
    others = [
        (source, payload) for source in SOURCES for payload, _ in payloads[source] if payload is not smallest[source]
    ]
    assert left >= len(cuts), f"every prefix of the smallest payloads takes {len(cuts):,} cases"
    each = -(-(left - len(cuts)) // len(others))
    for source, payload in others:
        cuts += [(source, payload, len(payload.body) * step // each) for step in range(each)]
    for source, payload, cut in cuts:
        try:
            source_of(source).parse(payload.body[:cut], payload.captured_at, payload.endpoint)
        except PayloadShapeError:
            pass
        except Exception as error:  # noqa: BLE001 - the point
            pytest.fail(f"{source}, {payload.endpoint}, prefix of {cut}: {type(error).__name__}: {error}")
    assert len(cuts) >= left


def test_what_a_parser_took_the_tables_take(payloads, database):
    """A value that a parser lets through and PostgreSQL refuses takes the whole batch of a source with it."""
    chance, written = dice("rows into tables"), 0
    with database.connect() as connection:
        for case in range(CASES["rows into tables"] * TIMES):
            source = chance.choice(SOURCES)
            payload, tree = chance.choice(payloads[source])
            body = broken(payload, tree, chance)
            report = ingest.IngestReport(source)
            try:
                with connection.transaction(force_rollback=True):
                    stored = ingest._store(connection, [dataclasses.replace(payload, body=body)], report)
                    ingest._parse_and_write(connection, source_of(source), stored, report)
                    ingest._link(connection, source, report, day=None)
            except (psycopg.Error, ValueError, TypeError, KeyError, ArithmeticError) as error:
                pytest.fail(f"{source}, seed {SEED}, case {case}: {type(error).__name__}: {error}\n{body[:3000]!r}")
            written += report.written.games + report.written.quotes + report.written.splits > 0
    assert written > 0.2 * CASES["rows into tables"] * TIMES


def test_the_cases_come_to_a_hundred_thousand():
    """What is promised of a run of the long checks; each reader's test makes as many as stand here."""
    assert sum(CASES.values()) >= 100_000
