"""How the API is run: address, who may call, limits.

Belongs here: the environment read once into a value, and what is safe by default.
Not here: where the database is (warehouse/settings.py).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from mlb_ml_assets.warehouse.settings import SettingsError

LOOPBACK = "127.0.0.1"
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Whether only programs of this machine can reach a server bound to `host`."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class ServingSettings:
    """The API's own settings.

    Attributes:
        host, port: where it listens.
        require_keys: every request but health needs an API key. Always so where the address is not loopback.
        allowed_hosts: host names that a request may be addressed to; empty means any. On loopback only local names:
            else any page in a browser here could read the API through a name that it points at 127.0.0.1.
        requests_per_minute: of one key without a limit of its own.
        failures_per_minute: refused keys of one client address.
        max_body_bytes: larger requests are refused unread.
        max_batch: games in one /predict/batch.
        statement_timeout_ms: of every query of the API.
        connections: to the database, at most.
        recheck_seconds: a cached slate is compared with the database at most this often.
        max_streams: open event streams.
        stream_poll_seconds: how often watched days are compared with the database.
    """

    host: str = LOOPBACK
    port: int = 8000
    require_keys: bool = False
    allowed_hosts: tuple[str, ...] = _LOCAL_NAMES
    requests_per_minute: int = 600
    failures_per_minute: int = 20
    max_body_bytes: int = 64 * 1024
    max_batch: int = 50
    statement_timeout_ms: int = 8000
    connections: int = 6
    recheck_seconds: float = 0.25
    max_streams: int = 100
    stream_poll_seconds: float = 2.0

    @classmethod
    def bound_to(
        cls,
        host: str,
        port: int,
        *,
        require_keys: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> "ServingSettings":
        """Settings of a server on that address; limits from MLB_ML_API_ALLOWED_HOSTS and MLB_ML_API_RATE.

        Raises:
            SettingsError: naming the variable and its value.
        """
        environment = os.environ if environment is None else environment
        local = is_loopback(host)
        named = tuple(
            name.strip() for name in environment.get("MLB_ML_API_ALLOWED_HOSTS", "").split(",") if name.strip()
        )
        return cls(
            host=host,
            port=port,
            require_keys=require_keys or not local,
            allowed_hosts=(*_LOCAL_NAMES, host, *named) if local else named,
            requests_per_minute=_positive(environment, "MLB_ML_API_RATE", cls.requests_per_minute),
        )

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "ServingSettings":
        """MLB_ML_API_HOST (default loopback) and MLB_ML_API_PORT (8000).

        Raises:
            SettingsError: naming the variable and its value.
        """
        environment = os.environ if environment is None else environment
        port = _positive(environment, "MLB_ML_API_PORT", cls.port)
        if port > 65535:
            raise SettingsError(f"MLB_ML_API_PORT is {port}: a number from 1 to 65535 is needed")
        return cls.bound_to(environment.get("MLB_ML_API_HOST", "") or LOOPBACK, port, environment=environment)


def _positive(environment: Mapping[str, str], variable: str, default: int) -> int:
    value = environment.get(variable, "") or str(default)
    if not (value.isascii() and value.isdigit() and int(value) > 0):
        raise SettingsError(f"{variable} is {value!r}: a whole number above 0 is needed")
    return int(value)
