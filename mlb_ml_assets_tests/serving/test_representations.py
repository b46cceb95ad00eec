"""Values that are compared with their origin every so often.

Belongs here: who waits for a revalidation, and what happens when it fails.
Not here: what is kept (test_api.py, test_page.py).
"""

import asyncio
import threading

import pytest

from mlb_ml_assets.serving.representations import Checked


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_nobody_waits_for_a_value_that_may_be_older():
    """A page with a new stake waited half a second for the movement of six hundred prices."""
    clock, may_go_on, loads = Clock(), threading.Event(), []

    def load(key, held):
        if held is not None:
            assert may_go_on.wait(10)
        loads.append(held)
        return len(loads)

    async def ask():
        kept = Checked(load, every=15.0, oldest=60.0, now=clock)
        assert await kept.get("day") == 1
        clock.now = 20.0
        # Two requests, one revalidation, for which neither waits.
        assert [await kept.get("day"), await kept.get("day")] == [1, 1]
        may_go_on.set()
        while await kept.get("day") == 1:
            await asyncio.sleep(0.01)
        assert loads == [None, 1]
        clock.now = 100.0
        assert await kept.get("day") == 3

    asyncio.run(ask())


def test_an_error_beside_the_requests_reaches_them_once_the_value_is_too_old():
    """A database that was gone for an hour would have been shown as the slate of an hour ago."""
    clock = Clock()

    def load(key, held):
        if held is not None:
            raise ConnectionError("gone")
        return 1

    async def ask():
        kept = Checked(load, every=15.0, oldest=60.0, now=clock)
        await kept.get("day")
        clock.now = 20.0
        assert await kept.get("day") == 1
        await asyncio.sleep(0.2)
        clock.now = 61.0
        with pytest.raises(ConnectionError, match="gone"):
            await kept.get("day")

    asyncio.run(ask())
