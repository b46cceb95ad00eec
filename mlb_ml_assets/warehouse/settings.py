"""Where the database is, from the environment.

Belongs here: POSTGRES_* and MLB_ML_HOME read once into a value, and that value as the addresses each driver wants.
Not here: connecting, starting a server.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

from psycopg.conninfo import make_conninfo

from mlb_ml_assets.domain.time_rules import DecisionRule
from mlb_ml_assets.identity.books import operator_of
from mlb_ml_assets.warehouse.errors import WarehouseError

DEFAULT_DATABASE = "mlb_betting"
DEFAULT_PORT = 5432
DEFAULT_BANKROLL, LARGEST_BANKROLL = 1000.0, 1e9
API_ROLE = "mlb_api"
# The owner of the embedded server and of everything in it.
EMBEDDED_OWNER = "postgres"
# The role that a process logs in as on the embedded server; `mlb-ml up` sets it for each of its services.
EMBEDDED_LOGIN_VARIABLE = "MLB_ML_EMBEDDED_LOGIN"
# Other programs that read the tables: dashboards, notebooks.
READER_ROLE = "mlb_reader"
# Opens the embedded server to reading programs: its port, on loopback. Unset, nothing listens.
READER_PORT_VARIABLE = "MLB_ML_READER_PORT"
# The file in the home of the demo that holds its league's present.
DEMO_CLOCK = "now"
OUTSIDE_HOMES = Path("/var/lib/mlb_ml")
_LONGEST_SOCKET_NAME = ".s.PGSQL.65535"
# sun_path holds 104 bytes on macOS and 108 on Linux, the closing zero included.
LONGEST_SOCKET_PATH = 103


_VARIABLE = re.compile(r"\$\{(\w+)\}")
# A server's own artifact store is mlflow-artifacts:/, with one slash.
_HAS_SCHEME = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)


class SettingsError(WarehouseError, ValueError):
    """An environment variable has a value that cannot be used."""


def is_automation_on(environment: Mapping[str, str] | None = None) -> bool:
    """MLB_ML_AUTOMATION=on, which `mlb-ml up` sets; a stray process on the same database must not bet twice."""
    environment = os.environ if environment is None else environment
    return environment.get("MLB_ML_AUTOMATION", "").lower() in {"on", "1", "true", "yes"}


def read_decision_rule(environment: Mapping[str, str] | None = None) -> DecisionRule:
    """When live prices become a decision, from the environment where it says otherwise than the default.

    `MLB_ML_FIRST_DECISION_BOOKS`, `MLB_ML_FIRST_DECISION_WAIT_MINUTES`, `MLB_ML_REACTION_SECONDS`.

    Raises:
        SettingsError: a variable is not a number in its range.
    """
    environment = os.environ if environment is None else environment
    rule = DecisionRule()
    return DecisionRule(
        books=int(_number(environment, "MLB_ML_FIRST_DECISION_BOOKS", rule.books, 1, 100)),
        wait=timedelta(
            minutes=_number(
                environment, "MLB_ML_FIRST_DECISION_WAIT_MINUTES", rule.wait / timedelta(minutes=1), 0, 1440
            )
        ),
        reaction=timedelta(seconds=_number(environment, "MLB_ML_REACTION_SECONDS", rule.reaction.seconds, 0, 3600)),
    )


def stops_on_stale_inputs(environment: Mapping[str, str] | None = None) -> bool:
    """Whether old facts stop stakes: always, unless `MLB_ML_STOP_ON_STALE_INPUTS` is 0.

    Raises:
        SettingsError: the variable is neither 0 nor 1.
    """
    environment = os.environ if environment is None else environment
    return _number(environment, "MLB_ML_STOP_ON_STALE_INPUTS", 1, 0, 1) == 1


def read_kept_quote_months(environment: Mapping[str, str] | None = None) -> int | None:
    """How many closed months of quotes stay in PostgreSQL, of `MLB_ML_KEEP_QUOTE_MONTHS`; None: all, the default.

    At least three: a month's lines are built until it is a week over, and a season's first prices are weeks old.

    Raises:
        SettingsError: the variable is not a number in its range.
    """
    environment = os.environ if environment is None else environment
    return int(_number(environment, "MLB_ML_KEEP_QUOTE_MONTHS", 0, 3, 1200)) or None


def read_own_operators(environment: Mapping[str, str] | None = None) -> frozenset[str]:
    """The operators where bets can be placed, of `MLB_ML_BOOKS` (comma separated); empty means any."""
    return _operators("MLB_ML_BOOKS", environment)


def read_sharp_operators(environment: Mapping[str, str] | None = None) -> frozenset[str]:
    """The operators whose closes are a reference, of `MLB_ML_SHARP_BOOKS` (comma separated); empty means no reference.

    In lower case. A book without an operator is named by its source and id, as in `curated.market_lines.book`.
    """
    return frozenset(name.lower() for name in _operators("MLB_ML_SHARP_BOOKS", environment))


def _operators(variable: str, environment: Mapping[str, str] | None) -> frozenset[str]:
    environment = os.environ if environment is None else environment
    names = (operator_of(name.strip()) for name in environment.get(variable, "").split(","))
    return frozenset(name for name in names if name)


def read_bankroll(environment: Mapping[str, str] | None = None) -> float:
    """The bankroll in dollars that stakes are shown for where no other is typed: `MLB_ML_BANKROLL`, else 1,000.

    Raises:
        SettingsError: it is not a positive amount.
    """
    environment = os.environ if environment is None else environment
    given = environment.get("MLB_ML_BANKROLL", "").strip()
    if not given:
        return DEFAULT_BANKROLL
    plain = given.replace(",", "").removeprefix("$")
    amount = float(plain) if plain.replace(".", "", 1).isdecimal() else 0.0
    if not 0 < amount <= LARGEST_BANKROLL:
        raise SettingsError(
            f"MLB_ML_BANKROLL is {given!r}: set an amount in dollars above 0, at most {LARGEST_BANKROLL:,.0f}"
        )
    return amount


def _number(environment: Mapping[str, str], name: str, default: float, least: int, most: int) -> float:
    given = environment.get(name, "").strip()
    if not given:
        return default
    if not given.isdecimal() or not least <= int(given) <= most:
        raise SettingsError(f"{name} is {given!r}: set a whole number from {least} to {most}")
    return int(given)


def project_home(environment: Mapping[str, str] | None = None) -> Path:
    """The folder of everything that this installation keeps: database, artifacts, logs.

    `MLB_ML_HOME`, or `.mlb_ml` in the source tree, or in the current folder where the package is installed without one.

    Raises:
        SettingsError: MLB_ML_HOME has a line break, or names the home of a user who does not exist.
    """
    environment = os.environ if environment is None else environment
    given = environment.get("MLB_ML_HOME", "")
    if any(ord(character) < 32 for character in given):
        raise SettingsError(f"MLB_ML_HOME is {given!r}: a folder's path without line breaks is needed")
    if given:
        try:
            return Path(given).expanduser().absolute()
        except RuntimeError as error:
            raise SettingsError(f"MLB_ML_HOME is {given!r}: {error}") from error
    return source_tree() / ".mlb_ml"


def is_demo_home(home: Path) -> bool:
    """Whether this is the home of the demo's simulated league, beside which real games are never stored."""
    return (home / DEMO_CLOCK).is_file()


def source_tree() -> Path:
    """The checkout that this package runs from, else the current folder."""
    above = Path(__file__).resolve().parents[2]
    return above if (above / "pyproject.toml").is_file() and (above / "sql").is_dir() else Path.cwd()


def reachable_by_others(folder: Path) -> bool:
    """Whether every existing folder on the way to `folder`, itself included, lets other users pass."""
    return all(not part.exists() or part.stat().st_mode & 0o001 for part in (folder, *folder.parents))


def embedded_data_folder(home: Path) -> Path:
    """The data folder of the embedded server.

    PostgreSQL refuses to run as root, so root's server runs as an unprivileged user. Where that user could not reach
    `home` (root's own home is 0700), the data lies outside it: opening a private folder to everybody is not ours to do.
    A database that exists stays where it is, whatever became of the folders above it.
    """
    inside, outside = home / "postgres", OUTSIDE_HOMES / _short_hash(home) / "postgres"
    if os.geteuid() != 0 or (inside / "PG_VERSION").exists():
        return inside
    return outside if (outside / "PG_VERSION").exists() or not reachable_by_others(home) else inside


def embedded_socket_folder(data: Path) -> Path:
    """The folder of the embedded server's socket: what a running server says, else what the next start will use.

    For connecting and nothing else: the server's user writes the file that says so, and its configuration may name
    any folder.
    """
    running = _running_place(data, 4)
    return Path(running) if running else default_socket_folder(data)


def embedded_port(data: Path, next_port: int) -> int:
    """The port of the embedded server, which also names its socket: that of a running server, else `next_port`."""
    running = _running_place(data, 3)
    return int(running) if running.isdecimal() else next_port


def _running_place(data: Path, line: int) -> str:
    # Of postmaster.pid: process, data folder, start, port, socket folder, address.
    try:
        return (data / "postmaster.pid").read_text().splitlines()[line]
    except (OSError, IndexError):
        return ""


def default_socket_folder(data: Path) -> Path:
    """The folder that we put a socket into: for that of the embedded server, `data` is its data folder.

    The folder itself, unless its path is too long for a socket or holds a comma, at which libpq splits.

    Raises:
        SettingsError: no folder has a path short enough.
    """
    if len(os.fsencode(data / _LONGEST_SOCKET_NAME)) <= LONGEST_SOCKET_PATH and "," not in str(data):
        return data
    for folder in (Path(tempfile.gettempdir()), Path("/tmp")):  # nosec B108  # noqa: S108 (0700, its owner is checked)
        socket = folder / f"mlb_ml-{_short_hash(data)}"
        if len(os.fsencode(socket / _LONGEST_SOCKET_NAME)) <= LONGEST_SOCKET_PATH and "," not in str(socket):
            return socket
    raise SettingsError(f"no folder short enough for a socket of the database in {data}: set a shorter MLB_ML_HOME")


@dataclass(frozen=True)
class DatabaseSettings:
    """Which PostgreSQL database this is: `host` empty means the embedded server under `home`.

    Attributes:
        port: of a given server; that with which the embedded one is started next.
        opens_reader_port: whether the embedded server listens there, on loopback, for programs that read.
    """

    home: Path
    host: str
    port: int
    database: str
    user: str
    password: str = field(repr=False)
    given_mlflow_backend: str = field(default="", repr=False)
    given_mlflow_tracking: str = field(default="", repr=False)
    given_artifact_root: str = ""
    opens_reader_port: bool = False

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] | None = None) -> "DatabaseSettings":
        """Read POSTGRES_HOST, PORT, DB, USER, PASSWORD, MLB_ML_HOME and MLFLOW_*; an empty variable counts as unset.

        The password may be in a file instead, named by POSTGRES_PASSWORD_FILE, as containers are given secrets.

        Raises:
            SettingsError: POSTGRES_PORT or MLB_ML_READER_PORT is not a port number; the password's file cannot be
                read, or both are given.
        """
        environment = os.environ if environment is None else environment
        host = environment.get("POSTGRES_HOST", "")
        given_port = _read_port("POSTGRES_PORT", environment)
        reader_port = None if host else _read_port(READER_PORT_VARIABLE, environment)
        return cls(
            home=project_home(environment),
            host=host,
            port=(given_port if host else reader_port) or DEFAULT_PORT,
            opens_reader_port=reader_port is not None,
            database=environment.get("POSTGRES_DB", "") or DEFAULT_DATABASE,
            user=environment.get("POSTGRES_USER" if host else EMBEDDED_LOGIN_VARIABLE, "") or EMBEDDED_OWNER,
            password=read_secret(environment, "POSTGRES_PASSWORD") if host else "",
            given_mlflow_backend=_expand("MLFLOW_BACKEND_STORE_URI", environment),
            given_mlflow_tracking=_expand("MLFLOW_TRACKING_URI", environment),
            given_artifact_root=_expand("MLFLOW_DEFAULT_ARTIFACT_ROOT", environment),
        )

    @property
    def embedded(self) -> bool:
        """Whether the server is ours to start."""
        return not self.host

    def log_in_as(self, role: str) -> "DatabaseSettings":
        """These settings with the login of one service on the embedded server.

        A given server is used with the login that the environment gives: in containers that of the service.
        """
        return replace(self, user=role) if self.embedded else self

    @property
    def server_host(self) -> str:
        """Host name, address or socket folder, as libpq's `host`."""
        return self.host or str(embedded_socket_folder(embedded_data_folder(self.home)))

    @property
    def server_port(self) -> int:
        """The port, as libpq's `port`, beside `server_host`."""
        return self.port if self.host else embedded_port(embedded_data_folder(self.home), self.port)

    @property
    def dsn(self) -> str:
        """Connection string for psycopg 3; holds the password."""
        return self.dsn_of(self.database)

    def dsn_of(self, database: str) -> str:
        """Connection string for another database of the same server."""
        parts: dict[str, str | int] = {"host": self.server_host, "port": self.server_port, "dbname": database}
        parts |= {"user": self.user, "connect_timeout": 10}
        if self.password:
            parts["password"] = self.password
        return make_conninfo("", **parts)

    def sqlalchemy_url(self, schema: str) -> str:
        """URL for programs on SQLAlchemy and psycopg2 (Dagster, MLflow), whose only schema is `schema`.

        One schema in the search path, never `,public`: both programs own tables called runs, jobs and alembic_version,
        and each would find the other's through a second schema.

        Raises:
            SettingsError: the database's name is not usable in a URL.
        """
        user = quote(self.user, safe="")
        if self.password:
            user += ":" + quote(self.password, safe="")
        # SQLAlchemy decodes user, password and options, but takes the database's name as it is.
        if "?" in self.database:
            raise SettingsError(f"POSTGRES_DB is {self.database!r}: Dagster and MLflow cannot use a name with a '?'")
        options = quote(f"-csearch_path={schema}", safe="")
        if self.server_host.startswith("/"):
            folder = quote(self.server_host, safe="")
            return (
                f"postgresql+psycopg2://{user}@/{self.database}?host={folder}&port={self.server_port}&options={options}"
            )
        host = f"[{self.server_host}]" if ":" in self.server_host else self.server_host
        return f"postgresql+psycopg2://{user}@{host}:{self.server_port}/{self.database}?options={options}"

    @property
    def mlflow_backend_uri(self) -> str:
        """MLFLOW_BACKEND_STORE_URI as it was given, else schema mlflow of this database.

        A PostgreSQL URL without a driver gets the one that is installed for SQLAlchemy, whatever the version's default.
        """
        scheme, separator, rest = self.given_mlflow_backend.partition("://")
        if scheme in {"postgresql", "postgres"}:
            scheme = "postgresql+psycopg2"
        return f"{scheme}{separator}{rest}" or self.sqlalchemy_url("mlflow")

    @property
    def has_mlflow_server(self) -> bool:
        """Whether MLFLOW_TRACKING_URI names a server that runs elsewhere."""
        return self.given_mlflow_tracking.startswith(("http://", "https://"))

    @property
    def mlflow_tracking_uri(self) -> str:
        """MLFLOW_TRACKING_URI as it was given, else the backend itself: the client needs no server."""
        return self.given_mlflow_tracking or self.mlflow_backend_uri

    @property
    def artifact_root(self) -> str:
        """MLFLOW_DEFAULT_ARTIFACT_ROOT as a URI, else that of a folder under `home`.

        A relative path is one beside `home`: relative to each process's own folder, it would mean one folder to the
        server and another to each client.
        """
        given = self.given_artifact_root
        if _HAS_SCHEME.match(given):
            return given
        return ((self.home.parent / given) if given else self.home / "mlartifacts").resolve().as_uri()


def _read_port(variable: str, environment: Mapping[str, str]) -> int | None:
    value = environment.get(variable, "")
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and 0 < int(value) < 65536):
        raise SettingsError(f"{variable} is {value!r}: a number from 1 to 65535 is needed")
    return int(value)


def _expand(name: str, environment: Mapping[str, str]) -> str:
    """A variable's value with ${NAME} replaced, which container engines and systemd pass on unchanged."""
    return expand_variables(name, environment.get(name, ""), environment)


def expand_variables(name: str, template: str, environment: Mapping[str, str]) -> str:
    """A value with ${NAME} replaced; in the user and password of an address it is quoted, as an address needs it.

    Args:
        name: of the variable, for the message.
        template: its value as written.
        environment: where the names are looked up.

    Raises:
        SettingsError: the value refers to a variable that is not set.
    """

    def value_of(match: re.Match[str]) -> str:
        if match[1] not in environment:
            raise SettingsError(f"{name} refers to ${{{match[1]}}}, which is not set")
        return environment[match[1]]

    # Split before replacing: a password may hold an @ itself.
    login, at, rest = template.rpartition("@") if _HAS_SCHEME.match(template) else ("", "", template)
    login = _VARIABLE.sub(lambda match: quote(value_of(match), safe=""), login)
    return login + at + _VARIABLE.sub(value_of, rest)


def read_secret(environment: Mapping[str, str], variable: str) -> str:
    """The secret of a variable, or of the file that `variable`_FILE names; empty where neither is set.

    Raises:
        SettingsError: both are set, or the file cannot be read.
    """
    given, file = environment.get(variable, ""), environment.get(f"{variable}_FILE", "")
    if not file:
        return given
    if given:
        raise SettingsError(f"{variable} and {variable}_FILE are both set: keep one")
    try:
        # Editors end a file with a newline, which is in no password.
        return Path(file).read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{variable}_FILE is {file!r}, which cannot be read: {error}") from error


def _short_hash(path: Path) -> str:
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:12]
