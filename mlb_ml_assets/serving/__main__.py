"""`python -m mlb_ml_assets.serving`: the API as a process.

Belongs here: options, what is said at the start, the server's settings.
Not here: the application (app.py).
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence

import uvicorn

from mlb_ml_assets.serving.app import build_app
from mlb_ml_assets.serving.settings import ServingSettings, is_loopback
from mlb_ml_assets.warehouse.settings import SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal; 2 for options or variables that cannot be used."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    try:
        settings = _settings(arguments)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    # It would write down the registry's address each time that we ask.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    log = logging.getLogger("mlb_ml.api")
    if settings.require_keys:
        log.info("API keys are needed: `mlb-ml api-key create LABEL` makes one")
    if not is_loopback(settings.host):
        log.info("bound to %s: put TLS in front of it, keys travel with every request", settings.host)
    uvicorn.run(
        build_app(settings),
        host=settings.host,
        port=settings.port,
        access_log=False,
        server_header=False,
        date_header=True,
        # Whoever claims to be forwarded may claim any address: limits count by the real peer.
        proxy_headers=False,
        log_config=None,
        timeout_keep_alive=20,
        # Event streams never end by themselves.
        timeout_graceful_shutdown=3,
        h11_max_incomplete_event_size=32 * 1024,
    )
    return 0


def _settings(arguments: Sequence[str] | None) -> ServingSettings:
    given = ServingSettings.from_environment()
    parser = argparse.ArgumentParser(
        prog="python -m mlb_ml_assets.serving", description="The Prediction API and its page."
    )
    parser.add_argument("--host", default=given.host, help="Address to listen on; any but loopback demands API keys.")
    parser.add_argument("--port", type=int, default=given.port)
    parser.add_argument("--require-keys", action="store_true", help="Demand API keys on loopback too.")
    options = parser.parse_args(arguments)
    if not 0 < options.port < 65536:
        raise SettingsError(f"--port is {options.port}: a number from 1 to 65535 is needed")
    return ServingSettings.bound_to(
        options.host, options.port, require_keys=options.require_keys, environment=os.environ
    )


if __name__ == "__main__":
    sys.exit(main())
