"""`mlb-ml status --connections`: how BI tools and notebooks reach the database.

Belongs here: the addresses, for sessions that read only.
Not here: frames for Python (read.py), files (warehouse/table_export.py), the settings (warehouse/settings.py).
"""

from collections.abc import Callable
from urllib.parse import quote, urlencode

from mlb_ml_assets.stack.database import find_database, open_to_readers
from mlb_ml_assets.stack.processes import LOOPBACK
from mlb_ml_assets.warehouse.settings import READER_PORT_VARIABLE, READER_ROLE, DatabaseSettings, is_demo_home

_READ_ONLY = {"options": "-c default_transaction_read_only=on"}


def reading_address(settings: DatabaseSettings) -> str:
    """The database as a PostgreSQL URL whose sessions write nothing unless they request it; it holds no password.

    The embedded server is reached through its socket, which its owner's programs alone can open.
    """
    if settings.embedded:
        query = {"host": settings.server_host, "port": str(settings.server_port), "user": settings.user, **_READ_ONLY}
        return f"postgresql:///{quote(settings.database, safe='')}?{urlencode(query, quote_via=quote)}"
    host = f"[{settings.host}]" if ":" in settings.host else quote(settings.host, safe="")
    user, database = quote(settings.user, safe=""), quote(settings.database, safe="")
    return f"postgresql://{user}@{host}:{settings.port}/{database}?{urlencode(_READ_ONLY, quote_via=quote)}"


def show_connections(say: Callable[[str], None]) -> None:
    """Print how other programs connect; starts the embedded server, which goes on running.

    Raises:
        EmbeddedServerError: the embedded server does not start.
        PortInUse: another program has MLB_ML_READER_PORT.
    """
    settings = find_database()
    say(f"{'address':<18} {reading_address(settings)}")
    if settings.embedded:
        say(f"{'reachable':<18} by programs of this machine that run as its owner, through a socket; no password")
        show_reader_port(settings, say)
    else:
        say(f"{'password':<18} not shown: POSTGRES_PASSWORD of this installation, or a line of your ~/.pgpass")
    say(f"{'what to read':<18} schema curated: resolved_games, ml_predictions, ml_recommendations, market_comparison")
    say(f"{'without a session':<18} mlb-ml export all --format parquet, or mlb_ml_assets.read in Python")


def show_reader_port(settings: DatabaseSettings, say: Callable[[str], None]) -> None:
    """Open the embedded server to tools that need a host and a port, where that was chosen, and print how."""
    if not settings.opens_reader_port:
        role = f"the role {READER_ROLE}, which only reads"
        say(f"{'host and port':<18} closed; {READER_PORT_VARIABLE}=5433 in .env opens it on {LOOPBACK} to {role}")
    elif open_to_readers(settings):
        database = quote(settings.database, safe="")
        say(f"{'host and port':<18} postgresql://{READER_ROLE}@{LOOPBACK}:{settings.port}/{database}")
        say(f"{'password':<18} in {settings.home / 'run' / 'reader.token'}, or what MLB_ML_READER_PASSWORD was set to")
    else:
        demo = "--demo " if is_demo_home(settings.home) else ""
        say(
            f"{'host and port':<18} opens at the next start of the database: mlb-ml {demo}down, then "
            f"mlb-ml {demo}status --connections"
        )
