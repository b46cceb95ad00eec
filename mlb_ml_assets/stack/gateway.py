"""The gateway in front of MLflow and of Dagster's web server, which have no login of their own.

Belongs here: which host, origin and secret a request needs, and the secret of an installation.
Not here: the applications behind it (mlflow_server.py, dagster_webserver.py), the API's keys (serving/).

It wraps the application in the process that listens, so that no port exists on which a request could go around it.
"""

import ipaddress
import os
import secrets
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import URL
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from mlb_ml_assets.stack.environment import make_private_folder
from mlb_ml_assets.stack.errors import StackError

# Names by which a browser or a tunnel on this machine reaches a service; any port, because a tunnel chooses its own.
_LOCAL_SUFFIX = ".localhost"
_POLICY_VIOLATION = 1008
_LEAST_TOKEN_LENGTH = 16


class TokenError(StackError, ValueError):
    """The secret of a service cannot be read, or anyone could have read it."""


class Gateway:
    """ASGI middleware that passes on the requests of this installation's owner, and no others.

    A request needs a local or listed Host, an Origin that equals it where one is sent, and the secret: as
    `Authorization: Bearer`, or as the cookie that a GET with `?token=` sets. Websockets need the same.

    Args:
        app: the application to protect.
        service: name in cookies and messages.
        token: the secret.
        allowed_hosts: names to answer besides local ones, with or without a port.
        open_paths: paths that a GET reaches without a secret and by any name, for health checks; they show no data.
        query_paths: paths where a GET with a `query` parameter could change something; refused.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: str,
        token: str,
        allowed_hosts: Iterable[str] = (),
        open_paths: Iterable[str] = (),
        query_paths: Iterable[str] = (),
    ) -> None:
        self._app, self._service, self._token = app, service, token
        self._allowed_hosts = frozenset(name.strip().lower() for name in allowed_hosts if name.strip())
        self._open_paths, self._query_paths = frozenset(open_paths), frozenset(query_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let the application answer."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        response = self._answer_instead(HTTPConnection(scope))
        if response is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await WebSocket(scope, receive, send).close(_POLICY_VIOLATION)
        else:
            await response(scope, receive, send)

    def _answer_instead(self, connection: HTTPConnection) -> Response | None:
        """The response of the gateway itself; None where the application answers."""
        is_http, path = connection.scope["type"] == "http", connection.scope["path"]
        is_read = is_http and connection.scope["method"] in {"GET", "HEAD"}
        if is_read and path in self._open_paths:
            return None
        hosts = connection.headers.getlist("host")
        if len(hosts) != 1 or not self._is_allowed_host(hosts[0]):
            return _refuse(421, f"{self._service} does not answer to this host name: list it in MLB_ML_ALLOWED_HOSTS")
        origins = connection.headers.getlist("origin")
        if any(urlsplit(origin).netloc.lower() != hosts[0].lower() for origin in origins):
            return _refuse(403, "this origin may not use the service: open it by its own address")
        if is_read and path in self._query_paths and "query" in connection.query_params:
            return _refuse(405, "send queries by POST: a GET changes nothing here")
        return self._check_secret(connection, hosts[0], can_log_in=is_read)

    def _check_secret(self, connection: HTTPConnection, host: str, *, can_log_in: bool) -> Response | None:
        if can_log_in and "token" in connection.query_params:
            return self._log_in(connection, host)
        if self._has_secret(connection, host):
            return None
        return _refuse(
            401,
            f"{self._service} needs the secret of this installation: open the link that `mlb-ml up` printed, or "
            "send it as Authorization: Bearer (docs/operations.md)",
        )

    def _is_allowed_host(self, host: str) -> bool:
        try:
            parts = urlsplit(f"//{host}")
            name, _port = parts.hostname or "", parts.port
        except ValueError:
            return False
        if parts.netloc != host or parts.username is not None or not name:
            return False
        if name == "localhost" or name.endswith(_LOCAL_SUFFIX):
            return True
        try:
            return ipaddress.ip_address(name).is_loopback
        except ValueError:
            return name in self._allowed_hosts or host.lower() in self._allowed_hosts

    def _has_secret(self, connection: HTTPConnection, host: str) -> bool:
        scheme, _, given = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._is_secret(given.strip()):
            return True
        return self._is_secret(connection.cookies.get(self._cookie(host), ""))

    def _is_secret(self, given: str) -> bool:
        return secrets.compare_digest(given.encode(), self._token.encode())

    def _cookie(self, host: str) -> str:
        # Browsers keep cookies by name and not by port: two installations on one machine need two names.
        return f"mlb_ml_{self._service}_{urlsplit(f'//{host}').port or 0}"

    def _log_in(self, connection: HTTPConnection, host: str) -> Response:
        if not self._is_secret(connection.query_params["token"]):
            return _refuse(401, "this link is not of this installation: open the one that `mlb-ml up` printed")
        rest = [(name, value) for name, value in connection.query_params.multi_items() if name != "token"]
        # The path alone, and one slash at its start: never a redirect to another host.
        place = URL(path="/" + connection.scope["path"].lstrip("/"), query=urlencode(rest))
        response = RedirectResponse(str(place), 303, {"Referrer-Policy": "no-referrer", "Cache-Control": "no-store"})
        response.set_cookie(
            self._cookie(host), self._token, httponly=True, samesite="strict", secure=connection.url.scheme == "https"
        )
        return response


def _refuse(status: int, text: str) -> Response:
    return PlainTextResponse(text + "\n", status, {"Cache-Control": "no-store"})


def read_service_token(service: str, variable: str, home: Path, environment: Mapping[str, str] | None = None) -> str:
    """The secret of a service: of a variable, of the file that `variable`_FILE names, else of this installation.

    The installation's own is made at the first use, in `home`/run, readable by its owner alone.

    Args:
        service: name of the file in `home`/run.
        variable: environment variable that may hold the secret.
        home: folder of the installation.
        environment: by default that of the process.

    Raises:
        TokenError: the secret is short, its file cannot be read, or others could read or replace the installation's.
    """
    environment = os.environ if environment is None else environment
    given, file = environment.get(variable, ""), environment.get(f"{variable}_FILE", "")
    if given and file:
        raise TokenError(f"{variable} and {variable}_FILE are both set: keep one")
    if file:
        try:
            given = Path(file).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise TokenError(f"{variable}_FILE is {file!r}, which cannot be read: {error}") from error
    given = given or _own_token(make_private_folder(home / "run") / f"{service}.token")
    if len(given) < _LEAST_TOKEN_LENGTH:
        raise TokenError(f"the secret {variable} has {len(given)} characters: {_LEAST_TOKEN_LENGTH} are needed")
    return given


def _make_token(path: Path) -> None:
    # Whole before it has its name: another process may read at this moment.
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600), "w") as new:
            new.write(secrets.token_urlsafe(32))
        with suppress(FileExistsError):
            os.link(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)


def _own_token(path: Path) -> str:
    try:
        # Written only where it is missing: `status` must work on a full or read-only disk.
        if not path.exists():
            _make_token(path)
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW)) as file:
            state = os.fstat(file.fileno())
            if state.st_uid != os.geteuid() or state.st_mode & 0o077:
                raise TokenError(
                    f"{path} is another user's, or open to others: remove it, the next `up` makes a new one"
                )
            return file.read().strip()
    except OSError as error:
        raise TokenError(f"the secret {path} cannot be used: {error}") from error
