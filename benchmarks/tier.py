"""A season's prices as of first pitch from the archive tier, beside DuckDB alone on the same files.

Belongs here: the tier's way with its check for changes, the plain query, PostgreSQL's way; equal answers before times.
Not here: a day (asof.py), other libraries (others_asof.py).
"""

import tempfile
from datetime import date
from pathlib import Path

import pandas as pd

from benchmarks.agreement import agree
from benchmarks.asof import day_requests, season_parts
from benchmarks.figures import Figure, median_seconds, side_by_side
from benchmarks.odds_table import FIRST_SEASON, GAMES_PER_SEASON, ROWS_PER_GAME
from benchmarks.others_asof import ANSWERS, KEYS, plain_query
from benchmarks.scratch import Scratch
from mlb_ml_assets.flows.archive import archive_months
from mlb_ml_assets.warehouse.archived_months import read_archived_months
from mlb_ml_assets.warehouse.archived_quotes import read_archived_metrics
from mlb_ml_assets.warehouse.month_store import FolderStore
from mlb_ml_assets.warehouse.quote_metrics import read_quote_metrics

_ODDS, _GAMES = "staging.action_network_odds_historical", "curated.resolved_games"


def measure(scratch: Scratch) -> list[Figure]:
    """The first season's metrics, or of as much of it as the scale has."""
    scratch.grow(scratch.rows)
    games = min(scratch.rows_now // ROWS_PER_GAME, GAMES_PER_SEASON)
    with scratch.connect() as connection, tempfile.TemporaryDirectory(prefix="mlb_ml-bench-") as folder:
        store = FolderStore(Path(folder))
        archive_months(connection, store)
        requests = pd.concat(season_parts(connection), ignore_index=True)
        season = (date(FIRST_SEASON, 1, 1), date(FIRST_SEASON, 12, 31))
        files = {
            table: [
                str(store.root / each.file)
                for each in read_archived_months(connection, [table])
                if season[0] <= each.month <= season[1]
            ]
            for table in (_ODDS, _GAMES)
        }
        ours = read_archived_metrics(connection, store, requests)
        theirs = plain_query(files[_ODDS], files[_GAMES])
        _agree(ours, theirs)
        by_tier, by_duckdb = side_by_side(
            lambda: read_archived_metrics(connection, store, requests),
            lambda: plain_query(files[_ODDS], files[_GAMES]),
            6,
        )
        by_server = median_seconds(lambda: read_quote_metrics(connection, requests), 3)
        day = day_requests(connection)
        day_by_tier, day_by_server = side_by_side(
            lambda: read_archived_metrics(connection, store, day), lambda: read_quote_metrics(connection, day)
        )
    return [
        Figure("tier", f"metrics of {games:,} games from the archive tier", "ms", 1e3 * by_tier, 1e3 * by_duckdb,
            "DuckDB alone, same files, five metrics", 1.5, 1,
            note=f"all metrics; from PostgreSQL {1e3 * by_server:,.0f} ms"),
        Figure("tier", "a day's metrics from the archive tier", "ms", 1e3 * day_by_tier, 1e3 * day_by_server,
            "PostgreSQL", note="a day is read from PostgreSQL by whoever needs one"),
    ]  # fmt: skip


def _agree(ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    # The only book list of these records is Action Network's, and a made-up game has its place in its own id.
    named = ours.assign(sportsbook_external_id=ours["book"].str.removeprefix("action_network:"))
    order = ["game_id", *KEYS[1:]]
    left = named.sort_values(order, ignore_index=True)
    right = theirs.sort_values(order, ignore_index=True)
    for answer in ("game_id", *ANSWERS):
        agree(f"a season's {answer}", left[answer].astype(float), right[answer].astype(float))
