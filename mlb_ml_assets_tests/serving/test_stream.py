"""The stream of updates, from a process of its own.

Belongs here: what a client hears, and does not hear, when rows change.
Not here: the page's use of it (test_page.py).
"""

import threading

import httpx

from mlb_ml_assets_tests.serving import slate_rows
from mlb_ml_assets_tests.serving.conftest import events_of
from mlb_ml_assets_tests.serving.slate_rows import DAY


def test_a_client_hears_what_changed_and_only_that(running):
    """Polling clients that load the whole day every second, or miss the last update before the lock."""
    with events_of(running.address, DAY) as events:
        first = next(events)
        assert first["full"]
        assert first["game_ids"] == running.served.games[:3]
        with running.served.database.connect() as connection:
            slate_rows.insert_prediction(connection, running.served.games[2], home=0.6)
        heard = next(events)
        assert heard["game_ids"] == [running.served.games[2]]
        assert not heard["full"]
        assert heard["games"][0]["prediction_id"] is not None
        assert heard["id"] == heard["version"] != first["id"]


def test_a_client_that_comes_back_hears_what_it_missed_and_nothing_twice(running):
    """A laptop that slept through a prediction; a reconnect that reloads everything for nothing."""
    with events_of(running.address, DAY) as events:
        seen = next(events)["id"]
    with events_of(running.address, DAY, **{"Last-Event-ID": seen}) as events:
        timer = threading.Timer(1.0, lambda: _settle(running.served))
        timer.start()
        heard = next(events)
        timer.join()
        assert heard["game_ids"] == [running.served.games[0]]
    with events_of(running.address, DAY, **{"Last-Event-ID": seen}) as events:
        assert next(events)["full"]


def test_a_transaction_that_commits_late_is_still_heard(running):
    """Ids are handed out at insert: a cursor over them passes the slow transaction by for good."""
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


def test_head_tells_what_get_would_without_a_body_and_ends(running):
    """A watcher that asks by HEAD was told 405; an open stream would hold its connection for ever."""
    with httpx.Client(base_url=running.address, trust_env=False, timeout=10) as client:
        for path in ("/health", f"/api/v1/slates/{DAY}/predictions", f"/?date={DAY}", "/nothing"):
            asked, told = client.head(path), client.get(path)
            assert (asked.status_code, asked.content) == (told.status_code, b"")
            same = ("content-type", "content-length", "etag", "cache-control")
            assert [asked.headers.get(name) for name in same] == [told.headers.get(name) for name in same]
        stream = client.head("/api/v1/stream", params={"date": str(DAY)})
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        # The same connection serves on.
        assert client.get("/health/live").status_code == 200
