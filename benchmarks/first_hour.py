"""`python -m benchmarks.first_hour [--offline]`: an empty machine to a page with two seasons, with a transcript.

Belongs here: a publisher on loopback, `mlb-ml start` in an empty home, the time at which each line was printed.
Not here: the archives (simulation/season_archives.py), what `start` does (commands/start.py).
"""

import argparse
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qsl, urlsplit

from mlb_ml_assets.simulation.config import SimulationConfig
from mlb_ml_assets.simulation.league import League, simulate_league
from mlb_ml_assets.simulation.payloads import Answers
from mlb_ml_assets.simulation.season_archives import write_register, write_season_archives

CONFIG = SimulationConfig(first_day=date(2023, 4, 1), today=date(2024, 9, 27), season_days=181)
SEASONS = f"{CONFIG.seasons[0]}-{CONFIG.seasons[-1]}"
GOAL_SECONDS = 300
PORTS = ("MLB_ML_MLFLOW_PORT", "MLB_ML_DAGSTER_PORT", "MLB_ML_API_PORT")
OTHERS = ("POSTGRES_", "MLFLOW_", "DAGSTER_", "MLB_ML_")
PAGES = ("/", "/performance")


def serve_archives(league: League, folder: Path) -> str:
    """Publish the archives of a league, and MLB's schedule, on loopback; the address of this mirror."""
    files = {f"/downloads/{path.name[:4]}/{path.name}": path for path in folder.glob("*.zip")}
    files |= {f"/chadwickbureau/register/master/data/{path.name}": path for path in folder.glob("people-*.csv")}
    answers, now = Answers(league), CONFIG.now + timedelta(days=60)

    class Publisher(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            if parts.path in files:
                status, body = 200, files[parts.path].read_bytes()
            else:
                answer = answers.answer(parts.path, dict(parse_qsl(parts.query)), now)
                status, body = answer.status, answer.body
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_port}"


def follow_start(home: Path, source: list[str], began: float) -> dict[str, int]:
    """Run `mlb-ml start` to the page, print each line with its second, stop it; the size of each page."""
    home.mkdir(mode=0o755)
    environment = {name: value for name, value in os.environ.items() if not name.startswith(OTHERS)}
    ports = dict(zip(PORTS, map(str, _free_ports(len(PORTS))), strict=True))
    answers = ["--sources", "none", "--books", "any", "--bankroll", "1000", "--alerts", "none"]
    command = [sys.executable, "-m", "mlb_ml_assets.cli", "start", "--seasons", SEASONS, *answers, *source]
    print(f"$ mlb-ml {' '.join(command[3:])}")
    process = subprocess.Popen(  # noqa: S603 (our own command)
        command, cwd=home, env={**environment, **ports, "MLB_ML_HOME": str(home / ".mlb_ml")},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    sizes = {}
    for line in process.stdout:
        print(f"{time.monotonic() - began:6.1f} s  {line.rstrip()}", flush=True)
        if "Ctrl-C stops" in line:
            sizes = {page: _size_of(f"http://127.0.0.1:{ports['MLB_ML_API_PORT']}{page}") for page in PAGES}
            print(f"{time.monotonic() - began:6.1f} s  the pages answer: {sizes}")
            process.send_signal(signal.SIGINT)
    if process.wait() or not sizes:
        sys.exit(f"start ended with {process.returncode}")
    return sizes


def _free_ports(count: int) -> list[int]:
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


def _size_of(address: str) -> int:
    request = urllib.request.Request(address, headers={"Accept": "text/html"})  # noqa: S310 (our own port)
    with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310 (ditto)
        return len(answer.read())


def main() -> int:
    """Make the archives, then measure; 1 if the page took longer than five minutes."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.first_hour", description=__doc__.split("\n", 1)[0])
    parser.add_argument("--offline", action="store_true", help="archives in a folder instead of a mirror")
    offline = parser.parse_args().offline
    with tempfile.TemporaryDirectory(prefix="mlb_ml-first-") as folder:
        Path(folder).chmod(0o755)  # the database's own user passes through it
        archives, league = Path(folder) / "archives", simulate_league(CONFIG)
        write_season_archives(league, archives)
        write_register(league, archives)
        source = ["--from-folder", str(archives)] if offline else ["--base-url", serve_archives(league, archives)]
        began = time.monotonic()
        follow_start(Path(folder) / "home", source, began)
        seconds, used = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
        print(f"{seconds:.0f} s until everything was stopped again; CPU {used.ru_utime + used.ru_stime:.0f} s")
    return int(seconds > GOAL_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
