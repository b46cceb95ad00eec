"""How long a committed price takes to the slate page that somebody has open.

Belongs here: one game's prices moved as an outside collector would, a real browser that is asked what it shows.
Not here: the way to the stored stake (quote_to_stake.py), promises about the page (mlb_ml_assets_tests/serving).

`python -m benchmarks.quote_to_screen [COMMITS]` beside `python -m benchmarks.quote_to_stake up`, with the dependencies
of `make test`, Chromium and its driver. A commit is on the screen once the page, which is never loaded again, names
its stamp as that of the newest forecast. The parts end when the stake is read back from the database, when the page
asks for the new slate, when it has it, and when it shows it. PICTURES=FOLDER keeps the page before the first commit and
after the last.
"""

import os
import statistics
import sys
import time
from itertools import pairwise
from pathlib import Path
from threading import Thread
from typing import Any

import psycopg

from benchmarks.quote_to_stake import Collector, Latencies, NoStake
from mlb_ml_assets.commands.demo_home import use_demo_home
from mlb_ml_assets.domain.clock import today
from mlb_ml_assets.stack.database import ensure_database
from mlb_ml_assets.stack.processes import LOOPBACK
from mlb_ml_assets.stack.service_list import answers, read_port
from mlb_ml_assets.warehouse.connection import connect
from mlb_ml_assets_tests.serving.browser import Browser, browser, missing

PATIENCE = 30.0
_LIVE = "return document.querySelector('#live')?.textContent"
# The newest forecast is of that stamp; and how many lines show a price of it, with its age.
_SHOWN = "return document.querySelector(`#slate dd time[datetime='${arguments[0]}']`) !== null"
_LINES = """
    return [...document.querySelectorAll(`td.fresh time[datetime='${arguments[0]}']`)].map((time) => {
        const [pick, price] = ['pick', 'price'].map((name) => time.closest('tr').querySelector(`td.${name}`).innerText);
        return `${pick} ${price}, ${time.innerText} old`;
    })
"""
# When a slate was asked for, had, and shown, in seconds of the machine's clock; the last one is the newest.
_WATCH = """
    window.shown = [];
    new MutationObserver(() => {
        const now = performance.now(), asked = performance.getEntriesByType("resource").at(-1);
        const instants = asked ? [asked.startTime, asked.responseEnd, now] : [];
        shown.push(instants.map((ms) => (performance.timeOrigin + ms) / 1000));
        performance.clearResourceTimings();
    }).observe(document.querySelector("main"), { childList: true });
"""
PARTS = ("stake stored", "page notices", "has the slate", "shows it")


def measure(
    window: Browser, collector: Collector, watcher: psycopg.Connection[Any], commits: int
) -> tuple[Latencies, dict[str, float], list[str]]:
    """Seconds from each commit to the screen, the median seconds of each part, and the lines of the last one's prices.

    Raises:
        NoStake: a commit is not on the screen after PATIENCE seconds.
    """
    found, lines, parts = Latencies(), list[str](), list[list[float]]()
    window.run(_WATCH)
    for _ in range(commits):
        stamp = collector.move()
        at, since = stamp.isoformat(), time.perf_counter()
        instants = [time.time()]

        def await_stake(stamp: Any = stamp, instants: list[float] = instants, since: float = since) -> None:
            while not collector.is_answered(watcher, stamp) and time.perf_counter() - since < PATIENCE:
                time.sleep(0.01)
            instants.append(time.time())

        watching = Thread(target=await_stake)
        watching.start()
        while not window.run(_SHOWN, at):
            if time.perf_counter() - since > PATIENCE:
                raise NoStake(f"the prices of {at} are not on the page after {PATIENCE:.0f} s: see logs/pricer.log")
            time.sleep(0.02)
        found.seconds.append(time.perf_counter() - since)
        watching.join()
        instants += window.run("return shown.at(-1)")
        parts.append([later - earlier for earlier, later in pairwise(instants)])
        lines = window.run(_LINES, at)
        # Not in step with the polls.
        time.sleep(0.5 + 0.1 * (len(found.seconds) % 7) / 7)
    medians = [statistics.median(seconds) for seconds in zip(*parts, strict=True)]
    return found, dict(zip(PARTS, medians, strict=True)), lines


def main(commits: int) -> None:
    """Print the latencies and what the page shows of the last price."""
    if missing():
        raise NoStake(missing())
    use_demo_home()
    address = f"http://{LOOPBACK}:{read_port('MLB_ML_API_PORT', 8000)}"
    if not answers(f"{address}/health/live"):
        raise NoStake(f"no page at {address}: run `python -m benchmarks.quote_to_stake up`")
    pictures = os.environ.get("PICTURES")
    dsn = ensure_database().dsn
    with (
        browser() as window,
        connect(dsn, "mlb_ml:collector", autocommit=True) as connection,
        connect(dsn, "mlb_ml:bench", autocommit=True) as watcher,
    ):
        collector = Collector(connection, 1)
        window.size(1280, 1600)
        window.open(f"{address}/?date={today().isoformat()}")
        window.until(_LIVE)
        if pictures:
            window.screenshot(Path(pictures, "before.png"))
        found, parts, lines = measure(window, collector, watcher, commits)
        if pictures:
            window.screenshot(Path(pictures, "after.png"))
    print(f"one game to the screen  {found.summary()}")
    print("   ms: " + ", ".join(f"{name} {1000 * seconds:.0f}" for name, seconds in parts.items()))
    print(f"   the page shows: {'; '.join(lines) or 'no price of the last commit: another book has a better one'}")


if __name__ == "__main__":
    main(*map(int, [*sys.argv[1:2], "20"][:1]))
