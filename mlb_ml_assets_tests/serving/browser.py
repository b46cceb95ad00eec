"""A real browser for the tests of pages: Debian's Chromium, driven through chromedriver over plain HTTP.

Belongs here: starting and ending it, the few WebDriver and DevTools commands that the tests use.
Not here: expected content of pages.
"""

import base64
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import axe_core_python
import httpx

ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--hide-scrollbars",
    "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
)  # fmt: skip


def missing() -> str:
    """The missing programs in words, or an empty text."""
    absent = [name for name in ("chromium", "chromedriver") if shutil.which(name) is None]
    return f"not installed: {', '.join(absent)}" if absent else ""


class Browser:
    """One window."""

    def __init__(self, address: str, session: str, client: httpx.Client) -> None:
        self._base = f"{address}/session/{session}"
        self._client = client

    def _call(self, method: str, command: str, **body: Any) -> Any:
        answer = self._client.request(method, f"{self._base}{command}", json=body if method == "POST" else None)
        value = answer.json()["value"]
        assert answer.is_success, value
        return value

    def open(self, url: str) -> None:
        """Load a page; returns when its document is complete."""
        self._call("POST", "/url", url=url)

    def run(self, script: str, *arguments: Any) -> Any:
        """The result of a function body run in the page."""
        return self._call("POST", "/execute/sync", script=script, args=list(arguments))

    def run_async(self, script: str) -> Any:
        """What a script hands to its first argument, a callback."""
        return self._call("POST", "/execute/async", script=script, args=[])

    def devtools(self, command: str, **parameters: Any) -> Any:
        """One DevTools command."""
        return self._call("POST", "/goog/cdp/execute", cmd=command, params=parameters)

    def size(self, width: int, height: int, *, phone: bool = False) -> None:
        """Set the size of the screen, CSS pixels."""
        self.devtools(
            "Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=phone
        )

    def dark(self, on: bool = True) -> None:
        """Set the preferred color scheme."""
        features = [{"name": "prefers-color-scheme", "value": "dark" if on else "light"}]
        self.devtools("Emulation.setEmulatedMedia", features=features)

    def type_keys(self, keys: str) -> None:
        """Press keys wherever the focus is."""
        presses = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._call("POST", "/actions", actions=[{"type": "key", "id": "keys", "actions": presses}])

    def text(self, selector: str) -> str:
        """The visible text of the first matching element, or an empty text."""
        return str(self.run("return document.querySelector(arguments[0])?.innerText ?? ''", selector))

    def until(self, script: str, *arguments: Any, seconds: float = 15) -> Any:
        """The result of a function body, once it is true."""
        deadline = time.monotonic() + seconds
        while not (value := self.run(script, *arguments)):
            assert time.monotonic() < deadline, f"never true: {script}\n{self.text('body')[:800]}"
            time.sleep(0.1)
        return value

    def log(self) -> list[dict[str, Any]]:
        """Messages of the console since the last call."""
        return list(self._call("POST", "/se/log", type="browser"))

    def errors(self) -> list[str]:
        """Errors of the console, without the status of pages that fail on purpose."""
        severe = [each["message"] for each in self.log() if each["level"] == "SEVERE"]
        return [message for message in severe if "Failed to load" not in message]

    def axe(self) -> list[str]:
        """Findings of axe on the page, each with impact, rule and the first element."""
        self.run((Path(axe_core_python.__file__).parent / "axe.min.js").read_text(encoding="utf-8"))
        script = "const done = arguments[0]; axe.run().then((found) => done(found.violations))"
        found = self.run_async(script)
        return [f"{each['impact']} {each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]

    def screenshot(self, path: Path) -> None:
        """The window as PNG."""
        path.write_bytes(base64.b64decode(self._call("GET", "/screenshot")))


@contextmanager
def browser() -> Iterator[Browser]:
    """A new browser with an empty profile, gone with the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        driver = subprocess.Popen(
            ["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        with httpx.Client(timeout=60, trust_env=False) as client:
            try:
                _await_driver(client, address)
                options = {"args": [*ARGUMENTS, f"--user-data-dir={profile}"], "binary": shutil.which("chromium")}
                wanted = {"goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}
                answer = client.post(f"{address}/session", json={"capabilities": {"alwaysMatch": wanted}})
                assert answer.is_success, answer.text
                session = answer.json()["value"]["sessionId"]
                try:
                    window = Browser(address, session, client)
                    # Nothing gives a headless window the focus, and Chromium 150 dispatches no focus event without it.
                    window.devtools("Emulation.setFocusEmulationEnabled", enabled=True)
                    yield window
                finally:
                    client.delete(f"{address}/session/{session}")
            finally:
                driver.terminate()
                try:
                    driver.wait(20)
                except subprocess.TimeoutExpired:
                    # A browser on a busy machine; the page's own checks are over.
                    driver.kill()
                    driver.wait()


def _await_driver(client: httpx.Client, address: str) -> None:
    for _ in range(100):
        try:
            if client.get(f"{address}/status").json()["value"]["ready"]:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise AssertionError("chromedriver does not answer")
