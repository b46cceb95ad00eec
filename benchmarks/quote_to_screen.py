"""How long a committed price takes to the slate page that somebody has open.

Belongs here: one game's prices moved as an outside collector would, and a real browser that is asked what it shows.
Not here: the way to the stored stake (quote_to_stake.py), promises about the page (mlb_ml_assets_tests/serving).

`python -m benchmarks.quote_to_screen [COMMITS]` beside `python -m benchmarks.quote_to_stake up`, with the dependencies
of `make test`, Chromium and its driver. A commit is on the screen once the page, which is never loaded again, names
its stamp as that of the newest forecast. PICTURES=FOLDER keeps the page before the first commit and after the last.
"""

import os
import sys
import time
from pathlib import Path

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


def measure(window: Browser, collector: Collector, commits: int) -> tuple[Latencies, list[str]]:
    """Seconds from each commit to the screen, and the lines that show the last one's prices.

    Raises:
        NoStake: a commit is not on the screen after PATIENCE seconds.
    """
    found, lines = Latencies(), list[str]()
    for _ in range(commits):
        at = collector.move().isoformat()
        since = time.perf_counter()
        while not window.run(_SHOWN, at):
            if time.perf_counter() - since > PATIENCE:
                raise NoStake(f"the prices of {at} are not on the page after {PATIENCE:.0f} s: see logs/pricer.log")
            time.sleep(0.005)
        found.seconds.append(time.perf_counter() - since)
        lines = window.run(_LINES, at)
        # Not in step with the polls.
        time.sleep(0.5 + 0.1 * (len(found.seconds) % 7) / 7)
    return found, lines


def main(commits: int) -> None:
    """Print the latencies and what the page shows of the last price."""
    if missing():
        raise NoStake(missing())
    use_demo_home()
    address = f"http://{LOOPBACK}:{read_port('MLB_ML_API_PORT', 8000)}"
    if not answers(f"{address}/health/live"):
        raise NoStake(f"no page at {address}: run `python -m benchmarks.quote_to_stake up`")
    pictures = os.environ.get("PICTURES")
    with browser() as window, connect(ensure_database().dsn, "mlb_ml:collector", autocommit=True) as connection:
        collector = Collector(connection, 1)
        window.size(1280, 1600)
        window.open(f"{address}/?date={today().isoformat()}")
        window.until(_LIVE)
        if pictures:
            window.screenshot(Path(pictures, "before.png"))
        found, lines = measure(window, collector, commits)
        if pictures:
            window.screenshot(Path(pictures, "after.png"))
    print(f"one game to the screen  {found.summary()}")
    print(f"   the page shows: {'; '.join(lines) or 'no price of the last commit: another book has a better one'}")


if __name__ == "__main__":
    main(*map(int, [*sys.argv[1:2], "20"][:1]))
