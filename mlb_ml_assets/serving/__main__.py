"""`python -m mlb_ml_assets.serving`: the API as a process.

Belongs here: options, messages at the start, settings of uvicorn.
Not here: the application (app.py).
"""

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from typing import Any

import uvicorn

from mlb_ml_assets.serving.app import build_app
from mlb_ml_assets.serving.process import raise_file_limit
from mlb_ml_assets.serving.protocol import LimitedProtocol
from mlb_ml_assets.serving.settings import ServingSettings, is_loopback
from mlb_ml_assets.warehouse.settings import SettingsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until a signal; 2 for invalid options or variables."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr)
    try:
        settings = _settings(arguments)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    # httpx logs the registry's address with every request.
    logging.getLogger("httpx").setLevel(logging.WARNING)
    log = logging.getLogger("mlb_ml.api")
    if settings.require_keys:
        log.info("API keys are required: `mlb-ml api-key create LABEL` creates one")
    if not is_loopback(settings.host):
        log.info("listening on %s: put TLS in front, every request carries its key", settings.host)
    raise_file_limit()
    uvicorn.run(build_app(settings), **server_options(settings))
    return 0


def server_options(settings: ServingSettings) -> dict[str, Any]:
    """Options of uvicorn, limits included."""
    return {
        "host": settings.host,
        "port": settings.port,
        "http": LimitedProtocol.with_limits(
            request_seconds=settings.request_seconds,
            write_seconds=settings.write_seconds,
            max_unfinished=settings.max_unfinished,
            max_header_bytes=settings.max_header_bytes,
        ),
        "ws": "none",
        "access_log": False,
        "server_header": False,
        "date_header": True,
        # X-Forwarded-For can contain any address: it is believed only from proxies that the settings name.
        "proxy_headers": bool(settings.trusted_proxies),
        "forwarded_allow_ips": list(settings.trusted_proxies),
        "log_config": None,
        "timeout_keep_alive": 20,
        # Event streams never end by themselves.
        "timeout_graceful_shutdown": 3,
    }


def _settings(arguments: Sequence[str] | None) -> ServingSettings:
    given = ServingSettings.from_environment()
    parser = argparse.ArgumentParser(
        prog="python -m mlb_ml_assets.serving", description="The Prediction API and its pages."
    )
    parser.add_argument("--host", default=given.host, help="Address to listen on; any but loopback requires API keys.")
    parser.add_argument("--port", type=int, default=given.port, help="Port to listen on.")
    parser.add_argument("--require-keys", action="store_true", help="Require API keys on loopback too.")
    options = parser.parse_args(arguments)
    if not 0 < options.port < 65536:
        raise SettingsError(f"--port is {options.port}: use a number from 1 to 65535")
    return ServingSettings.bound_to(
        options.host, options.port, require_keys=options.require_keys, environment=os.environ
    )


if __name__ == "__main__":
    sys.exit(main())
