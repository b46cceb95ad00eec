"""The event stream of an API in its own process.

Belongs here: which events a client receives when rows change.
Not here: its use by the page (test_page.py).
"""

import threading

import httpx

from mlb_ml_assets_tests.serving import slate_rows
from mlb_ml_assets_tests.serving.conftest import events_of
from mlb_ml_assets_tests.serving.slate_rows import DAY


def test_a_client_receives_what_changed_and_only_that(running):
    """Polling clients load the whole day every second, or miss the last update before first pitch."""
    with events_of(running.address, DAY) as events:
        first = next(events)
        assert first["full"]
        assert first["game_ids"] == running.served.games[:3]
        with running.served.database.connect() as connection:
            slate_rows.insert_prediction(connection, running.served.games[2], home=0.6)
        received = next(events)
        assert received["game_ids"] == [running.served.games[2]]
        assert not received["full"]
        assert received["games"][0]["prediction_id"] is not None
        assert received["id"] == received["version"] != first["id"]


def test_a_reconnecting_client_receives_what_it_missed_once(running):
    """A client that was offline missed a prediction; a reconnect reloaded everything."""
    with events_of(running.address, DAY) as events:
        seen = next(events)["id"]
    with events_of(running.address, DAY, **{"Last-Event-ID": seen}) as events:
        timer = threading.Timer(1.0, lambda: _settle(running.served))
        timer.start()
        received = next(events)
        timer.join()
        assert received["game_ids"] == [running.served.games[0]]
    with events_of(running.address, DAY, **{"Last-Event-ID": seen}) as events:
        assert next(events)["full"]


def test_a_transaction_that_commits_late_is_reported(running):
    """Ids are assigned at insert: a cursor over them skips the slow transaction."""
    with events_of(running.address, DAY) as events, running.served.database.connect() as slow:
        next(events)
        with slow.transaction():
            slow.execute(
                "UPDATE curated.ml_predictions SET risk_level = 'high' WHERE game_id = %s", (running.served.games[0],)
            )
            with running.served.database.connect() as quick:
                quick.execute(
                    "UPDATE curated.ml_predictions SET risk_level = 'low' WHERE game_id = %s",
                    (running.served.games[1],),
                )
            assert next(events)["game_ids"] == [running.served.games[1]]
        assert next(events)["game_ids"] == [running.served.games[0]]


def _settle(served) -> None:
    with served.database.connect() as connection:
        connection.execute(
            "UPDATE curated.ml_recommendations SET result = 'win' WHERE game_id = %s", (served.games[0],)
        )


def test_head_answers_as_get_without_a_body(running):
    """Monitors that send HEAD received 405; a stream kept the connection open."""
    with httpx.Client(base_url=running.address, trust_env=False, timeout=10) as client:
        for path in ("/health", f"/api/v2/slates/{DAY}/predictions", f"/?date={DAY}", "/nothing"):
            head, get = client.head(path), client.get(path)
            assert (head.status_code, head.content) == (get.status_code, b"")
            same = ("content-type", "content-length", "etag", "cache-control")
            assert [head.headers.get(name) for name in same] == [get.headers.get(name) for name in same]
        stream = client.head("/api/v2/stream", params={"date": str(DAY)})
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        # The same connection serves further requests.
        assert client.get("/health/live").status_code == 200
