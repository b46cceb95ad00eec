"""The simulated sources over real HTTP: clock, ETag, every fault, and the record of what was published.

Belongs here: the server and its faults, asked by a plain HTTP client and by the pipeline's own.
Not here: what the payloads say (test_payloads.py).
"""

import contextlib
import gzip
import http.client
import json
from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from mlb_ml_assets.simulation.faults import Fault, Faults
from mlb_ml_assets.simulation.server import SourceServer
from mlb_ml_assets.sources import action_network
from mlb_ml_assets.sources.http import Limits, SourceRefused, SourceUnavailable
from mlb_ml_assets.sources.rows import PayloadShapeError
from mlb_ml_assets_tests.simulated_sources import fetch_from

BOARD = "/wp-json/adpt/v1/mlb-odds"


@pytest.fixture
def server(league):
    """A server of its own for each test."""
    with SourceServer(league, league.config.now, faults=Faults(slow_seconds=0.05)) as running:
        yield running


@pytest.fixture
def client(server):
    """A plain client of it."""
    with httpx.Client(base_url=server.url, timeout=10) as plain:
        yield plain


def test_it_listens_on_loopback_and_stops(league):
    """A simulator open to the network, or one left behind by a test, is a nuisance to others."""
    server = SourceServer(league, league.config.now)
    with pytest.raises(RuntimeError, match="not running"):
        _ = server.url
    url = server.start()
    assert url.startswith("http://127.0.0.1:")
    assert httpx.get(url + BOARD).status_code == 200
    server.stop()
    server.stop()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url + BOARD, timeout=2)


def test_the_clock_decides_what_is_told(server, client):
    """A server that answers by the machine's clock would give another board every day."""
    first = client.get(BOARD)
    assert parsedate_to_datetime(first.headers["date"]) == server.clock.replace(microsecond=0)
    server.advance(timedelta(hours=5))
    assert client.get(BOARD).content != first.content


def test_an_unchanged_payload_is_304(server, client):
    """Polling every minute must not move megabytes."""
    first = client.get(BOARD)
    again = client.get(BOARD, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    server.advance(timedelta(hours=6))
    later = client.get(BOARD, headers={"If-None-Match": first.headers["etag"]})
    assert later.status_code == 200
    assert later.headers["etag"] != first.headers["etag"]


def test_gzip_is_used_where_it_is_asked_for(server):
    """The client's own decompression is only tested if a server compresses."""
    with httpx.Client(base_url=server.url) as client:
        packed = client.get(BOARD, headers={"Accept-Encoding": "gzip"})
        plain = client.get(BOARD, headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content


@pytest.mark.parametrize(
    ("fault", "status"), [(Fault.FORBIDDEN, 403), (Fault.TOO_MANY_REQUESTS, 429), (Fault.SERVER_ERROR, 500)]
)
def test_refusals(server, client, fault, status):
    """Each has its own meaning to a client: give up, wait so long, try again."""
    server.faults.once(fault, path=BOARD)
    refused = client.get(BOARD)
    assert refused.status_code == status
    assert ("retry-after" in refused.headers) == (status == 429)
    assert client.get(BOARD).status_code == 200


def test_a_cut_body_is_shorter_than_announced(server):
    """A client that takes what came for the whole would parse half a board."""
    server.faults.once(Fault.CUT_BODY)
    connection = http.client.HTTPConnection(*server.url.removeprefix("http://").split(":"))
    connection.request("GET", BOARD)
    with pytest.raises(http.client.IncompleteRead):
        connection.getresponse().read()
    connection.close()


def test_a_broken_gzip_does_not_decompress(server, client):
    """A bad proxy's gift."""
    server.faults.once(Fault.BROKEN_GZIP)
    with pytest.raises(httpx.DecodingError):
        client.get(BOARD, headers={"Accept-Encoding": "gzip"})


def test_a_changed_layout_is_well_formed_and_unreadable(server, client):
    """It is the one fault that HTTP does not show."""
    server.faults.once(Fault.CHANGED_LAYOUT, path="scoreboard")
    answer = client.get("/web/v2/scoreboard/mlb")
    assert answer.status_code == 200
    json.loads(answer.content)
    with pytest.raises(PayloadShapeError):
        action_network.parse(answer.content, server.clock)


def test_duplicates_and_reordering_say_the_same(server, client, league):
    """Staging must not depend on the order in which a source happens to list things."""
    event = league.games["action_network_id"][
        league.games.index[league.games["official_date"] == league.config.today][4]
    ]
    url = f"/web/v2/markets/event/{event}/history"

    def last_prices():
        parsed = action_network.parse(client.get(url).content, server.clock, url)
        return {(q.book_id, q.market_type, q.side, q.updated_at): (q.odds, q.line_value) for q in parsed.quotes}

    healthy = last_prices()
    bodies = [client.get(url).content]
    for fault in (Fault.DUPLICATED, Fault.REORDERED):
        server.faults.once(fault)
        bodies.append(client.get(url).content)
        server.faults.once(fault)
        assert last_prices() == healthy
    assert len({len(body) for body in bodies[:2]}) == 2
    assert bodies[2] != bodies[0]


def test_a_skewed_clock_shows_in_the_vendors_stamps(server, client):
    """A vendor whose clock runs ahead stamps prices in the future."""
    server.faults.clock_skew = timedelta(minutes=7)
    answer = client.get("/v4/sports/baseball_mlb/odds", params={"apiKey": "x"})
    assert parsedate_to_datetime(answer.headers["date"]) > server.clock
    stamps = [m["last_update"] for e in answer.json() for b in e["bookmakers"] for m in b["markets"]]
    assert max(stamps) > server.clock.strftime("%Y-%m-%dT%H:%M:%SZ")


def test_rates_strike_about_so_often_and_by_seed(league):
    """Faults by chance that differ from run to run make a failing test a rumour."""
    struck = []
    for _ in range(2):
        faults = Faults(seed=3)
        faults.everything(0.05)
        struck.append([faults.strike("/x") for _ in range(2000)])
    assert struck[0] == struck[1]
    share = sum(fault is not None for fault in struck[0]) / 2000
    assert share == pytest.approx(9 * 0.05, abs=0.05)
    assert set(struck[0]) == {None, *Fault}


def test_all_sources_clients_find_it(server, monkeypatch, league):
    """One missing variable would send a test to the real source."""
    fetch_from(server, monkeypatch)
    from mlb_ml_assets.sources import mlb_stats_api, sportsbettingdime, the_odds_api, vsin

    for source in (action_network, mlb_stats_api, sportsbettingdime, the_odds_api, vsin):
        with source.client(limits=Limits(interval=0.0)) as client:
            payload = next(iter(source.fetch(client, league.config.today)))
            parsed = source.parse(payload.body, server.clock, payload.endpoint)
            assert len(parsed.games) > 10, source.SOURCE


def test_every_change_told_is_on_record_and_reaches_a_client_through_all_faults(server, monkeypatch, league):
    """The promise of the collectors, in small: with every fault on, what was published is what was got."""
    fetch_from(server, monkeypatch)
    server.faults.everything(0.09)
    server.faults.rates.pop(Fault.CHANGED_LAYOUT)
    server.faults.retry_after = 0
    today = league.config.today
    got = {}
    for hours in (-6, -3, 0):
        server.clock = league.config.now + timedelta(hours=hours)
        with action_network.client(limits=Limits(interval=0.0), pause=lambda _seconds: None) as client:
            for event in league.games.loc[league.games["official_date"] == today, "action_network_id"]:
                payload = until_it_answers(
                    lambda event=event, client=client: action_network.fetch_history(client, str(event))
                )
                parsed = action_network.parse(payload.body, server.clock, payload.endpoint)
                got |= {
                    (int(q.source_game_id), int(q.book_id), q.market_type, q.side, q.updated_at): (q.odds, q.line_value)
                    for q in parsed.quotes
                }
    published = {key: price[:2] for key, price in server.published.items() if price[2] != "suspended" and not price[3]}
    assert len(published) > 2000
    assert got == published
    assert {fault for _, _, fault in server.requests} >= {Fault.SERVER_ERROR, Fault.CUT_BODY, Fault.BROKEN_GZIP}


def until_it_answers(ask):
    for _ in range(50):
        try:
            return ask()
        except (SourceUnavailable, SourceRefused):
            continue
    raise AssertionError("fifty refusals in a row")


def test_a_response_that_did_not_arrive_whole_is_not_on_record(server, client, league):
    """Else the promise above would count changes that no client ever saw."""
    event = league.games["action_network_id"][
        league.games.index[league.games["official_date"] == league.config.today][4]
    ]
    url = f"/web/v2/markets/event/{event}/history"
    for fault in (Fault.CUT_BODY, Fault.BROKEN_GZIP, Fault.SERVER_ERROR, Fault.CHANGED_LAYOUT):
        server.faults.once(fault)
        with contextlib.suppress(httpx.HTTPError):
            client.get(url)
        assert server.published == {}
    client.get(url)
    assert len(server.published) > 100


def test_bodies_are_what_the_answers_say(server, client, answers, league):
    """HTTP adds nothing and takes nothing away."""
    assert client.get(BOARD).content == answers.get(BOARD, league.config.now).body
    raw = httpx.get(server.url + BOARD, headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(gzip.compress(raw.content)) == answers.get(BOARD, league.config.now).body
