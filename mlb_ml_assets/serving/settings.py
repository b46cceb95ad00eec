"""Settings of the API: address, authorization, limits.

Belongs here: reading the environment once into a value; safe defaults.
Not here: settings of the database (warehouse/settings.py).
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from mlb_ml_assets.warehouse.settings import SettingsError

LOOPBACK = "127.0.0.1"
_LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


def is_loopback(host: str) -> bool:
    """Whether only programs on this machine can reach a server bound to `host`."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


@dataclass(frozen=True)
class ServingSettings:
    """The API's own settings.

    Attributes:
        host, port: address to listen on.
        require_keys: every request but health needs an API key. Always true if the address is not loopback.
        allowed_hosts: host names that a request may be addressed to; empty means any. On loopback only local names:
            otherwise any web page in a local browser could read the API through a name that resolves to 127.0.0.1.
        trusted_proxies: addresses or networks whose X-Forwarded-For is believed; empty means none.
        requests_per_minute: of one key without a limit of its own.
        failures_per_minute: invalid keys from one client address.
        max_body_bytes: larger requests are refused unread.
        max_header_bytes: request line and headers together.
        request_seconds: a connection must complete a request, body included, within this time.
        write_seconds: a client must read some of its response within this time.
        max_unfinished: connections with an incomplete request; beyond it the oldest is closed.
        max_batch: games in one /predict/batch.
        statement_timeout_ms: of every query of the API.
        connections: maximum number of database sessions.
        recheck_seconds: a cached slate is compared with the database at most this often.
        max_streams: open event streams.
        max_streams_per_key: of one API key.
        stream_poll_seconds: how often watched days are compared with the database, and keys of streams checked. A stake
            is on screen within a second of its commit; the comparison takes 1.5 ms of the server and 0.7 ms of the API.
    """

    host: str = LOOPBACK
    port: int = 8000
    require_keys: bool = False
    allowed_hosts: tuple[str, ...] = _LOCAL_NAMES
    trusted_proxies: tuple[str, ...] = ()
    requests_per_minute: int = 600
    failures_per_minute: int = 20
    max_body_bytes: int = 64 * 1024
    max_header_bytes: int = 32 * 1024
    request_seconds: float = 10.0
    write_seconds: float = 30.0
    max_unfinished: int = 128
    max_batch: int = 50
    statement_timeout_ms: int = 8000
    connections: int = 6
    recheck_seconds: float = 0.1
    max_streams: int = 100
    max_streams_per_key: int = 20
    stream_poll_seconds: float = 0.1

    @classmethod
    def bound_to(
        cls,
        host: str,
        port: int,
        *,
        require_keys: bool = False,
        environment: Mapping[str, str] | None = None,
    ) -> "ServingSettings":
        """Settings of a server on this address; the rest from the environment.

        MLB_ML_API_ALLOWED_HOSTS, MLB_ML_API_TRUSTED_PROXIES (both comma separated) and MLB_ML_API_RATE.

        Raises:
            SettingsError: naming the variable and its value.
        """
        environment = os.environ if environment is None else environment
        is_local = is_loopback(host)
        names = _list(environment, "MLB_ML_API_ALLOWED_HOSTS")
        return cls(
            host=host,
            port=port,
            require_keys=require_keys or not is_local,
            allowed_hosts=(*_LOCAL_NAMES, host, *names) if is_local else names,
            trusted_proxies=_networks(environment, "MLB_ML_API_TRUSTED_PROXIES"),
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
            raise SettingsError(f"MLB_ML_API_PORT is {port}: use a number from 1 to 65535")
        return cls.bound_to(environment.get("MLB_ML_API_HOST", "") or LOOPBACK, port, environment=environment)


def _positive(environment: Mapping[str, str], variable: str, default: int) -> int:
    value = environment.get(variable, "") or str(default)
    if not (value.isascii() and value.isdigit() and int(value) > 0):
        raise SettingsError(f"{variable} is {value!r}: use a whole number above 0")
    return int(value)


def _list(environment: Mapping[str, str], variable: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in environment.get(variable, "").split(",") if part.strip())


def _networks(environment: Mapping[str, str], variable: str) -> tuple[str, ...]:
    networks = _list(environment, variable)
    for network in networks:
        try:
            ip_network(network)
        except ValueError as error:
            raise SettingsError(f"{variable}: {network!r} is not an address or a network like 10.0.0.0/8") from error
    return networks
